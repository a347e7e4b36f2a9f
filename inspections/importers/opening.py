"""Telling formats apart by their bytes, never by their names, and opening what can be read.

Further formats join here: a function that recognises them, and a ``Sheet`` that yields their rows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from inspections.importers.columns import Cell
from inspections.importers.delimited import DelimitedSheet
from inspections.importers.problems import FileRefused, refuse
from inspections.importers.workbook import open_workbook

_HEAD: Final = 4096

# What is recognised and not read, by how it begins.
_OTHER_FORMATS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The stream in which an encrypted workbook lies within an OLE file.
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")


class Sheet(Protocol):
    """Raw rows of one sheet. ``position`` of ``size`` tells how much of it was read."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def position(self) -> int: ...

    def rows(self) -> Iterator[list[Cell]]:
        """Yield each row from the first of the sheet on, empty ones included."""


def open_sheets(path: Path) -> list[Sheet]:
    """Open a file.

    Raises:
        FileRefused: the format is not read, or the file is damaged or built to do harm.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise refuse("file_empty")
    if head.startswith(b"PK\x03\x04"):
        return list(open_workbook(path))
    if head.startswith(_OLE):
        raise _ole_refusal(path)
    for start, name in _OTHER_FORMATS:
        if head.startswith(start):
            raise refuse("format_not_read", format=name)
    _refuse_markup(head)
    return [DelimitedSheet(path)]


def _ole_refusal(path: Path) -> FileRefused:
    # The directory of an OLE file may lie anywhere in it; workbooks protected by a password are small.
    if _ENCRYPTED in path.read_bytes():
        return refuse("password_protected")
    return refuse("format_not_read", format="XLS (Excel 97–2003)")


def _refuse_markup(head: bytes) -> None:
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise refuse("format_not_read", format="XML Spreadsheet 2003")
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<style", b"<head")):
        raise refuse("format_not_read", format="HTML")
    if start.startswith(b"<?xml"):
        raise refuse("format_not_read", format="XML")
