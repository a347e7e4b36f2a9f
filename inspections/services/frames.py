"""The frame of a plan: everything that defines its draw, taken from the units, the scores and the calendar."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

import planner
from inspections.errors import InvalidInput, planner_says
from inspections.models import Department, Plan, Policy, RiskRun, StratifyBy, Unit
from inspections.queries.calendars import work_calendar
from inspections.queries.measures import loads_that_count
from inspections.services.scoring import load_facts
from planner.dates import Session as Slot
from planner.errors import PlannerError
from planner.forecast import Forecast, forecast
from planner.freeze import Candidate, Frozen
from planner.freeze import freeze as freeze_frame

WEEKDAY, SATURDAY = "weekday", "saturday"
ONE_STRATUM = "all"


def build_frame(plan: Plan, now: datetime) -> Frozen:
    """Return the frame that the plan would be frozen with at ``now``; also what a draft's preview shows.

    Raises:
        InvalidInput: what was wished cannot be granted, or the scores are not those of today's data.
    """
    if plan.first_day <= timezone.localdate(now):
        raise InvalidInput(
            _("The first day of visits must lie ahead: dates are drawn, not begun already."),
            field="first_day",
        )
    check_reveal(plan)
    units = _units()
    return _frozen(plan, units, _scores(plan, units, now))


def check_possible(plan: Plan) -> None:
    """Raise unless the plan could be frozen from today's units, whatever their scores.

    Size, floor, cap, strata and calendar decide that, so a draft is told when it is made and not when it is
    to be frozen.
    """
    check_reveal(plan)
    units = _units()
    _frozen(plan, units, _equal(units))


def check_reveal(plan: Plan) -> None:
    """Raise unless the secrets open after the month and soon enough to matter to those who wait for them."""
    end = period_end(plan.period)
    if plan.reveal_on <= end:
        raise InvalidInput(_("The reveal comes after the month's end."), field="reveal_on")
    latest = end + timedelta(days=Department.objects.get().reveal_within_days)
    if plan.reveal_on > latest:
        raise InvalidInput(
            _("The reveal comes on %(day)s at the latest.") % {"day": f"{latest:%d/%m/%Y}"},
            code="reveal_too_late",
            field="reveal_on",
            latest=latest.isoformat(),
        )


def period_end(period: date) -> date:
    """Return the last day of the month that begins on ``period``."""
    return (period.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def plan_forecast(frozen: Frozen) -> Forecast:
    """Return what the design means for people, in figures they can read before they endorse it."""
    return forecast([(one.probabilities, one.odds, one.size) for one in frozen.strata])


def _units() -> list[Unit]:
    return list(Unit.objects.filter(is_active=True).select_related("compound"))


def _frozen(plan: Plan, units: Sequence[Unit], scores: Mapping[UUID, float]) -> Frozen:
    sessions = _sessions(plan, with_saturdays=any(unit.works_saturday_morning for unit in units))
    try:
        return freeze_frame(
            [
                Candidate(
                    code=unit.code,
                    score=scores[unit.pk],
                    stratum=unit.kind if plan.stratify_by == StratifyBy.KIND else ONE_STRATUM,
                    kinds=frozenset(
                        {WEEKDAY, SATURDAY} if unit.works_saturday_morning else {WEEKDAY}
                    ),
                    compound=unit.compound.code if unit.compound else None,
                )
                for unit in units
            ],
            plan_id=str(plan.pk),
            code_version=planner.__version__,
            size=plan.size,
            sizes=plan.strata_sizes,
            floor=decimal_text(plan.floor),
            cap=decimal_text(plan.cap),
            policy=plan.policy.parameters if plan.policy else None,
            inputs=_inputs(plan),
            sessions=sessions,
            reveal_on=plan.reveal_on.isoformat(),
        )
    except PlannerError as error:
        raise InvalidInput(
            _("The plan cannot be frozen: %(why)s") % {"why": planner_says(error)}, code=error.code
        ) from error


def decimal_text(value: Any) -> str:
    """Return a decimal without trailing zeros, as the frame writes it."""
    return f"{value:f}".rstrip("0").rstrip(".")


def _equal(units: Sequence[Unit]) -> Mapping[UUID, float]:
    return {unit.pk: 1.0 for unit in units}


def _scores(plan: Plan, units: Sequence[Unit], now: datetime) -> Mapping[UUID, float]:
    if plan.risk_run is None:
        return _equal(units)
    scores: dict[UUID, float] = dict(plan.risk_run.scores.values_list("unit_id", "score"))
    missing = sorted(unit.code for unit in units if unit.pk not in scores)
    if missing:
        raise InvalidInput(
            _(
                "These units were added after the scores were computed: %(codes)s. Compute them anew."
            )
            % {"codes": ", ".join(missing[:10])},
            code="scores_incomplete",
        )
    _check_current(plan.risk_run, now)
    return scores


def _check_current(run: RiskRun, now: datetime) -> None:
    """Raise unless the scores rest on the loads that count now and on the policy in force now.

    Whoever could choose among old computations would choose the one that spares a friend.
    """
    policy = Policy.objects.in_force(timezone.localdate(now)).first()
    loads = [load_facts(load) for load in loads_that_count()]
    if run.policy != policy or run.inputs["loads"] != loads:
        raise InvalidInput(
            _(
                "The scores rest on other data or another policy than those that count now. "
                "Compute them anew."
            ),
            code="scores_stale",
        )


def _sessions(plan: Plan, *, with_saturdays: bool) -> list[Slot]:
    working = work_calendar()
    days = [
        plan.first_day + timedelta(days=n)
        for n in range((period_end(plan.period) - plan.first_day).days + 1)
    ]
    return [
        Slot(
            date=day.isoformat(),
            part=session.value,
            kind=WEEKDAY if working.is_working_day(day) else SATURDAY,
            capacity=plan.session_capacity,
        )
        for day in days
        for session in working.sessions(day, saturday_morning=with_saturdays)
    ]


def _inputs(plan: Plan) -> dict[str, Any]:
    run: RiskRun | None = plan.risk_run
    return {
        "as_of": run.as_of.isoformat() if run else None,
        "loads": run.inputs["loads"] if run else [],
        "period": plan.period.isoformat(),
        "policy_number": plan.policy.number if plan.policy else None,
        "serial": plan.serial,
    }
