"""Veto: an approver who sends the roster back, or lets it lie, until his friend is off it."""

from datetime import datetime, time, timedelta

import pytest

from inspections.errors import InvalidInput, NotAllowed, WrongState
from inspections.models import AuditEvent, Plan, Role, Unit
from inspections.services import plans, release, rosters, schedule
from inspections.states import STEPS, PlanState, VisitState
from tests.builders import HANOI, make_user
from tests.inspections.adversaries.months import (
    assert_drawn_as_often_as,
    drawn_months,
    entry_of,
    probability,
)
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import AFTER_THE_MONTH, DRAW_DAY, Month, press

pytestmark = pytest.mark.django_db


def roster(plan: Plan) -> list[tuple[Unit, object, object]]:
    return [(one.unit, one.date, one.session) for one in rosters.open_roster(plan)]


def test_however_often_it_is_sent_back_units_and_dates_stay(month: Month) -> None:
    plan = months.with_teams(month)
    before = roster(plan)
    for _ in range(5):
        plan = press("schedule", actor=month.lan, plan=plan)
        plan = schedule.send_back(
            actor=month.minh,
            plan=plan,
            version=plan.version,
            reason=f"Bỏ {before[0][0].name}",
            now=DRAW_DAY,
        )
    assert roster(plan) == before
    assert AuditEvent.objects.filter(action="plan.return", actor_id=month.minh.pk).count() == 5


def test_no_step_after_the_draw_leads_back_before_it() -> None:
    after = {PlanState.DRAWN, PlanState.SCHEDULED, PlanState.APPROVED, PlanState.ACTIVE}
    before = {PlanState.DRAFT, PlanState.FROZEN, PlanState.ENDORSED}
    assert not [
        name for name, step in STEPS.items() if step.sources & after and step.target in before
    ]


def test_a_roster_that_nobody_approves_cannot_be_closed_but_only_cancelled_and_revealed(
    month: Month,
) -> None:
    plan = months.scheduled(month)
    friend = rosters.open_roster(plan)[0].unit
    error = refused(
        lambda: plans.close(actor=month.lan, plan=plan, version=plan.version, now=AFTER_THE_MONTH)
    )
    assert type(error) is WrongState
    plan = months.cancelled(month, plan)
    assert friend.code in (plan.record or "")


def test_another_approver_needs_no_leave_of_the_one_who_waits(month: Month) -> None:
    plan = months.scheduled(month)
    oanh = make_user("Oanh", Role.APPROVER)
    assert press("approve", actor=oanh, plan=plan).approved_by == oanh


def test_an_approval_held_back_until_the_friends_day_is_over_leaves_a_visit_not_made(
    month: Month,
) -> None:
    """A pocket veto: it works for that day, and stands there with its unit, its day and its late approval."""
    plan = months.scheduled(month)
    friend = rosters.open_roster(plan)[0]
    rosters.read_roster(actor=month.minh, plan=plan, now=DRAW_DAY)
    late = datetime.combine(friend.date + timedelta(days=1), time(8), tzinfo=HANOI)

    plan = schedule.approve(actor=month.minh, plan=plan, version=plan.version, now=late)
    release.release_due(now=late)
    plan.refresh_from_db()
    plan = plans.close(actor=month.lan, plan=plan, version=plan.version, now=AFTER_THE_MONTH)

    visit = plan.visits.get(pk=friend.visit_id)
    assert (visit.unit, visit.date, visit.state) == (
        friend.unit,
        friend.date,
        VisitState.NOT_MADE,
    )
    assert plan.approved_at == late
    assert visit.released_at == late
    # Who had read the roster by then is shown to those who may read it themselves.
    readers = rosters.roster_readers(actor=make_user("Oanh", Role.APPROVER), plan=plan)
    assert month.minh in [reader.user for reader in readers]


def test_an_approver_names_no_team_and_so_leaves_none_unnamed(month: Month) -> None:
    plan = months.drawn(month)
    entry = rosters.open_roster(plan)[0]
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    error = refused(
        lambda: schedule.name_team(
            actor=month.minh,
            visit=plan.visits.get(pk=entry.visit_id),
            version=entry.version,
            members=[an, cuc],
            leader=an,
            now=DRAW_DAY,
        )
    )
    assert type(error) is NotAllowed


def test_a_planner_who_names_no_team_for_the_friend_hands_nothing_over(month: Month) -> None:
    """The planner's own veto: the roster waits for every team, and the plan's one way out is counted."""
    plan = months.drawn(month)
    friend, *others = rosters.open_roster(plan)
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    for entry in others:
        schedule.name_team(
            actor=month.lan,
            visit=plan.visits.get(pk=entry.visit_id),
            version=entry.version,
            members=[an, cuc],
            leader=an,
            now=DRAW_DAY,
        )
    error = refused(lambda: press("schedule", actor=month.lan, plan=plan))
    assert (type(error), error.code) == (InvalidInput, "visits_without_team")
    assert entry_of(plan, friend.unit) is not None


def test_a_friend_of_the_approver_is_drawn_as_often_as_he_should(plan: Plan, friend: Unit) -> None:
    times = sum(friend.code in month.sample for month in drawn_months(plan, name="veto"))
    assert_drawn_as_often_as(probability(plan, friend), times)
