"""A check of the audit log is a job: asked for by an auditor, cancelled like others, its result kept."""

from datetime import timedelta

import pytest

from inspections.errors import InvalidInput, NotAllowed
from inspections.models import AuditEvent, Job, JobState, Role, User
from inspections.services import audit, jobs, verification
from tests.builders import NOW, make_user
from tests.inspections.database import refused
from tests.inspections.services import tampering

pytestmark = pytest.mark.django_db
LENGTH = 7


@pytest.fixture
def giang() -> User:
    return make_user("Giang", Role.AUDITOR)


@pytest.fixture
def log(giang: User) -> list[AuditEvent]:
    return tampering.write(giang, LENGTH)


def run(job: Job) -> Job:
    jobs.run_here(job, clock=lambda: NOW)
    return job


def test_a_whole_log_is_said_to_be_whole(giang: User, log: list[AuditEvent]) -> None:
    job = run(verification.start(actor=giang, now=NOW))
    assert (job.state, job.error) == (JobState.DONE, "")
    assert job.result == {
        "is_whole": True,
        "length": LENGTH + 1,  # that the check was asked for is an event too
        "hash": audit.chain_head(),
        "count": 0,
        "breaks": [],
        "heads": [],
    }


def test_a_break_is_kept_with_its_place_and_reason(giang: User, log: list[AuditEvent]) -> None:
    job = verification.start(actor=giang, now=NOW)
    tampering.remove(3, LENGTH)
    result = run(job).result
    assert result is not None
    assert not result["is_whole"]
    assert result["count"] == 1
    assert result["breaks"] == [{"position": 3, "last": 3, "reason": "missing"}]


def test_of_many_breaks_the_first_are_kept_and_all_are_counted(
    giang: User, log: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_BREAKS", 2)
    job = verification.start(actor=giang, now=NOW)
    tampering.sql("UPDATE inspections_auditevent SET action = 'x'")
    result = run(job).result
    assert result is not None
    assert result["count"] == LENGTH + 1
    assert [found["position"] for found in result["breaks"]] == [1, 2]


def test_printed_heads_are_looked_for_as_people_type_them(
    giang: User, log: list[AuditEvent]
) -> None:
    typed = log[3].hash.upper()
    job = verification.start(actor=giang, now=NOW, heads=[f" {typed[:32]} {typed[32:]}", "f" * 64])
    result = run(job).result
    assert result is not None
    assert result["heads"] == [
        {"hash": log[3].hash, "length": 4},
        {"hash": "f" * 64, "length": None},
    ]
    assert result["count"] == 0
    assert not result["is_whole"], "a head that was printed and is gone says that all was rewritten"


@pytest.mark.parametrize(
    "heads", [["x" * 64], ["a" * 63], [""], ["a" * 64] * (verification.MOST_HEADS + 1)]
)
def test_what_is_no_head_is_refused(giang: User, heads: list[str]) -> None:
    error = refused(lambda: verification.start(actor=giang, now=NOW, heads=heads))
    assert isinstance(error, InvalidInput)
    assert error.params == {"field": "heads"}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_only_auditors_ask_for_it(role: Role) -> None:
    user = make_user("Ai đó", role)
    assert isinstance(refused(lambda: verification.start(actor=user, now=NOW)), NotAllowed)


def test_asking_is_on_record(giang: User) -> None:
    job = verification.start(actor=giang, now=NOW)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id, event.object_id) == (
        "audit.verify",
        giang.pk,
        str(job.pk),
    )


def test_it_tells_how_far_it_is_and_stops_when_asked(
    giang: User, log: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_HEARTBEAT_SECONDS", 0.0)
    job = verification.start(actor=giang, now=NOW)
    told: list[tuple[int, int]] = []

    def watch(done: int, total: int) -> None:
        told.append((done, total))
        jobs.request_cancel(actor=giang, job=job, now=NOW + timedelta(seconds=1))

    jobs.run_here(job, clock=lambda: NOW, watch=watch)
    assert told == [(LENGTH + 1, LENGTH + 1)]
    assert (job.state, job.progress, job.total) == (JobState.CANCELLED, LENGTH + 1, LENGTH + 1)
    assert job.result is None
