"""The department's personnel list: whom a recommendation or a commendation can be about."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inspections import text
from inspections.models.base import Versioned
from inspections.models.units import Unit
from inspections.models.users import Role, User
from inspections.states import VisitState

#: Whose work is about the people of all units.
PERSONNEL = (Role.PLANNER, Role.APPROVER, Role.CLERK)


class OfficialCategory(models.TextChoices):
    """What somebody is by law: it decides which forms of discipline exist for him."""

    CADRE = "cadre", _("Cadre")
    CIVIL_SERVANT = "civil_servant", _("Civil servant without leadership post")
    CIVIL_SERVANT_LEADER = "civil_servant_leader", _("Civil servant in a leadership post")
    PUBLIC_EMPLOYEE = "public_employee", _("Public employee")
    PUBLIC_EMPLOYEE_MANAGER = "public_employee_manager", _("Public employee in a managing post")
    RETIRED = "retired", _("Retired")


class OfficialQuerySet(models.QuerySet["Official"]):
    def visible_to(self, actor: User) -> Self:
        """The whole list for whoever carries a matter on; for an inspector the units where he filed a visit."""
        if actor.has_role(*PERSONNEL):
            return self.all()
        if actor.has_role(Role.INSPECTOR):
            # Asked of units, so that somebody who moved on is found from where he was.
            units = Unit.objects.filter(
                visits__state=VisitState.FILED, visits__members__inspector__user=actor
            ).values("pk")
            return self.filter(Q(unit__in=units) | Q(former_units__in=units)).distinct()
        return self.none()


class Official(Versioned):
    """Somebody who works, or worked, at a unit."""

    full_name = models.CharField(_("full name"), max_length=120)
    name_sort_key = models.CharField(max_length=400, editable=False, db_index=True)
    post = models.CharField(_("post"), max_length=200, blank=True)
    category = models.CharField(
        _("category"), max_length=24, choices=OfficialCategory.choices, db_index=True
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="officials", verbose_name=_("unit"))
    # What was found at a unit follows him when he moves.
    former_units = models.ManyToManyField(
        Unit, related_name="former_officials", verbose_name=_("former units")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = OfficialQuerySet.as_manager()

    class Meta:
        ordering = ["name_sort_key", "id"]
        verbose_name = _("official")
        verbose_name_plural = _("officials")
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=OfficialCategory.values), name="official_category_known"
            ),
            models.CheckConstraint(condition=~Q(full_name=""), name="official_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def fill_key(self) -> "Official":
        """Normalise the name and derive its key; ``save`` does it, bulk writers call it."""
        self.full_name = text.nfc(self.full_name)
        self.name_sort_key = text.name_sort_key(self.full_name)
        return self

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_key()
        super().save(*args, **kwargs)

    def belongs_to(self, unit: Unit) -> bool:
        """Tell whether he works or worked at a unit."""
        return self.unit_id == unit.pk or self.former_units.filter(pk=unit.pk).exists()
