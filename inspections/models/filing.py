"""What comes from the unit's door: submissions as they were received, their files, and the tablets."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Identified, Versioned
from inspections.models.users import Role, User
from inspections.models.visits import Visit
from inspections.sealing import context

#: Staff who see what was filed, and settle what was set aside.
OFFICE = (Role.PLANNER, Role.APPROVER)


class Device(Versioned):
    """A tablet. Its key proves which device a submission comes from; revoking it never loses what it sent."""

    name = models.CharField(_("name"), max_length=120)
    key = models.BinaryField()
    enrolled_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_by=None, revoked_at=None)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="device_revocation_complete",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def sealing_context(self) -> bytes:
        """Return what ties the sealed key to this row."""
        return context(table="device", row=self.pk, plan=None)


class SetAside(models.TextChoices):
    """Why a submission waits for a person. It was received, and nothing of it is lost."""

    VISIT_NOT_OPEN = "visit_not_open", _("The visit is not open to the sender.")
    OPENED_OFFLINE = "opened_offline", _("A directed visit that was opened without a network.")
    CLOSED_ALREADY = "closed_already", _("The visit was closed by another submission.")
    NOT_THE_LEADER = "not_the_leader", _("Somebody else than the leader closes the visit.")
    UNKNOWN_CHECKLIST = "unknown_checklist", _("It names no published checklist.")
    CANNOT_REPLACE = "cannot_replace", _("What it replaces is not there, or was replaced already.")
    STATED_ELSEWHERE = "stated_elsewhere", _("It names a finding that another submission stated.")
    DEVICE_NOT_PROVEN = "device_not_proven", _("The device is not known, or its proof is wrong.")
    DEVICE_REVOKED = "device_revoked", _("The device was revoked.")


class SubmissionState(models.TextChoices):
    """Where a submission stands; worked out, never stored."""

    WAITING = "waiting", _("Waiting for attachments")
    COMPLETE = "complete", _("Complete")
    SET_ASIDE = "set_aside", _("Set aside for a person")
    DECLINED = "declined", pgettext_lazy("submission", "Declined")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, actor: User) -> Self:
        """Submissions that the actor sent, those of his visits, and for the office all of them."""
        if actor.has_role(*OFFICE):
            return self.all()
        own = Q(sent_by=actor)
        if actor.has_role(Role.INSPECTOR):
            own |= Q(visit__members__inspector__user=actor)
        return self.filter(own).distinct()

    def counting(self) -> Self:
        """Submissions that count: not set aside, or accepted by a person; and not replaced by one that counts."""
        counts = Q(set_aside=None) | Q(accepted=True)
        return self.filter(counts).exclude(
            pk__in=Submission.objects.filter(counts, replaces__isnull=False).values("replaces")
        )


class Submission(Versioned):
    """One submission, under the id that its client gave it. The body stays as it was received."""

    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="submissions")
    # The visit that the body names, whether there is one or not.
    visit_ref = models.UUIDField()
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=40)
    closes = models.BooleanField()
    is_annex = models.BooleanField(default=False)
    from_paper = models.BooleanField()
    # Whether what was signed on a tablet is what came; null where nobody signed on one.
    signatures_match = models.BooleanField(null=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    device = models.ForeignKey(Device, models.PROTECT, null=True, related_name="submissions")
    # Three clocks that are never mixed: the device's own, its uptime, and the server's.
    device_time = models.DateTimeField(null=True)
    device_monotonic_ms = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True)
    set_aside = models.CharField(max_length=20, choices=SetAside.choices, null=True)
    accepted = models.BooleanField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_reason = models.TextField(max_length=2000, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "id"]
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(closes=True, replaces=None) & (Q(set_aside=None) | Q(accepted=True)),
                name="visit_closed_once",
            ),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(set_aside=None) | Q(accepted=True),
                name="submission_replaced_once",
            ),
            models.CheckConstraint(
                condition=Q(set_aside__isnull=False) | Q(visit__isnull=False),
                name="submission_has_its_visit",
            ),
            models.CheckConstraint(
                condition=Q(accepted=None, settled_by=None, settled_at=None)
                | Q(
                    accepted__isnull=False,
                    settled_by__isnull=False,
                    settled_at__isnull=False,
                    set_aside__isnull=False,
                ),
                name="submission_settlement_complete",
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("sent_by")),
                name="submission_settled_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(accepted=True) | Q(visit__isnull=False),
                name="accepted_submission_has_its_visit",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> SubmissionState:
        """Where it stands: a person's word first, then whether all files are here."""
        if self.set_aside is not None and not self.accepted:
            return SubmissionState.DECLINED if self.settled_at else SubmissionState.SET_ASIDE
        return SubmissionState.COMPLETE if self.completed_at else SubmissionState.WAITING


class SubmissionConflict(Identified):
    """Other bytes that came under the id of a submission: kept for a person, never in its place."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="conflicts")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "sha256"], name="submission_conflict_kept_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.sha256}"


class Attachment(Identified):
    """A file that a submission announces; its bytes are named by their hash and received once."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="attachments")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=40)
    received_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sha256"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "sha256"], name="attachment_once_a_submission"
            )
        ]

    def __str__(self) -> str:
        return self.sha256
