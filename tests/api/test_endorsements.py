"""The endorser's view: for whoever plans or approves, once a plan is frozen, in pages."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import Plan
from tests.api.conftest import WHO, signed_in
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.frozen(month)


def path(plan: Plan) -> str:
    return f"/api/v1/plans/{plan.pk}/endorsement-view/"


@pytest.mark.parametrize("name", ["lan", "minh"])
def test_planner_and_approver_see_what_the_plan_means(month: Month, plan: Plan, name: str) -> None:
    view = signed_in(getattr(month.people, name)).get(path(plan)).json()
    assert (view["forecast"]["units"], view["forecast"]["visits"]) == (12, 4)
    assert view["forecast"]["largest"] == pytest.approx(1 / 3)
    assert (view["before"], view["policy"], view["cancelled"]) == (None, None, [])


def test_a_cancelled_plan_of_the_month_is_shown_with_its_reason(month: Month, plan: Plan) -> None:
    months.cancelled(month, plan)
    again = months.frozen(month)
    (cancelled,) = signed_in(month.minh).get(path(again)).json()["cancelled"]
    assert (cancelled["serial"], cancelled["cancel_reason"]) == (plan.serial, "Bão số 3")
    assert cancelled["cancelled_by"]["full_name"] == "Minh"


def test_a_draft_has_no_view(month: Month) -> None:
    plan = months.drafted(month)
    for at in (path(plan), path(plan) + "units/"):
        assert signed_in(month.minh).get(at).status_code == 404


def pages(month: Month, plan: Plan, **query: Any) -> list[list[str]]:
    client, found = signed_in(month.minh), []
    answer = client.get(f"{path(plan)}units/", query).json()
    while True:
        found.append([unit["code"] for unit in answer["results"]])
        if answer["next"] is None:
            return found
        answer = client.get(answer["next"]).json()


def listed(month: Month, plan: Plan, **query: Any) -> list[str]:
    return [code for page in pages(month, plan, **query) for code in page]


def test_units_come_in_pages_without_a_gap_or_a_double(month: Month, plan: Plan) -> None:
    codes = [unit.code for unit in month.units]
    assert pages(month, plan, ordering="code", limit=5) == [codes[:5], codes[5:10], codes[10:]]
    assert listed(month, plan, ordering="-code", limit=5) == codes[::-1]
    # All chances are equal: only the ids tell the units apart.
    by_chance = listed(month, plan, limit=5)
    assert sorted(by_chance) == codes
    assert listed(month, plan, ordering="-probability", limit=7) == by_chance[::-1]


def test_an_order_that_is_not_offered_is_refused(month: Month, plan: Plan) -> None:
    response = signed_in(month.minh).get(f"{path(plan)}units/", {"ordering": "score"})
    assert response.json()["errors"][0]["code"] == "unknown_ordering"


def test_a_cursor_of_another_order_is_refused(month: Month, plan: Plan) -> None:
    minh = signed_in(month.minh)
    following = minh.get(f"{path(plan)}units/", {"limit": 5}).json()["next"]
    response = minh.get(following + "&ordering=code")
    assert response.json()["errors"][0]["code"] == "invalid_cursor"


def test_a_page_costs_the_same_for_any_number_of_units(
    plan: Plan, month: Month, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    minh = signed_in(month.minh)
    with django_assert_num_queries(WHO + 3):  # the plan, the one before, units with their scores
        minh.get(f"{path(plan)}units/")
