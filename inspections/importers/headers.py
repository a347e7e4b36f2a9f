"""Finding the headers among what stands above a table."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from inspections import text
from inspections.importers.columns import Cell
from inspections.importers.problems import FileRefused, Problem, refuse, shown
from inspections.importers.profiles import Profile

#: Headers begin within so many rows, and are at most so many rows deep.
HEAD_ROWS: Final = 60
_DEPTH: Final = 5
_MOST_COLUMNS: Final = 1024
_LONGEST_HEADER: Final = 200
_REMARK = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\]|[*:：])+\s*$")

_DATE = r"(?:ngày\s*)?(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})"
_FROM_TO = re.compile(rf"từ\s+{_DATE}\s*(?:-|–|đến(?:\s+hết)?)\s*{_DATE}", re.IGNORECASE)
_UNTIL = re.compile(rf"(?:tính\s+đến|đến\s+hết|đến)\s+{_DATE}", re.IGNORECASE)
_EXPORTED = re.compile(
    rf"(?:ngày|thời\s+điểm|thời\s+gian)\s+(?:kết\s+xuất|trích\s+xuất|xuất|chốt|in)\b[^\d]*{_DATE}",
    re.IGNORECASE,
)
_MONTH = re.compile(r"tháng\s+(\d{1,2})\s*(?:/|năm|[-.])\s*(\d{4})", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """One column that is read: where it stands, what it means, how its header reads."""

    index: int
    field: str
    header: str


@dataclass(frozen=True)
class Header:
    """The headers of a table. ``first_data`` is the row below them, counted from 0."""

    first_data: int
    headings: tuple[Heading, ...]
    personal: tuple[str, ...]
    ignored: tuple[str, ...]
    warnings: tuple[Problem, ...]
    # How the lowest row of headers reads, to know it again at a page break.
    lowest: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """The days that a file says it covers."""

    first: date | None
    last: date


def find_header(head: Sequence[Sequence[Cell]], profile: Profile) -> Header:
    """Find the headers of a table.

    Every block of up to five rows is tried; the one that names most fields is it, of equals the
    shallowest, then the highest. A merged header spans the empty cells to its right.

    Raises ``FileRefused`` when there is none, when a required field is missing, or when two columns say
    the same.
    """
    rows = [[_header_text(cell) for cell in row[:_MOST_COLUMNS]] for row in head[:HEAD_ROWS]]
    best: tuple[int, int, int] | None = None
    for first in range(len(rows)):
        for depth in range(1, min(_DEPTH, len(rows) - first) + 1):
            paths = _paths(rows[first : first + depth])
            fields = {found[0] for path in paths if (found := profile.field_of(path))}
            if fields and (best is None or (len(fields), -depth, -first) > best):
                best = (len(fields), -depth, -first)
    if best is None or best[0] < min(2, len(profile.headers)):
        raise refuse("header_not_found", expected=_expected(profile, profile.required))
    first, depth = -best[2], -best[1]
    block = rows[first : first + depth]
    return _header(_paths(block), profile, first + depth, tuple(block[-1]))


def has_header(head: Sequence[Sequence[Cell]], profile: Profile) -> bool:
    """Tell whether a table of this kind seems to stand here, complete or not."""
    try:
        find_header(head, profile)
    except FileRefused as refusal:
        return all(problem.code != "header_not_found" for problem in refusal.problems)
    return True


@dataclass(frozen=True, order=True)
class _Named:
    """A column that names a field; ``rank`` is the place of its name among the field's names."""

    rank: int
    index: int
    header: str


def _header(
    paths: Sequence[tuple[str, ...]], profile: Profile, first_data: int, lowest: tuple[str, ...]
) -> Header:
    named: dict[str, list[_Named]] = {}
    personal: list[str] = []
    ignored: list[str] = []
    for index, path in enumerate(paths):
        header = " / ".join(path)
        if found := profile.field_of(path):
            field, rank = found
            named.setdefault(field, []).append(_Named(rank, index, header))
        elif path:
            (personal if profile.is_personal(path[-1]) else ignored).append(header)
    problems = [*_double(named), *_missing(named, profile)]
    if problems:
        raise FileRefused(*problems)
    headings = tuple(
        Heading(min(columns).index, field, min(columns).header) for field, columns in named.items()
    )
    warnings = tuple(_alternatives(named))
    return Header(first_data, headings, tuple(personal), tuple(ignored), warnings, lowest)


def _double(named: Mapping[str, list[_Named]]) -> Iterator[Problem]:
    for columns in named.values():
        best = min(columns)
        if sum(column.rank == best.rank for column in columns) > 1:
            names = ", ".join(f"“{shown(column.header)}”" for column in sorted(columns))
            yield Problem("header_double", params={"headers": names})


def _missing(named: Mapping[str, list[_Named]], profile: Profile) -> Iterator[Problem]:
    for field in profile.required:
        if field not in named:
            params = {"field": profile.headers[field][0], "expected": _expected(profile, [field])}
            yield Problem("header_missing", params=params)


def _alternatives(named: Mapping[str, list[_Named]]) -> Iterator[Problem]:
    for columns in named.values():
        read, *others = sorted(columns)
        for left in others:
            params = {"read": shown(read.header), "left": shown(left.header)}
            yield Problem("header_alternative", "warning", column=left.header, params=params)


def _expected(profile: Profile, fields: Iterable[str]) -> str:
    return "; ".join(", ".join(profile.headers[field][:3]) for field in fields)


def _header_text(cell: Cell) -> str:
    if not isinstance(cell, str) or len(cell) > _LONGEST_HEADER:
        return ""
    try:
        header = " ".join(text.nfc(cell).split())
    except text.UnreadableText:
        return ""
    return _REMARK.sub("", header)


def _paths(block: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return each column's header with its parents.

    An empty cell with something below it belongs to the header on its left.
    """
    width = max(map(len, block), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in block]
    for depth, row in enumerate(padded[:-1]):
        for index in range(1, width):
            has_child = any(lower[index] for lower in padded[depth + 1 :])
            if not row[index] and has_child:
                row[index] = row[index - 1]
    return [tuple(dict.fromkeys(filter(None, column))) for column in zip(*padded, strict=True)]


def find_period(rows: Iterable[Sequence[Cell]]) -> Period | None:
    """Return the period that the titles above a table state, else the day of the export, else None."""
    titles = [
        _title(cell)
        for row in rows
        for cell in row
        if isinstance(cell, str) and len(cell) <= _LONGEST_HEADER * 2
    ]
    for read in (_period, _export):
        for title in titles:
            try:
                if period := read(title):
                    return period
            except ValueError:  # no such day
                continue
    return None


def _title(cell: str) -> str:
    try:
        return text.nfc(cell)
    except text.UnreadableText:
        return ""


def _export(title: str) -> Period | None:
    if found := _EXPORTED.search(title):
        day, month, year = (int(part) for part in found.groups())
        return Period(None, date(year, month, day))
    return None


def _period(title: str) -> Period | None:
    if found := _FROM_TO.search(title):
        numbers = [int(part) for part in found.groups()]
        first, last = date(*numbers[2::-1]), date(*numbers[:2:-1])
        return Period(first, last) if first <= last else None
    if found := _UNTIL.search(title):
        day, month, year = (int(part) for part in found.groups())
        return Period(None, date(year, month, day))
    if found := _MONTH.search(title):
        month, year = int(found[1]), int(found[2])
        after = date(year + month // 12, month % 12 + 1, 1)
        return Period(date(year, month, 1), date.fromordinal(after.toordinal() - 1))
    return None
