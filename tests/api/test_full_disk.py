"""No room on a disk: the request is refused with its reason, nothing of it stays, and the next one works.

Files meet the kernel's own ENOSPC through /dev/full; SQLite is bounded by its page count; PostgreSQL raises the
state that it has for a full disk.
"""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from rest_framework.test import APIClient

from inspections import sealing
from inspections.models import AuditEvent, Inspector, Job, JobState, Load
from inspections.sealing import keyring
from inspections.services import audit, jobs, loads
from inspections.services.jobs import HANDLERS, Handler
from tests.api.conftest import Clock, signed_in
from tests.builders import NOW, People, make_department
from tests.inspections.database import contents
from tests.inspections.services.filings import DIGEST, PHOTO, content, make_door, photo, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lan(people: People) -> APIClient:
    make_department()
    return signed_in(people.lan)


@contextmanager
def full_disk(module: Any) -> Iterator[None]:
    """Let a module's files be made as always and find no room for what is written to them."""

    def opened(path: Any, flags: int, mode: int = 0o777) -> int:
        os.close(os.open(path, flags, mode))
        return os.open("/dev/full", os.O_WRONLY)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "os", FullSystem(opened))
        yield


class FullSystem:
    """The operating system with another way to open files."""

    def __init__(self, opened: Callable[..., int]) -> None:
        self.open = opened

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def assert_disk_is_full(response: Any, language: str = "en") -> None:
    body = json.loads(response.content)
    assert (response.status_code, body["code"]) == (503, "disk_full")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"]
    assert ("Ổ đĩa" if language == "vi" else "disk") in body["detail"]


def upload(client: APIClient, source: str, **headers: str) -> Any:
    file = SimpleUploadedFile("don-vi.csv", "Mã đơn vị,Tên đơn vị,Loại\nX01,Xã A,Xã\n".encode())
    given = {"source": source, "file": file}
    return client.post("/api/v1/loads/", given, format="multipart", headers=headers)


def test_a_file_for_which_there_is_no_room_is_refused_and_leaves_nothing(
    lan: APIClient,
) -> None:
    made = lan.post("/api/v1/sources/", {"code": "dv", "name": "Đơn vị", "kind": "unit"})
    source = made.json()["id"]
    with full_disk(loads):
        assert_disk_is_full(upload(lan, source, **{"accept-language": "vi"}), "vi")
    assert not Load.objects.exists()
    assert not Job.objects.exists()
    assert list(Path(settings.VAR_DIR, "uploads").iterdir()) == []
    assert upload(lan, source).status_code == 201


def test_a_rotation_without_room_for_the_keyring_changes_nothing(
    lan: APIClient,
) -> None:
    keyring()
    before, lying = contents(), settings.KEY_FILE.read_bytes()
    with full_disk(sealing), pytest.raises(CommandError, match="No space left"):
        call_command("keys", "rotate")
    assert contents() == before
    assert settings.KEY_FILE.read_bytes() == lying
    assert list(settings.KEY_FILE.parent.iterdir()) == [settings.KEY_FILE]


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_photograph_for_which_there_is_no_room_is_refused_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, in_pieces: bool, transactional_db: None
) -> None:
    door = make_door()
    submission = send(door.an, content(door, attachments=[photo()]))
    path = f"/api/v1/submissions/{submission.pk}/attachments/{DIGEST}/"
    headers = {"content-range": f"bytes 0-{len(PHOTO) - 1}/{len(PHOTO)}"} if in_pieces else {}

    def put() -> Any:
        return signed_in(door.an).put(path, PHOTO, content_type="image/jpeg", headers=headers)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert_disk_is_full(put())
    lying = [place for place in settings.EVIDENCE_DIR.rglob("*") if place.is_file()]
    assert sum(place.stat().st_size for place in lying) == 0
    assert submission.attachments.get().received_at is None
    assert put().status_code == 200


@contextmanager
def full_database() -> Iterator[None]:
    """Let the database have no room for a new page."""
    if connection.vendor == "postgresql":
        with connection.execute_wrapper(refuse_inserts):
            yield
        return
    with connection.cursor() as cursor:
        # Pages that the migrations left free would be used first.
        free, size = (
            cursor.execute(f"PRAGMA {fact}").fetchone()[0]
            for fact in ("freelist_count", "page_size")
        )
        cursor.execute("CREATE TABLE filler AS SELECT zeroblob(%s) AS filling", [free * size])
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA max_page_count = {2**30}")
            cursor.execute("DROP TABLE filler")


def refuse_inserts(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith('INSERT INTO "inspections_auditevent"'):
        sql, params = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$", None
    return execute(sql, params, many, context)


def test_a_full_database_refuses_a_change_whole(lan: APIClient) -> None:
    def add(number: int) -> Any:
        person = {"full_name": f"Nguyễn Văn {number} " + "dài " * 20, "code": f"N{number}"}
        return lan.post("/api/v1/inspectors/", person)

    with full_database():
        for number in range(200):
            before = contents()
            response = add(number)
            if response.status_code != 201:
                break
        assert_disk_is_full(response)
        assert contents() == before
        assert Inspector.objects.count() == number
        assert lan.get("/api/v1/inspectors/").status_code == 200
    assert add(number).status_code == 201
    assert AuditEvent.objects.filter(action="inspector.create").count() == number + 1
    assert list(audit.verify_chain()) == []


def full_file(_run: jobs.Run) -> Any:
    with Path("/dev/full").open("wb") as file:
        file.write(b"x")


def full_sqlite(_run: jobs.Run) -> Any:
    with full_database():
        for _ in range(200):
            audit.append(actor_id=None, action="test", object_type="", object_id="x" * 60, now=NOW)


@pytest.mark.parametrize("work", [full_file, full_sqlite])
def test_a_job_without_room_fails_and_says_why(
    lan: APIClient, people: People, monkeypatch: pytest.MonkeyPatch, work: Any, moment: Clock
) -> None:
    monkeypatch.setitem(HANDLERS, "test.full", Handler(work, lambda *_: None))
    job = jobs.enqueue(actor=people.lan, kind="test.full", params={}, now=NOW)
    jobs.run_next(clock=moment.now, owner="one")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "disk_full")
    assert job.error
