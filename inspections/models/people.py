"""Inspectors: where they come from, whom they may not inspect, and when they are away."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from inspections import text
from inspections.models.base import Identified, Versioned
from inspections.models.units import Unit
from inspections.models.users import User


class Skill(Identified):
    """Something that a visit may call for: land, construction, finance, information technology."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["code"]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")

    def __str__(self) -> str:
        return self.name


class Inspector(Versioned):
    """A member of the inspection team, of the department or a guest from another body."""

    full_name = models.CharField(_("full name"), max_length=120)
    name_sort_key = models.CharField(max_length=400, editable=False, db_index=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    code = models.CharField(_("staff code"), max_length=32, unique=True)
    user = models.OneToOneField(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspector",
        verbose_name=_("account"),
    )
    home_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff_inspectors",
        verbose_name=_("home unit"),
    )
    former_units = models.ManyToManyField(
        Unit, through="FormerUnit", related_name="former_inspectors", verbose_name=_("former units")
    )
    skills = models.ManyToManyField(
        Skill, blank=True, related_name="inspectors", verbose_name=_("skills")
    )
    may_lead = models.BooleanField(_("may lead a team"), default=False)
    is_guest = models.BooleanField(_("guest member"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name_sort_key", "id"]
        verbose_name = _("inspector")
        verbose_name_plural = _("inspectors")

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_name = text.nfc(self.full_name)
        self.name_sort_key = text.name_sort_key(self.full_name)
        super().save(*args, **kwargs)


class FormerUnit(Identified):
    """A unit where an inspector used to work: a conflict of interest for good."""

    inspector = models.ForeignKey(Inspector, models.CASCADE, related_name="former_postings")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("former unit")
        verbose_name_plural = _("former units")
        constraints = [
            models.UniqueConstraint(fields=["inspector", "unit"], name="former_unit_once")
        ]

    def __str__(self) -> str:
        return self.unit.name


class RelationKind(models.TextChoices):
    """Why an inspector may not visit a unit, after the relatives barred in NĐ 172/2025 Điều 2(11)."""

    RELATIVE = "relative", _("Relative in post")
    INTEREST = "interest", _("Financial interest")
    DISPUTE = "dispute", _("Dispute")
    OTHER = "other", _("Other")


class DeclaredRelation(Identified):
    """A conflict of interest that an inspector declared."""

    inspector = models.ForeignKey(Inspector, models.CASCADE, related_name="relations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=10, choices=RelationKind.choices)
    declared_at = models.DateTimeField(_("declared at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("declared relation")
        verbose_name_plural = _("declared relations")
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "unit", "kind"],
                condition=models.Q(ended_at=None),
                name="declared_relation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit.name}: {self.get_kind_display()}"


class Leave(Identified):
    """Days on which an inspector is away."""

    inspector = models.ForeignKey(Inspector, models.CASCADE, related_name="leaves")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leaves")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="leave_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%d/%m/%Y}–{self.last_day:%d/%m/%Y}"
