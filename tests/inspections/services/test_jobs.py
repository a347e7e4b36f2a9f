"""A job is done once, by whoever lives to do it, and ends when somebody asks."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction

from inspections.errors import InvalidInput, NotAllowed, WrongState
from inspections.models import Job, JobState, User
from inspections.services import jobs
from inspections.services.jobs import HANDLERS, LEASE, MOST_ATTEMPTS, Handler, Run
from tests.builders import HANOI, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=HANOI)
KIND = "test.count"


class Desk:
    """A kind of job made for the test: what it does, and what its end was told."""

    def __init__(self) -> None:
        self.now = NOW
        self.ended: list[tuple[JobState, datetime]] = []
        self.do: Callable[[Run], Mapping[str, Any]] = lambda run: {"counted": run.job.params["to"]}
        self.lan: User = make_user("Lan")

    def clock(self) -> datetime:
        return self.now

    def enqueue(self, to: int = 3) -> Job:
        return jobs.enqueue(actor=self.lan, kind=KIND, params={"to": to}, now=self.now)

    def run(self, owner: str = "one") -> Job | None:
        return jobs.run_next(clock=self.clock, owner=owner)

    def work(self, run: Run) -> Mapping[str, Any]:
        return self.do(run)

    def note_end(self, _job: Job, state: JobState, now: datetime) -> None:
        self.ended.append((state, now))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk()
    monkeypatch.setitem(HANDLERS, KIND, Handler(made.work, made.note_end))
    monkeypatch.setattr(jobs, "_HEARTBEAT_SECONDS", 0.0)
    return made


def test_a_job_is_done_and_keeps_its_result(desk: Desk) -> None:
    job = desk.enqueue()
    assert desk.run() == job
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == (JobState.DONE, {"counted": 3}, 1)
    assert (job.finished_at, job.lease_until) == (NOW, None)
    assert desk.ended == []
    assert desk.run() is None


def test_jobs_are_done_in_the_order_they_came(desk: Desk) -> None:
    first = desk.enqueue()
    desk.now += timedelta(seconds=1)
    second = desk.enqueue()
    assert [desk.run(), desk.run()] == [first, second]


def test_of_two_workers_that_reach_for_a_job_one_gets_it(desk: Desk) -> None:
    job = desk.enqueue()
    seen_by_both = [Job.objects.get(pk=job.pk), Job.objects.get(pk=job.pk)]
    got = [
        jobs.claim_one(seen, owner=owner, now=NOW)
        for seen, owner in zip(seen_by_both, ("one", "two"), strict=True)
    ]
    assert got == [True, False]
    job.refresh_from_db()
    assert job.lease_owner == "one"


def test_a_job_at_work_is_left_alone_while_its_worker_lives(desk: Desk) -> None:
    jobs.claim_one(desk.enqueue(), owner="one", now=NOW)
    desk.now += LEASE
    assert desk.run("two") is None
    desk.now += timedelta(seconds=1)
    taken = desk.run("two")
    assert taken is not None
    assert (taken.state, taken.attempts) == (JobState.DONE, 2)


def test_a_job_that_is_over_is_not_taken_again(desk: Desk) -> None:
    job = desk.enqueue()
    desk.run()
    job.refresh_from_db()
    assert not jobs.claim_one(job, owner="two", now=NOW + 2 * LEASE)
    assert job.state == JobState.DONE


def test_a_job_is_run_on_the_spot(desk: Desk) -> None:
    job = desk.enqueue()
    jobs.run_here(job, clock=desk.clock)
    assert (job.state, job.result) == (JobState.DONE, {"counted": 3})


def test_on_the_spot_one_waits_for_a_worker_that_was_faster(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = desk.enqueue()
    taken = jobs.claim(owner="faster", now=NOW)
    assert taken is not None
    monkeypatch.setattr(
        jobs.time, "sleep", lambda _seconds: jobs.run_claimed(taken, clock=desk.clock)
    )
    jobs.run_here(job, clock=desk.clock)
    assert (job.state, job.attempts) == (JobState.DONE, 1)


def test_progress_is_told_and_keeps_the_lease(desk: Desk) -> None:
    seen: list[tuple[int, int | None, datetime | None]] = []

    def count(run: Run) -> Mapping[str, Any]:
        for number in range(1, 3):
            desk.now += timedelta(seconds=100)
            run.report(number, 3)
            job = Job.objects.get(pk=run.job.pk)
            seen.append((job.progress, job.total, job.lease_until))
        return {}

    desk.do = count
    desk.enqueue()
    desk.run()
    assert seen == [
        (1, 3, NOW + timedelta(seconds=100) + LEASE),
        (2, 3, NOW + timedelta(seconds=200) + LEASE),
    ]


def test_a_waiting_job_is_cancelled_at_once(desk: Desk) -> None:
    job = jobs.request_cancel(actor=desk.lan, job=desk.enqueue(), now=NOW)
    assert (job.state, job.finished_at) == (JobState.CANCELLED, NOW)
    assert desk.ended == [(JobState.CANCELLED, NOW)]
    assert desk.run() is None


def test_a_job_at_work_is_cancelled_when_it_looks_up(desk: Desk) -> None:
    reached = []

    def count(run: Run) -> Mapping[str, Any]:
        run.report(1, 3)
        jobs.request_cancel(actor=desk.lan, job=Job.objects.get(pk=run.job.pk), now=desk.now)
        reached.append(1)
        run.report(2, 3)
        reached.append(2)
        return {}

    desk.do = count
    job = desk.enqueue()
    desk.run()
    job.refresh_from_db()
    assert reached == [1]
    assert (job.state, job.error_code) == (JobState.CANCELLED, "job_cancelled")
    assert desk.ended == [(JobState.CANCELLED, NOW)]


def test_nobody_cancels_anothers_job(desk: Desk) -> None:
    job = desk.enqueue()
    with pytest.raises(NotAllowed):
        jobs.request_cancel(actor=make_user("Minh"), job=job, now=NOW)
    assert list(Job.objects.visible_to(make_user("An"))) == []
    assert list(Job.objects.visible_to(desk.lan)) == [job]


def test_a_job_that_is_over_cannot_be_cancelled(desk: Desk) -> None:
    job = desk.enqueue()
    desk.run()
    with pytest.raises(WrongState):
        jobs.request_cancel(actor=desk.lan, job=job, now=NOW)


def test_what_the_domain_refuses_is_told(desk: Desk) -> None:
    def refuse(_run: Run) -> Mapping[str, Any]:
        raise InvalidInput("Không được.", code="not_this")

    desk.do = refuse
    job = desk.enqueue()
    desk.run()
    job.refresh_from_db()
    assert (job.state, job.error_code, job.error) == (JobState.FAILED, "not_this", "Không được.")
    assert desk.ended == [(JobState.FAILED, NOW)]


def test_a_fault_of_ours_fails_the_job_and_not_the_worker(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_run: Run) -> Mapping[str, Any]:
        raise ZeroDivisionError("secret")

    desk.do = fail
    job = desk.enqueue()
    desk.run()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "internal")
    assert "secret" not in job.error
    assert "ZeroDivisionError" in caplog.text


def test_a_database_that_is_away_leaves_the_job_to_be_taken_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_run: Run) -> Mapping[str, Any]:
        raise OperationalError("database is locked")

    desk.do = fail
    job = desk.enqueue()
    desk.run()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert desk.ended == []
    desk.do = lambda _run: {"second": True}
    desk.now += LEASE + timedelta(seconds=1)
    desk.run("two")
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.DONE, {"second": True})


def test_a_job_that_kills_its_workers_is_given_up(desk: Desk) -> None:
    job = desk.enqueue()
    for _attempt in range(MOST_ATTEMPTS):
        assert jobs.claim(owner="dies", now=desk.now) == job
        desk.now += LEASE + timedelta(seconds=1)
    desk.run("lives")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "worker_lost")
    assert desk.ended == [(JobState.FAILED, desk.now)]


def test_a_worker_that_lost_its_job_changes_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def lose(run: Run) -> Mapping[str, Any]:
        Job.objects.filter(pk=run.job.pk).update(lease_owner="another")
        run.hold()
        raise AssertionError

    desk.do = lose
    job = desk.enqueue()
    desk.run()
    job.refresh_from_db()
    assert (job.state, job.lease_owner) == (JobState.RUNNING, "another")
    assert desk.ended == []


def test_an_interrupt_at_the_keyboard_cancels_the_job(desk: Desk) -> None:
    def interrupt(_run: Run) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    desk.do = interrupt
    job = desk.enqueue()
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_worker_works_until_it_is_told_to_stop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    # It would close the connection that the test's own transaction is on.
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)

    def count(run: Run) -> Mapping[str, Any]:
        if run.job.params["to"] == 2:
            stop.set()
        return {}

    desk.do = count
    done = [desk.enqueue(1), desk.enqueue(2)]
    jobs.run_forever(clock=desk.clock, stop=stop)
    assert {Job.objects.get(pk=job.pk).state for job in done} == {JobState.DONE}


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "paused"},
        {"state": "running"},
        {"state": "done"},
        {"state": "queued", "lease_until": NOW},
        {"state": "queued", "finished_at": NOW},
    ],
)
def test_the_database_refuses_a_job_that_makes_no_sense(desk: Desk, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=KIND, requested_by=desk.lan, queued_at=NOW, **facts)
