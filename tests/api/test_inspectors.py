"""Inspectors, their relations and leave, by those who plan."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from inspections.models import Skill
from tests.api.conftest import WHO, signed_in
from tests.builders import People, make_inspector, make_unit

pytestmark = pytest.mark.django_db
INSPECTORS = "/api/v1/inspectors/"
NEW = {"code": "an", "full_name": "Nguyễn Văn An", "may_lead": True}


@pytest.fixture
def lan(people: People) -> APIClient:
    return signed_in(people.lan)


def test_an_inspector_is_created_and_the_request_can_be_repeated(
    lan: APIClient, people: People
) -> None:
    unit, _ = make_unit("X01"), Skill.objects.create(code="land", name="Đất đai")
    mine: dict[str, Any] = NEW | {
        "id": str(uuid4()),
        "user": str(people.an.pk),
        "home_unit": str(unit.pk),
        "former_units": [str(unit.pk)],
        "skills": ["land"],
    }
    first, second = lan.post(INSPECTORS, mine), lan.post(INSPECTORS, mine)
    assert (first.status_code, first.json()) == (201, second.json())
    shown = first.json()
    assert {name: shown[name] for name in mine} == mine
    assert (shown["relations"], shown["leaves"]) == ([], [])
    other = lan.post(INSPECTORS, mine | {"full_name": "Lê Bình"})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user": str(uuid4())}, "user"),
        ({"home_unit": str(uuid4())}, "home_unit"),
        ({"former_units": [str(uuid4())]}, "former_units"),
        ({"skills": ["magic"]}, "skills"),
    ],
)
def test_what_an_inspector_refers_to_must_be_there(
    lan: APIClient, change: dict[str, Any], field: str
) -> None:
    response = lan.post(INSPECTORS, NEW | change)
    assert (response.status_code, response.json()["params"]["field"]) == (422, field)


def test_a_change_names_its_version(lan: APIClient) -> None:
    path = f"{INSPECTORS}{make_inspector('An').pk}/"
    assert lan.patch(path, {"title": "Chuyên viên"}).status_code == 428
    changed = lan.patch(path, {"title": "Chuyên viên"}, headers={"if-match": '"1"'})
    assert (changed.json()["title"], changed.headers["ETag"]) == ("Chuyên viên", '"2"')
    assert lan.patch(path, {"code": "x"}, headers={"if-match": '"2"'}).status_code == 400


def test_a_relation_is_declared_and_ended(lan: APIClient) -> None:
    unit = make_unit("X01")
    path = f"{INSPECTORS}{make_inspector('An').pk}/relations/"
    said = lan.post(path, {"unit": str(unit.pk), "kind": "relative"}, headers={"if-match": '"1"'})
    assert said.status_code == 201
    relation = said.json()["relations"][0]
    assert (relation["unit"], relation["ended_at"]) == (str(unit.pk), None)
    ended = lan.delete(f"{path}{relation['id']}/", headers={"if-match": '"2"'})
    assert ended.json()["relations"][0]["ended_at"] is not None
    assert lan.delete(f"{path}{uuid4()}/", headers={"if-match": '"3"'}).status_code == 404


def test_leave_is_entered_and_taken_back(lan: APIClient) -> None:
    path = f"{INSPECTORS}{make_inspector('An').pk}/leaves/"
    days = {"first_day": "2026-03-09", "last_day": "2026-03-11"}
    entered = lan.post(path, days, headers={"if-match": '"1"'})
    leave = entered.json()["leaves"][0]
    assert (leave["first_day"], leave["last_day"]) == ("2026-03-09", "2026-03-11")
    turned = lan.post(
        path, {"first_day": "2026-03-09", "last_day": "2026-03-08"}, headers={"if-match": '"2"'}
    )
    assert turned.status_code == 422
    back = lan.delete(f"{path}{leave['id']}/", headers={"if-match": '"2"'})
    assert back.json()["leaves"] == []


def test_inspectors_are_found_and_listed_by_given_name(lan: APIClient) -> None:
    home = make_unit("X01")
    make_inspector("Trần Thị Bình", may_lead=True)
    make_inspector("Lê Văn An", home_unit=home)
    names = [one["full_name"] for one in lan.get(INSPECTORS).json()["results"]]
    assert names == ["Lê Văn An", "Trần Thị Bình"]
    for query in ({"may_lead": "false"}, {"home_unit": str(home.pk)}, {"code": "le-van-an"}):
        found = lan.get(INSPECTORS, query).json()["results"]
        assert [one["full_name"] for one in found] == ["Lê Văn An"]


def test_a_list_costs_three_queries(
    lan: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    unit = make_unit("X01")
    for name in ("An", "Bình", "Cúc"):
        make_inspector(name, former_units=[unit])
    with django_assert_num_queries(WHO + 3):
        lan.get(INSPECTORS)


def test_skills_are_listed(lan: APIClient) -> None:
    Skill.objects.create(code="land", name="Đất đai")
    assert [one["code"] for one in lan.get("/api/v1/skills/").json()["results"]] == ["land"]
