"""Refusals: one shape, a stable code, in two languages, for whatever goes wrong."""

import errno
import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from api.v1 import units
from inspections.errors import KeyUnavailable
from inspections.models import AuditEvent, Unit
from tests.api.conftest import signed_in
from tests.builders import People, make_unit

pytestmark = pytest.mark.django_db
UNITS = "/api/v1/units/"


def body(response: Any) -> dict[str, Any]:
    """Return a problem, after looking at what all problems have in common."""
    assert response.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(response.content)
    assert found["status"] == response.status_code
    assert found["type"] == "urn:problem-type:kycuong:" + found["code"]
    assert found["title"]
    assert found["detail"]
    return found


@pytest.fixture
def ha(people: People) -> APIClient:
    return signed_in(people.ha)


def post(client: APIClient, raw: bytes | str, **headers: str) -> Any:
    return client.generic("POST", UNITS, raw, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[",
        b"\xff\xfe",
        "\ufeff{}",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e400}',
        '{"a": 1, "a": 2}',
        '{"a": "\\u0000"}',
        '{"\\u0000": 1}',
        '{"a": "\\ud800"}',
        '{"a": ["\\udfff"]}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        "[" * 40 + "]" * 40,
        '{"a":' * 40 + "1" + "}" * 40,
    ],
    ids=range(17),
)
def test_json_that_two_readers_would_read_differently_is_refused(
    ha: APIClient, raw: bytes | str
) -> None:
    response = post(ha, raw)
    assert response.status_code == 400
    assert body(response)["code"] == "parse_error"
    assert not Unit.objects.exists()


@pytest.mark.parametrize("raw", ["[]", "3", '"x"', "null", "[" * 30 + "]" * 30])
def test_a_body_that_is_no_object_is_refused(ha: APIClient, raw: str) -> None:
    assert body(post(ha, raw))["code"] == "invalid_request"


def test_each_wrong_field_is_named_with_its_path_and_code(ha: APIClient) -> None:
    unit = {"name": 7, "kind": "moon", "staff_count": "3", "fields_of_work": [[]], "status": "x"}
    answer = body(post(ha, json.dumps(unit)))
    assert answer["errors"] == [
        {
            "field": "status",
            "code": "unknown_field",
            "detail": "This request does not know this field.",
        }
    ]
    del unit["status"]
    errors = body(post(ha, json.dumps(unit)))["errors"]
    assert {(error["field"], error["code"]) for error in errors} == {
        ("code", "required"),
        ("name", "invalid"),
        ("kind", "invalid_choice"),
        ("staff_count", "invalid"),
        ("fields_of_work.0", "invalid"),
    }


def test_another_media_type_is_not_read(ha: APIClient) -> None:
    response = ha.generic("POST", UNITS, "a=1", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, body(response)["code"]) == (415, "unsupported_media_type")


def test_a_body_that_is_too_large_is_not_read(ha: APIClient) -> None:
    response = post(ha, b" " * (units.Units.max_body + 1))
    assert (response.status_code, body(response)["code"]) == (413, "too_large")


def test_a_stranger_is_told_how_to_sign_in(db: None) -> None:
    response = signed_in().get(UNITS)
    assert (response.status_code, body(response)["code"]) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="kycuong"'


def test_a_method_that_a_route_does_not_have_is_named_so(ha: APIClient) -> None:
    response = ha.put(UNITS, {})
    assert (response.status_code, body(response)["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_options_tells_nothing(ha: APIClient) -> None:
    response = ha.options(UNITS)
    assert response.status_code == 405
    assert set(body(response)) == {"type", "title", "status", "code", "detail"}


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/units", "/api/v1/units/7/", "/api/"])
def test_a_path_that_leads_nowhere_answers_like_a_row_that_is_not_there(
    ha: APIClient, path: str
) -> None:
    missing = ha.get(f"{UNITS}{uuid4()}/")
    response = ha.get(path)
    assert (response.status_code, response.content) == (404, missing.content)


def test_a_person_gets_a_page_where_a_program_gets_a_problem(db: None) -> None:
    response = Client(headers={"cookie": "django_language=en"}).get("/nowhere")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Not found" in response.text


def test_a_miss_on_an_id_is_one_event(ha: APIClient, people: People) -> None:
    asked = uuid4()
    assert body(ha.get(f"{UNITS}{asked}/"))["code"] == "not_found"
    event = AuditEvent.objects.get()
    assert (event.action, event.object_type, event.object_id, event.actor_id) == (
        "not_found",
        "v1:unit-detail",
        str(asked),
        people.ha.pk,
    )


def test_the_sentence_is_in_the_readers_language_and_the_code_is_not(ha: APIClient) -> None:
    response = ha.get(UNITS, {"limit": "x"}, headers={"accept-language": "en"})
    assert response.headers["Content-Language"] == "en"
    other = ha.get(UNITS, {"limit": "x"}, headers={"accept-language": "vi"})
    assert other.headers["Content-Language"] == "vi"
    assert "Accept-Language" in other.headers["Vary"]
    assert body(response)["code"] == body(other)["code"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("database is locked"), 503, "database_unavailable"),
        (KeyUnavailable("no key"), 503, "key_unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "disk_full"),
        (OSError("a bug"), 500, "server_error"),
        (RuntimeError("a bug"), 500, "server_error"),
    ],
)
def test_a_fault_of_ours_is_a_problem_that_tells_nothing(
    ha: APIClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    code: str,
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(units.Units, "filter_queryset", fail)
    response = ha.get(UNITS)
    assert (response.status_code, body(response)["code"]) == (status, code)
    assert ("Retry-After" in response.headers) == (status == 503)
    assert "bug" not in response.text


def test_a_database_that_fails_outside_the_views_is_not_available(
    ha: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    response = ha.get("/api/v1/docs/")
    assert response.status_code == 200
    response = ha.get("/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


def test_answers_stay_out_of_caches(ha: APIClient) -> None:
    make_unit("X01")
    response = ha.get(UNITS)
    assert response.headers["Cache-Control"] == "no-store"
    assert {"Accept-Language", "Authorization", "Cookie"} <= set(
        response.headers["Vary"].split(", ")
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
