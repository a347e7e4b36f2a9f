"""The checklist over HTTP: everybody reads it, planners edit the draft, approvers publish it."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from inspections.services import checklists
from tests.api.conftest import WHO, signed_in
from tests.builders import NOW, People

pytestmark = pytest.mark.django_db
CHECKLISTS = "/api/v1/checklists/"


@pytest.fixture
def lan(people: People) -> APIClient:
    checklists.publish_packaged(now=NOW)
    return signed_in(people.lan)


def test_a_department_edits_a_copy_and_publishes_it(lan: APIClient, people: People) -> None:
    started = lan.post(CHECKLISTS, {})
    assert started.status_code == 201, started.text
    draft: dict[str, Any] = started.json()
    assert (draft["number"], draft["published_at"], len(draft["items"])) == (2, None, 89)
    items = draft["items"][:3]
    items[0]["text"] = "Điểm danh <b>ngay</b> khi đến"
    place = f"{CHECKLISTS}{draft['id']}/"
    changed = lan.put(f"{place}items/", {"items": items}, headers={"if-match": '"1"'})
    assert changed.json()["items"] == items, changed.text
    minh = signed_in(people.minh)
    published = minh.post(f"{place}publish/", headers={"if-match": '"2"'})
    assert published.status_code == 200
    assert published.json()["published_by"]["full_name"] == people.minh.full_name
    listed = signed_in(people.an).get(CHECKLISTS).json()["results"]
    assert [one["number"] for one in listed] == [2, 1]


def test_a_version_that_the_client_has_is_not_sent_again(lan: APIClient, people: People) -> None:
    first = lan.get(CHECKLISTS).json()["results"][0]
    an = signed_in(people.an)
    read = an.get(f"{CHECKLISTS}{first['id']}/")
    assert read.status_code == 200
    again = an.get(f"{CHECKLISTS}{first['id']}/", headers={"if-none-match": read["ETag"]})
    assert again.status_code == 304


def test_an_item_says_exactly_what_it_must(lan: APIClient) -> None:
    draft = lan.post(CHECKLISTS, {}).json()
    place = f"{CHECKLISTS}{draft['id']}/items/"
    good = draft["items"][0]
    for bad in (
        good | {"severity": "serious"},
        good | {"kinds": ["moon"]},
        good | {"code": ""},
        good | {"is_core": "yes"},
        good | {"more": 1},
        {key: value for key, value in good.items() if key != "evidence"},
    ):
        refused = lan.put(place, {"items": [bad]}, headers={"if-match": '"1"'})
        assert refused.status_code == 400, bad


def test_a_draft_is_thrown_away(lan: APIClient) -> None:
    draft = lan.post(CHECKLISTS, {}).json()
    gone = lan.delete(f"{CHECKLISTS}{draft['id']}/", headers={"if-match": '"1"'})
    assert gone.status_code == 204
    assert lan.get(f"{CHECKLISTS}{draft['id']}/").status_code == 404


def test_the_list_costs_as_much_with_many_as_with_one(
    lan: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lan.post(CHECKLISTS, {})
    with django_assert_num_queries(WHO + 1):
        assert len(lan.get(CHECKLISTS).json()["results"]) == 2
