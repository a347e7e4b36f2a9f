"""Submissions: received once, never overwritten, and set aside for a person where something is doubtful."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import InvalidInput, NotAllowed, NotFound, SamePerson, WrongState
from inspections.models import (
    AuditEvent,
    Role,
    SetAside,
    Submission,
    SubmissionConflict,
    SubmissionState,
)
from inspections.services import audit, devices, filing
from inspections.states import VisitState
from tests.builders import NOW
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    content,
    in_the_format_before,
    make_door,
    photo,
    roll_call,
    send,
    signed,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    return make_door()


def state_of(door: Door) -> str:
    door.visit.refresh_from_db()
    return door.visit.state


def from_paper(door: Door) -> dict[str, Any]:
    """What the office enters: the scan of the signed minutes is the original."""
    scan = photo(b"%PDF-1.7", "application/pdf")
    return closing(door, from_paper=True, original=[scan["sha256"]], attachments=[scan])


def settle(door: Door, submission: Submission, *, accept: bool, **fields: Any) -> Submission:
    return filing.settle(
        actor=door.people.lan,
        submission=submission,
        version=submission.version,
        accept=accept,
        reason="Đã gọi điện xác minh",
        now=LATER,
        **fields,
    )


def test_a_submission_is_kept_as_it_came(door: Door) -> None:
    said = content(door, opinion={"text": "Đồng ý", "reservations": []})
    submission = send(door.an, said)
    submission.refresh_from_db()
    assert bytes(submission.body) == json.dumps(said, ensure_ascii=False).encode()
    assert (submission.received_at, submission.state) == (LATER, SubmissionState.COMPLETE)
    assert not list(audit.verify_chain())


def test_the_same_bytes_again_are_the_same_submission(door: Door) -> None:
    under = uuid4()
    first = send(door.an, content(door), under=under)
    again = send(door.an, content(door), under=under)
    assert first == again
    assert Submission.objects.count() == 1
    assert AuditEvent.objects.filter(action="submission.receive").count() == 1


def test_other_bytes_under_the_id_are_a_conflict_and_both_are_kept(door: Door) -> None:
    under = uuid4()
    first = send(door.an, content(door), under=under)
    other = content(door, signed_on="2026-03-02")
    for _ in range(2):
        with pytest.raises(WrongState) as refused:
            send(door.an, other, under=under)
        assert refused.value.code == "other_content"
    bodies = filing.read_bodies(actor=door.people.lan, submission=first, now=LATER)
    assert [one["content"]["signed_on"] for one in bodies] == [None, "2026-03-02"]
    assert SubmissionConflict.objects.count() == 1


def test_another_person_does_not_send_under_ones_id(door: Door) -> None:
    under = uuid4()
    send(door.an, content(door), under=under)
    with pytest.raises(WrongState):
        send(door.cuc, content(door), under=under)


def test_a_part_lets_the_visit_arrive_and_the_leaders_closes_it(door: Door) -> None:
    send(door.cuc, content(door, roll_calls=[roll_call()]))
    assert state_of(door) == VisitState.ARRIVED
    assert door.visit.arrived_at is None  # nobody pressed the button: the server knows no time
    send(door.an, closing(door))
    assert state_of(door) == VisitState.FILED


def test_a_part_that_comes_after_the_closing_is_an_annex(door: Door) -> None:
    before = send(door.cuc, content(door))
    send(door.an, closing(door))
    after = send(door.cuc, content(door, signed_on="2026-03-02"))
    assert (before.is_annex, after.is_annex, after.set_aside) == (False, True, None)


def test_a_correction_takes_the_place_of_what_it_names(door: Door) -> None:
    first = send(door.an, closing(door))
    second = send(door.an, closing(door, replaces=str(first.pk), signed_on="2026-03-02"))
    assert second.set_aside is None
    assert list(Submission.objects.counting()) == [second]
    assert Submission.objects.count() == 2


def test_what_was_corrected_is_not_corrected_twice(door: Door) -> None:
    first = send(door.an, closing(door))
    send(door.an, closing(door, replaces=str(first.pk)))
    late = send(door.an, closing(door, replaces=str(first.pk), signed_on="2026-03-02"))
    assert late.set_aside == SetAside.CANNOT_REPLACE


@pytest.mark.parametrize(
    ("missing", "code"),
    [({"roll_calls": []}, "roll_call_missing"), ({"answers": []}, "core_items_missing")],
    ids=["roll call", "core items"],
)
def test_a_visit_is_not_closed_without_what_rates_rest_on(
    door: Door, missing: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(door.an, closing(door, **missing))
    assert refused.value.code == code
    assert state_of(door) == VisitState.RELEASED
    assert not Submission.objects.exists()


def test_a_door_that_was_shut_needs_no_answers(door: Door) -> None:
    send(door.an, closing(door, outcome="closed_at_arrival", roll_calls=[], answers=[]))
    assert state_of(door) == VisitState.FILED


def test_an_item_counts_as_answered_only_when_it_was_checked(door: Door) -> None:
    answers = closing(door)["answers"]
    answers[0] |= {"answer": "not_checked"}
    with pytest.raises(InvalidInput) as refused:
        send(door.an, closing(door, answers=answers))
    assert refused.value.code == "core_items_missing"


def test_what_the_office_changed_meanwhile_sets_aside_and_loses_nothing(door: Door) -> None:
    door.visit.members.all().delete()
    submission = send(door.an, closing(door))
    assert submission.set_aside == SetAside.VISIT_NOT_OPEN
    assert (submission.state, submission.visit) == (SubmissionState.SET_ASIDE, None)
    assert state_of(door) == VisitState.RELEASED


def test_a_visit_that_is_hidden_and_one_that_is_not_there_are_one_answer(door: Door) -> None:
    hidden = send(door.people.binh, content(door))
    nowhere = send(door.people.binh, content(door, visit=str(uuid4())))
    assert hidden.set_aside == nowhere.set_aside == SetAside.VISIT_NOT_OPEN
    assert hidden.visit is nowhere.visit is None


def test_somebody_else_than_the_leader_closes_only_with_a_persons_word(door: Door) -> None:
    submission = send(door.cuc, closing(door))
    assert submission.set_aside == SetAside.NOT_THE_LEADER
    accepted = settle(door, submission, accept=True)
    assert accepted.state == SubmissionState.COMPLETE
    assert state_of(door) == VisitState.FILED


def test_a_second_closing_waits_and_cannot_be_accepted_beside_the_first(door: Door) -> None:
    send(door.an, closing(door))
    second = send(door.an, closing(door, signed_on="2026-03-02"))
    assert second.set_aside == SetAside.CLOSED_ALREADY
    with pytest.raises(WrongState) as refused:
        settle(door, second, accept=True)
    assert refused.value.code == "closed_already"
    assert settle(door, second, accept=False).state == SubmissionState.DECLINED


def test_a_checklist_that_nobody_published_sets_aside(door: Door) -> None:
    assert send(door.an, content(door, checklist=9)).set_aside == SetAside.UNKNOWN_CHECKLIST


def test_an_accepted_submission_counts_for_the_visit_that_a_person_names(door: Door) -> None:
    lost = send(door.an, content(door, visit=str(uuid4())))
    with pytest.raises(InvalidInput):
        settle(door, lost, accept=True)
    found = settle(door, lost, accept=True, visit=door.visit)
    assert found.visit == door.visit
    assert state_of(door) == VisitState.ARRIVED
    with pytest.raises(WrongState):
        settle(door, found, accept=False)


def test_a_part_that_is_accepted_after_the_closing_is_an_annex(door: Door) -> None:
    lost = [send(door.an, content(door, visit=str(uuid4()))) for _ in range(2)]
    before = settle(door, lost[0], accept=True, visit=door.visit)
    send(door.an, closing(door))
    after = settle(door, lost[1], accept=True, visit=door.visit)
    assert (before.is_annex, after.is_annex) == (False, True)


def test_a_correction_that_overtook_what_it_names_takes_its_place_when_accepted(door: Door) -> None:
    under = uuid4()
    early = send(door.an, closing(door, replaces=str(under), signed_on="2026-03-02"))
    assert early.set_aside == SetAside.CANNOT_REPLACE
    first = send(door.an, closing(door), under=under)
    assert settle(door, early, accept=True).replaces == first
    assert list(Submission.objects.counting()) == [early]


def test_a_closing_that_would_replace_a_part_does_not_close_a_visit_twice(door: Door) -> None:
    part = send(door.an, content(door))
    send(door.an, closing(door))
    second = send(door.an, closing(door, replaces=str(part.pk)))
    assert second.set_aside == SetAside.CANNOT_REPLACE
    with pytest.raises(WrongState) as refused:
        settle(door, second, accept=True)
    assert refused.value.code == "closed_already"
    assert Submission.objects.counting().filter(closes=True).count() == 1


def test_nobody_decides_on_what_he_sent(door: Door) -> None:
    door.an.grants.create(role=Role.PLANNER, granted_at=NOW)
    an = type(door.an).objects.get(pk=door.an.pk)
    lost = send(an, content(door, visit=str(uuid4())))
    with pytest.raises(SamePerson):
        filing.settle(actor=an, submission=lost, version=1, accept=False, reason="x", now=LATER)


def test_staff_enter_what_was_written_on_paper(door: Door) -> None:
    submission = send(door.people.chi, from_paper(door))
    assert submission.set_aside is None
    assert state_of(door) == VisitState.FILED


@pytest.mark.parametrize("older", [False, True], ids=["this format", "the one before"])
@pytest.mark.parametrize("closes", [True, False], ids=["a closing", "an annex"])
def test_what_was_written_on_paper_needs_its_signed_original(
    door: Door, older: bool, closes: bool
) -> None:
    said = from_paper(door) | {"original": [], "attachments": []}
    if not closes:
        send(door.an, closing(door))
        said |= {"closes": False}
    if older:
        said = in_the_format_before(said)
    with pytest.raises(InvalidInput) as refused:
        send(door.people.chi, said)
    assert [one["code"] for one in refused.value.params["problems"]] == ["original_missing"]


def test_a_signature_on_the_tablet_is_bound_to_what_came(door: Door) -> None:
    said = closing(door)
    assert send(door.cuc, content(door)).signatures_match is None
    first = send(door.an, signed(said))
    assert first.signatures_match is True
    other = closing(door, replaces=str(first.pk), opinion={"text": "Đồng ý", "reservations": []})
    strange = send(door.an, signed(other, as_said=said))
    assert (strange.set_aside, strange.signatures_match) == (None, False)


def test_what_was_said_in_the_format_before_is_still_taken(door: Door) -> None:
    assert send(door.an, in_the_format_before(closing(door))).set_aside is None
    assert state_of(door) == VisitState.FILED


def test_staff_do_not_file_as_if_they_had_been_there(door: Door) -> None:
    assert send(door.people.chi, content(door)).set_aside == SetAside.VISIT_NOT_OPEN


def test_only_those_who_inspect_or_enter_send(door: Door) -> None:
    for name in ("minh", "phuong", "dung", "giang", "ha"):
        with pytest.raises(NotAllowed):
            send(getattr(door.people, name), content(door))


def from_device(device: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(device.pk),
        "app": "1.0.0",
        "time": "2020-01-01T00:00:00+07:00",
        "monotonic_ms": 5_000,
    } | changes


def test_a_device_is_proven_by_its_key_and_its_clock_stays_its_own(door: Door) -> None:
    device, key = devices.enrol(actor=door.people.ha, name="Máy 1", now=NOW)
    said = content(door, device=from_device(device))
    sha256 = send(door.an, said).sha256
    proven = send(door.an, said, proof=devices.proof(key, sha256))
    assert (proven.set_aside, proven.device) == (None, device)
    assert proven.device_time is not None
    assert (proven.device_time.year, proven.received_at) == (2020, LATER)


@pytest.mark.parametrize("year", [1970, 2000, 2099, 2155])
def test_a_clock_that_is_years_off_refuses_nothing(door: Door, year: int) -> None:
    device, key = devices.enrol(actor=door.people.ha, name="Máy 1", now=NOW)
    said = content(door, device=from_device(device, time=f"{year}-01-01T00:00:00+07:00"))
    body = json.dumps(said, ensure_ascii=False).encode()
    proof = devices.proof(key, hashlib.sha256(body).hexdigest())
    submission = send(door.an, said, proof=proof)
    assert (submission.set_aside, submission.received_at) == (None, LATER)
    assert submission.device_time == datetime.fromisoformat(said["device"]["time"])


def test_a_device_without_proof_or_unknown_sets_aside(door: Door) -> None:
    device, key = devices.enrol(actor=door.people.ha, name="Máy 1", now=NOW)
    said = content(door, device=from_device(device))
    for proof in (None, "0" * 64, devices.proof(key, "0" * 64), "máy", "é" * 64):
        assert send(door.an, said, proof=proof).set_aside == SetAside.DEVICE_NOT_PROVEN
    stranger = content(door, device=from_device(device, id=str(uuid4())))
    assert send(door.an, stranger).set_aside == SetAside.DEVICE_NOT_PROVEN


def test_what_a_revoked_device_sends_is_received_and_set_aside(door: Door) -> None:
    device, key = devices.enrol(actor=door.people.ha, name="Máy 1", now=NOW)
    devices.revoke(actor=door.people.ha, device=device, version=1, now=NOW)
    said = content(door, device=from_device(device))
    sha256 = send(door.an, said).sha256
    late = send(door.an, said, proof=devices.proof(key, sha256))
    assert late.set_aside == SetAside.DEVICE_REVOKED


def test_one_reads_what_one_sent_or_what_was_filed_at_ones_visit(door: Door) -> None:
    mine = send(door.an, content(door))
    alone = send(door.people.binh, content(door))

    def seen(actor: Any) -> set[Submission]:
        return set(Submission.objects.visible_to(actor))

    assert seen(door.an) == seen(door.cuc) == {mine}
    assert seen(door.people.binh) == {alone}
    assert seen(door.people.lan) == seen(door.people.minh) == {mine, alone}
    assert seen(door.people.dung) == seen(door.people.ha) == set()
    with pytest.raises(NotFound):
        filing.read_bodies(actor=door.people.binh, submission=mine, now=LATER)


def test_reading_what_was_said_is_on_record(door: Door) -> None:
    submission = send(door.an, content(door))
    filing.read_bodies(actor=door.people.lan, submission=submission, now=LATER)
    event = AuditEvent.objects.get(action="submission.read")
    assert (event.actor_id, event.object_id) == (door.people.lan.pk, str(submission.pk))


def test_a_submission_is_complete_when_its_files_are_here(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo()]))
    assert submission.state == SubmissionState.WAITING
