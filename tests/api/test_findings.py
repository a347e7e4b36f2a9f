"""Findings and records over HTTP: lists name nobody, and each reading of names is on record."""

import json

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import AuditEvent
from tests.api.conftest import WHO, signed_in
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
    send(made.an, closing(made, findings=[finding(remedy=remedy), finding(severity="minor")]))
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
