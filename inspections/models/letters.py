"""What a unit writes after a visit, as staff enter it, with the scans of its paper."""

from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Identified, Versioned
from inspections.models.demands import Demand
from inspections.models.records import Finding, OfVisitQuerySet
from inspections.models.users import User
from inspections.models.visits import Visit


class LetterKind(models.TextChoices):
    """What a unit writes for."""

    EXPLANATION = "explanation", _("Explanation")
    REMEDY = "remedy", _("Remedy report")
    EVIDENCE = "evidence", _("Evidence of absence")
    RECONSIDERATION = "reconsideration", _("Request for reconsideration")


class EvidenceResult(models.TextChoices):
    """What staff make of evidence of absence."""

    ACCEPTED = "accepted", pgettext_lazy("evidence", "Accepted")
    PARTLY = "partly", pgettext_lazy("evidence", "Accepted in part")
    REJECTED = "rejected", pgettext_lazy("evidence", "Rejected")


class Letter(Versioned):
    """A letter about a visit, and the findings that it answers. Deadlines are met on ``received_on``."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=15, choices=LetterKind.choices)
    number = models.CharField(_("number"), max_length=60, blank=True)
    dated_on = models.DateField(_("dated"))
    received_on = models.DateField(_("received on"))
    summary = models.TextField(_("summary"), max_length=5000)
    findings = models.ManyToManyField(Finding, related_name="letters")
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, related_name="letters")
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    result = models.CharField(max_length=8, choices=EvidenceResult.choices, null=True)
    result_note = models.TextField(max_length=2000, blank=True)
    result_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    result_at = models.DateTimeField(null=True)

    objects = OfVisitQuerySet["Letter"].as_manager()

    class Meta:
        ordering = ["-received_on", "id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="letter_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(dated_on__lte=F("received_on")), name="letter_dated_before_received"
            ),
            models.CheckConstraint(
                condition=Q(result=None, result_by=None, result_at=None)
                | Q(
                    kind=LetterKind.EVIDENCE,
                    result__in=EvidenceResult.values,
                    result_by__isnull=False,
                    result_at__isnull=False,
                ),
                name="letter_result_complete",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def finding_ids(self) -> set[UUID]:
        """Return the findings that it answers."""
        return {finding.pk for finding in self.findings.all()}

    @property
    def announced(self) -> set[tuple[str, int, str]]:
        """Return the scans that it announces: hash, size and media type."""
        return {(scan.sha256, scan.size, scan.media_type) for scan in self.scans.all()}


class LetterScan(Identified):
    """A scan that a letter announces; its bytes are named by their hash and received once."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="scans")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=40)
    received_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sha256"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "sha256"], name="scan_once_a_letter")
        ]

    def __str__(self) -> str:
        return self.sha256
