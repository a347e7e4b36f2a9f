"""What inspectors look at: numbered versions of the department's checklist."""

from typing import Self

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from inspections.models.base import Identified, Versioned
from inspections.models.users import User

#: More would leave no time for what the unit is visited for.
MOST_CORE_ITEMS = 12


class FindingSeverity(models.TextChoices):
    """How much a finding weighs. *Nghiêm trọng* is a grade of the law on discipline and is not among them."""

    MINOR = "minor", _("Minor")
    MODERATE = "moderate", _("Moderate")
    MAJOR = "major", _("Major")
    CRITICAL = "critical", _("Critical")
    POSITIVE = "positive", _("Praise")


class ChecklistQuerySet(models.QuerySet["Checklist"]):
    def published(self) -> Self:
        """The versions that visits are filed under, the one in force first."""
        return self.filter(published_at__isnull=False).order_by("-number")


class Checklist(Versioned):
    """A version of the checklist. Once published it never changes: visits stay filed under it."""

    number = models.PositiveIntegerField(_("number"), unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        constraints = [
            models.UniqueConstraint(
                Value(1), condition=Q(published_at=None), name="one_draft_of_the_checklist"
            ),
            models.CheckConstraint(
                condition=Q(published_by=None)
                | ~(Q(published_by=F("created_by")) | Q(published_by=F("changed_by"))),
                name="checklist_published_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class ChecklistItem(Identified):
    """One thing to look at. ``code`` keeps its meaning through all versions, so that rates can be compared."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    code = models.CharField(_("code"), max_length=10)
    section = models.CharField(_("section"), max_length=120)
    text = models.CharField(_("item"), max_length=500)
    text_en = models.CharField(_("item in English"), max_length=500, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=500, blank=True)
    basis_verified = models.BooleanField(_("legal basis verified"), default=False)
    severity = models.CharField(_("severity"), max_length=8, choices=FindingSeverity.choices)
    evidence = models.CharField(_("evidence expected"), max_length=500, blank=True)
    # Kinds of unit that the item is for; none at all means every kind.
    kinds = models.JSONField(_("kinds of unit"), default=list)
    is_core = models.BooleanField(_("core"), default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "code"], name="checklist_item_once_a_version"
            ),
            models.UniqueConstraint(
                fields=["checklist", "position"], name="checklist_item_has_its_place"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=FindingSeverity.values), name="checklist_severity_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    def is_for(self, kind: str) -> bool:
        """Tell whether units of a kind are looked at for this."""
        return not self.kinds or kind in self.kinds
