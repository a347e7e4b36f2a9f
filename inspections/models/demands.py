"""What a unit is asked for after a visit: to explain what was found, or to remedy it."""

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Identified, Versioned
from inspections.models.records import Finding, OfVisitQuerySet
from inspections.models.units import Unit
from inspections.models.users import User
from inspections.models.visits import Visit


class DemandKind(models.TextChoices):
    """What is asked for."""

    EXPLANATION = "explanation", _("Explanation")
    REMEDY = "remedy", _("Remedy")


class DemandState(models.TextChoices):
    """Where a demand stands."""

    OPEN = "open", pgettext_lazy("demand", "Waiting for the unit")
    ANSWERED = "answered", pgettext_lazy("demand", "Answered")
    WITHDRAWN = "withdrawn", pgettext_lazy("demand", "Withdrawn")


class Demand(Versioned):
    """A demand for findings of one visit. One unit is responsible; others are named only with their concern.

    Its day replaces the deadlines that the findings had before, see `services.deadlines`.
    """

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="demands")
    kind = models.CharField(max_length=11, choices=DemandKind.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="demands")
    findings = models.ManyToManyField(Finding, related_name="demands")
    due_on = models.DateField(_("due on"))
    form_of_answer = models.CharField(_("form of answer"), max_length=300)
    state = models.CharField(max_length=9, choices=DemandState.choices, default=DemandState.OPEN)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(max_length=2000, blank=True)

    objects = OfVisitQuerySet["Demand"].as_manager()

    class Meta:
        ordering = ["-made_at", "id"]
        verbose_name = _("demand")
        verbose_name_plural = _("demands")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DemandKind.values), name="demand_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[DemandState.OPEN, DemandState.ANSWERED],
                    withdrawn_by=None,
                    withdrawn_at=None,
                )
                | Q(
                    state=DemandState.WITHDRAWN,
                    withdrawn_by__isnull=False,
                    withdrawn_at__isnull=False,
                ),
                name="demand_withdrawal_complete",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def finding_ids(self) -> set[UUID]:
        """Return the findings that it is about."""
        return {finding.pk for finding in self.findings.all()}

    @property
    def reasons(self) -> dict[UUID, str]:
        """Return the concerned units, each with its reason."""
        return {one.unit_id: one.reason for one in self.concerned.all()}


class ConcernedUnit(Identified):
    """A unit that a demand concerns directly beside the responsible one, and why."""

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="concerned")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        ordering = ["unit__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(fields=["demand", "unit"], name="unit_concerned_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="concern_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.unit_id}"
