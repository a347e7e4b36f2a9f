"""The list of a round's papers: what is issued, and what the units wrote."""

from datetime import date

import pytest

from inspections.errors import NotAllowed, NotFound
from inspections.models import AuditEvent, LetterKind, PaperKind, Plan, Visit
from inspections.services import file_lists, issuing, plans
from tests.builders import NOW, make_department, make_unit
from tests.inspections.documents.reading import text
from tests.inspections.services.filings import LATER, Door, make_door
from tests.inspections.services.following import THEN, file_findings, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


@pytest.fixture
def plan(door: Door) -> Plan:
    make_unit("X08", "Xã Tháp Mười")
    return plans.create_plan(
        actor=door.people.lan, period=date(2026, 4, 1), size=1, session_capacity=1, now=NOW
    )


def printed(door: Door, plan: Plan) -> str:
    return text(file_lists.print_list(actor=door.people.chi, plan=plan, now=THEN))


def test_the_list_holds_issued_papers_and_letters_by_their_days(door: Door, plan: Plan) -> None:
    (row,) = file_findings(door)
    write(door, LetterKind.EXPLANATION, row)
    paper = issuing.draft(
        actor=door.people.lan, kind=PaperKind.VISIT_MINUTES, visit=door.visit, now=LATER
    )
    issuing.submit(actor=door.people.lan, paper=paper, version=1, now=LATER)
    Visit.objects.update(date=date(2026, 4, 7))
    said = printed(door, plan)
    assert "Vănbảngiảitrình" in said
    assert "/BB-ĐKT" not in said
    issuing.number(
        actor=door.people.chi, paper=paper, version=2, number=3, dated=LATER.date(), now=LATER
    )
    said = printed(door, plan)
    assert said.index("03/BB-ĐKT") < said.index("12/UBND")
    assert "Mụclụcnàygồm02vănbản,tàiliệu." in said
    assert AuditEvent.objects.filter(action="plan.file_list").count() == 2


def test_a_round_with_nothing_on_file_has_no_list(door: Door, plan: Plan) -> None:
    with pytest.raises(NotFound):
        printed(door, plan)


def test_the_list_is_for_the_office(door: Door, plan: Plan) -> None:
    with pytest.raises(NotAllowed):
        file_lists.print_list(actor=door.an, plan=plan, now=THEN)
