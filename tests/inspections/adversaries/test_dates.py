"""Move dates: whoever cannot choose the unit tries to choose, or to learn, the day."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from inspections.calendar import DayKind
from inspections.errors import WrongState
from inspections.models import Department, Plan
from inspections.sealing import keyring
from inspections.services import calendar_days, commitment, department, people, plans, rosters
from inspections.services.keys import plan_context
from planner.frame import read_frame
from planner.record import draw_frame
from tests.builders import NOW
from tests.inspections.adversaries.months import what_is_drawn_from
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, FIRST_DAY, PUBLIC_VALUE, Month, press

pytestmark = pytest.mark.django_db


def dates(plan: Plan) -> dict[str, tuple[date, str, object]]:
    return {
        one.unit.code: (one.date, one.session, one.release_at) for one in rosters.open_roster(plan)
    }


def secrets_of(plan: Plan) -> list[bytes]:
    return [
        keyring().open(sealed, context=plan_context(plan, field))
        for field in ("secret_one", "secret_two")
        if (sealed := getattr(plan, field)) is not None
    ]


@pytest.mark.parametrize(
    "change",
    [{"first_day": date(2026, 4, 20)}, {"session_capacity": 9}, {"reveal_on": date(2026, 6, 1)}],
    ids=str,
)
@pytest.mark.parametrize("make", [months.frozen, months.drawn, months.scheduled])
def test_nothing_that_dates_follow_from_is_changed_after_the_freeze(
    month: Month, make: Callable[[Month], Plan], change: dict[str, object]
) -> None:
    plan = make(month)
    error = refused(
        lambda: plans.update_plan(
            actor=month.lan, plan=plan, version=plan.version, changes=change, now=NOW
        )
    )
    assert type(error) is WrongState


def test_a_holiday_invented_after_the_freeze_moves_no_date(month: Month) -> None:
    plan = months.frozen(month)
    before = what_is_drawn_from(plan)
    for day in range(1, 15):
        calendar_days.put_day(
            actor=month.lan,
            date=date(2026, 4, day),
            kind=DayKind.HOLIDAY,
            name="Nghỉ",
            now=NOW,
        )
    plan = press("endorse", actor=month.minh, plan=plan)
    plan = press("draw", actor=month.lan, plan=plan)
    assert what_is_drawn_from(plan) == before
    again = draw_frame(read_frame((plan.frame or "").encode()), secrets_of(plan), PUBLIC_VALUE)
    assert again.sessions is not None
    assert {code: (slot.date, slot.part) for code, slot in again.sessions.items()} == {
        code: (day.isoformat(), session) for code, (day, session, _) in dates(plan).items()
    }


def test_hours_changed_after_the_draw_open_no_visit_earlier(month: Month) -> None:
    plan = months.drawn(month)
    before = dates(plan)
    ours = Department.objects.get()
    department.update_department(
        actor=month.people.ha,
        department=ours,
        version=ours.version,
        changes={"release_minutes": 24 * 60},
        now=DRAW_DAY,
    )
    assert dates(plan) == before


def test_leave_on_the_friends_day_changes_who_goes_and_not_when(month: Month) -> None:
    plan = months.with_teams(month)
    before = dates(plan)
    friend = rosters.open_roster(plan)[0]
    for person in month.inspectors:
        people.enter_leave(
            actor=month.lan,
            inspector=person,
            version=person.version,
            first_day=friend.date,
            last_day=friend.date,
            now=DRAW_DAY,
        )
    plan = press("schedule", actor=month.lan, plan=plan)
    error = refused(lambda: press("approve", actor=month.minh, plan=plan))
    assert error.code == "inspector_on_leave"
    assert dates(press("return", actor=month.minh, plan=plan)) == before


def test_a_draw_put_off_until_dates_are_over_is_refused_and_says_what_to_do(month: Month) -> None:
    """Waiting would turn the first dates into visits that nobody can make any more."""
    plan = months.endorsed(month)
    for late in (FIRST_DAY, FIRST_DAY + timedelta(days=20)):
        error = refused(
            lambda late=late: commitment.draw(
                actor=month.lan,
                plan=plan,
                version=plan.version,
                now=late,
                public_value=PUBLIC_VALUE,
            )
        )
        assert (type(error), error.code) == (WrongState, "first_day_passed")
        assert "01/04/2026" in str(error)
