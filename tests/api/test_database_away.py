"""A database that is locked, restarts or does not answer: 503 while it lasts, and the next request works."""

import http.client
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from api.v1 import units
from inspections.models import AuditEvent, Inspector
from inspections.services import audit, jobs
from inspections.services.jobs import HANDLERS, Handler
from tests.builders import NOW, People, make_department

pytestmark = pytest.mark.django_db(transaction=True)
UNITS, INSPECTORS = "/api/v1/units/", "/api/v1/inspectors/"
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no server that could go away"
)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="a lock of the whole file")
Ask = Callable[..., tuple[int, Any, Any]]


@pytest.fixture
def ask(live_server: LiveServer, people: People) -> Ask:
    """Return what asks a server that runs in threads of its own, as somebody who signed in."""
    make_department()
    client = Client()
    client.force_login(people.lan, backend="api.accounts.Accounts")
    client.get("/")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    token = "t" * 32
    host = live_server.url.removeprefix("http://")

    def ask_server(method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
        server = http.client.HTTPConnection(host, timeout=60)
        headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
            "Accept-Language": "vi",
        }
        server.request(method, path, body and json.dumps(body), headers)
        answer = server.getresponse()
        content = json.loads(answer.read())
        server.close()
        return answer.status, content, answer.headers

    return ask_server


def assert_away(answer: tuple[int, Any, Any]) -> None:
    status, body, headers = answer
    assert (status, body["code"]) == (503, "database_unavailable"), body
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Retry-After"] == "5"
    assert body["detail"].startswith("Cơ sở dữ liệu")


def add(ask: Ask, code: str) -> tuple[int, Any, Any]:
    return ask("POST", INSPECTORS, {"full_name": "Trần Văn Tư", "code": code})


def end_other_connections() -> None:
    """Do what a restart of the server does to everybody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@on_postgresql
def test_a_connection_lost_between_requests_is_made_anew(ask: Ask) -> None:
    for number in range(3):
        assert add(ask, f"N{number}")[0] == 201
        end_other_connections()
    assert ask("GET", UNITS)[0] == 200


@on_postgresql
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_lost_in_a_request_is_a_503_and_the_next_one_works(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    real = audit.append

    def lost(**event: Any) -> Any:
        real(**event)
        connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def lost_reading(self: Any, queryset: Any) -> Any:
        connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append", lost)
        patch.setattr(units.Units, "filter_queryset", lost_reading)
        assert_away(ask("GET", UNITS) if method == "GET" else add(ask, "N1"))
    assert not Inspector.objects.exists()
    assert add(ask, "N1")[0] == 201
    assert list(audit.verify_chain()) == []


@on_postgresql
def test_a_database_that_takes_no_connections_is_a_503_until_it_does(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Any, params: Any) -> Any:
        return psycopg.connect("host=127.0.0.1 port=1 connect_timeout=2")

    with monkeypatch.context() as patch:
        patch.setattr(type(connections["default"]), "get_new_connection", refused)
        end_other_connections()
        assert_away(ask("GET", UNITS))
        assert_away(add(ask, "N1"))
    assert add(ask, "N1")[0] == 201


@on_sqlite
def test_a_lock_that_lasts_longer_than_one_waits_is_a_503_for_writers_alone(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0.05)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_away(add(ask, "N1"))
    assert ask("GET", UNITS)[0] == 200
    other.execute("ROLLBACK")
    other.close()
    assert add(ask, "N1")[0] == 201
    assert AuditEvent.objects.filter(action="inspector.create").count() == 1


# --- The worker ------------------------------------------------------------------------------


@pytest.fixture
def worker(people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Run jobs in a thread; the event tells that one was done."""
    done, stop = threading.Event(), threading.Event()

    def work(_run: jobs.Run) -> dict[str, Any]:
        done.set()
        return {}

    def run() -> None:
        try:
            jobs.run_forever(clock=lambda: NOW, stop=stop)
        finally:
            connection.close()

    monkeypatch.setattr(jobs, "_IDLE_SECONDS", 0.01)
    monkeypatch.setitem(HANDLERS, "test.done", Handler(work, lambda *_: None))
    thread = threading.Thread(target=run)
    thread.start()
    yield done
    stop.set()
    thread.join()


def test_a_worker_outlives_a_database_that_was_away(
    worker: threading.Event, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        if connection.vendor == "postgresql":
            end_other_connections()
        else:
            failing = threading.Event()

            def fail(failing: threading.Event = failing, **_kwargs: Any) -> Any:
                failing.set()
                raise OperationalError("database is locked")

            with monkeypatch.context() as patch:
                patch.setattr(jobs, "claim", fail)
                assert failing.wait(30)
        jobs.enqueue(actor=people.lan, kind="test.done", params={}, now=NOW)
        assert worker.wait(30)
        worker.clear()
