"""Deadlines of findings: counted from what was signed or received, over holidays, and never from the server's time."""

from datetime import date, timedelta
from typing import Any

import pytest

from inspections.errors import InvalidInput, NotAllowed, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    CalendarDay,
    DayKind,
    Department,
    Finding,
    LetterKind,
    StepKind,
    Visit,
)
from inspections.services import deadlines
from tests.builders import make_department
from tests.inspections.services.filings import Door, closing, content, make_door, send
from tests.inspections.services.following import THEN, demand, file_findings, write
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


def remedy(days: int, unit: str) -> dict[str, Any]:
    words = dict.fromkeys(("who", "what", "responsibility", "procedure", "result"), "")
    return words | {"deadline": {"days": days, "unit": unit}}


def due(row: Finding) -> tuple[date | None, date | None, date | None]:
    row.refresh_from_db()
    return row.counted_from, row.explanation_due, row.remedy_due


def receive(door: Door, day: date, **changes: Any) -> Visit:
    said: dict[str, Any] = {"actor": door.people.chi, "version": door.visit.version, "now": THEN}
    return deadlines.record_receipt(visit=door.visit, received_on=day, **(said | changes))


def test_a_department_asks_for_an_explanation_in_working_and_a_remedy_in_calendar_days(
    door: Door,
) -> None:
    (row,) = file_findings(door)
    assert due(row) == (date(2026, 3, 2), date(2026, 3, 16), date(2026, 4, 1))


def test_a_remedy_has_its_own_term_in_its_own_unit(door: Door) -> None:
    working, calendar = file_findings(
        door, finding(remedy=remedy(5, "working")), finding(remedy=remedy(5, "calendar"))
    )
    # The fifth calendar day is a Saturday: the term ends on the Monday after it.
    assert (due(working)[2], due(calendar)[2]) == (date(2026, 3, 9), date(2026, 3, 9))


def test_without_a_signed_date_nothing_runs_whatever_the_server_says(door: Door) -> None:
    (row,) = file_findings(door, signed_on=None)
    assert due(row) == (None, None, None)
    assert not Finding.objects.due_before(date(2030, 1, 1)).exists()


def test_the_units_receipt_is_what_deadlines_run_from(door: Door) -> None:
    (row,) = file_findings(door)
    visit = receive(door, date(2026, 3, 9))
    assert visit.minutes_received_on == date(2026, 3, 9)
    assert due(row) == (date(2026, 3, 9), date(2026, 3, 23), date(2026, 4, 8))
    assert AuditEvent.objects.get(action="visit.record_receipt").details == {
        "received_on": "2026-03-09"
    }


def test_a_receipt_lies_between_the_visit_and_today(door: Door) -> None:
    file_findings(door)
    for day in (date(2026, 3, 1), THEN.date() + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            receive(door, day)


def test_a_receipt_is_recorded_by_planner_or_clerk_for_the_version_that_he_saw(door: Door) -> None:
    with pytest.raises(WrongState):
        receive(door, date(2026, 3, 9))
    file_findings(door)
    with pytest.raises(NotAllowed):
        receive(door, date(2026, 3, 9), actor=door.an)
    with pytest.raises(VersionConflict):
        receive(door, date(2026, 3, 9), version=99)


def test_a_correction_of_the_signed_date_moves_the_deadlines_of_all_findings(door: Door) -> None:
    said = finding()
    (row,) = file_findings(door, said)
    send(door.cuc, content(door, findings=[finding()]))
    annexed = door.visit.findings.exclude(pk=row.pk).get()
    assert due(annexed)[0] == date(2026, 3, 2)
    version = annexed.version
    send(
        door.an,
        closing(door, replaces=str(row.submission_id), findings=[said], signed_on="2026-03-04"),
    )
    assert due(row)[0] == due(annexed)[0] == date(2026, 3, 4)
    assert annexed.version == version + 1


def test_an_annex_that_was_signed_later_counts_from_its_own_date(door: Door) -> None:
    file_findings(door)
    send(door.cuc, content(door, findings=[finding()], signed_on="2026-03-05"))
    days = set(door.visit.findings.values_list("counted_from", flat=True))
    assert days == {date(2026, 3, 2), date(2026, 3, 5)}


@pytest.mark.parametrize(
    ("signed_on", "explanation", "remedied"),
    [
        # 24/11/2026 is a public holiday, a Tuesday; without it the tenth working day were the 30th.
        ("2026-11-16", date(2026, 12, 1), date(2026, 12, 16)),
        # 22/8/2026 is a Saturday on which people work.
        ("2026-08-12", date(2026, 8, 25), date(2026, 9, 11)),
    ],
)
def test_holidays_and_days_worked_in_their_place_are_counted_as_the_table_says(
    door: Door, signed_on: str, explanation: date, remedied: date
) -> None:
    for day, kind in (
        (date(2026, 11, 24), DayKind.HOLIDAY),
        (date(2026, 8, 22), DayKind.MAKEUP_WORKING_DAY),
    ):
        CalendarDay.objects.create(date=day, kind=kind, name="Ngày lễ")
    (row,) = file_findings(door, signed_on=signed_on)
    assert due(row) == (date.fromisoformat(signed_on), explanation, remedied)


def test_a_department_may_count_the_day_itself_as_the_first(door: Door) -> None:
    Department.objects.update(count_from_next_day=False)
    (row,) = file_findings(door)
    assert due(row) == (date(2026, 3, 2), date(2026, 3, 13), date(2026, 3, 31))


def test_a_mistyped_year_leaves_no_deadline_and_keeps_nothing_out(door: Door) -> None:
    (row,) = file_findings(door, signed_on="2099-12-31")
    assert due(row) == (date(2099, 12, 31), None, None)


def test_a_demands_day_takes_the_place_of_the_deadline_until_it_is_withdrawn(door: Door) -> None:
    (row,) = file_findings(door)
    demand(door, row, due_on=date(2026, 5, 15))
    assert due(row)[1:] == (date(2026, 3, 16), date(2026, 5, 15))
    receive(door, date(2026, 3, 9))
    assert due(row)[1:] == (date(2026, 3, 23), date(2026, 5, 15))


def test_an_explanation_accepted_at_the_unit_is_given(door: Door) -> None:
    accepted, open_ = finding(), finding()
    said = [
        {"finding": accepted["id"], "text": "Máy hỏng", "outcome": "accepted"},
        {"finding": open_["id"], "text": "Sẽ gửi", "outcome": "proof_to_follow"},
    ]
    rows = file_findings(door, accepted, open_, explanations=said)
    assert [row.explained_on for row in rows] == [date(2026, 3, 2), None]


def test_what_is_due_and_not_here_is_found(door: Door) -> None:
    explained, silent = file_findings(door, finding(), finding())
    write(door, LetterKind.EXPLANATION, explained)
    after = date(2026, 3, 17)
    assert set(Finding.objects.due_before(after)) == {silent}
    assert not Finding.objects.due_before(date(2026, 3, 16)).exists()
    assert set(Finding.objects.due_before(date(2026, 4, 2))) == {explained, silent}
    for row in Finding.objects.all():
        assert row.is_overdue(after) == (row == silent)


def test_a_finding_that_was_taken_back_is_never_overdue(door: Door) -> None:
    (row,) = file_findings(door)
    send(door.an, closing(door, replaces=str(row.submission_id)))
    row.refresh_from_db()
    assert not row.is_overdue(date(2027, 1, 1))
    assert not Finding.objects.due_before(date(2027, 1, 1)).exists()
    assert row.steps.get().kind == StepKind.TAKEN_BACK
