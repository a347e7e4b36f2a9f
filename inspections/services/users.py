"""Accounts, roles, passwords and machines' tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, NotAllowed
from inspections.models import ApiToken, Role, RoleGrant, TokenScope, User
from inspections.services import audit

TOKEN_PREFIX = "kc_"  # noqa: S105  the visible start of a token, so that leaked ones can be searched for
MAX_TOKEN_DAYS = 365


def create_user(
    *, actor: User | None, username: str, full_name: str, roles: Iterable[Role], now: datetime
) -> tuple[User, str]:
    """Create an account with a one-time password and return both.

    ``actor`` is None only at the first set-up. An account made later opens nothing until somebody else admits
    it: whoever makes accounts could otherwise invent a second person.
    """
    if actor is not None:
        policies.require(actor, Role.TECHNICAL_ADMIN)
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        user = User(username=text.nfc(username), full_name=full_name, must_change_password=True)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise InvalidInput(_("This user name is taken."), field="username") from None
        audit.record(actor=actor, action="user.created", obj=user, now=now)
        for role in roles:
            grant_role(actor=actor, user=user, role=role, now=now)
    return user, password


def grant_role(*, actor: User | None, user: User, role: Role, now: datetime) -> RoleGrant:
    """Give a role; it opens something once somebody else has admitted the account."""
    if actor is not None:
        policies.require(actor, Role.TECHNICAL_ADMIN)
        policies.require_other(actor, user)
    with transaction.atomic():
        held = {
            Role(value)
            for value in user.grants.filter(ended_at=None).values_list("role", flat=True)
        }
        if role in held:
            return user.grants.get(role=role, ended_at=None)
        if policies.exclude_each_other(held | {role}):
            raise NotAllowed(
                _(
                    "Technical administrators hold no other role; auditors neither plan nor approve."
                ),
                code="roles_exclude_each_other",
            )
        grant = RoleGrant.objects.create(user=user, role=role, granted_by=actor, granted_at=now)
        if actor is not None and role in policies.ADMITTED_BY_ANOTHER:
            _close(user, actor, now)
        audit.record(
            actor=actor, action="user.role_granted", obj=user, now=now, details={"role": role.value}
        )
    _forget_roles(user)
    return grant


def end_role(*, actor: User, user: User, role: Role, now: datetime) -> None:
    """Take a role away."""
    policies.require(actor, Role.TECHNICAL_ADMIN)
    with transaction.atomic():
        if user.grants.filter(role=role, ended_at=None).update(ended_at=now):
            audit.record(
                actor=actor,
                action="user.role_ended",
                obj=user,
                now=now,
                details={"role": role.value},
            )
    _forget_roles(user)


def deactivate(*, actor: User, user: User, now: datetime) -> None:
    """Close an account; its sessions and tokens end with it."""
    policies.require(actor, Role.TECHNICAL_ADMIN)
    policies.require_other(actor, user)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
        audit.record(actor=actor, action="user.deactivated", obj=user, now=now)


def reset_password(*, actor: User | None, user: User, now: datetime) -> str:
    """Give somebody a new one-time password, and close the account until somebody else re-admits it.

    ``actor`` is None when it is done at the machine itself, because no administrator can sign in.
    """
    if actor is not None:
        policies.require(actor, Role.TECHNICAL_ADMIN)
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        _close(user, actor, now)
        audit.record(actor=actor, action="user.password_reset", obj=user, now=now)
    return password


def change_password(*, user: User, old: str, new: str, now: datetime) -> None:
    """Let a person choose a new password."""
    if not user.check_password(old):
        raise InvalidInput(_("The old password is not right."), field="old_password")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="new_password") from None
    with transaction.atomic():
        user.set_password(new)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        audit.record(actor=user, action="user.password_changed", obj=user, now=now)


def readmit(*, actor: User, user: User, now: datetime) -> None:
    """Let an account in: an approver or a leader who neither closed it nor owns it."""
    policies.require(actor, *policies.ADMIT)
    policies.require_other(actor, user, user.closed_by)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, closed_at__isnull=False).update(
            closed_at=None, closed_by=None
        ):
            audit.record(actor=actor, action="user.readmitted", obj=user, now=now)
    user.refresh_from_db(fields=["closed_at", "closed_by"])


def create_token(
    *, actor: User, name: str, scope: TokenScope, days: int, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token for a machine that acts in the actor's name; its text is returned this once."""
    policies.require(actor, Role.PLANNER, Role.TECHNICAL_ADMIN)
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(
            _("A token lasts between 1 and %(most)s days.") % {"most": MAX_TOKEN_DAYS}, field="days"
        )
    plain = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=actor,
            name=text.nfc(name),
            scope=scope,
            digest=token_digest(plain),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        audit.record(
            actor=actor, action="token.created", obj=token, now=now, details={"scope": scope.value}
        )
    return token, plain


def revoke_token(*, actor: User, token: ApiToken, now: datetime) -> None:
    """End a token; ending it twice changes nothing."""
    if token.user_id != actor.pk:
        policies.require(actor, Role.TECHNICAL_ADMIN)
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            audit.record(actor=actor, action="token.revoked", obj=token, now=now)


def token_digest(plain: str) -> str:
    """Return what is stored of a token. It has 256 random bits, so a plain SHA-256 keeps it secret."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _close(user: User, actor: User | None, now: datetime) -> None:
    user.closed_at, user.closed_by = now, actor
    user.save(update_fields=["closed_at", "closed_by"])


def _forget_roles(user: User) -> None:
    """Drop what the loaded user remembers of its roles."""
    vars(user).pop("held_roles", None)
    getattr(user, "_prefetched_objects_cache", {}).pop("grants", None)
