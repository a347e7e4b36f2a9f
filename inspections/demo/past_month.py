"""Last month's round: a small roster drawn with equal chances, each visit released at its hour, filed and closed."""

from datetime import datetime, timedelta
from random import Random

from django.utils.translation import gettext as _

from inspections.demo import at_the_door, cast
from inspections.demo.cast import Moments
from inspections.demo.exports import SEED
from inspections.demo.frame import DemoUnit, make_world
from inspections.demo.story import Round, Say, actor, make_plan
from inspections.models import Plan, Visit
from inspections.services import commitment, plans, release
from inspections.services.frames import period_end
from inspections.services.rosters import open_roster
from inspections.states import PlanState, VisitState

SIZE = 8
MADE = (VisitState.FILED, VisitState.NOT_MADE)


def draw(say: Say, moments: Moments) -> Plan:
    """Take the first plan of the installation from nothing to approved, before its month begins."""
    eve = moments.founded + timedelta(days=20)
    period = moments.earlier.date()
    return make_plan(say, 1, Round(period, SIZE, eve=eve, day=eve + timedelta(days=1)))


def visit(say: Say, plan: Plan, moments: Moments) -> Plan:
    """Release each visit at its hour and file what was seen there, then close the month and reveal its draw."""
    world = make_world(SEED, plan.period)
    units = {unit.code: unit for unit in world.units}
    entries = sorted(open_roster(plan), key=lambda entry: (entry.release_at, entry.unit.code))
    open_still = plan.visits.exclude(state__in=MADE).exists()
    for entry in entries:
        release.release_due(now=entry.release_at)
        stop = plan.visits.get(pk=entry.visit_id)
        if stop.state not in MADE:
            chance = world.stream(f"visit to {entry.unit.code}")
            _make(stop, units[entry.unit.code], chance, entry.release_at)
    say(
        _("%(count)s visits released at their hour and filed") % {"count": len(entries)}, open_still
    )
    plan.refresh_from_db()
    is_new = plan.state == PlanState.ACTIVE
    after = Moments.at(period_end(plan.period) + timedelta(days=1))
    if is_new:
        plan = plans.close(actor=actor(cast.PLANNER), plan=plan, version=plan.version, now=after)
    say(_("Month closed"), is_new)
    if moments.today >= plan.reveal_on:
        is_new = plan.state == PlanState.CLOSED
        if is_new:
            plan = commitment.reveal(
                actor=actor(cast.PLANNER),
                plan=plan,
                version=plan.version,
                now=Moments.at(plan.reveal_on),
            )
        say(_("Seal opened: everybody can verify the draw"), is_new)
    return plan


def _make(stop: Visit, unit: DemoUnit, chance: Random, hour: datetime) -> None:
    """Arrive, look, and file: on the tablet where the leader has an account, else typed in from paper."""
    start = hour + timedelta(minutes=65)
    leader = stop.members.select_related("inspector__user").get(is_leader=True).inspector
    if leader.user is not None:
        release.record_arrival(actor=leader.user, visit=stop, version=stop.version, now=start)
        at_the_door.file(
            leader.user, stop, unit, chance, start=start, now=start + timedelta(hours=3)
        )
    else:
        clerk, next_day = actor(cast.CLERK), start + timedelta(days=1)
        at_the_door.file(clerk, stop, unit, chance, start=start, now=next_day)
