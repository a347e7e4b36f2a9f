"""What moves the clock of discipline: one extension by decision, and pauses."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import DomainError, InvalidInput, NotAllowed, NotFound, WrongState
from inspections.models import HandlingKind, HandlingRecommendation, PauseReason
from inspections.services import handling_clock
from tests.inspections.services.filings import LATER
from tests.inspections.services.recommending import (
    SIGNED,
    Matter,
    decide,
    forwarded,
    make_matter,
    propose,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
IN_MAY = LATER + timedelta(days=70)


@pytest.fixture
def matter() -> Matter:
    return make_matter()


def extend(matter: Matter, made: HandlingRecommendation, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "days": 150,
        "number": "7/QĐ-UBND",
        "on": IN_MAY.date(),
        "reason": "Vụ việc có tình tiết phức tạp",
        "now": IN_MAY,
    }
    handling_clock.extend(
        actor=matter.chi, recommendation=made, version=made.version, **(facts | changes)
    )


def pause(matter: Matter, made: HandlingRecommendation, **changes: Any) -> None:
    facts: dict[str, Any] = {
        "reason": PauseReason.ILLNESS,
        "first_day": SIGNED + 10 * DAY,
        "now": IN_MAY,
    }
    handling_clock.pause(
        actor=matter.chi, recommendation=made, version=made.version, **(facts | changes)
    )


def test_a_recorded_decision_extends_the_limit_once(matter: Matter) -> None:
    made = propose(matter)
    extend(matter, made)
    assert (made.limit_days, made.due_on) == (150, date(2026, 7, 30))
    with pytest.raises(WrongState) as caught:
        extend(matter, made)
    assert caught.value.code == "extended_already"


@pytest.mark.parametrize(
    "changes", [{"days": 90}, {"days": 151}, {"reason": " "}, {"number": ""}, {"on": date.max}]
)
def test_an_extension_has_its_bounds_number_and_reason(
    matter: Matter, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        extend(matter, propose(matter), **changes)


def test_a_limit_that_is_over_is_not_extended(matter: Matter) -> None:
    late = LATER + timedelta(days=91)
    with pytest.raises(InvalidInput) as caught:
        extend(matter, propose(matter), on=late.date(), now=late)
    assert caught.value.code == "limit_over"


def test_an_extension_is_decided_after_the_discovery(matter: Matter) -> None:
    with pytest.raises(InvalidInput) as caught:
        extend(matter, propose(matter), on=SIGNED - DAY)
    assert caught.value.code == "day_too_early"


def test_while_a_pause_has_no_end_the_clock_stands_and_nothing_is_due(matter: Matter) -> None:
    made = propose(matter)
    pause(matter, made)
    assert (made.due_on, made.days_left(SIGNED + 500 * DAY)) == (None, 81)
    handling_clock.end_pause(
        actor=matter.chi,
        recommendation=made,
        version=made.version,
        pause_id=made.pauses.get().pk,
        last_day=SIGNED + 19 * DAY,
        now=IN_MAY,
    )
    assert (made.due_on, made.days_left(SIGNED + 20 * DAY)) == (date(2026, 6, 10), 80)


def test_a_pause_that_began_when_the_limit_was_over_changes_nothing(matter: Matter) -> None:
    made = propose(matter)
    pause(matter, made, first_day=SIGNED + 91 * DAY, now=LATER + timedelta(days=100))
    assert made.due_on == date(2026, 5, 31)


def test_a_pause_is_ended_once_and_after_it_began(matter: Matter) -> None:
    made = propose(matter)
    pause(matter, made, last_day=SIGNED + 12 * DAY)
    facts: dict[str, Any] = {"actor": matter.chi, "recommendation": made, "now": IN_MAY}
    for gone in (made.pauses.get().pk, uuid4()):
        with pytest.raises(NotFound):
            handling_clock.end_pause(version=2, pause_id=gone, last_day=SIGNED, **facts)
    with pytest.raises(InvalidInput):
        pause(matter, made, last_day=SIGNED)
    with pytest.raises(InvalidInput):
        pause(matter, made, first_day=IN_MAY.date() + DAY)


def test_only_discipline_has_a_clock_and_only_while_it_is_open(matter: Matter) -> None:
    measure = propose(matter, kind=HandlingKind.CRITICISM)
    decided = decide(matter, forwarded(matter))
    for press in (extend, pause):
        with pytest.raises(InvalidInput):
            press(matter, measure)
        with pytest.raises(WrongState):
            press(matter, decided)


def test_inspectors_move_no_clock(matter: Matter) -> None:
    made = propose(matter)
    with pytest.raises(NotAllowed):
        handling_clock.pause(
            actor=matter.an,
            recommendation=made,
            version=1,
            reason=PauseReason.CHILD,
            first_day=SIGNED,
            now=IN_MAY,
        )


def test_a_stale_pause_leaves_nothing_behind(matter: Matter) -> None:
    made = propose(matter)
    stale = HandlingRecommendation.objects.get(pk=made.pk)
    pause(matter, made)
    with pytest.raises(DomainError):
        handling_clock.pause(
            actor=matter.chi,
            recommendation=stale,
            version=1,
            reason=PauseReason.CHILD,
            first_day=SIGNED,
            now=IN_MAY,
        )
    assert made.pauses.count() == 1
