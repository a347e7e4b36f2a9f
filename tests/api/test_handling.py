"""Recommendations for handling over HTTP: the list names nobody, reading one is on record."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import AuditEvent, HandlingKind, HandlingRecommendation
from tests.api.conftest import WHO, Clock, signed_in
from tests.inspections.services.recommending import SIGNED, Matter, make_matter, propose

pytestmark = pytest.mark.django_db
HANDLING = "/api/v1/handling-recommendations/"


@pytest.fixture
def matter(moment: Clock) -> Matter:
    moment.pass_by(hours=4)
    return make_matter()


def body(matter: Matter, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "discipline",
        "visit": str(matter.door.visit.pk),
        "official": str(matter.bay.pk),
        "acts": [{"finding": str(matter.finding.pk), "day": SIGNED.isoformat()}],
        "legal_basis": "Nghị định 172/2025/NĐ-CP",
        "reasons": "Bà Lê Thị Bảy để hồ sơ quá hạn nhiều lần.",
    } | changes


def at(version: int) -> dict[str, str]:
    return {"if-match": f'"{version}"'}


def test_a_recommendation_goes_from_the_inspector_to_the_authoritys_decision(
    matter: Matter, moment: Clock
) -> None:
    people = matter.door.people
    an, lan, minh, chi = (
        signed_in(one) for one in (people.an, people.lan, people.minh, people.chi)
    )
    made = an.post(HANDLING, body(matter))
    assert made.status_code == 201, made.text
    place = f"{HANDLING}{made.json()['id']}/"
    assert (made.json()["due_on"], made.json()["days_left"]) == ("2026-05-31", 90)
    refused = lan.put(f"{place}form/", {"form": "warning"}, headers=at(1))
    assert (refused.status_code, refused.json()["code"]) == (403, "form_naming_not_allowed")
    let = minh.post(f"/api/v1/users/{people.lan.pk}/form-naming/")
    assert let.json()["names_forms"] is True
    named = lan.put(f"{place}form/", {"form": "warning"}, headers=at(1))
    assert named.status_code == 200, named.text
    same = an.post(f"{place}review/", {"supported": True, "reason": "x"}, headers=at(2))
    assert same.status_code == 403
    for press, said, version in (
        ("review", {"supported": True, "reason": "Có căn cứ"}, 2),
        ("extend", {"days": 120, "number": "7", "on": "2026-03-02", "reason": "Phức tạp"}, 3),
        ("pauses", {"reason": "child", "first_day": "2026-03-02"}, 4),
    ):
        step = minh.post(f"{place}{press}/", said, headers=at(version))
        assert step.status_code == 200, step.text
    assert step.json()["due_on"] is None
    pause = HandlingRecommendation.objects.get().pauses.get()
    ended = chi.put(f"{place}pauses/{pause.pk}/", {"last_day": "2026-03-11"}, headers=at(5))
    assert ended.json()["due_on"] == "2026-07-09"
    to = {"to": "Chủ tịch UBND xã", "on": "2026-03-02"}
    assert chi.post(f"{place}forward/", to, headers=at(6)).json()["state"] == "forwarded"
    decision = {
        "number": "15/QĐ-UBND",
        "day": "2026-03-02",
        "authority": "Chủ tịch UBND xã",
        "result": "applied",
        "form": "warning",
        "effective_on": "2026-03-02",
    }
    decided = chi.post(f"{place}decide/", decision, headers=at(7))
    assert (decided.status_code, decided.json()["state"]) == (200, "decided")
    read = an.get(place).json()
    assert read["subject"]["full_name"] == "Lê Thị Bảy"
    assert read["acts"][0]["limitation"] == {"reprimand": None, "others": "2036-03-02"}
    assert {one["form"] for one in read["forms"]} == {
        "reprimand",
        "warning",
        "removal",
        "dismissal",
    }
    assert AuditEvent.objects.filter(action="handling.read").count() == 1


def test_leave_to_name_forms_is_ended(matter: Matter) -> None:
    people = matter.door.people
    minh, place = signed_in(people.minh), f"/api/v1/users/{people.lan.pk}/form-naming/"
    minh.post(place)
    assert minh.delete(place).json()["names_forms"] is False
    assert minh.post(f"/api/v1/users/{people.minh.pk}/form-naming/").status_code == 403


def test_a_recommendation_is_sent_again_safely(matter: Matter) -> None:
    an, mine = signed_in(matter.an), body(matter, id=str(uuid4()))
    first, second = an.post(HANDLING, mine), an.post(HANDLING, mine)
    assert (first.status_code, first.json()) == (201, second.json())
    other = an.post(HANDLING, mine | {"reasons": "Khác"})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")


def test_a_withdrawal_has_its_reason(matter: Matter) -> None:
    an = signed_in(matter.an)
    place = f"{HANDLING}{an.post(HANDLING, body(matter)).json()['id']}/withdraw/"
    assert an.post(place, {"reason": " "}, headers=at(1)).status_code == 400
    assert an.post(place, {"reason": "Nhầm"}, headers=at(1)).json()["state"] == "withdrawn"


def test_the_list_names_nobody_and_leaders_read_no_more(matter: Matter) -> None:
    made = propose(matter)
    dung = signed_in(matter.door.people.dung)
    listed = dung.get(HANDLING)
    assert [one["id"] for one in listed.json()["results"]] == [str(made.pk)]
    told = json.dumps(listed.json(), ensure_ascii=False)
    assert "Bảy" not in told
    assert str(matter.bay.pk) not in told
    assert dung.get(f"{HANDLING}{made.pk}/").status_code == 403


def test_what_another_proposed_is_not_there(matter: Matter) -> None:
    made = propose(matter)
    for user in (matter.door.cuc, matter.door.people.binh):
        client = signed_in(user)
        assert client.get(HANDLING).json()["results"] == []
        assert client.get(f"{HANDLING}{made.pk}/").status_code == 404
        answer = client.post(f"{HANDLING}{made.pk}/withdraw/", {"reason": "x"}, headers=at(1))
        assert answer.status_code == 404


def test_another_teams_visit_is_no_object(matter: Matter) -> None:
    refused = signed_in(matter.door.people.binh).post(HANDLING, body(matter))
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_object")


def test_recommendations_are_found_by_what_they_are_and_by_their_days(
    matter: Matter, moment: Clock
) -> None:
    propose(matter)
    propose(matter, kind=HandlingKind.CRITICISM, official=None, acts=[])
    lan, unit = signed_in(matter.lan), matter.door.visit.unit_id

    def count(query: str) -> int:
        return len(lan.get(f"{HANDLING}?{query}").json()["results"])

    for query, expected in (
        ("kind=discipline", 1),
        ("state=proposed", 2),
        (f"unit={unit}", 2),
        (f"visit={matter.door.visit.pk}", 2),
        ("is_open=true", 2),
        ("is_open=false", 0),
        ("overdue=true", 0),
        ("due_by=2026-05-30", 0),
        ("due_by=2026-05-31", 1),
    ):
        assert count(query) == expected, query
    moment.at += timedelta(days=91)
    assert (count("overdue=true"), count("overdue=false")) == (1, 1)


def test_the_list_costs_as_much_with_many_as_with_one(
    matter: Matter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    propose(matter)
    propose(matter, official=None)
    lan = signed_in(matter.lan)
    with django_assert_num_queries(WHO + 2):
        assert len(lan.get(HANDLING).json()["results"]) == 2
