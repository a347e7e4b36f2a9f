"""Two at once about papers: one number, one paper in force, and whoever comes second is told."""

from functools import partial

import pytest

from inspections.errors import DomainError
from inspections.models import AuditEvent, Paper, PaperKind, Plan, Role
from inspections.services import issuing
from inspections.states import PaperState
from tests.builders import make_user
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, Month
from tests.inspections.test_concurrency import Meet, errors, meet, month, together

__all__ = ["meet", "month"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.drawn(month)


def submitted(month: Month, plan: Plan, kind: PaperKind) -> Paper:
    paper = issuing.draft(actor=month.lan, kind=kind, plan=plan, now=DRAW_DAY)
    return issuing.submit(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)


def codes(outcomes: list[object]) -> list[str]:
    return [error.code for error in errors(outcomes) if isinstance(error, DomainError)]


def test_one_number_given_twice_at_once_is_given_once(month: Month, plan: Plan, meet: Meet) -> None:
    kinds = (PaperKind.COMMITMENT_MINUTES, PaperKind.DRAW_MINUTES)
    papers = [submitted(month, plan, kind) for kind in kinds]
    clerks = (month.people.chi, make_user("Yến", Role.CLERK))
    meet(issuing, "verified")
    given = {"number": 5, "dated": DRAW_DAY.date(), "now": DRAW_DAY}

    outcomes = together(
        *(
            partial(issuing.number, actor=clerk, paper=paper, version=2, **given)
            for clerk, paper in zip(clerks, papers, strict=True)
        )
    )

    assert codes(outcomes) == ["number_taken"]
    states = sorted(Paper.objects.values_list("state", "number"))
    assert states == [(PaperState.ISSUED, 5), (PaperState.SUBMITTED, None)]
    assert AuditEvent.objects.filter(action="paper.issue").count() == 1


def test_two_clerks_at_one_paper_issue_it_once(month: Month, plan: Plan, meet: Meet) -> None:
    paper = submitted(month, plan, PaperKind.MONTHLY_PLAN)
    clerks = (month.people.chi, make_user("Yến", Role.CLERK))
    meet(issuing, "verified")

    outcomes = together(
        *(
            partial(
                issuing.number,
                actor=clerk,
                paper=Paper.objects.get(pk=paper.pk),
                version=2,
                number=number,
                dated=DRAW_DAY.date(),
                now=DRAW_DAY,
            )
            for number, clerk in enumerate(clerks, start=5)
        )
    )

    assert codes(outcomes) == ["wrong_state"]
    (issued,) = (one for one in outcomes if isinstance(one, Paper))
    paper.refresh_from_db()
    assert (paper.number, paper.sha256) == (issued.number, issued.sha256)
    assert AuditEvent.objects.filter(action="paper.issue").count() == 1


def test_a_paper_taken_back_while_it_is_numbered_is_one_of_both(month: Month, plan: Plan) -> None:
    paper = submitted(month, plan, PaperKind.MONTHLY_PLAN)
    number = partial(
        issuing.number,
        actor=month.people.chi,
        paper=Paper.objects.get(pk=paper.pk),
        version=2,
        number=5,
        dated=DRAW_DAY.date(),
        now=DRAW_DAY,
    )
    withdraw = partial(
        issuing.withdraw,
        actor=month.lan,
        paper=Paper.objects.get(pk=paper.pk),
        version=2,
        now=DRAW_DAY,
    )

    outcomes = together(number, withdraw)

    assert codes(outcomes) == ["wrong_state"]
    paper.refresh_from_db()
    assert (paper.state, paper.number) in {
        (PaperState.ISSUED, 5),
        (PaperState.WITHDRAWN, None),
    }


def test_two_drafts_of_one_paper_at_once_are_one(month: Month, plan: Plan, meet: Meet) -> None:
    kind = PaperKind.MONTHLY_PLAN
    people = (month.lan, make_user("Sơn", Role.PLANNER))
    meet(issuing, "composed")
    outcomes = together(
        *(
            partial(issuing.draft, actor=actor, kind=kind, plan=plan, now=DRAW_DAY)
            for actor in people
        )
    )
    assert codes(outcomes) == ["paper_in_hand"]
    assert Paper.objects.count() == 1
