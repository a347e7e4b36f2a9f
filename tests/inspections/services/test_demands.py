"""Demands: one unit is responsible, others are named with their concern, and the day becomes the deadline."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import InvalidInput, NotAllowed, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Demand,
    DemandKind,
    DemandState,
    Finding,
    LetterKind,
    StepKind,
)
from inspections.services import demands
from tests.builders import make_unit
from tests.inspections.database import refused
from tests.inspections.services.filings import Door, content, make_door, send
from tests.inspections.services.following import (
    THEN,
    decide,
    demand,
    file_findings,
    recheck,
    write,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def test_a_demand_is_made_of_one_unit_and_names_who_else_is_concerned(
    door: Door, row: Finding
) -> None:
    office = make_unit("SNV", "Sở Nội vụ")
    made = demand(door, row, concerned=[(office, "Giữ hồ sơ gốc")])
    assert (made.unit, made.reasons) == (door.visit.unit, {office.pk: "Giữ hồ sơ gốc"})
    row.refresh_from_db()
    assert row.remedy_due == date(2026, 5, 15)
    step = row.steps.get()
    assert (step.kind, step.demand, step.person) == (StepKind.DEMAND, made, door.people.lan)
    assert AuditEvent.objects.get(action="demand.make").details["findings"] == 1


def test_a_demand_for_an_explanation_moves_that_deadline_alone(door: Door, row: Finding) -> None:
    demand(door, row, kind=DemandKind.EXPLANATION)
    row.refresh_from_db()
    assert (row.explanation_due, row.remedy_due) == (date(2026, 5, 15), date(2026, 4, 1))


def test_the_later_of_two_demands_counts(door: Door, row: Finding) -> None:
    demand(door, row, due_on=date(2026, 5, 15))
    demand(door, row, due_on=date(2026, 5, 10), now=THEN.replace(hour=10))
    row.refresh_from_db()
    assert row.remedy_due == date(2026, 5, 10)


def test_the_responsible_unit_is_not_concerned_besides_and_nobody_is_without_a_reason(
    door: Door, row: Finding
) -> None:
    other = make_unit("SNV")
    for concerned in (
        [(door.visit.unit, "x")],
        [(other, " ")],
        [(other, "một"), (other, "hai")],
    ):
        error = refused(lambda concerned=concerned: demand(door, row, concerned=concerned))
        assert (type(error), error.params["field"]) == (InvalidInput, "concerned")


def test_a_demand_is_for_findings_that_are_followed(door: Door) -> None:
    open_, done = file_findings(door, finding(), finding())
    decide(door, recheck(door, done, fixed=True))
    error = refused(lambda: demand(door, open_, done))
    assert (type(error), error.code) == (WrongState, "finding_not_followed")
    with pytest.raises(InvalidInput):
        demand(door)


def test_nothing_is_demanded_before_the_visit_is_filed(door: Door) -> None:
    send(door.cuc, content(door, findings=[finding()]))
    door.visit.refresh_from_db()
    assert refused(lambda: demand(door, Finding.objects.get())).code == "not_filed"


def test_a_demand_is_due_after_the_visit(door: Door, row: Finding) -> None:
    error = refused(lambda: demand(door, row, due_on=date(2026, 3, 1)))
    assert error.code == "day_not_possible"


@pytest.mark.parametrize("name", ["minh", "an", "dung", "giang", "ha", "phuong"])
def test_only_planners_and_clerks_make_demands(door: Door, row: Finding, name: str) -> None:
    given: dict[str, Any] = {
        "actor": getattr(door.people, name),
        "visit": door.visit,
        "kind": DemandKind.REMEDY,
        "unit": door.visit.unit,
        "concerned": [],
        "findings": [row],
        "due_on": date(2026, 5, 15),
        "form_of_answer": "Bằng văn bản",
        "now": THEN,
    }
    assert isinstance(refused(lambda: demands.make(**given)), NotAllowed)


def test_a_demand_made_again_under_its_id_is_the_same_demand(door: Door, row: Finding) -> None:
    under = uuid4()
    assert demand(door, row, id=under) == demand(door, row, id=under)
    other = refused(lambda: demand(door, row, id=under, due_on=date(2026, 5, 16)))
    assert other.code == "id_taken"
    assert Demand.objects.count() == 1


def withdraw(door: Door, made: Demand, **changes: Any) -> Demand:
    said: dict[str, Any] = {
        "actor": door.people.chi,
        "version": made.version,
        "reason": "Gửi nhầm đơn vị",
        "now": THEN,
    }
    return demands.withdraw(demand=made, **(said | changes))


def test_a_withdrawn_demand_gives_the_findings_their_deadline_back(
    door: Door, row: Finding
) -> None:
    made = withdraw(door, demand(door, row))
    assert (made.state, made.withdrawn_by) == (DemandState.WITHDRAWN, door.people.chi)
    row.refresh_from_db()
    assert row.remedy_due == date(2026, 4, 1)


def test_an_answered_demand_is_not_withdrawn_and_none_without_a_reason(
    door: Door, row: Finding
) -> None:
    made = demand(door, row)
    with pytest.raises(InvalidInput):
        withdraw(door, made, reason=" ")
    assert isinstance(refused(lambda: withdraw(door, made, version=9)), VersionConflict)
    write(door, LetterKind.REMEDY, row, demand=made)
    assert refused(lambda: withdraw(door, made, version=2)).code == "demand_not_open"


def test_demands_are_for_the_office_and_the_team(door: Door, row: Finding) -> None:
    made = demand(door, row)
    people = door.people
    for actor in (people.lan, people.minh, people.dung, people.chi, door.an, door.cuc):
        assert list(Demand.objects.visible_to(actor)) == [made], actor
    for actor in (people.binh, people.phuong, people.giang, people.ha):
        assert not Demand.objects.visible_to(actor).exists(), actor
