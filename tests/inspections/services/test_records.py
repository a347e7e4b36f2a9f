"""The record of a visit: rows follow from what was filed, and corrections take the place of what they correct."""

import unicodedata
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import InvalidInput, NotFound
from inspections.models import (
    Absence,
    Answer,
    AuditEvent,
    Finding,
    Inspector,
    RollCall,
    SetAside,
    Submission,
)
from inspections.queries.records import visit_record
from inspections.services import filing, records
from inspections.states import FindingState
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    content,
    make_door,
    make_visit,
    photo,
    roll_call,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    return make_door()


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "item": "D04",
        "facts": "12 hồ sơ quá hạn chưa có phiếu xin lỗi.",
        "severity": "major",
        "legal_basis": "",
        "responsible": {"name": "Lê Thị Bảy", "position": "Trưởng phòng"},
        "remedy": None,
        "evidence": [],
    } | changes


def accept(door: Door, submission: Submission) -> None:
    filing.settle(
        actor=door.people.lan,
        submission=submission,
        version=1,
        accept=True,
        reason="Có thật",
        now=LATER,
    )


def answer(item: str, value: str) -> dict[str, Any]:
    return {"item": item, "answer": value, "note": "", "evidence": []}


def found(door: Door) -> dict[str, str]:
    return {
        str(one.ref): one.facts
        for one in Finding.objects.filter(visit=door.visit, taken_back_at=None)
    }


def test_a_roll_call_is_counted_by_office_and_names_the_absent(door: Door) -> None:
    send(door.an, closing(door))
    one = RollCall.objects.get()
    assert (one.office, one.required, one.present, one.excused, one.unexcused) == (
        "Phòng Kinh tế",
        12,
        8,
        3,
        1,
    )
    assert (one.leave, one.mission) == (1, 2)
    assert Absence.objects.get().name == "Trần Văn Năm"


def test_texts_are_stored_in_one_form_and_the_body_as_it_came(door: Door) -> None:
    facts = unicodedata.normalize("NFD", "Sổ tiếp công dân bỏ trống")
    submission = send(door.an, content(door, findings=[finding(facts=facts)]))
    assert Finding.objects.get().facts == unicodedata.normalize("NFC", facts)
    assert facts.encode() in bytes(submission.body)


def test_a_text_that_cannot_be_seen_is_no_text(door: Door) -> None:
    with pytest.raises(InvalidInput):
        send(door.an, content(door, findings=[finding(facts="\u200b\u200b")]))
    assert not Finding.objects.exists()


def test_a_correction_takes_the_place_of_rows_and_keeps_findings(door: Door) -> None:
    kept, dropped = finding(), finding()
    first = send(door.an, closing(door, findings=[kept, dropped]))
    row = Finding.objects.get(ref=kept["id"])
    new = finding()
    send(
        door.an,
        closing(
            door,
            replaces=str(first.pk),
            roll_calls=[roll_call(office="Văn phòng")],
            findings=[kept | {"facts": "11 hồ sơ"}, new],
        ),
    )
    assert RollCall.objects.get().office == "Văn phòng"
    assert found(door) == {kept["id"]: "11 hồ sơ", new["id"]: new["facts"]}
    after = Finding.objects.get(ref=kept["id"])
    assert (after.pk, after.version) == (row.pk, 2)
    assert Finding.objects.get(ref=dropped["id"]).taken_back_at == LATER


def test_a_finding_taken_back_and_stated_again_is_the_same_one(door: Door) -> None:
    one = finding()
    first = send(door.an, closing(door, findings=[one]))
    second = send(door.an, closing(door, replaces=str(first.pk)))
    assert found(door) == {}
    send(door.an, closing(door, replaces=str(second.pk), findings=[one]))
    assert found(door) == {one["id"]: one["facts"]}
    assert Finding.objects.count() == 1


def test_what_was_decided_of_a_finding_outlives_its_being_taken_back(door: Door) -> None:
    one = finding()
    first = send(door.an, closing(door, findings=[one]))
    assert Finding.objects.get().state == FindingState.OPEN
    Finding.objects.update(state=FindingState.CLOSED)
    second = send(door.an, closing(door, replaces=str(first.pk)))
    send(door.an, closing(door, replaces=str(second.pk), findings=[one]))
    assert Finding.objects.get().state == FindingState.CLOSED


def test_the_leaders_closing_takes_up_what_his_team_found(door: Door) -> None:
    one = finding()
    send(door.cuc, content(door, findings=[one]))
    send(door.an, closing(door, findings=[one | {"severity": "minor"}]))
    assert Finding.objects.get().severity == "minor"


def test_a_part_changes_no_finding_of_another_submission(door: Door) -> None:
    one, new = finding(), finding()
    first = send(door.an, closing(door, findings=[one]))
    softer = one | {"facts": "Không có gì", "severity": "minor", "responsible": None}
    scan = photo()
    paper = {"from_paper": True, "original": [scan["sha256"]], "attachments": [scan]}
    annexes = [
        send(door.people.chi, content(door, findings=[softer], **paper)),
        send(door.cuc, content(door, findings=[softer, new], answers=[answer("B02", "issue")])),
    ]
    assert {annex.set_aside for annex in annexes} == {SetAside.STATED_ELSEWHERE}
    for annex in annexes:
        accept(door, annex)
    stated = Finding.objects.get(ref=one["id"])
    assert (stated.facts, stated.severity, stated.submission, stated.version) == (
        one["facts"],
        one["severity"],
        first,
        1,
    )
    assert stated.responsible_name == one["responsible"]["name"]
    assert found(door) == {one["id"]: one["facts"], new["id"]: new["facts"]}
    assert Answer.objects.filter(submission=annexes[1], item="B02").exists()


def test_what_is_accepted_for_another_reason_changes_no_finding_of_others_either(
    door: Door,
) -> None:
    one = finding()
    send(door.an, content(door, findings=[one]))
    lost = send(door.cuc, content(door, checklist=9, findings=[one | {"facts": "Không có gì"}]))
    assert lost.set_aside == SetAside.UNKNOWN_CHECKLIST
    accept(door, lost)
    assert found(door) == {one["id"]: one["facts"]}


def test_a_part_that_was_taken_up_by_the_closing_no_longer_changes_the_finding(door: Door) -> None:
    one = finding()
    part = send(door.cuc, content(door, findings=[one]))
    send(door.an, closing(door, findings=[one | {"facts": "11 hồ sơ"}]))
    late = send(door.cuc, content(door, replaces=str(part.pk), findings=[one]))
    assert late.set_aside == SetAside.STATED_ELSEWHERE
    accept(door, late)
    assert found(door) == {one["id"]: "11 hồ sơ"}


def test_a_part_restates_its_finding_through_its_corrections(door: Door) -> None:
    one = finding()
    first = send(door.cuc, content(door, findings=[one]))
    second = send(door.cuc, content(door, replaces=str(first.pk)))
    assert found(door) == {}
    again = one | {"facts": "11 hồ sơ"}
    third = send(door.cuc, content(door, replaces=str(second.pk), findings=[again]))
    assert third.set_aside is None
    assert found(door) == {one["id"]: "11 hồ sơ"}


def test_two_visits_may_use_one_id(door: Door) -> None:
    one = finding()
    elsewhere = make_visit(*Inspector.objects.filter(user=door.an), leader=None, code="X02")
    send(door.an, content(door, findings=[one]))
    send(door.an, content(door, visit=str(elsewhere.pk), findings=[one]))
    assert set(Finding.objects.values_list("visit", flat=True)) == {door.visit.pk, elsewhere.pk}


def test_what_is_set_aside_makes_no_rows_until_a_person_accepts_it(door: Door) -> None:
    waiting = send(door.cuc, closing(door, findings=[finding()]))
    assert not RollCall.objects.exists()
    filing.settle(
        actor=door.people.lan,
        submission=waiting,
        version=1,
        accept=True,
        reason="Trưởng đoàn ốm",
        now=LATER,
    )
    assert RollCall.objects.exists()
    assert Finding.objects.get().submission == waiting


def test_the_record_is_what_counts_of_everything_that_was_filed(door: Door) -> None:
    praise = {
        "id": str(uuid4()),
        "facts": "Trả kết quả sớm",
        "collective": True,
        "person": None,
        "evidence": [],
    }
    send(door.cuc, content(door, praise=[praise], answers=[answer("B01", "no_issue")]))
    full = closing(door, findings=[finding()], opinion={"text": "Nhất trí", "reservations": []})
    send(door.an, full)
    send(door.cuc, content(door, answers=[answer("A01", "issue"), answer("B02", "issue")]))
    record = visit_record(door.visit)
    assert record is not None
    assert record.closing is not None
    assert record.closing["opinion"]["text"] == "Nhất trí"
    assert [one["facts"] for one in record.said["praise"]] == ["Trả kết quả sớm"]
    values = {one.item: one.value for one in record.answers}
    assert (values["A01"], values["B01"], values["B02"]) == ("no_issue", "no_issue", "issue")
    assert (len(record.submissions), len(record.roll_calls), len(record.findings)) == (3, 1, 1)


def test_what_is_said_under_one_id_is_kept_once_and_the_closing_has_the_last_word(
    door: Door,
) -> None:
    ours, theirs, one = str(uuid4()), str(uuid4()), finding()

    def saying(word: str, *ids: str) -> dict[str, Any]:
        return {
            "suggestions": [{"id": ref, "text": word, "person": None} for ref in ids],
            "explanations": [{"finding": one["id"], "text": word, "outcome": "accepted"}],
            "findings": [one],
        }

    send(door.cuc, content(door, **saying("đầu", ours, theirs)))
    send(door.an, closing(door, **saying("kết luận", ours)))
    later = content(door, **saying("sau", ours, theirs))
    accept(door, send(door.cuc, later, now=LATER + timedelta(hours=1)))
    record = visit_record(door.visit)
    assert record is not None
    kept = [(one["id"], one["text"]) for one in record.said["suggestions"]]
    assert kept == [(ours, "kết luận"), (theirs, "sau")]
    assert [one["text"] for one in record.said["explanations"]] == ["kết luận"]


def test_an_office_counted_by_two_of_the_team_counts_once(door: Door) -> None:
    nobody = dict.fromkeys(roll_call()["excused"], 0)
    other = roll_call(
        office="Văn phòng", required=1, present=1, unexcused=0, excused=nobody, absent=[]
    )
    send(door.cuc, content(door, roll_calls=[roll_call(present=9, unexcused=0, absent=[]), other]))
    send(door.an, closing(door, roll_calls=[roll_call(office="PHÒNG Kinh  tế")]))
    send(door.cuc, content(door, roll_calls=[roll_call(stage="after_evidence")]))
    record = visit_record(door.visit)
    assert record is not None
    counted = {(one.office, one.stage, one.present) for one in record.roll_calls}
    assert counted == {
        ("PHÒNG Kinh  tế", "on_the_spot", 8),
        ("Văn phòng", "on_the_spot", 1),
        ("Phòng Kinh tế", "after_evidence", 8),
    }


def test_an_office_counted_twice_by_one_is_two_counts(door: Door) -> None:
    later = roll_call(at="2026-03-02T10:30:00+07:00")
    send(door.an, closing(door, roll_calls=[roll_call(), later]))
    record = visit_record(door.visit)
    assert record is not None
    assert len(record.roll_calls) == 2


def test_a_visit_where_nothing_was_filed_has_no_record(door: Door) -> None:
    with pytest.raises(NotFound):
        records.read_record(actor=door.people.lan, visit=door.visit, now=LATER)


def test_reading_the_record_is_on_record(door: Door) -> None:
    send(door.an, closing(door))
    records.read_record(actor=door.people.lan, visit=door.visit, now=LATER)
    event = AuditEvent.objects.get(action="visit.read_record")
    assert event.actor_id == door.people.lan.pk


def test_findings_are_for_the_office_and_the_team(door: Door) -> None:
    send(door.an, content(door, findings=[finding()]))
    people = door.people
    for actor in (people.lan, people.minh, people.dung, people.chi, door.an, door.cuc):
        assert Finding.objects.visible_to(actor).count() == 1, actor
    for actor in (people.binh, people.phuong, people.giang, people.ha):
        assert Finding.objects.visible_to(actor).count() == 0, actor


def test_an_item_is_answered_once_by_a_submission(door: Door) -> None:
    send(door.an, closing(door))
    assert Answer.objects.count() == 12
