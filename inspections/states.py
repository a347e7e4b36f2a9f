"""States and the steps between them, as data."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.users import Role


class PlanState(models.TextChoices):
    """The life of a month's plan."""

    DRAFT = "draft", _("Draft")
    FROZEN = "frozen", _("Frozen")
    ENDORSED = "endorsed", _("Endorsed")
    DRAWN = "drawn", _("Drawn")
    SCHEDULED = "scheduled", _("Scheduled")
    APPROVED = "approved", _("Approved")
    ACTIVE = "active", _("Active")
    CLOSED = "closed", _("Closed")
    REVEALED = "revealed", _("Revealed")
    CANCELLED = "cancelled", _("Cancelled")


class VisitState(models.TextChoices):
    """The life of a visit. It says nothing of the unit until the visit is released."""

    SEALED = "sealed", _("Sealed")
    RELEASED = "released", _("Released")
    ARRIVED = "arrived", _("Arrived")
    FILED = "filed", _("Filed")
    NOT_MADE = "not_made", _("Not made")


class FindingState(models.TextChoices):
    """What has become of a finding. Whether it is stated at all is told apart, by ``Finding.taken_back_at``."""

    OPEN = "open", pgettext_lazy("finding", "Open")
    REPORTED = "reported", _("Remedy reported")
    CLOSED = "closed", _("Remedied")
    WITHDRAWN = "withdrawn", _("Withdrawn on reconsideration")


#: What was decided of findings that are held against the unit still.
STANDING = frozenset(FindingState) - {FindingState.WITHDRAWN}
#: Findings for which the unit still owes something.
LIVE_FINDINGS = frozenset({FindingState.OPEN, FindingState.REPORTED})


class Outcome(models.TextChoices):
    """What a re-check or a reconsideration comes to."""

    FIXED = "fixed", _("Fixed")
    NOT_FIXED = "not_fixed", _("Not fixed")
    UPHELD = "upheld", _("Upheld")
    CHANGED = "changed", _("Changed")
    WITHDRAWN = "withdrawn", pgettext_lazy("reconsideration", "Withdrawn")


@dataclass(frozen=True)
class Move:
    """A step of a finding: from where, to where (None: it stays), and by whom.

    What a re-check or reconsideration comes to is proposed by ``roles``, and takes effect by an approver.
    """

    sources: frozenset[FindingState]
    target: FindingState | None
    roles: frozenset[Role]


#: Who enters what the units write, asks them, and proposes what becomes of findings.
FOLLOW = frozenset({Role.PLANNER, Role.CLERK})


def _move(
    sources: frozenset[FindingState],
    target: FindingState | None = None,
    roles: frozenset[Role] = FOLLOW,
) -> Move:
    return Move(sources, target, roles)


MOVES: dict[str, Move] = {
    "demand": _move(LIVE_FINDINGS),
    "report": _move(frozenset({FindingState.OPEN}), FindingState.REPORTED),
    Outcome.FIXED: _move(LIVE_FINDINGS, FindingState.CLOSED),
    Outcome.NOT_FIXED: _move(LIVE_FINDINGS, FindingState.OPEN),
    # A closed finding still stands against the unit, which may go on to contest it.
    Outcome.UPHELD: _move(STANDING),
    Outcome.CHANGED: _move(STANDING),
    Outcome.WITHDRAWN: _move(STANDING, FindingState.WITHDRAWN),
    "decide": _move(frozenset(FindingState), roles=frozenset({Role.APPROVER})),
    "reopen": _move(
        frozenset({FindingState.CLOSED}),
        FindingState.OPEN,
        frozenset({Role.PLANNER, Role.APPROVER}),
    ),
}


class PaperState(models.TextChoices):
    """The life of an official paper. One that was issued is in force until another replaces it."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Awaiting number")
    ISSUED = "issued", _("Issued")
    REPLACED = "replaced", _("Replaced")
    WITHDRAWN = "withdrawn", _("Withdrawn")


@dataclass(frozen=True)
class Step:
    """A step of a plan: from where, to where, by whom, and whose hand must not be on it again.

    ``not_by`` names the plan's columns that hold those people, ``not_after`` the events of the audit log that
    tell of them: what several people may do, and do again, has no column.
    """

    sources: frozenset[PlanState]
    target: PlanState
    roles: frozenset[Role]
    not_by: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()


def _step(
    sources: set[PlanState],
    target: PlanState,
    roles: set[Role],
    not_by: tuple[str, ...] = (),
    not_after: tuple[str, ...] = (),
) -> Step:
    return Step(frozenset(sources), target, frozenset(roles), not_by, not_after)


# Everything that is not over. A cancelled plan is revealed too, but as what it is.
LIVE = frozenset(PlanState) - {PlanState.CANCELLED, PlanState.REVEALED}
# From the draw on there is a roster.
WITH_ROSTER = frozenset(
    {PlanState.DRAWN, PlanState.SCHEDULED, PlanState.APPROVED, PlanState.ACTIVE}
)

STEPS: dict[str, Step] = {
    "freeze": _step({PlanState.DRAFT}, PlanState.FROZEN, {Role.PLANNER}),
    "endorse": _step(
        {PlanState.FROZEN},
        PlanState.ENDORSED,
        {Role.APPROVER},
        ("created_by", "frozen_by"),
        ("plan.update",),
    ),
    "draw": _step({PlanState.ENDORSED}, PlanState.DRAWN, {Role.PLANNER}),
    "schedule": _step({PlanState.DRAWN}, PlanState.SCHEDULED, {Role.PLANNER}),
    "return": _step({PlanState.SCHEDULED}, PlanState.DRAWN, {Role.APPROVER}, ("scheduled_by",)),
    "approve": _step(
        {PlanState.SCHEDULED},
        PlanState.APPROVED,
        {Role.APPROVER},
        ("created_by", "frozen_by", "scheduled_by"),
        ("plan.update", "plan.team", "plan.schedule"),
    ),
    "close": _step({PlanState.APPROVED, PlanState.ACTIVE}, PlanState.CLOSED, {Role.PLANNER}),
    "reveal": _step({PlanState.CLOSED}, PlanState.REVEALED, {Role.PLANNER, Role.APPROVER}),
    "cancel": _step(set(LIVE), PlanState.CANCELLED, {Role.APPROVER}, ("cancel_requested_by",)),
}


class HandlingState(models.TextChoices):
    """The life of a recommendation for handling. The decision is the authority's; here it is recorded."""

    PROPOSED = "proposed", pgettext_lazy("recommendation", "Proposed")
    REVIEWED = "reviewed", pgettext_lazy("recommendation", "Supported")
    DECLINED = "declined", pgettext_lazy("recommendation", "Not supported")
    FORWARDED = "forwarded", pgettext_lazy("recommendation", "Forwarded to the authority")
    DECIDED = "decided", pgettext_lazy("recommendation", "Decided")
    WITHDRAWN = "withdrawn", pgettext_lazy("recommendation", "Withdrawn")


# While a recommendation for discipline is one of these, its subject is under disciplinary consideration.
HANDLING_OPEN = frozenset({HandlingState.PROPOSED, HandlingState.REVIEWED, HandlingState.FORWARDED})
# From where each step of a recommendation begins.
HANDLING_STEPS: dict[str, frozenset[HandlingState]] = {
    "name_form": frozenset({HandlingState.PROPOSED}),
    "review": frozenset({HandlingState.PROPOSED}),
    "forward": frozenset({HandlingState.REVIEWED}),
    "decide": frozenset({HandlingState.FORWARDED}),
    "withdraw": frozenset({HandlingState.PROPOSED, HandlingState.REVIEWED}),
    "extend": HANDLING_OPEN,
    "pause": HANDLING_OPEN,
}


class CommendationState(models.TextChoices):
    """The life of a proposal to commend."""

    PROPOSED = "proposed", pgettext_lazy("commendation", "Proposed")
    REVIEWED = "reviewed", pgettext_lazy("commendation", "Supported")
    DECLINED = "declined", pgettext_lazy("commendation", "Not supported")
    GRANTED = "granted", pgettext_lazy("commendation", "Granted")
    REFUSED = "refused", pgettext_lazy("commendation", "Refused")


# From where each step of a commendation begins; it ends granted or refused.
COMMENDATION_STEPS: dict[str, frozenset[CommendationState]] = {
    "review": frozenset({CommendationState.PROPOSED}),
    "end": frozenset({CommendationState.REVIEWED}),
}
