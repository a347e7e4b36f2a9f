"""What is counted for a period, of units and of people."""

from datetime import date
from uuid import uuid4

import pytest

from inspections.errors import InvalidInput
from inspections.models import Commendation, Finding, HandlingRecommendation, HandlingResult
from inspections.queries.evaluation import Person, Span, by_person, by_unit, span_of
from tests.inspections.services import commending, recommending
from tests.inspections.services.filings import Door, closing, make_door, roll_call, send
from tests.inspections.services.test_records import finding

TODAY = date(2026, 6, 1)
MARCH = span_of("2026-03", 1)


@pytest.mark.parametrize(
    ("period", "starts_on", "first", "last"),
    [
        ("2026-03", 1, date(2026, 3, 1), date(2026, 3, 31)),
        ("2026-03", 15, date(2026, 2, 15), date(2026, 3, 14)),
        ("2026-01", 15, date(2025, 12, 15), date(2026, 1, 14)),
        ("2026-12", 1, date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-Q1", 1, date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", 15, date(2026, 9, 15), date(2026, 12, 14)),
        ("2026-H2", 1, date(2026, 7, 1), date(2026, 12, 31)),
        ("2026", 28, date(2025, 12, 28), date(2026, 12, 27)),
    ],
)
def test_a_period_follows_the_departments_months(
    period: str, starts_on: int, first: date, last: date
) -> None:
    assert span_of(period, starts_on) == Span(period, first, last)


@pytest.mark.parametrize(
    "period", ["", "2026-13", "2026-Q5", "2026-q1", "26", "2026-03-01", "２０２６"]
)
def test_what_names_no_period_is_refused(period: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        span_of(period, 1)
    assert refused.value.code == "unknown_period"


@pytest.fixture
def door(db: None) -> Door:
    """A visit of 2 March: three findings, one of them remedied in time and one withdrawn; one office counted twice."""
    door = make_door()
    findings = [
        finding(),
        finding(severity="minor", responsible=None),
        finding(severity="minor", id=str(uuid4())),
    ]
    calls = [
        roll_call(),
        roll_call(office="Văn phòng", unexcused=1),
        roll_call(stage="after_evidence", unexcused=0, present=9, absent=[]),
    ]
    send(door.an, closing(door, findings=findings, roll_calls=calls))
    first, second, third = Finding.objects.order_by("position")
    Finding.objects.filter(pk=first.pk).update(remedy_due="2026-04-01", remedied_on="2026-04-01")
    Finding.objects.filter(pk=second.pk).update(explanation_due="2026-03-20")
    Finding.objects.filter(pk=third.pk).update(state="withdrawn")
    return door


def test_a_units_findings_are_counted_as_they_stand(door: Door) -> None:
    (found,) = by_unit(MARCH, TODAY).values()
    assert found.severities == {"major": 1, "minor": 1}
    assert found.states == {"open": 2}
    assert (found.visits, found.overdue, found.repeated) == (1, 1, 0)
    assert (found.remedied_on_time, found.remedied_late) == (1, 0)


def test_an_office_that_was_counted_again_counts_once(door: Door) -> None:
    (found,) = by_unit(MARCH, TODAY).values()
    assert (found.required, found.unexcused) == (24, 1)


def test_a_person_is_counted_where_a_finding_names_him(door: Door) -> None:
    assert door.visit.unit is not None
    (who,) = found = by_person(MARCH, TODAY)
    assert who == Person(door.visit.unit.pk, "Lê Thị Bảy", "Trưởng phòng")
    assert found[who].severities == {"major": 1}


@pytest.mark.parametrize("starts_on", [1, 28])
def test_what_lies_outside_of_the_period_is_not_counted(door: Door, starts_on: int) -> None:
    assert not by_unit(span_of("2026-04", starts_on), TODAY)
    assert not by_person(span_of("2026-02", starts_on), TODAY)


@pytest.mark.django_db
def test_a_decision_on_handling_counts_for_whom_it_is_about_in_the_period_of_its_day() -> None:
    matter = recommending.make_matter(findings=[finding(responsible=None)])
    made = recommending.decide(matter, recommending.forwarded(matter))
    (who,) = found = by_person(MARCH, TODAY)
    assert who == Person(matter.bay.unit_id, "Lê Thị Bảy", "Trưởng phòng")
    assert found[who].handled == 1
    assert [one.handled for one in by_unit(MARCH, TODAY).values()] == [0]
    HandlingRecommendation.objects.filter(pk=made.pk).update(
        decided_on="2026-04-01", effective_on="2026-04-01"
    )
    assert not by_person(MARCH, TODAY)


@pytest.mark.django_db
def test_a_decision_that_applied_nothing_is_not_counted() -> None:
    matter = recommending.make_matter(findings=[finding(responsible=None)])
    made = recommending.forwarded(matter)
    recommending.decide(
        matter, made, result=HandlingResult.NOT_APPLIED, form=None, effective_on=None
    )
    assert not by_person(MARCH, TODAY)


@pytest.mark.django_db
def test_commendations_count_once_granted_for_the_unit_or_the_person() -> None:
    praise = commending.make_praise()
    for official, number in ((None, "31"), (praise.on, "32"), (praise.on, "")):
        made = commending.propose(praise, official=official)
        made = commending.review(praise, made)
        if number:
            commending.decide(praise, made, number=number)
    (of_unit,) = by_unit(MARCH, TODAY).values()
    (who,) = of_persons = by_person(MARCH, TODAY)
    assert who == Person(praise.unit.pk, "Trần Văn Ơn", "Chuyên viên")
    assert (of_unit.commended, of_persons[who].commended) == (1, 1)
    Commendation.objects.exclude(decided_on=None).update(
        state="refused", decision_number="", refusal_reason="Đã khen"
    )
    assert not by_person(MARCH, TODAY)
