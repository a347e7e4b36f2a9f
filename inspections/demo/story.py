"""The demo's story: a department from nothing to an approved roster, each step by the service that people use.

Every step first looks whether it was done already, so the story can be told again, also after it was cut off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inspections.demo import cast, teams
from inspections.demo.cast import Moments
from inspections.demo.frame import PROVINCE
from inspections.errors import WrongState
from inspections.models import (
    CalendarDay,
    Department,
    Inspector,
    Plan,
    Policy,
    RiskRun,
    Role,
    Unit,
    User,
)
from inspections.sealing import create_keyring
from inspections.services import commitment, people, plans, schedule, scoring, users
from inspections.services.keys import years_ahead
from inspections.services.rosters import read_roster
from inspections.services.setup import set_up_department
from inspections.states import PlanState

SIZE = 24
# The demo has no lottery to wait for: what stands in for it says so wherever it is printed.
RULE_SOURCE = "DỮ LIỆU MÔ PHỎNG: không phải kết quả xổ số có thật"
PUBLIC_VALUE = "DỮ LIỆU MÔ PHỎNG " + "0718293645" * 8

Say = Callable[[str, bool], None]
"""Takes a sentence about a step and whether the step was taken just now."""


@dataclass(frozen=True)
class Round:
    """A month's visits: committed to on the eve, drawn on the day, without a run with equal chances."""

    period: date
    size: int
    eve: datetime
    day: datetime
    run: RiskRun | None = None


def refuse_real_data() -> None:
    """Raise ``WrongState`` where the database holds anything but a demo."""
    department = Department.objects.first()
    is_real = User.objects.exists() if department is None else not department.is_synthetic
    if is_real:
        raise WrongState(
            _("This database holds real data: the demo runs in an empty one only."),
            code="not_a_demo",
        )


def set_up(say: Say, moments: Moments) -> None:
    """Make keyring, department, units, calendar and the first accounts."""
    is_new = not settings.KEY_FILE.exists()
    if is_new:
        create_keyring(settings.KEY_FILE, years=years_ahead(moments.now))
    say(_("Keyring, outside the database"), is_new)
    is_new = not Department.objects.exists()
    if is_new:
        with transaction.atomic():
            made = set_up_department(
                province_code=PROVINCE,
                accounts=cast.ACCOUNTS,
                now=moments.founded,
                is_synthetic=True,
            )
            for user, one_time in made:
                _choose_password(user, one_time, moments.founded)
    department = Department.objects.get()
    facts = {
        "department": department.name,
        "province": department.province_name,
        "units": Unit.objects.count(),
        "days": CalendarDay.objects.count(),
    }
    say(
        _("%(department)s, %(province)s: %(units)s units, %(days)s calendar days, accounts")
        % facts,
        is_new,
    )


def _choose_password(user: User, one_time: str, now: datetime) -> None:
    users.change_password(user=user, old=one_time, new=cast.PASSWORD, now=now)


def actor(username: str) -> User:
    """Return one of the demo's people."""
    return User.objects.get(username=username)


def bring_policy_into_force(say: Say, moments: Moments) -> None:
    """Propose the packaged policy and have another person endorse it, in an earlier month."""
    policy = Policy.objects.order_by("number").first()
    is_new = policy is None
    if policy is None:
        policy = scoring.propose_policy(
            actor=actor(cast.PLANNER),
            name="Bộ tiêu chí mặc định",
            reason="DỮ LIỆU MÔ PHỎNG: dùng bộ tiêu chí kèm theo phần mềm.",
            now=moments.earlier,
        )
    if policy.endorsed_by is None:
        policy = scoring.endorse_policy(
            actor=actor(cast.APPROVER),
            policy=policy,
            version=policy.version,
            now=moments.earlier + timedelta(days=1),
        )
    facts = {"policy": policy, "day": f"{policy.in_force_from:%d/%m/%Y}"}
    say(_("Policy %(policy)s, endorsed by another person, in force from %(day)s") % facts, is_new)


def give_inspectors_accounts(say: Say, moments: Moments) -> None:
    """Let some of the loaded inspectors sign in."""
    with_account = set(User.objects.values_list("username", flat=True))
    waiting = [
        inspector
        for inspector in Inspector.objects.filter(code__in=cast.INSPECTORS, user=None)
        if inspector.code.lower() not in with_account
    ]
    admin, now = actor(cast.ADMIN), moments.founded + timedelta(days=2)
    for inspector in waiting:
        with transaction.atomic():
            user, one_time = users.create_user(
                actor=admin,
                username=inspector.code.lower(),
                full_name=inspector.full_name,
                roles=[Role.INSPECTOR],
                now=now,
            )
            _choose_password(user, one_time, now)
            users.readmit(actor=actor(cast.APPROVER), user=user, now=now)
            people.update_inspector(
                actor=actor(cast.PLANNER),
                inspector=inspector,
                version=inspector.version,
                changes={"user": user},
                now=now,
            )
    facts = {"count": Inspector.objects.count(), "accounts": len(cast.INSPECTORS)}
    say(_("%(count)s inspectors, %(accounts)s of them with accounts") % facts, bool(waiting))


def compute_risk(say: Say, moments: Moments, cutoff: date) -> RiskRun:
    """Score the units on the loaded data."""
    run = RiskRun.objects.order_by("computed_at").first()
    is_new = run is None
    if run is None:
        run = scoring.compute_risk(
            actor=actor(cast.PLANNER), as_of=cutoff, now=moments.yesterday + timedelta(hours=1)
        )
    facts = {
        "units": run.scores.count(),
        "day": f"{run.as_of:%d/%m/%Y}",
        "gaps": run.scores.filter(has_all_data=False).count(),
    }
    say(
        _("Scores of %(units)s units as of %(day)s; %(gaps)s lack some data") % facts,
        is_new,
    )
    return run


def draw_next_month(say: Say, moments: Moments, run: RiskRun) -> Plan:
    """Take the plan of next month from nothing to approved, weighted by the scores."""
    round_ = Round(moments.next_month, SIZE, eve=moments.yesterday, day=moments.now, run=run)
    return make_plan(say, 2, round_)


def make_plan(say: Say, serial: int, round_: Round) -> Plan:
    """Take a plan from nothing to approved, as far as it has not come yet."""
    plan = Plan.objects.filter(serial=serial).first()
    is_new = plan is None
    if plan is None:
        plan = plans.create_plan(
            actor=actor(cast.PLANNER),
            period=round_.period,
            size=round_.size,
            now=round_.eve + timedelta(hours=2),
            risk_run=round_.run,
        )
    facts = {"month": f"{plan.period:%m/%Y}", "size": plan.size}
    say(_("Plan for %(month)s: %(size)s visits") % facts, is_new)
    for state, sentence, step in STEPS:
        is_new = plan.state == state
        if is_new:
            plan = step(plan, round_)
        say(str(sentence), is_new)
    return plan


def _freeze(plan: Plan, round_: Round) -> Plan:
    return commitment.freeze(
        actor=actor(cast.PLANNER),
        plan=plan,
        version=plan.version,
        now=round_.eve + timedelta(hours=3),
    )


def _endorse(plan: Plan, round_: Round) -> Plan:
    rule = {
        "source": RULE_SOURCE,
        "date": timezone.localdate(round_.day).isoformat(),
        "encoding": "nguyên văn, viết liền sau nhãn",
        "fallback": "không có",
    }
    return commitment.endorse(
        actor=actor(cast.APPROVER),
        plan=plan,
        version=plan.version,
        now=round_.eve + timedelta(hours=4),
        rule=rule,
        witnesses=[cast.WITNESS],
    )


def _draw(plan: Plan, round_: Round) -> Plan:
    return commitment.draw(
        actor=actor(cast.PLANNER),
        plan=plan,
        version=plan.version,
        now=round_.day,
        public_value=PUBLIC_VALUE if plan.public_rule else None,
    )


def _staff_and_hand_over(plan: Plan, round_: Round) -> Plan:
    planner = actor(cast.PLANNER)
    entries = read_roster(actor=planner, plan=plan, now=round_.day).entries
    chosen = teams.choose(entries)
    for entry in entries:
        if entry.leader is None:
            members = [person.pk for person in chosen[entry.visit_id]]
            schedule.name_team(
                actor=planner,
                visit=plan.visits.get(pk=entry.visit_id),
                version=entry.version,
                members=members,
                leader=members[0],
                now=round_.day,
            )
    return schedule.schedule(actor=planner, plan=plan, version=plan.version, now=round_.day)


def _approve(plan: Plan, round_: Round) -> Plan:
    return schedule.approve(
        actor=actor(cast.APPROVER), plan=plan, version=plan.version, now=round_.day
    )


STEPS: tuple[tuple[PlanState, Promise, Callable[[Plan, Round], Plan]], ...] = (
    (PlanState.DRAFT, gettext_lazy("Frozen: frame, policy and a secret are committed to"), _freeze),
    (
        PlanState.FROZEN,
        gettext_lazy(
            "Endorsed by the approver, with a second secret and the rule for the public value"
        ),
        _endorse,
    ),
    (
        PlanState.ENDORSED,
        gettext_lazy("Drawn, with a public value that is synthetic; units and dates are sealed"),
        _draw,
    ),
    (
        PlanState.DRAWN,
        gettext_lazy("Teams named under the hard rules, handed over"),
        _staff_and_hand_over,
    ),
    (PlanState.SCHEDULED, gettext_lazy("Approved by the approver"), _approve),
)
