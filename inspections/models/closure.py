"""The way of a finding to its closure: who took which step, when and why. Steps are added, never changed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Identified
from inspections.models.demands import Demand
from inspections.models.letters import Letter
from inspections.models.people import Inspector
from inspections.models.records import Finding
from inspections.models.users import User
from inspections.models.visits import Visit
from inspections.states import Outcome


class StepKind(models.TextChoices):
    """What happened to a finding."""

    DEMAND = "demand", _("Demanded of the unit")
    LETTER = "letter", _("The unit wrote")
    RECHECK = "recheck", _("Result of a re-check proposed")
    RECONSIDERATION = "reconsideration", _("Result of a reconsideration proposed")
    ACCEPTED = "accepted", _("Proposal accepted")
    REFUSED = "refused", _("Proposal refused")
    REOPENED = "reopened", _("Reopened")
    TAKEN_BACK = "taken_back", pgettext_lazy("finding", "Taken back by a correction")
    STATED_AGAIN = "stated_again", pgettext_lazy("finding", "Stated again by a correction")


_RECHECKED = [Outcome.FIXED, Outcome.NOT_FIXED]
_RECONSIDERED = [Outcome.UPHELD, Outcome.CHANGED, Outcome.WITHDRAWN]
_DECISIONS = [StepKind.ACCEPTED, StepKind.REFUSED]


class FindingStep(Identified):
    """A step of a finding. ``version`` is the one that the finding had after it."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="steps")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=15, choices=StepKind.choices)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(max_length=2000, blank=True)
    demand = models.ForeignKey(Demand, models.PROTECT, null=True, related_name="+")
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="+")
    # Of a proposal: what is proposed; of a re-check who looked, when, and at which visit; of a change the new words.
    outcome = models.CharField(max_length=9, choices=Outcome.choices, null=True)
    checked_on = models.DateField(null=True)
    checked_by = models.ForeignKey(Inspector, models.PROTECT, null=True, related_name="+")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="+")
    words = models.JSONField(null=True)
    # Of a decision: the proposal, which is decided once.
    decides = models.OneToOneField("self", models.PROTECT, null=True, related_name="decision")
    # Whose step this one judges: who proposed what is decided, who closed what is reopened.
    earlier_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["finding", "version"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "version"], name="finding_step_in_turn"),
            models.CheckConstraint(
                condition=Q(kind__in=StepKind.values), name="finding_step_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=StepKind.RECHECK, outcome__in=_RECHECKED, checked_on__isnull=False)
                | Q(kind=StepKind.RECONSIDERATION, outcome__in=_RECONSIDERED)
                | (~Q(kind__in=[StepKind.RECHECK, StepKind.RECONSIDERATION]) & Q(outcome=None)),
                name="finding_step_outcome_fits",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_DECISIONS, decides__isnull=False, earlier_by__isnull=False)
                | Q(kind=StepKind.REOPENED, decides=None, earlier_by__isnull=False)
                | (
                    ~Q(kind__in=[*_DECISIONS, StepKind.REOPENED]) & Q(decides=None, earlier_by=None)
                ),
                name="finding_step_judges_what_it_names",
            ),
            models.CheckConstraint(
                condition=Q(earlier_by=None) | ~Q(earlier_by=F("person")),
                name="finding_step_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.kind}"
