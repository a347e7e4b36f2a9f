"""The personnel list, kept by planners. Whoever reads a name of it leaves a trace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inspections import policies, text
from inspections.errors import InvalidInput, VersionConflict
from inspections.models import Official, OfficialCategory, Role, Unit, User
from inspections.services import audit
from inspections.services.creation import made_before

KEEPERS: Final = (Role.PLANNER,)
EDITABLE: Final = frozenset({"full_name", "post", "category", "unit", "is_active"})
_PROBLEMS: Final[Mapping[str, Promise]] = {
    "unknown_unit": gettext_lazy("There is no unit with this code."),
    "listed_already": gettext_lazy("This name and post are on the unit's list already."),
    "listed_twice": gettext_lazy("An earlier row has this name and post at this unit."),
    "id_taken": gettext_lazy("Something else was made under this id."),
    "id_twice": gettext_lazy("An earlier row has this id."),
}


@dataclass(frozen=True)
class Row:
    """A row of a list of personnel, with the unit's code and, where the client chose one, an id."""

    full_name: str
    post: str
    category: OfficialCategory
    unit: str
    id: UUID | None = None


def create_official(
    *,
    actor: User,
    full_name: str,
    category: OfficialCategory,
    unit: Unit,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    post: str = "",
    is_active: bool = True,
) -> Official:
    """Enter somebody in the list; the same call with the same id again returns the one that it made.

    Raises:
        InvalidInput: the name is empty.
        WrongState: the id is taken by somebody else.
    """
    policies.require(actor, *KEEPERS)
    facts = {
        "full_name": _needed(full_name),
        "post": text.nfc(post).strip(),
        "category": category,
        "unit": unit,
        "is_active": is_active,
    }
    official = Official(id=id or uuid4(), **facts)
    try:
        with transaction.atomic():
            official.save(force_insert=True)
            audit.record(actor=actor, action="official.create", obj=official, now=now)
    except IntegrityError:
        before = made_before(Official.objects.all(), official.pk, facts)
        if before is None:
            raise
        return before
    return official


def load_officials(*, actor: User, rows: Sequence[Row], now: datetime) -> list[Official]:
    """Enter a whole list, or nothing of it, and return the officials in the order of the rows.

    Two of one name and post at one unit are taken for one person entered twice; where they are two, each is
    entered by itself. A row whose id was made before with the same content is not made again.

    Raises:
        InvalidInput: rows have problems (``rows_invalid``); ``problems`` tells for each its row from 1, the
            field, a code and a sentence.
    """
    policies.require(actor, *KEEPERS)
    with transaction.atomic():
        # Of two who load the same list at once one waits, and finds what the other wrote.
        codes = {text.nfc(row.unit).strip() for row in rows}
        locked = Unit.objects.select_for_update(no_key=True).filter(code__in=codes).order_by("pk")
        list_ = _List(list(locked), rows)
        officials = [list_.take(row) for row in rows]
        if list_.problems:
            raise InvalidInput(
                _("Some rows are not valid. Nothing was entered."),
                code="rows_invalid",
                problems=list_.problems,
            )
        Official.objects.bulk_create(list_.new)
        if list_.new:
            audit.append(
                actor_id=actor.pk,
                action="official.load",
                object_type="official",
                object_id="",
                now=now,
                details={"officials": len(list_.new), "units": len(codes)},
            )
    return [official for official in officials if official is not None]


class _List:
    """What a list of rows meets: the units, who stands there, and what was made under the rows' ids."""

    def __init__(self, units: Iterable[Unit], rows: Sequence[Row]) -> None:
        self.problems: list[dict[str, Any]] = []
        self.new: list[Official] = []
        self._units = {unit.code: unit for unit in units}
        self._made = Official.objects.in_bulk([row.id for row in rows if row.id is not None])
        standing = Official.objects.filter(unit__in=self._units.values())
        self._standing = {_identity(one) for one in standing}
        self._taken: set[tuple[Any, str, str]] = set()
        self._ids: set[UUID] = set()
        self._number = 0

    def take(self, row: Row) -> Official | None:
        """Return the official of a row, new or made before; None when the row has a problem."""
        self._number += 1
        unit = self._units.get(text.nfc(row.unit).strip())
        if unit is None:
            return self._refuse("unit", "unknown_unit")
        official = Official(
            id=row.id or uuid4(),
            full_name=_needed(row.full_name),
            post=text.nfc(row.post).strip(),
            category=row.category,
            unit=unit,
        ).fill_key()
        if row.id is not None and row.id in self._ids:
            return self._refuse("id", "id_twice")
        self._ids.add(official.pk)
        if (before := self._made.get(official.pk)) is not None:
            same = _identity(before) == _identity(official) and before.category == row.category
            return before if same else self._refuse("id", "id_taken")
        identity = _identity(official)
        if identity in self._standing:
            return self._refuse("full_name", "listed_already")
        if identity in self._taken:
            return self._refuse("full_name", "listed_twice")
        self._taken.add(identity)
        self.new.append(official)
        return official

    def _refuse(self, field: str, code: str) -> Official | None:
        detail = str(_PROBLEMS[code])
        self.problems.append({"row": self._number, "field": field, "code": code, "detail": detail})
        return None


def _identity(official: Official) -> tuple[Any, str, str]:
    return official.unit_id, text.match_key(official.full_name), text.match_key(official.post)


def update_official(
    *, actor: User, official: Official, version: int, changes: Mapping[str, Any], now: datetime
) -> Official:
    """Change an entry of the list. Whoever moves to another unit keeps the earlier one on record.

    Raises:
        InvalidInput: a field that cannot be changed, or an empty name.
        VersionConflict: the entry changed since ``version``.
    """
    policies.require(actor, *KEEPERS)
    if unknown := changes.keys() - EDITABLE:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    values = dict(changes)
    if "full_name" in values:
        values["full_name"] = _needed(values["full_name"])
        values["name_sort_key"] = text.name_sort_key(values["full_name"])
    if "post" in values:
        values["post"] = text.nfc(values["post"]).strip()
    with transaction.atomic():
        rows = Official.objects.filter(pk=official.pk, version=version)
        before = rows.select_related("unit").first()
        changed = rows.update(version=F("version") + 1, **values)
        official.refresh_from_db()
        if not changed:
            raise VersionConflict
        if before is not None and before.unit_id != official.unit_id:
            official.former_units.add(before.unit)
        audit.record(
            actor=actor,
            action="official.update",
            obj=official,
            now=now,
            details={"changed": sorted(changes)},
        )
    return official


def read_official(*, actor: User, official: Official, now: datetime) -> Official:
    """Return somebody of the list; the reading is on record."""
    audit.record(actor=actor, action="official.read", obj=official, now=now)
    return official


def read_list(*, actor: User, officials: Sequence[Official], now: datetime) -> Sequence[Official]:
    """Return a page of the list; that so many names were read is on record."""
    audit.append(
        actor_id=actor.pk,
        action="official.list",
        object_type="official",
        object_id="",
        now=now,
        details={"officials": len(officials)},
    )
    return officials


def _needed(value: str) -> str:
    value = text.nfc(value).strip()
    if not value:
        raise InvalidInput(_("This field is needed."), field="full_name")
    return value
