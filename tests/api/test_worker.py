"""The web process's own work: it begins, survives a fault, and ends with the process."""

import importlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from pytest_django import Settings

from api import worker
from api.worker import Worker


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let the threads work on nothing, and tell when both did."""
    both = threading.Barrier(2, action=(done := threading.Event()).set)
    monkeypatch.setattr(worker, "RELEASE_SECONDS", 0.01)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker.connections, "close_all", lambda: None)

    def run_jobs(*, clock: object, stop: threading.Event) -> None:
        both.wait(5)
        stop.wait(5)

    def release_due(*, now: object) -> int:
        if not done.is_set():
            both.wait(5)
        raise RuntimeError("the keyring is being replaced")

    monkeypatch.setattr(worker.jobs, "run_forever", run_jobs)
    monkeypatch.setattr(worker.release, "release_due", release_due)
    yield done
    both.abort()


def test_both_threads_work_survive_a_fault_and_stop(
    rounds: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    background = Worker()
    with caplog.at_level(logging.ERROR, "kycuong.worker"):
        background.start()
        assert rounds.wait(5)
        assert all(thread.is_alive() for thread in background._threads)
        background.stop()
    assert not any(thread.is_alive() for thread in background._threads)
    assert "the keyring is being replaced" in caplog.text


def test_threads_do_not_keep_the_process_alive() -> None:
    assert all(thread.daemon for thread in Worker()._threads)


@pytest.mark.django_db
@pytest.mark.parametrize("is_on", [True, False])
def test_the_web_process_starts_it_when_it_is_told_to(
    is_on: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Worker] = []
    settings.WORKER = is_on

    def start(self: Worker) -> None:
        started.append(self)

    monkeypatch.setattr(Worker, "start", start)
    sys.modules.pop("api.config.wsgi", None)
    importlib.import_module("api.config.wsgi")
    assert len(started) == is_on


@pytest.mark.django_db
def test_a_machine_that_works_opens_visits_too_and_ends_what_it_is_at_when_told_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []

    def start(self: Worker) -> None:
        told.extend(thread.name for thread in self._threads)
        signal.raise_signal(signal.SIGTERM)

    def stop(self: Worker, patience: float | None) -> None:
        told.append(patience)

    monkeypatch.setattr(Worker, "start", start)
    monkeypatch.setattr(Worker, "stop", stop)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        call_command("work")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert told == ["do_jobs", "open_visits", None]
