"""Signed papers that came back: digital files and stamped scans of issued papers."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Versioned
from inspections.models.papers import Paper
from inspections.models.users import User


class CopyForm(models.TextChoices):
    """How a signed paper comes back."""

    FILE = "file", _("Digitally signed file")
    SCAN = "scan", _("Scan of the stamped paper")


class CopyState(models.TextChoices):
    """Where a signed copy stands. A sound file counts at once, everything else when a person says so."""

    SOUND = "sound", _("Sound")
    WAITING = "waiting", _("Waiting for a person")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", pgettext_lazy("signed copy", "Declined")


#: States in which a copy counts as the paper.
COUNTS = (CopyState.SOUND, CopyState.CONFIRMED)


class SignedCopyQuerySet(models.QuerySet["SignedCopy"]):
    def visible_to(self, actor: User) -> Self:
        """Copies of the papers that the actor may see."""
        return self.filter(paper__in=Paper.objects.visible_to(actor).values("pk"))

    def counting(self) -> Self:
        """Copies that count as the paper that they are of."""
        return self.filter(state__in=COUNTS)


class SignedCopy(Versioned):
    """A signed copy of an issued paper. Its bytes are kept as they came, under their hash."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="signed_copies")
    form = models.CharField(_("kind"), max_length=4, choices=CopyForm.choices)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=40)
    # What the comparison of a file found, see `signed_copies.Verdict`; of a scan there is none.
    verdict = models.JSONField(null=True)
    state = models.CharField(max_length=9, choices=CopyState.choices)
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(max_length=2000, blank=True)

    objects = SignedCopyQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "id"]
        verbose_name = _("signed copy")
        verbose_name_plural = _("signed copies")
        constraints = [
            models.UniqueConstraint(fields=["paper", "sha256"], name="signed_copy_once_a_paper"),
            models.CheckConstraint(
                condition=Q(form=CopyForm.FILE, verdict__isnull=False)
                | Q(form=CopyForm.SCAN, verdict=None),
                name="signed_copy_has_a_verdict_if_it_is_a_file",
            ),
            models.CheckConstraint(
                condition=Q(state=CopyState.SOUND, form=CopyForm.FILE, decided_by=None)
                | Q(state=CopyState.WAITING, decided_by=None)
                | Q(
                    state__in=[CopyState.CONFIRMED, CopyState.DECLINED],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="signed_copy_is_decided_as_its_state_says",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("received_by")),
                name="signed_copy_decided_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return self.sha256
