"""What an XLSX file is made of, looked at before anything opens it.

The archive is unpacked once, in pieces and within bounds, and the far cells of its sheets are seen.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from inspections.importers.problems import refuse

_MOST_ENTRIES: Final = 2000
_MOST_BYTES: Final = 1 << 30
_RATIO_FREE_BYTES: Final = 16 << 20
_MOST_RATIO: Final = 100
_PIECE: Final = 1 << 20
_LONGEST_TAG: Final = 1024
#: A table reaches no farther; spreadsheets end at XFD1048576.
LAST_COLUMN: Final = 1024
LAST_ROW: Final = 1_000_000

# Cells with three or more letters or seven or more digits; nearer ones need no look. One that closes
# itself is empty: office programs leave such cells at the sheet's end.
_FAR = re.compile(
    rb"\br\s*=\s*[\"'](?=[A-Za-z]{3}|[A-Za-z]+[0-9]{7})([A-Za-z]+)([0-9]+)[\"'](?![^<>]*/>)"
)


def guard(path: Path) -> None:
    """Look an XLSX file over.

    Raises ``FileRefused`` when it is another kind of archive, damaged, protected, unpacks to more than a
    real workbook would, or has a cell far outside any table.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise refuse("format_not_read", format=_archive_name(names))
            _check_sizes(entries)
            for entry in entries:
                _check_entry(raw, entry)
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError):
        raise refuse("xlsx_damaged") from None


def _archive_name(names: set[str]) -> str:
    if "content.xml" in names:
        return "ODS"
    if "word/document.xml" in names:
        return "DOCX"
    return "XLSB" if "xl/workbook.bin" in names else "ZIP"


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise refuse("zip_bomb")
    for entry in entries:
        packed = max(1, entry.compress_size)
        if entry.file_size > _RATIO_FREE_BYTES and entry.file_size / packed > _MOST_RATIO:
            raise refuse("zip_bomb")


def _check_entry(raw: BinaryIO, entry: zipfile.ZipInfo) -> None:
    """Unpack one entry to its end; a size other than the stated one is a lie."""
    size = 0
    tail = b""
    for piece in unpacked(raw, entry):
        size += len(piece)
        if size > entry.file_size:
            raise refuse("zip_bomb")
        # Any entry may be named as a sheet, so all are looked at.
        tail += piece
        _check_reach(tail)
        tail = tail[-_LONGEST_TAG:]
    if size != entry.file_size:
        raise refuse("xlsx_damaged")


def _check_reach(xml: bytes) -> None:
    for found in _FAR.finditer(xml):
        letters, digits = found[1].decode(), found[2].decode()
        if column_number(letters) > LAST_COLUMN or len(digits) > 7 or int(digits) > LAST_ROW:
            raise refuse("cell_out_of_bounds", cell=(letters + digits)[:20])


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, XFD is 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def unpacked(raw: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the content of an entry, whatever its stated size.

    ``zipfile`` itself stops at the stated size, and would so miss what another reader unpacks.
    """
    if entry.flag_bits & 1:
        raise refuse("password_protected")
    raw.seek(entry.header_offset)
    header = struct.unpack("<4s5H3L2H", raw.read(30))
    raw.seek(header[9] + header[10], 1)
    packed_pieces = _pieces(raw, entry.compress_size)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from packed_pieces
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise refuse("xlsx_damaged")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in packed_pieces:
        left = packed
        while left:
            yield inflate.decompress(left, _PIECE)
            left = inflate.unconsumed_tail
    yield inflate.flush(_PIECE)


def _pieces(raw: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (piece := raw.read(min(_PIECE, size))):
        size -= len(piece)
        yield piece
