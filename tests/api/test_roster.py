"""Rosters and duties: who reads them, and that each reading and each refusal is on record."""

from datetime import timedelta
from uuid import uuid4

import pytest

from inspections.models import AuditEvent, Plan, User
from tests.api.conftest import Clock, signed_in
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.approved(month)


def roster(plan: Plan) -> str:
    return f"/api/v1/plans/{plan.pk}/roster/"


def test_planner_and_approver_read_the_roster_and_it_is_on_record(month: Month, plan: Plan) -> None:
    for person in (month.lan, month.minh):
        response = signed_in(person).get(roster(plan))
        assert response.headers["Cache-Control"] == "no-store"
        entries = response.json()["entries"]
        assert [entry["date"] for entry in entries] == sorted(entry["date"] for entry in entries)
        assert {entry["leader"]["full_name"] for entry in entries} == {"An"}
        assert {unit.code for unit in month.units} >= {entry["unit"]["code"] for entry in entries}
    read = AuditEvent.objects.filter(action="roster.read", object_id=str(plan.pk))
    assert {event.actor_id for event in read} == {month.lan.pk, month.minh.pk}


@pytest.mark.parametrize("name", ["an", "binh", "chi", "phuong", "dung", "giang", "ha"])
def test_nobody_else_reads_the_roster_and_the_attempt_is_on_record(
    month: Month, plan: Plan, name: str
) -> None:
    person: User = getattr(month.people, name)
    there = signed_in(person).get(roster(plan))
    nowhere = signed_in(person).get(f"/api/v1/plans/{uuid4()}/roster/")
    assert (there.status_code, there.content) == (403, nowhere.content)
    denied = AuditEvent.objects.filter(action="denied", actor_id=person.pk)
    assert [event.object_type for event in denied] == ["v1:plan-roster"] * 2


def test_an_account_that_waits_to_be_readmitted_finds_no_roster(month: Month, plan: Plan) -> None:
    User.objects.filter(pk=month.lan.pk).update(closed_at=months.NOW)
    lan = signed_in(month.lan)
    hidden, missing = lan.get(roster(plan)), lan.get(f"/api/v1/plans/{uuid4()}/roster/")
    assert (hidden.status_code, hidden.content) == (403, missing.content)


def test_a_draft_has_no_roster(month: Month) -> None:
    assert signed_in(month.lan).get(roster(months.drafted(month))).status_code == 404


def test_the_approver_sees_who_read(month: Month, plan: Plan, moment: Clock) -> None:
    signed_in(month.lan).get(roster(plan))
    moment.pass_by(hours=1)
    signed_in(month.lan).get(roster(plan))
    path = f"/api/v1/plans/{plan.pk}/roster-readers/"
    readers = signed_in(month.minh).get(path).json()["readers"]
    assert [(one["user"]["full_name"], one["times"]) for one in readers] == [("Lan", 2)]
    assert signed_in(month.lan).get(path).status_code == 403


def test_an_inspector_learns_when_he_is_on_duty_and_not_where(
    month: Month, plan: Plan, moment: Clock
) -> None:
    an = signed_in(month.people.an)
    duties = an.get("/api/v1/duties/").json()["duties"]
    entries = signed_in(month.lan).get(roster(plan)).json()["entries"]
    assert duties == [{"date": entry["date"], "session": entry["session"]} for entry in entries]
    assert signed_in(month.people.binh).get("/api/v1/duties/").json() == {"duties": []}
    moment.at = months.AFTER_THE_MONTH + timedelta(days=30)
    assert an.get("/api/v1/duties/").json() == {"duties": []}
