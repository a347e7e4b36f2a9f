"""Naming the teams of a drawn month, and its approval by a second person. Dates come from the seed and never
move by hand."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import DomainError, InvalidInput, NotFound, VersionConflict, WrongState
from inspections.models import (
    Department,
    Inspector,
    Leave,
    Plan,
    Role,
    Session,
    TagKind,
    Unit,
    User,
    Visit,
    VisitTag,
)
from inspections.sealing import Keyring, keyring
from inspections.services import audit, rosters
from inspections.services.steps import check_step, take_step
from inspections.states import PlanState, VisitState


def name_team(
    *,
    actor: User,
    visit: Visit,
    version: int,
    members: Sequence[UUID],
    leader: UUID,
    now: datetime,
) -> Visit:
    """Name who goes. The hard rules are checked at once; the new team is sealed into the visit.

    Raises:
        InvalidInput: with a code for the rule that the team breaks, and the inspector it breaks on.
        NotFound: the actor reads no rosters.
    """
    policies.require(actor, Role.PLANNER)
    if not policies.may_read_roster(actor) or visit.plan is None:
        raise NotFound
    _require_drawn(visit.plan)
    try:
        return _seal_team(
            actor=actor,
            plan=visit.plan,
            visit=visit,
            version=version,
            members=members,
            leader=leader,
            now=now,
        )
    except InvalidInput:
        # Whom a visit refuses tells where and when it is: a refusal counts as a reading of the roster.
        audit.record(actor=actor, action="roster.read", obj=visit.plan, now=now)
        raise


def _seal_team(
    *,
    actor: User,
    plan: Plan,
    visit: Visit,
    version: int,
    members: Sequence[UUID],
    leader: UUID,
    now: datetime,
) -> Visit:
    ring = keyring()
    payload = visit.open_payload(ring)
    day, session = date.fromisoformat(payload["date"]), Session(payload["session"])
    team = fit_team(members, leader, unit_id=UUID(payload["unit"]), day=day)
    payload |= {"team": sorted(str(person.pk) for person in team), "leader": str(leader)}
    try:
        with transaction.atomic():
            # Nobody hands the roster over while a team is written.
            _require_drawn(Plan.objects.select_for_update().get(pk=plan.pk))
            changed = Visit.objects.filter(
                pk=visit.pk, version=version, state=VisitState.SEALED
            ).update(
                version=F("version") + 1,
                payload=ring.seal_json(payload, context=visit.sealing_context()),
            )
            if not changed:
                raise VersionConflict
            visit.tags.all().delete()
            VisitTag.objects.bulk_create(_tags(ring, visit, team, day, session))
            # Teams are named from the top of the roster down: the order of these events must not tell it.
            audit.record(
                actor=actor, action="plan.team", obj=plan, now=now, sealed={"visit": str(visit.pk)}
            )
    except IntegrityError:
        raise InvalidInput(
            _("Somebody of this team already has a visit in the same session."),
            code="inspector_taken",
        ) from None
    visit.refresh_from_db()
    return visit


def _require_drawn(plan: Plan) -> None:
    if plan.state != PlanState.DRAWN:
        raise WrongState(_("Teams are named between the draw and the approval."), state=plan.state)


def _tags(
    ring: Keyring, visit: Visit, team: Sequence[Inspector], day: date, session: Session
) -> list[VisitTag]:
    return [
        tag
        for person in team
        for tag in (
            VisitTag(
                visit=visit,
                kind=TagKind.TEAM,
                tag=ring.tag(TagKind.TEAM, visit.plan_id, person.pk),
            ),
            VisitTag(
                visit=visit,
                kind=TagKind.DUTY,
                tag=rosters.duty_tag(ring, person.pk, day, session),
            ),
        )
    ]


def fit_team(members: Sequence[UUID], leader: UUID, *, unit_id: UUID, day: date) -> list[Inspector]:
    """Return the team's inspectors, or raise naming the rule that they break."""
    team = list(Inspector.objects.filter(pk__in=set(members), is_active=True))
    if not members or len(team) != len(members):
        raise InvalidInput(
            _("A member of the team is unknown or named twice."), code="team_unknown"
        )
    head = next((person for person in team if person.pk == leader), None)
    if head is None or not head.may_lead:
        raise InvalidInput(
            _("The team needs a leader of its own who may lead."), code="team_without_leader"
        )
    smallest = Department.objects.get().smallest_team
    if len(team) < smallest:
        raise InvalidInput(
            _("A team has at least %(least)s people.") % {"least": smallest},
            code="team_too_small",
            least=smallest,
        )
    conflicted = conflicts(unit_id)
    away = set(
        Leave.objects.filter(inspector__in=team, first_day__lte=day, last_day__gte=day).values_list(
            "inspector_id", flat=True
        )
    )
    for person in team:
        if person.pk in conflicted:
            raise InvalidInput(
                _("%(name)s has a conflict of interest with this unit.")
                % {"name": person.full_name},
                code="conflict_of_interest",
                inspector=str(person.pk),
            )
        if person.pk in away:
            raise InvalidInput(
                _("%(name)s is on leave that day.") % {"name": person.full_name},
                code="inspector_on_leave",
                inspector=str(person.pk),
            )
    return team


def conflicts(unit_id: UUID) -> set[UUID]:
    """Return the inspectors who may not visit a unit: it, a unit above it or one below it is or was their own,
    or they declared a relation."""
    family = _family(unit_id)
    return set(
        Inspector.objects.filter(
            Q(home_unit__in=family)
            | Q(former_postings__unit__in=family)
            | Q(relations__unit__in=family, relations__ended_at=None)
        ).values_list("pk", flat=True)
    )


def _family(unit_id: UUID) -> set[UUID]:
    """Return the unit, everything above it and everything below it."""
    parents: dict[UUID, UUID | None] = dict(Unit.objects.values_list("pk", "parent_id"))

    def line(start: UUID) -> set[UUID]:
        """Return a unit with everything above it."""
        above: set[UUID] = set()
        step: UUID | None = start
        while step is not None and step not in above:
            above.add(step)
            step = parents.get(step)
        return above

    return line(unit_id) | {other for other in parents if unit_id in line(other)}


def schedule(*, actor: User, plan: Plan, version: int, now: datetime) -> Plan:
    """Hand the dated and staffed roster over for approval."""
    check_step("schedule", actor=actor, plan=plan)
    _require_teams(plan)
    with transaction.atomic():
        plan = take_step(
            "schedule",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            scheduled_by=actor,
            scheduled_at=now,
        )
        _stir(plan)
    return plan


def _stir(plan: Plan) -> None:
    """Write the sealed rows anew in the order of random ids.

    Teams are named from the top of the roster down, and a database keeps the order of writing: rows as they
    were written would tell which visit comes first.
    """
    tags = [
        VisitTag(visit_id=tag.visit_id, kind=tag.kind, tag=tag.tag)
        for tag in VisitTag.objects.filter(visit__plan=plan)
    ]
    VisitTag.objects.filter(visit__plan=plan).delete()
    VisitTag.objects.bulk_create(sorted(tags, key=lambda tag: tag.pk))
    ring = keyring()
    for visit in plan.visits.order_by("pk"):
        place = visit.sealing_context()
        Visit.objects.filter(pk=visit.pk).update(
            payload=ring.seal_json(visit.open_payload(ring), context=place)
        )


def _require_teams(plan: Plan) -> None:
    without = sum(entry.leader is None for entry in rosters.open_roster(plan))
    if without:
        raise InvalidInput(
            _("%(count)s visits have no team yet.") % {"count": without},
            code="visits_without_team",
            count=without,
        )


def send_back(*, actor: User, plan: Plan, version: int, reason: str, now: datetime) -> Plan:
    """Return the roster to the planner, for its teams alone: no unit and no date can be vetoed."""
    reason = text.nfc(reason).strip()
    if not reason:
        raise InvalidInput(_("Give the reason."), field="reason")
    with transaction.atomic():
        plan = take_step(
            "return",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            scheduled_by=None,
            scheduled_at=None,
        )
        audit.record(
            actor=actor, action="plan.return_reason", obj=plan, now=now, sealed={"reason": reason}
        )
    return plan


def approve(*, actor: User, plan: Plan, version: int, now: datetime) -> Plan:
    """Approve dates and teams as the second person; from then on visits open at their hour."""
    check_step("approve", actor=actor, plan=plan)
    _require_standing(plan)
    with transaction.atomic():
        return take_step(
            "approve",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            approved_by=actor,
            approved_at=now,
        )


def _require_standing(plan: Plan) -> None:
    """Check the teams once more: leave or a relation may have been entered since they were named."""
    for entry in rosters.open_roster(plan):
        if entry.leader is None:
            _require_teams(plan)
            continue
        try:
            fit_team(
                [person.pk for person in entry.members],
                entry.leader.pk,
                unit_id=entry.unit.pk,
                day=entry.date,
            )
        except DomainError as error:
            raise InvalidInput(
                _("A team no longer fits: %(why)s Send the roster back.") % {"why": error.message},
                code=error.code,
                visit=str(entry.visit_id),
            ) from error
