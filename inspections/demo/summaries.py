"""The departments' monthly figures: each month a workbook, from the seventh on in the layout of another system."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from inspections.demo.frame import DemoUnit, World, fields_handled
from inspections.demo.sheets import Head, Report, span, xlsx
from inspections.demo.spelling import abbreviated
from inspections.demo.work import share

VOLUME = 110
USUAL, LEANING = 0.05, 0.9
# With this month, counted from 0, the province changed its system, and with it the report.
CHANGED_IN = 6
FIRST_LAYOUT = (
    Head("STT", width=6),
    Head("Cơ quan", width=40),
    Head("Tổng"),
    Head("Tiếp nhận"),
    Head("Kỳ trước chuyển qua"),
    Head("Hồ sơ đã giải quyết", (Head("Số hồ sơ"), Head("Sớm"), Head("Đúng"), Head("Trễ"))),
    Head("Đang giải quyết", (Head("Số hồ sơ"), Head("Chưa đến hạn"), Head("Đã quá hạn"))),
    Head("CD rút hồ sơ"),
    Head("Hồ sơ trả lại"),
)
SECOND_LAYOUT = (
    Head("TT", width=6),
    Head("Cơ quan, đơn vị", width=40),
    Head("Lĩnh vực, công việc giải quyết", width=30),
    Head(
        "Số hồ sơ phải giải quyết",
        (
            Head("Kỳ trước chuyển sang"),
            Head("Tiếp nhận trong kỳ", (Head("Trực tuyến"), Head("Trực tiếp/BCCI"))),
            Head("Cộng"),
        ),
    ),
    Head("Đã giải quyết", (Head("Tổng"), Head("Trước và trong hạn"), Head("Trễ hạn"))),
    Head("Đang giải quyết", (Head("Tổng"), Head("Trong hạn"), Head("Quá hạn"))),
)


@dataclass(frozen=True)
class Figures:
    """One unit's dossiers of one field in one month."""

    unit: DemoUnit
    field: str
    forward: int
    online: int
    direct: int
    early: int
    on_time: int
    late: int
    not_due: int
    overdue: int
    withdrawn: int
    returned: int

    @property
    def received(self) -> int:
        return self.online + self.direct

    @property
    def total(self) -> int:
        return self.forward + self.received

    @property
    def resolved(self) -> int:
        return self.early + self.on_time + self.late

    @property
    def in_progress(self) -> int:
        return self.not_due + self.overdue


def months(world: World) -> list[list[Figures]]:
    """Return the figures of each month; what is in progress at its end is brought forward into the next."""
    rng = world.stream("summaries")
    handled = [(unit, field) for unit in world.units for field in fields_handled(unit)]
    forward = {(unit, field): round(VOLUME * unit.size * 0.25) for unit, field in handled}
    told: list[list[Figures]] = []
    for _ in world.year.months:
        month = [_month(rng, unit, field, forward[unit, field]) for unit, field in handled]
        forward = {(row.unit, row.field): row.in_progress for row in month}
        told.append(month)
    return told


def _month(rng: Random, unit: DemoUnit, field: str, forward: int) -> Figures:
    received = round(rng.gauss(VOLUME * unit.size, VOLUME * unit.size * 0.12))
    online = share(rng, received, 0.7)
    total = forward + received
    withdrawn, returned = share(rng, total, 0.01), share(rng, total, 0.015)
    in_progress = share(rng, total - withdrawn - returned, 0.22)
    resolved = total - withdrawn - returned - in_progress
    chance = unit.chance_of_delay(USUAL, LEANING)
    late = share(rng, resolved, chance)
    early = share(rng, resolved - late, 0.6)
    overdue = share(rng, in_progress, chance)
    return Figures(
        unit=unit,
        field=field,
        forward=forward,
        online=online,
        direct=received - online,
        early=early,
        on_time=resolved - late - early,
        late=late,
        not_due=in_progress - overdue,
        overdue=overdue,
        withdrawn=withdrawn,
        returned=returned,
    )


def export(month: Sequence[Figures], place: int, first: date, last: date) -> bytes:
    """Return the workbook of one month, ``place`` counted from 0."""
    if place < CHANGED_IN:
        by_unit = [((abbreviated(unit),), _first(rows)) for unit, rows in _by_unit(month)]
        if place == CHANGED_IN - 1:
            # A total typed over by hand: it is more than its parts.
            label, (total, *others) = by_unit[2]
            by_unit[2] = label, (total + 10, *others)
        title = "BÁO CÁO TỔNG HỢP TÌNH HÌNH GIẢI QUYẾT HỒ SƠ"
        return _report(title, [span(first, last)], FIRST_LAYOUT, by_unit)
    by_field = [((row.unit.name.upper(), row.field), _second(row)) for row in month]
    title = "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"
    lines = [span(first, last), "Đơn vị tính: Số hồ sơ TTHC"]
    return _report(title, lines, SECOND_LAYOUT, by_field)


def _by_unit(month: Sequence[Figures]) -> Iterator[tuple[DemoUnit, list[Figures]]]:
    for unit, rows in itertools.groupby(month, key=lambda row: row.unit):
        yield unit, list(rows)


def _first(fields: Sequence[Figures]) -> tuple[int, ...]:
    figures = [
        (
            *(row.total, row.received, row.forward),
            *(row.resolved, row.early, row.on_time, row.late),
            *(row.in_progress, row.not_due, row.overdue, row.withdrawn, row.returned),
        )
        for row in fields
    ]
    return tuple(sum(column) for column in zip(*figures, strict=True))


def _second(row: Figures) -> tuple[int, ...]:
    """The later layout has no columns for what was withdrawn or returned: it counts as resolved in time."""
    ended = row.withdrawn + row.returned
    return (
        *(row.forward, row.online, row.direct, row.total),
        *(row.resolved + ended, row.early + row.on_time + ended, row.late),
        *(row.in_progress, row.not_due, row.overdue),
    )


def _report(
    title: str,
    lines: Sequence[str],
    heads: Sequence[Head],
    rows: Sequence[tuple[tuple[str, ...], tuple[int, ...]]],
) -> bytes:
    """Write rows of labels and numbers with their place in front and their sums below."""
    sums = [sum(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    return xlsx(
        Report(
            agency=("UBND TỈNH ĐỒNG THÁP", "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG"),
            title=title,
            lines=lines,
            heads=heads,
            rows=[[place, *row, *numbers] for place, (row, numbers) in enumerate(rows, start=1)],
            totals=["Tổng cộng", *[""] * len(rows[0][0]), *sums],
        )
    )
