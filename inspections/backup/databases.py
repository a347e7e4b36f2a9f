"""The database as one file, and back: SQLite by its online backup, PostgreSQL by its own programs.

Both are taken from one snapshot while others write, and both come back in one transaction: whoever is killed
half-way leaves what was there before. Sessions are left out, so that a stolen dump names nobody who is signed
in and a restored one signs nobody in again.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient
from django.utils.translation import gettext as _

from inspections.backup.archive import damaged
from inspections.chain import GENESIS
from inspections.errors import DomainError, WrongState

SESSIONS: Final = "django_session"
#: Filled by `migrate` alone: a database with rows in nothing else is an empty one.
_MADE_BY_MIGRATE: Final = frozenset({"django_migrations", "django_content_type", "auth_permission"})
_TIMEOUT_SECONDS: Final = 20.0


class ToolFailed(DomainError):
    """A program of the database's own is missing, too old, or did not do its work."""

    code = "database_tool_failed"


@dataclass(frozen=True)
class Snapshot:
    """What a dump holds: its migrations (``app.name``) and where its audit chain ends."""

    migrations: tuple[str, ...]
    chain_length: int
    chain_head: str


class Database(Protocol):
    """One kind of database."""

    kind: str
    dump_name: str

    def dump(self, into: Path) -> Snapshot:
        """Write everything as it stands at one moment to a new file."""

    def check(self, dump: Path) -> None:
        """Refuse a dump that this kind of database does not read."""

    def load(self, dump: Path) -> None:
        """Replace everything by a dump, all or nothing."""


def database() -> Database:
    """Return what dumps and loads the installation's database."""
    connection = connections["default"]
    return SQLite(connection) if connection.vendor == "sqlite" else PostgreSQL(connection)


@contextmanager
def scratch(folder: Path) -> Iterator[None]:
    """Let a fresh, empty database stand in for the installation's own, in this thread; it is gone afterwards."""
    own = connections["default"]
    is_file = own.vendor == "sqlite"
    name = str(folder / "scratch.sqlite3") if is_file else f"{own.settings_dict['NAME']}_scratch"
    if not is_file:
        _create_database(own, name)
    fresh = type(own)({**own.settings_dict, "NAME": name}, "default")
    connections["default"] = fresh
    try:
        yield
    finally:
        connections["default"] = own
        fresh.close()
        if not is_file:
            _execute(own, f"DROP DATABASE {own.ops.quote_name(name)}")


def _create_database(own: BaseDatabaseWrapper, name: str) -> None:
    quoted = own.ops.quote_name(name)
    try:
        # One that a killed drill left behind goes first.
        _execute(own, f"DROP DATABASE IF EXISTS {quoted}")
        _execute(own, f"CREATE DATABASE {quoted}")
    except DatabaseError as error:
        raise ToolFailed(
            _("A fresh database for the drill could not be made: %(why)s") % {"why": error}
        ) from None


def _execute(own: BaseDatabaseWrapper, statement: str) -> None:
    """Execute a statement that no transaction may hold, on a connection of its own."""
    separate = own.copy()
    try:
        with separate.cursor() as cursor:
            cursor.execute(statement)
    finally:
        separate.close()


def holds_data() -> bool:
    """Tell whether any table has a row that ``migrate`` alone would not have written."""
    connection = connections["default"]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - _MADE_BY_MIGRATE
        for table in sorted(tables):
            cursor.execute(f"SELECT 1 FROM {quote(table)} LIMIT 1")  # noqa: S608  a table that is there
            if cursor.fetchone() is not None:
                return True
    return False


def _snapshot(cursor: Any) -> Snapshot:
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    migrations = tuple(f"{app}.{name}" for app, name in cursor.fetchall())
    cursor.execute("SELECT length, hash FROM inspections_audithead")
    length, head = cursor.fetchone() or (0, GENESIS)
    return Snapshot(migrations, length, head)


def _nothing_there() -> WrongState:
    return WrongState(_("There is nothing to back up: this database was never set up."))


class SQLite:
    """A file, copied page by page."""

    kind = "sqlite"
    dump_name = "database.sqlite3"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._path = Path(connection.settings_dict["NAME"])

    def dump(self, into: Path) -> Snapshot:
        if not self._path.exists():
            raise _nothing_there()
        with closing(self._open(self._path)) as source, closing(self._open(into)) as copy:
            # All pages in one step: in WAL mode it reads one snapshot, and writers do not wait.
            source.backup(copy)
            try:
                copy.execute("PRAGMA secure_delete = ON")
                copy.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608  a name of ours
                return _snapshot(copy.cursor())
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise
                raise _nothing_there() from None

    def check(self, dump: Path) -> None:
        try:
            with closing(self._open(dump)) as opened:
                # Some call functions that Django alone defines.
                opened.execute("PRAGMA ignore_check_constraints = ON")
                found = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            raise damaged(str(found))

    def load(self, dump: Path) -> None:
        self._connection.close()
        with closing(self._open(dump)) as source, closing(self._open(self._path)) as target:
            target.execute("PRAGMA journal_mode = WAL")
            # One transaction of the target; its open readers see the old pages until it commits.
            source.backup(target)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=_TIMEOUT_SECONDS, isolation_level=None)


class PostgreSQL:
    """What ``pg_dump`` writes and ``pg_restore`` reads."""

    kind = "postgresql"
    dump_name = "database.pgdump"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def dump(self, into: Path) -> Snapshot:
        own = self._connection.copy()
        try:
            with own.cursor() as cursor:
                cursor.execute("SELECT to_regclass('django_migrations') IS NULL")
                if cursor.fetchone()[0]:
                    raise _nothing_there()
                cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SELECT pg_export_snapshot()")
                (name,) = cursor.fetchone()
                self._run(
                    "pg_dump",
                    "--format=custom",
                    "--compress=1",
                    "--no-owner",
                    "--no-privileges",
                    f"--exclude-table-data={SESSIONS}",
                    f"--snapshot={name}",
                    f"--file={into}",
                )
                snapshot = _snapshot(cursor)
                cursor.execute("ROLLBACK")
        finally:
            own.close()
        return snapshot

    def check(self, dump: Path) -> None:
        program = self._program("pg_restore")
        listed = subprocess.run([program, "--list", str(dump)], capture_output=True, check=False)
        if listed.returncode:
            raise damaged(_last_line(listed.stderr))

    def load(self, dump: Path) -> None:
        """Feed ``pg_restore``'s script to ``psql`` between BEGIN and COMMIT.

        COMMIT is sent only when the whole script was: whoever is killed before leaves an open
        transaction that ends with its connection.
        """
        with tempfile.TemporaryFile() as errors:
            arguments, environment = self._command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1")
            with subprocess.Popen(
                arguments,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            ) as psql:
                assert psql.stdin is not None  # noqa: S101  it is a pipe
                try:
                    psql.stdin.write(b"BEGIN;\n" + self._drop_tables())
                    self._write_script(dump, psql.stdin)
                    psql.stdin.write(b"COMMIT;\n")
                    psql.stdin.close()
                except BrokenPipeError:  # it has refused, and says why
                    with suppress(BrokenPipeError):
                        psql.stdin.close()
            if psql.returncode:
                errors.seek(0)
                raise ToolFailed(
                    _("The database refused the backup and is as it was: %(why)s")
                    % {"why": _last_line(errors.read())}
                )
        self._connection.close()

    def _write_script(self, dump: Path, to: IO[bytes]) -> None:
        program = self._program("pg_restore")
        command = [program, "--no-owner", "--no-privileges", "--file=-", str(dump)]
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as script,
        ):
            assert script.stdout is not None  # noqa: S101  it is a pipe
            shutil.copyfileobj(script.stdout, to)
            if script.wait():
                errors.seek(0)
                raise damaged(_last_line(errors.read()))

    def _drop_tables(self) -> bytes:
        quote = self._connection.ops.quote_name
        with self._connection.cursor() as cursor:
            names = self._connection.introspection.table_names(cursor)
        return "".join(f"DROP TABLE {quote(name)} CASCADE;\n" for name in sorted(names)).encode()

    def _run(self, name: str, *options: str) -> None:
        arguments, environment = self._command(name, *options)
        done = subprocess.run(arguments, env=environment, capture_output=True, check=False)
        if done.returncode:
            raise ToolFailed(
                _("%(program)s failed: %(why)s") % {"program": name, "why": _last_line(done.stderr)}
            )

    def _command(self, name: str, *options: str) -> tuple[Sequence[str], Mapping[str, str]]:
        """Return a client program's command line for this database, and its environment with the password."""
        arguments, environment = DatabaseClient.settings_to_cmd_args_env(
            self._connection.settings_dict, ["--no-password", *options]
        )
        return [self._program(name), *arguments[1:]], {**os.environ, **(environment or {})}

    def _program(self, name: str) -> str:
        """Return the path of a client program that is no older than the server."""
        path = shutil.which(name)
        if path is None:
            raise ToolFailed(
                _("%(program)s is not installed here: install PostgreSQL's client programs.")
                % {"program": name},
                code="database_tool_missing",
            )
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"\d+", said.stdout)
        version = int(found[0]) if found else 0
        with self._connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            server = int(cursor.fetchone()[0]) // 10_000
        if version < server:
            raise ToolFailed(
                _(
                    "%(program)s is of PostgreSQL %(version)s and the server of %(server)s: "
                    "install its client programs."
                )
                % {"program": name, "version": version, "server": server},
                code="database_tool_too_old",
            )
        return path


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "?"
