"""Drafts, cancellations and the end of a month: nothing is lost count of, and nothing dropped unseen."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import InvalidInput, NotAllowed, SamePerson, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Department,
    Plan,
    Role,
    StratifyBy,
    TagKind,
    UnitKind,
    Visit,
    VisitTag,
)
from inspections.services import plans, release, rosters, users
from inspections.states import LIVE, PlanState, VisitState
from planner import canonical
from planner.frame import read_frame
from planner.record import draw_frame
from planner.seed import commitment
from planner.verify import verify
from tests.builders import HANOI, NOW, make_run, make_unit, make_user
from tests.inspections.database import contents, refused
from tests.inspections.services import months
from tests.inspections.services.months import (
    AFTER_THE_MONTH,
    DRAW_DAY,
    IN_STATE,
    PERIOD,
    Month,
    press,
)

pytestmark = pytest.mark.django_db

MAY = date(2026, 5, 1)


def create(month: Month, period: date = PERIOD, **fields: Any) -> Plan:
    return plans.create_plan(actor=month.lan, period=period, **({"size": 4, "now": NOW} | fields))


def ask_to_cancel(month: Month, plan: Plan, reason: str = "Bão số 3") -> Plan:
    return plans.request_cancel(
        actor=month.lan, plan=plan, version=plan.version, reason=reason, now=DRAW_DAY
    )


# --- Drafts ----------------------------------------------------------------------------------


def test_a_draft_is_for_its_month_unless_told_otherwise(month: Month) -> None:
    plan = create(month)
    assert plan.state == PlanState.DRAFT
    assert (plan.first_day, plan.reveal_on) == (PERIOD, date(2026, 5, 15))
    assert plan.created_by == month.lan
    plan.refresh_from_db()
    assert plan.floor == plan.cap == Decimal("0.5")


def test_a_month_that_has_begun_is_planned_from_the_day_after_tomorrow(month: Month) -> None:
    evening = datetime(2026, 4, 9, 23, 30, tzinfo=HANOI)
    assert create(month, now=evening).first_day == date(2026, 4, 11)


BAD = [
    ("period", {"period": date(2026, 4, 2)}),
    ("period", {"period": date(2026, 2, 1)}),
    ("period", {"period": date(9999, 12, 1)}),
    ("size", {"size": 0}),
    ("size", {"size": -1}),
    ("size", {"size": plans.MAX_SIZE + 1}),
    ("floor", {"floor": Decimal(0)}),
    ("floor", {"floor": Decimal("-0.1")}),
    ("floor", {"floor": Decimal("1.001")}),
    ("floor", {"floor": Decimal("0.1234")}),
    ("floor", {"floor": Decimal("NaN")}),
    ("floor", {"floor": Decimal("Infinity")}),
    ("cap", {"cap": Decimal(0)}),
    ("cap", {"cap": Decimal("1.001")}),
    ("cap", {"cap": Decimal("0.5001")}),
    ("cap", {"cap": Decimal("sNaN")}),
    ("session_capacity", {"session_capacity": 0}),
    ("session_capacity", {"session_capacity": 10**12}),
    ("first_day", {"first_day": date(2026, 3, 31)}),
    ("first_day", {"first_day": date(2026, 5, 1)}),
    ("reveal_on", {"reveal_on": date(2026, 4, 30)}),
    ("strata_sizes", {"strata_sizes": {"all": 5}}),
    ("strata_sizes", {"strata_sizes": {"commune": 5, "ward": -1}}),
    ("strata_sizes", {"strata_sizes": {"commune": 4, "ward": 0}}),
    ("strata_sizes", {"strata_sizes": {}}),
]


# What no roster could grant, whatever the scores.
IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "more visits than units": {"size": 13},
    "half drawn": {"size": 7},
    "cap below the mean": {"cap": Decimal("0.3")},
    "no room in the calendar": {"first_day": date(2026, 4, 30), "session_capacity": 1},
    "a stratum that is not there": {
        "stratify_by": StratifyBy.KIND,
        "strata_sizes": {"commune": 2, "ward": 2},
    },
}


@pytest.mark.parametrize("wish", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_draft_that_could_never_be_frozen_is_refused_when_it_is_made_or_changed(
    month: Month, wish: dict[str, Any]
) -> None:
    error = refused(lambda: create(month, **wish))
    assert error.code in {"infeasible", "invalid_input"}
    plan = create(month, **{name: wish[name] for name in wish.keys() & {"session_capacity"}})
    again = refused(
        lambda: plans.update_plan(
            actor=month.lan, plan=plan, version=plan.version, changes=wish, now=NOW
        )
    )
    assert (again.code, again.message) == (error.code, error.message)


def test_a_size_below_what_every_stratum_takes_is_refused(month: Month) -> None:
    for number in range(6):
        make_unit(f"2{number:04}", f"Phường {number}", UnitKind.WARD)
    error = refused(lambda: create(month, size=3, stratify_by=StratifyBy.KIND))
    assert error.code == "infeasible"
    assert create(month, size=4, stratify_by=StratifyBy.KIND).size == 4


def test_a_draft_is_possible_or_not_whatever_the_scores(month: Month) -> None:
    steep = {unit: 10.0**number for number, unit in enumerate(month.units)}
    run = make_run(month.lan, steep, as_of=date(2026, 2, 28))
    plan = create(month, size=6, risk_run=run)
    assert press("freeze", actor=month.lan, plan=plan).state == PlanState.FROZEN


def test_the_reveal_comes_within_the_days_that_the_department_has_set(month: Month) -> None:
    latest = date(2026, 6, 29)  # sixty days after the end of April
    assert create(month, reveal_on=latest).reveal_on == latest
    late = {"reveal_on": latest + timedelta(days=1)}
    error = refused(lambda: create(month, MAY, reveal_on=date(2026, 7, 31)))
    assert (error.code, error.params["field"]) == ("reveal_too_late", "reveal_on")
    plan = Plan.objects.get()
    error = refused(
        lambda: plans.update_plan(
            actor=month.lan, plan=plan, version=plan.version, changes=late, now=NOW
        )
    )
    assert (error.code, error.params["latest"]) == ("reveal_too_late", "2026-06-29")


def test_a_bound_that_came_after_the_draft_stops_the_freeze(month: Month) -> None:
    plan = create(month, reveal_on=date(2026, 6, 1))
    Department.objects.update(reveal_within_days=7)
    assert refused(lambda: press("freeze", actor=month.lan, plan=plan)).code == "reveal_too_late"
    assert create(month, MAY).reveal_on == date(2026, 6, 7)


@pytest.mark.parametrize(("field", "values"), BAD, ids=str)
def test_a_draft_with_a_bad_value_is_not_made(
    month: Month, field: str, values: dict[str, Any]
) -> None:
    before = contents()
    with pytest.raises(InvalidInput) as caught:
        create(month, **values)
    assert caught.value.params["field"] == field
    assert contents() == before


@pytest.mark.parametrize(
    ("field", "values"), [case for case in BAD if "period" not in case[1]], ids=str
)
def test_a_draft_is_not_changed_to_a_bad_value(
    month: Month, field: str, values: dict[str, Any]
) -> None:
    plan = create(month)
    before = contents()
    with pytest.raises(InvalidInput) as caught:
        plans.update_plan(actor=month.lan, plan=plan, version=plan.version, changes=values, now=NOW)
    assert caught.value.params["field"] == field
    assert contents() == before


def test_a_draft_is_changed_by_a_planner_and_on_record(month: Month) -> None:
    plan = create(month)
    changed = plans.update_plan(
        actor=make_user("Sơn", Role.PLANNER),
        plan=plan,
        version=plan.version,
        changes={"size": 6, "cap": Decimal("0.75"), "stratify_by": StratifyBy.KIND},
        now=NOW,
    )
    assert (changed.size, changed.cap, changed.version) == (6, Decimal("0.750"), 2)
    event = AuditEvent.objects.get(action="plan.update")
    assert event.details == {"changed": ["cap", "size", "stratify_by"]}


@pytest.mark.parametrize(
    "field", ["state", "period", "serial", "created_by", "policy", "frame", "secret_one", "version"]
)
def test_what_is_not_the_drafts_own_is_never_assigned(month: Month, field: str) -> None:
    plan = create(month)
    before = contents()
    with pytest.raises(InvalidInput) as caught:
        plans.update_plan(
            actor=month.lan, plan=plan, version=plan.version, changes={field: "x"}, now=NOW
        )
    assert caught.value.params["field"] == field
    assert contents() == before


def test_a_draft_that_somebody_changed_meanwhile_is_not_changed(month: Month) -> None:
    plan = create(month)
    with pytest.raises(VersionConflict):
        plans.update_plan(
            actor=month.lan, plan=plan, version=plan.version + 1, changes={"size": 6}, now=NOW
        )


@pytest.mark.parametrize("state", [state for state in PlanState if state != PlanState.DRAFT])
def test_nothing_but_a_draft_is_changed(month: Month, state: PlanState) -> None:
    plan = IN_STATE[state](month)
    before = contents()
    with pytest.raises(WrongState):
        plans.update_plan(
            actor=month.lan, plan=plan, version=plan.version, changes={"size": 6}, now=NOW
        )
    assert contents() == before


@pytest.mark.parametrize("name", ["minh", "an", "chi", "phuong", "dung", "giang", "ha"])
def test_only_a_planner_makes_and_changes_drafts(month: Month, name: str) -> None:
    person = getattr(month.people, name)
    plan = create(month)
    before = contents()
    with pytest.raises(NotAllowed):
        plans.create_plan(actor=person, period=MAY, size=4, now=NOW)
    with pytest.raises(NotAllowed):
        plans.update_plan(actor=person, plan=plan, version=1, changes={"size": 6}, now=NOW)
    assert contents() == before


def test_a_closed_account_makes_no_draft(month: Month) -> None:
    users.reset_password(actor=month.people.ha, user=month.lan, now=NOW)
    with pytest.raises(NotAllowed):
        create(month)


# --- One live plan a month, and serial numbers -----------------------------------------------


@pytest.mark.parametrize("state", [state for state in PlanState if state != PlanState.CANCELLED])
def test_a_month_has_one_plan_however_far_it_is(month: Month, state: PlanState) -> None:
    IN_STATE[state](month)
    before = contents()
    with pytest.raises(InvalidInput) as caught:
        create(month)
    assert caught.value.code == "plan_exists"
    assert contents() == before


def test_the_database_refuses_a_second_live_plan_of_a_month(month: Month) -> None:
    create(month)
    other = create(month, MAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=other.pk).update(period=PERIOD)


def test_serial_numbers_have_no_gaps_though_a_creation_fails(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(month)
    with pytest.raises(InvalidInput):
        create(month)
    with pytest.raises(InvalidInput):
        create(month, MAY, size=0)
    with monkeypatch.context() as broken:
        broken.setattr(plans.audit, "record", fail)
        with pytest.raises(ZeroDivisionError):
            create(month, MAY)
    create(month, MAY)
    create(month, date(2026, 6, 1))
    assert sorted(Plan.objects.values_list("serial", flat=True)) == [1, 2, 3]


def fail(**_: Any) -> None:
    raise ZeroDivisionError


def test_a_cancelled_plan_stays_counted(month: Month) -> None:
    cancelled = months.cancelled(month, create(month))
    again = create(month)
    assert (cancelled.serial, again.serial) == (1, 2)
    assert Plan.objects.filter(period=PERIOD).count() == 2


def test_a_cancelled_plan_does_not_come_back_beside_the_next_one(month: Month) -> None:
    cancelled = months.cancelled(month, create(month))
    create(month)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=cancelled.pk).update(state=PlanState.DRAFT)


# --- Cancelling ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(LIVE), ids=str)
def test_nothing_is_cancelled_that_nobody_asked_for(month: Month, state: PlanState) -> None:
    plan = IN_STATE[state](month)
    before = contents()
    with pytest.raises(WrongState):
        press("cancel", actor=month.minh, plan=plan)
    assert contents() == before


def test_whoever_asks_for_a_cancellation_does_not_decide_it(month: Month) -> None:
    plan = months.drawn(month)
    plan = plans.request_cancel(
        actor=month.minh, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
    )
    before = contents()
    with pytest.raises(SamePerson):
        press("cancel", actor=month.minh, plan=plan)
    assert contents() == before

    oanh = make_user("Oanh", Role.APPROVER)
    assert press("cancel", actor=oanh, plan=plan).state == PlanState.CANCELLED


@pytest.mark.parametrize("state", [PlanState.REVEALED, PlanState.CANCELLED])
def test_what_is_over_is_not_asked_to_be_cancelled(month: Month, state: PlanState) -> None:
    plan = IN_STATE[state](month)
    before = contents()
    with pytest.raises(WrongState):
        ask_to_cancel(month, plan)
    assert contents() == before


def test_whoever_asks_last_is_who_does_not_decide(month: Month) -> None:
    """A lone approver who asked would otherwise have locked the plan against himself."""
    plan = months.frozen(month)
    plan = plans.request_cancel(
        actor=month.minh, plan=plan, version=plan.version, reason="nhầm", now=NOW
    )
    plan = ask_to_cancel(month, plan, "khác")
    assert press("cancel", actor=month.minh, plan=plan).state == PlanState.CANCELLED


def test_a_request_to_cancel_a_plan_that_changed_is_refused(month: Month) -> None:
    plan = ask_to_cancel(month, months.frozen(month))
    before = contents()
    with pytest.raises(VersionConflict):
        plans.request_cancel(
            actor=month.minh, plan=plan, version=plan.version - 1, reason="khác", now=NOW
        )
    assert contents() == before


@pytest.mark.parametrize("reason", ["", "   ", "\u200b\n\t "], ids=repr)
def test_a_cancellation_gives_its_reason(month: Month, reason: str) -> None:
    plan = months.frozen(month)
    before = contents()
    with pytest.raises(InvalidInput) as caught:
        ask_to_cancel(month, plan, reason)
    assert caught.value.params["field"] == "reason"
    assert contents() == before


@pytest.mark.parametrize("name", ["an", "chi", "phuong", "dung", "giang", "ha"])
def test_only_planners_and_approvers_ask_for_a_cancellation(month: Month, name: str) -> None:
    plan = months.frozen(month)
    before = contents()
    with pytest.raises(NotAllowed):
        plans.request_cancel(
            actor=getattr(month.people, name),
            plan=plan,
            version=plan.version,
            reason="Bão số 3",
            now=NOW,
        )
    assert contents() == before


def test_a_cancelled_draft_has_nothing_to_reveal(month: Month) -> None:
    assert months.cancelled(month, create(month)).record is None


@pytest.mark.parametrize("make", [months.frozen, months.endorsed], ids=["frozen", "endorsed"])
def test_a_plan_cancelled_before_its_draw_opens_its_frame_and_secrets(
    month: Month, make: Callable[[Month], Plan]
) -> None:
    plan = months.cancelled(month, make(month))

    opened = json.loads(plan.record or "")
    frame = read_frame(opened["frame"])
    secrets = [bytes.fromhex(secret) for secret in opened["secrets"]]
    commitments = [value for value in opened["commitments"] if value]

    assert frame.sha256 == opened["frame_sha256"] == plan.frame_sha256
    assert [commitment(secret) for secret in secrets] == commitments
    assert commitments == [value for value in (plan.commitment_one, plan.commitment_two) if value]
    assert len(draw_frame(frame, secrets, months.PUBLIC_VALUE).sample) == plan.size


def test_a_plan_cancelled_before_its_draw_tells_what_it_would_have_drawn(month: Month) -> None:
    plan = months.endorsed(month)
    with transaction.atomic():
        drawn = press("draw", actor=month.lan, plan=plan)
        would_be = {entry.unit.code for entry in rosters.open_roster(drawn)}
        transaction.set_rollback(True)

    opened = json.loads(months.cancelled(month, plan).record or "")
    found = draw_frame(
        read_frame(opened["frame"]),
        [bytes.fromhex(secret) for secret in opened["secrets"]],
        months.PUBLIC_VALUE,
    )

    assert set(found.sample) == would_be


@pytest.mark.parametrize("make", [months.drawn, months.approved, months.closed])
def test_a_plan_cancelled_after_its_draw_reveals_a_record_that_verifies(
    month: Month, make: Callable[[Month], Plan]
) -> None:
    plan = make(month)
    roster = {entry.unit.code: entry.date for entry in rosters.open_roster(plan)}

    record = canonical.loads((months.cancelled(month, plan).record or "").encode())

    assert verify(record) == []
    assert isinstance(record, dict)
    assert {row["code"]: date.fromisoformat(row["date"]) for row in record["dates"]} == roster


def test_visits_of_a_cancelled_plan_are_not_made_and_stay_sealed(month: Month) -> None:
    plan = months.cancelled(month, months.approved(month))
    visits = list(plan.visits.all())
    assert {visit.state for visit in visits} == {VisitState.NOT_MADE}
    assert {(visit.unit, visit.date, visit.release_at) for visit in visits} == {(None, None, None)}


def test_a_visit_made_before_the_cancellation_stays_made(month: Month) -> None:
    plan, made = months.approved(month), arrived_first(month)
    months.cancelled(month, Plan.objects.get(pk=plan.pk))
    made.refresh_from_db()
    assert made.state == VisitState.ARRIVED


def arrived_first(month: Month) -> Visit:
    """Release all visits of the month and let An arrive at one."""
    release.release_due(now=AFTER_THE_MONTH)
    visit = Visit.objects.all()[0]
    return release.record_arrival(
        actor=month.people.an, visit=visit, version=visit.version, now=AFTER_THE_MONTH
    )


def test_a_cancelled_plan_leaves_its_inspectors_free(month: Month) -> None:
    cancelled = months.cancelled(month, staffed_on_the_last_day(month))
    assert not VisitTag.objects.filter(visit__plan=cancelled, kind=TagKind.DUTY).exists()

    plan = staffed_on_the_last_day(month)

    assert VisitTag.objects.filter(visit__plan=plan, kind=TagKind.DUTY).count() == 4


def staffed_on_the_last_day(month: Month) -> Plan:
    """Draw two visits for a month of one day with two sessions, and name the same two people."""
    plan = months.frozen(month, 2, first_day=date(2026, 4, 30))
    plan = press("endorse", actor=month.minh, plan=plan)
    plan = press("draw", actor=month.lan, plan=plan)
    months.name_teams(month, plan)
    return plan


def test_duties_of_a_plan_are_not_those_of_the_one_cancelled_before_it(month: Month) -> None:
    months.cancelled(month, months.approved(month, size=6))
    plan = months.approved(month, size=2)

    sessions = [(entry.date, entry.session) for entry in rosters.open_roster(plan)]
    assert rosters.duties(actor=month.people.an, now=DRAW_DAY) == sessions


# --- Closing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("when", [datetime(2026, 4, 30, 23, 59, tzinfo=HANOI), DRAW_DAY], ids=str)
def test_a_month_is_not_closed_before_it_is_over(month: Month, when: datetime) -> None:
    plan = months.approved(month)
    before = contents()
    with pytest.raises(WrongState):
        plans.close(actor=month.lan, plan=plan, version=plan.version, now=when)
    assert contents() == before


def test_a_month_is_over_with_the_first_minute_of_the_next(month: Month) -> None:
    plan = months.approved(month)
    midnight = datetime(2026, 5, 1, tzinfo=HANOI)
    assert (
        plans.close(actor=month.lan, plan=plan, version=plan.version, now=midnight).state
        == PlanState.CLOSED
    )


def test_visits_that_were_not_made_are_closed_as_such_and_open(month: Month) -> None:
    plan, made = months.approved(month), arrived_first(month)
    plan.refresh_from_db()
    plan = plans.close(actor=month.lan, plan=plan, version=plan.version, now=AFTER_THE_MONTH)
    others = plan.visits.exclude(pk=made.pk)
    assert {visit.state for visit in others} == {VisitState.NOT_MADE}
    assert all(visit.unit and visit.date for visit in others)
    assert plan.visits.get(pk=made.pk).state == VisitState.ARRIVED


def test_a_month_closes_though_nothing_of_it_was_released_before(month: Month) -> None:
    plan = months.closed(month)
    assert plan.visits.filter(unit=None).count() == 0


def test_closing_by_another_version_opens_nothing(month: Month) -> None:
    plan = months.approved(month)
    before = contents()
    with pytest.raises(VersionConflict):
        plans.close(
            actor=month.lan,
            plan=plan,
            version=plan.version - 1,
            now=AFTER_THE_MONTH + timedelta(days=1),
        )
    assert contents() == before
