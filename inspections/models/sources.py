"""Where data come from, and each file that was loaded from there."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from inspections.importers.problems import Problem
from inspections.models.base import Versioned
from inspections.models.users import Role, User

READERS = (Role.PLANNER, Role.APPROVER, Role.LEADER, Role.AUDITOR)


class SourceKind(models.TextChoices):
    """What a row of a source is about."""

    TASK = "task", _("Assigned tasks")
    DOSSIER = "dossier", _("Dossiers, one a row")
    DOSSIER_SUMMARY = "dossier_summary", _("Dossiers, monthly summary")
    COMPLAINT = "complaint", _("Complaints and proposals")
    RESULT = "result", _("Earlier inspection results")
    UNIT = "unit", _("Units")
    INSPECTOR = "inspector", _("Inspectors")


class AbsentMeans(models.TextChoices):
    """What it means that a unit does not appear in a source."""

    ZERO = "zero", _("It has none")
    NO_DATA = "no_data", _("No data")


class Source(Versioned):
    """A system or an office whose exports are loaded, and how its files are to be read.

    ``overrides`` is laid over the packaged profile of the kind: ``headers`` (field → further header
    names), ``statuses`` (label → state and timeliness), ``date_order`` (``dmy`` or ``mdy``).
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind.choices)
    absent_means = models.CharField(
        _("a unit that is absent"),
        max_length=10,
        choices=AbsentMeans.choices,
        default=AbsentMeans.NO_DATA,
    )
    overrides = models.JSONField(_("reading of its files"), default=dict, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SourceKind.values), name="source_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(absent_means__in=AbsentMeans.values), name="source_absent_means_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LoadState(models.TextChoices):
    """The life of a loaded file. Its rows count while it is in effect, and at no other time."""

    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    STAGING = "staging", _("Being stored")
    IN_EFFECT = "in_effect", _("In effect")
    UNDONE = "undone", _("Undone")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


class LoadQuerySet(models.QuerySet["Load"]):
    def visible_to(self, actor: User) -> Self:
        """Loads are open to those who plan, approve, lead and audit."""
        return self.all() if actor.has_role(*READERS) else self.none()

    def in_effect(self) -> Self:
        """Loads whose rows count."""
        return self.filter(state=LoadState.IN_EFFECT)


class Load(Versioned):
    """One file of a source.

    ``number`` is what rows point to, shorter than the id and never shown. ``turn`` is the load's place in
    the order in which the loads of its source came into effect: of two rows with one code the later
    turn counts.
    """

    number = models.PositiveIntegerField(unique=True, editable=False)
    source = models.ForeignKey(Source, models.PROTECT, related_name="loads")
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(_("bytes"))
    state = models.CharField(
        _("state"), max_length=10, choices=LoadState.choices, default=LoadState.CHECKING
    )
    turn = models.PositiveIntegerField(null=True, editable=False)
    cutoff = models.DateField(_("cut-off date"), null=True)
    period_from = models.DateField(_("period from"), null=True)
    period_to = models.DateField(_("period to"), null=True)
    accept_problems = models.BooleanField(_("rows with problems are left out"), default=False)
    # rows, stored, left_out, errors, warnings; problems by code; unmatched unit names; for reference
    # data also added, changed, left.
    counts = models.JSONField(default=dict)

    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_index=True)
    switched_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    switched_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = LoadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-number"]
        verbose_name = _("load")
        verbose_name_plural = _("loads")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LoadState.values), name="load_state_known"
            ),
            models.UniqueConstraint(
                fields=["source", "sha256"],
                condition=Q(state=LoadState.IN_EFFECT),
                name="same_bytes_in_effect_once_a_source",
            ),
            models.UniqueConstraint(fields=["source", "turn"], name="load_turn_once_a_source"),
            models.CheckConstraint(
                condition=Q(turn=None, switched_at=None, switched_by=None)
                | Q(
                    turn__isnull=False,
                    switched_at__isnull=False,
                    switched_by__isnull=False,
                    state__in=[LoadState.IN_EFFECT, LoadState.UNDONE],
                ),
                name="load_turn_from_the_switch_on",
            ),
            models.CheckConstraint(
                condition=Q(state=LoadState.UNDONE, undone_at__isnull=False, turn__isnull=False)
                | (~Q(state=LoadState.UNDONE) & Q(undone_at=None)),
                name="load_undone_after_its_switch",
            ),
            models.CheckConstraint(
                condition=Q(period_from=None)
                | Q(period_to=None)
                | Q(period_to__gte=F("period_from")),
                name="load_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Severity(models.TextChoices):
    """An error keeps its row out; a warning does not."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")


class LoadProblem(models.Model):
    """A doubt about a file, found before anything of it counted.

    ``row`` is None where the whole file is meant. The value is cut short and never a person's
    identifier; the remedy follows from ``code`` and ``params``.
    """

    load = models.ForeignKey(Load, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"), null=True)
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=120, blank=True)
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=7, choices=Severity.choices)
    params = models.JSONField(default=dict)
    # Where it stands in lists: what is about the whole file comes first.
    place = models.GeneratedField(
        expression=Coalesce("row", 0), output_field=models.PositiveIntegerField(), db_persist=True
    )

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["load", "place", "id"], name="load_problems_by_row")]
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="load_problem_severity_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.row} {self.column} {self.code}"

    @property
    def message(self) -> str:
        """What is wrong, in the reader's language."""
        return Problem(self.code, params=self.params).message

    @property
    def remedy(self) -> str:
        """What to do about it, in the reader's language."""
        return Problem(self.code, params=self.params).remedy


class StagedRecord(models.Model):
    """A unit or an inspector as a file has it, waiting for the switch that writes it to its own table.

    ``changes`` is filled by the switch: field → [before, after], or None for a record that was added.
    """

    load = models.ForeignKey(Load, models.CASCADE, related_name="records")
    row = models.PositiveIntegerField()
    code = models.CharField(max_length=64)
    data = models.JSONField()
    changes = models.JSONField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["load", "code"], name="staged_record_once_a_load"),
        ]

    def __str__(self) -> str:
        return self.code
