"""Demands over HTTP: made of one unit, found again, withdrawn."""

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import DemandKind, Finding
from tests.api.conftest import WHO, Clock, signed_in
from tests.builders import make_unit
from tests.inspections.services.filings import Door, make_door
from tests.inspections.services.following import demand, file_findings

pytestmark = pytest.mark.django_db
DEMANDS = "/api/v1/demands/"


@pytest.fixture
def door(moment: Clock) -> Door:
    moment.pass_by(days=60)
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def said(row: Finding, **changes: Any) -> dict[str, Any]:
    return {
        "visit": str(row.visit_id),
        "kind": "remedy",
        "unit": str(row.visit.unit_id),
        "concerned": [],
        "findings": [str(row.pk)],
        "due_on": "2026-05-15",
        "form_of_answer": "Bằng văn bản, kèm minh chứng",
    } | changes


def test_a_demand_is_made_and_withdrawn(door: Door, row: Finding) -> None:
    chi = signed_in(door.people.chi)
    office = make_unit("SNV", "Sở Nội vụ")
    concerned = [{"unit": str(office.pk), "reason": "Giữ hồ sơ gốc"}]
    made = chi.post(DEMANDS, said(row, concerned=concerned))
    assert made.status_code == 201, made.text
    assert (made.json()["concerned"], made.json()["state"]) == (concerned, "open")
    path = f"{DEMANDS}{made.json()['id']}/"
    assert signed_in(door.an).get(path).json() == made.json()
    withdrawn = chi.post(
        f"{path}withdraw/", {"reason": "Nhầm"}, headers={"if-match": made.headers["ETag"]}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert withdrawn.json()["state"] == "withdrawn"
    steps = chi.get(f"/api/v1/findings/{row.pk}/").json()["steps"]
    assert [step["demand"] for step in steps] == [made.json()["id"]]


def test_demands_are_found_by_visit_unit_finding_kind_state_and_day(
    door: Door, row: Finding
) -> None:
    demand(door, row)
    demand(door, row, kind=DemandKind.EXPLANATION, due_on=date(2026, 5, 10))
    client = signed_in(door.people.dung)
    for query, count in (
        (f"visit={door.visit.pk}", 2),
        (f"unit={door.visit.unit_id}", 2),
        (f"finding={row.pk}", 2),
        ("kind=explanation", 1),
        ("state=open", 2),
        ("state=answered", 0),
        ("due_before=2026-05-15", 1),
    ):
        assert len(client.get(f"{DEMANDS}?{query}").json()["results"]) == count, query


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"unit": None}, 400),
        ({"unit": ["x"]}, 400),
        ({"findings": []}, 400),
        ({"due_on": "15/05/2026"}, 400),
        ({"due_on": "2026-03-01"}, 422),
        ({"concerned": [{"unit": "11111111-2222-4333-8444-555555555555", "reason": "x"}]}, 422),
    ],
)
def test_what_is_no_demand_is_refused(
    door: Door, row: Finding, changes: dict[str, Any], status: int
) -> None:
    refused = signed_in(door.people.chi).post(DEMANDS, said(row, **changes))
    assert refused.status_code == status, refused.text


def test_what_is_another_teams_is_not_there(door: Door, row: Finding) -> None:
    made = demand(door, row)
    binh = signed_in(door.people.binh)
    assert binh.get(DEMANDS).json()["results"] == []
    assert binh.get(f"{DEMANDS}{made.pk}/").status_code == 404


def test_the_list_costs_as_much_with_many_as_with_one(
    door: Door, row: Finding, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        demand(door, row)
    lan = signed_in(door.people.lan)
    with django_assert_num_queries(WHO + 3):
        assert len(lan.get(DEMANDS).json()["results"]) == 3
