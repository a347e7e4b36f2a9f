"""The audit log: append-only, each event chained to the one before it by its hash."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from inspections.models.base import Identified


class AuditHead(models.Model):
    """Where the chain ends. One row: appending locks it, and a log cut short no longer meets it."""

    singleton = models.BooleanField(default=True, unique=True)
    length = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(singleton=True), name="audit_head_is_one")
        ]

    def __str__(self) -> str:
        return self.hash


class AuditEvent(Identified):
    """One thing that somebody did or looked at: ids and codes, never names."""

    position = models.BigIntegerField(unique=True)
    at = models.DateTimeField(_("at"), db_index=True)
    actor_id = models.UUIDField(_("actor"), null=True, db_index=True)
    action = models.CharField(_("action"), max_length=60, db_index=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, db_index=True)
    details = models.JSONField(default=dict)
    # What would tell a roster is kept encrypted; only its digest enters the chain in the clear.
    sealed_details = models.BinaryField(null=True)
    previous = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
