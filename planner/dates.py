"""Dates from the seed, at constant hazard.

A unit that is drawn is visited on the d-th of its D working days with a probability proportional
to (1−h)^(d−1), h = 1−(1−π)^(1/D). Whoever was not visited so far then has the same chance of a visit
on every day that is left: having been spared says nothing. All of it is decided in integers.
"""

import hmac
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from planner.errors import CalendarFull
from planner.seed import sized

LABEL = "kycuong/1/dates"
PARTS = ("morning", "afternoon")
FULL = 2**64
UNIFORM = f"{FULL - 1:016x}"


@dataclass(frozen=True, slots=True)
class Session:
    """Half a day in which visits can start.

    Attributes:
        date: ISO 8601, yyyy-mm-dd.
        part: "morning" or "afternoon".
        kind: what a unit must admit to be visited then, such as "weekday" or "saturday".
        capacity: how many units can be visited, at least 1.
    """

    date: str
    part: str
    kind: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A drawn unit that needs a date.

    Attributes:
        code: the unit's.
        survival: ⌊(1−h)·2⁶⁴⌋, 16 hexadecimal digits.
        kinds: the kinds of session that the unit admits.
        compound: units drawn in one compound go together; None stands alone.
    """

    code: str
    survival: str
    kinds: frozenset[str]
    compound: str | None = None


def survival(probability: float, days: int) -> str:
    """⌊(1−π)^(1/D)·2⁶⁴⌋ as 16 hexadecimal digits: the share of hazard-free days.

    A certain unit has no constant hazard; any day is as likely, which 2⁶⁴−1 says.
    """
    if probability >= 1:
        return UNIFORM
    value = int(math.exp(math.log1p(-probability) / days) * FULL)
    return f"{min(max(value, 1), FULL - 1):016x}"


def admitted(sessions: Iterable[Session], kinds: frozenset[str]) -> list[Session]:
    """The sessions of these kinds, in their order."""
    return [session for session in sessions if session.kind in kinds]


def schedule(
    visits: Iterable[Visit], sessions: Sequence[Session], key: bytes
) -> dict[str, Session]:
    """The session of every visit.

    Visits take their session in the order of their hashes, HMAC-SHA256(key, u16 len(code) ‖ code):
    its first 16 bytes are the order, its last 16 the choice among the sessions that have room. The
    first of a compound chooses for all of it, among the sessions that all admit; a session that has
    room for one takes the compound whole, so that nobody in it is warned.

    Args:
        visits: the drawn units, in any order.
        sessions: in the order of time, at most one each morning and afternoon.
        key: HMAC-SHA256(seed, label), with another label for each later purpose.

    Raises:
        CalendarFull: no session that a visit admits has room.
    """
    hashes = {visit: hmac.digest(key, sized(visit.code), "sha256") for visit in visits}
    groups: dict[tuple[str, str], list[Visit]] = {}
    for visit in sorted(hashes, key=lambda one: (hashes[one][:16], one.code.encode())):
        together = (visit.compound, "") if visit.compound else ("", visit.code)
        groups.setdefault(together, []).append(visit)
    used: Counter[Session] = Counter()
    found: dict[str, Session] = {}
    for group in groups.values():
        session = _choose(group, sessions, used, hashes[group[0]][16:])
        used[session] += len(group)
        found.update({visit.code: session for visit in group})
    return found


def _choose(
    group: list[Visit], sessions: Sequence[Session], used: Counter[Session], choice: bytes
) -> Session:
    open_to_all = admitted(sessions, frozenset.intersection(*(visit.kinds for visit in group)))
    weights = _weights(open_to_all, int(group[0].survival, 16))
    room = [
        (session, weight)
        for session, weight in zip(open_to_all, weights, strict=True)
        if used[session] < session.capacity
    ]
    if not room:
        raise CalendarFull(f"No session that unit {group[0].code!r} admits has room.")
    bounds = list(accumulate(weight for _, weight in room))
    mark = int.from_bytes(choice, "big") * bounds[-1] >> 128
    return room[bisect_right(bounds, mark)][0]


def _weights(sessions: Sequence[Session], survival: int) -> list[int]:
    """Each day's weight falls by the survival; a day's two sessions share it."""
    on_day = Counter(session.date for session in sessions)
    weight, of_day = FULL, {}
    for date in on_day:
        of_day[date] = weight
        weight = max(1, weight * survival // FULL)
    return [of_day[session.date] * (len(PARTS) // on_day[session.date]) for session in sessions]
