"""Official papers that get a number: from the draft over the clerk's queue to bytes that never change."""

from typing import Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inspections import policies
from inspections.models.base import Identified, Versioned
from inspections.models.plans import Plan
from inspections.models.users import Role, User
from inspections.models.visits import Visit
from inspections.states import PaperState, VisitState


class PaperKind(models.TextChoices):
    """Kinds of papers that get a number. What each is like stands in ``services.paper_kinds``."""

    MONTHLY_PLAN = "monthly_plan", _("Monthly plan")
    COMMITMENT_MINUTES = "commitment_minutes", _("Minutes of the random draw: commitment")
    DRAW_MINUTES = "draw_minutes", _("Minutes of the random draw: result")
    VISIT_MINUTES = "visit_minutes", _("Minutes of a visit")
    DEMAND_LETTER = "demand_letter", _("Request for explanation or remedy")
    HANDLING_SUBMISSION = "handling_submission", _("Submission for handling")
    COMMENDATION_SUBMISSION = "commendation_submission", _("Submission for commendation")
    VISIT_REPORT = "visit_report", _("Report on a visit")
    ROUND_REPORT = "round_report", _("Report on a round")
    RESULTS_NOTICE = "results_notice", _("Notice of results")


#: Papers of plans that name units that were visited, or persons.
NAMING_UNITS: Final[tuple[str, ...]] = (
    PaperKind.COMMENDATION_SUBMISSION,
    PaperKind.ROUND_REPORT,
    PaperKind.RESULTS_NOTICE,
)


class PaperQuerySet(models.QuerySet["Paper"]):
    def visible_to(self, actor: User) -> Self:
        """Papers of plans that name no unit are open to everybody with a role. Those of visits name units and
        persons: they are for planners, approvers and clerks; the minutes also for the inspectors who were there.
        """
        visible = Q(pk__in=[])
        naming = Q(kind__in=NAMING_UNITS)
        if policies.may_see_plan(actor):
            visible |= Q(plan__isnull=False) & ~naming
        released = Q(visit__isnull=False) & ~Q(visit__state=VisitState.SEALED)
        if actor.has_role(Role.PLANNER, Role.APPROVER, Role.CLERK):
            visible |= released | naming
        if actor.has_role(Role.INSPECTOR):
            minutes = released & Q(kind=PaperKind.VISIT_MINUTES)
            visible |= minutes & Q(visit__members__inspector__user=actor)
        return self.filter(visible).distinct()

    def without_bytes(self) -> Self:
        """Leave what is large in the database."""
        return self.defer("content", "texts", "signing_pdf", "pdf")


def _person() -> "models.ForeignKey[User | None, User | None]":
    return models.ForeignKey(User, models.PROTECT, null=True, related_name="+")


_SUBMITTED: Final = {
    "content__isnull": False,
    "submitted_by__isnull": False,
    "submitted_at__isnull": False,
    "code__isnull": False,
    "signing_pdf__isnull": False,
    "signing_sha256__isnull": False,
    "series__isnull": False,
}
_NUMBERED: Final = {
    "numbered_by__isnull": False,
    "numbered_at__isnull": False,
    "year__isnull": False,
    "number__isnull": False,
    "dated__isnull": False,
    "pdf__isnull": False,
    "sha256__isnull": False,
}
_NOT_SUBMITTED: Final = dict.fromkeys(_SUBMITTED.keys() - {"content__isnull"}, True)
_NOT_NUMBERED: Final = dict.fromkeys(_NUMBERED, True)


class Paper(Versioned):
    """One official paper. Its restricted appendix is none: that bears no number of its own (see `Document`).

    ``content`` is the paper as `inspections.documents.stored` writes it: of a narrative kind from the draft on,
    of the others from the submission, when it is composed for the last time. ``signing_pdf`` is what people
    sign, with blanks for number and date; ``pdf`` is the issued paper.
    """

    # Without choices: a new kind is an entry in the registry and no change of the table.
    kind = models.CharField(_("kind"), max_length=32)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="papers")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="papers")
    state = models.CharField(max_length=9, choices=PaperState.choices, default=PaperState.DRAFT)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    # The standing texts that it was drafted with, and the number of their version; 0 is the package's.
    texts = models.JSONField()
    texts_number = models.PositiveIntegerField()
    content = models.JSONField(null=True)

    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    submitted_by = _person()
    submitted_at = models.DateTimeField(null=True)
    code = models.CharField(_("verification code"), max_length=32, null=True, unique=True)
    signing_pdf = models.BinaryField(null=True)
    signing_sha256 = models.CharField(max_length=64, null=True)

    # What stands behind the number (KH-SNV): the kind's and the issuer's own series.
    series = models.CharField(_("series"), max_length=40, null=True)
    numbered_by = _person()
    numbered_at = models.DateTimeField(null=True)
    year = models.PositiveIntegerField(_("year"), null=True)
    number = models.PositiveIntegerField(_("number"), null=True)
    dated = models.DateField(_("dated"), null=True)
    pdf = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, null=True)

    withdrawn_by = _person()
    withdrawn_at = models.DateTimeField(null=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["-drafted_at", "id"]
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            models.UniqueConstraint(
                fields=["series", "year", "number"], name="paper_number_once_in_series_and_year"
            ),
            models.UniqueConstraint(
                fields=["kind", "plan"],
                condition=Q(state=PaperState.ISSUED),
                name="one_paper_in_force_of_a_kind_per_plan",
            ),
            models.UniqueConstraint(
                fields=["kind", "visit"],
                condition=Q(state=PaperState.ISSUED),
                name="one_paper_in_force_of_a_kind_per_visit",
            ),
            models.UniqueConstraint(
                fields=["kind", "plan"],
                condition=Q(state__in=[PaperState.DRAFT, PaperState.SUBMITTED]),
                name="one_paper_in_hand_of_a_kind_per_plan",
            ),
            models.UniqueConstraint(
                fields=["kind", "visit"],
                condition=Q(state__in=[PaperState.DRAFT, PaperState.SUBMITTED]),
                name="one_paper_in_hand_of_a_kind_per_visit",
            ),
            models.CheckConstraint(
                condition=Q(plan__isnull=False, visit=None) | Q(plan=None, visit__isnull=False),
                name="paper_has_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(state=PaperState.DRAFT, **_NOT_SUBMITTED, **_NOT_NUMBERED)
                | Q(state=PaperState.SUBMITTED, **_SUBMITTED, **_NOT_NUMBERED)
                | Q(state__in=[PaperState.ISSUED, PaperState.REPLACED], **_SUBMITTED, **_NUMBERED)
                | Q(state=PaperState.WITHDRAWN, withdrawn_by__isnull=False, **_NOT_NUMBERED),
                name="paper_holds_what_its_state_says",
            ),
            models.CheckConstraint(
                condition=Q(dated=None) | Q(dated__year=F("year"), number__gte=1),
                name="paper_is_dated_in_its_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or ''}".strip()


class PaperPicture(Identified):
    """A picture in a paper's content, which names it by its hash. It goes when the paper is issued: from then on it
    stands in bytes that are never set again.
    """

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="pictures")
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "sha256"], name="paper_picture_once")
        ]

    def __str__(self) -> str:
        return self.sha256


class EditedDraft(Identified):
    """A draft that came back from Word, as it was received; ``version`` is that of the paper it was compared with."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="edited")
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["uploaded_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "sha256"], name="edited_draft_kept_once")
        ]

    def __str__(self) -> str:
        return self.sha256


class StandingTextsQuerySet(models.QuerySet["StandingTexts"]):
    def published(self) -> Self:
        """The versions that papers were or are drafted with, the one in force first."""
        return self.filter(published_at__isnull=False).order_by("-number")


class StandingTexts(Versioned):
    """A version of what the papers of a kind always say. Once published it never changes."""

    kind = models.CharField(_("kind"), max_length=32)
    number = models.PositiveIntegerField(_("number"))
    texts = models.JSONField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    published_by = _person()
    published_at = models.DateTimeField(null=True)

    objects = StandingTextsQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-number"]
        verbose_name = _("standing texts")
        verbose_name_plural = _("standing texts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number"], name="standing_texts_number_once_a_kind"
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(published_at=None),
                name="one_draft_of_the_standing_texts_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None)
                | ~(Q(published_by=F("created_by")) | Q(published_by=F("changed_by"))),
                name="standing_texts_published_by_another_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
