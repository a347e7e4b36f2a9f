"""What the second person sees before endorsing a frozen plan: what it means, and what could have bent it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import FilteredRelation, Q

from inspections.models import (
    AuditEvent,
    Load,
    Origin,
    Plan,
    Policy,
    Source,
    Unit,
    UnitScore,
    User,
    Visit,
)
from inspections.queries.frames import designs, stored_frame
from inspections.states import PlanState
from planner.forecast import Forecast, forecast
from planner.policy import Part

#: Changes by hand that can bend scores: of the units themselves, and of how files are read.
EDITS = (
    "source.create", "source.update", "source.resolve_name", "unit.create", "unit.update",
    "unit.add_alias", "unit.remove_alias",
)  # fmt: skip
#: So many changes are listed, the newest first; all are counted.
MOST_EDITS = 100


@dataclass(frozen=True)
class UnitChance:
    """A unit of a frozen frame.

    Attributes:
        equal: n/N of its stratum: π if the policy made no difference.
        before: π in the month before; None when the unit was not in that frame.
        change: π − before, all of π where there is no before.
        is_capped: more complainants wrote than among its peers, and were counted up to a cap.
    """

    id: str
    code: str
    name: str
    sort_key: str
    stratum: str
    score: float
    probability: float
    equal: float
    before: float | None
    change: float
    is_capped: bool


@dataclass(frozen=True)
class Edit:
    """A change by hand since the frame of the month before."""

    at: datetime
    by: User | None
    action: str
    object_id: str
    name: str


@dataclass(frozen=True)
class EndorsementView:
    """The plan as a whole.

    Attributes:
        before: the plan of the month before with which it is compared; None for the first.
        policy_before: the policy of that plan.
        added, gone: codes of the units that this frame has and that one had not, and the reverse.
        capped: how many units have their complaints capped.
        edits, edit_count: changes by hand of sources and units since that frame.
        loads: the files that the scores rest on, with the rows that they left out.
        late: loads brought into effect or undone since the freeze.
        cancelled: cancelled plans of the same month.
        directed: directed visits from the month before on.
    """

    forecast: Forecast
    before: Plan | None
    policy: Policy | None
    policy_before: Policy | None
    added: Sequence[str]
    gone: Sequence[str]
    capped: int
    edits: Sequence[Edit]
    edit_count: int
    loads: Sequence[Load]
    late: Sequence[Load]
    cancelled: Sequence[Plan]
    directed: int


def unit_chances(plan: Plan) -> list[UnitChance]:
    """Return every unit of a frozen plan, in the order of the frame.

    Raises:
        InvalidInput: a stored frame is not the one that was committed to (``frame_changed``).
    """
    before = _chances_before(_plan_before(plan))
    frame = stored_frame(plan)
    units = _units_and_parts(plan, [code for stratum in frame.strata for code in stratum.codes])
    return [
        UnitChance(
            id=str((row := units[unit.code])["pk"]),
            code=unit.code,
            name=row["name"],
            sort_key=row["sort_key"],
            stratum=design.stratum.name,
            score=unit.score,
            probability=float(probability),
            equal=design.stratum.size / len(design.stratum.units),
            before=(earlier := before.get(unit.code)),
            change=float(probability) - (earlier or 0.0),
            is_capped=_is_capped(row["scored__parts"]),
        )
        for design in designs(frame)
        for unit, probability in zip(design.stratum.units, design.probabilities, strict=True)
    ]


def endorsement_view(plan: Plan) -> EndorsementView:
    """Return what a frozen plan means and what could have bent it.

    Raises:
        InvalidInput: a stored frame is not the one that was committed to (``frame_changed``).
    """
    before = _plan_before(plan)
    frame = stored_frame(plan)
    codes = {code for stratum in frame.strata for code in stratum.codes}
    codes_before = set(_chances_before(before)) if before else codes
    edits = AuditEvent.objects.filter(action__in=EDITS)
    if before is not None:
        edits = edits.filter(at__gt=before.frozen_at)
    since_freeze = Q(switched_at__gt=plan.frozen_at) | Q(undone_at__gt=plan.frozen_at)
    used = [load["load"] for load in plan.risk_run.inputs["loads"]] if plan.risk_run else []
    loads = Load.objects.select_related("source").order_by("source__code", "number")
    month_before = (plan.period - timedelta(days=1)).replace(day=1)
    cancelled = Plan.objects.filter(period=plan.period, state=PlanState.CANCELLED)
    scores = UnitScore.objects.filter(run=plan.risk_run_id)
    return EndorsementView(
        forecast=forecast(
            [(each.probabilities, each.odds, each.stratum.size) for each in designs(frame)]
        ),
        before=before,
        policy=plan.policy,
        policy_before=before.policy if before else None,
        added=sorted(codes - codes_before),
        gone=sorted(codes_before - codes),
        capped=sum(map(_is_capped, scores.values_list("parts", flat=True))),
        edits=_named(edits.order_by("-position")[:MOST_EDITS]),
        edit_count=edits.count(),
        loads=list(loads.filter(pk__in=used)),
        late=list(loads.filter(since_freeze)),
        cancelled=list(cancelled.select_related("cancelled_by").order_by("serial")),
        directed=Visit.objects.filter(origin=Origin.DIRECTED, date__gte=month_before).count(),
    )


def _plan_before(plan: Plan) -> Plan | None:
    earlier = Plan.objects.filter(period__lt=plan.period, frame__isnull=False)
    earlier = earlier.exclude(state=PlanState.CANCELLED).select_related("policy")
    return earlier.order_by("-period").first()


def _chances_before(plan: Plan | None) -> Mapping[str, float]:
    if plan is None:
        return {}
    return {
        code: float(probability)
        for design in designs(stored_frame(plan))
        for code, probability in zip(design.stratum.codes, design.probabilities, strict=True)
    }


def _units_and_parts(plan: Plan, codes: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return units by their codes, with the parts of their scores in the plan's run."""
    scored = FilteredRelation("scores", condition=Q(scores__run=plan.risk_run_id))
    rows = Unit.objects.annotate(scored=scored).filter(code__in=codes)
    return {
        row["code"]: row for row in rows.values("pk", "code", "name", "sort_key", "scored__parts")
    }


def _is_capped(parts: Mapping[str, Any] | None) -> bool:
    """Tell whether a unit's complainants were counted up to the cap of its peers."""
    return parts is not None and any(
        part["part"] == Part.COMPLAINTS and part["capped"] for part in parts["parts"]
    )


def _named(found: Iterable[AuditEvent]) -> list[Edit]:
    events = list(found)
    ids = [event.object_id for event in events]
    names = {
        str(pk): name for pk, name in Unit.objects.filter(pk__in=ids).values_list("pk", "name")
    }
    names |= {
        str(pk): name for pk, name in Source.objects.filter(pk__in=ids).values_list("pk", "name")
    }
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    return [
        Edit(
            at=event.at,
            by=people.get(event.actor_id) if event.actor_id else None,
            action=event.action,
            object_id=event.object_id,
            name=names.get(event.object_id, ""),
        )
        for event in events
    ]
