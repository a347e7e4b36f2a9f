"""Units and their other names. Codes never change, and a unit with a history is closed, not deleted."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, NotFound, VersionConflict
from inspections.models import Compound, FieldOfWork, Role, Unit, UnitAlias, UnitKind, User
from inspections.services import audit
from inspections.services.creation import made_before

EDITORS: Final = (Role.PLANNER, Role.TECHNICAL_ADMIN)
EDITABLE: Final = frozenset(
    {
        "name",
        "kind",
        "parent",
        "fields_of_work",
        "staff_count",
        "compound",
        "works_saturday_morning",
        "is_generic",
        "is_active",
    }
)
_KEYS: Final = ("name", "match_key", "search_key", "sort_key")


def create_unit(
    *,
    actor: User,
    code: str,
    name: str,
    kind: UnitKind,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    parent: Unit | None = None,
    fields_of_work: Collection[FieldOfWork] = (),
    staff_count: int | None = None,
    compound: Compound | None = None,
    works_saturday_morning: bool = False,
    is_generic: bool = False,
    is_active: bool = True,
) -> Unit:
    """Create a unit; the same call with the same id again returns the unit that it made.

    Raises:
        InvalidInput: the code is taken, or code or name is empty.
        WrongState: the id is taken by a unit with other content.
    """
    policies.require(actor, *EDITORS)
    facts = {
        "code": _needed(code, "code"),
        "name": _needed(name, "name"),
        "kind": kind,
        "parent": parent,
        "staff_count": staff_count,
        "compound": compound,
        "works_saturday_morning": works_saturday_morning,
        "is_generic": is_generic,
        "is_active": is_active,
    }
    unit = Unit(id=id or uuid4(), **facts)
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
            unit.fields_of_work.set(fields_of_work)
            audit.record(actor=actor, action="unit.create", obj=unit, now=now)
    except IntegrityError:
        before = made_before(Unit.objects.all(), unit.pk, facts)
        if before is None:
            raise InvalidInput(
                _("There is a unit with this code already."), code="code_taken", field="code"
            ) from None
        return before
    return unit


def update_unit(
    *, actor: User, unit: Unit, version: int, changes: Mapping[str, Any], now: datetime
) -> Unit:
    """Change a unit.

    Raises:
        InvalidInput: a field that cannot be changed, an empty name, or a parent below the unit itself.
        VersionConflict: the unit changed since ``version``.
    """
    policies.require(actor, *EDITORS)
    if unknown := changes.keys() - EDITABLE:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    values = dict(changes)
    fields_of_work = values.pop("fields_of_work", None)
    if "name" in values:
        unit.name = _needed(values["name"], "name")
        unit.fill_keys()
        values |= {key: getattr(unit, key) for key in _KEYS}
    if values.get("parent"):
        refuse_circle(unit, values["parent"])
    with transaction.atomic():
        changed = Unit.objects.filter(pk=unit.pk, version=version).update(
            version=F("version") + 1, **values
        )
        unit.refresh_from_db()
        if not changed:
            raise VersionConflict
        if fields_of_work is not None:
            unit.fields_of_work.set(fields_of_work)
        audit.record(
            actor=actor,
            action="unit.update",
            obj=unit,
            now=now,
            details={"changed": sorted(changes)},
        )
    return unit


def add_alias(
    *,
    actor: User,
    unit: Unit,
    version: int,
    name: str,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
    source: str = "",
) -> Unit:
    """Add another name of the unit, for the days on which it was in use."""
    policies.require(actor, *EDITORS)
    if valid_from and valid_to and valid_to < valid_from:
        raise InvalidInput(_("The last day precedes the first."), field="valid_to")
    alias = UnitAlias(
        unit=unit,
        name=_needed(name, "name"),
        valid_from=valid_from,
        valid_to=valid_to,
        source=text.nfc(source),
    ).fill_keys()
    with transaction.atomic():
        _next_version(unit, version)
        # The version's update holds the unit, so nobody adds the same name between look and write.
        if unit.aliases.filter(match_key=alias.match_key, valid_from=valid_from).exists():
            raise InvalidInput(
                _("The unit has this name already."), code="alias_exists", field="name"
            )
        alias.save(force_insert=True)
        audit.record(actor=actor, action="unit.add_alias", obj=unit, now=now)
    return unit


def remove_alias(*, actor: User, unit: Unit, version: int, alias_id: UUID, now: datetime) -> Unit:
    """Take a name away from the unit; rows loaded under it keep their unit."""
    policies.require(actor, *EDITORS)
    with transaction.atomic():
        deleted, _by_model = unit.aliases.filter(pk=alias_id).delete()
        if not deleted:
            raise NotFound
        _next_version(unit, version)
        audit.record(actor=actor, action="unit.remove_alias", obj=unit, now=now)
    return unit


def _next_version(unit: Unit, version: int) -> None:
    changed = Unit.objects.filter(pk=unit.pk, version=version).update(version=F("version") + 1)
    unit.refresh_from_db()
    if not changed:
        raise VersionConflict


def _needed(value: str, field: str) -> str:
    value = text.nfc(value).strip()
    if not value:
        raise InvalidInput(_("This field is needed."), field=field)
    return value


def refuse_circle(unit: Unit, parent: Unit) -> None:
    """Raise ``InvalidInput`` when ``parent`` stands below ``unit`` or is it."""
    above: Unit | None = parent
    while above is not None:
        if above.pk == unit.pk:
            raise InvalidInput(_("A unit cannot stand below itself."), field="parent")
        above = above.parent
