"""Tables for office programs, as XLSX and CSV, in which no text is ever a formula."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell as WrittenCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Cell = str | int
#: Where a program finds a formula in a text: at its beginning, or after what another program takes for a separator.
_FORMULA: Final = re.compile(r"""(^|[,;\t\r\n])(?=[\s"]*[=+\-@＝＋－＠])""")
_LONGEST: Final = 32_767  # letters in a cell
_LONGEST_TITLE: Final = 31
_NOT_IN_TITLES: Final = re.compile(r"[\\/*?:\[\]]")


@dataclass(frozen=True)
class Sheet:
    """A titled table; the first row is its head."""

    title: str
    rows: Sequence[Sequence[Cell]]


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as a workbook. Texts are written as texts whatever they begin with."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        written = book.create_sheet(_NOT_IN_TITLES.sub(" ", sheet.title)[:_LONGEST_TITLE])
        for row in sheet.rows:
            written.append([_cell(written, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> WrittenCell:
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST])
    # The library takes what begins with an equals sign for a formula: it is a text, also once it is edited.
    cell.data_type = "s"
    cell.quotePrefix = bool(_FORMULA.match(value))
    return cell


def delimited(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets below each other, as UTF-8 with its mark and semicolons, which a Vietnamese Excel opens.

    What could be a formula has an apostrophe before it, also where a program splits the line at commas or tabs.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in _below_each_other(sheets):
        writer.writerow([_plain(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _below_each_other(sheets: Sequence[Sheet]) -> Iterator[Sequence[Cell]]:
    for place, sheet in enumerate(sheets):
        if place:
            yield []
        yield [sheet.title]
        yield from sheet.rows


def _plain(value: Cell) -> Cell:
    if isinstance(value, int):
        return value
    return _FORMULA.sub(r"\1'", value.replace("\0", ""))
