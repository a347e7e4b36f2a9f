"""Findings and records over HTTP: lists name nobody, and each reading of names is on record."""

import json
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import AuditEvent, Inspector
from tests.api.conftest import WHO, Clock, signed_in
from tests.inspections.services.filings import Door, closing, make_door, send
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
FINDINGS = "/api/v1/findings/"


@pytest.fixture
def door() -> Door:
    made = make_door()
    remedy = {
        "who": "Văn phòng",
        "what": "Gửi phiếu xin lỗi",
        "responsibility": "",
        "procedure": "",
        "result": "",
        "deadline": {"days": 10, "unit": "working"},
    }
    found = [finding(remedy=remedy), finding(severity="minor")]
    send(made.an, closing(made, findings=found, signed_on="2026-03-02"))
    return made


def test_the_list_of_findings_names_nobody(door: Door) -> None:
    listed = signed_in(door.people.dung).get(FINDINGS)
    assert len(listed.json()["results"]) == 2
    assert "Bảy" not in json.dumps(listed.json(), ensure_ascii=False)
    assert not AuditEvent.objects.filter(action="finding.read").exists()


def test_findings_are_found_by_visit_unit_item_severity_and_state(door: Door) -> None:
    lan = signed_in(door.people.lan)
    for query, count in (
        (f"visit={door.visit.pk}", 2),
        (f"unit={door.visit.unit_id}", 2),
        ("item=D04", 2),
        ("item=D05", 0),
        ("severity=minor", 1),
        ("state=open", 2),
        ("state=closed", 0),
    ):
        assert len(lan.get(f"{FINDINGS}?{query}").json()["results"]) == count, query


def test_a_finding_is_read_with_its_facts_on_record(door: Door) -> None:
    lan = signed_in(door.people.lan)
    major = lan.get(f"{FINDINGS}?severity=major").json()["results"][0]
    read = lan.get(f"{FINDINGS}{major['id']}/")
    assert read.status_code == 200, read.text
    assert read.json()["responsible_name"] == "Lê Thị Bảy"
    assert read.json()["remedy"]["deadline"] == {"days": 10, "unit": "working"}
    assert AuditEvent.objects.get(action="finding.read").object_id == major["id"]


def test_findings_are_found_by_what_is_due_and_what_waits(door: Door, moment: Clock) -> None:
    moment.pass_by(days=20)
    lan = signed_in(door.people.lan)
    major = lan.get(f"{FINDINGS}?severity=major").json()["results"][0]
    assert (major["explanation_due"], major["overdue"]) == ("2026-03-16", True)
    asked = lan.post(
        f"{FINDINGS}{major['id']}/recheck/",
        {"fixed": True, "checked_on": "2026-03-20", "note": ""},
        headers=etag_of(lan, major["id"]),
    )
    assert asked.status_code == 200, asked.text
    for query, count in (
        ("overdue=true", 2),
        ("overdue=false", 0),
        ("due_before=2026-03-16", 0),
        ("due_before=2026-03-17", 2),
        ("repeated=true", 0),
        ("repeated=false", 2),
        ("reoffence=true", 0),
        ("reoffence=false", 2),
        ("awaits_decision=true", 1),
        ("awaits_decision=false", 1),
    ):
        assert len(lan.get(f"{FINDINGS}?{query}").json()["results"]) == count, query


def etag_of(client: Any, pk: str) -> dict[str, str]:
    return {"if-match": client.get(f"{FINDINGS}{pk}/").headers["ETag"]}


def test_a_finding_goes_to_its_closure_and_back(door: Door, moment: Clock) -> None:
    moment.pass_by(days=20)
    lan, minh = signed_in(door.people.lan), signed_in(door.people.minh)
    pk = lan.get(f"{FINDINGS}?severity=major").json()["results"][0]["id"]
    path = f"{FINDINGS}{pk}/"
    seen = etag_of(lan, pk)
    proposed = lan.post(
        f"{path}recheck/",
        {
            "fixed": True,
            "checked_on": "2026-03-20",
            "checked_by": str(Inspector.objects.get(user=door.an).pk),
            "note": "Đã xem",
        },
        headers=seen,
    )
    assert proposed.status_code == 200, proposed.text
    late = minh.post(f"{path}decision/", {"accept": True, "reason": ""}, headers=seen)
    assert (late.status_code, late.json()["params"]["last_step"]) == (412, "recheck")
    decided = minh.post(
        f"{path}decision/", {"accept": True, "reason": ""}, headers=etag_of(minh, pk)
    )
    assert decided.status_code == 200, decided.text
    assert decided.json()["state"] == "closed"
    assert [step["kind"] for step in decided.json()["steps"]] == ["recheck", "accepted"]
    assert decided.json()["steps"][0]["checked_by"]["full_name"] == "An"
    again = minh.post(f"{path}reopen/", {"reason": "Tái diễn"}, headers=etag_of(minh, pk))
    assert (again.status_code, again.json()["code"]) == (403, "same_person")
    opened = lan.post(f"{path}reopen/", {"reason": "Tái diễn"}, headers=etag_of(lan, pk))
    assert opened.json()["state"] == "open"
    assert opened.json()["clocks"]["explanation"] == {
        "counted_from": "2026-03-02",
        "due_on": "2026-03-16",
        "met_on": None,
        "overdue_days": 4,
    }


def test_a_reconsideration_changes_words_and_keeps_those_that_were_filed(door: Door) -> None:
    lan, minh = signed_in(door.people.lan), signed_in(door.people.minh)
    pk = lan.get(f"{FINDINGS}?severity=major").json()["results"][0]["id"]
    words: dict[str, Any] = {"severity": "minor", "remedy": None}
    said = {"outcome": "changed", "reason": "Có minh chứng", "words": words}
    proposed = lan.post(f"{FINDINGS}{pk}/reconsideration/", said, headers=etag_of(lan, pk))
    assert proposed.status_code == 200, proposed.text
    changed = minh.post(
        f"{FINDINGS}{pk}/decision/", {"accept": True, "reason": ""}, headers=etag_of(minh, pk)
    ).json()
    assert (changed["severity"], changed["as_filed"]["severity"]) == ("minor", "major")
    assert changed["as_filed"]["remedy"]["what"] == "Gửi phiếu xin lỗi"


@pytest.mark.parametrize(
    "words",
    [
        {"severity": "positive"},
        {"severity": "nghiêm trọng"},
        {"facts": "khác"},
        {"remedy": {"what": "x"}},
        {"legal_basis": "x" * 301},
    ],
)
def test_words_that_no_finding_can_have_are_refused(door: Door, words: dict[str, Any]) -> None:
    lan = signed_in(door.people.lan)
    pk = lan.get(FINDINGS).json()["results"][0]["id"]
    said = {"outcome": "changed", "reason": "x", "words": words}
    refused = lan.post(f"{FINDINGS}{pk}/reconsideration/", said, headers=etag_of(lan, pk))
    assert refused.status_code == 400, refused.text


def test_the_units_receipt_moves_the_clocks(door: Door, moment: Clock) -> None:
    moment.pass_by(days=20)
    chi = signed_in(door.people.chi)
    visit = f"/api/v1/visits/{door.visit.pk}/"
    received = chi.put(
        f"{visit}receipt/",
        {"received_on": "2026-03-09"},
        headers={"if-match": chi.get(visit).headers["ETag"]},
    )
    assert received.status_code == 200, received.text
    assert received.json()["minutes_received_on"] == "2026-03-09"
    due = {one["explanation_due"] for one in chi.get(FINDINGS).json()["results"]}
    assert due == {"2026-03-23"}


def test_the_record_of_a_visit_is_read_whole(door: Door) -> None:
    read = signed_in(door.people.chi).get(f"/api/v1/visits/{door.visit.pk}/record/")
    assert read.status_code == 200, read.text
    record = read.json()
    assert record["roll_calls"][0]["absences"][0]["name"] == "Trần Văn Năm"
    assert (len(record["answers"]), len(record["findings"])) == (12, 2)
    assert record["closing"]["closes"] is True


def test_what_is_another_teams_is_not_there(door: Door) -> None:
    binh = signed_in(door.people.binh)
    finding_id = signed_in(door.an).get(FINDINGS).json()["results"][0]["id"]
    assert binh.get(FINDINGS).json()["results"] == []
    assert binh.get(f"{FINDINGS}{finding_id}/").status_code == 404
    assert binh.get(f"/api/v1/visits/{door.visit.pk}/record/").status_code == 404


def test_the_list_costs_as_much_with_many_as_with_one(
    door: Door, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lan = signed_in(door.people.lan)
    with django_assert_num_queries(WHO + 1):
        lan.get(FINDINGS)
