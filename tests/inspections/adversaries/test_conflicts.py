"""Late conflicts: inspectors who declare a tie to the friend once they fear that he was drawn."""

import pytest

from inspections.models import Inspector, Plan, RelationKind, Unit
from inspections.services import people, rosters, schedule
from inspections.services.rosters import RosterEntry
from inspections.states import PlanState
from tests.builders import NOW, make_inspector
from tests.inspections.adversaries.months import (
    assert_drawn_as_often_as,
    drawn_months,
    entry_of,
    probability,
    what_is_drawn_from,
)
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, Month, press

pytestmark = pytest.mark.django_db


def everybody_declares(month: Month, unit: Unit) -> None:
    for person in month.inspectors:
        people.declare_relation(
            actor=month.lan,
            inspector=person,
            version=person.version,
            unit=unit,
            kind=RelationKind.RELATIVE,
            now=DRAW_DAY,
        )


def name(month: Month, plan: Plan, entry: RosterEntry, *members: Inspector) -> None:
    schedule.name_team(
        actor=month.lan,
        visit=plan.visits.get(pk=entry.visit_id),
        version=entry.version,
        members=[person.pk for person in members],
        leader=members[0].pk,
        now=DRAW_DAY,
    )


def test_a_conflict_declared_after_the_draw_borrows_staff_and_the_unit_stays(month: Month) -> None:
    plan = months.with_teams(month)
    friend = rosters.open_roster(plan)[0]
    everybody_declares(month, friend.unit)

    plan = press("schedule", actor=month.lan, plan=plan)
    error = refused(lambda: press("approve", actor=month.minh, plan=plan))
    assert (error.code, error.params["visit"]) == ("conflict_of_interest", str(friend.visit_id))
    plan = press("return", actor=month.minh, plan=plan)

    guests = [make_inspector(name, is_guest=True, may_lead=True) for name in ("Ích", "Khôi")]
    name(month, plan, friend, *guests)
    plan = press("schedule", actor=month.lan, plan=plan)
    plan = press("approve", actor=month.minh, plan=plan)

    assert plan.state == PlanState.APPROVED
    visited = entry_of(plan, friend.unit)
    assert visited is not None
    assert (visited.date, visited.session) == (friend.date, friend.session)
    assert set(visited.members) == set(guests)


def test_a_whole_department_with_conflicts_leaves_the_visit_waiting_and_not_dropped(
    month: Month,
) -> None:
    plan = months.drawn(month)
    friend = rosters.open_roster(plan)[0]
    everybody_declares(month, friend.unit)
    for person in month.inspectors[:2]:
        error = refused(
            lambda person=person: name(month, plan, friend, person, month.inspectors[2]),
            but="roster.read",
        )
        assert error.code == "conflict_of_interest"
    error = refused(lambda: press("schedule", actor=month.lan, plan=plan))
    assert error.code == "visits_without_team"


def test_conflicts_declared_before_the_freeze_take_no_unit_out_of_it(
    month: Month, plan: Plan, friend: Unit
) -> None:
    before = what_is_drawn_from(plan)
    run = plan.risk_run
    months.cancelled(month, plan)
    everybody_declares(month, friend)
    again = months.frozen(month, risk_run=run)
    assert what_is_drawn_from(again) == before
    times = sum(friend.code in drawn.sample for drawn in drawn_months(again, name="conflict"))
    assert_drawn_as_often_as(probability(again, friend), times)


def test_a_relation_declared_and_ended_again_stays_on_record(month: Month, friend: Unit) -> None:
    person = people.declare_relation(
        actor=month.lan,
        inspector=month.inspectors[0],
        version=1,
        unit=friend,
        kind=RelationKind.OTHER,
        now=NOW,
    )
    relation = person.relations.get()
    people.end_relation(
        actor=month.lan,
        inspector=person,
        version=person.version,
        relation_id=relation.pk,
        now=DRAW_DAY,
    )
    relation.refresh_from_db()
    assert (relation.declared_at, relation.ended_at) == (NOW, DRAW_DAY)
