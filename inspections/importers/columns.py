"""Reading cells, a column at a time. A value seen before costs one look-up."""

import functools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from inspections import text
from inspections.importers.problems import Doubt

Cell = str | int | float | bool | date | datetime | time | timedelta
Days = npt.NDArray[np.datetime64]
Counts = npt.NDArray[np.int64]
T = TypeVar("T")

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2090
#: A day and a count that the file does not state; the day is the number of NaT.
NO_DAY: Final = int(np.iinfo(np.int64).min)
NO_COUNT: Final = -1
_EPOCH: Final = date(1970, 1, 1).toordinal()
# Day 0 of the 1900 date system, as every spreadsheet counts from March 1900 on.
_SERIAL_ZERO: Final = date(1899, 12, 30).toordinal() - _EPOCH
_LARGEST: Final = 2**31 - 1
_MEMORY: Final = 16_384

_BLANKS: Final = frozenset({"", "-", "–", "—", "...", "…", "null", "n/a", "#n/a"})
_DAY_MONTH_YEAR = re.compile(
    r"(?:\d{1,2}:\d{2}(?::\d{2})?\s+)?(\d{1,2})[/.-](\d{1,2})[/.-](\d+)"
    r"(?:[\sT,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp][Mm])?)?"
)
_YEAR_MONTH_DAY = re.compile(r"(\d{4,})-(\d{1,2})-(\d{1,2})(?:[T ]\d{2}:\d{2}[\d:.Z+-]*)?")
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d+)?")
_WHOLE = re.compile(r"\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+")
_ROUND = re.compile(r"(\d+|\d{1,3}(?:\.\d{3})+),0+")
_NUMBERLIKE = re.compile(r"[\d.,\s]*\d[\d.,\s]*")
_RATE = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*%?")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_SPACES = re.compile(r"\s+")


def clean(cell: Cell) -> str:
    """Return a cell as one line of clean text, without the apostrophe that marks text in spreadsheets.

    Raises ``Doubt`` when letters were lost.
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    try:
        value = text.nfc(str(cell))
    except text.UnreadableText:
        raise Doubt("text_damaged") from None
    if "\ufffd" in value:
        raise Doubt("text_damaged")
    return _SPACES.sub(" ", value.strip().removeprefix("'")).strip()


def is_blank(cell: Cell) -> bool:
    """Tell whether nothing that can be seen stands in a cell, or a sign for nothing."""
    if not isinstance(cell, str):
        return False
    try:
        return clean(cell).casefold() in _BLANKS
    except Doubt:
        return False


def day_number(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01.

    Raises ``Doubt`` for a year outside the bounds or a day that does not exist.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Doubt("date_year", first=FIRST_YEAR, last=LAST_YEAR)
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        raise Doubt("date_impossible") from None


def read_date(cell: Cell, order: str = "dmy") -> int:
    """Return the days since 1970-01-01, or the number of NaT where nothing stands.

    ``order`` is ``dmy`` or, where the source says so, ``mdy``; it is never guessed. A time of day is dropped.

    Raises ``Doubt``.
    """
    if isinstance(cell, date):
        return day_number(cell.year, cell.month, cell.day)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_serial(cell)
    if not isinstance(cell, str):
        raise Doubt("date_unreadable")
    value = cell.strip().removeprefix("'").strip()
    if found := _DAY_MONTH_YEAR.fullmatch(value):
        return _from_parts(found[1], found[2], found[3], order)
    if is_blank(value):
        return NO_DAY
    if found := _YEAR_MONTH_DAY.fullmatch(value):
        return day_number(int(found[1][:6]), int(found[2]), int(found[3]))
    if found := _SERIAL.fullmatch(value):
        return _from_serial(int(found[1]))
    raise Doubt("date_unreadable")


@functools.lru_cache(maxsize=8192)  # columns with a time of day hold few days and many moments
def _from_parts(first: str, second: str, year: str, order: str) -> int:
    if len(year) < 4:
        raise Doubt("date_short_year")
    day, month = (int(first), int(second)) if order == "dmy" else (int(second), int(first))
    if month > 12 and day <= 12:
        raise Doubt("date_month_first")
    return day_number(int(year[:6]), month, day)


def _from_serial(value: float) -> int:
    if not math.isfinite(value) or not 0 < value < 1e7:
        raise Doubt("date_unreadable")
    day = date.fromordinal(min(int(value) + _SERIAL_ZERO + _EPOCH, date.max.toordinal()))
    return day_number(day.year, day.month, day.day)


def read_count(cell: Cell) -> int:
    """Return a whole number, ``NO_COUNT`` where nothing stands.

    A dot separates thousands only before groups of three, a comma only decimals; what fits neither is
    doubtful.

    Raises ``Doubt``.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _from_number(cell)
    if not isinstance(cell, str):
        raise Doubt("number_unreadable")
    value = cell.strip().removeprefix("'").replace("\u00a0", " ").strip()
    if _WHOLE.fullmatch(value):
        return _bounded(value)
    if is_blank(value):
        return NO_COUNT
    if found := _ROUND.fullmatch(value):
        return _bounded(found[1])
    if value.startswith(("-", "−")) and _NUMBERLIKE.fullmatch(value[1:]):
        raise Doubt("number_negative")
    raise Doubt("number_doubtful" if _NUMBERLIKE.fullmatch(value) else "number_unreadable")


def _bounded(digits: str) -> int:
    digits = digits.replace(".", "").replace(" ", "")
    if len(digits) > 12 or int(digits) > _LARGEST:
        raise Doubt("number_too_large")
    return int(digits)


def _from_number(value: float) -> int:
    if not math.isfinite(value):
        raise Doubt("number_unreadable")
    if value < 0:
        raise Doubt("number_negative")
    if value != int(value):
        raise Doubt("number_not_whole")
    if value > _LARGEST:
        raise Doubt("number_too_large")
    return int(value)


def read_rate(cell: Cell) -> int:
    """Return a percentage in hundredths of a percent, ``NO_COUNT`` where nothing stands.

    With one or two decimals a dot is a decimal dot as well as a comma. A bare number from a spreadsheet is
    taken as it is shown: 0.95 formatted as a percentage is 95 %.

    Raises ``Doubt``.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not 0 <= cell <= 100:
            raise Doubt("number_unreadable")
        return round(cell * (10_000 if cell <= 1 else 100))
    if not isinstance(cell, str):
        raise Doubt("number_unreadable")
    value = cell.strip().removeprefix("'").strip()
    if found := _RATE.fullmatch(value):
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if is_blank(value):
        return NO_COUNT
    raise Doubt("number_unreadable")


def read_code(cell: Cell, most: int = 80) -> str:
    """Return a code as text, empty where nothing stands.

    Raises ``Doubt`` when a spreadsheet has rounded it, or when it is longer than ``most`` characters.
    """
    if isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= 1e15):
        raise Doubt("code_damaged")
    if isinstance(cell, bool | date | time | timedelta):
        raise Doubt("code_damaged")
    value = clean(cell)
    if value.casefold() in _BLANKS:
        return ""
    if _SCIENTIFIC.fullmatch(value):
        raise Doubt("code_damaged")
    if len(value) > most:
        raise Doubt("text_too_long", most=most)
    return value


def read_text(cell: Cell, most: int) -> str:
    """Return clean text, cut to ``most`` characters, empty where nothing stands.

    Raises ``Doubt`` when letters were lost.
    """
    value = clean(cell)
    if value.casefold() in _BLANKS:
        return ""
    return value if len(value) <= most else value[: most - 1] + "…"


class Column(Generic[T]):
    """Reads the cells of one column and remembers what each distinct cell came to."""

    def __init__(self, read: Callable[[Cell], T], blank: T) -> None:
        self._doubts: dict[Cell, Doubt] = {}
        self._known = _Known(read, blank, self._doubts)

    def read(self, cells: Sequence[Cell]) -> list[T]:
        """Return what each cell says; a doubtful cell says nothing, like an empty one."""
        if len(self._known) > _MEMORY:
            self._known.clear()
            self._doubts.clear()
        return list(map(self._known.__getitem__, cells))

    def doubts(self, cells: Sequence[Cell]) -> Iterator[tuple[int, Cell, Doubt]]:
        """Yield place, cell and doubt of each doubtful cell among those just read."""
        if self._doubts:
            for place, cell in enumerate(cells):
                if cell in self._doubts:
                    yield place, cell, self._doubts[cell]


class _Known(dict[Cell, T]):
    def __init__(self, read: Callable[[Cell], T], blank: T, doubts: dict[Cell, Doubt]) -> None:
        super().__init__()
        self._read = read
        self._blank = blank
        self._doubts = doubts

    def __missing__(self, cell: Cell) -> T:
        try:
            value = self._read(cell)
        except Doubt as doubt:
            self._doubts[cell] = doubt
            value = self._blank
        self[cell] = value
        return value


def as_days(numbers: Sequence[int]) -> Days:
    """Return day numbers as datetime64[D]."""
    return np.array(numbers, dtype=np.int64).view("datetime64[D]")


def as_counts(numbers: Sequence[int]) -> Counts:
    """Return counts as an array."""
    return np.array(numbers, dtype=np.int64)


class _IsoDays(dict[int, str | None]):
    def __missing__(self, number: int) -> str | None:
        value = None if number == NO_DAY else date.fromordinal(number + _EPOCH).isoformat()
        self[number] = value
        return value


_ISO: Final = _IsoDays()


def iso_days(days: Days) -> list[str | None]:
    """Return days as ISO text, None for NaT: the form in which both databases take dates."""
    return list(map(_ISO.__getitem__, days.view(np.int64).tolist()))


def stated(counts: Counts) -> list[int | None]:
    """Return counts as a list, None for what was not stated."""
    return [None if number == NO_COUNT else number for number in counts.tolist()]
