"""The personnel list over HTTP: by unit, with filters, and each page of names on record."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from inspections.models import AuditEvent, Official, OfficialCategory
from tests.api.conftest import WHO, signed_in
from tests.builders import People, make_official, make_unit

pytestmark = pytest.mark.django_db
OFFICIALS = "/api/v1/officials/"
LISTS = "/api/v1/official-lists/"


@pytest.fixture
def lan(people: People) -> APIClient:
    return signed_in(people.lan)


def new(**changes: Any) -> dict[str, Any]:
    unit = make_unit("X01")
    return {
        "full_name": "Lê Thị Bảy",
        "post": "Trưởng phòng",
        "category": "civil_servant_leader",
        "unit": str(unit.pk),
    } | changes


def names(client: APIClient, query: str = "") -> list[str]:
    listed = client.get(f"{OFFICIALS}?{query}")
    return [one["full_name"] for one in listed.json()["results"]]


def test_somebody_is_entered_read_and_changed(lan: APIClient) -> None:
    entered = lan.post(OFFICIALS, new())
    assert entered.status_code == 201, entered.text
    place = f"{OFFICIALS}{entered.json()['id']}/"
    assert lan.get(place).json() == entered.json()
    assert AuditEvent.objects.filter(action="official.read").count() == 1
    changed = lan.patch(place, {"is_active": False}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["is_active"]) == (200, False)
    assert lan.patch(place, {"post": "x"}, headers={"if-match": '"1"'}).status_code == 412


def test_the_list_is_found_by_unit_category_and_activity_and_is_on_record(lan: APIClient) -> None:
    first, second = make_unit("X01"), make_unit("X02")
    make_official("Trần Bình", first)
    make_official("Nguyễn An", first, OfficialCategory.CADRE)
    make_official("Lê Cúc", second, is_active=False)
    assert names(lan) == ["Nguyễn An", "Trần Bình", "Lê Cúc"]
    assert names(lan, f"unit={first.pk}") == ["Nguyễn An", "Trần Bình"]
    assert names(lan, "category=cadre") == ["Nguyễn An"]
    assert names(lan, "is_active=false") == ["Lê Cúc"]
    counts = AuditEvent.objects.filter(action="official.list").order_by("position")
    assert [one.details["officials"] for one in counts] == [3, 2, 1, 1]


def test_a_list_is_loaded_whole_or_not_at_all(lan: APIClient) -> None:
    make_unit("X01")
    good = {"full_name": "Lê Bảy", "post": "", "category": "cadre", "unit": "X01"}
    refused = lan.post(LISTS, {"officials": [good, good | {"unit": "X09"}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "rows_invalid")
    (problem,) = refused.json()["params"]["problems"]
    assert (problem["row"], problem["field"], problem["code"]) == (2, "unit", "unknown_unit")
    assert not Official.objects.exists()
    unknown = lan.post(LISTS, {"officials": [good, good | {"category": "moon"}]})
    assert [one["field"] for one in unknown.json()["errors"]] == ["officials.1.category"]
    mine = [good | {"id": str(uuid4())}, good | {"full_name": "An", "id": str(uuid4())}]
    for _ in range(2):
        entered = lan.post(LISTS, {"officials": mine})
        assert (entered.status_code, entered.json()) == (
            201,
            {"officials": [one["id"] for one in mine]},
        )
    assert Official.objects.count() == 2


def test_whose_work_needs_no_names_gets_none(people: People) -> None:
    made = make_official("Lê Bảy", make_unit("X01"))
    for user in (people.dung, people.phuong, people.giang, people.ha):
        assert signed_in(user).get(OFFICIALS).status_code == 403
    binh = signed_in(people.binh)
    assert names(binh) == []
    assert binh.get(f"{OFFICIALS}{made.pk}/").status_code == 404


def test_a_page_costs_as_much_with_many_as_with_one(
    lan: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reading_on_record = 5
    for name in ("An", "Bình", "Cúc"):
        make_official(name, make_unit(name))
        names(lan)
    with django_assert_num_queries(WHO + 1 + reading_on_record):
        assert len(names(lan)) == 3
