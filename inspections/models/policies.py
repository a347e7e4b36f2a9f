"""Policies of the score, and the scores computed under them."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from inspections.models.base import Identified, Versioned
from inspections.models.units import Unit
from inspections.models.users import User


class PolicyQuerySet(models.QuerySet["Policy"]):
    def in_force(self, day: date) -> Self:
        """Policies endorsed and in force on a day, the one that counts first."""
        return self.filter(in_force_from__lte=day).order_by("-in_force_from", "-number")


class Policy(Versioned):
    """A numbered set of weights and curves, by an author and a second person.

    It takes effect the month after its endorsement: whoever sets the weights has not seen the data
    that they will be applied to.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    reason = models.TextField(_("reason"), max_length=4000)
    parameters = models.JSONField(_("parameters"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    endorsed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    endorsed_at = models.DateTimeField(null=True)
    in_force_from = models.DateField(_("in force from"), null=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(endorsed_by=None) | ~models.Q(endorsed_by=models.F("author")),
                name="policy_endorsed_by_another_person",
            ),
            models.CheckConstraint(
                condition=models.Q(endorsed_by=None, endorsed_at=None, in_force_from=None)
                | models.Q(
                    endorsed_by__isnull=False,
                    endorsed_at__isnull=False,
                    in_force_from__isnull=False,
                ),
                name="policy_endorsement_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class RiskRun(Identified):
    """One computation of every unit's score: under which policy, on which data, as of which day."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="runs")
    as_of = models.DateField(_("as of"))
    computed_at = models.DateTimeField(db_index=True)
    computed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The loads that the scores rest on (id, source, SHA-256, cut-off date) and what was left out.
    inputs = models.JSONField()

    class Meta:
        ordering = ["-computed_at"]

    def __str__(self) -> str:
        return f"{self.as_of} {self.policy_id}"


class UnitScore(Identified):
    """A unit's score in a run, with every part that it is the sum of."""

    run = models.ForeignKey(RiskRun, models.CASCADE, related_name="scores")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="scores")
    score = models.FloatField()
    # For each part: numerator, denominator, value in [0, 1], weight, contribution, whether there were data.
    parts: "models.JSONField[Any, Any]" = models.JSONField()
    has_all_data = models.BooleanField()

    class Meta:
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "unit"], name="unit_scored_once_a_run"),
            models.CheckConstraint(condition=models.Q(score__gt=0), name="unit_score_positive"),
        ]
        indexes = [models.Index(fields=["run", "-score", "id"], name="unit_scores_by_rank")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.score:.4f}"
