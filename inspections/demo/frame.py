"""The demo's units and the quality of their work, from which everything in the exports follows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from inspections import reference
from inspections.calendar import WorkCalendar

PROVINCE = "82"
SYNTHETIC = "DỮ LIỆU MÔ PHỎNG"
# The department that inspects is none of the units that are inspected.
OWN_UNIT = "SNV"


@dataclass(frozen=True)
class DemoUnit:
    """A unit with what nobody would know of a real one.

    ``size`` is 1 for the ordinary commune; ``diligence`` is standard normal, and lateness, complaints and
    findings all lean on it, each with chance of its own.
    """

    code: str
    name: str
    kind: str
    fields: Sequence[str]
    size: float
    diligence: float

    @property
    def is_commune(self) -> bool:
        return self.code.isdigit()

    def chance_of_delay(self, usual: float, leaning: float) -> float:
        """Return the probability that a piece of work is late, ``usual`` for a unit of middling quality."""
        return 1 / (1 + math.exp(-math.log(usual / (1 - usual)) + leaning * self.diligence))

    def burden(self, leaning: float) -> float:
        """Return how much of something unwelcome the unit draws, relative to an ordinary commune."""
        return self.size * math.exp(-leaning * self.diligence)


@dataclass(frozen=True)
class Year:
    """The twelve months that the exports tell of; ``last`` is the cut-off of the newest."""

    last: date

    @property
    def first(self) -> date:
        return self.months[0][0]

    @property
    def months(self) -> list[tuple[date, date]]:
        """First and last day of each month, the last one cut off."""
        return [self._month(back) for back in range(11, -1, -1)]

    @property
    def quarters(self) -> list[tuple[date, date]]:
        """First and last day of each three months in a row."""
        months = self.months
        return [(months[place][0], months[place + 2][1]) for place in range(0, 12, 3)]

    def _month(self, back: int) -> tuple[date, date]:
        count = self.last.year * 12 + self.last.month - 1 - back
        first = date(count // 12, count % 12 + 1, 1)
        after = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
        return first, min(after - timedelta(days=1), self.last)


def fields_handled(unit: DemoUnit) -> list[str]:
    """Return the fields in which a department handles procedures; offices and inspectorates handle none."""
    if unit.kind not in {"department", "board"}:
        return []
    names = [field.name for field in reference.fields_of_work() if field.code in unit.fields]
    return names or [unit.name.removeprefix("Sở ")]


def make_units(rng: Random) -> list[DemoUnit]:
    """Return the communes and the typical departments that are inspected, with their invented quality."""
    nothing: tuple[str, ...] = ()
    named = [(unit.code, unit.name, unit.kind, nothing) for unit in reference.communes_of(PROVINCE)]
    province = reference.province(PROVINCE)
    named += [
        (unit.code, unit.name_in(province), unit.kind, unit.fields)
        for unit in reference.typical_units()
        if unit.where is reference.Where.PROVINCE and unit.code != OWN_UNIT
    ]
    return [
        DemoUnit(
            code=code,
            name=name,
            kind=kind,
            fields=fields,
            size=rng.lognormvariate(0.9 if fields else 0.0, 0.45),
            diligence=rng.gauss(0, 1),
        )
        for code, name, kind, fields in named
    ]


@dataclass(frozen=True)
class World:
    """What the exports tell of: the units in a year, under the packaged working calendar."""

    seed: int
    year: Year
    units: Sequence[DemoUnit]
    calendar: WorkCalendar

    def stream(self, name: str) -> Random:
        """Return randomness of its own for one purpose, so that a change to one leaves the others as they are."""
        return _stream(self.seed, name)

    def working_day(self, rng: Random, first: date, last: date) -> date:
        """Return a working day of a period by chance."""
        while True:
            day = first + timedelta(days=rng.randrange((last - first).days + 1))
            if self.calendar.is_working_day(day):
                return day


def make_world(seed: int, last: date) -> World:
    """Return the world of a seed in the twelve months that end on ``last``."""
    return World(
        seed=seed,
        year=Year(last),
        units=make_units(_stream(seed, "units")),
        calendar=WorkCalendar((day.date, day.kind) for day in reference.holidays()),
    )


def _stream(seed: int, name: str) -> Random:
    return Random(f"{seed}/{name}")  # noqa: S311  makes sample data, keeps no secret
