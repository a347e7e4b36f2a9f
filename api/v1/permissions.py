"""Roles and scopes of each route. Whom a route is not for learns it before anything is looked up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from inspections.errors import NotAllowed
from inspections.models import ApiToken, Role, TokenScope, User

EVERYBODY: Final = frozenset(Role)


@dataclass(frozen=True)
class Access:
    """Who may call an action.

    ``roles`` are the roles of persons; none at all means every account, also one without a role.
    ``scopes`` are those of machines' tokens, whose person must hold one of the roles too.
    """

    roles: frozenset[Role] = EVERYBODY
    scopes: frozenset[TokenScope] = frozenset()
    anonymous: bool = False
    with_old_password: bool = False


def allow(*roles: Role, scopes: tuple[TokenScope, ...] = ()) -> Access:
    """Open an action to persons with one of the roles (all roles when none is named)."""
    return Access(frozenset(roles) or EVERYBODY, frozenset(scopes))


class Declared(Protocol):
    """A view that says who may call each of its actions."""

    access: Mapping[str, Access]
    action: str | None


class RoleAllowed(BasePermission):
    """Asks the view's ``access`` table; an action that is not in it is open to nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller may call the action; False means that he has to sign in.

        Raises:
            NotAllowed: he is known, and may not.
        """
        declared = cast(Declared, view)
        if declared.action in {None, "metadata"}:  # a method that no route has here: 405 follows
            return request.user.is_authenticated
        access = declared.access[str(declared.action)]
        if access.anonymous:
            return True
        user = request.user
        if not isinstance(user, User):
            return False
        if (
            isinstance(request.auth, ApiToken)
            and TokenScope(request.auth.scope) not in access.scopes
        ):
            raise NotAllowed(_("The token's scope does not include this."), code="scope_not_enough")
        if user.must_change_password and not access.with_old_password:
            raise NotAllowed(
                _("Choose a password of your own first."), code="password_change_required"
            )
        if access.roles and not user.has_role(*access.roles):
            raise NotAllowed
        return True
