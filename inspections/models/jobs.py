"""Long work: a row that a worker takes on lease, so that a worker's death loses nothing."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inspections.models.base import Versioned
from inspections.models.users import User


class JobState(models.TextChoices):
    """The life of a job."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, actor: User) -> Self:
        """Everybody sees what he asked for himself."""
        return self.filter(requested_by=actor)


class Job(Versioned):
    """A piece of long work.

    While it runs, ``lease_until`` is moved on again and again; a job whose lease ran out has lost its
    worker and is taken by another, from the start. ``params`` and ``result`` hold ids and counts.
    """

    kind = models.CharField(_("kind"), max_length=40)
    params = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=JobState.choices, default=JobState.QUEUED
    )
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    progress = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "id"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(state=JobState.RUNNING, lease_until__isnull=False)
                | (~Q(state=JobState.RUNNING) & Q(lease_until=None)),
                name="job_leased_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING], finished_at=None)
                | Q(
                    state__in=[JobState.DONE, JobState.FAILED, JobState.CANCELLED],
                    finished_at__isnull=False,
                ),
                name="job_finished_when_over",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queued_at"],
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="job_queue",
            ),
            models.Index(fields=["requested_by", "-queued_at", "id"], name="own_jobs_newest_first"),
        ]

    def __str__(self) -> str:
        return self.kind
