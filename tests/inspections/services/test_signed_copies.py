"""Signed papers that come back: sound ones count, the others wait for another person."""

from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfWriter

from inspections import evidence
from inspections.errors import InvalidInput, NotAllowed, SamePerson, VersionConflict, WrongState
from inspections.models import AuditEvent, CopyForm, CopyState, SignedCopy
from inspections.services import signed_copies
from inspections.signed_copies import Doubt, Finding, Verdict
from tests.builders import make_user
from tests.inspections.services.issued import (
    Issued,
    hand_in,
    make_draft,
    make_issued,
    number,
    submit,
)
from tests.inspections.services.months import DRAW_DAY
from tests.inspections.services.test_minutes import jpeg
from tests.inspections.signed_pdfs import annotate, box, change, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued() -> Issued:
    return make_issued()


def doubts(copy: SignedCopy) -> set[Doubt]:
    return {one.code for one in Verdict.from_json(copy.verdict).findings}


def blank_pdf() -> bytes:
    """Return a PDF that is nobody's paper."""
    written, writer = BytesIO(), PdfWriter()
    writer.add_blank_page(595, 842)
    writer.write(written)
    return written.getvalue()


def decide(issued: Issued, copy: SignedCopy, *, accept: bool = True, **given: object) -> SignedCopy:
    facts = {"actor": issued.lan, "version": copy.version, "reason": "Đã xem", "now": DRAW_DAY}
    return signed_copies.decide(copy=copy, accept=accept, **(facts | given))  # type: ignore[arg-type]


# --- Digital files ---------------------------------------------------------------------------


def test_a_signed_file_that_is_sound_counts_at_once(issued: Issued) -> None:
    content = sign(issued.pdf)
    copy = hand_in(issued.chi, issued.paper, content)
    assert (copy.form, copy.state, copy.decided_by) == (CopyForm.FILE, CopyState.SOUND, None)
    assert Verdict.from_json(copy.verdict).signatures[0].signer == "Sở Nội vụ"
    assert evidence.original(copy.sha256) == content
    assert list(SignedCopy.objects.counting()) == [copy]


def test_a_changed_file_is_kept_and_waits_with_what_was_found(issued: Issued) -> None:
    wall = change(issued.pdf, annotate(box(0, 0, 210, 297)))
    copy = hand_in(issued.chi, issued.paper, sign(wall))
    assert copy.state == CopyState.WAITING
    assert doubts(copy) == {Doubt.MARK_TOO_LARGE}
    assert evidence.is_kept(copy.sha256)
    assert not SignedCopy.objects.counting().exists()


def test_a_file_made_from_the_paper_before_its_number_waits_for_a_look_at_the_number(
    issued: Issued,
) -> None:
    early = change(bytes(issued.paper.signing_pdf or b""), annotate(box(40, 250, 50, 8)))
    copy = hand_in(issued.chi, issued.paper, sign(early))
    assert doubts(copy) == {Doubt.SIGNED_BEFORE_NUMBER}


def test_the_same_bytes_again_are_the_same_copy(issued: Issued) -> None:
    content = sign(issued.pdf)
    copy = hand_in(issued.chi, issued.paper, content)
    events = AuditEvent.objects.count()
    assert hand_in(issued.lan, issued.paper, content) == copy
    assert AuditEvent.objects.count() == events


def test_nothing_comes_back_of_a_paper_that_was_not_issued(issued: Issued) -> None:
    month = issued.month
    waiting = submit(month, make_draft(month, issued.plan, replaces=issued.paper))
    with pytest.raises(WrongState):
        hand_in(issued.chi, waiting, sign(bytes(waiting.signing_pdf or b"")))
    assert not SignedCopy.objects.exists()


def test_a_signed_copy_still_comes_back_of_a_paper_that_was_replaced(issued: Issued) -> None:
    month = issued.month
    number(month, submit(month, make_draft(month, issued.plan, replaces=issued.paper)), 6)
    issued.paper.refresh_from_db()
    assert hand_in(issued.chi, issued.paper, sign(issued.pdf)).state == CopyState.SOUND


# --- Scans -----------------------------------------------------------------------------------


def test_a_scan_waits_with_the_code_that_is_printed_on_it_however_it_was_typed(
    issued: Issued,
) -> None:
    code = str(issued.paper.code)
    typed = f" {code[:4].upper()}-{code[4:8]} {code[8:]}"
    copy = hand_in(issued.chi, issued.paper, jpeg(), code=typed, media_type="image/jpeg")
    assert (copy.form, copy.state, copy.verdict) == (CopyForm.SCAN, CopyState.WAITING, None)


def test_a_scan_with_the_code_of_another_paper_is_refused(issued: Issued) -> None:
    with pytest.raises(InvalidInput) as refused:
        hand_in(issued.chi, issued.paper, jpeg(), code="0" * 32, media_type="image/jpeg")
    assert refused.value.code == "wrong_code"
    assert not SignedCopy.objects.exists()


@pytest.mark.parametrize(
    ("content", "media_type", "with_code", "code"),
    [
        (b"%PDF-", "image/jpeg", False, "code_missing"),
        (b"GIF89a", "image/gif", True, "wrong_media_type"),
        (b"no picture", "image/png", True, "not_a_picture"),
        (b"no paper", "application/pdf", False, "not_a_pdf"),
    ],
)
def test_what_is_no_paper_is_refused(
    issued: Issued, content: bytes, media_type: str, code: str, *, with_code: bool
) -> None:
    printed = issued.paper.code if with_code else None
    with pytest.raises(InvalidInput) as refused:
        hand_in(issued.chi, issued.paper, content, media_type=media_type, code=printed)
    assert refused.value.code == code
    assert not SignedCopy.objects.exists()


def test_bytes_that_came_as_a_file_are_not_made_a_scan(issued: Issued) -> None:
    content = sign(issued.pdf)
    hand_in(issued.chi, issued.paper, content)
    with pytest.raises(WrongState) as refused:
        hand_in(issued.chi, issued.paper, content, code=issued.paper.code)
    assert refused.value.code == "other_form"


# --- Decisions -------------------------------------------------------------------------------


@pytest.fixture
def waiting(issued: Issued) -> SignedCopy:
    code = issued.paper.code
    return hand_in(issued.chi, issued.paper, jpeg(), code=code, media_type="image/jpeg")


@pytest.mark.parametrize(
    ("accept", "state"), [(True, CopyState.CONFIRMED), (False, CopyState.DECLINED)]
)
def test_another_person_decides_with_a_reason(
    issued: Issued, waiting: SignedCopy, state: CopyState, *, accept: bool
) -> None:
    copy = decide(issued, waiting, accept=accept, reason="  Dấu rõ, đúng số  ")
    assert (copy.state, copy.decided_by, copy.reason) == (state, issued.lan, "Dấu rõ, đúng số")
    assert SignedCopy.objects.counting().exists() is accept
    assert AuditEvent.objects.latest("position").action.startswith("signed_copy.")


def test_nobody_decides_on_what_he_received(issued: Issued, waiting: SignedCopy) -> None:
    with pytest.raises(SamePerson):
        decide(issued, waiting, actor=issued.chi)


def test_a_decision_needs_a_reason(issued: Issued, waiting: SignedCopy) -> None:
    with pytest.raises(InvalidInput):
        decide(issued, waiting, reason=" \u200b")


def test_a_copy_is_decided_on_once(issued: Issued, waiting: SignedCopy) -> None:
    stale = SignedCopy.objects.get()
    decide(issued, waiting)
    with pytest.raises(WrongState):
        decide(issued, stale, actor=issued.minh, accept=False)
    assert SignedCopy.objects.get().state == CopyState.CONFIRMED


def test_a_decision_on_an_older_version_is_refused(issued: Issued, waiting: SignedCopy) -> None:
    with pytest.raises(VersionConflict):
        decide(issued, waiting, version=7)


def test_a_file_that_was_not_made_from_the_paper_is_never_confirmed(issued: Issued) -> None:
    forged = blank_pdf()
    copy = hand_in(issued.chi, issued.paper, forged)
    assert copy.state == CopyState.WAITING
    with pytest.raises(WrongState) as refused:
        decide(issued, copy)
    assert refused.value.code == "not_the_issued_file"
    assert not SignedCopy.objects.counting().exists()
    assert decide(issued, copy, accept=False).state == CopyState.DECLINED


def test_a_file_that_could_not_be_compared_is_judged_by_its_bytes(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Verdict((Finding(Doubt.TOO_MUCH, None),), (), ())
    monkeypatch.setattr(signed_copies, "compare", lambda *_, **__: ended)
    with pytest.raises(WrongState):
        decide(issued, hand_in(issued.chi, issued.paper, blank_pdf()))
    made_from_it = hand_in(issued.chi, issued.paper, sign(issued.pdf))
    assert decide(issued, made_from_it).state == CopyState.CONFIRMED


def test_a_file_made_from_the_paper_before_its_number_may_be_confirmed(issued: Issued) -> None:
    early = sign(bytes(issued.paper.signing_pdf or b""))
    copy = decide(issued, hand_in(issued.chi, issued.paper, early))
    assert copy.state == CopyState.CONFIRMED


def test_nobody_decides_on_what_is_sound(issued: Issued) -> None:
    with pytest.raises(WrongState):
        decide(issued, hand_in(issued.chi, issued.paper, sign(issued.pdf)), accept=False)


@pytest.mark.parametrize("name", ["an", "phuong", "dung", "giang", "ha"])
def test_only_the_office_receives_and_decides(
    issued: Issued, waiting: SignedCopy, name: str
) -> None:
    person = getattr(issued.month.people, name)
    with pytest.raises(NotAllowed):
        hand_in(person, issued.paper, b"%PDF-")
    with pytest.raises(NotAllowed):
        decide(issued, waiting, actor=person)


# --- The database ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": CopyState.SOUND},
        {"state": CopyState.CONFIRMED},
        {"form": CopyForm.FILE},
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    issued: Issued, waiting: SignedCopy, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SignedCopy.objects.update(**wrong)


def test_the_receiver_is_no_second_person_in_the_database_either(
    issued: Issued, waiting: SignedCopy
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SignedCopy.objects.update(
            state=CopyState.CONFIRMED, decided_by=issued.chi, decided_at=DRAW_DAY
        )


# --- Reading ---------------------------------------------------------------------------------


def test_reading_is_on_record(issued: Issued, waiting: SignedCopy) -> None:
    signed_copies.read(actor=issued.minh, copy=waiting, now=DRAW_DAY)
    picture = signed_copies.read_file(actor=issued.minh, copy=waiting, now=DRAW_DAY)
    assert picture.startswith(b"\xff\xd8")
    told = list(AuditEvent.objects.order_by("-position")[:2].values_list("action", flat=True))
    assert told == ["signed_copy.read_file", "signed_copy.read"]


def test_a_pdf_is_handed_out_as_it_came(issued: Issued) -> None:
    content = sign(issued.pdf)
    copy = hand_in(issued.chi, issued.paper, content)
    assert signed_copies.read_file(actor=issued.lan, copy=copy, now=DRAW_DAY) == content


def test_copies_are_seen_with_their_papers(issued: Issued, waiting: SignedCopy) -> None:
    stranger = make_user("Vô danh")
    assert list(SignedCopy.objects.visible_to(issued.lan)) == [waiting]
    assert not SignedCopy.objects.visible_to(stranger).exists()
