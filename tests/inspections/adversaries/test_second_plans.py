"""Second plans: a planner who opens or freezes several for one month, to draw the one that he likes."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from inspections.models import Plan, Unit
from inspections.services import frames, plans
from inspections.states import PlanState
from tests.builders import NOW
from tests.inspections.adversaries.months import (
    assert_drawn_as_often_as,
    drawn_months,
    probability,
)
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import IN_STATE, PERIOD, Month, press

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)


@pytest.mark.parametrize("state", [state for state in PlanState if state != PlanState.CANCELLED])
def test_beside_a_plan_in_any_state_no_second_one_is_opened(month: Month, state: PlanState) -> None:
    IN_STATE[state](month)
    assert refused(lambda: months.drafted(month)).code == "plan_exists"


def test_a_plan_of_another_month_does_not_become_one_of_this(month: Month) -> None:
    months.drafted(month)
    spare = plans.create_plan(actor=month.lan, period=MAY, size=4, now=NOW)
    error = refused(
        lambda: plans.update_plan(
            actor=month.lan, plan=spare, version=1, changes={"period": PERIOD}, now=NOW
        )
    )
    assert error.code == "invalid_input"
    error = refused(
        lambda: plans.update_plan(
            actor=month.lan, plan=spare, version=1, changes={"first_day": date(2026, 4, 9)}, now=NOW
        )
    )
    assert error.code == "invalid_input"
    with pytest.raises(IntegrityError, match="period"), transaction.atomic():
        Plan.objects.filter(pk=spare.pk).update(period=PERIOD)


def test_a_plan_cancelled_to_make_room_keeps_its_number_and_its_reveal(month: Month) -> None:
    first = months.cancelled(month, months.frozen(month))
    second = months.frozen(month)
    assert (first.serial, second.serial) == (1, 2)
    assert second.commitment_one != first.commitment_one
    assert first.record is not None
    assert refused(lambda: press("draw", actor=month.lan, plan=first)).code == "wrong_state"


def test_drafts_tried_one_after_the_other_are_on_record_and_gain_nothing_by_themselves(
    month: Month, plan: Plan, friend: Unit
) -> None:
    """Sizes and caps bend probabilities openly: what is frozen is what the endorser is shown."""
    run = plan.risk_run
    months.cancelled(month, plan)
    draft = months.drafted(month, risk_run=run)
    for size in (2, 3, 5, 6):
        draft = plans.update_plan(
            actor=month.lan, plan=draft, version=draft.version, changes={"size": size}, now=NOW
        )
    shown = probability(draft, friend)
    draft = press("freeze", actor=month.lan, plan=draft)
    assert draft.version == 6  # one for each change, and the endorser reads the version
    assert frames.build_frame(draft, NOW).frame.sha256 == draft.frame_sha256
    times = sum(friend.code in drawn.sample for drawn in drawn_months(draft, name="drafts"))
    assert_drawn_as_often_as(shown, times)
