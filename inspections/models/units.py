"""Agencies that can be inspected, their names through time, and what they work on."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from inspections import text
from inspections.models.base import Identified, Versioned


class FieldOfWork(Identified):
    """A field in which procedures of people and businesses pile up: nine named ones and an open list."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    named_in_circular = models.BooleanField(_("named in the circular"), default=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("field of work")
        verbose_name_plural = _("fields of work")

    def __str__(self) -> str:
        return self.name


class Compound(Identified):
    """A shared site: units in one compound that are drawn together are visited at the same time."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        ordering = ["code"]
        verbose_name = _("compound")
        verbose_name_plural = _("compounds")

    def __str__(self) -> str:
        return self.name


class UnitKind(models.TextChoices):
    """Kinds of unit; the kind is also the peer group toward which small units are shrunk."""

    DEPARTMENT = "department", _("Department of the province")
    OFFICE = "office", _("Office of the People's Committee")
    INSPECTORATE = "inspectorate", _("Provincial inspectorate")
    BOARD = "board", _("Management board")
    SERVICE_CENTRE = "service_centre", _("Provincial public service centre")
    COMMUNE = "commune", _("Commune")
    WARD = "ward", _("Ward")
    SPECIAL_ZONE = "special_zone", _("Special zone")
    COMMUNE_OFFICE = "commune_office", _("Office of a commune")
    COMMUNE_SERVICE_CENTRE = "commune_service_centre", _("Public service centre of a commune")
    PUBLIC_SERVICE_UNIT = "public_service_unit", _("Public service unit")


class Unit(Versioned):
    """An agency that can be inspected. ``code`` never changes; names come and go as aliases."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=24, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    fields_of_work = models.ManyToManyField(
        FieldOfWork, blank=True, related_name="units", verbose_name=_("fields of work")
    )
    staff_count = models.PositiveIntegerField(_("staff"), null=True, blank=True)
    compound = models.ForeignKey(
        Compound,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="units",
        verbose_name=_("compound"),
    )
    works_saturday_morning = models.BooleanField(_("works on Saturday morning"), default=False)
    is_generic = models.BooleanField(
        _("typical name, to be checked"),
        default=False,
        help_text=_(
            "Comes from the packaged list of typical agencies and was not checked against the province's own."
        ),
    )
    is_active = models.BooleanField(_("can be inspected"), default=True)
    match_key = models.CharField(max_length=200, editable=False, db_index=True)
    search_key = models.CharField(max_length=200, editable=False)
    sort_key = models.CharField(max_length=640, editable=False, db_index=True)

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=UnitKind.values), name="unit_kind_known"
            ),
            models.CheckConstraint(condition=~models.Q(code=""), name="unit_code_not_empty"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="unit_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def fill_keys(self) -> "Unit":
        """Normalise the texts and derive the keys; ``save`` does it, bulk writers call it."""
        self.code = text.nfc(self.code)
        self.name = text.nfc(self.name)
        self.match_key = text.match_key(self.name)
        self.search_key = text.search_key(self.name)
        self.sort_key = text.sort_key(self.name)
        return self

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_keys()
        super().save(*args, **kwargs)


class UnitAlias(Identified):
    """Another name of a unit, with the days on which it was in use. One old name can lead to several units."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=200)
    match_key = models.CharField(max_length=200, editable=False, db_index=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "match_key", "valid_from"], name="unit_alias_once_from_a_day"
            ),
            models.UniqueConstraint(
                fields=["unit", "match_key"],
                condition=models.Q(valid_from=None),
                name="unit_alias_once_from_ever",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None)
                | models.Q(valid_from=None)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="unit_alias_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def fill_keys(self) -> "UnitAlias":
        """Normalise the name and derive its key; ``save`` does it, bulk writers call it."""
        self.name = text.nfc(self.name)
        self.match_key = text.match_key(self.name)
        return self

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_keys()
        super().save(*args, **kwargs)
