"""A table within a sheet: its rows without titles, column numbers, totals and signatures."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from inspections import text
from inspections.importers.columns import Cell, is_blank
from inspections.importers.headers import HEAD_ROWS, Header, Period, find_header, find_period
from inspections.importers.opening import Sheet
from inspections.importers.profiles import Profile

ROWS_AT_ONCE: Final = 10_000

_TOTALS: Final = frozenset({"tổng cộng", "tổng số", "tổng", "cộng", "cộng toàn tỉnh", "toàn tỉnh"})
_BARE_TOTALS: Final = frozenset({"tong cong", "tong so", "cong", "tong"})
# Cheap to ask of every cell: how "Tổng", "Cộng", "Toàn" begin, composed or not.
_TOTAL_START = re.compile("[tcTC][oôổộOÔỔỘ]")
_TOTAL_INITIALS: Final = frozenset("tcTC \t\u00a0")
_LONGEST_TOTAL: Final = 60
_DIGIT = re.compile(r"\d")
_COLUMN_NUMBER = re.compile(r"\(?\d{1,2}[a-z]?\)?|\(?[A-ZĐ]\)?|\(?\d{1,2}\)?\s*=.*")


@dataclass
class Chunk:
    """Some rows of a table: their numbers in the file, and the cells of each field."""

    rows: list[int]
    cells: dict[str, list[Cell]]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass
class Total:
    """A row of totals: where it stands, how many rows of data precede it, its cells by field and all."""

    row: int
    after: int
    cells: dict[str, Cell]
    all_cells: list[Cell]


@dataclass
class Table:
    """The table of a sheet. ``totals`` and ``below_total`` are known once all chunks were read."""

    header: Header
    period: Period | None
    sheet: Sheet
    _rows: Iterator[list[Cell]]
    _anchor: int
    totals: list[Total] = field(default_factory=list)
    below_total: int = 0
    #: Rows with a single filled cell, taken for the title of a group or a remark.
    remarks: int = 0
    read: int = 0

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows of data in chunks.

        Rows of totals are set aside. What stands below them and names no unit is a signature block; what
        does is counted, not read: two tables in one file are nobody's guess.
        """
        number = self.header.first_data + 1
        while rows := list(itertools.islice(self._rows, ROWS_AT_ONCE)):
            chunk = self._chunk(rows, number)
            number += len(rows)
            if len(chunk):
                yield chunk

    def _chunk(self, rows: list[list[Cell]], first: int) -> Chunk:
        headings = self.header.headings
        width = 1 + max(heading.index for heading in headings)
        if min(map(len, rows)) < width:
            rows = [
                row if len(row) >= width else [*row, *[""] * (width - len(row))] for row in rows
            ]
        keep = self._data_rows(rows, first)
        if len(keep) < len(rows):
            rows = [rows[place] for place in keep]
        self.read += len(rows)
        return Chunk(
            rows=[first + place for place in keep],
            cells={heading.field: [row[heading.index] for row in rows] for heading in headings},
        )

    def _data_rows(self, rows: list[list[Cell]], first: int) -> Sequence[int]:
        """Return the places of the rows of data."""
        odd = self._odd_places(rows)
        if not odd and not self._ended:
            return range(len(rows))
        keep: list[int] = []
        for place, row in enumerate(rows):
            if self._ended:
                self.below_total += self._names_a_unit(row) and not self._is_furniture(row)
            elif place not in odd or not self._is_furniture(row):
                keep.append(place)
            elif is_total(row):
                cells = {heading.field: row[heading.index] for heading in self.header.headings}
                self.totals.append(Total(first + place, self.read + len(keep), cells, row))
            else:
                self.remarks += sum(not is_blank(cell) for cell in row) == 1
        return keep

    @property
    def _ended(self) -> bool:
        """Totals may stand above the rows or below them; below them the table ends."""
        return any(total.after for total in self.totals)

    def _odd_places(self, rows: list[list[Cell]]) -> set[int]:
        """Return where a row may be something else than data: cheap to ask, never too few."""
        odd: set[int] = set()
        for column in {0, 1, 2, self._anchor}:
            cells = [row[column] if column < len(row) else "" for row in rows]
            odd.update(
                place
                for place, cell in enumerate(cells)
                if isinstance(cell, str)
                and cell[:1] in _TOTAL_INITIALS
                and _TOTAL_START.match(cell.lstrip())
            )
        lowest = self._lowest_anchor
        anchors = [row[self._anchor] for row in rows]
        # Few different names stand there: each is looked at once.
        names = {cell for cell in set(anchors) if not cell or cell == lowest or is_blank(cell)}
        if names:
            odd.update(place for place, cell in enumerate(anchors) if cell in names)
        return odd

    @property
    def _lowest_anchor(self) -> str:
        lowest = self.header.lowest
        return lowest[self._anchor] if self._anchor < len(lowest) else ""

    def _names_a_unit(self, row: list[Cell]) -> bool:
        filled = sum(not is_blank(row[heading.index]) for heading in self.header.headings)
        return not is_blank(row[self._anchor]) and filled > 1

    def _is_furniture(self, row: list[Cell]) -> bool:
        """Tell whether a row is no data: empty, a group's title, totals, or the headers once more."""
        filled = [cell for cell in row if not is_blank(cell)]
        if len(filled) <= 1 or is_total(row):
            return True
        return is_column_numbers(row) or _same_header(row, self.header.lowest)


def is_total(row: Sequence[Cell]) -> bool:
    """Tell whether a row holds totals, by the first text in it."""
    for cell in row[:6]:
        if isinstance(cell, str) and len(cell) <= _LONGEST_TOTAL and not is_blank(cell):
            if cell.strip().isdecimal():
                continue
            try:
                key = text.match_key(cell)
            except text.UnreadableText:
                return False
            starts = key.startswith(("tổng cộng ", "tổng số "))
            return key in _TOTALS or starts or (cell.isascii() and key in _BARE_TOTALS)
    return False


def is_column_numbers(row: Sequence[Cell]) -> bool:
    """Tell whether a row numbers the columns: ``A B (1) (2) (3)=(4)+(5)``."""
    filled = [str(cell).strip().removesuffix(".0") for cell in row if not is_blank(cell)]
    if len(filled) < 3 or not all(_COLUMN_NUMBER.fullmatch(cell) for cell in filled):
        return False
    numbers = [int(found[0]) for cell in filled if (found := re.search(r"\d+", cell))]
    return len(numbers) >= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _same_header(row: Sequence[Cell], lowest: Sequence[str]) -> bool:
    pairs = [(str(cell), name) for cell, name in zip(row, lowest, strict=False) if name]
    return len(pairs) > 1 and all(" ".join(cell.split()).startswith(name) for cell, name in pairs)


def open_table(sheet: Sheet, profile: Profile, anchor: str) -> Table:
    """Find the table of a sheet; rows without the ``anchor`` field are not taken for data.

    Raises ``FileRefused`` as ``find_header`` does.
    """
    rows = sheet.rows()
    head = list(itertools.islice(rows, HEAD_ROWS))
    header = find_header(head, profile)
    # The anchor is a required field of every profile: it was found.
    index = next(heading.index for heading in header.headings if heading.field == anchor)
    first = header.first_data
    while first < len(head) and _is_below_header(head[first], index):
        first += 1
    period = find_period(head[: header.first_data])
    header = replace(header, first_data=first)
    return Table(header, period, sheet, itertools.chain(head[first:], rows), index)


def _is_below_header(row: Sequence[Cell], anchor: int) -> bool:
    """Tell whether a row still belongs to the headers: column numbers, or headers that nobody reads."""
    if is_column_numbers(row):
        return True
    names_unit = anchor < len(row) and not is_blank(row[anchor])
    filled = [cell for cell in row if not is_blank(cell)]
    return (
        not names_unit
        and len(filled) > 1
        and all(isinstance(cell, str) and not _DIGIT.search(cell) for cell in filled)
    )
