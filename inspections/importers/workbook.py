"""XLSX by calamine, in a process that may die."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

from inspections.importers import workbook_process
from inspections.importers.archive import guard
from inspections.importers.columns import Cell
from inspections.importers.problems import FileRefused, refuse

_SCRIPT: Final = str(Path(__file__).with_name("workbook_process.py"))


class WorkbookSheet:
    """One visible sheet of a workbook; rows arrive in batches from the reading process."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self.name = name
        self.size = 1
        self.position = 0

    def rows(self) -> Iterator[list[Cell]]:
        """Yield the rows; formulas as the value that was stored with them."""
        with _process(str(self._path), self.name) as pipe:
            self.size = max(1, _load(pipe))
            while (batch := _load(pipe)) is not None:
                for row in batch:
                    self.position += 1
                    yield row


def open_workbook(path: Path) -> Iterator[WorkbookSheet]:
    """Yield the visible sheets of a workbook.

    Raises ``FileRefused`` for what is damaged, protected, not XLSX, or built to do harm.
    """
    guard(path)
    with _process(str(path)) as pipe:
        sheets = _load(pipe)
    for name, is_visible in sheets:
        if is_visible:
            yield WorkbookSheet(path, name)


class _EndedEarly(Exception):
    """The process ended before it had written all."""


def _load(pipe: IO[bytes]) -> Any:
    try:
        return pickle.load(pipe)  # noqa: S301  written by our own process, which executes nothing of the file
    except (EOFError, pickle.UnpicklingError):
        raise _EndedEarly from None


@contextmanager
def _process(*arguments: str) -> Iterator[IO[bytes]]:
    """Run the reading process, and tell why when it ends early."""
    command = [sys.executable, "-I", _SCRIPT, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield cast("IO[bytes]", process.stdout)
        except _EndedEarly:
            raise _reason(process.wait()) from None
        finally:
            process.kill()


def _reason(exit_code: int) -> FileRefused:
    if exit_code == workbook_process.PASSWORD_PROTECTED:
        return refuse("password_protected")
    if exit_code == workbook_process.DAMAGED:
        return refuse("xlsx_damaged")
    return refuse("sheet_too_large")
