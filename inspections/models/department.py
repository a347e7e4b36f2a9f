"""The department that this installation serves, and the working calendar of its province."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from inspections.calendar import DayKind
from inspections.models.base import Identified, Versioned


class Department(Versioned):
    """The one department of this installation: what its papers print and the limits it works by.

    No national decree governs an inspection, so signatories, hours and deadlines are data.
    """

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200, default="Sở Nội vụ")
    superior = models.CharField(_("superior body"), max_length=200)
    abbreviation = models.CharField(
        _("abbreviation in document codes"), max_length=20, default="SNV"
    )
    team_abbreviation = models.CharField(
        _("abbreviation of the team"), max_length=20, default="ĐKT"
    )
    drafting_office = models.CharField(_("drafting office"), max_length=20, default="CCVC")
    place = models.CharField(_("place on papers"), max_length=80)
    province_code = models.CharField(_("province code"), max_length=2)
    province_name = models.CharField(_("province"), max_length=80)

    morning_start = models.TimeField(_("morning starts"), default=time(7, 30))
    morning_end = models.TimeField(_("morning ends"), default=time(11, 30))
    afternoon_start = models.TimeField(_("afternoon starts"), default=time(13, 30))
    afternoon_end = models.TimeField(_("afternoon ends"), default=time(17, 0))

    release_minutes = models.PositiveIntegerField(
        _("a visit opens so many minutes before its session"),
        default=60,
        validators=[MinValueValidator(1)],
    )
    smallest_team = models.PositiveIntegerField(
        _("people on a team at least"), default=2, validators=[MinValueValidator(1)]
    )
    reveal_within_days = models.PositiveIntegerField(
        _("calendar days after the month within which a plan is revealed"),
        default=60,
        validators=[MinValueValidator(1)],
    )
    keep_rosters_days = models.PositiveIntegerField(
        _("calendar days that sealed rosters are kept after their reveal"),
        default=730,
        validators=[MinValueValidator(1)],
    )
    keep_staff_days = models.PositiveIntegerField(
        _("calendar days that ended leave and relations are kept"),
        default=730,
        validators=[MinValueValidator(1)],
    )
    evidence_days = models.PositiveIntegerField(_("working days to prove an absence"), default=3)
    explanation_days = models.PositiveIntegerField(_("working days to explain"), default=10)
    remedy_days = models.PositiveIntegerField(_("calendar days to remedy"), default=30)
    complaint_answer_days = models.PositiveIntegerField(
        _("working days to answer a complaint"), default=10
    )
    month_starts_on = models.PositiveSmallIntegerField(
        _("day on which a reporting month starts"),
        default=1,
        help_text=_("From 2 on it is a day of the calendar month before."),
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    count_from_next_day = models.BooleanField(
        _("the first day of a deadline is the next working day"), default=True
    )
    is_synthetic = models.BooleanField(
        _("synthetic data"),
        default=False,
        editable=False,
        help_text=_("Set by the demo: everything shown or printed says so."),
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("department")
        constraints = [
            models.CheckConstraint(condition=models.Q(singleton=True), name="department_is_one"),
            models.CheckConstraint(
                condition=models.Q(
                    morning_start__lt=models.F("morning_end"),
                    morning_end__lte=models.F("afternoon_start"),
                    afternoon_start__lt=models.F("afternoon_end"),
                ),
                name="department_hours_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(smallest_team__gte=1, reveal_within_days__gte=1),
                name="department_limits_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(keep_rosters_days__gte=1, keep_staff_days__gte=1),
                name="department_retention_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(month_starts_on__gte=1, month_starts_on__lte=28),
                name="department_month_starts_on_a_day_of_all_months",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Signatory(Identified):
    """Who may sign the department's papers, with the lines printed above the name."""

    full_name = models.CharField(_("full name"), max_length=120)
    authority = models.CharField(
        _("authority line"), max_length=120, blank=True, help_text=_("For example: KT. GIÁM ĐỐC")
    )
    position = models.CharField(
        _("position line"), max_length=120, help_text=_("For example: GIÁM ĐỐC")
    )
    is_default = models.BooleanField(_("signs unless another is chosen"), default=False)

    class Meta:
        ordering = ["full_name"]
        verbose_name = _("signatory")
        verbose_name_plural = _("signatories")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_signatory",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name


class CalendarDay(Identified):
    """A day that is not what its weekday says."""

    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=DayKind.choices)
    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("source"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["date"]
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=DayKind.values), name="calendar_day_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%d/%m/%Y} {self.name}"
