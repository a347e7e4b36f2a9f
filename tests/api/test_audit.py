"""The audit log: for auditors, without names, and a hand in it is named."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from inspections.models import AuditEvent, Role
from inspections.services import audit, jobs
from tests.api.conftest import signed_in
from tests.builders import NOW, People, make_user

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/audit/events/"
CHECKS = "/api/v1/audit/verifications/"


@pytest.fixture
def log(people: People) -> list[AuditEvent]:
    return [
        audit.record(
            actor=people.lan,
            action=f"test.{number % 2}",
            obj=people.minh,
            now=NOW,
            details={"number": number},
            sealed={"unit": "Xã Tân Hồng"},
        )
        for number in range(4)
    ]


def test_the_newest_comes_first_and_tells_ids_alone(people: People, log: list[AuditEvent]) -> None:
    events = signed_in(people.giang).get(EVENTS).json()["results"]
    assert [event["position"] for event in events] == [4, 3, 2, 1]
    assert events[0]["actor"] == str(people.lan.pk)
    assert events[0]["details"] == {"number": 3}
    text = signed_in(people.giang).get(EVENTS).text
    assert "Tân Hồng" not in text
    assert "sealed" not in text


def test_events_are_found_by_what_happened_to_what(people: People, log: list[AuditEvent]) -> None:
    giang = signed_in(people.giang)

    def found(**query: str) -> int:
        return len(giang.get(EVENTS, query).json()["results"])

    assert found(action="test.1") == 2
    assert found(actor=str(people.minh.pk)) == 0
    assert found(object_type="user", object_id=str(people.minh.pk)) == 4
    assert found(first_day="2026-03-02", last_day="2026-03-02") == 4
    assert found(first_day="2026-03-03") == 0
    assert found(last_day="2026-03-01") == 0
    assert found(last_day="2199-12-31") == 4


@pytest.mark.parametrize(
    "day", ["9999-12-31", "0001-01-01", "2026-3-2", "02/03/2026", "2026-02-30"]
)
def test_a_day_that_nobody_means_is_refused(people: People, day: str) -> None:
    for name in ("first_day", "last_day"):
        response = signed_in(people.giang).get(EVENTS, {name: day})
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == name


def test_the_head_is_what_commitments_print(people: People, log: list[AuditEvent]) -> None:
    head = signed_in(people.giang).get("/api/v1/audit/head/").json()
    assert head == {"length": 4, "hash": audit.chain_head()}


def test_an_empty_log_has_a_head(people: People) -> None:
    head = signed_in(people.giang).get("/api/v1/audit/head/").json()
    assert head == {"length": 0, "hash": audit.GENESIS}


def verified(giang: APIClient, **body: Any) -> dict[str, Any]:
    """Ask for a check, let the worker do it, and read its result."""
    asked = giang.post(CHECKS, body)
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    jobs.run_next(clock=lambda: NOW, owner="worker")
    done = giang.get(f"{CHECKS}{asked.json()['id']}/").json()
    assert done["state"] == "done"
    return dict(done["result"])


def test_a_whole_log_is_said_to_be_whole_up_to_its_head(
    people: People, log: list[AuditEvent]
) -> None:
    result = verified(signed_in(people.giang))
    assert result["is_whole"]
    assert (result["count"], result["breaks"]) == (0, [])
    assert result["hash"] == AuditEvent.objects.get(position=result["length"]).hash


def test_a_change_by_hand_is_named(people: People, log: list[AuditEvent]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inspections_auditevent SET action = 'x' WHERE position = 2")
    result = verified(signed_in(people.giang))
    assert not result["is_whole"]
    assert result["breaks"] == [{"position": 2, "last": 2, "reason": "altered"}]


def test_a_printed_head_is_looked_for(people: People, log: list[AuditEvent]) -> None:
    heads = [log[1].hash, "f" * 64]
    result = verified(signed_in(people.giang), heads=heads)
    assert [found["length"] for found in result["heads"]] == [2, None]


@pytest.mark.parametrize("heads", [["xyz"], "f" * 64, [5]])
def test_what_is_no_head_is_refused(people: People, heads: object) -> None:
    response = signed_in(people.giang).post(CHECKS, {"heads": heads})
    assert response.status_code in {400, 422}


def test_a_check_is_cancelled_as_any_other_job(people: People, log: list[AuditEvent]) -> None:
    giang = signed_in(people.giang)
    check = giang.post(CHECKS).json()
    assert giang.post(f"/api/v1/jobs/{check['id']}/cancel/").json()["state"] == "cancelled"
    assert giang.get(f"{CHECKS}{check['id']}/").json()["result"] is None


def test_a_check_is_seen_by_whoever_asked_for_it(people: People, log: list[AuditEvent]) -> None:
    check = signed_in(people.giang).post(CHECKS).json()
    other = make_user("Hòa", Role.AUDITOR)
    assert signed_in(other).get(f"{CHECKS}{check['id']}/").status_code == 404


def test_another_job_is_no_check(people: People) -> None:
    job = jobs.enqueue(actor=people.giang, kind="load.check", params={}, now=NOW)
    assert signed_in(people.giang).get(f"{CHECKS}{job.pk}/").status_code == 404


@pytest.mark.parametrize("name", ["lan", "minh", "an", "chi", "phuong", "dung", "ha"])
def test_nobody_else_reads_the_log_and_the_attempt_is_in_it(people: People, name: str) -> None:
    assert signed_in(getattr(people, name)).get(EVENTS).status_code == 403
    assert AuditEvent.objects.get().object_type == "v1:audit-event-list"


def test_the_log_has_no_write(people: People, log: list[AuditEvent]) -> None:
    giang, path = signed_in(people.giang), f"{EVENTS}{log[0].pk}/"
    assert giang.get(path).json()["position"] == 1
    for method in ("put", "patch", "delete"):
        assert getattr(giang, method)(path).status_code == 405
