"""What is made of submissions: the roll calls, answers and findings of a visit, each row as one submission states it.

Rows follow from the stored bodies. When a submission is corrected, its rows give way to those of the correction;
only findings stay, because what happens to them afterwards hangs on them.
"""

from datetime import date
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.models.base import Identified, Versioned
from inspections.models.checklists import FindingSeverity
from inspections.models.filing import Submission
from inspections.models.users import Role, User
from inspections.models.visits import Visit
from inspections.states import LIVE_FINDINGS, FindingState

M = TypeVar("M", bound=models.Model)
#: What a decision on reconsideration may change of a finding. The facts stay as they were filed.
WORDS = ("severity", "legal_basis", "remedy")


class Stage(models.TextChoices):
    """When a roll call says what: at the door, or after the unit brought evidence."""

    ON_THE_SPOT = "on_the_spot", _("At the time of inspection")
    AFTER_EVIDENCE = "after_evidence", _("After evidence was supplied")


class AbsenceReason(models.TextChoices):
    """Why somebody is absent; ``NONE`` is without a reason."""

    LEAVE = "leave", _("On leave")
    MISSION = "mission", _("On mission")
    MEETING = "meeting", _("At a meeting")
    SICK = "sick", _("Sick")
    DAY_IN_LIEU = "day_in_lieu", _("Day in lieu")
    OTHER = "other", pgettext_lazy("absence", "Other reason")
    NONE = "none", _("Without reason")


class AnswerValue(models.TextChoices):
    """What was seen about an item. What nobody looked at is never taken for no issue."""

    NOT_CHECKED = "not_checked", _("Not checked")
    NO_ISSUE = "no_issue", _("No issue")
    ISSUE = "issue", _("Issue")
    PRAISE = "praise", _("Praise")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class RollCall(Identified):
    """Who of an office was there: counts first."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="roll_calls")
    position = models.PositiveIntegerField()
    office = models.CharField(_("office"), max_length=300)
    at = models.DateTimeField(_("at"))
    stage = models.CharField(max_length=14, choices=Stage.choices)
    required = models.PositiveIntegerField(_("required"))
    present = models.PositiveIntegerField(_("present"))
    leave = models.PositiveIntegerField()
    mission = models.PositiveIntegerField()
    meeting = models.PositiveIntegerField()
    sick = models.PositiveIntegerField()
    day_in_lieu = models.PositiveIntegerField()
    other = models.PositiveIntegerField()
    unexcused = models.PositiveIntegerField(_("unexcused"))

    class Meta:
        ordering = ["submission", "position"]
        verbose_name = _("roll call")
        verbose_name_plural = _("roll calls")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    required=F("present")
                    + F("leave")
                    + F("mission")
                    + F("meeting")
                    + F("sick")
                    + F("day_in_lieu")
                    + F("other")
                    + F("unexcused")
                ),
                name="roll_call_adds_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.present}/{self.required}"

    @property
    def excused(self) -> int:
        """Return how many are absent with a reason."""
        return self.leave + self.mission + self.meeting + self.sick + self.day_in_lieu + self.other


class Absence(Identified):
    """Somebody who was not there, by name."""

    roll_call = models.ForeignKey(RollCall, models.CASCADE, related_name="absences")
    name = models.CharField(_("name"), max_length=300)
    post = models.CharField(_("post"), max_length=300, blank=True)
    reason = models.CharField(max_length=11, choices=AbsenceReason.choices)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["roll_call", "id"]

    def __str__(self) -> str:
        return str(self.pk)


class Answer(Identified):
    """What a submission says about an item of the checklist; ``item`` keeps its meaning through all versions."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="answers")
    item = models.CharField(_("item"), max_length=10)
    value = models.CharField(max_length=14, choices=AnswerValue.choices)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["item"]
        constraints = [models.UniqueConstraint(fields=["submission", "item"], name="answered_once")]

    def __str__(self) -> str:
        return f"{self.item} {self.value}"


class OfVisitQuerySet(models.QuerySet[M]):
    """Rows about a visit that was filed."""

    def visible_to(self, actor: User) -> Self:
        """Rows for those who plan, approve, lead and keep the papers; an inspector sees those of his visits."""
        if actor.has_role(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK):
            return self.all()
        if actor.has_role(Role.INSPECTOR):
            return self.filter(visit__members__inspector__user=actor).distinct()
        return self.none()


class FindingQuerySet(OfVisitQuerySet["Finding"]):
    def due_before(self, day: date) -> Self:
        """Findings that are followed still, with an explanation or remedy due before ``day`` and not here."""
        explanation = Q(explanation_due__lt=day, explained_on=None)
        remedy = Q(remedy_due__lt=day, remedied_on=None)
        return self.filter(explanation | remedy, state__in=LIVE_FINDINGS, taken_back_at=None)


class Finding(Versioned):
    """A shortcoming found at a unit. ``ref`` is the id that the inspectors gave it; corrections keep it."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="findings")
    ref = models.UUIDField()
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="findings")
    position = models.PositiveIntegerField()
    item = models.CharField(_("item"), max_length=10, null=True)
    facts = models.TextField(_("facts"))
    severity = models.CharField(max_length=8, choices=FindingSeverity.choices)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    responsible_name = models.CharField(_("responsible person"), max_length=300, blank=True)
    responsible_post = models.CharField(_("post"), max_length=300, blank=True)
    # The "5 rõ" of what is to be done, and by when; null where the team did not say.
    remedy = models.JSONField(_("remedy"), null=True)
    # `WORDS` as they were filed, once others hold in their place.
    as_filed = models.JSONField(null=True)
    # A correction that no longer states the finding takes it back; it is never deleted.
    taken_back_at = models.DateTimeField(null=True)
    # What was decided of it. A correction neither makes nor undoes a decision: a finding that is taken back and
    # stated again stands where it stood.
    state = models.CharField(max_length=9, choices=FindingState.choices, default=FindingState.OPEN)
    # Deadlines run from the date in the signed minutes or the unit's receipt of them; null until there is one.
    counted_from = models.DateField(null=True)
    explanation_due = models.DateField(_("explanation due"), null=True)
    explained_on = models.DateField(_("explained on"), null=True)
    remedy_due = models.DateField(_("remedy due"), null=True)
    remedied_on = models.DateField(_("remedy reported on"), null=True)
    # What was proposed and waits for the decision of another person.
    proposal = models.ForeignKey("FindingStep", models.PROTECT, null=True, related_name="+")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["visit", "position", "id"]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(fields=["visit", "ref"], name="finding_once_a_visit"),
            models.CheckConstraint(
                condition=Q(severity__in=FindingSeverity.values)
                & ~Q(severity=FindingSeverity.POSITIVE),
                name="finding_severity_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FindingState.values), name="finding_state_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def filed_words(self) -> dict[str, Any]:
        """Return severity, basis and remedy as the team filed them."""
        return self.as_filed or {name: getattr(self, name) for name in WORDS}

    @property
    def is_followed(self) -> bool:
        """Tell whether the unit still owes something, so that deadlines run."""
        return self.state in LIVE_FINDINGS and self.taken_back_at is None

    def is_overdue(self, today: date) -> bool:
        """Tell whether something was due before today that is not here; lists ask `due_before`."""
        owed = (
            (self.explanation_due, self.explained_on),
            (self.remedy_due, self.remedied_on),
        )
        return self.is_followed and any(
            due is not None and due < today and met is None for due, met in owed
        )
