"""Commendations over HTTP: what stands against one is told, the list names nobody, forms are data."""

import json
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import AuditEvent, Finding
from tests.api.conftest import WHO, Clock, signed_in
from tests.inspections.services.commending import Praise, found, make_praise, propose
from tests.inspections.services.filings import DIGEST

pytestmark = pytest.mark.django_db
COMMENDATIONS = "/api/v1/commendations/"
FORMS = "/api/v1/commendation-forms/"


@pytest.fixture
def praise(moment: Clock) -> Praise:
    moment.pass_by(hours=4)
    return make_praise(found("Lê Thị Bảy", "minor"))


def body(praise: Praise, **changes: Any) -> dict[str, Any]:
    visit = str(praise.door.visit.pk)
    return {
        "unit": str(praise.unit.pk),
        "official": str(praise.on.pk),
        "form": str(praise.form.pk),
        "reasons": "Ông Trần Văn Ơn trả kết quả sớm.",
        "evidence": [
            {"visit": visit, "praise": str(praise.id)},
            {"visit": visit, "sha256": DIGEST},
        ],
    } | changes


def at(version: int) -> dict[str, str]:
    return {"if-match": f'"{version}"'}


def test_a_commendation_goes_from_the_inspector_to_the_decision(praise: Praise) -> None:
    people = praise.door.people
    an, minh, chi = signed_in(people.an), signed_in(people.minh), signed_in(people.chi)
    made = an.post(COMMENDATIONS, body(praise))
    assert made.status_code == 201, made.text
    place = f"{COMMENDATIONS}{made.json()['id']}/"
    good = {"supported": True, "reason": "Xứng đáng"}
    assert an.post(f"{place}review/", good, headers=at(1)).status_code == 403
    assert minh.post(f"{place}review/", good, headers=at(1)).json()["state"] == "reviewed"
    decision = {"number": "31/QĐ-UBND", "on": "2026-03-02"}
    decided = chi.post(f"{place}decide/", decision, headers=at(2))
    assert (decided.status_code, decided.json()["state"]) == (200, "granted")
    read = an.get(place)
    assert read.json()["subject"]["full_name"] == "Trần Văn Ơn"
    assert len(read.json()["evidence"]) == 2
    assert AuditEvent.objects.filter(action="commendation.read").count() == 1


def test_what_stands_against_it_is_told_with_code_sentence_and_object(praise: Praise) -> None:
    an = signed_in(praise.door.an)
    made = an.post(COMMENDATIONS, body(praise, official=None)).json()
    Finding.objects.update(severity="critical")
    finding = Finding.objects.get()
    block = {"code": "signs_of_violation", "object": str(finding.pk)}
    refused = an.post(COMMENDATIONS, body(praise, official=None))
    assert (refused.status_code, refused.json()["code"]) == (409, "commendation_blocked")
    (told,) = refused.json()["params"]["blocks"]
    assert told["detail"] == refused.json()["detail"]
    assert told | block == told
    (shown,) = an.get(f"{COMMENDATIONS}{made['id']}/").json()["blocks"]
    assert shown == told


def test_a_refusal_is_recorded(praise: Praise) -> None:
    people = praise.door.people
    an, lan, minh = signed_in(people.an), signed_in(people.lan), signed_in(people.minh)
    place = f"{COMMENDATIONS}{an.post(COMMENDATIONS, body(praise)).json()['id']}/"
    minh.post(f"{place}review/", {"supported": True, "reason": "x"}, headers=at(1))
    said = {"reason": "Chưa đủ thành tích", "on": "2026-03-02"}
    assert lan.post(f"{place}refuse/", said, headers=at(2)).json()["state"] == "refused"


def test_a_proposal_is_sent_again_safely(praise: Praise) -> None:
    an, mine = signed_in(praise.door.an), body(praise, id=str(uuid4()))
    first, second = an.post(COMMENDATIONS, mine), an.post(COMMENDATIONS, mine)
    assert (first.status_code, first.json()) == (201, second.json())
    other = an.post(COMMENDATIONS, mine | {"reasons": "Khác"})
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"praise": str(uuid4()), "sha256": DIGEST},
        {"sha256": "x" * 64},
    ],
)
def test_evidence_is_praise_or_a_file(praise: Praise, evidence: dict[str, Any]) -> None:
    told = [{"visit": str(praise.door.visit.pk)} | evidence]
    refused = signed_in(praise.door.an).post(COMMENDATIONS, body(praise, evidence=told))
    assert refused.status_code == 400


def test_the_list_names_nobody_and_leaders_read_no_more(praise: Praise) -> None:
    made = propose(praise, official=praise.on)
    dung = signed_in(praise.door.people.dung)
    listed = dung.get(COMMENDATIONS).json()
    assert [one["id"] for one in listed["results"]] == [str(made.pk)]
    told = json.dumps(listed, ensure_ascii=False)
    assert "Ơn" not in told
    assert str(praise.on.pk) not in told
    assert dung.get(f"{COMMENDATIONS}{made.pk}/").status_code == 403


def test_what_another_proposed_is_not_there(praise: Praise) -> None:
    made = propose(praise)
    for user in (praise.door.cuc, praise.door.people.binh):
        client = signed_in(user)
        assert client.get(COMMENDATIONS).json()["results"] == []
        assert client.get(f"{COMMENDATIONS}{made.pk}/").status_code == 404
    binh = signed_in(praise.door.people.binh).post(COMMENDATIONS, body(praise))
    assert (binh.status_code, binh.json()["code"]) == (422, "unknown_object")


def test_commendations_are_found_by_unit_state_and_subject(praise: Praise) -> None:
    propose(praise)
    propose(praise, official=praise.on)
    lan = signed_in(praise.door.people.lan)
    for query, expected in (
        (f"unit={praise.unit.pk}", 2),
        ("state=proposed", 2),
        ("state=granted", 0),
        ("is_collective=true", 1),
        ("is_collective=false", 1),
    ):
        listed = lan.get(f"{COMMENDATIONS}?{query}").json()["results"]
        assert len(listed) == expected, query


def test_planners_keep_the_forms(praise: Praise) -> None:
    lan = signed_in(praise.door.people.lan)
    assert len(lan.get(f"{FORMS}?in_use=true").json()["results"]) == 3
    new = {"name": "Thư khen", "for_collective": True, "for_individual": True, "id": str(uuid4())}
    for _ in range(2):
        made = lan.post(FORMS, new)
        assert (made.status_code, made.json()["name"]) == (201, "Thư khen")
    retired = lan.post(f"{FORMS}{new['id']}/retire/", headers=at(1))
    assert retired.json()["retired_at"] is not None
    assert len(lan.get(f"{FORMS}?in_use=true").json()["results"]) == 3


def test_the_lists_cost_as_much_with_many_as_with_one(
    praise: Praise, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    propose(praise)
    propose(praise, official=praise.on)
    lan = signed_in(praise.door.people.lan)
    for path, count in ((COMMENDATIONS, 2), (FORMS, 3)):
        with django_assert_num_queries(WHO + 1):
            assert len(lan.get(path).json()["results"]) == count
