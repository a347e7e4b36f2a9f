"""Phụ lục, lưu hành nội bộ: the month's visits, in a file of their own."""

from dataclasses import dataclass
from datetime import date
from math import ceil

from inspections.documents import layout
from inspections.documents.content import (
    AppendixTitle,
    Column,
    Content,
    Document,
    Line,
    Table,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import long_date, unit_name, weekday_date

_COLUMNS = (
    Column("STT", 12, centred=True),
    Column("Đơn vị", 41),
    Column("Ngày", 25, centred=True),
    Column("Buổi", 15, centred=True),
    Column("Trưởng đoàn", 32),
    Column("Thành viên", 35),
)
_LETTERS_IN_A_MILLIMETRE = 0.45  # of running text at 12 pt


@dataclass(frozen=True)
class Visit(Content):
    """One visit of the list."""

    unit: Line
    day: date
    session: Line
    leader: Line
    members: tuple[Line, ...]


@dataclass(frozen=True)
class RestrictedAppendix(Content):
    """What the appendix prints; number and date are those of the plan, once it has them."""

    agency: Line
    code: Line
    period: Line
    year: int
    visits: tuple[Visit, ...]
    number: int | None = None
    dated: date | None = None
    synthetic: bool = False


def render(appendix: RestrictedAppendix, fonts: Fonts) -> bytes:
    """Return the appendix as PDF; raises as `layout.render` does."""
    return layout.render([compose(appendix)], fonts)


def compose(appendix: RestrictedAppendix) -> Document:
    """Return the appendix as it is read, lying when its rows would grow tall standing."""
    rows = tuple(
        (
            str(number),
            unit_name(visit.unit),
            weekday_date(visit.day),
            visit.session,
            visit.leader,
            "\n".join(visit.members),
        )
        for number, visit in enumerate(appendix.visits, start=1)
    )
    return Document(
        title=AppendixTitle(
            "Phụ lục",
            f"Danh sách đơn vị được kiểm tra công vụ đột xuất {appendix.period}",
            _belongs_to(appendix),
        ),
        body=(Table(_COLUMNS, rows),),
        restricted=True,
        synthetic=appendix.synthetic,
        landscape=any(_lines(row) > 2 for row in rows),
    )


def _belongs_to(appendix: RestrictedAppendix) -> str:
    # An electronic paper need not repeat number and date; the dots leave room to write them.
    number = f"{appendix.number:02}" if appendix.number is not None else "……"
    day = (
        long_date(appendix.dated)
        if appendix.dated is not None
        else f"ngày …… tháng …… năm {appendix.year}"
    )
    return f"(Kèm theo Kế hoạch số {number}/{appendix.code} {day} của {appendix.agency})"


def _lines(row: tuple[str, ...]) -> int:
    """Estimate how many lines the tallest cell of a row takes on a standing page."""
    return max(
        sum(
            ceil(len(part) / (column.share * _LETTERS_IN_A_MILLIMETRE)) for part in cell.split("\n")
        )
        for cell, column in zip(row, _COLUMNS, strict=True)
    )
