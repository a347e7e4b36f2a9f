"""What cannot be restored, or not by these programs, is refused before anything is touched."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from inspections.backup import archive, databases
from inspections.backup.databases import ToolFailed
from inspections.models import (
    DocumentKind,
    Plan,
)
from inspections.services import papers
from inspections.services.backups import back_up, last_backup, restore
from tests.builders import NOW
from tests.inspections.database import contents
from tests.inspections.services import months
from tests.inspections.services.archives import LATER, ON_POSTGRESQL, backed_up, forged, refusal
from tests.inspections.services.months import DRAW_DAY, Month, make_month

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def month() -> Month:
    """A department in the month before the one that is planned."""
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    """An approved plan with its restricted appendix printed."""
    plan = months.approved(month)
    papers.print_paper(
        actor=month.lan, plan=plan, kind=DocumentKind.RESTRICTED_APPENDIX, now=DRAW_DAY
    )
    return plan


def test_an_archive_that_was_cut_short_is_refused(plan: Plan) -> None:
    path = backed_up()
    path.write_bytes(path.read_bytes()[:-2000])
    assert refusal(path, replace=True).code == "backup_damaged"


def test_an_altered_byte_is_refused(plan: Plan) -> None:
    path = backed_up()
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    assert refusal(path, replace=True).code == "backup_damaged"


def test_a_backup_of_a_newer_version_is_refused(month: Month) -> None:
    path = backed_up()
    assert refusal(forged(path, product="99.0.0"), replace=True).code == "backup_newer"
    later = ["inspections.0001_create_the_domain", "inspections.9999_do_what_comes_later"]
    assert refusal(forged(path, migrations=later), replace=True).code == "backup_newer"
    assert refusal(forged(path, product="mới"), replace=True).code == "backup_damaged"


def test_a_backup_of_another_kind_of_database_is_refused(month: Month) -> None:
    other = "sqlite" if ON_POSTGRESQL else "postgresql"
    error = refusal(forged(backed_up(), database=other), replace=True)
    assert error.code == "backup_other_database"
    assert other in str(error)


@pytest.mark.parametrize("name", ["keys/keyring.json", "secret-key", "kycuong.sqlite3", "uploads"])
def test_a_file_that_no_backup_holds_is_refused(month: Month, tmp_path: Path, name: str) -> None:
    source = databases.database()
    dump = tmp_path / source.dump_name
    snapshot = source.dump(dump)
    facts = archive.Facts(
        product="0.1.0",
        made_at=NOW,
        database=source.kind,
        migrations=snapshot.migrations,
        chain_length=snapshot.chain_length,
        chain_head=snapshot.chain_head,
    )
    path = tmp_path / "smuggled.zip"
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    archive.write(path, facts, [(source.dump_name, dump), (name, dump)])
    assert refusal(path, replace=True).code == "backup_damaged"
    assert (
        before.items()
        <= {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}.items()
    )


def test_a_backup_without_a_database_is_refused(month: Month, tmp_path: Path) -> None:
    facts = archive.Facts("0.1.0", NOW, databases.database().kind, (), 0, "")
    path = tmp_path / "nothing.zip"
    archive.write(path, facts, [])
    assert refusal(path, replace=True).code == "backup_damaged"


def test_a_dump_that_is_none_is_refused(month: Month, tmp_path: Path) -> None:
    source = databases.database()
    dump = tmp_path / "dump"
    dump.write_bytes(b"xin chao " * 1000)
    facts = archive.Facts("0.1.0", NOW, source.kind, (), 0, "")
    path = tmp_path / "none.zip"
    archive.write(path, facts, [(source.dump_name, dump)])
    assert refusal(path, replace=True).code == "backup_damaged"


def test_a_restoring_meets_no_other(month: Month, settings: Settings) -> None:
    path = backed_up()
    held = os.open(settings.VAR_DIR, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refusal(path, replace=True).code == "backup_running"
    finally:
        os.close(held)


# --- PostgreSQL's own programs ---------------------------------------------------------------

on_postgresql = pytest.mark.skipif(not ON_POSTGRESQL, reason="needs PostgreSQL")
Act = Callable[[Path], object]


def _restore(path: Path) -> object:
    return restore(path=path, now=LATER, replace=True)


@on_postgresql
@pytest.mark.parametrize(
    ("act", "program"),
    [(lambda _: back_up(now=LATER), "pg_dump"), (_restore, "pg_restore")],
    ids=["back up", "restore"],
)
def test_a_missing_program_is_named(
    month: Month, monkeypatch: pytest.MonkeyPatch, act: Act, program: str
) -> None:
    path = backed_up()
    monkeypatch.setenv("PATH", "/nowhere")
    before = contents()
    with pytest.raises(ToolFailed) as caught:
        act(path)
    assert caught.value.code == "database_tool_missing"
    assert program in str(caught.value)
    assert contents() == before


@on_postgresql
def test_a_program_older_than_the_server_is_refused(
    month: Month, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(ToolFailed) as caught:
        back_up(now=NOW)
    assert caught.value.code == "database_tool_too_old"
    assert last_backup() is None


@on_postgresql
def test_what_the_server_refuses_leaves_all_as_it_was(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = backed_up()
    real = databases.PostgreSQL._drop_tables
    monkeypatch.setattr(
        databases.PostgreSQL, "_drop_tables", lambda self: real(self) + b"SELECT 1/0;\n"
    )
    error = refusal(path, replace=True)
    assert error.code == "database_tool_failed"
    assert "division by zero" in str(error)
