"""Who may do what: pure predicates on an actor, and on what he did before.

Every service asks here first; views, commands and the administration hold no rules of their own.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inspections.errors import NotAllowed, SamePerson
from inspections.models.users import Role, User

if TYPE_CHECKING:
    from inspections.models.plans import Plan

# A roster may be opened by those who make it and those who approve it, and by nobody else.
ROSTER_ROLES = frozenset({Role.PLANNER, Role.APPROVER})
# What a role given by an administrator opens must be admitted by somebody else first.
ADMITTED_BY_ANOTHER = frozenset(Role) - {Role.TECHNICAL_ADMIN, Role.PUBLISHER}
# Those who let an account in, or in again.
ADMIT = (Role.APPROVER, Role.LEADER)


def exclude_each_other(roles: Collection[Role]) -> bool:
    """Tell whether one person must not hold these roles together.

    Whoever keeps the machines and makes accounts holds no other role; whoever reads the log makes no roster.
    """
    held = set(roles)
    return (Role.TECHNICAL_ADMIN in held and len(held) > 1) or (
        Role.AUDITOR in held and bool(held & ROSTER_ROLES)
    )


def require(actor: User, *roles: Role) -> None:
    """Raise ``NotAllowed`` unless one of the roles is in force for the actor."""
    if actor.has_role(*roles):
        return
    if actor.closed_at is not None:
        raise NotAllowed(
            _("This account opens nothing until an approver or a leader admits it."),
            code="account_closed",
        )
    raise NotAllowed


def require_other(actor: User, *earlier: User | None) -> None:
    """Raise ``SamePerson`` when the actor is one of those who made the earlier steps."""
    if any(person is not None and person.pk == actor.pk for person in earlier):
        raise SamePerson


def may_read_roster(actor: User) -> bool:
    """Planners and approvers may."""
    return actor.has_role(*ROSTER_ROLES)


def may_see_plan(actor: User, plan: "Plan | None" = None) -> bool:  # noqa: ARG001  same rule for all plans
    """Plans without their rosters are open to all staff of the department but not to machines."""
    return bool(actor.roles)


def may_see_risk(actor: User) -> bool:
    """The risk picture is for those who plan, approve and lead."""
    return actor.has_role(Role.PLANNER, Role.APPROVER, Role.LEADER)


def may_see_audit(actor: User) -> bool:
    """Auditors read the log; technical administrators do not."""
    return actor.has_role(Role.AUDITOR)
