"""What was filed at our own visits counts in the score: findings of all, records of the drawn ones alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from inspections.models import Finding, Origin, Visit
from inspections.queries.measures import measure
from inspections.services import plans
from inspections.states import FindingState
from planner.policy import DEFAULT
from tests.builders import NOW, make_department, make_unit
from tests.inspections.services.filings import Door, closing, content, make_door, send
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
CUTOFF = date(2026, 3, 31)


@pytest.fixture
def directed() -> Door:
    make_department()
    return make_door()


@pytest.fixture
def drawn(directed: Door) -> Door:
    make_unit("X02")
    plan = plans.create_plan(actor=directed.people.lan, period=date(2026, 4, 1), size=1, now=NOW)
    Visit.objects.filter(pk=directed.visit.pk).update(origin=Origin.DRAWN, plan=plan)
    directed.visit.refresh_from_db()
    return directed


def measured(door: Door, name: str) -> Any:
    found = measure(as_of=CUTOFF, policy=replace(DEFAULT, finding_half_life=120))
    place = [unit.pk for unit in found.units].index(door.visit.unit_id)
    return getattr(found.inputs, name)[place]


def test_a_drawn_visit_that_was_filed_in_full_is_a_record_of_its_unit(drawn: Door) -> None:
    send(drawn.an, closing(drawn, findings=[finding(severity="critical"), finding()]))
    points = dict(
        zip(("minor", "moderate", "major", "critical"), DEFAULT.severity_points, strict=True)
    )
    expected = float(points["critical"] + points["major"])
    assert measured(drawn, "finding_points") == pytest.approx(expected, rel=0.01)
    assert measured(drawn, "visit_weight") == pytest.approx(1, rel=0.01)
    assert measured(drawn, "critical_weight") == pytest.approx(1, rel=0.01)
    assert measured(drawn, "months_since_draw") < 1
    assert measured(drawn, "history_known")


def test_a_directed_visit_adds_its_findings_and_no_record(directed: Door) -> None:
    send(directed.an, closing(directed, findings=[finding()]))
    assert measured(directed, "finding_points") > 0
    assert measured(directed, "visit_weight") == 0
    assert measured(directed, "months_since_visit") == float("inf")


def test_a_finding_that_was_taken_back_does_not_count(drawn: Door) -> None:
    first = send(drawn.an, closing(drawn, findings=[finding()]))
    send(drawn.an, closing(drawn, replaces=str(first.pk)))
    assert measured(drawn, "finding_points") == 0
    assert measured(drawn, "visit_weight") == pytest.approx(1, rel=0.01)


def test_a_finding_that_was_withdrawn_does_not_count(drawn: Door) -> None:
    send(drawn.an, closing(drawn, findings=[finding()]))
    Finding.objects.update(state=FindingState.WITHDRAWN)
    assert measured(drawn, "finding_points") == 0


def test_a_door_that_was_shut_is_no_full_visit(drawn: Door) -> None:
    shut = closing(drawn, outcome="closed_at_arrival", roll_calls=[], answers=[])
    send(drawn.an, shut | {"findings": [finding()]})
    assert measured(drawn, "finding_points") > 0
    assert measured(drawn, "visit_weight") == 0
    assert measured(drawn, "months_since_draw") == float("inf")


def test_what_is_not_closed_yet_does_not_count(drawn: Door) -> None:
    send(drawn.cuc, content(drawn, findings=[finding()]))
    assert measured(drawn, "finding_points") == 0
