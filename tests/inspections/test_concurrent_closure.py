"""Following findings from several sides at once: one decides, and the others are told what happened."""

from functools import partial
from uuid import uuid4

import pytest

from inspections.errors import DomainError, VersionConflict, WrongState
from inspections.models import Demand, Finding, FindingStep, Letter, LetterKind, Role, StepKind
from inspections.services import audit, closure, demands, letters
from inspections.states import FindingState, Outcome
from tests.builders import make_user
from tests.inspections.services.filings import Door, closing, make_door, send
from tests.inspections.services.following import (
    THEN,
    decide,
    demand,
    file_findings,
    recheck,
    reconsider,
    write,
)
from tests.inspections.services.test_letters import PDF, scan
from tests.inspections.services.test_records import finding
from tests.inspections.test_concurrency import errors, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(transactional_db: None) -> Door:
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def fresh(row: Finding) -> Finding:
    return Finding.objects.get(pk=row.pk)


def test_of_two_who_decide_one_wins_and_the_other_is_told(door: Door, row: Finding) -> None:
    proposed = recheck(door, row, fixed=True)
    other = make_user("Nga", Role.APPROVER)
    answers = together(
        partial(decide, door, fresh(proposed)),
        partial(decide, door, fresh(proposed), actor=other, accept=False),
    )
    (lost,) = errors(answers)
    assert isinstance(lost, VersionConflict | WrongState)
    assert lost.params["last_step"] in {StepKind.ACCEPTED, StepKind.REFUSED}
    assert FindingStep.objects.filter(decides__isnull=False).count() == 1
    assert not list(audit.verify_chain())


def test_of_two_proposals_one_waits(door: Door, row: Finding) -> None:
    answers = together(
        partial(recheck, door, fresh(row), fixed=True),
        partial(reconsider, door, fresh(row), Outcome.WITHDRAWN, actor=door.people.chi),
    )
    assert len(errors(answers)) == 1
    assert fresh(row).proposal is not None
    assert FindingStep.objects.count() == 1


def test_of_two_who_reopen_one_does(door: Door, row: Finding) -> None:
    closed = decide(door, recheck(door, row, fixed=True))
    given = {"version": closed.version, "reason": "Tái diễn", "now": THEN}
    sides = (door.people.lan, make_user("Nga", Role.APPROVER))
    calls = [partial(closure.reopen, actor=one, finding=fresh(closed), **given) for one in sides]
    assert len(errors(together(*calls))) == 1
    assert FindingStep.objects.filter(kind=StepKind.REOPENED).count() == 1


def test_a_letter_and_a_decision_both_count_or_the_decision_is_told(
    door: Door, row: Finding
) -> None:
    proposed = recheck(door, row, fixed=True)
    answers = together(
        partial(decide, door, fresh(proposed)),
        partial(write, door, LetterKind.REMEDY, fresh(row)),
    )
    lost = errors(answers)
    assert Letter.objects.count() == 1
    if lost:
        assert isinstance(lost[0], DomainError)
        assert fresh(row).state == FindingState.REPORTED
    else:
        assert fresh(row).state == FindingState.CLOSED
    versions = list(FindingStep.objects.values_list("version", flat=True))
    assert len(set(versions)) == len(versions)


def test_a_correction_and_a_decision_leave_one_truth(door: Door) -> None:
    said = finding()
    (row,) = file_findings(door, said)
    proposed = reconsider(door, row, Outcome.CHANGED, words={"severity": "minor"})
    again = closing(
        door, replaces=str(row.submission_id), findings=[said | {"severity": "critical"}]
    )
    lost = errors(together(partial(decide, door, fresh(proposed)), partial(send, door.an, again)))
    after = fresh(row)
    if lost:
        assert isinstance(lost[0], VersionConflict)
        assert (after.severity, after.as_filed) == ("critical", None)
    else:
        assert (after.severity, after.filed_words["severity"]) == ("minor", "critical")


def test_twenty_entries_of_one_letter_leave_one(door: Door, row: Finding) -> None:
    call = partial(write, door, LetterKind.REMEDY, row, id=uuid4(), scans=[scan()])
    answers = together(*[call] * 20)
    assert errors(answers) == []
    assert set(answers) == {Letter.objects.get()}
    assert FindingStep.objects.count() == 1


def test_twenty_demands_under_one_id_leave_one(door: Door, row: Finding) -> None:
    call = partial(demand, door, row, id=uuid4())
    assert errors(together(*[call] * 20)) == []
    assert Demand.objects.count() == FindingStep.objects.count() == 1


def test_a_demand_is_answered_or_withdrawn(door: Door, row: Finding) -> None:
    made = demand(door, row)
    answers = together(
        partial(write, door, LetterKind.REMEDY, row, demand=made),
        partial(
            demands.withdraw,
            actor=door.people.lan,
            demand=Demand.objects.get(pk=made.pk),
            version=1,
            reason="Nhầm",
            now=THEN,
        ),
    )
    assert len(errors(answers)) == 1


def test_one_scan_sent_from_two_sides_is_received_once(door: Door, row: Finding) -> None:
    letter = write(door, LetterKind.REMEDY, row, scans=[scan()])
    calls = [
        partial(
            letters.receive_scan,
            actor=actor,
            letter=letter,
            sha256=scan()["sha256"],
            pieces=[PDF],
            now=THEN,
        )
        for actor in (door.people.lan, door.people.chi)
    ]
    assert errors(together(*calls)) == []
    letter.refresh_from_db()
    assert letter.version == 2
