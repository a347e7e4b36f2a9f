"""Cancel and draw again: a planner who asks for a cancellation whenever his friend is drawn."""

import hashlib
from collections.abc import Callable

import pytest

from inspections.errors import NotAllowed, SamePerson
from inspections.models import Plan, Role, Unit, User
from inspections.services import plans, rosters
from inspections.states import PlanState
from planner import canonical
from planner.verify import verify
from tests.builders import make_user
from tests.inspections.adversaries.months import (
    MONTHS,
    assert_drawn_as_often_as,
    drawn_months,
    entry_of,
    probability,
)
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, PERIOD, Month, press

pytestmark = pytest.mark.django_db


def ask(actor: User, plan: Plan, reason: str = "Trùng lịch họp tỉnh") -> Plan:
    return plans.request_cancel(
        actor=actor, plan=plan, version=plan.version, reason=reason, now=DRAW_DAY
    )


def whoever_is_drawn(plan: Plan) -> Unit:
    """A friend who turns out to be on the roster."""
    return rosters.open_roster(plan)[0].unit


def test_a_planner_alone_cancels_nothing_and_the_friend_is_visited(
    month: Month, quang: User
) -> None:
    plan = months.with_teams(month)
    friend = whoever_is_drawn(plan)

    plan = ask(month.lan, plan)
    assert type(refused(lambda: press("cancel", actor=month.lan, plan=plan))) is NotAllowed
    plan = ask(quang, plan)
    assert type(refused(lambda: press("cancel", actor=quang, plan=plan))) is SamePerson

    # The honest second person does nothing: the month goes on.
    plan = press("schedule", actor=month.lan, plan=plan)
    plan = press("approve", actor=month.minh, plan=plan)
    assert entry_of(plan, friend) is not None


def test_every_redraw_is_counted_revealed_and_open_to_whoever_endorses_next(month: Month) -> None:
    spared = []
    for _ in range(3):
        plan = months.drawn(month)
        spared.append(whoever_is_drawn(plan))
        press("cancel", actor=month.minh, plan=ask(month.lan, plan))
    fourth = months.frozen(month)

    oanh = make_user("Oanh", Role.APPROVER)
    seen = Plan.objects.visible_to(oanh).filter(period=PERIOD).order_by("serial")

    assert [plan.state for plan in seen] == [PlanState.CANCELLED] * 3 + [PlanState.FROZEN]
    assert [plan.serial for plan in seen] == [1, 2, 3, 4]
    assert fourth.serial == 4
    for plan, friend in zip(seen, spared, strict=False):
        assert (plan.cancel_requested_by, plan.cancelled_by) == (month.lan, month.minh)
        assert plan.cancel_reason == "Trùng lịch họp tỉnh"
        # The record names who was spared, and is proven like any other.
        record = canonical.loads((plan.record or "").encode())
        assert isinstance(record, dict)
        assert friend.code in record["sample"]
        assert verify(record) == []


def test_where_the_second_person_refuses_a_friend_is_drawn_as_often_as_he_should(
    plan: Plan, friend: Unit
) -> None:
    asked = sum(friend.code in month.sample for month in drawn_months(plan))
    assert_drawn_as_often_as(probability(plan, friend), asked)


def test_where_the_second_person_plays_along_each_month_gained_is_a_cancelled_plan(
    plan: Plan, friend: Unit
) -> None:
    """What collusion of planner and approver gains is π − π², and it stands in the count, month by month."""
    first = [friend.code in month.sample for month in drawn_months(plan)]
    second = [friend.code in month.sample for month in drawn_months(plan, name="again")]
    cancelled = sum(first)
    visited = sum(one and other for one, other in zip(first, second, strict=True))
    chance = probability(plan, friend)
    assert_drawn_as_often_as(chance, cancelled)
    assert_drawn_as_often_as(chance**2, visited)
    # A month is gained only where the first draw took him, and there a cancelled plan says so.
    gained = sum(one and not other for one, other in zip(first, second, strict=True))
    assert gained == cancelled - visited


def commitment_of(number: int) -> str:
    """What everybody sees of a month's first secret."""
    secret = hashlib.sha256(f"month {number} s1".encode()).digest()
    return hashlib.sha256(secret).hexdigest()


@pytest.mark.parametrize(
    "omen",
    [
        lambda number: number % 2 == 0,
        lambda number: commitment_of(number).startswith(tuple("02468ace")),
    ],
    ids=["every other month", "by the printed commitments"],
)
def test_cancelling_before_the_draw_is_blind(
    plan: Plan, friend: Unit, omen: Callable[[int], bool]
) -> None:
    kept = [
        friend.code in month.sample
        for number, month in enumerate(drawn_months(plan))
        if omen(number)
    ]
    assert 0.45 * MONTHS < len(kept) < 0.55 * MONTHS
    assert_drawn_as_often_as(probability(plan, friend), sum(kept), len(kept))
