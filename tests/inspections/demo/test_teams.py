"""The demo's teams keep to the hard rules."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest

from inspections.calendar import Session
from inspections.demo import teams
from inspections.errors import InvalidInput
from inspections.models import Leave, Unit
from inspections.services.rosters import RosterEntry
from tests.builders import NOW, make_department, make_inspector, make_unit

pytestmark = pytest.mark.django_db

DAY = date(2026, 4, 6)


def entry(unit: Unit, day: date = DAY, session: Session = Session.MORNING) -> RosterEntry:
    return RosterEntry(
        visit_id=uuid4(),
        version=1,
        state="sealed",
        unit=unit,
        date=day,
        session=session,
        release_at=NOW,
        members=[],
        leader=None,
    )


@pytest.fixture(autouse=True)
def _department(db: None) -> None:
    make_department()


def make_staff(home: Unit | None = None, count: int = 6, **fields: object) -> None:
    for number in range(count):
        name = f"{fields.get('prefix', 'Người')} {number}"
        make_inspector(
            name,
            home_unit=home,
            may_lead=number < count // 2,
            is_guest=bool(fields.get("is_guest")),
        )


def test_a_team_has_a_leader_who_may_lead_and_two_more() -> None:
    make_staff()
    visit = entry(make_unit("1"))
    team = teams.choose([visit])[visit.visit_id]
    assert team[0].may_lead
    assert len({person.pk for person in team}) == 3


def test_nobody_is_in_two_places_at_once() -> None:
    make_staff()
    visits = [entry(make_unit(code)) for code in ("1", "2")]
    people = [person.pk for team in teams.choose(visits).values() for person in team]
    assert len(set(people)) == len(people) == 6


def test_work_is_spread() -> None:
    make_staff()
    unit = make_unit("1")
    visits = [entry(unit, DAY + timedelta(days=day)) for day in range(6)]
    load = Counter(person.pk for team in teams.choose(visits).values() for person in team)
    assert max(load.values()) - min(load.values()) <= 2


def test_guests_visit_the_inspectors_own_unit() -> None:
    own = make_unit("SNV")
    make_staff(own)
    make_staff(prefix="Khách", is_guest=True)
    visits = [entry(make_unit("1")), entry(own)]
    chosen = teams.choose(visits)
    assert not any(person.is_guest for person in chosen[visits[0].visit_id])
    assert all(person.is_guest for person in chosen[visits[1].visit_id])


def test_nobody_on_leave_is_chosen() -> None:
    make_staff(count=8)
    away = make_inspector("Vắng", code="0", may_lead=True)
    Leave.objects.create(inspector=away, first_day=DAY, last_day=DAY, entered_at=NOW)
    visits = [entry(make_unit("1")), entry(make_unit("2"))]
    assert away not in [person for team in teams.choose(visits).values() for person in team]


def test_where_three_are_not_free_two_go() -> None:
    make_staff(count=5)
    visits = [entry(make_unit(code)) for code in ("1", "2")]
    assert sorted(len(team) for team in teams.choose(visits).values()) == [2, 3]


def test_too_few_people_are_an_error_that_names_the_visit() -> None:
    make_staff(count=1)
    with pytest.raises(InvalidInput) as refusal:
        teams.choose([entry(make_unit("1", "Xã Tân Hồng"))])
    assert refusal.value.code == "too_few_inspectors"
    assert "Xã Tân Hồng" in str(refusal.value)
