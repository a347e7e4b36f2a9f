"""Mapping profiles: which headers mean which field, and which labels mean which status.

The packaged profile of each kind is ``inspections/data/profiles/KIND.json``:

``provenance``  where its names come from
``headers``     field → names of its column; of several columns the name listed first is read. A name
                under merged headers is written ``parent / child``.
``required``    fields without which a file cannot be read
``personal``    names of columns about citizens, which are dropped
``statuses``    label → ``{"state": …, "label": …}``; ``#`` stands for a number
``choices``     field → value → the words that stand for it

A source may add headers and statuses, and may state that its dates are written mm/dd.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from inspections import text
from inspections.errors import InvalidInput

FOLDER: Final = Path(__file__).resolve().parent.parent / "data" / "profiles"
DATE_ORDERS: Final = ("dmy", "mdy")
# An empty state follows from the dates: done with a day of completion, else open.
_STATES: Final = frozenset({"", "open", "done", "returned", "cancelled"})
_LABELS: Final = frozenset(
    {"", "early", "on_time", "late", "not_due", "overdue", "waiting", "no_deadline"}
)
_MOST_OVERRIDES: Final = 500
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Status:
    """What a source's label says: where the row stands, and whether it is in time."""

    state: str
    label: str = ""


@dataclass(frozen=True)
class Profile:
    """How the files of one source are read."""

    kind: str
    provenance: str
    headers: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    personal: tuple[str, ...]
    statuses: Mapping[str, Status]
    choices: Mapping[str, Mapping[str, tuple[str, ...]]]
    date_order: str = "dmy"

    @functools.cached_property
    def _by_name(self) -> dict[str, tuple[str, int]]:
        return {
            header_key(name): (field, rank)
            for field, names in reversed(tuple(self.headers.items()))
            for rank, name in reversed(tuple(enumerate(names)))
        }

    @functools.cached_property
    def _by_bare_name(self) -> dict[str, tuple[str, int]]:
        """The same without accents, where that leaves no doubt."""
        found: dict[str, set[tuple[str, int]]] = {}
        for name, field in self._by_name.items():
            found.setdefault(_bare(name), set()).add(field)
        return {
            name: min(fields, key=lambda field: field[1])
            for name, fields in found.items()
            if len({field for field, _rank in fields}) == 1
        }

    @functools.cached_property
    def _personal_names(self) -> frozenset[str]:
        return frozenset(header_key(name) for name in self.personal)

    def field_of(self, path: tuple[str, ...]) -> tuple[str, int] | None:
        """Return the field that a header means and the place of its name among the field's names.

        ``path`` is the header with its parents, outermost first; a parent that no name mentions is ignored.
        """
        for start in range(len(path)):
            name = header_key(" / ".join(path[start:]))
            if found := self._by_name.get(name) or self._by_bare_name.get(name):
                return found
        return None

    def is_personal(self, header: str) -> bool:
        """Tell whether a column is about a citizen."""
        return header_key(header) in self._personal_names

    def status_of(self, label: str) -> Status | None:
        """Return what a status label stands for, None when it is not known."""
        return self._statuses.get(status_key(label))

    @functools.cached_property
    def _statuses(self) -> dict[str, Status]:
        return {status_key(label): status for label, status in self.statuses.items()}


@functools.cache
def packaged(kind: str) -> Profile:
    """Return the packaged profile of a kind of source."""
    document = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    return Profile(
        kind=kind,
        provenance=document["provenance"],
        headers={field: tuple(names) for field, names in document["headers"].items()},
        required=tuple(document["required"]),
        personal=tuple(document.get("personal", ())),
        statuses={
            label: Status(**status) for label, status in document.get("statuses", {}).items()
        },
        choices={
            field: {value: tuple(words) for value, words in choices.items()}
            for field, choices in document.get("choices", {}).items()
        },
    )


def overridden(profile: Profile, overrides: Mapping[str, Any]) -> Profile:
    """Return the profile with a source's own headers and statuses before the packaged ones.

    Raises ``InvalidInput`` for anything that ``overrides`` does not know.
    """
    unknown = set(overrides) - {"headers", "statuses", "date_order"}
    if unknown:
        raise _invalid(_("Unknown entry: %(name)s.") % {"name": min(unknown)}, "overrides")
    order = overrides.get("date_order", profile.date_order)
    if order not in DATE_ORDERS:
        raise _invalid(_("The order of dates is dmy or mdy."), "date_order")
    headers = _checked_headers(profile, overrides.get("headers", {}))
    statuses = _checked_statuses(overrides.get("statuses", {}))
    return replace(
        profile,
        headers={
            field: (*headers.get(field, ()), *names) for field, names in profile.headers.items()
        },
        statuses={**profile.statuses, **statuses},
        date_order=order,
    )


def _checked_headers(profile: Profile, headers: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(headers, Mapping):
        raise _invalid(_("Headers are lists of names by field."), "headers")
    checked = {}
    for field, names in headers.items():
        if field not in profile.headers:
            raise _invalid(_("There is no field “%(name)s”.") % {"name": field}, "headers")
        if not isinstance(names, list | tuple) or len(names) > _MOST_OVERRIDES:
            raise _invalid(_("Headers are lists of names by field."), "headers")
        if not all(isinstance(name, str) and header_key(name) for name in names):
            raise _invalid(_("A header's name is a text."), "headers")
        checked[field] = tuple(names)
    return checked


def _checked_statuses(statuses: Any) -> dict[str, Status]:
    if not isinstance(statuses, Mapping) or len(statuses) > _MOST_OVERRIDES:
        raise _invalid(_("Statuses give each label a state."), "statuses")
    checked = {}
    for label, status in statuses.items():
        if not isinstance(status, Mapping) or not set(status) <= {"state", "label"}:
            raise _invalid(_("Statuses give each label a state."), "statuses")
        if status.get("state") not in _STATES or status.get("label", "") not in _LABELS:
            raise _invalid(
                _("“%(label)s” has no known state or timeliness.") % {"label": label}, "statuses"
            )
        checked[label] = Status(status["state"], status.get("label", ""))
    return checked


def _invalid(message: str, field: str) -> InvalidInput:
    return InvalidInput(message, code="invalid_overrides", field=field)


@functools.lru_cache(maxsize=8192)
def header_key(name: str) -> str:
    """Return the key under which two spellings of a header agree; ``/`` separates parent and child.

    A slash within one header counts for nothing, because it is spelled without spaces around it.
    """
    parts = (text.match_key(part) for part in re.split(r"\s/\s", name))
    return " / ".join(part for part in parts if part)


def status_key(label: str) -> str:
    """Return the key under which two spellings of a status agree, its numbers aside."""
    return _NUMBER.sub("#", text.match_key(label))


def _bare(key: str) -> str:
    return " / ".join(text.search_key(part) for part in key.split(" / "))
