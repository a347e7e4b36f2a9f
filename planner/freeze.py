"""Freezing: from scores and wishes to the frame that is committed to."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner import canonical, draw, inclusion, poisson
from planner.dates import Session, admitted, survival
from planner.errors import FitNotReached, Infeasible, InvalidInput
from planner.frame import FORMAT, GIVEN, LARGEST_REMAINDER, Frame, days, read_frame, share
from planner.poisson import FloatArray

TOLERANCE = 1e-9  # relative: how far π(T) may lie from π


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that can be drawn.

    Attributes:
        code: stable and unique over all strata; NFC.
        score: finite and positive.
        stratum: the name of its stratum.
        kinds: the kinds of session that it admits; used with a calendar only.
        compound: a name shared by units that stand together; used with a calendar only.
    """

    code: str
    score: float
    stratum: str = "all"
    kinds: frozenset[str] = frozenset()
    compound: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class FrozenStratum:
    """One stratum of a frozen frame: arrays of shape (N,) in the order of `codes`.

    `odds` are those of the committed thresholds; `probabilities` are the inclusion probabilities.
    """

    name: str
    size: int
    codes: tuple[str, ...]
    thresholds: tuple[str, ...]
    probabilities: FloatArray
    odds: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Frozen:
    """A frozen frame: `content` are the canonical bytes, of which `frame.sha256` is the hash."""

    content: bytes
    frame: Frame
    strata: tuple[FrozenStratum, ...]


def freeze(
    candidates: Iterable[Candidate],
    *,
    plan_id: str,
    code_version: str,
    size: int,
    sizes: Mapping[str, int] | None = None,
    floor: str = str(inclusion.DEFAULT_FLOOR),
    cap: str = str(inclusion.DEFAULT_CAP),
    policy: Mapping[str, object] | None = None,
    inputs: Mapping[str, object] | None = None,
    sessions: Sequence[Session] | None = None,
    reveal_on: str | None = None,
) -> Frozen:
    """Fix everything that defines a draw.

    Args:
        candidates: all units, in any order.
        size: n over all strata.
        sizes: n_h by stratum, summing to n; without it, largest remainder of Σπ.
        floor, cap: decimal strings; see `inclusion.inclusion_probabilities`.
        policy, inputs: recorded as they are: the policy in force; hashes of the loads, counts of
            rows that matched no unit, and the like. Canonical JSON or nothing.
        sessions: the calendar in the order of time; without it nothing is dated.
        reveal_on: yyyy-mm-dd.

    Raises:
        InvalidInput: codes that stand twice, scores that are no scores, sizes that name other
            strata or miss the sum, text that is not NFC, a compound that shares no session.
        Infeasible: see `inclusion`; or a calendar without room for all visits.
        FitNotReached: the thresholds miss the probabilities.
    """
    groups = _grouped(candidates)
    low, high = share(floor, "floor"), share(cap, "cap")
    numbers = _numbers(groups, size, sizes, low, high)
    strata = [
        _frozen_stratum(name, groups[name], numbers[name], low, high)
        for name in sorted_names(groups)
    ]
    calendar = None
    if sessions is not None:
        _check_room([unit for group in groups.values() for unit in group], sessions, size)
        calendar = {"sessions": [_session(session) for session in sessions]}
    content = canonical.dumps(
        {
            "allocation": LARGEST_REMAINDER if sizes is None else GIVEN,
            "calendar": calendar,
            "cap": cap,
            "code_version": code_version,
            "floor": floor,
            "format": FORMAT,
            "inputs": inputs,
            "n": size,
            "plan_id": plan_id,
            "policy": policy,
            "reveal_on": reveal_on,
            "strata": [_document(one, groups[one.name], sessions) for one in strata],
        }
    )
    return Frozen(content, read_frame(content), tuple(strata))


def sorted_names(names: Iterable[str]) -> list[str]:
    """Names or codes in canonical order, by their UTF-8 bytes."""
    return sorted(names, key=str.encode)


def _grouped(candidates: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    groups: dict[str, dict[str, Candidate]] = {}
    seen: set[str] = set()
    for unit in candidates:
        if not canonical.is_text(unit.code + unit.stratum):
            raise InvalidInput(f"Unit {unit.code!a} is not Unicode text in normal form C.")
        if not 0 < unit.score < math.inf:
            raise InvalidInput(
                f"The score of unit {unit.code!r} must be finite and positive, not {unit.score}."
            )
        if unit.code in seen:
            raise InvalidInput(f"Unit {unit.code!r} stands twice in the frame.")
        seen.add(unit.code)
        groups.setdefault(unit.stratum, {})[unit.code] = unit
    if not groups:
        raise Infeasible("There are no units to draw from.")
    return {name: [units[code] for code in sorted_names(units)] for name, units in groups.items()}


def _numbers(
    groups: Mapping[str, Sequence[Candidate]],
    size: int,
    sizes: Mapping[str, int] | None,
    floor: float,
    cap: float,
) -> Mapping[str, int]:
    if sizes is None:
        units = [unit for name in sorted_names(groups) for unit in groups[name]]
        scores = np.array([unit.score for unit in units])
        names = [unit.stratum for unit in units]
        return inclusion.allocate(scores, names, size, floor=floor, cap=cap)
    if sizes.keys() != groups.keys():
        name = min(sizes.keys() ^ groups.keys())
        problem = "has no units" if name in sizes else "is not given a number of visits"
        raise InvalidInput(f"Stratum {name!r} {problem}.")
    if sum(sizes.values()) != size:
        raise InvalidInput(f"The strata's numbers sum to {sum(sizes.values())}, not to {size}.")
    return sizes


def _frozen_stratum(
    name: str, units: Sequence[Candidate], size: int, floor: float, cap: float
) -> FrozenStratum:
    scores = np.array([unit.score for unit in units])
    try:
        probabilities = inclusion.inclusion_probabilities(scores, size, floor=floor, cap=cap)
    except Infeasible as error:
        raise Infeasible(f"Stratum {name!r}: {error}") from None
    thresholds = draw.thresholds(poisson.fit(probabilities, size))
    odds = draw.odds_of(thresholds)
    reached = poisson.inclusion_probabilities(odds, size)
    if float(np.abs(reached / probabilities - 1).max()) > TOLERANCE:
        raise FitNotReached(f"Stratum {name!r}: the thresholds miss the probabilities.")
    codes = tuple(unit.code for unit in units)
    return FrozenStratum(name, size, codes, tuple(thresholds), probabilities, odds)


def _document(
    stratum: FrozenStratum, units: Sequence[Candidate], sessions: Sequence[Session] | None
) -> dict[str, object]:
    listed: list[dict[str, object]] = [
        {"code": unit.code, "score": repr(float(unit.score)), "threshold": threshold}
        for unit, threshold in zip(units, stratum.thresholds, strict=True)
    ]
    if sessions is not None:
        spans = {kinds: days(sessions, kinds) for kinds in {unit.kinds for unit in units}}
        for entry, unit, probability in zip(listed, units, stratum.probabilities, strict=True):
            entry["compound"] = unit.compound
            entry["sessions"] = sorted_names(unit.kinds)
            entry["survival"] = survival(float(probability), spans[unit.kinds])
    return {
        "max_attempts": draw.attempt_bound(stratum.odds, stratum.size),
        "n": stratum.size,
        "name": stratum.name,
        "units": listed,
    }


def _session(session: Session) -> dict[str, object]:
    return {
        "capacity": session.capacity,
        "date": session.date,
        "kind": session.kind,
        "session": session.part,
    }


def _check_room(units: Iterable[Candidate], sessions: Sequence[Session], size: int) -> None:
    """Every visit must find room whatever is drawn: after the draw it would be too late to ask."""
    shared: dict[str, frozenset[str]] = {}
    needed: dict[frozenset[str], str] = {}
    for unit in units:
        needed.setdefault(unit.kinds, f"unit {unit.code!r}")
        if unit.compound:
            shared[unit.compound] = shared.get(unit.compound, unit.kinds) & unit.kinds
    for compound, kinds in shared.items():
        needed.setdefault(kinds, f"compound {compound!r}")
    for kinds, name in needed.items():
        room = sum(session.capacity for session in admitted(sessions, kinds))
        if room == 0:
            raise InvalidInput(f"The calendar holds no session that suits all of {name}.")
        if room < size:
            raise Infeasible(f"The sessions open to {name} have room for {room} of {size} visits.")
