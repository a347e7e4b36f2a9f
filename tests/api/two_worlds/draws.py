"""Secrets whose draws differ as two worlds are to differ: found by trying, because no draw can be chosen."""

import functools
from dataclasses import dataclass
from datetime import date

from planner.frame import Frame, read_frame
from planner.record import Drawn, draw_frame
from tests.inspections.services.months import PUBLIC_VALUE

#: How many secrets are tried for draws that differ in everything, and for draws that agree in one visit.
FEW, MANY = 60, 600
PARTS = ("morning", "afternoon")
Slot = tuple[str, int]


@dataclass(frozen=True)
class Draw:
    """A second secret, and what it draws: each visit's slot and unit in the order in which ids are given."""

    secret: bytes
    visits: tuple[tuple[Slot, str], ...]

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for _, code in self.visits)

    @property
    def days(self) -> frozenset[date]:
        return frozenset(date.fromisoformat(day) for (day, _), _ in self.visits)

    @property
    def first(self) -> int:
        """The place of the visit that comes first."""
        return self.visits.index(min(self.visits))

    def facts(self, *, without_first: bool = False) -> tuple[int, ...]:
        """What a careless row would tell: mornings, days, long names (those of odd units)."""
        skipped = self.first if without_first else None
        told = [visit for place, visit in enumerate(self.visits) if place != skipped]
        return (
            sum(part == 0 for (_, part), _ in told),
            len({day for (day, _), _ in told}),
            sum(int(code) % 2 for _, code in told),
        )

    def differs(self, other: "Draw", *, without_first: bool = False) -> bool:
        """Tell whether the two have nothing countable in common."""
        mine = self.facts(without_first=without_first)
        return all(
            a != b for a, b in zip(mine, other.facts(without_first=without_first), strict=True)
        )


def three_apart(frame: str, first_secret: bytes) -> tuple[Draw, Draw, Draw]:
    """Return three draws of a frame that differ from each other in everything."""
    draws = possible(frame, first_secret, FEW)
    one = draws[0]
    two = next(draw for draw in draws if one.differs(draw))
    three = next(draw for draw in draws if one.differs(draw) and draw.codes != two.codes)
    return one, two, three


def three_around_a_first_visit(frame: str, first_secret: bytes) -> tuple[Draw, Draw, Draw]:
    """Return three draws, different but for the visit that comes first.

    That one is the same in the second draw; in the third it has the same session and another unit.
    """
    draws = possible(frame, first_secret, MANY)
    for one in draws:
        place = one.first
        near = [draw for draw in draws if one.differs(draw, without_first=True)]
        alike = [draw for draw in near if draw.visits[place] == one.visits[place]]
        moved = [
            draw
            for draw in near
            if draw.first == place
            and draw.visits[place][0] == one.visits[place][0]
            and draw.visits[place][1] not in one.codes
        ]
        alike = [draw for draw in alike if draw.first == place]
        if alike and moved:
            return one, alike[0], moved[0]
    raise AssertionError("No draws agree in their first visit alone.")


@functools.cache
def possible(frame: str, first_secret: bytes, tries: int) -> list[Draw]:
    """Return what so many second secrets would draw from a frozen frame."""
    read = read_frame(frame.encode())
    secrets = [number.to_bytes(32, "big") for number in range(tries)]
    return [Draw(secret, _visits(read, first_secret, secret)) for secret in secrets]


def _visits(frame: Frame, first: bytes, second: bytes) -> tuple[tuple[Slot, str], ...]:
    drawn: Drawn = draw_frame(frame, [first, second], PUBLIC_VALUE)
    return tuple(
        ((slot.date, PARTS.index(slot.part)), code) for code, slot in (drawn.sessions or {}).items()
    )
