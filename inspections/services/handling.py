"""Recommendations for handling, from the proposal to what the competent authority decided.

The product recommends. The decision is the authority's: it is recorded here with its number and day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import discipline, policies, text
from inspections.discipline import LIMIT_DAYS
from inspections.errors import InvalidInput, NotAllowed, NotFound, WrongState
from inspections.models import (
    DisciplineForm,
    Finding,
    FormNamer,
    HandlingAct,
    HandlingKind,
    HandlingRecommendation,
    HandlingResult,
    Official,
    Role,
    User,
    Visit,
)
from inspections.models.handling import ADDRESSED
from inspections.models.officials import PERSONNEL
from inspections.queries.records import signed_on
from inspections.services import audit
from inspections.services.creation import made_before
from inspections.services.proposals import lock_subject, move, needed, not_before, not_to_come
from inspections.states import (
    HANDLING_OPEN,
    HANDLING_STEPS,
    FindingState,
    HandlingState,
    VisitState,
)

PROPOSERS: Final = (Role.PLANNER, Role.INSPECTOR)
REVIEWERS: Final = (Role.PLANNER, Role.APPROVER)
NAMERS: Final = (Role.PLANNER, Role.APPROVER, Role.INSPECTOR)


@dataclass(frozen=True)
class Act:
    """Something that was done, on which day, and the finding that tells it."""

    finding: Finding
    day: date
    description: str = ""


@dataclass(frozen=True)
class Decision:
    """What the authority decided, as its paper says."""

    number: str
    day: date
    authority: str
    result: HandlingResult
    form: DisciplineForm | None = None
    note: str = ""
    effective_on: date | None = None
    ends_on: date | None = None


def propose(
    *,
    actor: User,
    kind: HandlingKind,
    visit: Visit,
    legal_basis: str,
    reasons: str,
    now: datetime,
    acts: Sequence[Act] = (),
    official: Official | None = None,
    addressee: str = "",
    discovered_on: date | None = None,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
) -> HandlingRecommendation:
    """Recommend handling of somebody, or of the visited unit as a whole; the same call again changes nothing.

    Args:
        discovered_on: when the violation was discovered, for discipline: the day in the signed minutes unless
            it was known earlier.

    Raises:
        NotFound: the visit is not the actor's.
        WrongState: nothing was filed at the visit yet, an open recommendation says the same of a finding
            (``recommended_already``), or the id is taken by something else.
        InvalidInput: a text is missing, an act or the person is not of this visit, discipline without an act,
            or a day that cannot be.
    """
    policies.require(actor, *PROPOSERS)
    facts: dict[str, Any] = {
        "kind": kind,
        "visit": visit,
        "official": official,
        "addressee": text.nfc(addressee).strip(),
        "legal_basis": needed(legal_basis, "legal_basis"),
        "reasons": needed(reasons, "reasons"),
        "proposed_by": actor,
    }
    if (before := _made_before(id, facts, acts)) is not None:
        return before
    _check_subject(actor, visit, official)
    today = timezone.localdate(now)
    _check_acts(visit, acts, kind)
    if kind in ADDRESSED:
        needed(facts["addressee"], "addressee")
    made = HandlingRecommendation(id=id or uuid4(), proposed_at=now, **facts)
    if official is not None:
        made.category, made.post = official.category, official.post
    if kind == HandlingKind.DISCIPLINE:
        made.discovered_on = _discovery(visit, discovered_on, [act.day for act in acts], today)
        made.limit_days = LIMIT_DAYS
        made.due_on = discipline.last_day(made.discovered_on, LIMIT_DAYS, ())
    elif discovered_on is not None:
        raise _without_clock("discovered_on")
    try:
        with transaction.atomic():
            lock_subject(made.unit, official)
            if (before := _made_before(made.pk, facts, acts)) is not None:
                return before
            _check_new(made, acts)
            made.save(force_insert=True)
            HandlingAct.objects.bulk_create(
                HandlingAct(
                    recommendation=made,
                    finding=act.finding,
                    day=act.day,
                    description=text.nfc(act.description).strip(),
                )
                for act in acts
            )
            audit.record(
                actor=actor,
                action="handling.propose",
                obj=made,
                now=now,
                details={"kind": kind.value, "acts": len(acts), "collective": official is None},
            )
    except IntegrityError:
        before = _made_before(made.pk, facts, acts)
        if before is None:
            raise
        return before
    return made


def _made_before(
    row_id: UUID | None, facts: dict[str, Any], acts: Sequence[Act]
) -> HandlingRecommendation | None:
    row = made_before(HandlingRecommendation.objects.all(), row_id, facts)
    if row is not None:
        told = sorted((act.finding.pk, act.day) for act in acts)
        if told != sorted(row.acts.values_list("finding_id", "day")):
            raise WrongState(_("Something else was made under this id."), code="id_taken")
    return row


def _check_new(made: HandlingRecommendation, acts: Sequence[Act]) -> None:
    """Refuse findings that were withdrawn, and what is recommended already; the subject is locked."""
    named = [act.finding.pk for act in acts]
    found = Finding.objects.select_for_update(no_key=True).filter(pk__in=named).order_by("pk")
    if any(finding.state == FindingState.WITHDRAWN for finding in found):
        raise InvalidInput(
            _("A finding that was withdrawn carries no recommendation."),
            code="finding_withdrawn",
            field="acts",
        )
    same = HandlingRecommendation.objects.filter(
        kind=made.kind, official=made.official, state__in=HANDLING_OPEN, acts__finding__in=named
    )
    if same.exists():
        raise WrongState(
            _("This is recommended already for the same finding."), code="recommended_already"
        )


def _check_subject(actor: User, visit: Visit, official: Official | None) -> None:
    """Refuse a visit that is not the actor's or not filed, and somebody who never was at its unit."""
    own = visit.members.filter(inspector__user=actor).exists()
    if not own and not actor.has_role(Role.PLANNER):
        raise NotFound
    if visit.state != VisitState.FILED or visit.unit is None:
        raise WrongState(_("Nothing was filed at this visit yet."), code="visit_not_filed")
    if official is not None and not official.belongs_to(visit.unit):
        raise InvalidInput(
            _("This person is not on the personnel list of the visited unit."),
            code="official_elsewhere",
            field="official",
        )


def _check_acts(visit: Visit, acts: Sequence[Act], kind: HandlingKind) -> None:
    if kind == HandlingKind.DISCIPLINE and not acts:
        raise InvalidInput(
            _("Discipline rests on at least one act."), code="act_missing", field="acts"
        )
    if len({act.finding.pk for act in acts}) < len(acts):
        raise InvalidInput(_("One entry is listed twice."), code="act_twice", field="acts")
    for act in acts:
        if act.finding.visit_id != visit.pk or act.finding.taken_back_at is not None:
            raise InvalidInput(
                _("This is no finding of the visit."), code="finding_elsewhere", field="acts"
            )
        if visit.date is None or act.day > visit.date:
            raise InvalidInput(
                _("An act found at a visit was done by then."), code="act_after_visit", field="acts"
            )


def _discovery(visit: Visit, stated: date | None, acts: Sequence[date], today: date) -> date:
    """Return the day of discovery: at the latest that of the signed minutes."""
    signed = signed_on(visit)
    if (day := stated or signed) is None:
        raise InvalidInput(
            _("The minutes name no day of signing: say when the violation was discovered."),
            code="discovery_missing",
            field="discovered_on",
        )
    if day > min(signed or today, today) or day < max(acts):
        raise InvalidInput(
            _(
                "A violation is discovered after the act and, at the latest, with the signed minutes."
            ),
            code="discovery_impossible",
            field="discovered_on",
        )
    return day


def name_form(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    form: DisciplineForm | None,
    now: datetime,
) -> HandlingRecommendation:
    """Name the form that is recommended, or leave it blank again. Naming one can have legal effect.

    Raises:
        NotAllowed: nobody let the actor name forms.
        InvalidInput: the form does not exist for this person on the day of the violation.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *NAMERS)
    if not FormNamer.objects.filter(user=actor, ended_at=None).exists():
        raise NotAllowed(
            _("An approver has to let you name forms of discipline."),
            code="form_naming_not_allowed",
        )
    if form is not None:
        _check_form(recommendation, form, "form")
    return _step(
        "name_form",
        recommendation,
        actor=actor,
        version=version,
        now=now,
        details={"form": form},
        form=form,
        form_named_by=None if form is None else actor,
    )


def _check_form(recommendation: HandlingRecommendation, form: DisciplineForm, field: str) -> None:
    known = [rule.form for rule in recommendation.known_forms]
    if form not in known:
        raise InvalidInput(
            _("This form does not exist for this subject on the day of the violation."),
            code="form_does_not_exist",
            field=field,
            forms=known,
        )


def review(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    supported: bool,
    reason: str,
    now: datetime,
) -> HandlingRecommendation:
    """Support what somebody else proposed, or end it here.

    Raises:
        SamePerson: the actor proposed it or named its form.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *REVIEWERS)
    policies.require_other(actor, recommendation.proposed_by, recommendation.form_named_by)
    return _step(
        "review",
        recommendation,
        actor=actor,
        version=version,
        now=now,
        details={"supported": supported},
        state=HandlingState.REVIEWED if supported else HandlingState.DECLINED,
        reviewed_by=actor,
        reviewed_at=now,
        review_reason=needed(reason, "reason"),
    )


def forward(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    to: str,
    on: date,
    now: datetime,
) -> HandlingRecommendation:
    """Take note that a supported recommendation went to the competent authority.

    Raises:
        InvalidInput: no authority is named, or the day is to come or before the proposal.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *PERSONNEL)
    not_before(on, timezone.localdate(recommendation.proposed_at), "on")
    return _step(
        "forward",
        recommendation,
        actor=actor,
        version=version,
        now=now,
        details={},
        state=HandlingState.FORWARDED,
        forwarded_to=needed(to, "to"),
        forwarded_on=not_to_come(on, "on", now),
        forwarded_by=actor,
    )


def record_decision(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    decision: Decision,
    now: datetime,
) -> HandlingRecommendation:
    """Record what the competent authority decided.

    Raises:
        SamePerson: the actor proposed the recommendation or named its form.
        InvalidInput: the decision lacks something, its days are not in their order, or its form does not exist
            for the person.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *PERSONNEL)
    policies.require_other(actor, recommendation.proposed_by, recommendation.form_named_by)
    not_to_come(decision.day, "day", now)
    _check_decision(recommendation, decision)
    return _step(
        "decide",
        recommendation,
        actor=actor,
        version=version,
        now=now,
        details={"result": decision.result.value},
        state=HandlingState.DECIDED,
        decision_number=needed(decision.number, "number"),
        decided_on=decision.day,
        decision_authority=needed(decision.authority, "authority"),
        result=decision.result,
        decision_form=decision.form,
        decision_note=text.nfc(decision.note).strip(),
        effective_on=decision.effective_on,
        ends_on=decision.ends_on,
        decided_by=actor,
        decided_at=now,
    )


def _check_decision(recommendation: HandlingRecommendation, decision: Decision) -> None:
    applied = decision.result == HandlingResult.APPLIED
    disciplines = applied and recommendation.kind == HandlingKind.DISCIPLINE
    if disciplines and not recommendation.is_collective:
        if decision.form is None:
            raise InvalidInput(_("This field is needed."), field="form")
        _check_form(recommendation, decision.form, "form")
    elif decision.form is not None:
        raise InvalidInput(
            _("Only discipline of one person has a form."), code="form_without_person", field="form"
        )
    if disciplines and decision.effective_on is None:
        raise InvalidInput(_("This field is needed."), field="effective_on")
    if decision.result == HandlingResult.OTHER:
        needed(decision.note, "note")
    not_before(decision.day, recommendation.forwarded_on, "day")
    if decision.effective_on is not None:
        not_before(decision.effective_on, decision.day, "effective_on")
    if decision.ends_on is not None:
        if decision.effective_on is None:
            raise InvalidInput(_("This field is needed."), field="effective_on")
        not_before(decision.ends_on, decision.effective_on, "ends_on")


def withdraw(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    reason: str,
    now: datetime,
) -> HandlingRecommendation:
    """Take one's own recommendation back before it is forwarded; somebody else can only not support it.

    Raises:
        NotAllowed: somebody else proposed it.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *PROPOSERS)
    if recommendation.proposed_by_id != actor.pk:
        raise NotAllowed(_("Only whoever proposed this takes it back."), code="not_the_proposer")
    return _step(
        "withdraw",
        recommendation,
        actor=actor,
        version=version,
        now=now,
        details={},
        state=HandlingState.WITHDRAWN,
        withdrawn_at=now,
        withdrawal_reason=needed(reason, "reason"),
    )


def read_recommendation(
    *, actor: User, recommendation: HandlingRecommendation, now: datetime
) -> HandlingRecommendation:
    """Return a recommendation with the person whom it is about; the reading is on record.

    Raises:
        NotFound: the actor's work is not about this person.
    """
    if not HandlingRecommendation.objects.named_to(actor).filter(pk=recommendation.pk).exists():
        raise NotFound
    audit.record(actor=actor, action="handling.read", obj=recommendation, now=now)
    return recommendation


def _step(
    name: str,
    recommendation: HandlingRecommendation,
    *,
    actor: User,
    version: int,
    now: datetime,
    details: dict[str, Any],
    **fields: Any,
) -> HandlingRecommendation:
    """Take a step of a recommendation and put it on record."""
    with transaction.atomic():
        move(recommendation, version=version, sources=HANDLING_STEPS[name], **fields)
        audit.record(
            actor=actor, action=f"handling.{name}", obj=recommendation, now=now, details=details
        )
    return recommendation


def _without_clock(field: str) -> InvalidInput:
    return InvalidInput(_("Only discipline has a limit of days."), code="no_clock", field=field)
