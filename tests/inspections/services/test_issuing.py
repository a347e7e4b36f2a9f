"""An official paper: drafted, submitted, numbered once, then bytes that never change."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any, cast
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pypdf import PdfReader

from inspections.documents.content import Text
from inspections.errors import (
    InvalidInput,
    NotAllowed,
    NotFound,
    PaperAltered,
    SamePerson,
    VersionConflict,
    WrongState,
)
from inspections.models import AuditEvent, Paper, PaperKind, PaperPicture, Plan, User, Visit
from inspections.services import attachments, audit, issuing, paper_content, paper_kinds
from inspections.services.paper_kinds import Kind
from inspections.states import PaperState
from tests.builders import make_department
from tests.inspections.documents import papers as samples
from tests.inspections.services import months
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    content,
    make_door,
    photo,
    send,
)
from tests.inspections.services.months import DRAW_DAY, Month, make_month
from tests.inspections.services.test_minutes import jpeg
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
TODAY = DRAW_DAY.date()
KH = PaperKind.MONTHLY_PLAN
BB = PaperKind.VISIT_MINUTES


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.approved(month)


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


def drafted(month: Month, plan: Plan, **given: Any) -> Paper:
    return issuing.draft(
        **({"actor": month.lan, "kind": KH, "plan": plan, "now": DRAW_DAY} | given)
    )


def submitted(month: Month, plan: Plan, **given: Any) -> Paper:
    paper = drafted(month, plan, **given)
    return issuing.submit(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)


def numbered(month: Month, paper: Paper, number: int = 5, **given: Any) -> Paper:
    facts = {"actor": month.people.chi, "version": 2, "dated": TODAY, "now": DRAW_DAY}
    return issuing.number(paper=paper, number=number, **(facts | given))


def issued(month: Month, plan: Plan, number: int = 5, **given: Any) -> Paper:
    return numbered(month, submitted(month, plan, **given), number)


def pdf(user: User, paper: Paper) -> bytes:
    return issuing.read_pdf(actor=user, paper=Paper.objects.get(pk=paper.pk), now=DRAW_DAY)


def told(content: bytes) -> str:
    return "".join(
        "".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages
    )


def packed(text: str) -> str:
    return "".join(text.split())


# --- The draft -------------------------------------------------------------------------------


def test_a_draft_says_so_and_leaves_number_and_date_blank(month: Month, plan: Plan) -> None:
    paper = drafted(month, plan)
    said = told(pdf(month.lan, paper))
    assert "DỰTHẢO" in said
    assert packed("Số: /KH-SNV") in said
    assert packed("ngày tháng năm 2026") in said
    assert "xácthực" not in said
    assert (paper.state, paper.number, paper.code) == (PaperState.DRAFT, None, None)


def test_a_paper_before_its_time_is_refused(month: Month) -> None:
    with pytest.raises(WrongState):
        drafted(month, months.drafted(month))


def test_a_paper_is_about_what_such_papers_are_about(month: Month, plan: Plan) -> None:
    with pytest.raises(InvalidInput) as refused:
        drafted(month, plan, kind=BB)
    assert (refused.value.code, refused.value.params["field"]) == ("wrong_subject", "visit")


def test_a_paper_is_in_hand_once(month: Month, plan: Plan) -> None:
    paper = drafted(month, plan)
    with pytest.raises(WrongState) as refused:
        drafted(month, plan)
    assert refused.value.code == "paper_in_hand"
    issuing.withdraw(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)
    drafted(month, plan)


def test_a_draft_asked_for_again_under_its_id_is_the_same(month: Month, plan: Plan) -> None:
    mine = uuid4()
    paper = drafted(month, plan, id=mine)
    assert drafted(month, plan, id=mine) == paper
    assert AuditEvent.objects.filter(action="paper.draft").count() == 1
    with pytest.raises(WrongState) as refused:
        drafted(month, plan, id=mine, kind=PaperKind.DRAW_MINUTES)
    assert refused.value.code == "id_taken"


# --- Submitted -------------------------------------------------------------------------------


def test_what_is_signed_bears_a_code_and_blanks_and_stays_as_it_is(
    month: Month, plan: Plan
) -> None:
    paper = submitted(month, plan)
    signing = pdf(month.lan, paper)
    said = told(signing)
    assert "DỰTHẢO" not in said
    assert packed("Số: /KH-SNV") in said
    assert f"Mãxácthực:{paper.code}" in said
    assert len(paper.code or "") == 32
    assert hashlib.sha256(signing).hexdigest() == paper.signing_sha256
    plan.reveal_on += timedelta(days=3)
    plan.save()
    assert pdf(month.lan, paper) == signing


def test_every_paper_gets_a_code_of_its_own(month: Month, plan: Plan) -> None:
    codes = {submitted(month, plan, kind=kind).code for kind in (KH, PaperKind.DRAW_MINUTES)}
    assert len(codes) == 2


def test_a_paper_is_submitted_once(month: Month, plan: Plan) -> None:
    paper = submitted(month, plan)
    with pytest.raises(WrongState):
        issuing.submit(actor=month.lan, paper=paper, version=2, now=DRAW_DAY)


def test_a_paper_that_changed_meanwhile_is_not_submitted(month: Month, plan: Plan) -> None:
    paper = drafted(month, plan)
    Paper.objects.update(version=2)
    with pytest.raises(VersionConflict):
        issuing.submit(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)


def test_papers_that_recommend_are_submitted_by_another_person(
    month: Month, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = replace(paper_kinds.KINDS[KH], needs_second_person=True)
    monkeypatch.setitem(cast(dict[PaperKind, Kind], paper_kinds.KINDS), KH, kind)
    paper = drafted(month, plan)
    with pytest.raises(SamePerson):
        issuing.submit(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)
    assert issuing.submit(actor=month.minh, paper=paper, version=1, now=DRAW_DAY).submitted_by


# --- Numbered --------------------------------------------------------------------------------


def test_the_issued_paper_bears_number_and_date_and_the_same_code(month: Month, plan: Plan) -> None:
    paper = issued(month, plan)
    content = pdf(month.lan, paper)
    said = told(content)
    assert packed("Số: 05/KH-SNV") in said
    assert packed("Đồng Tháp, ngày 10 tháng 3 năm 2026") in said
    assert f"Mãxácthực:{paper.code}" in said
    assert hashlib.sha256(content).hexdigest() == paper.sha256
    assert (paper.state, paper.series, paper.year) == (PaperState.ISSUED, "KH-SNV", 2026)
    event = AuditEvent.objects.get(action="paper.issue")
    assert event.details == {"kind": KH, "subject": str(plan.pk), "sha256": paper.sha256}
    assert not list(audit.verify_chain())


def test_nothing_but_number_and_date_differs_from_what_was_signed(month: Month, plan: Plan) -> None:
    paper = issued(month, plan)
    assert told(bytes(paper.pdf or b"")) == told(bytes(paper.signing_pdf or b"")).replace(
        packed("Số: /KH-SNV"), packed("Số: 05/KH-SNV")
    ).replace(packed("ngày tháng năm 2026"), packed("ngày 10 tháng 3 năm 2026"), 1)


def test_an_issued_paper_is_never_set_again(
    month: Month, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = issued(month, plan)
    before = pdf(month.lan, paper)
    monkeypatch.delattr(issuing.layout, "render")
    assert pdf(month.lan, paper) == before


@pytest.mark.parametrize("column", ["pdf", "signing_pdf"])
def test_altered_bytes_are_not_handed_out(month: Month, plan: Plan, column: str) -> None:
    paper = issued(month, plan) if column == "pdf" else submitted(month, plan)
    Paper.objects.update(**{column: b"%PDF-1.4 another"})
    with pytest.raises(PaperAltered) as refused:
        pdf(month.lan, paper)
    assert refused.value.params == {"paper": str(paper.pk)}


def test_a_number_is_given_once_in_its_series_and_year(month: Month, plan: Plan) -> None:
    issued(month, plan, kind=PaperKind.COMMITMENT_MINUTES)
    other = submitted(month, plan, kind=PaperKind.DRAW_MINUTES)
    with pytest.raises(WrongState) as refused:
        numbered(month, other)
    assert refused.value.code == "number_taken"
    other.refresh_from_db()
    assert (other.state, other.number, other.pdf) == (PaperState.SUBMITTED, None, None)
    later = DRAW_DAY + timedelta(days=365)
    next_year = numbered(month, other, dated=later.date(), now=later)
    assert (next_year.number, next_year.year) == (5, 2027)
    issued(month, plan)  # another series: KH-SNV


@pytest.mark.parametrize(
    ("number", "dated", "field"),
    [
        (0, TODAY, "number"),
        (-1, TODAY, "number"),
        (100_000, TODAY, "number"),
        (5, TODAY + timedelta(days=1), "dated"),
    ],
)
def test_what_is_no_number_and_no_date_is_refused(
    month: Month, plan: Plan, number: int, dated: date, field: str
) -> None:
    paper = submitted(month, plan)
    with pytest.raises(InvalidInput) as refused:
        numbered(month, paper, number, dated=dated)
    assert refused.value.params["field"] == field


def test_a_paper_is_not_dated_before_its_plan(month: Month, plan: Plan) -> None:
    first = timezone.localdate(plan.created_at)
    paper = submitted(month, plan)
    with pytest.raises(InvalidInput) as refused:
        numbered(month, paper, dated=first - timedelta(days=1))
    assert (refused.value.code, refused.value.params["field"]) == ("date_too_early", "dated")
    assert numbered(month, paper, dated=first).state == PaperState.ISSUED


def test_a_paper_is_not_dated_before_the_one_that_it_replaces(month: Month, plan: Plan) -> None:
    second = submitted(month, plan, replaces=issued(month, plan))
    with pytest.raises(InvalidInput) as refused:
        numbered(month, second, 6, dated=TODAY - timedelta(days=1))
    assert refused.value.code == "date_too_early"
    assert numbered(month, second, 6).state == PaperState.ISSUED


def test_a_paper_is_not_dated_before_its_visit(door: Door) -> None:
    send(door.an, closing(door))
    visit = Visit.objects.get()
    assert visit.date
    paper = issuing.draft(actor=door.people.lan, kind=BB, visit=visit, now=LATER)
    issuing.submit(actor=door.people.lan, paper=paper, version=1, now=LATER)
    facts = {"actor": door.people.chi, "paper": paper, "version": 2, "number": 5, "now": LATER}
    with pytest.raises(InvalidInput) as refused:
        issuing.number(dated=visit.date - timedelta(days=1), **facts)
    assert refused.value.code == "date_too_early"
    assert issuing.number(dated=visit.date, **facts).state == PaperState.ISSUED


def test_a_draft_gets_no_number(month: Month, plan: Plan) -> None:
    paper = drafted(month, plan)
    with pytest.raises(WrongState):
        numbered(month, paper, version=1)


@pytest.mark.parametrize("name", ["lan", "minh", "an", "dung", "phuong", "giang", "ha"])
def test_nobody_but_the_clerk_numbers(month: Month, plan: Plan, name: str) -> None:
    paper = submitted(month, plan)
    with pytest.raises(NotAllowed):
        numbered(month, paper, actor=getattr(month.people, name))


def test_a_number_is_entered_once(month: Month, plan: Plan) -> None:
    paper = issued(month, plan)
    with pytest.raises(WrongState):
        numbered(month, paper, 6, version=3)


# --- Withdrawn and replaced ------------------------------------------------------------------


def test_a_paper_is_taken_back_before_it_is_issued_and_not_after(month: Month, plan: Plan) -> None:
    paper = submitted(month, plan)
    signing = pdf(month.lan, paper)
    back = issuing.withdraw(actor=month.people.chi, paper=paper, version=2, now=DRAW_DAY)
    assert back.state == PaperState.WITHDRAWN
    assert pdf(month.lan, back) == signing
    with pytest.raises(WrongState):
        numbered(month, back, version=3)
    paper = issued(month, plan)
    with pytest.raises(WrongState):
        issuing.withdraw(actor=month.lan, paper=paper, version=3, now=DRAW_DAY)


def test_a_draft_taken_back_is_not_printed_any_more(month: Month, plan: Plan) -> None:
    paper = drafted(month, plan)
    issuing.withdraw(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)
    with pytest.raises(NotFound):
        pdf(month.lan, paper)


def test_an_issued_paper_is_replaced_by_one_that_names_it(month: Month, plan: Plan) -> None:
    old = issued(month, plan)
    with pytest.raises(WrongState) as refused:
        drafted(month, plan)
    assert refused.value.code == "paper_in_force"
    new = submitted(month, plan, replaces=old)
    old.refresh_from_db()
    assert old.state == PaperState.ISSUED
    new = numbered(month, new, 6)
    old.refresh_from_db()
    assert (old.state, new.state) == (PaperState.REPLACED, PaperState.ISSUED)
    assert packed("Kế hoạch này thay thế Kế hoạch số 05/KH-SNV ngày 10 tháng 3 năm 2026.") in told(
        pdf(month.lan, new)
    )
    assert pdf(month.lan, old) == bytes(old.pdf or b"")
    with pytest.raises(WrongState) as refused:
        drafted(month, plan, replaces=old)
    assert refused.value.code == "not_in_force"


def test_a_paper_does_not_replace_one_of_another_kind(month: Month, plan: Plan) -> None:
    old = issued(month, plan)
    with pytest.raises(WrongState) as refused:
        drafted(month, plan, kind=PaperKind.DRAW_MINUTES, replaces=old)
    assert refused.value.code == "not_in_force"


# --- Narrative papers ------------------------------------------------------------------------


def test_a_narrative_paper_says_what_was_written_into_its_draft(
    month: Month, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = replace(paper_kinds.KINDS[KH], narrative=True)
    monkeypatch.setitem(cast(dict[PaperKind, Kind], paper_kinds.KINDS), KH, kind)
    paper = drafted(month, plan)
    first, *_ = paper_content.content_of(paper, DRAW_DAY)
    own = replace(first, body=(Text("Nội dung của văn thư./."),))
    changed = issuing.change(actor=month.lan, paper=paper, version=1, content=[own], now=DRAW_DAY)
    sent = issuing.submit(actor=month.lan, paper=changed, version=2, now=DRAW_DAY)
    assert "Nộidungcủavănthư./." in told(pdf(month.lan, sent))
    with pytest.raises(WrongState):
        issuing.change(actor=month.lan, paper=sent, version=3, content=[own], now=DRAW_DAY)


def test_a_paper_that_follows_from_the_record_is_not_written_into(month: Month, plan: Plan) -> None:
    paper = drafted(month, plan)
    with pytest.raises(WrongState) as refused:
        issuing.change(
            actor=month.lan, paper=paper, version=1, content=[samples.paper()], now=DRAW_DAY
        )
    assert refused.value.code == "not_narrative"


# --- Minutes of a visit ----------------------------------------------------------------------


def minutes_of(door: Door, actor: User | None = None, **given: Any) -> Paper:
    visit = Visit.objects.get(pk=door.visit.pk)
    facts = {"kind": BB, "visit": visit, "now": LATER}
    return issuing.draft(actor=actor or door.an, **(facts | given))


def test_minutes_are_submitted_when_the_visit_is_closed(door: Door) -> None:
    send(door.an, content(door, findings=[finding()]))
    paper = minutes_of(door)
    with pytest.raises(WrongState) as refused:
        issuing.submit(actor=door.an, paper=paper, version=1, now=LATER)
    assert refused.value.code == "not_closed"
    send(door.an, closing(door))
    paper = issuing.submit(
        actor=door.an, paper=Paper.objects.get(pk=paper.pk), version=1, now=LATER
    )
    assert paper.series == "BB-ĐKT"


def test_what_is_filed_later_changes_no_minutes_that_wait_for_a_number(door: Door) -> None:
    send(door.an, closing(door, findings=[finding()]))
    paper = minutes_of(door)
    paper = issuing.submit(actor=door.an, paper=paper, version=1, now=LATER)
    send(
        door.cuc,
        content(
            door, suggestions=[{"id": str(uuid4()), "text": "Mở thêm quầy số bảy", "person": None}]
        ),
    )
    paper = issuing.number(
        actor=door.people.chi, paper=paper, version=2, number=1, dated=LATER.date(), now=LATER
    )
    said = told(bytes(paper.pdf or b""))
    assert packed("Số: 01/BB-ĐKT") in said
    assert "quầysốbảy" not in said


def test_photographs_wait_with_the_minutes_and_go_into_the_issued_bytes(door: Door) -> None:
    data = jpeg()
    sent = send(
        door.an,
        closing(
            door,
            findings=[
                finding(evidence=[{"sha256": hashlib.sha256(data).hexdigest(), "caption": "Quầy"}])
            ],
            attachments=[photo(data)],
        ),
    )
    attachments.receive(
        actor=door.an,
        submission=sent,
        sha256=hashlib.sha256(data).hexdigest(),
        pieces=[data],
        now=LATER,
    )
    paper = issuing.submit(actor=door.an, paper=minutes_of(door), version=1, now=LATER)
    assert PaperPicture.objects.filter(paper=paper).count() == 1
    paper = issuing.number(
        actor=door.people.chi, paper=paper, version=2, number=1, dated=LATER.date(), now=LATER
    )
    assert PaperPicture.objects.count() == 0
    images = [
        image for page in PdfReader(BytesIO(bytes(paper.pdf or b""))).pages for image in page.images
    ]
    assert len(images) == 1


def test_reading_papers_of_a_visit_is_on_record(door: Door) -> None:
    send(door.an, closing(door))
    paper = minutes_of(door)
    issuing.read_pdf(actor=door.people.lan, paper=paper, now=LATER)
    assert AuditEvent.objects.get(action="paper.read").object_id == str(paper.pk)


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("lan", True),
        ("minh", True),
        ("an", True),
        ("binh", False),
        ("chi", True),
        ("phuong", False),
        ("dung", False),
        ("giang", False),
        ("ha", False),
    ],
)
def test_papers_of_a_visit_are_for_the_office_and_its_team(
    door: Door, name: str, *, sees: bool
) -> None:
    send(door.an, closing(door))
    minutes_of(door)
    assert Paper.objects.visible_to(getattr(door.people, name)).exists() is sees


def test_papers_of_plans_are_for_everybody_with_a_role(month: Month, plan: Plan) -> None:
    drafted(month, plan)
    for user in User.objects.all():
        assert Paper.objects.visible_to(user).count() == 1
    assert not Paper.objects.visible_to(User.objects.create_user("ai", full_name="Ai")).exists()


# --- What the database refuses ---------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"state": PaperState.SUBMITTED},
        {"state": PaperState.ISSUED},
        {"state": PaperState.WITHDRAWN},
        {"number": 5},
        {"code": "0" * 32},
        {"plan": None},
    ],
)
def test_a_draft_holds_nothing_of_a_later_state(
    month: Month, plan: Plan, values: dict[str, Any]
) -> None:
    drafted(month, plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.update(**values)


def test_an_issued_paper_is_dated_in_its_year(month: Month, plan: Plan) -> None:
    issued(month, plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.update(year=2025)
