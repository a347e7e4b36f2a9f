"""Papers: printed when the plan has come to them; those that name a unit are sealed, the others name none."""

import hashlib
import random

import pytest
from django.db import IntegrityError, transaction

from inspections import sealing
from inspections.errors import NotAllowed, NotFound, SealBroken, WrongState
from inspections.models import (
    AuditEvent,
    Department,
    Document,
    DocumentKind,
    Plan,
    Role,
    Unit,
    UnitKind,
    User,
)
from inspections.sealing import keyring
from inspections.services import commitment, papers, rosters, users
from inspections.services.keys import document_context
from inspections.states import PlanState
from tests.builders import NOW, make_user
from tests.inspections.database import contents, refused
from tests.inspections.documents.reading import text
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, IN_STATE, RULE, Month, make_month

pytestmark = pytest.mark.django_db

APPENDIX = DocumentKind.RESTRICTED_APPENDIX
OPEN_KINDS = [kind for kind in DocumentKind if kind is not APPENDIX]

# What a plan has come to in each state; the other papers are refused.
COMMITTED = {DocumentKind.MONTHLY_PLAN, DocumentKind.COMMITMENT_MINUTES}
DRAWN = COMMITTED | {DocumentKind.DRAW_MINUTES}
PRINTED_IN = {
    PlanState.DRAFT: set(),
    PlanState.FROZEN: set(),
    PlanState.ENDORSED: COMMITTED,
    PlanState.DRAWN: DRAWN,
    PlanState.SCHEDULED: DRAWN | {APPENDIX},
    PlanState.APPROVED: DRAWN | {APPENDIX},
    PlanState.ACTIVE: DRAWN | {APPENDIX},
    PlanState.CLOSED: DRAWN,
    PlanState.REVEALED: DRAWN,
    PlanState.CANCELLED: set(),
}

NAMES = [
    "Xã Láng Biển",
    "Xã Tân Hộ Cơ",
    "Phường Trung An",
    "Xã Gò Công Đông",
    "Xã Vĩnh Kim",
    "Xã Ba Sao",
    "Phường Sơn Qui",
    "Xã Bình Trưng",
    "Xã Hậu Mỹ",
    "Xã Ngũ Hiệp",
    "Xã Mỹ Thiện",
    "Xã Kim Sơn",
]


@pytest.fixture
def month(db: None) -> Month:
    """A month whose units and inspectors have names that stand nowhere else in a paper."""
    month = make_month()
    for number, (unit, name) in enumerate(zip(month.units, NAMES, strict=True)):
        unit.name, unit.code = name, f"ĐV-{number:02}"
        unit.save()
    for inspector in month.inspectors:
        inspector.full_name = f"Huỳnh Ngọc {inspector.full_name}"
        inspector.save()
    return month


def print_paper(user: User, plan: Plan, kind: DocumentKind) -> Document:
    return papers.print_paper(
        actor=User.objects.get(pk=user.pk), plan=plan, kind=kind, now=DRAW_DAY
    )


def read(user: User, document: Document) -> bytes:
    return papers.read_document(actor=User.objects.get(pk=user.pk), document=document, now=DRAW_DAY)


def squeezed(name: str) -> str:
    """A name without spaces and capitals: papers write "xã" where the data say "Xã"."""
    return "".join(name.split()).casefold()


def told_by(pdf: bytes) -> str:
    """What a paper says, without spaces and capitals."""
    return squeezed(text(pdf))


# --- When, and by whom -----------------------------------------------------------------------


def test_every_state_is_asked_for_every_paper() -> None:
    assert PRINTED_IN.keys() == set(PlanState)


@pytest.mark.parametrize("state", PlanState)
def test_a_paper_is_printed_when_the_plan_has_come_to_it(month: Month, state: PlanState) -> None:
    plan = IN_STATE[state](month)
    for kind in DocumentKind:
        if kind not in PRINTED_IN[state]:
            error = refused(lambda kind=kind: print_paper(month.lan, plan, kind))
            assert type(error) is WrongState, kind
            continue
        paper = print_paper(month.lan, plan, kind)
        assert read(month.lan, paper).startswith(b"%PDF-")
        event = AuditEvent.objects.get(action="document.print", object_id=str(paper.pk))
        assert event.details == {"kind": kind.value, "plan": str(plan.pk)}


@pytest.mark.parametrize("name", ["lan", "minh", "chi"])
def test_planners_approvers_and_clerks_print_papers_that_name_no_unit(
    month: Month, name: str
) -> None:
    plan = months.drawn(month)
    for kind in OPEN_KINDS:
        paper = print_paper(getattr(month.people, name), plan, kind)
        assert not paper.is_restricted


@pytest.mark.parametrize("name", ["an", "phuong", "dung", "giang", "ha"])
def test_nobody_else_prints(month: Month, name: str) -> None:
    plan = months.approved(month)
    for kind in DocumentKind:
        error = refused(lambda kind=kind: print_paper(getattr(month.people, name), plan, kind))
        assert type(error) is NotAllowed


@pytest.mark.parametrize("state", [PlanState.ENDORSED, PlanState.APPROVED])
def test_a_clerk_is_told_the_same_of_the_appendix_whether_it_could_be_printed_or_not(
    month: Month, state: PlanState
) -> None:
    plan = IN_STATE[state](month)
    error = refused(lambda: print_paper(month.people.chi, plan, APPENDIX), but="roster.denied")
    assert type(error) is NotFound


def test_a_closed_account_prints_no_appendix(month: Month) -> None:
    plan = months.approved(month)
    users.reset_password(actor=month.people.ha, user=month.lan, now=NOW)
    lan = User.objects.get(pk=month.lan.pk)
    assert isinstance(refused(lambda: print_paper(lan, plan, APPENDIX)), NotAllowed)


# --- What a paper tells ----------------------------------------------------------------------


def test_no_open_paper_names_a_unit_or_an_inspector_and_the_appendix_names_them_all(
    month: Month,
) -> None:
    plan = months.approved(month)
    roster = rosters.open_roster(plan)
    secret = [squeezed(word) for unit in month.units for word in (unit.name, unit.code)]
    secret += [squeezed(person.full_name) for person in month.inspectors]

    for kind in OPEN_KINDS:
        told = told_by(read(month.lan, print_paper(month.lan, plan, kind)))
        assert "sởnộivụ" in told
        assert [word for word in secret if word in told] == []

    told = told_by(read(month.lan, print_paper(month.lan, plan, APPENDIX)))
    visited = {entry.unit.name for entry in roster}
    assert {name for name in NAMES if squeezed(name) in told} == visited
    assert squeezed("Huỳnh Ngọc An") in told
    assert squeezed("Huỳnh Ngọc Bình") not in told


def test_the_minutes_print_what_was_committed_to(month: Month) -> None:
    plan = months.drawn(month)
    hashes = [plan.frame_sha256, plan.commitment_one, plan.commitment_two, plan.audit_head]
    for kind in (DocumentKind.COMMITMENT_MINUTES, DocumentKind.DRAW_MINUTES):
        told = told_by(read(month.lan, print_paper(month.lan, plan, kind)))
        assert [value for value in hashes if value is None or value not in told] == []
        assert squeezed("Trần Thị Thu") in told
    assert months.PUBLIC_VALUE in told


def test_the_paper_of_the_commitment_does_not_know_the_public_value(month: Month) -> None:
    plan = months.drawn(month)
    told = told_by(read(month.lan, print_paper(month.lan, plan, DocumentKind.COMMITMENT_MINUTES)))
    assert months.PUBLIC_VALUE not in told


def test_the_plan_leaves_room_for_number_and_date_of_the_decision(month: Month) -> None:
    plan = months.drawn(month)
    told = told_by(read(month.lan, print_paper(month.lan, plan, DocumentKind.MONTHLY_PLAN)))
    assert squeezed("Quyết định số ……/QĐ-SNV ngày …… tháng …… năm ………") in told


def test_strata_are_named_in_vietnamese(month: Month) -> None:
    Unit.objects.filter(name__startswith="Phường").update(kind=UnitKind.WARD)
    plan = months.frozen(month, 4, stratify_by="kind", strata_sizes={"commune": 3, "ward": 1})
    plan = months.press("endorse", actor=month.minh, plan=plan)
    told = told_by(read(month.lan, print_paper(month.lan, plan, DocumentKind.MONTHLY_PLAN)))
    assert "phường" in told
    assert "ward" not in told


def test_markup_in_what_people_typed_is_printed_as_it_stands(month: Month) -> None:
    Department.objects.update(name="Sở <b>Nội vụ & Co")
    plan = months.frozen(month)
    plan = commitment.endorse(
        actor=month.minh,
        plan=plan,
        version=plan.version,
        now=NOW,
        rule=RULE | {"source": "<img src='/etc/passwd'/> Xổ số"},
        witnesses=["<font size=99>Thu"],
    )
    told = told_by(read(month.lan, print_paper(month.lan, plan, DocumentKind.COMMITMENT_MINUTES)))
    assert "<imgsrc='/etc/passwd'/>" in told
    assert "<fontsize=99>thu" in told


# --- At rest ---------------------------------------------------------------------------------


def test_a_restricted_paper_is_sealed_and_leaves_no_hash(month: Month) -> None:
    plan = months.approved(month)
    paper = print_paper(month.lan, plan, APPENDIX)
    content = read(month.lan, paper)

    stored = repr(contents())
    sealed = bytes(Document.objects.get(pk=paper.pk).content)

    assert (paper.is_restricted, paper.sha256) == (True, None)
    assert b"%PDF" not in sealed
    assert "%PDF" not in stored
    assert content not in sealed
    assert hashlib.sha256(content).hexdigest() not in stored


def test_an_open_paper_is_stored_with_its_hash(month: Month) -> None:
    paper = print_paper(month.lan, months.drawn(month), DocumentKind.DRAW_MINUTES)
    content = bytes(Document.objects.get(pk=paper.pk).content)
    assert paper.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kind", DocumentKind)
def test_equal_content_prints_to_equal_bytes_in_place_of_the_paper_before(
    month: Month, kind: DocumentKind
) -> None:
    plan = months.approved(month)
    first = read(month.lan, print_paper(month.lan, plan, kind))
    again = print_paper(month.minh, plan, kind)
    assert read(month.lan, again) == first
    assert Document.objects.get().pk == again.pk


def test_equal_appendices_are_not_equal_at_rest(month: Month) -> None:
    plan = months.approved(month)
    stored = {bytes(print_paper(month.lan, plan, APPENDIX).content) for _ in range(2)}
    assert len(stored) == 2
    assert len({len(content) for content in stored}) == 1


def test_an_appendix_tells_nothing_by_its_length(month: Month) -> None:
    plan = months.scheduled(month)
    paper = print_paper(month.lan, plan, APPENDIX)
    short, stored = len(read(month.lan, paper)), len(paper.content)

    chance = random.Random(0)
    for unit in month.units:
        unit.name = "Xã " + "".join(chance.choices("ăâđêôơưáàảãạốồổỗộ ", k=190)) + "."
        unit.save()
    paper = print_paper(month.lan, plan, APPENDIX)

    assert len(read(month.lan, paper)) > short + sealing.BLOCK
    assert len(paper.content) == stored


def test_a_sealed_paper_moved_to_another_row_does_not_open(month: Month) -> None:
    cancelled = months.scheduled(month)
    old = print_paper(month.lan, cancelled, APPENDIX)
    months.cancelled(month, cancelled)
    paper = print_paper(month.lan, months.scheduled(month), APPENDIX)
    Document.objects.filter(pk=paper.pk).update(content=old.content)
    paper.refresh_from_db()
    assert type(refused(lambda: read(month.lan, paper))) is SealBroken


def test_the_database_keeps_no_hash_of_a_restricted_paper_and_one_of_every_other(
    month: Month,
) -> None:
    plan = months.approved(month)
    for kind, value in ((APPENDIX, "ab" * 32), (DocumentKind.MONTHLY_PLAN, None)):
        paper = Document.objects.filter(pk=print_paper(month.lan, plan, kind).pk)
        with pytest.raises(IntegrityError, match="shows_no_hash"), transaction.atomic():
            paper.update(sha256=value)


def test_a_plan_has_one_paper_of_a_kind(month: Month) -> None:
    paper = print_paper(month.lan, months.drawn(month), DocumentKind.MONTHLY_PLAN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.create(
            plan=paper.plan,
            kind=paper.kind,
            is_restricted=False,
            content=b"x",
            sha256="ab" * 32,
            created_at=NOW,
        )


# --- Reading ---------------------------------------------------------------------------------


def test_reading_the_appendix_is_on_record_and_reading_other_papers_is_not(month: Month) -> None:
    plan = months.approved(month)
    open_paper = print_paper(month.lan, plan, DocumentKind.MONTHLY_PLAN)
    appendix = print_paper(month.lan, plan, APPENDIX)
    before = AuditEvent.objects.count()

    read(month.people.chi, open_paper)
    read(month.minh, appendix)

    event = AuditEvent.objects.get(position=before + 1)
    assert AuditEvent.objects.count() == before + 1
    assert (event.action, event.actor_id, event.object_id) == (
        "roster.print_read",
        month.minh.pk,
        str(plan.pk),
    )
    assert keyring().open(appendix.content, context=document_context(appendix))


@pytest.mark.parametrize("name", ["an", "chi", "phuong", "dung", "giang", "ha"])
def test_nobody_else_reads_the_appendix_and_his_trying_is_on_record(
    month: Month, name: str
) -> None:
    appendix = print_paper(month.lan, months.approved(month), APPENDIX)
    error = refused(lambda: read(getattr(month.people, name), appendix), but="roster.denied")
    assert type(error) is NotFound


def test_a_closed_account_does_not_read_the_appendix_that_it_printed(month: Month) -> None:
    appendix = print_paper(month.lan, months.approved(month), APPENDIX)
    users.reset_password(actor=month.people.ha, user=month.lan, now=NOW)
    error = refused(lambda: read(month.lan, appendix), but="roster.denied")
    assert type(error) is NotFound


def test_papers_are_listed_to_those_who_may_read_them(month: Month) -> None:
    plan = months.approved(month)
    for kind in DocumentKind:
        print_paper(month.lan, plan, kind)

    def listed(user: User) -> set[str]:
        user = User.objects.get(pk=user.pk)
        return set(Document.objects.visible_to(user).values_list("kind", flat=True))

    for name in ("lan", "minh"):
        assert listed(getattr(month, name)) == set(DocumentKind)
    for name in ("an", "chi", "phuong", "dung", "giang", "ha"):
        assert listed(getattr(month.people, name)) == set(OPEN_KINDS)
    assert listed(make_user("Khách")) == set()
    users.reset_password(actor=month.people.ha, user=month.minh, now=NOW)
    assert listed(month.minh) == set()
    assert listed(make_user("Quang", Role.INSPECTOR)) == set(OPEN_KINDS)
