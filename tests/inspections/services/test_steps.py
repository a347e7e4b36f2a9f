"""Every step of a plan: from its states alone, by its roles alone, never by one hand twice."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import NotAllowed, SamePerson, VersionConflict, WrongState
from inspections.models import AuditEvent, Plan, Role, User
from inspections.services import audit, commitment, plans, schedule, users
from inspections.states import LIVE, STEPS, PlanState
from planner.freeze import Frozen
from tests.builders import NOW, make_user
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, IN_STATE, PRESSES, Month, press

pytestmark = pytest.mark.django_db

# Who did a step, where the plan keeps it. A roster that was sent back keeps it in the audit log.
DONE_BY = {
    "freeze": "frozen_by",
    "endorse": "endorsed_by",
    "draw": "drawn_by",
    "schedule": "scheduled_by",
    "approve": "approved_by",
    "close": "closed_by",
    "reveal": "revealed_by",
    "cancel": "cancelled_by",
}
# The table of docs/roles.md.
BY = {
    "freeze": {Role.PLANNER},
    "endorse": {Role.APPROVER},
    "draw": {Role.PLANNER},
    "schedule": {Role.PLANNER},
    "return": {Role.APPROVER},
    "approve": {Role.APPROVER},
    "close": {Role.PLANNER},
    "reveal": {Role.PLANNER, Role.APPROVER},
    "cancel": {Role.APPROVER},
}
NOT_BY = {
    "endorse": {"created_by", "frozen_by"},
    "return": {"scheduled_by"},
    "approve": {"created_by", "frozen_by", "scheduled_by"},
    "cancel": {"cancel_requested_by"},
}
# Events after which a step is not one's own to take.
NOT_AFTER = {
    "endorse": {"plan.update"},
    "approve": {"plan.update", "plan.team", "plan.schedule"},
}
OF_ANOTHER = [(name, field) for name, step in STEPS.items() for field in step.not_by]


def plan_in(month: Month, state: PlanState, step: str) -> Plan:
    """Take a plan to a state; where the step is a cancellation, somebody has asked for it."""
    plan = IN_STATE[state](month)
    if step == "cancel" and state in LIVE:
        plan = plans.request_cancel(
            actor=month.lan, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
        )
    return plan


def ready_for(month: Month, step: str) -> Plan:
    """Take a plan to where a step begins."""
    return plan_in(month, min(STEPS[step].sources, key=list(PlanState).index), step)


def everybody(month: Month) -> dict[Role | None, User]:
    """One person for each role, and one who has none."""
    people = [person for person in vars(month.people).values() if person != month.people.binh]
    found: dict[Role | None, User] = {next(iter(person.roles)): person for person in people}
    return found | {None: make_user("Khách")}


def both(name: str) -> User:
    """A person who may plan and approve, though never the same thing."""
    return make_user(name, Role.PLANNER, Role.APPROVER)


def test_every_step_is_pressed_and_every_state_is_reached_by_these_tests() -> None:
    assert PRESSES.keys() == STEPS.keys()
    assert IN_STATE.keys() == set(PlanState)


def test_the_steps_are_those_that_the_roles_page_promises() -> None:
    assert {name: set(step.roles) for name, step in STEPS.items()} == BY
    assert {name: set(step.not_by) for name, step in STEPS.items() if step.not_by} == NOT_BY
    assert {name: set(step.not_after) for name, step in STEPS.items() if step.not_after} == (
        NOT_AFTER
    )


@pytest.mark.parametrize("state", PlanState)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_from_its_states_by_its_roles_alone(
    month: Month, step: str, state: PlanState
) -> None:
    plan = plan_in(month, state, step)
    assert plan.state == state
    people = everybody(month)
    for role in people.keys() - STEPS[step].roles:
        error = refused(lambda role=role: press(step, actor=people[role], plan=plan))
        assert (type(error), error.code) == (NotAllowed, "not_allowed"), role

    for role in STEPS[step].roles:
        with transaction.atomic():
            check_press(step, people[role], plan, state)
            transaction.set_rollback(True)


def check_press(step: str, actor: User, plan: Plan, state: PlanState) -> None:
    """Press as somebody with the role: it is done and on record, or refused for the state it is in."""
    if state not in STEPS[step].sources:
        assert type(refused(lambda: press(step, actor=actor, plan=plan))) is WrongState
        return

    done = press(step, actor=actor, plan=plan)

    assert done.state == STEPS[step].target
    assert done.version > plan.version
    if step in DONE_BY:
        assert getattr(done, DONE_BY[step]) == actor
    event = AuditEvent.objects.get(action=f"plan.{step}", actor_id=actor.pk, object_id=done.pk)
    assert event.details.items() >= {"serial": done.serial, "state": done.state}.items()
    assert list(audit.verify_chain()) == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("off", [-1, 1], ids=["older", "newer"])
def test_a_step_on_another_version_is_a_conflict(month: Month, step: str, off: int) -> None:
    plan = ready_for(month, step)
    actor = month.lan if Role.PLANNER in STEPS[step].roles else month.minh
    error = refused(lambda: press(step, actor=actor, plan=plan, version=plan.version + off))
    assert type(error) is VersionConflict


def test_a_step_worked_out_from_an_older_row_is_a_conflict(month: Month) -> None:
    older = months.drafted(month)
    plans.update_plan(
        actor=month.lan,
        plan=Plan.objects.get(pk=older.pk),
        version=older.version,
        changes={"size": 5},
        now=NOW,
    )
    error = refused(lambda: press("freeze", actor=month.lan, plan=older, version=older.version + 1))
    assert type(error) is VersionConflict


def test_a_draft_changed_while_it_is_being_frozen_is_not_frozen(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = months.drafted(month)
    build_frame = commitment.build_frame

    def meanwhile(plan: Plan, now: datetime) -> Frozen:
        frozen = build_frame(plan, now)
        fresh = Plan.objects.get(pk=plan.pk)
        plans.update_plan(
            actor=month.lan, plan=fresh, version=fresh.version, changes={"size": 5}, now=now
        )
        return frozen

    monkeypatch.setattr(commitment, "build_frame", meanwhile)
    with pytest.raises(VersionConflict):
        press("freeze", actor=month.lan, plan=plan)
    plan.refresh_from_db()
    assert (plan.state, plan.size, plan.frame) == (PlanState.DRAFT, 5, None)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("closing", ["roster closed", "account closed"])
def test_a_closed_account_takes_no_step(month: Month, step: str, closing: str) -> None:
    plan = ready_for(month, step)
    role = min(STEPS[step].roles)
    person = make_user("Quang", role)
    if closing == "roster closed":
        users.reset_password(actor=month.people.ha, user=person, now=NOW)
    else:
        users.deactivate(actor=month.people.ha, user=person, now=NOW)
    person = User.objects.get(pk=person.pk)
    error = refused(lambda: press(step, actor=person, plan=plan))
    assert error.code == ("account_closed" if closing == "roster closed" else "not_allowed")


@pytest.mark.parametrize(("step", "field"), OF_ANOTHER)
def test_whoever_made_what_is_checked_does_not_check_it(
    month: Month, step: str, field: str
) -> None:
    plan = ready_for(month, step)
    quang = both("Quang")
    Plan.objects.filter(pk=plan.pk).update(**{field: quang})
    plan.refresh_from_db()
    assert type(refused(lambda: press(step, actor=quang, plan=plan))) is SamePerson


@pytest.mark.parametrize(
    ("step", "field"), [(step, field) for step, field in OF_ANOTHER if step in DONE_BY]
)
def test_the_database_refuses_the_same_person_too(month: Month, step: str, field: str) -> None:
    plan = ready_for(month, step)
    quang = both("Quang")
    row = Plan.objects.filter(pk=plan.pk)
    row.update(**{field: quang})
    with pytest.raises(IntegrityError, match="by_another_person"), transaction.atomic():
        row.update(**{DONE_BY[step]: quang})
    row.update(**{DONE_BY[step]: both("Sơn")})


def test_the_database_refuses_one_person_who_does_all(month: Month) -> None:
    quang = both("Quang")
    plan = months.drafted(month)
    with pytest.raises(IntegrityError, match="endorsed_by_another"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(created_by=quang, frozen_by=quang, endorsed_by=quang)


def test_one_person_with_two_roles_takes_a_plan_no_further_than_frozen(month: Month) -> None:
    quang = both("Quang")
    plan = plans.create_plan(actor=quang, period=months.PERIOD, size=4, now=NOW, session_capacity=1)
    plan = press("freeze", actor=quang, plan=plan)
    assert type(refused(lambda: press("endorse", actor=quang, plan=plan))) is SamePerson


def test_whoever_changed_the_draft_does_not_endorse_it(month: Month) -> None:
    quang = both("Quang")
    plan = months.drafted(month)
    plan = plans.update_plan(
        actor=quang, plan=plan, version=plan.version, changes={"size": 5}, now=NOW
    )
    plan = press("freeze", actor=month.lan, plan=plan)
    assert type(refused(lambda: press("endorse", actor=quang, plan=plan))) is SamePerson
    assert press("endorse", actor=month.minh, plan=plan).endorsed_by == month.minh


def test_whoever_named_a_team_does_not_approve_though_another_handed_over(month: Month) -> None:
    quang = both("Quang")
    plan = months.with_teams(month)
    visit = plan.visits.all()[0]
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    schedule.name_team(
        actor=quang, visit=visit, version=visit.version, members=[an, cuc], leader=an, now=DRAW_DAY
    )
    plan = press("schedule", actor=month.lan, plan=plan)
    assert type(refused(lambda: press("approve", actor=quang, plan=plan))) is SamePerson
    assert press("approve", actor=month.minh, plan=plan).approved_by == month.minh


def test_whoever_handed_over_before_it_was_sent_back_does_not_approve(month: Month) -> None:
    quang = both("Quang")
    plan = press("schedule", actor=quang, plan=months.with_teams(month))
    plan = press("return", actor=month.minh, plan=plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    assert type(refused(lambda: press("approve", actor=quang, plan=plan))) is SamePerson


def test_what_somebody_did_to_another_plan_does_not_count(month: Month) -> None:
    quang = both("Quang")
    other = plans.create_plan(
        actor=month.lan, period=months.PERIOD.replace(month=5), size=4, now=NOW
    )
    plans.update_plan(actor=quang, plan=other, version=other.version, changes={"size": 5}, now=NOW)
    plan = months.frozen(month)
    assert press("endorse", actor=quang, plan=plan).endorsed_by == quang


def test_an_unknown_state_is_refused_by_the_database(month: Month) -> None:
    plan = months.drafted(month)
    with pytest.raises(IntegrityError, match="plan_state_known"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state="approved!")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"period": "2026-04-02"}, "plan_period_is_a_month"),
        ({"size": 0}, "plan_has_visits"),
        ({"cap": "0"}, "plan_floor_and_cap_in_range"),
        ({"cap": "1.1"}, "plan_floor_and_cap_in_range"),
    ],
)
def test_a_rule_of_one_row_is_the_databases_own(
    month: Month, values: dict[str, Any], constraint: str
) -> None:
    plan = months.drafted(month)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(**values)
