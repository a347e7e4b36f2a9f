"""Deciding on findings: what a re-check or a reconsideration came to, proposed by one person, decided by another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import DomainError, InvalidInput, VersionConflict, WrongState
from inspections.models import Finding, FindingStep, Inspector, Letter, StepKind, User, Visit
from inspections.models.letters import LetterKind
from inspections.models.records import WORDS
from inspections.services import audit, deadlines
from inspections.states import MOVES, FindingState, Outcome


@dataclass(frozen=True)
class _Actor:
    """Who acts, on which version of what, and when."""

    person: User
    finding: Finding
    version: int
    now: datetime


@dataclass(frozen=True)
class Looked:
    """A look at what was to be remedied: when, by which inspector if one did, at which visit if there was one."""

    on: date
    by: Inspector | None = None
    visit: Visit | None = None


def propose_recheck(
    *,
    actor: User,
    finding: Finding,
    version: int,
    fixed: bool,
    looked: Looked,
    note: str,
    now: datetime,
) -> Finding:
    """Propose what a re-check came to. Another person decides, and only then the finding is closed or open again.

    Raises:
        InvalidInput: the day lies before the visit or in the future, or the visit is to another unit.
        WrongState: the finding is not followed any more, or a proposal waits already.
        VersionConflict: the finding changed since ``version``.
    """
    outcome = Outcome.FIXED if fixed else Outcome.NOT_FIXED
    policies.require(actor, *MOVES[outcome].roles)
    first = finding.visit.date
    if (first is not None and looked.on < first) or looked.on > timezone.localdate(now):
        raise InvalidInput(
            _("This day lies before the visit, or in the future."),
            code="day_not_possible",
            field="checked_on",
        )
    if looked.visit is not None and looked.visit.unit_id != finding.visit.unit_id:
        raise InvalidInput(_("This visit was to another unit."), field="visit")
    return _propose(
        outcome,
        _Actor(actor, finding, version, now),
        kind=StepKind.RECHECK,
        reason=text.nfc(note).strip(),
        checked_on=looked.on,
        checked_by=looked.by,
        visit=looked.visit,
    )


def propose_reconsideration(
    *,
    actor: User,
    finding: Finding,
    version: int,
    outcome: Outcome,
    reason: str,
    now: datetime,
    letter: Letter | None = None,
    words: Mapping[str, Any] | None = None,
) -> Finding:
    """Propose what a reconsideration came to: upheld, withdrawn, or changed.

    Args:
        letter: the unit's request, if there was one.
        words: for a change the new severity, legal basis and remedy. The facts stay as they were filed.

    Raises:
        InvalidInput: no reason; a change that changes nothing, or words without one; a letter of another kind.
        WrongState: the finding was withdrawn or taken back, or a proposal waits already.
        VersionConflict: the finding changed since ``version``.
    """
    policies.require(actor, *MOVES[outcome].roles)
    if not (reason := text.nfc(reason).strip()):
        raise InvalidInput(_("This field is needed."), field="reason")
    if letter is not None and (
        letter.kind != LetterKind.RECONSIDERATION or finding.pk not in letter.finding_ids
    ):
        raise InvalidInput(_("This letter asks for something else."), field="letter")
    new = None
    if outcome is Outcome.CHANGED:
        held = {name: getattr(finding, name) for name in WORDS}
        new = held | dict(words or {})
        if new == held:
            raise InvalidInput(_("Say what is changed."), code="nothing_changed", field="outcome")
    elif words:
        raise InvalidInput(_("Only a change has new words."), field="outcome")
    return _propose(
        outcome,
        _Actor(actor, finding, version, now),
        kind=StepKind.RECONSIDERATION,
        reason=reason,
        letter=letter,
        words=new,
    )


def _propose(outcome: Outcome, by: _Actor, **step: Any) -> Finding:
    move = MOVES[outcome]
    proposal = FindingStep(finding=by.finding, person=by.person, at=by.now, outcome=outcome, **step)
    with transaction.atomic():
        _change(by, move.sources, proposal=None, changes={"proposal": proposal})
        _write(proposal)
        _record(by, f"finding.propose_{proposal.kind}", proposal)
    return by.finding


def decide(
    *,
    actor: User,
    finding: Finding,
    version: int,
    accept: bool,
    reason: str,
    now: datetime,
) -> Finding:
    """Decide on what somebody else proposed. Of two who decide at once one wins, and the other is told what happened.

    Raises:
        SamePerson: the actor proposed it.
        WrongState: nothing waits for a decision, or the finding is no longer where the proposal leads from.
        InvalidInput: a refusal without a reason.
        VersionConflict: the finding changed since ``version``.
    """
    policies.require(actor, *MOVES["decide"].roles)
    by = _Actor(actor, finding, version, now)
    reason = text.nfc(reason).strip()
    with transaction.atomic():
        visit = Visit.objects.select_for_update().get(pk=finding.visit_id)
        finding.refresh_from_db()
        proposal = finding.proposal
        if proposal is None and finding.version == version:
            raise WrongState(_("Nothing waits for a decision."), code="nothing_to_decide")
        if proposal is None:
            raise _why(by)
        policies.require_other(actor, proposal.person)
        if not accept and not reason:
            raise InvalidInput(_("Say why it is refused."), field="reason")
        decided = _Decided.of(proposal, finding, accept=accept)
        _change(by, decided.sources, proposal=proposal, changes=decided.changes)
        decision = FindingStep(
            finding=finding,
            kind=StepKind.ACCEPTED if accept else StepKind.REFUSED,
            person=actor,
            at=now,
            reason=reason,
            decides=proposal,
            earlier_by=proposal.person,
        )
        _write(decision)
        if accept and proposal.outcome == Outcome.CHANGED:
            deadlines.recompute(visit)
            finding.refresh_from_db()
        _record(by, "finding.decide", decision, outcome=proposal.outcome)
    return finding


@dataclass(frozen=True)
class _Decided:
    """What a decision does to the finding: from which states, and what it writes."""

    sources: frozenset[FindingState]
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, proposal: FindingStep, finding: Finding, *, accept: bool) -> "_Decided":
        changes: dict[str, Any] = {"proposal": None}
        if not accept:
            return cls(MOVES["decide"].sources, changes)
        move = MOVES[str(proposal.outcome)]
        if move.target is not None:
            changes["state"] = move.target
        match proposal.outcome:
            case Outcome.FIXED:
                changes["remedied_on"] = Coalesce(F("remedied_on"), Value(proposal.checked_on))
            case Outcome.NOT_FIXED:
                changes["remedied_on"] = None
            case Outcome.CHANGED:
                changes |= dict(proposal.words or {}) | {"as_filed": finding.filed_words}
        return cls(move.sources, changes)


def reopen(*, actor: User, finding: Finding, version: int, reason: str, now: datetime) -> Finding:
    """Open a finding again that somebody else closed. Its deadlines run on.

    Raises:
        SamePerson: the actor closed it.
        WrongState: it is not closed.
        VersionConflict: the finding changed since ``version``.
    """
    move = MOVES["reopen"]
    policies.require(actor, *move.roles)
    if not (reason := text.nfc(reason).strip()):
        raise InvalidInput(_("This field is needed."), field="reason")
    by = _Actor(actor, finding, version, now)
    closing = (
        finding.steps.filter(kind=StepKind.ACCEPTED, decides__outcome=Outcome.FIXED)
        .select_related("person")
        .last()
    )
    if closing is None:
        raise _why(by)
    policies.require_other(actor, closing.person)
    with transaction.atomic():
        changes = {"state": move.target, "remedied_on": None}
        _change(by, move.sources, proposal=finding.proposal, changes=changes)
        step = FindingStep(
            finding=finding,
            kind=StepKind.REOPENED,
            person=actor,
            at=now,
            reason=reason,
            earlier_by=closing.person,
        )
        _write(step)
        _record(by, "finding.reopen", step)
    return finding


def _change(
    by: _Actor,
    sources: frozenset[FindingState],
    *,
    proposal: FindingStep | None,
    changes: Mapping[str, Any],
) -> None:
    """Change the finding if it still is what the actor saw. This one update settles every race."""
    changed = Finding.objects.filter(
        pk=by.finding.pk,
        version=by.version,
        state__in=sources,
        proposal=proposal,
        taken_back_at=None,
    ).update(version=F("version") + 1, **changes)
    by.finding.refresh_from_db()
    if not changed:
        raise _why(by)


def _why(by: _Actor) -> DomainError:
    """Say why the finding was not changed, with its latest step."""
    finding = by.finding
    finding.refresh_from_db()
    last = finding.steps.select_related("person").last()
    told: dict[str, Any] = {
        "state": finding.state,
        "version": finding.version,
        "last_step": None if last is None else last.kind,
        "last_step_at": None if last is None else last.at.isoformat(),
    }
    if finding.version != by.version:
        return VersionConflict(**told)
    if finding.taken_back_at is not None:
        return WrongState(
            _("A correction has taken this finding back."), code="finding_taken_back", **told
        )
    if finding.proposal_id is not None:
        return WrongState(
            _("Another proposal waits for its decision."), code="proposal_waits", **told
        )
    return WrongState(
        _("This step is not possible while the finding is: %(state)s.")
        % {"state": finding.get_state_display()},
        **told,
    )


def _write(step: FindingStep) -> None:
    step.version = step.finding.version
    step.save(force_insert=True)


def _record(by: _Actor, action: str, step: FindingStep, **details: Any) -> None:
    told = {"state": by.finding.state, "step": str(step.pk), "outcome": step.outcome} | details
    audit.record(actor=by.person, action=action, obj=by.finding, now=by.now, details=told)
