"""A backup brings everything back but the keys, and a restoring does all of it or nothing."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from bench.audit_chain_ways import make
from inspections import evidence
from inspections.backup import archive, databases
from inspections.errors import DomainError, InvalidInput, KeyUnavailable, WrongState
from inspections.models import (
    Attachment,
    AuditEvent,
    DocumentKind,
    Plan,
    SetAside,
    Submission,
    User,
)
from inspections.sealing import create_keyring, keyring
from inspections.services import audit, keys, papers, rosters
from inspections.services.backups import Backup, back_up, drill, keep, last_backup, restore
from planner import canonical
from tests.builders import HANOI, NOW, make_user
from tests.inspections.database import Database, contents
from tests.inspections.services import months
from tests.inspections.services.archives import LATER, ON_POSTGRESQL, backed_up, forged, refusal
from tests.inspections.services.issued import hand_in, make_issued
from tests.inspections.services.loading import Loading, task, tasks
from tests.inspections.services.months import DRAW_DAY, Month, make_month

pytestmark = pytest.mark.django_db(transaction=True)
HERE = {"sealing 1": True, "tagging": True}
#: What a restoring itself writes, and what a backup leaves out.
OWN = {"inspections_auditevent", "inspections_audithead", "django_session"}


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


def empty() -> None:
    """Take everything away, as on a fresh machine after ``migrate``."""
    call_command("flush", verbosity=0, interactive=False)


def told() -> Database:
    """The database but for what a restoring writes."""
    return {table: rows for table, rows in contents().items() if table not in OWN}


# --- What comes back -------------------------------------------------------------------------


def test_everything_comes_back_into_an_empty_database(plan: Plan) -> None:
    before, chain = told(), audit.head()
    path = backed_up()
    empty()
    restored = restore(path=path, now=LATER)
    assert told() == before
    assert (restored.breaks, restored.keys) == ([], HERE)
    facts = restored.manifest.facts
    assert (facts.chain_length, facts.chain_head, facts.made_at) == (*chain, NOW)
    assert rosters.open_roster(plan)


def test_a_restoring_is_on_record_with_the_chain_that_it_replaced(month: Month) -> None:
    path = backed_up()
    length = audit.head()[0]
    months.drafted(month)
    lost = audit.head()
    restored = restore(path=path, now=LATER, replace=True)
    event = AuditEvent.objects.get(action="backup.restore")
    assert event.position == length + 1
    assert event.object_id == restored.manifest.sha256
    assert (event.details["replaced_length"], event.details["replaced_head"]) == lost
    assert list(audit.verify_chain()) == []
    assert not Plan.objects.exists()


def test_data_are_replaced_on_request_alone(month: Month) -> None:
    path = backed_up()
    months.drafted(month)
    assert refusal(path).code == "target_not_empty"
    restore(path=path, now=LATER, replace=True)
    assert not Plan.objects.exists()


def test_tables_of_a_later_version_go_with_what_is_replaced(month: Month) -> None:
    path = backed_up()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE of_a_later_version (user_id int)")
    restore(path=path, now=LATER, replace=True)
    assert "of_a_later_version" not in connection.introspection.table_names()


def test_nobody_who_was_signed_in_is_signed_in_again(month: Month) -> None:
    Session.objects.create(
        session_key="k" * 40, session_data="PHIÊN", expire_date=LATER + timedelta(days=1)
    )
    path = backed_up()
    assert b"k" * 40 not in plain(path)
    restore(path=path, now=LATER, replace=True)
    assert not Session.objects.exists()


def test_a_file_that_waits_to_be_loaded_comes_back_with_its_load(tmp_path: Path) -> None:
    loading = Loading()
    load = loading.checked(loading.source(), tasks(task("NV1")))
    path = backed_up()
    shutil.rmtree(tmp_path / "uploads")
    restore(path=path, now=LATER, replace=True)
    job = loading.apply(load)
    loading.work()
    job.refresh_from_db()
    assert job.state == "done"


def test_a_chain_that_was_broken_before_is_told_and_comes_back(month: Month) -> None:
    AuditEvent.objects.filter(position=1).update(action="user.nothing")
    months.drafted(month)
    AuditEvent.objects.filter(position=1).update(action="plan.nothing")
    path = backed_up()
    restored = restore(path=path, now=LATER, replace=True)
    assert [(found.position, found.reason) for found in restored.breaks] == [(1, "altered")]
    assert Plan.objects.exists()


def test_an_archive_whose_chain_is_not_the_one_it_names_is_told(month: Month) -> None:
    months.drafted(month)
    path = forged(backed_up(), chain={"length": 99, "head": "00" * 32})
    restored = drill(path=path, now=LATER)
    assert (restored.breaks, restored.is_what_was_backed_up) == ([], False)
    made = last_backup()
    assert made is not None
    assert made.verified_at is None


def photographed(month: Month, content: bytes) -> Attachment:
    """Receive a file of evidence."""
    filed = Submission.objects.create(
        id=uuid4(),
        visit_ref=uuid4(),
        body=b"{}",
        sha256="00" * 32,
        format="1",
        closes=False,
        from_paper=False,
        received_at=NOW,
        sent_by=month.people.an,
        set_aside=SetAside.VISIT_NOT_OPEN,
    )
    sha256 = hashlib.sha256(content).hexdigest()
    evidence.keep([content], sha256=sha256, size=len(content))
    return Attachment.objects.create(
        submission=filed,
        sha256=sha256,
        size=len(content),
        media_type="image/jpeg",
        received_at=NOW,
    )


def test_evidence_is_copied_once_and_comes_back(month: Month, settings: Settings) -> None:
    one = photographed(month, b"ONE")
    backed_up()
    copy = settings.BACKUP_DIR / "evidence" / one.sha256[:2] / one.sha256
    copied_at = copy.stat().st_mtime_ns
    other = photographed(month, b"OTHER")
    path = backed_up(LATER)
    assert copy.stat().st_mtime_ns == copied_at
    assert drill(path=path, now=LATER).is_whole

    shutil.rmtree(settings.EVIDENCE_DIR)
    assert restore(path=path, now=LATER, replace=True).is_whole
    assert evidence.path_of(one.sha256).read_bytes() == b"ONE"
    assert evidence.path_of(other.sha256).read_bytes() == b"OTHER"


def test_signed_papers_are_copied_and_come_back(settings: Settings) -> None:
    issued = make_issued()
    copy = hand_in(issued.chi, issued.paper, issued.pdf)
    path = backed_up()
    shutil.rmtree(settings.EVIDENCE_DIR)
    assert restore(path=path, now=LATER, replace=True).is_whole
    assert evidence.original(copy.sha256) == issued.pdf
    (settings.BACKUP_DIR / "evidence" / copy.sha256[:2] / copy.sha256).unlink()
    assert drill(path=path, now=LATER).lacking_evidence == 1


def test_evidence_that_is_lost_or_altered_is_counted(month: Month, settings: Settings) -> None:
    lost, altered = photographed(month, b"LOST"), photographed(month, b"ALTERED")
    path = backed_up()
    (settings.BACKUP_DIR / "evidence" / lost.sha256[:2] / lost.sha256).unlink()
    beside = settings.BACKUP_DIR / "evidence" / altered.sha256[:2] / altered.sha256
    beside.write_bytes(b"altered")
    tried = drill(path=path, now=LATER)
    assert (tried.lacking_evidence, tried.is_whole) == (2, False)
    # What is here still needs no copy.
    assert restore(path=path, now=LATER, replace=True).is_whole
    shutil.rmtree(settings.EVIDENCE_DIR)
    assert restore(path=path, now=LATER, replace=True).lacking_evidence == 2
    assert not evidence.is_kept(altered.sha256)


# --- Keys ------------------------------------------------------------------------------------


def test_the_keys_that_are_needed_are_named_with_whether_they_are_here(
    plan: Plan, settings: Settings
) -> None:
    keys.rotate(now=NOW)
    keys.rotate(now=NOW)
    assert keys.needed_keys() == dict.fromkeys(
        ["sealing 1", "sealing 2", "sealing 3", "tagging"], True
    )
    settings.KEY_FILE.unlink()
    assert keys.needed_keys() == dict.fromkeys(
        ["sealing 1", "sealing 2", "sealing 3", "tagging"], False
    )


def test_a_keyring_of_another_installation_with_the_same_numbers_is_told(
    plan: Plan, settings: Settings
) -> None:
    path = backed_up()
    settings.KEY_FILE.unlink()
    create_keyring(settings.KEY_FILE, years=range(2026, 2027))
    assert drill(path=path, now=LATER).keys == {"sealing 1": False, "tagging": False}


def test_keys_are_never_in_a_backup(plan: Plan, settings: Settings) -> None:
    (settings.VAR_DIR / "secret-key").write_text("BÍ MẬT CỦA PHIÊN")
    found = plain(backed_up())
    ring = keyring()
    text = settings.KEY_FILE.read_text()
    for key in (*ring.sealing.values(), ring.tagging, *ring.complainants.values()):
        assert key not in found
        assert key.hex().encode() not in found
    for line in json.loads(text)["sealing"].values():
        assert line.encode() not in found
    assert "BÍ MẬT CỦA PHIÊN".encode() not in found


def test_without_the_keys_a_stolen_backup_tells_no_roster(plan: Plan, month: Month) -> None:
    roster = rosters.open_roster(plan)
    path = backed_up()
    found = plain(path)
    for entry in roster:
        payload = plan.visits.get(pk=entry.visit_id).open_payload(keyring())
        assert canonical.dumps(payload) not in found
        assert str(payload["release_at"]).encode() not in found
        assert f'"unit":"{entry.unit.pk}"'.encode() not in found
        assert f'"leader":"{payload["leader"]}"'.encode() not in found

    # Every unit is in the frame, every inspector and day in its table: nobody more often for being drawn.
    drawn = {entry.unit.pk for entry in roster}
    for told_of in (lambda unit: unit.pk, lambda unit: f'"{unit.code}"'):
        counts = {True: set[int](), False: set[int]()}
        for unit in month.units:
            counts[unit.pk in drawn].add(mentions(path, told_of(unit)))
        assert counts[True] == counts[False] != {0}
    an, binh, cuc, dao = month.inspectors
    assert mentions(path, an.pk) == mentions(path, binh.pk)
    assert mentions(path, cuc.pk) == mentions(path, dao.pk)
    # The month's first day is the plan's, and told whoever is visited on it.
    days = {entry.date for entry in roster} - {months.PERIOD}
    free = {day for day in april() if day.weekday() < 5} - days - {months.PERIOD}
    assert {mentions(path, day) for day in days} <= {mentions(path, day) for day in free}


def test_without_the_keys_a_restored_roster_opens_for_nobody(
    plan: Plan, month: Month, settings: Settings
) -> None:
    path = backed_up()
    settings.KEY_FILE.unlink()
    restore(path=path, now=LATER, replace=True)
    with pytest.raises(KeyUnavailable) as caught:
        rosters.read_roster(actor=month.lan, plan=Plan.objects.get(), now=LATER)
    assert caught.value.code == "keyring_missing"


def april() -> Iterator[Any]:
    first = months.PERIOD
    return (first + timedelta(days=number) for number in range(30))


def plain(path: Path) -> bytes:
    """Return every byte of an archive, decompressed, and the dump once more as text."""
    with zipfile.ZipFile(path) as opened:
        return b"\0".join([*(opened.read(name) for name in opened.namelist()), as_text(path)])


def as_text(path: Path) -> bytes:
    """Return an archive's database as the statements that make it."""
    folder = path.parent / "text"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    archive.unpack(path, folder)
    if ON_POSTGRESQL:
        command = ["pg_restore", "--file=-", str(folder / "database.pgdump")]
        return subprocess.run(command, capture_output=True, check=True).stdout
    opened = sqlite3.connect(folder / "database.sqlite3")
    try:
        return "\n".join(opened.iterdump()).encode()
    finally:
        opened.close()


def mentions(path: Path, value: object) -> int:
    text = as_text(path).decode(errors="replace")
    # SQLite has ids without their dashes.
    return text.count(str(value)) + (text.count(value.hex) if isinstance(value, UUID) else 0)


# --- Making ----------------------------------------------------------------------------------


def test_a_backup_is_one_file_for_its_owner_alone(month: Month, settings: Settings) -> None:
    made, gone = back_up(now=NOW)
    assert (made, gone) == (last_backup(), 0)
    assert made == Backup(made.path, NOW, made.path.stat().st_size, None)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert settings.BACKUP_DIR.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in settings.BACKUP_DIR.iterdir()] == ["kycuong-20260302T020000Z.zip"]


def test_what_others_write_meanwhile_is_whole_or_not_in_it(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = databases._snapshot

    def write_meanwhile(cursor: Any) -> databases.Snapshot:
        months.drafted(month)
        return taken(cursor)

    with monkeypatch.context() as patched:
        patched.setattr(databases, "_snapshot", write_meanwhile)
        path = backed_up()
    assert Plan.objects.count() == 1
    assert drill(path=path, now=LATER).breaks == []
    restore(path=path, now=LATER, replace=True)
    assert not Plan.objects.exists()


def test_two_at_once_do_not_meet(month: Month, settings: Settings) -> None:
    settings.BACKUP_DIR.mkdir()
    held = os.open(settings.BACKUP_DIR, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(WrongState) as caught:
            back_up(now=NOW)
    finally:
        os.close(held)
    assert caught.value.code == "backup_running"
    assert last_backup() is None
    backed_up()


@pytest.mark.parametrize(
    "full",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
    ],
)
def test_a_full_disk_leaves_no_half_file(
    month: Month, settings: Settings, monkeypatch: pytest.MonkeyPatch, full: OSError
) -> None:
    earlier = backed_up()

    def fill(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise full

    monkeypatch.setattr(archive, "write", fill)
    with pytest.raises(DomainError) as caught:
        back_up(now=LATER)
    assert caught.value.code == "disk_full"
    assert list(settings.BACKUP_DIR.iterdir()) == [earlier]


def test_a_database_that_was_never_set_up_is_not_backed_up(settings: Settings) -> None:
    with databases.scratch(settings.VAR_DIR), pytest.raises(WrongState):
        databases.database().dump(settings.VAR_DIR / "dump")


def test_old_backups_go_by_the_rule(month: Month, settings: Settings) -> None:
    first = backed_up(NOW)
    drill(path=first, now=NOW)
    stranger = settings.BACKUP_DIR / "kycuong-năm-ngoái.zip"
    stranger.write_bytes(b"")
    second = backed_up(NOW + timedelta(minutes=5))
    _, gone = back_up(now=NOW + timedelta(days=31))
    assert gone == 2
    assert not first.exists()
    assert not second.exists()
    assert sorted(path.name for path in settings.BACKUP_DIR.iterdir()) == [
        "kycuong-20260402T020000Z.zip",
        stranger.name,
    ]


def test_the_rule_keeps_two_hours_then_hours_of_two_days_then_days_of_thirty() -> None:
    begun = datetime(2026, 1, 1, tzinfo=HANOI)
    made = [begun + timedelta(minutes=5 * number) for number in range(40 * 24 * 12)]
    now = made[-1]
    kept = sorted(keep(made, now=now))
    ages = [now - at for at in kept]
    assert sum(age <= timedelta(hours=2) for age in ages) == 25
    hourly = [at for at in kept if timedelta(hours=2) < now - at <= timedelta(days=2)]
    assert [at.minute for at in hourly] == [0] * len(hourly)
    assert len(hourly) == 46
    daily = [at for at in kept if now - at > timedelta(days=2)]
    assert {(at.hour, at.minute) for at in daily} == {(0, 0)}
    assert len(daily) == 28
    assert max(ages) <= timedelta(days=30)


def test_running_the_rule_each_time_keeps_what_running_it_once_would() -> None:
    begun = datetime(2026, 1, 1, tzinfo=HANOI)
    stepwise: set[datetime] = set()
    made = [begun + timedelta(minutes=20 * number) for number in range(35 * 24 * 3)]
    for at in made:
        stepwise = keep({*stepwise, at}, now=at)
    assert stepwise == keep(made, now=made[-1])


# --- Drills ----------------------------------------------------------------------------------


def test_a_drill_changes_nothing_here_and_marks_the_backup(plan: Plan) -> None:
    path = backed_up()
    before = contents()
    restored = drill(path=path, now=LATER)
    assert (restored.breaks, restored.keys) == ([], HERE)
    assert contents() == before
    made = last_backup()
    assert made is not None
    assert made.verified_at == LATER


def test_a_backup_that_fails_its_drill_is_not_marked(month: Month) -> None:
    path = backed_up()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InvalidInput):
        drill(path=path, now=LATER)
    made = last_backup()
    assert made is not None
    assert made.verified_at is None


def test_a_new_backup_of_the_same_second_is_not_marked_for_the_old_one(month: Month) -> None:
    drill(path=backed_up(), now=LATER)
    made, _ = back_up(now=NOW)
    assert made.verified_at is None


# --- Much ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_three_hundred_thousand_events_come_back_with_their_chain(month: Month) -> None:
    make(300_000)
    path = backed_up()
    restored = drill(path=path, now=LATER)
    assert restored.manifest.facts.chain_length == 300_000
    assert restored.breaks == []


def test_a_clock_in_another_zone_names_the_same_moment(month: Month) -> None:
    made, _ = back_up(now=NOW.astimezone(UTC))
    assert made.made_at == NOW
    assert make_user("Khoa") in User.objects.all()
