"""Writing tables as the real systems export them; equal content gives equal bytes."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from inspections.demo.frame import SYNTHETIC

Cell = str | int | date | None
# The first day that a ZIP archive can name.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_WRITTEN = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Head:
    """A header cell, with the cells below it where it spans several columns."""

    text: str
    children: Sequence["Head"] = field(default=())
    width: int = 14

    @property
    def leaves(self) -> list["Head"]:
        """The columns that the cell spans."""
        return [leaf for child in self.children for leaf in child.leaves] or [self]

    @property
    def depth(self) -> int:
        """How many rows it takes, together with what lies below it."""
        return 1 + max((child.depth for child in self.children), default=0)


@dataclass(frozen=True)
class Report:
    """A report of an agency: title rows, a header of several rows, data, totals, a signature."""

    agency: Sequence[str]
    title: str
    lines: Sequence[str]
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] = ()
    signer: str = "Nguyễn Văn Mẫu"


def day(value: date | None) -> str:
    """Return a date as it is printed, nothing for none."""
    return "" if value is None else f"{value:%d/%m/%Y}"


def span(first: date, last: date) -> str:
    """Return the line that tells a report's period."""
    return f"Từ ngày {day(first)} đến ngày {day(last)}"


def xlsx(report: Report) -> bytes:
    """Return the report as a workbook of one sheet."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "BaoCao"
    columns = [leaf for head in report.heads for leaf in head.leaves]
    _write_title(sheet, report, len(columns))
    depth = max(head.depth for head in report.heads)
    _write_heads(sheet, report.heads, top=sheet.max_row + 2, left=1, depth=depth)
    sheet.append([f"({number})" for number in range(1, len(columns) + 1)])
    for row in [*report.rows, report.totals, ()]:
        sheet.append(list(row))
    for line in ("NGƯỜI LẬP BIỂU", "(Đã ký)", report.signer):
        sheet.append([None] * (len(columns) - 2) + [line])
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _write_title(sheet: Worksheet, report: Report, width: int) -> None:
    for line in (*report.agency, "", report.title, *report.lines, f"({SYNTHETIC})"):
        sheet.append([line])
        if line and line not in report.agency:
            at = sheet.max_row
            sheet.cell(at, 1).font = Font(bold=line == report.title)
            sheet.cell(at, 1).alignment = Alignment(horizontal="center")
            sheet.merge_cells(start_row=at, end_row=at, start_column=1, end_column=width)


def _write_heads(
    sheet: Worksheet, heads: Iterable[Head], *, top: int, left: int, depth: int
) -> None:
    """Write header cells, each as wide as its columns and, where it has none below, down to the last row."""
    for head in heads:
        width = len(head.leaves)
        height = 1 if head.children else depth
        cell = sheet.cell(top, left, head.text)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        if width > 1 or height > 1:
            sheet.merge_cells(
                start_row=top,
                end_row=top + height - 1,
                start_column=left,
                end_column=left + width - 1,
            )
        _write_heads(sheet, head.children, top=top + 1, left=left, depth=depth - 1)
        left += width


def _timeless(workbook: bytes) -> bytes:
    """Return the archive without the times at which it was written."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            content = _WRITTEN.sub(b"1980-01-01T00:00:00Z", old.read(entry))
            new.writestr(zipfile.ZipInfo(entry.filename, _ZIP_EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def delimited(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, separator: str = ";"
) -> bytes:
    """Return a table as a spreadsheet saves it: a byte order mark, CRLF, quotes where needed."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator)
    writer.writerow(heads)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def spread(rows: list[list[Cell]], count: int) -> list[list[Cell]]:
    """Return so many rows at even distances, neither the first nor the last."""
    return [rows[len(rows) * place // (count + 1)] for place in range(1, count + 1)]
