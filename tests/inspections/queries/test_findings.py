"""What is said of findings as they stand: clocks that run and stand still, and what was found again."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from inspections.models import (
    DemandKind,
    Finding,
    HandlingAct,
    HandlingKind,
    HandlingRecommendation,
    HandlingResult,
    LetterKind,
    Unit,
    Visit,
)
from inspections.queries.calendars import work_calendar
from inspections.queries.findings import Clock, clock, clocks, with_repetition
from inspections.states import FindingState, HandlingState, Outcome
from tests.builders import make_unit
from tests.inspections.services.filings import Door, make_door
from tests.inspections.services.following import (
    THEN,
    decide,
    demand,
    file_findings,
    recheck,
    reconsider,
    write,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
SIGNED = date(2026, 3, 2)


@pytest.fixture
def door() -> Door:
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def test_clocks_run_until_they_are_met(door: Door, row: Finding) -> None:
    today = date(2026, 4, 3)
    running = clocks(row, today)
    # 17 March to 3 April are 14 working days; the remedy is 2 calendar days late.
    assert running.explanation == Clock(SIGNED, date(2026, 3, 16), None, 14)
    assert running.remedy == Clock(SIGNED, date(2026, 4, 1), None, 2)
    write(door, LetterKind.EXPLANATION, row, received_on=date(2026, 3, 18))
    write(door, LetterKind.REMEDY, row, received_on=date(2026, 3, 31))
    row.refresh_from_db()
    met = clocks(row, today)
    assert met.explanation == Clock(SIGNED, date(2026, 3, 16), date(2026, 3, 18), 2)
    assert met.remedy == Clock(SIGNED, date(2026, 4, 1), date(2026, 3, 31), 0)


def test_nothing_is_overdue_on_the_day_it_is_due(row: Finding) -> None:
    assert clocks(row, date(2026, 3, 16)).explanation.overdue_days == 0
    assert clocks(row, date(2026, 4, 1)).remedy.overdue_days == 0


def test_a_term_in_working_days_is_missed_by_working_days(door: Door) -> None:
    words = dict.fromkeys(("who", "what", "responsibility", "procedure", "result"), "")
    own = words | {"deadline": {"days": 5, "unit": "working"}}
    (row,) = file_findings(door, finding(remedy=own))
    late = clock(row, DemandKind.REMEDY, date(2026, 3, 16), work_calendar())
    assert (late.due_on, late.overdue_days) == (date(2026, 3, 9), 5)


def test_clocks_stand_still_once_the_finding_is_closed_or_withdrawn(door: Door) -> None:
    closed, withdrawn = file_findings(door, finding(), finding())
    closed = decide(door, recheck(door, closed, fixed=True))
    withdrawn = decide(door, reconsider(door, withdrawn, Outcome.WITHDRAWN))
    for row in (closed, withdrawn):
        assert clocks(row, date(2027, 1, 1)).explanation.overdue_days == 0


def test_a_demand_moves_what_is_due_and_not_what_it_is_counted_from(
    door: Door, row: Finding
) -> None:
    demand(door, row, due_on=date(2026, 5, 15))
    row.refresh_from_db()
    assert clocks(row, THEN.date()).remedy == Clock(SIGNED, date(2026, 5, 15), None, 0)


# --- Repetition ---------------------------------------------------------------------------------


Found = Callable[..., Finding]


@pytest.fixture
def found(row: Finding) -> Found:
    """Return what makes a finding like the first, on another day, of another unit or item."""

    def make(day: date, unit: Unit | None = None, **changes: Any) -> Finding:
        visit = Visit.objects.create(
            origin="directed",
            state="filed",
            unit=unit or row.visit.unit,
            date=day,
            session="morning",
        )
        said = {"item": row.item, "facts": "x", "severity": "minor", "position": 0} | changes
        return Finding.objects.create(visit=visit, ref=uuid4(), submission=row.submission, **said)

    return make


def repeated(row: Finding) -> bool:
    return bool(with_repetition(Finding.objects.all()).get(pk=row.pk).repeated)


@pytest.mark.parametrize(
    ("day", "again"),
    [
        (date(2025, 3, 1), False),
        (date(2025, 3, 2), True),
        (date(2026, 3, 1), True),
        (date(2026, 3, 2), False),
        (date(2026, 3, 3), False),
    ],
)
def test_the_same_item_at_the_same_unit_within_twelve_months_before_is_found_again(
    row: Finding, found: Found, day: date, again: bool
) -> None:
    found(day)
    assert repeated(row) is again


def test_twelve_months_from_a_leap_day_begin_on_the_first_of_march(found: Found) -> None:
    first = found(date(2023, 3, 1))
    leap = found(date(2024, 2, 29))
    found(date(2023, 2, 28))
    assert repeated(leap)
    first.delete()
    assert not repeated(leap)


def test_another_unit_another_item_or_none_is_no_repetition(row: Finding, found: Found) -> None:
    earlier = date(2026, 1, 5)
    found(earlier, unit=make_unit("X09"))
    found(earlier, item="D05")
    nameless = found(date(2026, 2, 5), item=None)
    found(earlier, item=None)
    assert not repeated(row)
    assert not repeated(nameless)


def test_what_was_withdrawn_or_taken_back_was_not_found(row: Finding, found: Found) -> None:
    earlier = found(date(2026, 1, 5))
    for gone in ({"state": FindingState.WITHDRAWN}, {"taken_back_at": THEN}):
        Finding.objects.filter(pk=earlier.pk).update(state=FindingState.CLOSED, taken_back_at=None)
        assert repeated(row)
        Finding.objects.filter(pk=earlier.pk).update(**gone)
        assert not repeated(row)


def disciplined(door: Door, earlier: Finding, effective_on: date, **changes: Any) -> None:
    """Let the authority have decided on what was found before."""
    said = {
        "kind": HandlingKind.DISCIPLINE,
        "visit": earlier.visit,
        "legal_basis": "Nghị định 172/2025/NĐ-CP",
        "reasons": "x",
        "state": HandlingState.DECIDED,
        "proposed_by": door.people.lan,
        "proposed_at": THEN,
        "discovered_on": earlier.visit.date,
        "limit_days": 90,
        "decision_number": "12/QĐ",
        "decided_on": effective_on,
        "decision_authority": "UBND xã",
        "result": HandlingResult.APPLIED,
        "effective_on": effective_on,
        "decided_by": door.people.minh,
    }
    made = HandlingRecommendation.objects.create(**(said | changes))
    HandlingAct.objects.create(recommendation=made, finding=earlier, day=earlier.visit.date)


@pytest.mark.parametrize(
    ("effective_on", "again"),
    [
        (date(2025, 3, 1), False),
        (date(2025, 3, 2), True),
        (date(2026, 3, 2), True),
        (date(2026, 3, 3), False),
    ],
)
def test_a_reoffence_is_found_within_twelve_months_of_a_discipline_decision(
    door: Door, row: Finding, found: Found, effective_on: date, again: bool
) -> None:
    disciplined(door, found(date(2024, 12, 2)), effective_on)
    labelled = with_repetition(Finding.objects.all()).get(pk=row.pk)
    assert (labelled.reoffence, labelled.repeated) == (again, False)


def test_without_discipline_that_was_applied_to_the_same_there_is_no_reoffence(
    door: Door, row: Finding, found: Found
) -> None:
    day = date(2026, 1, 5)
    disciplined(door, found(day), day, result=HandlingResult.NOT_APPLIED)
    disciplined(door, found(day, item="D05"), day)
    criticism = {"kind": HandlingKind.CRITICISM, "discovered_on": None, "limit_days": None}
    disciplined(door, found(day), day, **criticism)
    labelled = with_repetition(Finding.objects.all()).get(pk=row.pk)
    assert (labelled.reoffence, labelled.repeated) == (False, True)
