"""What recommendations and commendations share: a step that settles every race, and the lock of a unit."""

from collections.abc import Collection
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from inspections import text
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import Unit


def lock_unit(unit: Unit) -> None:
    """Hold a unit's row until the transaction ends (on SQLite IMMEDIATE holds the database already).

    Recommendations against a unit's people and commendations of them look at each other: whoever comes second
    waits here, and then sees what the first has written.
    """
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)


def move(row: Any, *, version: int, sources: Collection[str], **fields: Any) -> None:
    """Write a step's fields if the row still is what was seen; call it inside the service's transaction.

    Raises:
        VersionConflict: somebody was faster.
        WrongState: the step does not begin where the row stands.
    """
    seen = type(row).objects.filter(pk=row.pk, version=version, state__in=list(sources))
    changed = seen.update(version=F("version") + 1, **fields)
    row.refresh_from_db()
    if changed:
        return
    if row.version != version:
        raise VersionConflict
    raise WrongState(
        _("This step is not possible in the state: %(state)s.")
        % {"state": row.get_state_display()},
        state=row.state,
    )


def needed(value: str, field: str) -> str:
    """Return a text as it is stored.

    Raises:
        InvalidInput: it is empty.
    """
    value = text.nfc(value).strip()
    if not value:
        raise InvalidInput(_("This field is needed."), field=field)
    return value
