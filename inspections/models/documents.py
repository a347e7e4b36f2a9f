"""Papers as stored bytes; restricted ones are sealed."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inspections import policies
from inspections.models.base import Identified
from inspections.models.plans import Plan
from inspections.models.users import User


class DocumentKind(models.TextChoices):
    """Papers that the product prints."""

    MONTHLY_PLAN = "monthly_plan", _("Monthly plan")
    RESTRICTED_APPENDIX = "restricted_appendix", _("Restricted appendix")
    COMMITMENT_MINUTES = "commitment_minutes", _("Minutes of the random draw: commitment")
    DRAW_MINUTES = "draw_minutes", _("Minutes of the random draw: result")


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, actor: User) -> Self:
        """Papers without names are open to everybody with a role, restricted ones to readers of rosters."""
        if not policies.may_see_plan(actor):
            return self.none()
        return self.all() if policies.may_read_roster(actor) else self.filter(is_restricted=False)


class Document(Identified):
    """A rendered paper. The hash of a restricted one is not kept: equal content renders to equal bytes, so it
    would let anybody test a guess of the roster."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=24, choices=DocumentKind.choices)
    is_restricted = models.BooleanField(_("restricted"))
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField()

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"], name="one_document_of_a_kind_per_plan"
            ),
            models.CheckConstraint(
                condition=Q(is_restricted=True, sha256=None)
                | Q(is_restricted=False, sha256__isnull=False),
                name="restricted_document_shows_no_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind}"
