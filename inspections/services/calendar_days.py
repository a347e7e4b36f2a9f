"""The holiday table. Dates that are frozen in a plan stay as they were frozen."""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.calendar import FIRST, LAST
from inspections.errors import InvalidInput
from inspections.models import CalendarDay, DayKind, Role, User
from inspections.services import audit

EDITORS: Final = (Role.PLANNER, Role.TECHNICAL_ADMIN)


def put_day(
    *,
    actor: User,
    date: date,
    kind: DayKind,
    name: str,
    now: datetime,
    source: str = "",
    note: str = "",
) -> CalendarDay:
    """Write what a day is, in place of what was written about it before.

    Raises:
        InvalidInput: the date is beyond the calendar, or the name is empty.
    """
    policies.require(actor, *EDITORS)
    if not FIRST <= date <= LAST:
        raise InvalidInput(_("The date is beyond the calendar."), field="date")
    name = text.nfc(name).strip()
    if not name:
        raise InvalidInput(_("This field is needed."), field="name")
    with transaction.atomic():
        day, _is_new = CalendarDay.objects.update_or_create(
            date=date,
            defaults={
                "kind": kind,
                "name": name,
                "source": text.nfc(source),
                "note": text.nfc(note),
            },
        )
        audit.record(
            actor=actor,
            action="calendar_day.put",
            obj=day,
            now=now,
            details={"date": date.isoformat(), "kind": kind.value},
        )
    return day


def remove_day(*, actor: User, day: CalendarDay, now: datetime) -> None:
    """Let the weekday decide again."""
    policies.require(actor, *EDITORS)
    with transaction.atomic():
        audit.record(
            actor=actor,
            action="calendar_day.remove",
            obj=day,
            now=now,
            details={"date": day.date.isoformat(), "kind": day.kind},
        )
        day.delete()
