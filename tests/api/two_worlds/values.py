"""What is put into paths, filters and bodies: ids of hidden rows, of visible ones and of none, days, words.

Everything is known before the worlds part or is the same in all of them, so both are asked the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model, QuerySet
from django_filters import rest_framework as filters

from api.v1.filters import SearchFilter
from inspections.models import (
    AuditEvent,
    CalendarDay,
    Document,
    Finding,
    Inspector,
    Paper,
    Plan,
    Role,
    Submission,
    Unit,
    Visit,
)
from inspections.states import PlanState, VisitState
from tests.api.test_routes import NOWHERE
from tests.api.two_worlds.filed import digests, findings, submissions
from tests.api.two_worlds.past import Past
from tests.api.two_worlds.routes import Parameter
from tests.api.two_worlds.worlds import World, fates

UUIDS = frozenset({"uuid", "path"})
#: For a parameter of a path whose name is not that of its model.
MODELS = {
    "relation_id": "DeclaredRelation",
    "alias_id": "UnitAlias",
    "object_id": None,
    "pause": "HandlingPause",
}
#: For a property of a body whose name is not that of its model.
PROPERTIES = {
    "home_unit": Unit,
    "former_units": Unit,
    "parent": Unit,
    "members": Inspector,
    "leader": Inspector,
    "replaces": Paper,
}


class NoValue(AssertionError):
    """The generator does not know what to put somewhere: tell it in ``values.py``."""


@dataclass(frozen=True)
class Values:
    """What is known of a past whose first world has grown."""

    past: Past
    units: list[Unit]
    days: list[date]

    @classmethod
    def of(cls, past: Past) -> "Values":
        """Look at the first world: units drawn in it, elsewhere alone, and nowhere; days of sealed visits,
        those of the first world first."""
        drawn = {
            world: {code for fate in fates(past).values() for code in fate[world].codes}
            for world in World
        }
        days = dict.fromkeys(
            day
            for world in World
            for fate in fates(past).values()
            for day in sorted(fate[world].days)[-2:]
        )
        here, there = drawn[World.FIRST], drawn[World.OTHER_VISITS]
        # Those first that no other world draws.
        here_alone = sorted(
            here - there, key=lambda code: (code in drawn[World.OTHER_ROSTERS], code)
        )
        order = {code: place for place, code in enumerate(here_alone + sorted(there - here))}
        units = sorted(Unit.objects.all(), key=lambda unit: (order.get(unit.code, 99), unit.code))
        return cls(past, units, list(days))

    # --- Rows --------------------------------------------------------------------------------

    def rows(self, model: type[Model]) -> list[Model]:
        """Return the rows of a model that are worth asking for, those that hide something first."""
        pick = NOTEWORTHY.get(model)
        return list(pick(self)) if pick else list(model._default_manager.order_by("pk")[:2])

    def ids(self, model: type[Model]) -> list[str]:
        """Return the ids of these rows, and one that none has."""
        return [str(row.pk) for row in self.rows(model)] + [str(NOWHERE)]

    def any_ids(self) -> list[str]:
        """Return the id of a row of each kind, where nothing says which kind is meant."""
        found = [self.rows(model)[:1] for model in (Visit, Document, Plan, Unit, Inspector)]
        return [str(row.pk) for rows in found for row in rows] + [str(NOWHERE)]

    # --- Paths -------------------------------------------------------------------------------

    def in_path(self, parameter: Parameter, model: type[Model] | None) -> list[str]:
        """Return what a parameter of a path can be; ``model`` is what its route is about, if that is known."""
        plain = {
            "role": [Role.CLERK, "moon"],
            "day": [str(day.date) for day in CalendarDay.objects.all()] + [str(self.days[0])],
            "sha256": digests(),
            "code": ["0" * 32, *Paper.objects.exclude(code=None).values_list("code", flat=True)],
            "app_label": ["inspections", "auth"],
            "url": ["inspections/visit/", "inspections/plan/add/", "moon/"],
        }
        if parameter.name in plain:
            return plain[parameter.name]
        named = model if parameter.name in {"pk", "object_id"} else _named(parameter.name)
        if named is not None:
            return self.ids(named)
        if parameter.kind in UUIDS:
            return self.any_ids()
        raise NoValue(f"nothing to put for <{parameter.kind}:{parameter.name}>")

    # --- Filters -----------------------------------------------------------------------------

    def in_filter(self, name: str, kind: filters.Filter, model: type[Model]) -> list[str]:
        """Return what a filter of a list can be asked for."""
        match kind:
            case filters.ChoiceFilter():
                return [str(value) for value, _label in kind.extra["choices"]]
            case filters.UUIDFilter():
                related = _field(model, kind.field_name)
                return self.ids(related.related_model) if related else self.any_ids()
            case filters.DateFilter():
                return [str(day) for day in self.days]
            case filters.BooleanFilter():
                return ["true", "false"]
            case SearchFilter():
                return [*(unit.code for unit in self.units[:2]), "xa"]
            case filters.CharFilter():
                return [*_stored(model, kind.field_name), *self.any_ids()]
        raise NoValue(f"nothing to ask the filter {name} for, a {type(kind).__name__}")

    # --- Bodies ------------------------------------------------------------------------------

    def in_body(self, name: str) -> list[str]:
        """Return the ids that a property of a body can name."""
        model = PROPERTIES.get(name) or _named(name)
        return self.ids(model) if model else self.any_ids()


def _named(name: str) -> type[Model] | None:
    """Return the model that a parameter or property is named after, as ``leave_id`` or ``risk_run``."""
    name = MODELS.get(name) or name.removesuffix("_id").replace("_", "")
    try:
        return apps.get_model("inspections", name)
    except LookupError:
        return None


def _field(model: type[Model], path: str) -> "Field[Any, Any] | None":
    """Return the relation that a filter looks at."""
    try:
        found: Any = model._meta.get_field(path.removesuffix("_id"))
    except FieldDoesNotExist:
        return None
    return found if found.is_relation else None


def _stored(model: type[Model], name: str) -> list[str]:
    """Return what stands in a column, each once, where the filter is about one."""
    if name not in {field.name for field in model._meta.concrete_fields}:
        return []
    stored = model._default_manager.order_by("pk").values_list(name, flat=True)
    return list(dict.fromkeys(str(value) for value in stored if value))


def _visits(values: Values) -> list[Model]:
    """Return a sealed visit, one in each state after it, and sealed ones of the other plans."""
    sealed = _one_each(Visit.objects.filter(state=VisitState.SEALED).order_by("pk"), "plan_id")
    others = Visit.objects.exclude(state=VisitState.SEALED).order_by("state", "pk")
    return [*sealed[:1], *_one_each(others, "state"), *sealed[1:]]


def _plans(values: Values) -> list[Model]:
    """Return the plans: one whose roster is sealed, one that hides nothing any more, and the others."""
    order = [PlanState.APPROVED, PlanState.REVEALED, PlanState.ACTIVE, PlanState.DRAWN]
    rows = Plan.objects.order_by("serial")
    return sorted(rows, key=lambda plan: order.index(s) if (s := plan.state) in order else 9)


def _documents(values: Values) -> list[Model]:
    return list(Document.objects.order_by("-is_restricted", "pk"))


def _inspectors(values: Values) -> list[Model]:
    return list(values.past.staff)


def _units(values: Values) -> list[Model]:
    """Return units drawn here, units drawn elsewhere, one that is drawn nowhere."""
    return [*values.units[:2], values.units[-1]]


def _events(values: Values) -> list[Model]:
    """Return the first event of each kind."""
    return _one_each(AuditEvent.objects.order_by("position"), "action")


def _one_each(rows: "QuerySet[Any]", field: str) -> list[Model]:
    found: dict[object, Model] = {}
    for row in rows:
        found.setdefault(getattr(row, field), row)
    return list(found.values())


NOTEWORTHY: dict[type[Model], Callable[[Values], Sequence[Model]]] = {
    AuditEvent: _events,
    Finding: lambda _values: findings(),
    Submission: lambda _values: submissions(),
    Document: _documents,
    Inspector: _inspectors,
    Plan: _plans,
    Unit: _units,
    Visit: _visits,
}
