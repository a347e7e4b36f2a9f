"""Recommendations for handling: discipline and the other measures, from a filed visit to the authority's decision."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Self, cast

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections import discipline
from inspections.discipline import LIMIT_DAYS, MOST_LIMIT_DAYS, Span
from inspections.models.base import Identified, Versioned
from inspections.models.officials import PERSONNEL, Official, OfficialCategory
from inspections.models.records import Finding
from inspections.models.units import Unit
from inspections.models.users import Role, User
from inspections.models.visits import Visit
from inspections.reference import FormRule, forms_for
from inspections.states import HANDLING_OPEN, HandlingState


class HandlingKind(models.TextChoices):
    """What is recommended: discipline, or one of the measures beside it."""

    DISCIPLINE = "discipline", _("Discipline")
    CRITICISM = "criticism", _("Criticism")
    ACCOUNT = "account", _("Account of responsibility")
    REPLACEMENT = "replacement", _("Replacement")
    TRANSFER = "transfer", _("Transfer to another post")
    STREAMLINING = "streamlining", _("Streamlining of staff")
    TRAINING = "training", _("Training")
    REFERRAL = "referral", _("Referral of the file to another body")
    REPORT = "report", _("Report to the competent authority")


class DisciplineForm(models.TextChoices):
    """Forms of discipline. Which of them exist for whom, and since when, is packaged data."""

    REPRIMAND = "reprimand", _("Reprimand")
    WARNING = "warning", _("Warning")
    REMOVAL = "removal", _("Removal from post")
    RECALL = "recall", _("Recall from office")
    DISMISSAL = "dismissal", _("Dismissal")
    STRIPPING = "stripping", _("Stripping of the former post")


class HandlingResult(models.TextChoices):
    """What the authority decided."""

    APPLIED = "applied", pgettext_lazy("decision", "Applied")
    NOT_APPLIED = "not_applied", pgettext_lazy("decision", "Not applied")
    OTHER = "other", pgettext_lazy("decision", "Other result")


class PauseReason(models.TextChoices):
    """Why the clock of discipline stands still."""

    ILLNESS = "illness", _("Serious illness")
    CHILD = "child", _("Pregnancy, or a child under 12 months")
    PROSECUTION = "prosecution", _("Prosecution")


#: Kinds whose addressee is part of the recommendation.
ADDRESSED: Final = (HandlingKind.REFERRAL, HandlingKind.REPORT)
_NO_DECISION: Final = Q(
    decided_by=None, decided_on=None, decision_number="", decision_authority="", result=None
)
_DECISION: Final = (
    Q(decided_by__isnull=False, decided_on__isnull=False, result__isnull=False)
    & ~Q(decision_number="")
    & ~Q(decision_authority="")
)


class HandlingQuerySet(models.QuerySet["HandlingRecommendation"]):
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

    def disciplining(self) -> Self:
        """Open recommendations for discipline: their subjects are under disciplinary consideration."""
        return self.filter(kind=HandlingKind.DISCIPLINE, state__in=HANDLING_OPEN)


class HandlingRecommendation(Versioned):
    """What should follow for somebody, or for a unit as a whole, from what was found at a visit.

    Without an ``official`` it is about the collective of the visit's unit. ``category`` and ``post`` are what he
    was when it was proposed. ``due_on`` is the last day of the 90 to 150 days, worked out whenever what it rests on
    changes; NULL while a pause without an end is recorded, and for everything but discipline.
    """

    kind = models.CharField(_("kind"), max_length=14, choices=HandlingKind.choices)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="recommendations")
    official = models.ForeignKey(
        Official, models.PROTECT, null=True, related_name="recommendations"
    )
    category = models.CharField(max_length=24, choices=OfficialCategory.choices, null=True)
    post = models.CharField(_("post"), max_length=200, blank=True)
    addressee = models.CharField(_("addressee"), max_length=300, blank=True)
    legal_basis = models.TextField(_("legal basis"), max_length=2000)
    reasons = models.TextField(_("reasons"), max_length=10_000)
    state = models.CharField(
        max_length=10, choices=HandlingState.choices, default=HandlingState.PROPOSED
    )
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    form = models.CharField(_("form"), max_length=10, choices=DisciplineForm.choices, null=True)
    form_named_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    discovered_on = models.DateField(_("discovered on"), null=True)
    limit_days = models.PositiveSmallIntegerField(null=True)
    due_on = models.DateField(_("due on"), null=True, db_index=True)
    extension_number = models.CharField(_("number"), max_length=60, blank=True)
    extension_on = models.DateField(_("day"), null=True)
    extension_reason = models.TextField(_("reason"), max_length=2000, blank=True)
    extended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    review_reason = models.TextField(max_length=2000, blank=True)

    forwarded_to = models.CharField(_("forwarded to"), max_length=300, blank=True)
    forwarded_on = models.DateField(_("forwarded on"), null=True)
    forwarded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    decision_number = models.CharField(_("number"), max_length=60, blank=True)
    decided_on = models.DateField(_("day"), null=True)
    decision_authority = models.CharField(_("authority"), max_length=300, blank=True)
    result = models.CharField(max_length=11, choices=HandlingResult.choices, null=True)
    decision_form = models.CharField(max_length=10, choices=DisciplineForm.choices, null=True)
    decision_note = models.TextField(max_length=2000, blank=True)
    effective_on = models.DateField(_("effective on"), null=True)
    ends_on = models.DateField(_("ends on"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(max_length=2000, blank=True)

    objects = HandlingQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "id"]
        verbose_name = _("recommendation for handling")
        verbose_name_plural = _("recommendations for handling")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=HandlingKind.values, state__in=HandlingState.values),
                name="handling_kind_and_state_known",
            ),
            models.CheckConstraint(
                condition=Q(official=None, category=None)
                | Q(official__isnull=False, category__isnull=False),
                name="handling_category_is_the_officials",
            ),
            models.CheckConstraint(
                condition=Q(form=None)
                | Q(
                    kind=HandlingKind.DISCIPLINE,
                    official__isnull=False,
                    form_named_by__isnull=False,
                ),
                name="handling_form_is_of_individual_discipline",
            ),
            models.CheckConstraint(
                condition=Q(decision_form=None)
                | Q(
                    kind=HandlingKind.DISCIPLINE,
                    official__isnull=False,
                    result=HandlingResult.APPLIED,
                ),
                name="handling_decision_form_is_of_individual_discipline",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=HandlingKind.DISCIPLINE,
                    discovered_on__isnull=False,
                    limit_days__gte=LIMIT_DAYS,
                    limit_days__lte=MOST_LIMIT_DAYS,
                )
                | (
                    ~Q(kind=HandlingKind.DISCIPLINE)
                    & Q(discovered_on=None, limit_days=None, due_on=None)
                ),
                name="handling_clock_is_of_discipline",
            ),
            models.CheckConstraint(
                condition=Q(limit_days=None)
                | Q(limit_days=LIMIT_DAYS, extended_by=None)
                | (
                    Q(extended_by__isnull=False, extension_on__isnull=False)
                    & ~Q(extension_reason="")
                ),
                name="handling_extension_has_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None)
                | ~(Q(reviewed_by=F("proposed_by")) | Q(reviewed_by=F("form_named_by"))),
                name="handling_reviewed_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | ~(Q(decided_by=F("proposed_by")) | Q(decided_by=F("form_named_by"))),
                name="handling_decided_by_another_person",
            ),
            models.CheckConstraint(
                condition=(Q(state=HandlingState.DECIDED) & _DECISION)
                | (~Q(state=HandlingState.DECIDED) & _NO_DECISION),
                name="handling_decision_complete",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("effective_on")),
                name="handling_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(forwarded_on=None)
                | Q(decided_on=None)
                | Q(decided_on__gte=F("forwarded_on")),
                name="handling_decided_after_forwarding",
            ),
            models.CheckConstraint(
                condition=Q(effective_on=None) | Q(effective_on__gte=F("decided_on")),
                name="handling_effective_after_decision",
            ),
            models.CheckConstraint(
                condition=Q(extension_on=None) | Q(extension_on__gte=F("discovered_on")),
                name="handling_extended_after_discovery",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=ADDRESSED) | ~Q(addressee=""),
                name="handling_addressee_given",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_collective(self) -> bool:
        return self.official_id is None

    @property
    def unit(self) -> Unit:
        """The unit that was visited: it is the subject when nobody is named."""
        return cast(Unit, self.visit.unit)  # a filed visit has one, by a constraint

    @property
    def day_of_violation(self) -> date | None:
        """The last day on which something was done: the law of that day says which forms exist."""
        return max((act.day for act in self.acts.all()), default=None)

    @property
    def known_forms(self) -> tuple[FormRule, ...]:
        """The forms that exist for the person on that day; none for a collective or an unknown day's law."""
        day = self.day_of_violation
        if self.kind != HandlingKind.DISCIPLINE or self.category is None or day is None:
            return ()
        return forms_for(self.category, day)

    def spans(self) -> list[Span]:
        """Return the days on which the clock stands still."""
        return [Span(pause.first_day, pause.last_day) for pause in self.pauses.all()]

    def days_left(self, today: date) -> int | None:
        """Return the days left of the limit, negative when it is over; None where no clock runs any more."""
        if self.state not in HANDLING_OPEN or self.discovered_on is None or self.limit_days is None:
            return None
        return self.limit_days - discipline.days_counted(self.discovered_on, today, self.spans())


class HandlingAct(Identified):
    """Something that was done, tied to the finding that tells it."""

    recommendation = models.ForeignKey(HandlingRecommendation, models.PROTECT, related_name="acts")
    finding = models.ForeignKey(Finding, models.PROTECT, related_name="acts")
    day = models.DateField(_("day"))
    description = models.CharField(_("act"), max_length=1000, blank=True)

    class Meta:
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recommendation", "finding"], name="handling_act_listed_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def limitation(self) -> Mapping[str, date | None]:
        """The last days on which the act can be disciplined: both while no form is named, else that form's."""
        form = self.recommendation.decision_form or self.recommendation.form
        reprimand = discipline.years_after(self.day, discipline.REPRIMAND_YEARS)
        others = discipline.years_after(self.day, discipline.OTHER_YEARS)
        return {
            "reprimand": reprimand if form in {None, DisciplineForm.REPRIMAND} else None,
            "others": others if form != DisciplineForm.REPRIMAND else None,
        }


class HandlingPause(Identified):
    """Days on which the clock of a recommendation stands still, both included."""

    recommendation = models.ForeignKey(
        HandlingRecommendation, models.PROTECT, related_name="pauses"
    )
    reason = models.CharField(max_length=11, choices=PauseReason.choices)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")),
                name="handling_pause_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class FormNamer(Identified):
    """Somebody who may name a form of discipline, from when until when, and who let him."""

    user = models.ForeignKey(User, models.PROTECT, related_name="form_namings")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at=None),
                name="one_leave_to_name_forms_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(granted_by=F("user")), name="leave_to_name_forms_is_anothers_to_give"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)
