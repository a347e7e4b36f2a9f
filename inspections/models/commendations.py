"""Commendations of a unit or of somebody, from the praise of a visit to the decision."""

from typing import Any, Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inspections import text
from inspections.models.base import Identified, Versioned
from inspections.models.officials import PERSONNEL, Official
from inspections.models.units import Unit
from inspections.models.users import Role, User
from inspections.models.visits import Visit
from inspections.states import CommendationState

_ENDS: Final = (CommendationState.GRANTED, CommendationState.REFUSED)


class CommendationForm(Versioned):
    """A form that the department commends in. It never changes: another wording is another form."""

    name = models.CharField(_("name"), max_length=200)
    sort_key = models.CharField(max_length=640, editable=False)
    for_collective = models.BooleanField(_("for collectives"))
    for_individual = models.BooleanField(_("for individuals"))
    authority = models.CharField(_("authority"), max_length=300, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=500, blank=True)
    basis_verified = models.BooleanField(_("legal basis verified"), default=False)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    retired_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = _("form of commendation")
        verbose_name_plural = _("forms of commendation")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(retired_at=None),
                name="commendation_form_in_use_once",
            ),
            models.CheckConstraint(
                condition=Q(for_collective=True) | Q(for_individual=True),
                name="commendation_form_is_for_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def fill_key(self) -> "CommendationForm":
        """Derive the key by which names are listed; ``save`` does it, bulk writers call it."""
        self.sort_key = text.sort_key(self.name)
        return self

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_key()
        super().save(*args, **kwargs)


class CommendationQuerySet(models.QuerySet["Commendation"]):
    def visible_to(self, actor: User) -> Self:
        """Those that the actor may know of without names: a leader all of them."""
        return self.all() if actor.has_role(Role.LEADER) else self.named_to(actor)

    def named_to(self, actor: User) -> Self:
        """Those whose persons the actor's work is about; an inspector's are those that he proposed."""
        if actor.has_role(*PERSONNEL):
            return self.all()
        if actor.has_role(Role.INSPECTOR):
            return self.filter(proposed_by=actor)
        return self.none()


class Commendation(Versioned):
    """A proposal to commend somebody of a unit, or without an ``official`` the unit as a whole."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="commendations")
    official = models.ForeignKey(Official, models.PROTECT, null=True, related_name="commendations")
    post = models.CharField(_("post"), max_length=200, blank=True)
    form = models.ForeignKey(CommendationForm, models.PROTECT, related_name="commendations")
    reasons = models.TextField(_("reasons"), max_length=10_000)
    state = models.CharField(
        max_length=8, choices=CommendationState.choices, default=CommendationState.PROPOSED
    )
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_reason = models.TextField(max_length=2000, blank=True)
    decision_number = models.CharField(_("number"), max_length=60, blank=True)
    decided_on = models.DateField(_("day"), null=True)
    refusal_reason = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = CommendationQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "id"]
        verbose_name = _("commendation")
        verbose_name_plural = _("commendations")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CommendationState.values), name="commendation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("proposed_by")),
                name="commendation_reviewed_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="commendation_decided_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_ENDS, decided_by__isnull=False, decided_on__isnull=False)
                | (~Q(state__in=_ENDS) & Q(decided_by=None, decided_on=None, decision_number="")),
                name="commendation_decision_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=CommendationState.GRANTED)
                | (~Q(decision_number="") & Q(refusal_reason="")),
                name="granted_commendation_has_its_number",
            ),
            models.CheckConstraint(
                condition=~Q(state=CommendationState.REFUSED) | ~Q(refusal_reason=""),
                name="refused_commendation_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_collective(self) -> bool:
        return self.official_id is None


class CommendationEvidence(Identified):
    """What a commendation rests on: praise in the record of a visit, or a file that was filed there."""

    commendation = models.ForeignKey(Commendation, models.PROTECT, related_name="evidence")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+")
    praise = models.UUIDField(null=True)
    sha256 = models.CharField(max_length=64, null=True)

    class Meta:
        ordering = ["visit", "praise", "sha256"]
        constraints = [
            models.CheckConstraint(
                condition=Q(praise=None, sha256__isnull=False)
                | Q(praise__isnull=False, sha256=None),
                name="commendation_evidence_is_praise_or_file",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
