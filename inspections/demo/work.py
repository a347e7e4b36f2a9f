"""How a piece of work goes in the invented year: received, due, done sooner or later."""

from dataclasses import dataclass
from datetime import date
from random import Random

from inspections.calendar import WorkCalendar
from inspections.demo.frame import DemoUnit


@dataclass(frozen=True)
class Pace:
    """How prompt units of middling quality are, and how much their quality shows.

    usual: the probability of a delay. leaning: how much a standard deviation of diligence changes its log odds.
    delay: working days of a delay on average.
    """

    usual: float
    leaning: float
    delay: float


def finish(
    rng: Random, calendar: WorkCalendar, unit: DemoUnit, pace: Pace, *, start: date, term: int
) -> date:
    """Return the day on which work with a term in working days is done, be it after the year's end."""
    if rng.random() < unit.chance_of_delay(pace.usual, pace.leaning):
        return calendar.add_working_days(start, term + 1 + int(rng.expovariate(1 / pace.delay)))
    spent = term - int(rng.triangular(0, term * 0.7, 0))
    return max(start, calendar.add_working_days(start, spent))


def days_late(calendar: WorkCalendar, due: date, end: date) -> int:
    """Return working days past a deadline; what ends on a day off after it is a day late."""
    return max(1, calendar.working_days_between(due, end)) if end > due else 0


def share(rng: Random, whole: int, part: float) -> int:
    """Return how many of a whole fall to a part, with the scatter of a binomial count."""
    spread = (whole * part * (1 - part)) ** 0.5
    return min(whole, max(0, round(rng.gauss(whole * part, spread))))


def clock(rng: Random) -> str:
    """Return a time of a working day."""
    return f"{rng.choice((7, 8, 9, 10, 13, 14, 15, 16)):02d}:{rng.randrange(60):02d}"
