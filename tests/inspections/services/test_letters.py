"""Letters of the units: what staff enter, what follows for the findings, and the scans."""

import hashlib
import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from inspections import evidence
from inspections.errors import InvalidInput, NotAllowed, NotFound, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    DemandKind,
    DemandState,
    EvidenceResult,
    Finding,
    FindingStep,
    Letter,
    LetterKind,
    LetterScan,
    StepKind,
)
from inspections.services import demands, letters
from inspections.services.attachments import Piece
from inspections.states import FindingState
from tests.inspections.database import refused
from tests.inspections.services.filings import Door, make_door, make_visit
from tests.inspections.services.following import (
    THEN,
    decide,
    demand,
    file_findings,
    recheck,
    write,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n% a scan of two pages\n%%EOF\n"


@pytest.fixture
def door() -> Door:
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def scan(data: bytes = PDF, media_type: str = evidence.PDF) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": media_type,
    }


def receive(door: Door, letter: Letter, data: bytes = PDF, **changes: Any) -> LetterScan:
    said: dict[str, Any] = {
        "actor": door.people.chi,
        "sha256": hashlib.sha256(data).hexdigest(),
        "pieces": [data],
        "now": THEN,
    }
    return letters.receive_scan(letter=letter, **(said | changes))


def test_a_report_of_remedy_moves_the_findings_that_it_answers(door: Door) -> None:
    answered, other = file_findings(door, finding(), finding())
    letter = write(door, LetterKind.REMEDY, answered)
    answered.refresh_from_db()
    other.refresh_from_db()
    assert (answered.state, answered.remedied_on) == (FindingState.REPORTED, date(2026, 3, 12))
    assert (other.state, other.remedied_on) == (FindingState.OPEN, None)
    step = FindingStep.objects.get()
    assert (step.kind, step.letter, step.person) == (StepKind.LETTER, letter, door.people.chi)
    assert AuditEvent.objects.get(action="letter.enter").details["kind"] == "remedy"


def test_an_explanation_is_given_on_the_day_the_first_letter_came(door: Door, row: Finding) -> None:
    write(door, LetterKind.EXPLANATION, row, received_on=date(2026, 3, 20))
    write(door, LetterKind.EXPLANATION, row, received_on=date(2026, 3, 12))
    row.refresh_from_db()
    assert (row.state, row.explained_on) == (FindingState.OPEN, date(2026, 3, 12))


def test_a_letter_about_a_closed_finding_is_kept_and_moves_nothing(
    door: Door, row: Finding
) -> None:
    decide(door, recheck(door, row, fixed=True))
    write(door, LetterKind.REMEDY, row)
    row.refresh_from_db()
    assert (row.state, row.letters.count()) == (FindingState.CLOSED, 1)


def test_a_letter_does_not_lose_the_proposal_that_waits(door: Door, row: Finding) -> None:
    proposed = recheck(door, row, fixed=True)
    write(door, LetterKind.REMEDY, row)
    proposed.refresh_from_db()
    assert decide(door, proposed).state == FindingState.CLOSED


def test_evidence_of_absence_may_answer_no_finding_but_other_letters_answer_one(
    door: Door, row: Finding
) -> None:
    write(door, LetterKind.EVIDENCE)
    for kind in set(LetterKind) - {LetterKind.EVIDENCE}:
        with pytest.raises(InvalidInput):
            write(door, kind)


def test_a_letter_answers_findings_of_its_own_visit(door: Door, row: Finding) -> None:
    elsewhere = make_visit(leader=None, code="X02")
    other = Finding.objects.get(pk=row.pk)
    other.pk, other.visit = uuid4(), elsewhere
    other.save(force_insert=True)
    error = refused(lambda: write(door, LetterKind.EXPLANATION, other))
    assert error.params["field"] == "findings"


@pytest.mark.parametrize(
    ("dated_on", "received_on"),
    [
        (date(2026, 3, 13), date(2026, 3, 12)),
        (date(2026, 3, 1), date(2026, 3, 1)),
        (date(2026, 3, 12), THEN.date() + timedelta(days=1)),
    ],
)
def test_a_letter_is_written_received_and_entered_in_this_order(
    door: Door, row: Finding, dated_on: date, received_on: date
) -> None:
    call = lambda: write(  # noqa: E731
        door, LetterKind.EXPLANATION, row, received_on=received_on, dated_on=dated_on
    )
    assert refused(call).code == "day_not_possible"


@pytest.mark.parametrize("name", ["minh", "an", "dung", "giang", "ha", "phuong"])
def test_only_planners_and_clerks_enter_letters(door: Door, row: Finding, name: str) -> None:
    given: dict[str, Any] = {
        "actor": getattr(door.people, name),
        "visit": door.visit,
        "kind": LetterKind.REMEDY,
        "number": "",
        "dated_on": date(2026, 3, 12),
        "received_on": date(2026, 3, 12),
        "summary": "x",
        "findings": [row],
        "scans": [],
        "now": THEN,
    }
    assert isinstance(refused(lambda: letters.enter(**given)), NotAllowed)


def test_a_letter_answers_the_demand_that_asked_for_it(door: Door, row: Finding) -> None:
    asked = demand(door, row)
    write(door, LetterKind.REMEDY, row, demand=asked)
    asked.refresh_from_db()
    assert asked.state == DemandState.ANSWERED
    for kind, wrong in (
        (LetterKind.EXPLANATION, asked),
        (LetterKind.REMEDY, demand(door, row, kind=DemandKind.EXPLANATION)),
    ):
        with pytest.raises(InvalidInput):
            write(door, kind, row, demand=wrong)


def test_a_withdrawn_demand_is_not_answered(door: Door, row: Finding) -> None:
    asked = demand(door, row)
    demands.withdraw(actor=door.people.lan, demand=asked, version=1, reason="Nhầm", now=THEN)
    error = refused(lambda: write(door, LetterKind.REMEDY, row, demand=asked))
    assert (type(error), error.code) == (WrongState, "demand_withdrawn")


def test_a_letter_entered_again_under_its_id_is_the_same_letter(door: Door, row: Finding) -> None:
    under = uuid4()
    first = write(door, LetterKind.REMEDY, row, id=under, scans=[scan()])
    assert write(door, LetterKind.REMEDY, row, id=under, scans=[scan()]) == first
    for other in ({"scans": []}, {"number": "13/UBND"}):
        error = refused(
            lambda other=other: write(
                door, LetterKind.REMEDY, row, **({"id": under, "scans": [scan()]} | other)
            )
        )
        assert error.code == "id_taken"
    assert FindingStep.objects.count() == 1


def correct(door: Door, letter: Letter, **changes: Any) -> Letter:
    return letters.correct(
        **(
            {"actor": door.people.lan, "letter": letter, "version": letter.version, "now": THEN}
            | changes
        )
    )


def test_a_corrected_day_of_receipt_corrects_when_deadlines_were_met(
    door: Door, row: Finding
) -> None:
    report = write(door, LetterKind.REMEDY, row)
    explanation = write(door, LetterKind.EXPLANATION, row)
    correct(door, report, received_on=date(2026, 3, 15))
    correct(door, explanation, received_on=date(2026, 3, 16), number="")
    row.refresh_from_db()
    assert (row.remedied_on, row.explained_on) == (date(2026, 3, 15), date(2026, 3, 16))
    explanation.refresh_from_db()
    assert (explanation.number, explanation.version) == ("", 2)


def test_a_correction_is_of_the_version_that_was_seen_and_of_possible_days(
    door: Door, row: Finding
) -> None:
    letter = write(door, LetterKind.REMEDY, row)
    assert isinstance(refused(lambda: correct(door, letter, version=9)), VersionConflict)
    error = refused(lambda: correct(door, letter, dated_on=date(2026, 3, 13)))
    assert error.code == "day_not_possible"


def test_scans_are_announced_later_too_and_no_more_than_a_letter_has(
    door: Door, row: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = write(door, LetterKind.REMEDY, row, scans=[scan()])
    letter = correct(door, letter, scans=[scan(), scan(b"%PDF-1.4 another")])
    assert letter.scans.count() == 2
    monkeypatch.setattr(letters, "MOST_SCANS", 2)
    with pytest.raises(InvalidInput):
        correct(door, letter, scans=[scan(b"%PDF-1.4 a third")])


def test_the_result_of_evidence_is_noted_and_of_nothing_else(door: Door, row: Finding) -> None:
    given: dict[str, Any] = {
        "actor": door.people.chi,
        "version": 1,
        "result": EvidenceResult.PARTLY,
        "note": "Có giấy cử đi công tác của 2/3 người",
        "now": THEN,
    }
    noted = letters.note_result(letter=write(door, LetterKind.EVIDENCE), **given)
    assert (noted.result, noted.result_by) == (EvidenceResult.PARTLY, door.people.chi)
    other = write(door, LetterKind.EXPLANATION, row)
    assert refused(lambda: letters.note_result(letter=other, **given)).code == "no_evidence"


def test_a_scan_is_received_whole_or_in_pieces_and_once(door: Door, row: Finding) -> None:
    whole, torn = PDF, PDF + b"more"
    letter = write(door, LetterKind.REMEDY, row, scans=[scan(whole), scan(torn)])
    receive(door, letter)
    assert receive(door, letter, pieces=[b"anything"]).received_at == THEN
    half = len(torn) // 2
    for start, data in ((0, torn[:half]), (half, torn[half:])):
        receive(door, letter, torn, pieces=[data], piece=Piece(start=start, whole=len(torn)))
    assert not letter.scans.filter(received_at=None).exists()
    assert AuditEvent.objects.filter(action="letter.receive_scan").count() == 2


def test_a_pdf_begins_as_one(door: Door, row: Finding) -> None:
    data = b"<html>%PDF-1.7"
    letter = write(door, LetterKind.REMEDY, row, scans=[scan(data)])
    with pytest.raises(InvalidInput) as refusal:
        receive(door, letter, data)
    assert refusal.value.code == "not_a_pdf"
    assert not evidence.is_kept(hashlib.sha256(data).hexdigest())


def test_only_scans_that_a_letter_announces_are_received_and_from_staff(
    door: Door, row: Finding
) -> None:
    letter = write(door, LetterKind.REMEDY, row, scans=[scan()])
    with pytest.raises(NotFound):
        receive(door, letter, b"%PDF-1.4 not announced")
    with pytest.raises(NotAllowed):
        receive(door, letter, actor=door.an)


def test_a_scan_is_read_as_what_it_is_and_the_reading_is_on_record(
    door: Door, row: Finding
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "PNG")
    page = out.getvalue()
    letter = write(door, LetterKind.REMEDY, row, scans=[scan(), scan(page, "image/png")])
    given: dict[str, Any] = {"actor": door.people.lan, "letter": letter, "now": THEN}
    with pytest.raises(NotFound):
        letters.read_scan(sha256=scan()["sha256"], **given)
    receive(door, letter)
    receive(door, letter, page)
    assert letters.read_scan(sha256=scan()["sha256"], **given) == (PDF, evidence.PDF)
    picture, media_type = letters.read_scan(sha256=scan(page)["sha256"], **given)
    assert media_type == "image/jpeg"
    assert Image.open(io.BytesIO(picture)).size == (30, 20)
    assert AuditEvent.objects.filter(action="letter.read_scan").count() == 2


def test_letters_are_for_the_office_and_the_team(door: Door, row: Finding) -> None:
    letter = write(door, LetterKind.REMEDY, row)
    people = door.people
    for actor in (people.lan, people.minh, people.dung, people.chi, door.an, door.cuc):
        assert list(Letter.objects.visible_to(actor)) == [letter], actor
    for actor in (people.binh, people.phuong, people.giang, people.ha):
        assert not Letter.objects.visible_to(actor).exists(), actor


def test_the_database_refuses_a_result_of_another_kind_of_letter(door: Door, row: Finding) -> None:
    letter = write(door, LetterKind.REMEDY, row)
    changes = {"result": "accepted", "result_by": door.people.lan, "result_at": THEN}
    with pytest.raises(IntegrityError, match="letter_result_complete"), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(**changes)
