"""Rows of the loaded files: immutable, each belonging to its load. No citizen is named in them."""

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from inspections.models.sources import Load, LoadState
from inspections.models.units import Unit

FactT = TypeVar("FactT", bound="Fact")


class FactState(models.TextChoices):
    """Where a matter stands, whatever its source calls it."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    RETURNED = "returned", _("Returned or refused")
    CANCELLED = "cancelled", _("Withdrawn or cancelled")


class Timeliness(models.TextChoices):
    """How the source itself labels a row; ours follows from the dates and the working calendar."""

    EARLY = "early", _("Early")
    ON_TIME = "on_time", _("On time")
    LATE = "late", _("Late")
    NOT_DUE = "not_due", _("Not due")
    OVERDUE = "overdue", _("Overdue")
    WAITING = "waiting", _("Waiting for the applicant")
    NO_DEADLINE = "no_deadline", _("Without a deadline")


class FactQuerySet(models.QuerySet[FactT]):
    def current(self, as_of: date | None = None) -> Self:
        """Rows that count: of a load in effect, with no later such load of its source holding their code.

        With ``as_of`` only loads whose data were cut off on that day or before count, on both sides: the
        data as they stood.
        """
        counts = Q(load__state=LoadState.IN_EFFECT)
        if as_of is not None:
            counts &= Q(load__cutoff__lte=as_of)
        later = self.model.objects.filter(
            counts,
            code=OuterRef("code"),
            load__source=OuterRef("load__source"),
            load__turn__gt=OuterRef("load__turn"),
        )
        return self.filter(counts).exclude(Exists(later))


class Fact(models.Model):
    """What every loaded row has: its load, its place in the file, the code it goes by, its unit."""

    load = models.ForeignKey(
        Load, models.CASCADE, to_field="number", db_index=False, related_name="+"
    )
    row = models.PositiveIntegerField(_("row"))
    code = models.CharField(_("code"), max_length=80)
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+")

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            # Also the way to a later row with the same code.
            models.UniqueConstraint(fields=["code", "load"], name="%(class)s_code_once_a_load"),
        ]
        indexes = [
            # Rows are stored in the order of the file, so this index grows at its end.
            models.Index(fields=["load", "row"], name="%(class)s_by_load"),
        ]

    def __str__(self) -> str:
        return self.code


class Matter(Fact):
    """A row with a deadline.

    ``due`` is the deadline as the source has it, extensions included. ``late_days`` is set on rows that
    are done and had a deadline: working days after it, 0 when it was met (a deadline on a day off
    moves to the next working day). Open rows have none: their age depends on the day one asks.
    """

    state = models.CharField(_("state"), max_length=10, choices=FactState.choices)
    label = models.CharField(
        _("the source says"), max_length=12, choices=Timeliness.choices, blank=True
    )
    received = models.DateField(_("received"), null=True)
    due = models.DateField(_("due"), null=True)
    done = models.DateField(_("done"), null=True)
    late_days = models.PositiveIntegerField(_("working days late"), null=True)

    class Meta(Fact.Meta):
        abstract = True
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state__in=FactState.values), name="%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=Q(done=None) | Q(received=None) | Q(done__gte=F("received")),
                name="%(class)s_done_after_received",
            ),
            models.CheckConstraint(
                condition=Q(late_days=None) | Q(state=FactState.DONE, due__isnull=False),
                name="%(class)s_late_when_done_and_due",
            ),
        ]
        indexes = [
            *Fact.Meta.indexes,
            # What a visit asks for: the unit's open matters by deadline.
            models.Index(
                fields=["unit", "due"],
                condition=Q(state=FactState.OPEN),
                name="%(class)s_open_by_unit",
            ),
        ]


class Assigner(models.TextChoices):
    """Who assigned a task."""

    PRIME_MINISTER = "prime_minister", _("Government, Prime Minister")
    PARTY = "party", _("Party committee")
    COUNCIL = "council", _("People's Council")
    COMMITTEE = "committee", _("People's Committee")
    CHAIR = "chair", _("Chair of the People's Committee")
    OTHER = "other", _("Other")


class Task(Matter):
    """A task assigned to a unit. Its wording is not kept: it may name a citizen."""

    assigner = models.CharField(_("assigned by"), max_length=16, choices=Assigner.choices)
    document = models.CharField(_("document"), max_length=80, blank=True)
    original_due = models.DateField(_("first deadline"), null=True)
    extensions = models.PositiveSmallIntegerField(_("extensions"), null=True)

    class Meta(Matter.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")


class Dossier(Matter):
    """A dossier that a citizen or business handed in; the applicant is not kept.

    ``first_received`` is where its age counts from: a dossier that opens again within 30 days of its result
    continues. ``is_waiting`` and ``pause_days`` (calendar days) tell of pauses; ``late_days`` takes no
    account of them, since the source has moved ``due`` already.
    """

    first_received = models.DateField(_("first received"), null=True)
    original_due = models.DateField(_("first deadline"), null=True)
    is_waiting = models.BooleanField(_("paused at the cut-off"), default=False)
    pause_days = models.PositiveIntegerField(_("days of pause"), null=True)
    redates = models.PositiveSmallIntegerField(_("new appointments"), null=True)
    reopened = models.BooleanField(_("opened again"), default=False)
    field = models.CharField(_("field"), max_length=120, blank=True)
    procedure = models.CharField(_("procedure"), max_length=200, blank=True)

    class Meta(Matter.Meta):
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")


class Complaint(Matter):
    """A complaint or proposal. Who sent it is a keyed hash, whose key is destroyed after its window."""

    forwarded = models.DateField(_("forwarded to the unit"), null=True)
    channel = models.CharField(_("channel"), max_length=80, blank=True)
    subject = models.CharField(_("subject"), max_length=80, blank=True)
    field = models.CharField(_("field"), max_length=120, blank=True)
    complainant = models.CharField(max_length=32, blank=True)
    satisfied = models.BooleanField(_("satisfied with the answer"), null=True)

    class Meta(Matter.Meta):
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")


class DossierSummary(Fact):
    """A unit's dossiers of a period in figures, of one field or of all (``field`` empty).

    Both on-time rates can be formed: (early + on_time) / resolved and
    (early + on_time + not_due) / total. What the source does not state is None.
    """

    period_from = models.DateField(_("period from"), null=True)
    period_to = models.DateField(_("period to"))
    field = models.CharField(_("field"), max_length=120, blank=True)
    total = models.PositiveIntegerField(_("total"), null=True)
    received = models.PositiveIntegerField(_("received"), null=True)
    brought_forward = models.PositiveIntegerField(_("brought forward"), null=True)
    resolved = models.PositiveIntegerField(_("resolved"), null=True)
    early = models.PositiveIntegerField(_("early"), null=True)
    on_time = models.PositiveIntegerField(_("on time"), null=True)
    late = models.PositiveIntegerField(_("late"), null=True)
    in_progress = models.PositiveIntegerField(_("in progress"), null=True)
    not_due = models.PositiveIntegerField(_("not due"), null=True)
    overdue = models.PositiveIntegerField(_("overdue"), null=True)
    withdrawn = models.PositiveIntegerField(_("withdrawn"), null=True)
    returned = models.PositiveIntegerField(_("returned"), null=True)

    class Meta(Fact.Meta):
        verbose_name = _("summary of dossiers")
        verbose_name_plural = _("summaries of dossiers")


class PastResult(Fact):
    """An earlier visit: its day, its findings by severity, and whether it was drawn and complete.

    Only a drawn visit with a full checklist starts a cool-down.
    """

    visited_on = models.DateField(_("visited on"))
    minor = models.PositiveIntegerField(_("minor findings"), default=0)
    moderate = models.PositiveIntegerField(_("moderate findings"), default=0)
    major = models.PositiveIntegerField(_("major findings"), default=0)
    critical = models.PositiveIntegerField(_("critical findings"), default=0)
    drawn = models.BooleanField(_("drawn by lot"), default=False)
    complete = models.BooleanField(_("full checklist"), default=False)

    class Meta(Fact.Meta):
        verbose_name = _("earlier result")
        verbose_name_plural = _("earlier results")
