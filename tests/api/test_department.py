"""The department's settings and its holiday table."""

import pytest
from rest_framework.test import APIClient

from inspections.models import AuditEvent, CalendarDay
from tests.api.conftest import signed_in
from tests.builders import People, make_department

pytestmark = pytest.mark.django_db
DEPARTMENT = "/api/v1/department/"
DAYS = "/api/v1/calendar-days/"
TET = {"kind": "holiday", "name": "Tết Nguyên đán"}


@pytest.fixture
def lan(people: People) -> APIClient:
    return signed_in(people.lan)


def test_before_the_set_up_there_are_no_settings(lan: APIClient) -> None:
    assert lan.get(DEPARTMENT).status_code == 404


def test_everybody_reads_the_settings_and_a_technical_administrator_changes_them(
    people: People,
) -> None:
    make_department()
    shown = signed_in(people.an).get(DEPARTMENT)
    assert (shown.json()["morning_start"], shown.headers["ETag"]) == ("07:30", '"1"')
    ha = signed_in(people.ha)
    changed = ha.patch(
        DEPARTMENT,
        {"morning_start": "07:00", "release_minutes": 90},
        headers={"if-match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["morning_start"], changed.json()["release_minutes"]) == ("07:00", 90)
    assert ha.get(DEPARTMENT, headers={"if-none-match": '"2"'}).status_code == 304


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"morning_start": "7:00"}, 400),
        ({"morning_start": "24:00"}, 400),
        ({"morning_start": "07:00:00"}, 400),
        ({"release_minutes": 0}, 400),
        ({"release_minutes": 10**12}, 400),
        ({"count_from_next_day": 1}, 400),
        ({"province_code": "01"}, 400),
        ({"morning_start": "12:00"}, 422),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    people: People, change: dict[str, object], status: int
) -> None:
    make_department()
    response = signed_in(people.ha).patch(DEPARTMENT, change, headers={"if-match": '"1"'})
    assert response.status_code == status, response.text


def test_a_day_is_written_read_and_removed(lan: APIClient) -> None:
    put = lan.put(f"{DAYS}2026-02-17/", TET)
    assert put.status_code == 200, put.text
    again = lan.put(f"{DAYS}2026-02-17/", TET | {"source": "QĐ 1"})
    assert lan.get(f"{DAYS}2026-02-17/").json() == again.json()
    assert again.json() == TET | {"date": "2026-02-17", "source": "QĐ 1", "note": ""}
    assert lan.delete(f"{DAYS}2026-02-17/").status_code == 204
    assert lan.get(f"{DAYS}2026-02-17/").status_code == 404
    assert not CalendarDay.objects.exists()


def test_days_are_found_by_kind_and_span(lan: APIClient) -> None:
    for day in ("2026-02-17", "2026-04-30", "2026-09-02"):
        lan.put(f"{DAYS}{day}/", TET)
    found = lan.get(DAYS, {"first_day": "2026-03-01", "last_day": "2026-08-31"}).json()["results"]
    assert [one["date"] for one in found] == ["2026-04-30"]
    assert lan.get(DAYS, {"kind": "provisional"}).json()["results"] == []
    paged = lan.get(DAYS, {"limit": 2, "ordering": "-date"}).json()
    assert lan.get(paged["next"]).json()["results"][0]["date"] == "2026-02-17"


@pytest.mark.parametrize("day", ["2026-02-30", "2026-2-17", "20226-02-17", "17-02-2026", "x"])
def test_what_is_no_day_leads_nowhere(lan: APIClient, day: str) -> None:
    assert lan.put(f"{DAYS}{day}/", TET).status_code == 404


def test_a_day_beyond_the_calendar_is_refused(lan: APIClient) -> None:
    assert lan.put(f"{DAYS}2199-01-01/", TET).status_code == 422


def test_a_miss_on_a_day_is_no_riddle_and_no_event(lan: APIClient) -> None:
    assert lan.get(f"{DAYS}2026-02-17/").status_code == 404
    assert not AuditEvent.objects.exists()
