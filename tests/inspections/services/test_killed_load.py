"""A worker killed at any moment of a load leaves nothing half done, and the next one ends it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from inspections.models import AuditEvent, Job, JobState, Load, LoadState, Task
from inspections.services import jobs
from inspections.services.jobs import LEASE
from inspections.services.staging import upload_path
from tests.inspections import processes
from tests.inspections.services.killed_worker import ROWS_AT_ONCE
from tests.inspections.services.loading import Loading, codes, task, tasks

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 5 * ROWS_AT_ONCE
STORING = "copying" if connection.vendor == "postgresql" else "storing"


@pytest.fixture
def loading() -> Loading:
    return Loading()


@pytest.fixture
def environment() -> dict[str, str]:
    """Return the environment of a process that works on the test's database."""
    return processes.environment()


def kill_at(point: str, environment: dict[str, str]) -> None:
    """Let a worker take the next job, and kill it at a point of it."""
    script = (
        "import django; django.setup(); "
        "from tests.inspections.services import killed_worker; "
        f"killed_worker.main({point!r})"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stderr is not None
        said = worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
        assert said == "here\n", worker.stderr.read()
    assert worker.returncode == -signal.SIGKILL


def test_a_check_that_was_killed_is_done_again(
    loading: Loading, environment: dict[str, str]
) -> None:
    load = loading.upload(loading.source(), tasks(task("NV1")))
    kill_at("reading", environment)
    assert loading.work() == []
    loading.now += LEASE
    (job,) = loading.work()
    load.refresh_from_db()
    assert (job.state, job.attempts, load.state) == (JobState.DONE, 2, LoadState.CHECKED)


@pytest.mark.parametrize(
    ("point", "left_behind"), [(STORING, 2 * ROWS_AT_ONCE), ("switching", ROWS)]
)
def test_nothing_of_a_killed_load_counts_until_it_is_done_again(
    loading: Loading, environment: dict[str, str], point: str, left_behind: int
) -> None:
    source = loading.source()
    loading.loaded(source, tasks(task("NV001", done="12/10/2026")))
    before = list(Task.objects.current().values())
    content = tasks(*(task(f"NV{number:03d}") for number in range(ROWS)))
    load = loading.checked(source, content)
    job = loading.apply(load)

    kill_at(point, environment)
    load.refresh_from_db()
    assert (load.state, load.turn) == (LoadState.STAGING, None)
    assert Task.objects.filter(load=load).count() == left_behind
    assert list(Task.objects.current().values()) == before
    assert AuditEvent.objects.filter(action="load.switch").count() == 1
    assert upload_path(load).exists()

    loading.now += LEASE
    loading.work()
    load.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.attempts, load.state) == (JobState.DONE, 2, LoadState.IN_EFFECT)
    assert codes(Task.objects.current()) == [f"NV{number:03d}" for number in range(ROWS)]
    assert Task.objects.filter(load=load).count() == ROWS
    assert AuditEvent.objects.filter(action="load.switch").count() == 2
    assert not upload_path(load).exists()


def test_a_load_killed_right_after_its_switch_is_not_switched_twice(
    loading: Loading, environment: dict[str, str]
) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1"), task("NV2")))
    loading.apply(load)
    kill_at("switched", environment)
    load.refresh_from_db()
    version = load.version
    assert load.state == LoadState.IN_EFFECT
    assert codes(Task.objects.current()) == ["NV1", "NV2"]
    assert upload_path(load).exists()

    loading.now += LEASE
    (job,) = loading.work()
    load.refresh_from_db()
    assert (job.state, load.version) == (JobState.DONE, version)
    assert codes(Task.objects.current()) == ["NV1", "NV2"]
    assert not upload_path(load).exists()
    assert AuditEvent.objects.filter(action="load.switch").count() == 1


def test_a_load_that_kills_every_worker_is_given_back(
    loading: Loading, environment: dict[str, str]
) -> None:
    load = loading.checked(loading.source(), tasks(*(task(f"NV{n}") for n in range(ROWS))))
    job = loading.apply(load)
    kill_at(STORING, environment)
    Job.objects.filter(pk=job.pk).update(attempts=jobs.MOST_ATTEMPTS)
    loading.now += LEASE
    loading.work()
    load.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "worker_lost")
    assert load.state == LoadState.CHECKED
    assert not Task.objects.exists()


@pytest.fixture
def workers(loading: Loading) -> Iterator[list[threading.Thread]]:
    """Return workers, each with a connection of its own, that work until nothing waits."""

    def work(name: str) -> None:
        try:
            while jobs.run_next(clock=lambda: loading.now, owner=name):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(4)]
    yield threads
    for thread in threads:
        thread.join()


def test_loads_that_race_to_switch_take_turns(
    loading: Loading, workers: list[threading.Thread], tmp_path: Path
) -> None:
    source = loading.source()
    contents = [tasks(*(task(f"NV{n}") for n in range(start, start + 3))) for start in range(4)]
    raced = [loading.checked(source, content) for content in [*contents, contents[0]]]
    for load in raced:
        loading.apply(load)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    states = [Load.objects.get(pk=load.pk).state for load in raced]
    assert sorted(states) == [LoadState.CANCELLED, *[LoadState.IN_EFFECT] * 4]
    in_effect = Load.objects.in_effect()
    assert sorted(in_effect.values_list("turn", flat=True)) == [1, 2, 3, 4]
    assert codes(Task.objects.current()) == [f"NV{n}" for n in range(6)]
    assert Task.objects.count() == 12
    assert not list((tmp_path / "uploads").iterdir())
