"""Reading a submission's body: against the schema of its format, then against itself."""

import functools
import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from inspections.errors import InvalidInput
from inspections.text import nfc
from planner import canonical
from planner.errors import InvalidInput as NotCanonical

#: Formats that are taken, newest first. A tablet that was away for long still files in the one before.
FORMATS: Final = ("kycuong/submission/2", "kycuong/submission/1")
#: The format before signatures were bound to what is signed.
UNBOUND_FORMAT: Final = "kycuong/submission/1"
#: Members that nobody signs: they come after the signing, or out of it.
NOT_SIGNED: Final = frozenset({"attachments", "device", "original", "signatures"})
#: Problems that one answer names; a body that is wrong throughout is wrong for one reason.
MOST_PROBLEMS: Final = 50


@dataclass(frozen=True)
class Problem:
    """What is wrong with one place of a body; ``field`` is its path, as ``roll_calls.0.present``."""

    field: str
    code: str
    detail: str


_CALENDAR: Final = FormatChecker(formats=["date"])


@_CALENDAR.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator,unused-ignore]
def _is_moment(value: object) -> bool:
    """Refuse a 31 February, which a pattern cannot."""
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


@functools.cache
def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a format."""
    number = name.rpartition("/")[2]
    text = (files("inspections") / "data" / f"submission-{number}.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def any_format() -> dict[str, Any]:
    """Return the schema of a body in any format that is taken, without references."""
    schemas = [schema(name) for name in FORMATS]
    return {"oneOf": [inlined(one, one["$defs"]) for one in schemas]}


def inlined(node: Any, defs: Mapping[str, Any]) -> Any:
    """Return a JSON Schema without references: an OpenAPI description keeps definitions elsewhere."""
    match node:
        case {"$ref": str(target)}:
            return inlined(defs[target.removeprefix("#/$defs/")], defs)
        case dict():
            return {key: inlined(value, defs) for key, value in node.items() if key[0] != "$"}
        case list():
            return [inlined(value, defs) for value in node]
    return node


def check(content: Any) -> None:
    """Raise ``InvalidInput`` with all problems unless the body is one of a format that is taken."""
    name = content.get("format") if isinstance(content, Mapping) else None
    if name not in FORMATS:
        raise InvalidInput(
            _("This format of submission is not known here."),
            code="unknown_format",
            formats=list(FORMATS),
        )
    found = [_problem(error) for error in _validator(name).iter_errors(content)]
    found = found or list(_contradictions(content))
    if found:
        raise InvalidInput(
            _("The submission contradicts its format or itself."),
            code="invalid_submission",
            problems=[vars(problem) for problem in found[:MOST_PROBLEMS]],
        )


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name), format_checker=_CALENDAR)


def _problem(error: ValidationError) -> Problem:
    place = ".".join(str(step) for step in error.absolute_path)
    # The library's sentence quotes the value, which may name a person: the rule says enough.
    return Problem(
        place,
        str(error.validator),
        _("This does not follow the format: %(rule)s.") % {"rule": error.validator},
    )


def _contradictions(content: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _counts(content["roll_calls"])
    listed = [one["sha256"] for one in content["attachments"]]
    yield from _twice("attachments", listed)
    yield from _twice("answers", [one["item"] for one in content["answers"]])
    findings = [one["id"] for one in content["findings"]]
    yield from _twice("findings", findings)
    yield from _strangers("attachments", list(named_files(content)), listed)
    yield from _strangers("findings", list(_named_findings(content)), findings)
    yield from _unbound_strokes(content)
    if content["from_paper"] and not content.get("original"):
        detail = _("What is entered from paper needs its signed original among the files.")
        yield Problem("original", "original_missing", detail)

    order = content.get("directed")
    if order is not None and lacks_something(order):
        yield Problem("directed", "order_incomplete", order_rule())


def lacks_something(order: Mapping[str, Any]) -> bool:
    """Tell whether an order lacks its number or the day for it, or its proof."""
    is_written = order["channel"] == "document"
    has_number, has_day = bool(order["written_order_number"]), bool(order["written_order_due"])
    is_proven = is_written or bool(order["proof"] or order["proof_sha256"])
    return (has_number, has_day, is_proven) != (is_written, not is_written, True)


def order_rule() -> str:
    """Return the sentence of the rule for orders."""
    return _(
        "An order in writing has a number; another has its proof and a day for the written one."
    )


def _unbound_strokes(content: Mapping[str, Any]) -> Iterator[Problem]:
    if content["format"] == UNBOUND_FORMAT:
        return
    for place, one in enumerate(content["signatures"]):
        drawn = one["stroke"] is not None
        if drawn != (one["signed_sha256"] is not None) or (drawn and one["refused"]):
            detail = _("A signature that is drawn names what was signed; a refusal is not drawn.")
            yield Problem(f"signatures.{place}", "unbound_stroke", detail)


def _counts(roll_calls: list[Mapping[str, Any]]) -> Iterator[Problem]:
    for place, one in enumerate(roll_calls):
        excused = sum(one["excused"].values())
        if one["required"] != one["present"] + excused + one["unexcused"]:
            detail = _("Required is not the sum of present, excused and unexcused.")
            yield Problem(f"roll_calls.{place}", "wrong_sum", detail)
        named = Counter(absent["reason"] for absent in one["absent"])
        counted = {**one["excused"], "none": one["unexcused"]}
        if any(named[reason] > counted[reason] for reason in named):
            detail = _("More people are named as absent than were counted.")
            yield Problem(f"roll_calls.{place}.absent", "more_named_than_counted", detail)


def _twice(field: str, values: Collection[str]) -> Iterator[Problem]:
    if len(set(values)) != len(values):
        yield Problem(field, "twice", _("One entry is listed twice."))


def _strangers(field: str, named: Collection[str], known: Collection[str]) -> Iterator[Problem]:
    if set(named) - set(known):
        yield Problem(field, "not_listed", _("Something is referred to that is not listed."))


def named_files(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the SHA-256 of every file that a part of the body refers to."""
    for part in ("answers", "findings", "praise"):
        for one in content[part]:
            yield from (piece["sha256"] for piece in one["evidence"])
    yield from (one["stroke"] for one in content["signatures"] if one["stroke"] is not None)
    yield from content.get("original", [])
    order = content.get("directed")
    if order is not None and order["proof_sha256"] is not None:
        yield order["proof_sha256"]


def _named_findings(content: Mapping[str, Any]) -> Iterator[str]:
    opinion = content["opinion"]
    if opinion is not None:
        yield from (one["finding"] for one in opinion["reservations"])
    yield from (one["finding"] for one in content["explanations"])
    for measure in content["measures"]:
        yield from measure["findings"]


def signed_sha256(content: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 of what people sign of a body, or None when it has no canonical form.

    Args:
        content: the body as it came, not normalised: client and server must hash the same letters.
    """
    signed = {name: value for name, value in content.items() if name not in NOT_SIGNED}
    try:
        written = canonical.dumps(_changed(signed, _composed))
    except NotCanonical:  # a number with a fraction, which no client of ours writes
        return None
    return hashlib.sha256(written).hexdigest()


def strangely_signed(content: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the drawn signatures of a body that are bound to something else than what it says.

    None where nothing was drawn, or in the format that bound them to nothing.
    """
    drawn = [one for one in content["signatures"] if one["stroke"] is not None]
    if not drawn or content["format"] == UNBOUND_FORMAT:
        return None
    signed = signed_sha256(content)
    return [one for one in drawn if one["signed_sha256"] != signed]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def loads(body: bytes | memoryview) -> Any:
    """Return what a stored body says, its texts normalised."""
    return normalised(json.loads(bytes(body)))


def normalised(value: Any) -> Any:
    """Return a body with every text in NFC and without what cannot be seen."""
    return _changed(value, nfc)


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case list():
            return [_changed(inner, change) for inner in value]
        case dict():
            return {name: _changed(inner, change) for name, inner in value.items()}
    return value
