"""Orders by which a visit is made outside of any draw."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Identified
from inspections.models.users import User
from inspections.models.visits import Visit


class OrderChannel(models.TextChoices):
    """How the order came."""

    ORAL = "oral", _("By word of mouth")
    TELEPHONE = "telephone", _("By telephone")
    MESSAGE = "message", _("By message")
    DOCUMENT = "document", pgettext_lazy("order", "In writing")


class VisitOrder(Identified):
    """Who ordered a directed visit, how, and what proves it. An order that is not in writing yet has a day for it."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="order")
    channel = models.CharField(_("channel"), max_length=9, choices=OrderChannel.choices)
    ordered_by = models.CharField(_("ordered by"), max_length=300)
    ordered_at = models.DateTimeField(_("ordered at"))
    proof = models.CharField(_("proof"), max_length=300, blank=True)
    # A file of the submission that opened the visit.
    proof_sha256 = models.CharField(max_length=64, blank=True)
    written_order_due = models.DateField(_("written order due"), null=True)
    written_order_number = models.CharField(_("number of the order"), max_length=100, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=OrderChannel.values), name="order_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(channel=OrderChannel.DOCUMENT)
                & ~Q(written_order_number="")
                & Q(written_order_due=None)
                | ~Q(channel=OrderChannel.DOCUMENT)
                & Q(written_order_number="")
                & Q(written_order_due__isnull=False),
                name="order_is_written_or_will_be",
            ),
            models.CheckConstraint(
                condition=Q(channel=OrderChannel.DOCUMENT) | ~Q(proof="") | ~Q(proof_sha256=""),
                name="order_is_proven",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
