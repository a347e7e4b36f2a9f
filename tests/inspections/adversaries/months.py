"""Thousands of months of one frozen frame, and whether a friend was drawn as often as he should be."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date

from inspections.models import Plan, Unit
from inspections.services import frames, rosters
from inspections.services.rosters import RosterEntry
from planner.frame import read_frame
from planner.record import Drawn, draw_frame
from tests.builders import NOW
from tests.inspections.services.months import PUBLIC_VALUE

MONTHS = 3000
#: The data of all these tests stand at this day.
CUTOFF = date(2026, 2, 28)


def drawn_months(plan: Plan, months: int = MONTHS, name: str = "month") -> Iterator[Drawn]:
    """Draw the plan's frozen frame again and again, each time with other secrets; the same ones in every run."""
    frame = read_frame((plan.frame or "").encode())
    for number in range(months):
        secrets = [
            hashlib.sha256(f"{name} {number} {which}".encode()).digest() for which in ("s1", "s2")
        ]
        yield draw_frame(frame, secrets, PUBLIC_VALUE)


def probability(plan: Plan, unit: Unit) -> float:
    """Return the inclusion probability that the endorser of a draft or frozen plan is shown."""
    (stratum,) = frames.build_frame(plan, NOW).strata
    return float(stratum.probabilities[stratum.codes.index(unit.code)])


def assert_drawn_as_often_as(chance: float, times: int, months: int = MONTHS) -> None:
    """Assert that a frequency lies within three standard errors of π."""
    error = (chance * (1 - chance) / months) ** 0.5
    assert abs(times / months - chance) < 3 * error, (times / months, chance, error)


def entry_of(plan: Plan, unit: Unit) -> RosterEntry | None:
    """Return a unit's place on the roster, or None where it was not drawn."""
    return next((one for one in rosters.open_roster(plan) if one.unit == unit), None)


def what_is_drawn_from(plan: Plan) -> object:
    """Return all of a frozen frame that decides who is drawn and when, without the plan's own name."""
    frame = json.loads(plan.frame or "")
    return {name: frame[name] for name in ("strata", "calendar", "n", "floor", "cap")}
