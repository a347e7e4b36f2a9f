"""People who sign in, their roles, and the tokens of machines."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from inspections import text
from inspections.models.base import Identified


class Role(models.TextChoices):
    """What a person may do; ``docs/roles.md`` tells it step by step."""

    PLANNER = "planner", _("Planner")
    APPROVER = "approver", _("Approver")
    INSPECTOR = "inspector", _("Inspector")
    CLERK = "clerk", _("Clerk")
    PUBLISHER = "publisher", _("Publisher")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    TECHNICAL_ADMIN = "technical_admin", _("Technical administrator")


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password the account cannot sign in."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(Identified, AbstractBaseUser):
    """A person with an account.

    There are no superusers and no per-model permissions: what a person may do follows from the roles
    in force. The administration of reference data is open to technical administrators alone.
    """

    username = models.CharField(_("user name"), max_length=64, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    name_sort_key = models.CharField(max_length=400, editable=False, db_index=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    must_change_password = models.BooleanField(default=False)
    # Set when an administrator makes the account, gives it a role or resets its password: until somebody else
    # admits it, it opens nothing, so that whoever keeps accounts cannot walk in as anybody.
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", editable=False
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_name = text.nfc(self.full_name)
        self.name_sort_key = text.name_sort_key(self.full_name)
        super().save(*args, **kwargs)

    @cached_property
    def held_roles(self) -> frozenset[Role]:
        """Roles given and not ended, read once for each loaded user."""
        return frozenset(Role(grant.role) for grant in self.grants.all() if grant.ended_at is None)

    @property
    def roles(self) -> frozenset[Role]:
        """Roles in force: what the account may do now."""
        if not self.is_active:
            return frozenset()
        held = self.held_roles
        # An administrator's own role reads nothing restricted, and is needed when nobody else can sign in.
        return held if self.closed_at is None else held & {Role.TECHNICAL_ADMIN}

    def has_role(self, *roles: Role) -> bool:
        """Tell whether any of the roles is in force."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        return self.has_role(Role.TECHNICAL_ADMIN)

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002  Django's signature
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff and app_label == "inspections"


class RoleGrant(Identified):
    """A role given to a person, from when until when, and by whom."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(ended_at=None),
                name="one_grant_in_force_per_user_and_role",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="role_grant_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class TokenScope(models.TextChoices):
    """What a machine may do in the name of a person. No scope opens anything restricted."""

    LOAD = "load", _("Load files")
    READ = "read", _("Read reference data and loads")


class ApiToken(Identified):
    """A machine's key: shown once, stored as a hash, expiring."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    scope = models.CharField(max_length=10, choices=TokenScope.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="api_token_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_valid(self, now: datetime) -> bool:
        """Tell whether the token opens anything at ``now``."""
        return self.revoked_at is None and now < self.expires_at
