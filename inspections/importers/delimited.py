"""Delimited text: its encoding and separator from its bytes, its rows as a stream."""

import codecs
import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from inspections.importers.columns import Cell
from inspections.importers.problems import refuse

_SEPARATORS: Final = ";,\t"
_SAMPLE: Final = 64 * 1024
_SAMPLE_ROWS: Final = 100
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class DelimitedSheet:
    """A file of delimited text; nothing of it is kept in memory.

    Raises ``FileRefused`` on opening or while reading, with the row at which it happened.
    """

    name = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.position = 0
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
        self._encoding = _encoding(head)
        self._separator, self._skip_first = _separator(_decoded(head, self._encoding))

    def rows(self) -> Iterator[list[Cell]]:
        """Yield the records; a quoted line break does not end one."""
        number = 0
        with (
            self._path.open("rb") as raw,
            io.TextIOWrapper(raw, encoding=self._encoding, newline="") as text,
        ):
            reader = csv.reader(text, delimiter=self._separator, strict=True)
            try:
                for number, record in enumerate(reader, start=1):
                    if number % 1024 == 0:
                        self.position = raw.tell()
                    yield [] if number == 1 and self._skip_first else record  # type: ignore[misc]
            except csv.Error:
                raise refuse("csv_quotes", row=number + 1) from None
            except UnicodeError:
                raise refuse("encoding_unknown", row=number + 1) from None
        self.position = self.size


def _encoding(head: bytes) -> str:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    zeros = Counter(index % 2 for index, byte in enumerate(head) if byte == 0)
    if not zeros:
        return "utf-8"
    # Text of Latin letters in UTF-16 has a zero in every other byte, on one side only.
    for side, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if zeros[side] > len(head) // 4 and zeros[1 - side] <= len(head) // 100:
            return encoding
    raise refuse("text_binary")


def _decoded(head: bytes, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(head)
    except UnicodeError as error:
        row = 1 + head[: getattr(error, "start", 0)].count(b"\n")
        raise refuse("encoding_unknown", row=row) from None


def _separator(sample: str) -> tuple[str, bool]:
    """Return the separator, and whether the first line is only there to name it (``sep=;``)."""
    first = sample[:6].lower()
    if first.startswith("sep=") and first[4:5] in _SEPARATORS and first[5:6] in {"\r", "\n"}:
        return first[4], True
    return max(_SEPARATORS, key=lambda separator: _evenness(sample, separator)), False


def _evenness(sample: str, separator: str) -> tuple[int, int]:
    """How many rows of the sample have the commonest width above one, and that width."""
    widths: Counter[int] = Counter()
    try:
        # The sample may end within a quoted value; a reader that is not strict takes that.
        records = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        for record in itertools.islice(records, _SAMPLE_ROWS):
            if len(record) > 1:
                widths[len(record)] += 1
    except csv.Error:
        return 0, 0
    return max(((count, width) for width, count in widths.items()), default=(0, 0))
