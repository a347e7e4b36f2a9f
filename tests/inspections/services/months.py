"""A month in the making: a department with people, units and inspectors, and plans taken to any state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from inspections.models import Inspector, Plan, Unit, User
from inspections.services import commitment, plans, release, schedule
from inspections.services.rosters import open_roster
from inspections.states import STEPS, PlanState
from tests.builders import (
    HANOI,
    NOW,
    People,
    make_department,
    make_inspector,
    make_people,
    make_unit,
)

PERIOD = date(2026, 4, 1)
RULE = {
    "source": "Xổ số kiến thiết miền Bắc, toàn bảng kết quả",
    "date": "2026-03-10",
    "encoding": "27 giải từ giải đặc biệt đến giải bảy, viết liền",
    "fallback": "kỳ quay liền sau",
}
PUBLIC_VALUE = "0718293645" * 10
DRAW_DAY = datetime(2026, 3, 10, 19, 0, tzinfo=HANOI)
# Midnight: the month has begun and no visit of it has.
FIRST_DAY = datetime(2026, 4, 1, 0, 0, tzinfo=HANOI)
AFTER_THE_MONTH = datetime(2026, 5, 4, 8, 0, tzinfo=HANOI)
REVEAL_DAY = datetime(2026, 5, 15, 8, 0, tzinfo=HANOI)


@dataclass(frozen=True)
class Month:
    """A department of one kind of unit, with two inspectors who may lead and two who may not."""

    people: People
    units: list[Unit]
    inspectors: list[Inspector]

    @property
    def lan(self) -> User:
        return self.people.lan

    @property
    def minh(self) -> User:
        return self.people.minh


def make_month(units: int = 12) -> Month:
    people = make_people()
    make_department()
    return Month(
        people=people,
        units=[make_unit(f"{number:05}", f"Xã {number}") for number in range(1, units + 1)],
        inspectors=[
            make_inspector("An", user=people.an, may_lead=True),
            make_inspector("Bình", user=people.binh, may_lead=True),
            make_inspector("Cúc"),
            make_inspector("Đào"),
        ],
    )


def drafted(month: Month, size: int = 4, **fields: Any) -> Plan:
    return plans.create_plan(
        actor=month.lan,
        size=size,
        now=NOW,
        **({"period": PERIOD, "session_capacity": 1} | fields),
    )


def frozen(month: Month, size: int = 4, **fields: Any) -> Plan:
    plan = drafted(month, size, **fields)
    return commitment.freeze(actor=month.lan, plan=plan, version=plan.version, now=NOW)


def endorsed(month: Month, size: int = 4, *, rule: dict[str, str] | None = RULE) -> Plan:
    plan = frozen(month, size)
    return commitment.endorse(
        actor=month.minh,
        plan=plan,
        version=plan.version,
        now=NOW,
        rule=rule,
        witnesses=["Trần Thị Thu"],
    )


def drawn(month: Month, size: int = 4, public_value: str = PUBLIC_VALUE) -> Plan:
    plan = endorsed(month, size)
    return commitment.draw(
        actor=month.lan,
        plan=plan,
        version=plan.version,
        now=DRAW_DAY,
        public_value=public_value,
    )


def with_teams(month: Month, size: int = 4) -> Plan:
    plan = drawn(month, size)
    name_teams(month, plan)
    return plan


def name_teams(month: Month, plan: Plan) -> None:
    """An leads every visit, and Cúc goes with him: with one visit a session they are never taken."""
    an, _, cuc, _ = month.inspectors
    for entry in open_roster(plan):
        schedule.name_team(
            actor=month.lan,
            visit=plan.visits.get(pk=entry.visit_id),
            version=entry.version,
            members=[an.pk, cuc.pk],
            leader=an.pk,
            now=DRAW_DAY,
        )


def scheduled(month: Month, size: int = 4) -> Plan:
    plan = with_teams(month, size)
    return schedule.schedule(actor=month.lan, plan=plan, version=plan.version, now=DRAW_DAY)


def approved(month: Month, size: int = 4) -> Plan:
    plan = scheduled(month, size)
    return schedule.approve(actor=month.minh, plan=plan, version=plan.version, now=DRAW_DAY)


def active(month: Month, size: int = 4) -> Plan:
    plan = approved(month, size)
    release.release_due(now=FIRST_DAY)
    plan.refresh_from_db()
    return plan


def closed(month: Month, size: int = 4) -> Plan:
    plan = approved(month, size)
    return plans.close(actor=month.lan, plan=plan, version=plan.version, now=AFTER_THE_MONTH)


def revealed(month: Month, size: int = 4) -> Plan:
    plan = closed(month, size)
    return commitment.reveal(
        actor=month.lan, plan=plan, version=plan.version, now=REVEAL_DAY + timedelta(days=1)
    )


def cancelled(month: Month, plan: Plan) -> Plan:
    """Lan asks for it and Minh decides."""
    plan = plans.request_cancel(
        actor=month.lan, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
    )
    return plans.cancel(actor=month.minh, plan=plan, version=plan.version, now=DRAW_DAY)


IN_STATE: dict[PlanState, Callable[[Month], Plan]] = {
    PlanState.DRAFT: drafted,
    PlanState.FROZEN: frozen,
    PlanState.ENDORSED: endorsed,
    PlanState.DRAWN: with_teams,
    PlanState.SCHEDULED: scheduled,
    PlanState.APPROVED: approved,
    PlanState.ACTIVE: active,
    PlanState.CLOSED: closed,
    PlanState.REVEALED: revealed,
    PlanState.CANCELLED: lambda month: cancelled(month, frozen(month)),
}

# For each step its service, a moment at which it is in time, and what else it takes.
PRESSES: dict[str, tuple[Callable[..., Plan], datetime, dict[str, Any]]] = {
    "freeze": (commitment.freeze, NOW, {}),
    "endorse": (commitment.endorse, NOW, {"rule": RULE}),
    "draw": (commitment.draw, DRAW_DAY, {"public_value": PUBLIC_VALUE}),
    "schedule": (schedule.schedule, DRAW_DAY, {}),
    "return": (schedule.send_back, DRAW_DAY, {"reason": "Đoàn 2 chưa hợp lý"}),
    "approve": (schedule.approve, DRAW_DAY, {}),
    "close": (plans.close, AFTER_THE_MONTH, {}),
    "reveal": (commitment.reveal, REVEAL_DAY, {}),
    "cancel": (plans.cancel, DRAW_DAY, {}),
}


def press(step: str, *, actor: User, plan: Plan, version: int | None = None) -> Plan:
    """Take a step of ``STEPS`` in time, by the version that the plan has unless told otherwise."""
    service, now, more = PRESSES[step]
    return service(
        actor=actor,
        plan=plan,
        version=plan.version if version is None else version,
        now=now,
        **more,
    )


def ready_for(month: Month, step: str) -> Plan:
    """Take a plan to where a step begins."""
    if step == "cancel":
        plan = drawn(month)
        return plans.request_cancel(
            actor=month.lan, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
        )
    return IN_STATE[min(STEPS[step].sources, key=list(PlanState).index)](month)
