"""Killed at any moment: a backup leaves no half file, a restoring no half database, a writer loses little."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from inspections.models import AuditEvent, Plan
from inspections.services import audit
from inspections.services.backups import back_up, last_backup, restore
from tests.builders import NOW
from tests.inspections import processes
from tests.inspections.database import contents
from tests.inspections.services import killed_backup, months
from tests.inspections.services.killing import kill_at
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def month() -> Month:
    """A department in the month before the one that is planned."""
    return make_month()


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a process that backs the test's database up where the test does."""
    return processes.environment() | {"KYCUONG_BACKUP_DIR": str(settings.BACKUP_DIR)}


@pytest.mark.parametrize("point", ["dump", "archived"])
def test_a_killed_backup_leaves_the_one_before_and_is_swept_by_the_next(
    month: Month, environment: dict[str, str], settings: Settings, point: str
) -> None:
    before, _ = back_up(now=NOW)
    kill_at(killed_backup, point, environment)
    assert last_backup() == before
    left = [path for path in settings.BACKUP_DIR.rglob("*") if path.is_file()]
    assert len(left) > 1

    after, _ = back_up(now=NOW + timedelta(minutes=10))
    left = [path for path in settings.BACKUP_DIR.rglob("*") if path.is_file()]
    assert sorted(left) == [before.path, after.path]


def test_a_killed_restoring_leaves_everything_as_it_was(
    month: Month, environment: dict[str, str], settings: Settings
) -> None:
    made, _ = back_up(now=NOW)
    months.approved(month)
    before = contents()
    kill_at(killed_backup, "restore", environment)
    assert contents() == before

    restore(path=made.path, now=NOW + timedelta(minutes=15), replace=True)
    assert not Plan.objects.exists()
    assert not (Path(settings.VAR_DIR) / ".unfinished").exists()


def test_what_is_lost_came_after_the_last_backup(month: Month, environment: dict[str, str]) -> None:
    name = killed_backup.__name__
    script = f"import django; django.setup(); import {name} as module; module.main('write')"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline() == "here\n", writer.stderr.read()
        for number in range(3):
            written_before = audit.head().length
            made, _ = back_up(now=NOW + timedelta(minutes=5 * number))
        written_after = audit.head().length
        while audit.head().length == written_after:
            pass
        writer.send_signal(signal.SIGKILL)

    restored = restore(path=made.path, now=NOW + timedelta(minutes=15), replace=True)
    length = restored.manifest.facts.chain_length
    assert restored.breaks == []
    assert written_before <= length <= written_after
    assert AuditEvent.objects.count() == length + 1
