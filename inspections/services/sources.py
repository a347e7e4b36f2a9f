"""Sources of data, how their files are read, and the names of units that a person has settled."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, VersionConflict
from inspections.importers.profiles import Profile, overridden, packaged
from inspections.models import AbsentMeans, Role, Source, SourceKind, Unit, UnitAlias, User
from inspections.services import audit
from inspections.services.creation import made_before

EDITABLE: Final = frozenset({"name", "absent_means", "overrides"})


#: Systems that list everything that is assigned or sent: a unit that is absent there has none.
_COMPLETE: Final = frozenset({SourceKind.TASK, SourceKind.COMPLAINT})


def profile_of(source: Source) -> Profile:
    """Return how the files of a source are read: the packaged profile under the source's own entries.

    Raises ``InvalidInput`` when those entries mean nothing.
    """
    return overridden(packaged(source.kind), source.overrides)


def create_source(
    *,
    actor: User,
    code: str,
    name: str,
    kind: SourceKind,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    absent_means: AbsentMeans | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Source:
    """Create a source. Unless told otherwise a unit absent from tasks or complaints has none, elsewhere no data.

    The same call with the same id again returns the source that it made.

    Raises:
        InvalidInput: the code is taken or ``overrides`` mean nothing.
        WrongState: the id is taken by a source with other content.
    """
    policies.require(actor, Role.PLANNER)
    facts = {
        "code": text.nfc(code).strip(),
        "name": text.nfc(name).strip() or code,
        "kind": kind,
        "absent_means": absent_means
        or (AbsentMeans.ZERO if kind in _COMPLETE else AbsentMeans.NO_DATA),
        "overrides": dict(overrides or {}),
    }
    source = Source(id=id or uuid4(), **facts)
    profile_of(source)
    try:
        with transaction.atomic():
            source.save(force_insert=True)
            audit.record(
                actor=actor,
                action="source.create",
                obj=source,
                now=now,
                details={"code": source.code, "kind": kind.value},
            )
    except IntegrityError:
        before = made_before(Source.objects.all(), id, facts)
        if before is None:
            raise InvalidInput(
                _("There is a source with this code already."), code="code_taken", field="code"
            ) from None
        return before
    return source


def update_source(
    *, actor: User, source: Source, version: int, changes: Mapping[str, Any], now: datetime
) -> Source:
    """Change how a source is called or read; what was loaded stays as it was read.

    Raises:
        InvalidInput: a field that cannot be changed, or ``overrides`` that mean nothing.
        VersionConflict: the source changed since ``version``.
    """
    policies.require(actor, Role.PLANNER)
    if unknown := changes.keys() - EDITABLE:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    values = dict(changes)
    if "overrides" in values:
        overridden(packaged(source.kind), values["overrides"])
    if "name" in values:
        values["name"] = text.nfc(values["name"]).strip()
    with transaction.atomic():
        changed = Source.objects.filter(pk=source.pk, version=version).update(
            version=F("version") + 1, **values
        )
        source.refresh_from_db()
        if not changed:
            raise VersionConflict
        audit.record(
            actor=actor,
            action="source.update",
            obj=source,
            now=now,
            details={"changed": sorted(changes)},
        )
    return source


def resolve_unit_name(
    *,
    actor: User,
    source: Source,
    name: str,
    unit: Unit,
    now: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> UnitAlias:
    """Remember which unit a name in a source's files means; saying it again changes nothing.

    The next check of a file matches the name. Without dates it is taken for the unit's on every day.
    """
    policies.require(actor, Role.PLANNER)
    alias = UnitAlias(
        unit=unit,
        name=text.nfc(name).strip(),
        valid_from=valid_from,
        valid_to=valid_to,
        source=source.name,
    ).fill_keys()
    if not alias.match_key:
        raise InvalidInput(_("This name has neither letters nor digits."), field="name")
    if valid_from and valid_to and valid_to < valid_from:
        raise InvalidInput(_("The last day precedes the first."), field="valid_to")
    with transaction.atomic():
        # The version's update holds the unit, so nobody adds the same name between look and write.
        Unit.objects.filter(pk=unit.pk).update(version=F("version") + 1)
        known = unit.aliases.filter(match_key=alias.match_key, valid_from=valid_from).first()
        if known is not None:
            return known
        alias.save(force_insert=True)
        audit.record(
            actor=actor,
            action="source.resolve_name",
            obj=source,
            now=now,
            details={"unit": unit.code},
        )
    return alias
