"""The province-wide rates: for those who plan, approve and lead, once a plan is over."""

from typing import Any

import pytest

from inspections.models import Department
from inspections.states import PlanState
from tests.api.conftest import signed_in
from tests.inspections.queries.test_estimates import Story, story  # noqa: F401  a fixture
from tests.inspections.services import months
from tests.inspections.services.months import make_month

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["lan", "minh", "dung"])
def test_a_closed_plan_tells_counts_rates_and_bounds(story: Story, name: str) -> None:  # noqa: F811
    first = story.core[0]
    Department.objects.update(is_synthetic=True)
    plan = story.told([story.answers(**{first: "issue"})] * 3 + [story.answers()] * 8 + [None])
    client = signed_in(getattr(story.month.people, name))
    told: dict[str, Any] = client.get(f"/api/v1/plans/{plan.pk}/rates/").json()
    assert (told["is_synthetic"], told["drawn"], told["filed"]) == (True, 12, 11)
    (item,) = (one for one in told["items"] if one["item"] == first)
    assert (item["visits"], item["answered"], item["not_answered"], item["found"]) == (12, 11, 1, 3)
    assert item["may_be_shared"] is True
    assert item["rate"]["value"] == pytest.approx(3 / 11)
    assert item["bounds"]["low"] < item["rate"]["low"] < item["rate"]["high"]
    assert item["rate"]["high"] < item["bounds"]["high"]
    assert (told["absence"]["staff"], told["absence"]["unexcused"]) == (132, 11)


def test_where_too_little_was_filed_counts_are_told_alone(story: Story) -> None:  # noqa: F811
    plan = story.told([{}] * 2 + [None] * 10)
    told = signed_in(story.month.lan).get(f"/api/v1/plans/{plan.pk}/rates/").json()
    assert told["absence"]["answered"] == 2
    for figure in [*told["items"], told["absence"]]:
        assert figure["may_be_shared"] is False
        assert (figure["rate"], figure["bounds"]) == (None, None)


@pytest.mark.parametrize("state", list(PlanState))
def test_only_a_plan_that_is_over_has_rates(state: PlanState) -> None:
    month = make_month()
    plan = months.IN_STATE[state](month)
    response = signed_in(month.lan).get(f"/api/v1/plans/{plan.pk}/rates/")
    assert response.status_code == (200 if state in {"closed", "revealed"} else 404)
