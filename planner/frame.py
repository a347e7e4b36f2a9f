"""The frame: everything that defines a draw except its secrets, as one document with one hash.

`read_frame` is the only way in. It accepts exactly the documents described in
`docs/algorithms/draw.md`, whether they were just frozen or come from a record.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner import canonical
from planner.dates import PARTS, Session, admitted
from planner.draw import CERTAIN
from planner.shape import (
    Malformed,
    choice,
    date,
    fields,
    hexadecimal,
    integer,
    items,
    mapping,
    text,
)

FORMAT = "kycuong/1"
GIVEN = "given"
LARGEST_REMAINDER = "largest remainder"

_FRAME = (
    "allocation", "calendar", "cap", "code_version", "floor", "format", "inputs", "n", "plan_id",
    "policy", "reveal_on", "strata",
)  # fmt: skip
_STRATUM = ("max_attempts", "n", "name", "units")
_UNIT = ("code", "score", "threshold")
_DATED = ("compound", "sessions", "survival")
_SESSION = ("capacity", "date", "kind", "session")
_SCORE = re.compile(r"[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", re.ASCII)
_SHARE = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a frame; `survival` is None and `kinds` empty where there is no calendar."""

    code: str
    score: float
    threshold: str
    survival: str | None
    kinds: frozenset[str]
    compound: str | None


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of a frame: `size` of its units are drawn."""

    name: str
    size: int
    max_attempts: int
    units: tuple[Unit, ...]

    @property
    def codes(self) -> list[str]:
        """The codes of the units, in canonical order."""
        return [unit.code for unit in self.units]

    @property
    def thresholds(self) -> list[str]:
        """The thresholds of the units, in canonical order."""
        return [unit.threshold for unit in self.units]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as read.

    Attributes:
        document: what was read; its canonical bytes are hashed.
        sha256: of the canonical bytes, in hexadecimal.
        size: n over all strata.
        allocation: "given" or "largest remainder".
        floor, cap: as numbers; `floor` is ε, a multiple of n/N.
        sessions: in the order of time; None without a calendar.
    """

    document: Mapping[str, object]
    sha256: str
    plan_id: str
    size: int
    allocation: str
    floor: float
    cap: float
    strata: tuple[Stratum, ...]
    sessions: tuple[Session, ...] | None


def read_frame(document: object) -> Frame:
    """A frame from its document, or from the bytes of one.

    Raises:
        Malformed: a field that is missing, unknown, of the wrong type or out of order; a code that
            stands twice; a unit that no session of the calendar admits.
        InvalidInput: a value that has no canonical form.
    """
    if isinstance(document, bytes):
        document = canonical.loads(document)
    sha256 = canonical.sha256_hex(canonical.dumps(document))
    found = fields(document, "frame", _FRAME)
    choice(found["format"], "frame.format", [FORMAT])
    text(found["code_version"], "frame.code_version")
    for name in ("inputs", "policy"):
        if found[name] is not None:
            mapping(found[name], f"frame.{name}")
    if found["reveal_on"] is not None:
        date(found["reveal_on"], "frame.reveal_on")
    sessions = None if found["calendar"] is None else _sessions(found["calendar"])
    strata = tuple(
        _stratum(value, f"frame.strata[{index}]", sessions)
        for index, value in enumerate(items(found["strata"], "frame.strata"))
    )
    _check_order([stratum.name for stratum in strata], "frame.strata", "names")
    _check_codes(strata)
    size = integer(found["n"], "frame.n", least=1)
    if sum(stratum.size for stratum in strata) != size:
        raise Malformed("frame.n", "must be the sum of the numbers drawn in the strata.")
    return Frame(
        document=found,
        sha256=sha256,
        plan_id=text(found["plan_id"], "frame.plan_id"),
        size=size,
        allocation=choice(found["allocation"], "frame.allocation", [GIVEN, LARGEST_REMAINDER]),
        floor=share(found["floor"], "frame.floor"),
        cap=share(found["cap"], "frame.cap"),
        strata=strata,
        sessions=sessions,
    )


def share(value: object, where: str) -> float:
    """A decimal without exponent, above 0 and at most 1."""
    if isinstance(value, str) and _SHARE.fullmatch(value) and 0 < float(value) <= 1:
        return float(value)
    raise Malformed(where, "must be a decimal string above 0 and at most 1, such as 0.5.")


def days(sessions: Sequence[Session], kinds: frozenset[str]) -> int:
    """D, the number of days with a session of these kinds."""
    return len({session.date for session in admitted(sessions, kinds)})


def _stratum(value: object, where: str, sessions: tuple[Session, ...] | None) -> Stratum:
    found = fields(value, where, _STRATUM)
    units = tuple(
        _unit(unit, f"{where}.units[{index}]", sessions)
        for index, unit in enumerate(items(found["units"], f"{where}.units"))
    )
    _check_order([unit.code for unit in units], f"{where}.units", "codes")
    size = integer(found["n"], f"{where}.n", least=1)
    if size > len(units):
        raise Malformed(f"{where}.n", "must not exceed the number of units.")
    return Stratum(
        name=text(found["name"], f"{where}.name"),
        size=size,
        max_attempts=integer(found["max_attempts"], f"{where}.max_attempts", least=1),
        units=units,
    )


def _unit(value: object, where: str, sessions: tuple[Session, ...] | None) -> Unit:
    found = fields(value, where, _UNIT if sessions is None else _UNIT + _DATED)
    survival, kinds, compound = None, frozenset[str](), None
    if sessions is not None:
        survival = _positive(found["survival"], f"{where}.survival")
        kinds = _kinds(found["sessions"], f"{where}.sessions", sessions)
        if found["compound"] is not None:
            compound = text(found["compound"], f"{where}.compound")
    threshold = found["threshold"]
    return Unit(
        code=text(found["code"], f"{where}.code"),
        score=_score(found["score"], f"{where}.score"),
        threshold=CERTAIN if threshold == CERTAIN else _positive(threshold, f"{where}.threshold"),
        survival=survival,
        kinds=kinds,
        compound=compound,
    )


def _score(value: object, where: str) -> float:
    if isinstance(value, str) and _SCORE.fullmatch(value) and 0 < float(value) < math.inf:
        return float(value)
    raise Malformed(where, "must be a decimal string, finite and above 0.")


def _positive(value: object, where: str) -> str:
    digits = hexadecimal(value, where, digits=16)
    if int(digits, 16) == 0:
        raise Malformed(where, "must be above 0.")
    return digits


def _kinds(value: object, where: str, sessions: tuple[Session, ...]) -> frozenset[str]:
    names = [text(name, f"{where}[{index}]") for index, name in enumerate(items(value, where))]
    _check_order(names, where, "kinds")
    kinds = frozenset(names)
    if not admitted(sessions, kinds):
        raise Malformed(where, "admits no session of the calendar.")
    return kinds


def _sessions(value: object) -> tuple[Session, ...]:
    where = "frame.calendar.sessions"
    listed = items(fields(value, "frame.calendar", ["sessions"])["sessions"], where)
    sessions = tuple(_session(item, f"{where}[{index}]") for index, item in enumerate(listed))
    times = [(session.date, PARTS.index(session.part)) for session in sessions]
    if times != sorted(set(times)):
        raise Malformed(where, "must stand in the order of time, each once.")
    return sessions


def _session(value: object, where: str) -> Session:
    found = fields(value, where, _SESSION)
    return Session(
        date=date(found["date"], f"{where}.date"),
        part=choice(found["session"], f"{where}.session", PARTS),
        kind=text(found["kind"], f"{where}.kind"),
        capacity=integer(found["capacity"], f"{where}.capacity", least=1),
    )


def _check_order(names: list[str], where: str, what: str) -> None:
    if names != sorted(set(names), key=str.encode):
        raise Malformed(where, f"must stand in the order of their {what}, each once.")


def _check_codes(strata: tuple[Stratum, ...]) -> None:
    seen: set[str] = set()
    for stratum in strata:
        if double := seen.intersection(stratum.codes):
            raise Malformed("frame.strata", f"hold unit {min(double)!r} twice.")
        seen.update(stratum.codes)
