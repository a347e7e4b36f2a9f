"""What the second person sees of a frozen plan: its chances against the month before, and what could have bent it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inspections.calendar import Session
from inspections.errors import InvalidInput
from inspections.models import (
    Load,
    LoadState,
    Origin,
    Plan,
    RiskRun,
    Source,
    SourceKind,
    UnitKind,
    UnitScore,
    Visit,
)
from inspections.queries.endorsement import endorsement_view, unit_chances
from inspections.services import commitment, plans, scoring, sources, units
from inspections.states import VisitState
from planner.policy import Part
from tests.builders import NOW, make_unit
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)


@pytest.fixture
def month() -> Month:
    return make_month()


def frozen_for_may(month: Month, size: int = 6) -> Plan:
    plan = plans.create_plan(actor=month.lan, period=MAY, size=size, now=NOW, session_capacity=1)
    return commitment.freeze(actor=month.lan, plan=plan, version=plan.version, now=NOW)


def test_the_first_plan_is_compared_with_equal_chances(month: Month) -> None:
    plan = months.frozen(month, 4)
    chances = unit_chances(plan)
    assert [unit.code for unit in chances] == [unit.code for unit in month.units]
    for unit in chances:
        assert unit.probability == pytest.approx(4 / 12)
        assert (unit.equal, unit.before, unit.score) == (4 / 12, None, 1.0)
        assert unit.change == unit.probability

    view = endorsement_view(plan)
    assert (view.before, view.added, view.gone) == (None, [], [])
    assert (view.forecast.units, view.forecast.visits) == (12, 4)
    assert view.forecast.largest == pytest.approx(1 / 3)
    assert view.forecast.best_guess == pytest.approx(4 / 3)
    assert view.forecast.unvisited_12 == pytest.approx((2 / 3) ** 12)


def test_a_later_plan_is_compared_with_the_month_before(month: Month) -> None:
    april = months.frozen(month, 4)
    month.units[0].is_active = False
    month.units[0].save()
    make_unit("99999", "Xã mới")
    may = frozen_for_may(month, 6)

    found = {unit.code: unit for unit in unit_chances(may)}

    view = endorsement_view(may)
    assert (view.before, view.added, view.gone) == (april, ["99999"], ["00001"])
    assert found["00002"].before == pytest.approx(4 / 12)
    assert found["00002"].change == pytest.approx(6 / 12 - 4 / 12)
    assert found["99999"].before is None
    assert "00001" not in found


def test_a_cancelled_plan_is_counted_and_is_no_month_before(month: Month) -> None:
    cancelled = months.cancelled(month, months.frozen(month, 4))
    again = months.frozen(month, 5)
    assert endorsement_view(again).cancelled == [cancelled]
    assert endorsement_view(again).before is None
    assert endorsement_view(frozen_for_may(month)).before == again


def test_changes_by_hand_since_the_month_before_are_listed_the_newest_first(month: Month) -> None:
    hour = timedelta(hours=1)
    source = sources.create_source(
        actor=month.lan, code="nv", name="Nhiệm vụ", kind=SourceKind.TASK, now=NOW - hour
    )
    assert [edit.action for edit in endorsement_view(months.frozen(month)).edits] == [
        "source.create"
    ]
    sources.update_source(
        actor=month.lan, source=source, version=1, changes={"name": "Việc"}, now=NOW + hour
    )
    units.create_unit(
        actor=month.lan, code="99999", name="Xã mới", kind=UnitKind.COMMUNE, now=NOW + 2 * hour
    )
    view = endorsement_view(frozen_for_may(month))
    assert [(edit.action, edit.name, edit.by) for edit in view.edits] == [
        ("unit.create", "Xã mới", month.lan),
        ("source.update", "Việc", month.lan),
    ]
    assert view.edit_count == 2


@pytest.fixture
def run(month: Month) -> RiskRun:
    """Scores of today, under a policy of the month before."""
    earlier = NOW - timedelta(days=40)
    policy = scoring.propose_policy(actor=month.lan, name="Mặc định", reason="Đầu", now=earlier)
    scoring.endorse_policy(actor=month.minh, policy=policy, version=1, now=earlier)
    return scoring.compute_risk(actor=month.lan, as_of=NOW.date(), now=NOW)


def test_units_whose_complaints_are_capped_are_told(month: Month, run: RiskRun) -> None:
    plan = months.frozen(month, risk_run=run)
    assert endorsement_view(plan).capped == 0
    for part in (Part.COMPLAINTS, Part.LATE_ANSWERS):
        unit = month.units[list(Part).index(part)]
        score = UnitScore.objects.get(run=run, unit=unit)
        score.parts["parts"][list(Part).index(part)]["capped"] = True
        score.save()
    capped = month.units[list(Part).index(Part.COMPLAINTS)]

    assert endorsement_view(plan).capped == 1
    assert [unit.code for unit in unit_chances(plan) if unit.is_capped] == [capped.code]
    assert endorsement_view(plan).policy == run.policy


def make_load(month: Month, number: int, *, switched_at: datetime, **counts: Any) -> Load:
    source, _ = Source.objects.get_or_create(code="nv", name="Nhiệm vụ", kind=SourceKind.TASK)
    return Load.objects.create(
        number=number, turn=number, source=source, file_name=f"{number}.csv", sha256=f"{number:064}",
        size=1, state=LoadState.IN_EFFECT, cutoff=NOW.date(), counts=counts, uploaded_by=month.lan,
        uploaded_at=NOW, switched_by=month.lan, switched_at=switched_at,
    )  # fmt: skip


def test_files_that_the_scores_rest_on_and_later_ones_are_told_apart(month: Month) -> None:
    unmatched = [{"name": "Xã lạ", "rows": 3, "candidates": []}]
    used = make_load(month, 1, switched_at=NOW, left_out=3, unmatched=unmatched)
    policy = scoring.propose_policy(
        actor=month.lan, name="Mặc định", reason="Đầu", now=NOW - timedelta(days=40)
    )
    scoring.endorse_policy(actor=month.minh, policy=policy, version=1, now=NOW - timedelta(days=40))
    run = scoring.compute_risk(actor=month.lan, as_of=NOW.date(), now=NOW)
    plan = months.frozen(month, risk_run=run)
    late = make_load(month, 2, switched_at=NOW + timedelta(hours=1))

    view = endorsement_view(plan)

    assert (view.loads, view.late) == ([used], [late])
    assert view.loads[0].counts["unmatched"] == unmatched


def test_directed_visits_are_counted_from_the_month_before_on(month: Month) -> None:
    for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 30)):
        Visit.objects.create(
            origin=Origin.DIRECTED, state=VisitState.RELEASED, unit=month.units[0], date=day,
            session=Session.MORNING,
        )  # fmt: skip
    assert endorsement_view(months.frozen(month)).directed == 2


def test_a_frame_that_was_changed_is_not_shown(month: Month) -> None:
    plan = months.frozen(month)
    Plan.objects.update(frame=(plan.frame or "").replace('"score":"1.0"', '"score":"2.0"', 1))
    plan.refresh_from_db()
    for look in (unit_chances, endorsement_view):
        with pytest.raises(InvalidInput) as caught:
            look(plan)
        assert caught.value.code == "frame_changed"
