"""A month's plan of unannounced visits, from its draft to its reveal."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inspections import policies
from inspections.models.base import Versioned
from inspections.models.policies import Policy, RiskRun
from inspections.models.users import User
from inspections.states import PlanState


class StratifyBy(models.TextChoices):
    """The one variable that splits the frame into strata."""

    NONE = "none", _("One stratum")
    KIND = "kind", _("Kind of unit")


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, actor: User) -> Self:
        """Plans without their rosters are open to everybody with a role."""
        return self.all() if policies.may_see_plan(actor) else self.none()


def _person() -> "models.ForeignKey[User | None, User | None]":
    return models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)


class Plan(Versioned):
    """One month's draw and what follows from it.

    ``frame`` is the canonical text whose SHA-256 was committed; ``secret_one`` and ``secret_two`` are
    sealed until the reveal, and so is everything that would tell a unit: it lives in the visits.
    """

    serial = models.PositiveIntegerField(_("serial number"), unique=True, editable=False)
    period = models.DateField(_("month"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=PlanState.choices,
        default=PlanState.DRAFT,
        editable=False,
    )
    size = models.PositiveIntegerField(_("number of visits"))
    stratify_by = models.CharField(
        _("stratified by"), max_length=10, choices=StratifyBy.choices, default=StratifyBy.NONE
    )
    strata_sizes = models.JSONField(_("visits in each stratum"), null=True)
    floor = models.DecimalField(_("floor"), max_digits=4, decimal_places=3, default=Decimal("0.5"))
    cap = models.DecimalField(_("cap"), max_digits=4, decimal_places=3, default=Decimal("0.5"))
    session_capacity = models.PositiveIntegerField(_("visits in one session at most"), default=3)
    first_day = models.DateField(_("visits from"))
    reveal_on = models.DateField(_("revealed on"))
    risk_run = models.ForeignKey(RiskRun, models.PROTECT, null=True, related_name="plans")
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, related_name="plans")

    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(editable=False)

    frame = models.TextField(null=True, editable=False)
    frame_sha256 = models.CharField(max_length=64, null=True, editable=False)
    secret_one = models.BinaryField(null=True)
    commitment_one = models.CharField(max_length=64, null=True, editable=False)
    frozen_by = _person()
    frozen_at = models.DateTimeField(null=True, editable=False)

    secret_two = models.BinaryField(null=True)
    commitment_two = models.CharField(max_length=64, null=True, editable=False)
    public_rule = models.JSONField(null=True, editable=False)
    # One hash over frame, policy, both commitments and the rule: the line to print and read aloud.
    endorsement_sha256 = models.CharField(max_length=64, null=True, editable=False)
    witnesses = models.JSONField(default=list, editable=False)
    audit_head = models.CharField(max_length=64, null=True, editable=False)
    endorsed_by = _person()
    endorsed_at = models.DateTimeField(null=True, editable=False)

    public_value = models.TextField(null=True, editable=False)
    drawn_by = _person()
    drawn_at = models.DateTimeField(null=True, editable=False)

    scheduled_by = _person()
    scheduled_at = models.DateTimeField(null=True, editable=False)
    approved_by = _person()
    approved_at = models.DateTimeField(null=True, editable=False)
    closed_by = _person()
    closed_at = models.DateTimeField(null=True, editable=False)
    revealed_by = _person()
    revealed_at = models.DateTimeField(null=True, editable=False)
    record = models.TextField(null=True, editable=False)

    cancel_requested_by = _person()
    cancel_requested_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = models.TextField(max_length=2000, blank=True, editable=False)
    cancelled_by = _person()
    cancelled_at = models.DateTimeField(null=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "-serial"]
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.UniqueConstraint(
                fields=["period"],
                condition=~Q(state=PlanState.CANCELLED),
                name="one_live_plan_per_period",
            ),
            models.CheckConstraint(
                condition=Q(state__in=PlanState.values), name="plan_state_known"
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="plan_period_is_a_month"),
            models.CheckConstraint(condition=Q(size__gte=1), name="plan_has_visits"),
            models.CheckConstraint(
                condition=Q(floor__gte=0, cap__gt=0, cap__lte=1), name="plan_floor_and_cap_in_range"
            ),
            models.CheckConstraint(
                condition=Q(endorsed_by=None)
                | ~(Q(endorsed_by=F("frozen_by")) | Q(endorsed_by=F("created_by"))),
                name="plan_endorsed_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | ~(
                    Q(approved_by=F("scheduled_by"))
                    | Q(approved_by=F("frozen_by"))
                    | Q(approved_by=F("created_by"))
                ),
                name="plan_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_by=None) | ~Q(cancelled_by=F("cancel_requested_by")),
                name="plan_cancelled_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial}. {self.period:%m/%Y}"
