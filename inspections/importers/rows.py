"""What the readers of all kinds of rows have in common."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from inspections import text
from inspections.calendar import WorkCalendar
from inspections.importers.columns import (
    NO_COUNT,
    NO_DAY,
    Cell,
    Column,
    Counts,
    Days,
    as_counts,
    as_days,
    clean,
    is_blank,
    read_code,
    read_count,
    read_date,
    read_text,
)
from inspections.importers.headers import Header, Period
from inspections.importers.problems import Doubt, Problem, ProblemLog, Severity, shown, shown_figure
from inspections.importers.profiles import Profile
from inspections.importers.tables import Chunk

Mask = npt.NDArray[np.bool_]
UNMATCHED: Final = frozenset({"unit_unknown", "unit_ambiguous"})


@dataclass(frozen=True)
class Context:
    """What rows are read against.

    ``match_unit`` returns the code of the unit that a name means, or raises ``Doubt``. ``complainant_key`` returns
    the key for complainants of a year, or None when there is none.
    """

    profile: Profile
    cutoff: date
    period: Period | None
    calendar: WorkCalendar
    match_unit: Callable[[str], str]
    answer_days: int
    complainant_key: Callable[[int], bytes | None]


@dataclass
class Batch:
    """Rows that can be stored: their numbers in the file, and a list of values for each field."""

    rows: list[int]
    columns: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(self.rows)


class RowReader:
    """Reads the rows of one kind, chunk by chunk. ``anchor`` is the field without which a row is none."""

    anchor: ClassVar[str] = "unit"
    codes: ClassVar[tuple[str, ...]] = ("code",)
    dates: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[tuple[str, ...]] = ()
    texts: ClassVar[Mapping[str, int]] = {}

    def __init__(self, header: Header, context: Context, log: ProblemLog) -> None:
        self.context = context
        self.log = log
        self.headers = {heading.field: heading.header for heading in header.headings}
        self.sums = dict.fromkeys(self.counts, 0)
        self._seen = _SeenCodes()
        self._warned_of_numbers = False
        self._columns = {
            field: column for field, column in self._all_columns() if field in self.headers
        }

    def _all_columns(self) -> Iterator[tuple[str, Column[Any]]]:
        order = self.context.profile.date_order
        for field in self.codes:
            yield field, Column(read_code, "")
        for field in self.dates:
            yield field, Column(partial(read_date, order=order), NO_DAY)
        for field in self.counts:
            yield field, Column(read_count, NO_COUNT)
        for field, most in self.texts.items():
            yield field, Column(partial(read_text, most=most), "")
        yield "unit", Column(self._read_unit, "")
        yield from self.own_columns()

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns that only this kind has."""
        return ()

    def read(self, chunk: Chunk) -> Batch:
        """Return the rows of a chunk that can be stored; the others are in the log."""
        keep = np.ones(len(chunk), dtype=np.bool_)
        values = {
            field: self._read_column(field, column, chunk, keep)
            for field, column in self._columns.items()
        }
        for field in self.context.profile.required:
            if field in values:
                self._require(field, values[field], chunk, keep)
        for field in self.counts:
            if field in values:
                counts = values[field]
                self.sums[field] += int(counts[counts != NO_COUNT].sum())
        self._warn_of_numbers(chunk)
        columns = self.derive(values, chunk, keep)
        self._reject_duplicates(columns["code"], chunk, keep)
        return _kept(chunk.rows, columns, keep)

    def derive(self, values: dict[str, Any], chunk: Chunk, keep: Mask) -> dict[str, list[Any]]:
        """Return the columns to store, from the values of the columns read; clear ``keep`` of bad rows."""
        raise NotImplementedError

    def finish(self) -> Batch | None:
        """Add what can only be said at the end; return rows held back until then."""
        return None

    def days(self, values: Mapping[str, Any], field: str, chunk: Chunk) -> Days:
        """Return the days of a column, NaT throughout when the file has no such column."""
        found: Days | None = values.get(field)
        return as_days([NO_DAY] * len(chunk)) if found is None else found

    def numbers(self, values: Mapping[str, Any], field: str, chunk: Chunk) -> Counts:
        """Return the counts of a column, not stated throughout when the file has no such column."""
        found: Counts | None = values.get(field)
        return as_counts([NO_COUNT] * len(chunk)) if found is None else found

    def words(self, values: Mapping[str, Any], field: str, chunk: Chunk) -> list[str]:
        """Return the texts of a column, empty throughout when the file has no such column."""
        found: list[str] | None = values.get(field)
        return [""] * len(chunk) if found is None else found

    def choice(self, field: str, cell: Cell) -> str:
        """Return what a cell of a column with few known words stands for.

        Raises ``Doubt``.
        """
        if is_blank(cell):
            return ""
        choices = self.context.profile.choices[field]
        key = text.match_key(clean(cell))
        for value, words in choices.items():
            if any(key == text.match_key(word) for word in words):
                return value
        expected = ", ".join(words[0] for words in choices.values())
        raise Doubt("choice_unknown", expected=expected)

    def flag_rows(
        self,
        where: Mask,
        chunk: Chunk,
        code: str,
        field: str,
        *,
        severity: Severity = "error",
        params: Callable[[int], Mapping[str, Any]] | None = None,
    ) -> None:
        """Put the same doubt about several rows on the log, with the cell of the field meant."""
        cells = chunk.cells.get(field)
        for place in np.flatnonzero(where).tolist():
            value = "" if cells is None else shown(cells[place])
            self.log.add(
                Problem(
                    code,
                    severity,
                    chunk.rows[place],
                    self.headers.get(field, ""),
                    value,
                    params(place) if params else {},
                )
            )

    def _read_unit(self, cell: Cell) -> str:
        return "" if is_blank(cell) else self.context.match_unit(clean(cell))

    def _read_column(self, field: str, column: Column[Any], chunk: Chunk, keep: Mask) -> Any:
        cells = chunk.cells[field]
        values = column.read(cells)
        is_figure = field in {*self.dates, *self.counts, "pauses"}
        for place, cell, doubt in column.doubts(cells):
            keep[place] = False
            if doubt.code in UNMATCHED:
                self.log.add_unmatched(shown(clean(cell)))
            self.log.add(
                Problem(
                    doubt.code,
                    row=chunk.rows[place],
                    column=self.headers[field],
                    value=shown_figure(cell) if is_figure else shown(cell),
                    params=doubt.params,
                )
            )
        if field in self.dates:
            return as_days(values)
        return as_counts(values) if field in self.counts else values

    def _require(self, field: str, values: Any, chunk: Chunk, keep: Mask) -> None:
        """Put rows on the log in which nothing stands; an unreadable cell is there already."""
        empty = np.isnat(values) if field in self.dates else np.array([not v for v in values])
        if not empty.any():
            return
        cells = chunk.cells[field]
        blank = np.array([is_blank(cell) for cell in cells])
        self.flag_rows(empty & blank, chunk, "value_missing", field)
        keep &= ~empty

    def _warn_of_numbers(self, chunk: Chunk) -> None:
        """Say once that a workbook has codes as numbers: what it shows may have begun with zeros."""
        for field in self.codes:
            cells = chunk.cells.get(field, [])
            if not self._warned_of_numbers and any(isinstance(cell, float) for cell in cells):
                self._warned_of_numbers = True
                self.log.add(Problem("code_number", "warning", column=self.headers[field]))

    def _reject_duplicates(self, codes: Sequence[str], chunk: Chunk, keep: Mask) -> None:
        again = self._seen.again(codes, keep)
        if again.any():
            self.flag_rows(again, chunk, "duplicate_code", "code")
            keep &= ~again


class _SeenCodes:
    """Knows codes again by a 64-bit hash each: a set of a million texts would take 100 MB.

    Two codes of a million share a hash once in thirty million files; the second is then reported as a
    duplicate, not lost.
    """

    def __init__(self) -> None:
        self._hashes: Counts = np.empty(0, dtype=np.int64)

    def again(self, codes: Sequence[str], keep: Mask) -> Mask:
        """Tell which of the kept codes were seen before, here or earlier, and remember them all."""
        hashes = np.fromiter(map(hash, codes), dtype=np.int64, count=len(codes))
        again = np.ones(len(codes), dtype=np.bool_)
        places = np.flatnonzero(keep)
        distinct, first = np.unique(hashes[places], return_index=True)
        again[places[first]] = False
        if len(self._hashes):
            found = np.searchsorted(self._hashes, distinct)
            found[found == len(self._hashes)] = 0
            again[places[first]] = self._hashes[found] == distinct
        self._hashes = np.concatenate([self._hashes, distinct])
        self._hashes.sort(kind="stable")  # merges the two sorted runs
        return again & keep


def _kept(rows: list[int], columns: dict[str, list[Any]], keep: Mask) -> Batch:
    if keep.all():
        return Batch(rows, columns)
    return Batch(
        list(itertools.compress(rows, keep)),
        {field: list(itertools.compress(values, keep)) for field, values in columns.items()},
    )
