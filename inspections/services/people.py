"""Inspectors, the conflicts of interest that they declare, and their leave."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, NotFound, VersionConflict
from inspections.models import (
    DeclaredRelation,
    FormerUnit,
    Inspector,
    Leave,
    RelationKind,
    Role,
    Skill,
    Unit,
    User,
)
from inspections.services import audit
from inspections.services.creation import made_before

EDITORS: Final = (Role.PLANNER, Role.TECHNICAL_ADMIN)
# Whose account an inspector is decides who sees his visits: no matter for those who keep the accounts.
LINKERS: Final = (Role.PLANNER,)
EDITABLE: Final = frozenset(
    {
        "full_name",
        "title",
        "user",
        "home_unit",
        "former_units",
        "skills",
        "may_lead",
        "is_guest",
        "is_active",
    }
)


def create_inspector(
    *,
    actor: User,
    full_name: str,
    code: str,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    title: str = "",
    user: User | None = None,
    home_unit: Unit | None = None,
    former_units: Collection[Unit] = (),
    skills: Collection[Skill] = (),
    may_lead: bool = False,
    is_guest: bool = False,
    is_active: bool = True,
) -> Inspector:
    """Create an inspector; the same call with the same id again returns the one that it made.

    Raises:
        InvalidInput: code or account is taken, or code or name is empty.
        WrongState: the id is taken by an inspector with other content.
    """
    policies.require(actor, *(EDITORS if user is None else LINKERS))
    facts = {
        "full_name": _needed(full_name, "full_name"),
        "code": _needed(code, "code"),
        "title": text.nfc(title),
        "user": user,
        "home_unit": home_unit,
        "may_lead": may_lead,
        "is_guest": is_guest,
        "is_active": is_active,
    }
    inspector = Inspector(id=id or uuid4(), **facts)
    try:
        with transaction.atomic():
            inspector.save(force_insert=True)
            _set_former_units(inspector, former_units)
            inspector.skills.set(skills)
            audit.record(actor=actor, action="inspector.create", obj=inspector, now=now)
    except IntegrityError:
        before = made_before(Inspector.objects.all(), inspector.pk, facts)
        if before is None:
            raise _taken() from None
        return before
    return inspector


def update_inspector(
    *, actor: User, inspector: Inspector, version: int, changes: Mapping[str, Any], now: datetime
) -> Inspector:
    """Change an inspector.

    Raises:
        InvalidInput: a field that cannot be changed, an empty name, or an account that is taken.
        VersionConflict: the inspector changed since ``version``.
    """
    policies.require(actor, *(LINKERS if "user" in changes else EDITORS))
    if unknown := changes.keys() - EDITABLE:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    values = dict(changes)
    former_units, skills = values.pop("former_units", None), values.pop("skills", None)
    if "full_name" in values:
        values["full_name"] = _needed(values["full_name"], "full_name")
        values["name_sort_key"] = text.name_sort_key(values["full_name"])
    if "title" in values:
        values["title"] = text.nfc(values["title"])
    try:
        with transaction.atomic():
            _next_version(inspector, version, **values)
            if former_units is not None:
                _set_former_units(inspector, former_units)
            if skills is not None:
                inspector.skills.set(skills)
            audit.record(
                actor=actor,
                action="inspector.update",
                obj=inspector,
                now=now,
                details={"changed": sorted(changes)},
            )
    except IntegrityError:
        raise _taken() from None
    return inspector


def declare_relation(
    *,
    actor: User,
    inspector: Inspector,
    version: int,
    unit: Unit,
    kind: RelationKind,
    now: datetime,
) -> Inspector:
    """Put a conflict of interest on record; saying it again changes nothing.

    After a draw it keeps the inspector away from the unit, and never the unit from the draw.
    """
    policies.require(actor, *EDITORS)
    with transaction.atomic():
        _relation, is_new = DeclaredRelation.objects.get_or_create(
            inspector=inspector, unit=unit, kind=kind, ended_at=None, defaults={"declared_at": now}
        )
        if is_new:
            _next_version(inspector, version)
            audit.record(actor=actor, action="inspector.declare", obj=inspector, now=now)
    return inspector


def end_relation(
    *, actor: User, inspector: Inspector, version: int, relation_id: UUID, now: datetime
) -> Inspector:
    """Take note that a conflict of interest is over; it stays on record."""
    policies.require(actor, *EDITORS)
    with transaction.atomic():
        if not inspector.relations.filter(pk=relation_id, ended_at=None).update(ended_at=now):
            raise NotFound
        _next_version(inspector, version)
        audit.record(actor=actor, action="inspector.end_relation", obj=inspector, now=now)
    return inspector


def enter_leave(
    *,
    actor: User,
    inspector: Inspector,
    version: int,
    first_day: date,
    last_day: date,
    now: datetime,
) -> Inspector:
    """Enter days on which an inspector is away; the same days again change nothing."""
    policies.require(actor, *EDITORS)
    if last_day < first_day:
        raise InvalidInput(_("The last day precedes the first."), field="last_day")
    with transaction.atomic():
        _leave, is_new = Leave.objects.get_or_create(
            inspector=inspector,
            first_day=first_day,
            last_day=last_day,
            defaults={"entered_at": now},
        )
        if is_new:
            _next_version(inspector, version)
            audit.record(actor=actor, action="inspector.enter_leave", obj=inspector, now=now)
    return inspector


def cancel_leave(
    *, actor: User, inspector: Inspector, version: int, leave_id: UUID, now: datetime
) -> Inspector:
    """Take leave back that was entered."""
    policies.require(actor, *EDITORS)
    with transaction.atomic():
        deleted, _by_model = inspector.leaves.filter(pk=leave_id).delete()
        if not deleted:
            raise NotFound
        _next_version(inspector, version)
        audit.record(actor=actor, action="inspector.cancel_leave", obj=inspector, now=now)
    return inspector


def _next_version(inspector: Inspector, version: int, **values: Any) -> None:
    changed = Inspector.objects.filter(pk=inspector.pk, version=version).update(
        version=F("version") + 1, **values
    )
    inspector.refresh_from_db()
    if not changed:
        raise VersionConflict


def _set_former_units(inspector: Inspector, units: Collection[Unit]) -> None:
    wanted = {unit.pk for unit in units}
    inspector.former_postings.exclude(unit__in=wanted).delete()
    held = set(inspector.former_postings.values_list("unit_id", flat=True))
    FormerUnit.objects.bulk_create(
        FormerUnit(inspector=inspector, unit_id=unit) for unit in wanted - held
    )


def _needed(value: str, field: str) -> str:
    value = text.nfc(value).strip()
    if not value:
        raise InvalidInput(_("This field is needed."), field=field)
    return value


def _taken() -> InvalidInput:
    return InvalidInput(
        _("Another inspector has this staff code or this account."), code="code_taken"
    )
