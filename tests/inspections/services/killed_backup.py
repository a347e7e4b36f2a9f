"""Backups and restorings that stop at one point and wait to be killed, and a writer that never stops."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from inspections.backup import archive, databases
from inspections.services import audit, backups
from tests.builders import NOW
from tests.inspections.services.killing import stop_here, stopping


def main(point: str) -> None:
    """Do what is to be killed."""
    POINTS[point]()


def dump() -> None:
    """Stop with the dump taken and the archive not begun."""
    setattr(archive, "write", stopping(archive.write))  # noqa: B010  a module's function
    backups.back_up(now=NOW + timedelta(minutes=5))


def archived() -> None:
    """Stop with the archive written and not yet in its place."""
    setattr(backups, "_sync", stopping(backups._sync))  # noqa: B010  a module's function
    backups.back_up(now=NOW + timedelta(minutes=5))


def restore() -> None:
    """Stop with part of the database restored and nothing committed."""
    setattr(databases.SQLite, "_open", staticmethod(_opened_slowly))  # noqa: B010
    copied = shutil.copyfileobj

    def copy(*args: Any) -> None:
        copied(*args)
        stop_here()

    setattr(databases.shutil, "copyfileobj", copy)  # noqa: B010
    made = backups.last_backup()
    assert made is not None
    backups.restore(path=made.path, now=NOW + timedelta(minutes=10), replace=True)


class _Slow(sqlite3.Connection):
    """A connection that stops in the midst of a backup."""

    def backup(self, target: sqlite3.Connection, **_: Any) -> None:  # type: ignore[override]
        super().backup(target, pages=20, progress=stop_here)


def _opened_slowly(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, factory=_Slow)


def write() -> None:
    """Append events without end."""
    for number in count():
        audit.append(actor_id=None, action="write", object_type="x", object_id=f"{number}", now=NOW)
        if number == 0:
            print("here", flush=True)  # noqa: T201


POINTS: Mapping[str, Callable[[], None]] = {
    "dump": dump,
    "archived": archived,
    "restore": restore,
    "write": write,
}
