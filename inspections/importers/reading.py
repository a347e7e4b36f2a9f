"""From a file to rows that can be stored, and to every doubt about the others."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from inspections.importers.columns import NO_COUNT, Cell, is_blank, read_count
from inspections.importers.figures import ResultReader, SummaryReader, check_totals
from inspections.importers.headers import HEAD_ROWS, Period, has_header
from inspections.importers.matters import ComplaintReader, DossierReader, TaskReader
from inspections.importers.opening import Sheet, open_sheets
from inspections.importers.problems import Doubt, Problem, ProblemLog, refuse
from inspections.importers.profiles import Profile
from inspections.importers.registers import InspectorReader, UnitReader
from inspections.importers.rows import Batch, Context, RowReader
from inspections.importers.tables import Table, Total, open_table

READERS: Final[Mapping[str, type[RowReader]]] = {
    "task": TaskReader,
    "dossier": DossierReader,
    "dossier_summary": SummaryReader,
    "complaint": ComplaintReader,
    "result": ResultReader,
    "unit": UnitReader,
    "inspector": InspectorReader,
}
#: Kinds whose rows stand on some day: their open rows mean nothing without it.
DATED_KINDS: Final = frozenset({"task", "dossier", "dossier_summary", "complaint"})


@dataclass(frozen=True)
class OpenedFile:
    """A file whose table was found: ``cutoff`` is the day on which its data stand."""

    profile: Profile
    table: Table
    cutoff: date

    @property
    def period(self) -> Period | None:
        """The period that the titles state."""
        return self.table.period

    def columns(self) -> dict[str, object]:
        """Return what became of each column: read, dropped because it is personal, or ignored."""
        header = self.table.header
        return {
            "read": {heading.field: heading.header for heading in header.headings},
            "personal": list(header.personal),
            "ignored": list(header.ignored),
        }


def open_file(path: Path, profile: Profile, *, cutoff: date | None, today: date) -> OpenedFile:
    """Find the table of a file and the day on which its data stand.

    ``cutoff`` goes before what the file says; kinds that need no cut-off date stand as of ``today``.

    Raises ``FileRefused`` when there is no readable table or no cut-off date, or one in the future.
    """
    reader = READERS[profile.kind]
    table = open_table(_only_sheet(open_sheets(path), profile), profile, reader.anchor)
    day = cutoff or (table.period.last if table.period else None)
    if day is None:
        if profile.kind in DATED_KINDS:
            raise refuse("cutoff_unknown")
        day = today
    if day > today:
        raise refuse("cutoff_future", cutoff=f"{day:%d/%m/%Y}")
    return OpenedFile(profile, table, day)


def _only_sheet(sheets: list[Sheet], profile: Profile) -> Sheet:
    """Return the sheet that holds such a table; which of several is meant is a person's to say."""
    if len(sheets) == 1:
        return sheets[0]
    found = [sheet for sheet in sheets if has_header(_head(sheet), profile)]
    if len(found) > 1:
        raise refuse("sheets_several", sheets=", ".join(sheet.name for sheet in found)[:200])
    if not found:
        raise refuse("header_not_found", expected=", ".join(profile.required))
    return found[0]


def _head(sheet: Sheet) -> list[list[Cell]]:
    return list(itertools.islice(sheet.rows(), HEAD_ROWS))


def read_rows(opened: OpenedFile, context: Context, log: ProblemLog) -> Iterator[Batch]:
    """Yield the rows that can be stored; when it ends, the log tells everything about the others.

    Raises ``FileRefused`` when the file turns out to be damaged on the way.
    """
    table = opened.table
    reader = READERS[opened.profile.kind](table.header, context, log)
    for warning in table.header.warnings:
        log.add(warning)
    for chunk in table.chunks():
        yield reader.read(chunk)
    if held_back := reader.finish():
        yield held_back
    if not table.read:
        raise refuse("no_rows")
    if table.below_total:
        log.add(Problem("rows_below_total", params={"count": table.below_total}))
    for total in table.totals:
        _check_total(total, table, reader, log)


def _check_total(total: Total, table: Table, reader: RowReader, log: ProblemLog) -> None:
    figures = {field: _count(total.cells[field]) for field in reader.counts if field in total.cells}
    if figures:
        for problem in check_totals(figures, reader.sums, reader.headers, total.row):
            log.add(problem)
        return
    counts = [_count(cell) for cell in total.all_cells if not is_blank(cell)]
    stated = {count for count in counts if count != NO_COUNT}
    if len(stated) == 1 and (count := stated.pop()) != table.read:
        params = {"stated": count, "computed": table.read}
        log.add(Problem("count_differs", "warning", row=total.row, params=params))


def _count(cell: Cell) -> int:
    try:
        return read_count(cell)
    except Doubt:
        return NO_COUNT
