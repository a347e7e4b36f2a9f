"""The department's settings and its holiday table."""

from datetime import date, time
from typing import Any

import pytest

from inspections.errors import InvalidInput, NotAllowed, VersionConflict
from inspections.models import AuditEvent, CalendarDay, DayKind, Department, Role
from inspections.services import calendar_days, department
from tests.builders import NOW, make_department, make_user

pytestmark = pytest.mark.django_db
TET = date(2026, 2, 17)


def change(**changes: Any) -> Department:
    return department.update_department(
        actor=make_user("Hà", Role.TECHNICAL_ADMIN),
        department=make_department(),
        version=1,
        changes=changes,
        now=NOW,
    )


def test_settings_change_with_their_version() -> None:
    ours = change(place="Cao Lãnh", morning_start=time(7, 0))
    assert (ours.place, ours.morning_start, ours.version) == ("Cao Lãnh", time(7, 0), 2)
    assert AuditEvent.objects.get().details == {"changed": ["morning_start", "place"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"morning_start": time(12, 0)},
        {"release_minutes": 0},
        {"place": " "},
        {"province_code": "01"},
    ],
)
def test_a_setting_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        change(**changes)
    assert not AuditEvent.objects.exists()


def test_a_stale_change_is_refused() -> None:
    with pytest.raises(VersionConflict):
        department.update_department(
            actor=make_user("Hà", Role.TECHNICAL_ADMIN),
            department=make_department(),
            version=2,
            changes={"place": "Cao Lãnh"},
            now=NOW,
        )


def test_only_technical_administrators_change_settings() -> None:
    with pytest.raises(NotAllowed):
        department.update_department(
            actor=make_user("Lan", Role.PLANNER),
            department=make_department(),
            version=1,
            changes={},
            now=NOW,
        )


def test_a_day_is_written_over_and_removed() -> None:
    lan = make_user("Lan", Role.PLANNER)
    for kind in (DayKind.PROVISIONAL, DayKind.HOLIDAY):
        calendar_days.put_day(actor=lan, date=TET, kind=kind, name="Tết", now=NOW)
    day = CalendarDay.objects.get()
    assert (day.kind, AuditEvent.objects.count()) == (DayKind.HOLIDAY, 2)
    calendar_days.remove_day(actor=lan, day=day, now=NOW)
    assert not CalendarDay.objects.exists()
    assert AuditEvent.objects.last().action == "calendar_day.remove"


@pytest.mark.parametrize(("day", "name"), [(date(2199, 1, 1), "Tết"), (TET, "\u200b")])
def test_a_day_that_cannot_be_is_refused(day: date, name: str) -> None:
    with pytest.raises(InvalidInput):
        calendar_days.put_day(
            actor=make_user("Lan", Role.PLANNER),
            date=day,
            kind=DayKind.HOLIDAY,
            name=name,
            now=NOW,
        )


def test_an_inspector_changes_no_calendar() -> None:
    with pytest.raises(NotAllowed):
        calendar_days.put_day(
            actor=make_user("An", Role.INSPECTOR),
            date=TET,
            kind=DayKind.HOLIDAY,
            name="Tết",
            now=NOW,
        )
