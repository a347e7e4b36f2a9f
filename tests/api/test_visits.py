"""Visits: hidden and missing are one answer until the hour, and open to the team from then on."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import AuditEvent, Plan, User, Visit
from inspections.services import release
from inspections.services.rosters import RosterEntry, open_roster
from tests.api.conftest import WHO, Clock, signed_in
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db
VISITS = "/api/v1/visits/"


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.approved(month)


@pytest.fixture
def first(plan: Plan) -> RosterEntry:
    return open_roster(plan)[0]


def listed(user: User, **query: str) -> list[dict[str, Any]]:
    response = signed_in(user).get(VISITS, query)
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def test_until_its_hour_a_visit_is_not_there_for_anybody(
    month: Month, first: RosterEntry, moment: Clock
) -> None:
    moment.at = first.release_at - timedelta(seconds=1)
    for name in ("an", "binh", "lan", "minh", "dung", "chi"):
        person = getattr(month.people, name)
        assert listed(person) == []
        hidden = signed_in(person).get(f"{VISITS}{first.visit_id}/")
        missing = signed_in(person).get(f"{VISITS}{uuid4()}/")
        assert (hidden.status_code, hidden.content) == (404, missing.content), name
        assert dict(hidden.headers) == dict(missing.headers)


def test_hidden_and_missing_leave_the_same_event(
    month: Month, first: RosterEntry, moment: Clock
) -> None:
    an, nowhere = signed_in(month.people.an), uuid4()
    an.get(f"{VISITS}{first.visit_id}/")
    an.get(f"{VISITS}{nowhere}/")
    events = AuditEvent.objects.filter(action="not_found").order_by("position")
    assert [(event.object_type, event.object_id, event.details) for event in events] == [
        ("v1:visit-detail", str(first.visit_id), {}),
        ("v1:visit-detail", str(nowhere), {}),
    ]


@pytest.mark.parametrize("is_released", [False, True])
def test_from_its_hour_the_team_sees_it_and_nobody_elses_team(
    month: Month, first: RosterEntry, moment: Clock, is_released: bool
) -> None:
    moment.at = first.release_at
    if is_released:
        release.release_due(now=moment.at)
    (visit,) = listed(month.people.an)
    assert (visit["unit"]["code"], visit["date"], visit["session"], visit["state"]) == (
        first.unit.code,
        first.date.isoformat(),
        first.session,
        "released",
    )
    assert [member["full_name"] for member in visit["members"]] == ["An", "Cúc"]
    assert visit["leader"]["full_name"] == "An"
    assert datetime.fromisoformat(visit["release_at"]) == first.release_at
    assert listed(month.people.binh) == []
    assert signed_in(month.people.binh).get(f"{VISITS}{visit['id']}/").status_code == 404


def test_a_visit_looks_the_same_before_and_after_the_row_is_opened(
    month: Month, first: RosterEntry, moment: Clock
) -> None:
    moment.at = first.release_at
    an = signed_in(month.people.an)
    before = an.get(f"{VISITS}{first.visit_id}/").json()
    release.release_due(now=moment.at)
    after = an.get(f"{VISITS}{first.visit_id}/").json()
    assert before | {"version": 0} == after | {"version": 0}


def test_the_office_sees_a_visit_once_it_is_open(
    month: Month, first: RosterEntry, moment: Clock
) -> None:
    moment.at = first.release_at
    release.release_due(now=moment.at)
    for name in ("lan", "minh", "dung", "chi"):
        assert [visit["id"] for visit in listed(getattr(month.people, name))] == [
            str(first.visit_id)
        ]
    for name in ("phuong", "giang", "ha"):
        assert signed_in(getattr(month.people, name)).get(VISITS).status_code == 403


def test_visits_come_by_date_and_are_filtered(month: Month, plan: Plan, moment: Clock) -> None:
    moment.at = months.AFTER_THE_MONTH
    release.release_due(now=moment.at)
    dates = [visit["date"] for visit in listed(month.lan)]
    assert dates == sorted(dates)
    assert len(dates) == 4
    assert [visit["date"] for visit in listed(month.lan, first_day=dates[2])] == [
        day for day in dates if day >= dates[2]
    ]
    paged = signed_in(month.lan).get(VISITS, {"limit": 3}).json()
    rest = signed_in(month.lan).get(paged["next"]).json()
    assert [visit["date"] for visit in paged["results"] + rest["results"]] == dates
    assert listed(month.lan, plan=str(uuid4())) == []


def test_a_visit_of_a_cancelled_plan_stands_without_a_unit(month: Month, plan: Plan) -> None:
    Visit.objects.update(state="not_made")
    assert [(visit["unit"], visit["state"]) for visit in listed(month.lan)] == [
        (None, "not_made")
    ] * 4
    paged = signed_in(month.lan).get(VISITS, {"limit": 3}).json()
    assert len(signed_in(month.lan).get(paged["next"]).json()["results"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "unit__code=00001",
        "tags__tag=x",
        "payload__isnull=false",
        "state=sealed",
        "ordering=unit__code",
        "ordering=release_at",
        "q=Xã",
    ],
)
def test_no_parameter_asks_about_sealed_visits(month: Month, plan: Plan, query: str) -> None:
    for person in (month.people.an, month.lan):
        assert signed_in(person).get(f"{VISITS}?{query}").status_code == 400


def test_the_leader_arrives(month: Month, first: RosterEntry, moment: Clock) -> None:
    moment.at = first.release_at
    release.release_due(now=moment.at)
    an = signed_in(month.people.an)
    visit = an.get(f"{VISITS}{first.visit_id}/").json()
    path, held = f"{VISITS}{visit['id']}/arrival/", {"if-match": f'"{visit["version"]}"'}
    moment.pass_by(hours=1)
    arrived = an.post(path, headers=held)
    assert (arrived.status_code, arrived.json()["state"]) == (200, "arrived")
    moment.pass_by(hours=1)
    again = an.post(path, headers=held)
    assert again.json()["arrived_at"] == arrived.json()["arrived_at"]
    other = signed_in(month.people.binh).post(path, headers=held)
    assert other.status_code == 404


@pytest.mark.parametrize("field", ["state", "release_at", "unit"])
def test_nothing_of_a_visit_is_assigned_from_outside(
    month: Month, first: RosterEntry, moment: Clock, field: str
) -> None:
    moment.at = first.release_at
    path = f"{VISITS}{first.visit_id}/"
    assert signed_in(month.lan).patch(path, {field: "x"}).status_code == 405
    an = signed_in(month.people.an)
    response = an.post(f"{path}arrival/", {field: "x"}, headers={"if-match": '"1"'})
    assert response.status_code == 400


def test_a_team_that_breaks_a_rule_is_refused_with_the_rule(month: Month) -> None:
    plan = months.drawn(month)
    entry = open_roster(plan)[0]
    _, _, cuc, _ = month.inspectors
    response = signed_in(month.lan).put(
        f"{VISITS}{entry.visit_id}/team/",
        {"members": [str(cuc.pk)], "leader": str(cuc.pk)},
        headers={"if-match": f'"{entry.version}"'},
    )
    assert (response.status_code, response.json()["code"]) == (422, "team_without_leader")
    assert entry.unit.name not in response.text


def test_a_planner_whose_rosters_are_closed_names_no_team(month: Month) -> None:
    plan = months.drawn(month)
    entry = open_roster(plan)[0]
    User.objects.filter(pk=month.lan.pk).update(closed_at=months.NOW)
    an = month.inspectors[0]
    response = signed_in(month.lan).put(
        f"{VISITS}{entry.visit_id}/team/",
        {"members": [str(an.pk)], "leader": str(an.pk)},
        headers={"if-match": f'"{entry.version}"'},
    )
    assert response.status_code == 403


def test_a_list_costs_two_queries(
    month: Month, plan: Plan, moment: Clock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    moment.at = months.AFTER_THE_MONTH
    release.release_due(now=moment.at)
    lan = signed_in(month.lan)
    with django_assert_num_queries(WHO + 2):
        lan.get(VISITS)


def test_a_directed_visit_is_opened_at_once(month: Month) -> None:
    an, _, cuc, _ = month.inspectors
    body: dict[str, Any] = {
        "unit": str(month.units[0].pk),
        "members": [str(an.pk), str(cuc.pk)],
        "leader": str(an.pk),
        "order": {
            "channel": "telephone",
            "ordered_by": "Lê Văn Sáu, Giám đốc",
            "ordered_at": "2026-03-02T08:50:00+07:00",
            "proof": "Cúc cùng nghe",
            "written_order_due": "2026-03-04",
        },
    }
    made = signed_in(month.lan).post(VISITS, body)
    assert made.status_code == 201, made.text
    (visit,) = listed(month.people.an)
    assert visit == made.json()
    assert (visit["origin"], visit["state"], visit["plan"]) == ("directed", "released", None)
    assert visit["order"]["ordered_by"] == "Lê Văn Sáu, Giám đốc"
    body["order"]["ordered_at"] = "hôm qua"
    assert signed_in(month.lan).post(VISITS, body).status_code == 400
