"""The one-stop system's export: dossiers of the communes one by one, a file a quarter.

Each file holds what came in during the quarter and what was still open from before it, as it stood at the
quarter's end; so a later file tells how dossiers of an earlier one went on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from inspections.calendar import WorkCalendar
from inspections.demo.frame import SYNTHETIC, DemoUnit, World
from inspections.demo.names import person, telephone
from inspections.demo.procedures import PROCEDURES, Procedure
from inspections.demo.sheets import Cell, day, delimited, spread
from inspections.demo.work import Pace, clock, days_late, finish

COUNT = 15_000
PACE = Pace(usual=0.055, leaning=0.9, delay=6)
PAUSED = 0.05
PAUSE_DAYS = 8
PAUSE = "Yêu cầu bổ sung"
RESULT = "Đã trả kết quả"
OUTCOMES = (RESULT, "Công dân rút hồ sơ", "Không đủ điều kiện tiếp nhận")
OUTCOME_WEIGHTS = (97, 1, 2)
CHANNELS = ("Trực tuyến", "Trực tiếp", "Bưu chính công ích")
CHANNEL_WEIGHTS = (62, 34, 4)
HEADS = (
    "STT",
    "Mã hồ sơ",
    "Chủ hồ sơ",
    "Số điện thoại",
    "Lĩnh vực",
    "Tên thủ tục",
    "Hình thức nhận",
    "Đơn vị xử lý",
    "Ngày tiếp nhận",
    "Ngày hẹn trả ban đầu",
    "Ngày hẹn trả",
    "Số lần hẹn lại",
    "Thời gian tạm dừng",
    "Ngày có kết quả",
    "Trạng thái",
    "Tình trạng thời hạn",
    "Số ngày quá hạn",
    "Ghi chú",
)


@dataclass(frozen=True)
class Dossier:
    """A dossier from its receipt to its end, be it after the year."""

    code: str
    unit: DemoUnit
    applicant: str
    telephone: str
    channel: str
    procedure: Procedure
    received: date
    at: str
    first_due: date
    due: date
    redated: bool
    pause: tuple[date, date] | None
    done: date
    outcome: str

    def due_known_on(self, day: date) -> date:
        """Return the deadline as it stood on a day: a new one is set when the old has passed or the pause is over."""
        moved = self.pause[1] <= day if self.pause else self.first_due < day
        return self.due if moved else self.first_due

    def status_on(self, day: date) -> str:
        """Return what the system called the dossier on a day."""
        if self.done <= day:
            return self.outcome
        return PAUSE if self.pause and self.pause[0] <= day < self.pause[1] else "Đang xử lý"


def lives(world: World) -> list[Dossier]:
    """Return the year's dossiers in the order of their receipt."""
    rng, year = world.stream("dossiers"), world.year
    communes = [unit for unit in world.units if unit.is_commune]
    weights = [procedure.weight for procedure in PROCEDURES]
    drawn = zip(
        sorted(world.working_day(rng, year.first, year.last) for _ in range(COUNT)),
        rng.choices(communes, weights=[unit.size for unit in communes], k=COUNT),
        rng.choices(PROCEDURES, weights=weights, k=COUNT),
        strict=True,
    )
    return [
        _life(
            rng,
            world.calendar,
            unit,
            procedure,
            received,
            code=f"H20.82.{unit.code[-3:]}-{received:%y%m%d}-{place:05d}",
        )
        for place, (received, unit, procedure) in enumerate(drawn, start=1)
    ]


def _life(
    rng: Random,
    calendar: WorkCalendar,
    unit: DemoUnit,
    procedure: Procedure,
    received: date,
    *,
    code: str,
) -> Dossier:
    first_due = calendar.add_working_days(received, procedure.term)
    done = finish(rng, calendar, unit, PACE, start=received, term=procedure.term)
    due, pause, redated = first_due, None, False
    if procedure.term > 3 and rng.random() < PAUSED * (1.6 if unit.diligence < 0 else 0.6):
        # The applicant is asked for more: the clock stands still, deadline and result move.
        begun = calendar.add_working_days(received, 1 + procedure.term // 3)
        pause = begun, calendar.add_working_days(begun, PAUSE_DAYS)
        due = calendar.add_working_days(due, PAUSE_DAYS)
        done = calendar.add_working_days(done, PAUSE_DAYS)
    elif done > first_due and rng.random() < 0.4:
        # An appointment is put off with a letter of apology, and not always kept.
        due, redated = calendar.add_working_days(first_due, 5), True
    return Dossier(
        code=code,
        unit=unit,
        applicant=person(rng),
        telephone=telephone(rng),
        channel=rng.choices(CHANNELS, weights=CHANNEL_WEIGHTS)[0],
        procedure=procedure,
        received=received,
        at=clock(rng),
        first_due=first_due,
        due=due,
        redated=redated,
        pause=pause,
        done=done,
        outcome=rng.choices(OUTCOMES, weights=OUTCOME_WEIGHTS)[0],
    )


def quarter_of(dossiers: Iterable[Dossier], first: date, last: date) -> Iterator[Dossier]:
    """Yield what came in during a quarter, and what was open when it began."""
    return (
        dossier
        for dossier in dossiers
        if dossier.received <= last and (dossier.received >= first or dossier.done >= first)
    )


def quarter(
    calendar: WorkCalendar,
    dossiers: Iterable[Dossier],
    names: Mapping[str, str],
    first: date,
    last: date,
) -> list[list[Cell]]:
    """Return the rows of one quarter; ``names`` tells how the system spells each unit, by code."""
    return [
        [place, *_row(calendar, dossier, names, last)]
        for place, dossier in enumerate(quarter_of(dossiers, first, last), start=1)
    ]


def _row(
    calendar: WorkCalendar, dossier: Dossier, names: Mapping[str, str], cutoff: date
) -> list[Cell]:
    done = dossier.done if dossier.done <= cutoff else None
    due = dossier.due_known_on(cutoff)
    paused = dossier.pause
    return [
        dossier.code,
        dossier.applicant,
        dossier.telephone,
        dossier.procedure.field,
        dossier.procedure.name,
        dossier.channel,
        names[dossier.unit.code],
        f"{day(dossier.received)} {dossier.at}",
        f"{day(dossier.first_due)} 17:00",
        f"{day(due)} 17:00",
        1 if dossier.redated and due != dossier.first_due else 0,
        f"{day(paused[0])} - {day(paused[1])}" if paused and paused[1] <= cutoff else "",
        f"{day(done)} {dossier.at}" if done else "",
        dossier.status_on(cutoff),
        _timeliness(calendar, dossier, cutoff),
        days_late(calendar, due, done or cutoff) or "",
        SYNTHETIC,
    ]


def _timeliness(calendar: WorkCalendar, dossier: Dossier, cutoff: date) -> str:
    """Return what the system says of the deadline: nothing while it stands still or where there is no result."""
    status, due = dossier.status_on(cutoff), dossier.due_known_on(cutoff)
    if status == RESULT:
        return "Trễ hạn" if dossier.done > due else "Sớm hạn" if dossier.done < due else "Đúng hạn"
    if status == PAUSE:
        return "Tạm dừng"
    if dossier.done <= cutoff:
        return ""
    if late := days_late(calendar, due, cutoff):
        return f"Quá {late} ngày"
    return f"Còn {calendar.working_days_between(cutoff, due)} ngày"


def export(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return rows as the system's file."""
    return delimited(HEADS, rows)


def spoil(rows: list[list[Cell]]) -> None:
    """Put in what real files contain: names without accents that fit two units, a unit that is gone, a code
    turned into a number by a spreadsheet, a code twice, a day that does not exist."""
    code, unit, received = 1, 7, 8
    bare, gone, damaged, twice, impossible = spread(rows, 5)
    bare[unit] = "UBND xa Tan Thanh"
    gone[unit] = "UBND xã Mỹ Long"
    damaged[code] = "2,08226E+11"
    twice[code] = rows[0][code]
    impossible[received] = "30/02/2026 08:15"
