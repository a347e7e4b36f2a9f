"""Four worlds out of one past. They differ only in what is secret, each from the first in its own measure."""

from datetime import datetime, timedelta
from enum import StrEnum

from inspections.models import DocumentKind, Plan, UnitScore, Visit
from inspections.sealing import keyring
from inspections.services import commitment, papers, plans, release, rosters, schedule
from inspections.services.plans import period_end
from inspections.states import PlanState, VisitState
from planner import canonical
from tests.api.two_worlds.draws import Draw, three_apart, three_around_a_first_visit
from tests.api.two_worlds.filed import file_at_the_first
from tests.api.two_worlds.past import SECRET, Past, Stage, morning
from tests.api.two_worlds.stillness import Stillness
from tests.builders import HANOI
from tests.inspections.services.months import DRAW_DAY, press

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
#: When a visit is released: an hour before the department's mornings and afternoons begin.
RELEASES = ("06:30", "12:30")


class World(StrEnum):
    """What could be so without anybody unauthorised knowing."""

    FIRST = "the first world"
    #: The same people on duty in the same sessions, at other units.
    OTHER_UNITS = "other units behind the same sessions"
    #: What is released is the same. What is sealed has other units, days and teams, and the risk picture differs.
    OTHER_ROSTERS = "other rosters behind the seal"
    #: What is released differs too: other units were visited, in the same sessions by the same team.
    OTHER_VISITS = "other visits, the released ones too"


def fates(past: Past) -> dict[Stage, dict[World, Draw]]:
    """Return what each secret plan draws in each world."""
    return {stage: _fate(stage, past.plans[stage]) for stage in SECRET if stage in past.plans}


def _fate(stage: Stage, plan: Plan) -> dict[World, Draw]:
    find = three_around_a_first_visit if stage is Stage.PARTLY_RELEASED else three_apart
    one, two, three = find(str(plan.frame), commitment._secrets(plan)[0])
    return {
        World.FIRST: one,
        World.OTHER_UNITS: one,
        World.OTHER_ROSTERS: one if stage is Stage.CLOSED else two,
        World.OTHER_VISITS: three,
    }


def grow(past: Past, world: World, still: Stillness) -> None:
    """Let a world come out of the past by the product's own services, up to the moment of the questions."""
    still.stream.start("growth")
    still.at(DRAW_DAY)
    drawn = fates(past)
    for stage, fate in drawn.items():
        _prepare(past.plans[stage], fate[world], still)
        _draw_and_staff(past, stage, world, fate[world])
    _close(past)
    _release_first(past, still)
    still.at(moment(past))
    if world is World.OTHER_UNITS:
        _change_units(still)
    elif world is not World.FIRST:
        _change_risk(past)


def _prepare(plan: Plan, draw: Draw, still: Stillness) -> None:
    """Put a world's own second secret in the place of the one that was endorsed."""
    still.commits_alike(draw.secret, commitment._secrets(plan)[1])
    sealed = commitment._seal_secret(plan, "secret_two", draw.secret)
    Plan.objects.filter(pk=plan.pk).update(secret_two=sealed)


def _draw_and_staff(past: Past, stage: Stage, world: World, draw: Draw) -> None:
    lan, minh = past.month.lan, past.month.minh
    plan = press("draw", actor=lan, plan=Plan.objects.get(pk=past.plans[stage].pk))
    assert {entry.unit.code for entry in rosters.open_roster(plan)} == draw.codes
    if stage is not Stage.DRAWN:
        _name_teams(past, plan, stage, world)
        if stage is not Stage.STAFFED:
            plan = press("schedule", actor=lan, plan=plan)
            if stage is not Stage.SCHEDULED:
                plan = press("approve", actor=minh, plan=plan)
    if stage in {Stage.PARTLY_RELEASED, Stage.DRAWN}:
        for kind in DocumentKind:
            if plan.state in papers.PRINTABLE[kind]:
                papers.print_paper(actor=lan, plan=plan, kind=kind, now=DRAW_DAY)


def _name_teams(past: Past, plan: Plan, stage: Stage, world: World) -> None:
    """Send An and Cúc, and in worlds with other rosters Bình and Đào, but never to what will be released."""
    roster = rosters.open_roster(plan)
    released = {Stage.CLOSED: roster, Stage.PARTLY_RELEASED: roster[:1]}.get(stage, [])
    an, cuc, binh, dao, _ = past.staff
    elsewhere = world in {World.OTHER_ROSTERS, World.OTHER_VISITS}
    for entry in sorted(roster, key=lambda entry: entry.visit_id):
        pair = (binh, dao) if elsewhere and entry not in released else (an, cuc)
        schedule.name_team(
            actor=past.month.lan,
            visit=Visit.objects.get(pk=entry.visit_id),
            version=entry.version,
            members=[person.pk for person in pair],
            leader=pair[0].pk,
            now=DRAW_DAY,
        )


def _close(past: Past) -> None:
    plan = past.plans.get(Stage.CLOSED)
    if plan is not None:
        plan = Plan.objects.get(pk=plan.pk)
        after = morning(period_end(plan.period) + timedelta(days=1))
        plans.close(actor=past.month.lan, plan=plan, version=plan.version, now=after)


def moment(past: Past) -> datetime:
    """Return when the questions are asked: one visit is open, the next is due and still sealed."""
    openings = _openings(past)
    return openings[1] + MINUTE if openings else DRAW_DAY + HOUR


def _openings(past: Past) -> list[datetime]:
    """Return when the visits of the plan under way open in the first world; the first does so in all worlds."""
    fate = fates(past).get(Stage.PARTLY_RELEASED)
    return [_opening(slot) for slot, _ in sorted(fate[World.FIRST].visits)] if fate else []


def _release_first(past: Past, still: Stillness) -> None:
    """Open the first visit of the plan under way, let its team arrive there and file."""
    for first in _openings(past)[:1]:
        release.release_due(now=first)
        (visit,) = Visit.objects.filter(state=VisitState.RELEASED, plan__state=PlanState.ACTIVE)
        release.record_arrival(
            actor=past.month.people.an, visit=visit, version=visit.version, now=first + HOUR
        )
        # What tablets make up is theirs: their ids follow from nothing that a world did before.
        still.stream.start("tablets")
        sealed = visit.plan.visits.filter(state=VisitState.SEALED)
        file_at_the_first(past.office, visit, sealed, first + HOUR)


def _opening(slot: tuple[str, int]) -> datetime:
    day, part = slot
    return datetime.fromisoformat(f"{day}T{RELEASES[part]}").replace(tzinfo=HANOI)


def _change_units(still: Stillness) -> None:
    """Let each sealed visit that is not due lead to the unit of the next one of its plan."""
    for plan in Plan.objects.filter(visits__state=VisitState.SEALED).distinct():
        sealed = [
            visit
            for visit in plan.visits.filter(state=VisitState.SEALED).order_by("pk")
            if datetime.fromisoformat(visit.open_payload(keyring())["release_at"]) > still.clock.at
        ]
        payloads = [visit.open_payload(keyring()) for visit in sealed]
        for visit, payload, other in zip(
            sealed, payloads, payloads[1:] + payloads[:1], strict=True
        ):
            stored = bytes(visit.payload or b"")
            still.vault.change(stored, canonical.dumps(payload | {"unit": other["unit"]}))


def _change_risk(past: Past) -> None:
    """Turn the order of the scores around."""
    scores = list(UnitScore.objects.filter(run=past.risk_run).order_by("unit__code"))
    for place, score in enumerate(scores):
        score.score = len(scores) - place
    UnitScore.objects.bulk_update(scores, ["score"])
