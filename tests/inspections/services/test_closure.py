"""Closing findings: one person proposes, another decides, and every step stays on record."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import InvalidInput, NotAllowed, SamePerson, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Finding,
    FindingStep,
    LetterKind,
    Origin,
    Role,
    StepKind,
    Visit,
)
from inspections.services import closure
from inspections.services.closure import Looked
from inspections.states import FindingState, Outcome
from tests.builders import NOW, make_unit, make_user
from tests.inspections.database import refused
from tests.inspections.services.filings import Door, closing, make_door, send
from tests.inspections.services.following import (
    THEN,
    decide,
    file_findings,
    recheck,
    reconsider,
    write,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def kinds(row: Finding) -> list[str]:
    return list(row.steps.values_list("kind", flat=True))


def test_a_finding_is_closed_when_another_person_accepts_that_it_is_fixed(
    door: Door, row: Finding
) -> None:
    write(door, LetterKind.REMEDY, row)
    row.refresh_from_db()
    proposed = recheck(door, row, fixed=True)
    assert proposed.state == FindingState.REPORTED
    closed = decide(door, proposed)
    assert (closed.state, closed.proposal, closed.remedied_on) == (
        FindingState.CLOSED,
        None,
        date(2026, 3, 12),
    )
    assert kinds(closed) == [StepKind.LETTER, StepKind.RECHECK, StepKind.ACCEPTED]
    decision = closed.steps.last()
    assert decision is not None
    assert (decision.person, decision.earlier_by) == (door.people.minh, door.people.lan)
    assert AuditEvent.objects.get(action="finding.decide").details["outcome"] == "fixed"


def test_what_was_found_fixed_without_a_letter_is_remedied_on_the_day_of_the_look(
    door: Door, row: Finding
) -> None:
    closed = decide(door, recheck(door, row, fixed=True, looked=Looked(on=date(2026, 4, 20))))
    assert closed.remedied_on == date(2026, 4, 20)


def test_what_is_not_fixed_is_open_again_and_its_clock_goes_on(door: Door, row: Finding) -> None:
    write(door, LetterKind.REMEDY, row)
    row.refresh_from_db()
    still_open = decide(door, recheck(door, row, fixed=False))
    assert (still_open.state, still_open.remedied_on) == (FindingState.OPEN, None)
    assert still_open.is_overdue(THEN.date())


def test_a_refusal_changes_nothing_and_needs_a_reason(door: Door, row: Finding) -> None:
    proposed = recheck(door, row, fixed=True)
    with pytest.raises(InvalidInput):
        decide(door, proposed, accept=False, reason=" ")
    refusal = decide(door, proposed, accept=False)
    assert (refusal.state, refusal.proposal) == (FindingState.OPEN, None)
    assert kinds(refusal) == [StepKind.RECHECK, StepKind.REFUSED]


def test_nobody_decides_on_what_he_proposed(door: Door, row: Finding) -> None:
    both = make_user("Oanh", Role.PLANNER, Role.APPROVER)
    proposed = recheck(door, row, fixed=True, actor=both)
    assert isinstance(refused(lambda: decide(door, proposed, actor=both)), SamePerson)


@pytest.mark.parametrize("name", ["lan", "an", "chi", "dung", "giang", "ha", "phuong"])
def test_only_approvers_decide(door: Door, row: Finding, name: str) -> None:
    proposed = recheck(door, row, fixed=True)
    actor = getattr(door.people, name)
    assert isinstance(refused(lambda: decide(door, proposed, actor=actor)), NotAllowed)


@pytest.mark.parametrize("name", ["minh", "an", "dung", "giang", "ha", "phuong"])
def test_only_planners_and_clerks_propose(door: Door, row: Finding, name: str) -> None:
    actor = getattr(door.people, name)
    assert isinstance(refused(lambda: recheck(door, row, fixed=True, actor=actor)), NotAllowed)
    call = lambda: reconsider(door, row, Outcome.UPHELD, actor=actor)  # noqa: E731
    assert isinstance(refused(call), NotAllowed)


def test_one_proposal_waits_at_a_time(door: Door, row: Finding) -> None:
    proposed = recheck(door, row, fixed=True)
    error = refused(lambda: reconsider(door, proposed, Outcome.UPHELD))
    assert (type(error), error.code) == (WrongState, "proposal_waits")


def test_where_nothing_waits_nothing_is_decided(door: Door, row: Finding) -> None:
    error = refused(lambda: decide(door, row))
    assert (type(error), error.code) == (WrongState, "nothing_to_decide")


def test_who_read_an_older_version_is_told_what_happened_meanwhile(
    door: Door, row: Finding
) -> None:
    proposed = recheck(door, row, fixed=True)
    seen = proposed.version
    decide(door, proposed)
    error = refused(lambda: decide(door, proposed, version=seen))
    assert isinstance(error, VersionConflict)
    assert (error.params["state"], error.params["last_step"]) == ("closed", "accepted")


def test_who_saw_one_proposal_does_not_decide_on_the_next(door: Door, row: Finding) -> None:
    seen = recheck(door, row, fixed=True).version
    refusal = decide(door, Finding.objects.get(pk=row.pk), accept=False)
    proposed = recheck(door, refusal, fixed=False)
    assert isinstance(refused(lambda: decide(door, proposed, version=seen)), VersionConflict)


def test_a_look_lies_between_the_visit_and_today(door: Door, row: Finding) -> None:
    for day in (date(2026, 3, 1), THEN.date().replace(year=2027)):
        with pytest.raises(InvalidInput):
            recheck(door, row, fixed=True, looked=Looked(on=day))


def test_a_look_at_a_follow_up_visit_names_one_to_the_same_unit(door: Door, row: Finding) -> None:
    def follow_up(unit: object) -> Visit:
        return Visit.objects.create(
            origin=Origin.FOLLOW_UP,
            state="filed",
            unit=unit,
            date=date(2026, 4, 20),
            session="morning",
        )

    elsewhere = Looked(on=date(2026, 4, 20), visit=follow_up(make_unit("X09")))
    with pytest.raises(InvalidInput):
        recheck(door, row, fixed=True, looked=elsewhere)
    there = Looked(on=date(2026, 4, 20), visit=follow_up(door.visit.unit))
    proposed = recheck(door, row, fixed=True, looked=there)
    assert proposed.proposal is not None
    assert proposed.proposal.visit == there.visit


def test_an_upheld_finding_stands_as_it_stood(door: Door, row: Finding) -> None:
    letter = write(door, LetterKind.RECONSIDERATION, row)
    row.refresh_from_db()
    upheld = decide(door, reconsider(door, row, Outcome.UPHELD, letter=letter))
    assert (upheld.state, upheld.as_filed) == (FindingState.OPEN, None)


def test_a_withdrawn_finding_is_followed_no_more(door: Door, row: Finding) -> None:
    withdrawn = decide(door, reconsider(door, row, Outcome.WITHDRAWN))
    assert withdrawn.state == FindingState.WITHDRAWN
    assert not Finding.objects.due_before(date(2027, 1, 1)).exists()
    error = refused(lambda: recheck(door, withdrawn, fixed=True))
    assert (type(error), error.params["state"]) == (WrongState, "withdrawn")


def test_a_change_keeps_the_words_as_filed_beside_the_new_ones(door: Door, row: Finding) -> None:
    words = {"severity": "minor", "legal_basis": "Điều 8"}
    changed = decide(door, reconsider(door, row, Outcome.CHANGED, words=words))
    assert (changed.severity, changed.legal_basis) == ("minor", "Điều 8")
    assert changed.as_filed == {"severity": "major", "legal_basis": "", "remedy": None}
    assert changed.filed_words["severity"] == "major"
    again = decide(door, reconsider(door, changed, Outcome.CHANGED, words={"severity": "moderate"}))
    assert (again.severity, again.as_filed["severity"]) == ("moderate", "major")


def test_a_changed_remedy_moves_its_deadline(door: Door, row: Finding) -> None:
    assert row.remedy_due == date(2026, 4, 1)
    remedy = dict.fromkeys(("who", "what", "responsibility", "procedure", "result"), "")
    remedy |= {"deadline": {"days": 5, "unit": "working"}}
    changed = decide(door, reconsider(door, row, Outcome.CHANGED, words={"remedy": remedy}))
    assert changed.remedy_due == date(2026, 3, 9)


def test_a_correction_of_the_visit_does_not_undo_what_was_decided(door: Door) -> None:
    said = finding()
    (row,) = file_findings(door, said)
    changed = decide(door, reconsider(door, row, Outcome.CHANGED, words={"severity": "minor"}))
    closed = row.submission
    send(
        door.an,
        closing(
            door,
            replaces=str(closed.pk),
            findings=[said | {"severity": "critical"}],
            signed_on="2026-03-02",
        ),
    )
    changed.refresh_from_db()
    assert (changed.severity, changed.as_filed["severity"]) == ("minor", "critical")


def test_a_change_says_what_changes_and_nothing_else_has_new_words(
    door: Door, row: Finding
) -> None:
    for outcome, words in (
        (Outcome.CHANGED, None),
        (Outcome.CHANGED, {"severity": "major"}),
        (Outcome.UPHELD, {"severity": "minor"}),
    ):
        with pytest.raises(InvalidInput):
            reconsider(door, row, outcome, words=words)


def test_a_request_for_reconsideration_is_about_the_finding(door: Door) -> None:
    one, other = file_findings(door, finding(), finding())
    explanation = write(door, LetterKind.EXPLANATION, one)
    request = write(door, LetterKind.RECONSIDERATION, other)
    one.refresh_from_db()
    for letter in (explanation, request):
        with pytest.raises(InvalidInput):
            reconsider(door, one, Outcome.UPHELD, letter=letter)


def closed(door: Door, row: Finding) -> Finding:
    return decide(door, recheck(door, row, fixed=True))


def test_another_person_than_who_closed_it_opens_a_finding_again(door: Door, row: Finding) -> None:
    done = closed(door, row)
    given = {"finding": done, "version": done.version, "reason": "Tái diễn", "now": THEN}
    by_himself = refused(lambda: closure.reopen(actor=door.people.minh, **given))
    assert isinstance(by_himself, SamePerson)
    opened = closure.reopen(actor=door.people.lan, **given)
    assert (opened.state, opened.remedied_on) == (FindingState.OPEN, None)
    assert kinds(opened)[-1] == StepKind.REOPENED


def test_only_a_closed_finding_is_opened_again(door: Door, row: Finding) -> None:
    given = {"actor": door.people.lan, "version": row.version, "reason": "x", "now": THEN}
    assert isinstance(refused(lambda: closure.reopen(finding=row, **given)), WrongState)


def test_while_a_finding_is_taken_back_nobody_decides_on_it(door: Door) -> None:
    said = finding()
    (row,) = file_findings(door, said)
    proposed = recheck(door, row, fixed=True)
    first = send(door.an, closing(door, replaces=str(row.submission_id)))
    proposed.refresh_from_db()
    error = refused(lambda: decide(door, proposed))
    assert (type(error), error.code) == (WrongState, "finding_taken_back")
    send(door.an, closing(door, replaces=str(first.pk), findings=[said]))
    proposed.refresh_from_db()
    assert decide(door, proposed).state == FindingState.CLOSED
    assert kinds(row) == [
        StepKind.RECHECK,
        StepKind.TAKEN_BACK,
        StepKind.STATED_AGAIN,
        StepKind.ACCEPTED,
    ]


def test_the_database_refuses_one_person_on_both_sides_of_a_decision(
    door: Door, row: Finding
) -> None:
    proposed = recheck(door, row, fixed=True)
    step = FindingStep(
        finding=row,
        version=99,
        kind=StepKind.ACCEPTED,
        person=door.people.lan,
        at=NOW,
        decides=proposed.proposal,
        earlier_by=door.people.lan,
    )
    with (
        pytest.raises(IntegrityError, match="finding_step_by_another_person"),
        transaction.atomic(),
    ):
        step.save()


def test_the_database_refuses_a_second_decision_on_one_proposal(door: Door, row: Finding) -> None:
    proposed = recheck(door, row, fixed=True)
    proposal = proposed.proposal
    decide(door, proposed)
    step = FindingStep(
        finding=row,
        version=99,
        kind=StepKind.REFUSED,
        person=door.people.dung,
        at=NOW,
        decides=proposal,
        earlier_by=door.people.lan,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        step.save()
