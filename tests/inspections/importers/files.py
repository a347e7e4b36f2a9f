"""Files as systems export them, and reading them without a database."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from inspections.calendar import WorkCalendar
from inspections.importers.columns import Cell
from inspections.importers.problems import Doubt, ProblemLog
from inspections.importers.profiles import overridden, packaged
from inspections.importers.reading import OpenedFile, open_file, read_rows
from inspections.importers.rows import Context

TODAY = date(2026, 11, 22)
CUTOFF = date(2026, 10, 31)
# 24/11 and two days of September are off; the table knows 2026 alone.
CALENDAR = WorkCalendar(
    [
        (date(2026, 9, 1), "substitute"),
        (date(2026, 9, 2), "holiday"),
        (date(2026, 11, 24), "holiday"),
    ]
)
UNITS = {"Sở Y tế": "SYT", "Sở Nội vụ": "SNV", "Xã Tân Hồng": "TH"}
KEY = bytes(range(32))

TASK_HEADERS = (
    "Mã nhiệm vụ",
    "Đơn vị chủ trì",
    "Ngày giao",
    "Hạn xử lý",
    "Ngày hoàn thành",
    "Trạng thái",
)
DOSSIER_HEADERS = (
    "Mã hồ sơ",
    "Đơn vị xử lý",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày có kết quả",
    "Trạng thái",
)


def csv_bytes(
    rows: Iterable[Sequence[object]], *, separator: str = ";", encoding: str = "utf-8-sig"
) -> bytes:
    """Write delimited text."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue().encode(encoding)


def xlsx_bytes(
    *sheets: Iterable[Sequence[object]], merged: Iterable[str] = (), hidden: Iterable[int] = ()
) -> bytes:
    """Write a workbook of one sheet or several; ``merged`` are ranges of the first."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for number, rows in enumerate(sheets):
        sheet = workbook.create_sheet(f"Sheet{number + 1}")
        for row in rows:
            sheet.append(list(row))
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # openpyxl takes text that begins with "=" for a formula
        if number in hidden:
            sheet.sheet_state = "hidden"
    for cells in merged:
        workbook.worksheets[0].merge_cells(cells)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def with_sheet_xml(content: bytes) -> bytes:
    """Write a workbook whose one sheet holds exactly this XML between its ``sheetData`` tags."""
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return with_entries(
        xlsx_bytes([["x"]]),
        {"xl/worksheets/sheet1.xml": head + content + b"</sheetData></worksheet>"},
    )


def with_entries(archive: bytes, entries: Mapping[str, bytes]) -> bytes:
    """Replace or add entries of an archive."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in entries:
                new.writestr(name, old.read(name))
        for name, content in entries.items():
            new.writestr(name, content)
    return stream.getvalue()


class Reader:
    """Reads files of a kind from a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "upload"

    def open(
        self, content: bytes, kind: str, *, cutoff: date | None = CUTOFF, **overrides: Any
    ) -> OpenedFile:
        """Find the table of a file."""
        self._path.write_bytes(content)
        profile = overridden(packaged(kind), overrides)
        return open_file(self._path, profile, cutoff=cutoff, today=TODAY)

    def read(
        self,
        content: bytes,
        kind: str,
        *,
        cutoff: date | None = CUTOFF,
        key: Callable[[int], bytes | None] = lambda _year: KEY,
        **overrides: Any,
    ) -> "Result":
        """Read a file to its end."""
        opened = self.open(content, kind, cutoff=cutoff, **overrides)
        log = ProblemLog()
        context = Context(
            profile=opened.profile,
            cutoff=opened.cutoff,
            period=opened.period,
            calendar=CALENDAR,
            match_unit=match_unit,
            answer_days=10,
            complainant_key=key,
        )
        rows: list[dict[str, Any]] = []
        for batch in read_rows(opened, context, log):
            rows += [
                {"row": number, **dict(zip(batch.columns, values, strict=True))}
                for number, values in zip(
                    batch.rows, zip(*batch.columns.values(), strict=True), strict=True
                )
            ]
        return Result(opened, rows, log)


class Result:
    """What came of a file."""

    def __init__(self, opened: OpenedFile, rows: list[dict[str, Any]], log: ProblemLog) -> None:
        self.opened = opened
        self.rows = rows
        self.log = log

    def codes(self, severity: str | None = None) -> list[str]:
        """Return the codes of all problems, in the order found."""
        return [problem.code for problem in self.log.kept if severity in (None, problem.severity)]

    def column(self, field: str) -> list[Any]:
        """Return a field of every row."""
        return [row[field] for row in self.rows]


def match_unit(name: str) -> str:
    """Know three units by code and name; a bare "Tân" is doubtful."""
    if name in UNITS.values():
        return name
    if name in UNITS:
        return UNITS[name]
    if name == "Tân":
        raise Doubt("unit_ambiguous", candidates="Xã Tân Hồng, Xã Tân Thành")
    raise Doubt("unit_unknown")


def tasks(*rows: Sequence[Cell], headers: Sequence[str] = TASK_HEADERS) -> bytes:
    """Write a list of tasks."""
    return csv_bytes([headers, *rows])


def dossiers(*rows: Sequence[Cell], headers: Sequence[str] = DOSSIER_HEADERS) -> bytes:
    """Write a list of dossiers."""
    return csv_bytes([headers, *rows])
