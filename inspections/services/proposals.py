"""What recommendations and commendations share: a step that settles every race, and the lock of a subject."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import text
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import Official, Unit


def lock_subject(unit: Unit, official: Official | None) -> None:
    """Hold a unit's row, then a person's, until the transaction ends (on SQLite IMMEDIATE holds the database).

    Recommendations and commendations of one subject look at each other: whoever comes second waits here, and then
    sees what the first has written. A person may be the subject at two units where he was.
    """
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if official is not None:
        Official.objects.select_for_update(no_key=True).get(pk=official.pk)


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


def not_to_come(day: date, field: str, now: datetime) -> date:
    """Return a day that something was done on.

    Raises:
        InvalidInput: it is still to come.
    """
    if day > timezone.localdate(now):
        raise InvalidInput(_("This day is still to come."), code="day_to_come", field=field)
    return day


def not_before(day: date, earliest: date | None, field: str) -> date:
    """Return a day that follows what it rests on, or is the same day.

    Raises:
        InvalidInput: it lies before that.
    """
    if earliest is not None and day < earliest:
        raise InvalidInput(
            _("This day lies before what it follows from."), code="day_too_early", field=field
        )
    return day
