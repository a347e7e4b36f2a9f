"""Policies: one proposes, another endorses, and only policies are accepted."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from inspections.models import Policy
from planner.policy import DEFAULT
from tests.api.conftest import signed_in
from tests.builders import People

pytestmark = pytest.mark.django_db
POLICIES = "/api/v1/policies/"
NEW = {"name": "Mặc định", "reason": "Năm đầu\ntiên"}


@pytest.fixture
def lan(people: People) -> APIClient:
    return signed_in(people.lan)


def test_a_policy_is_proposed_and_endorsed_by_another(lan: APIClient, people: People) -> None:
    proposed = lan.post(POLICIES, NEW)
    assert proposed.status_code == 201, proposed.text
    policy = proposed.json()
    assert (policy["number"], policy["in_force_from"]) == (1, None)
    assert policy["parameters"] == DEFAULT.to_document()
    endorsed = signed_in(people.minh).post(
        f"{POLICIES}{policy['id']}/endorse/", headers={"if-match": '"1"'}
    )
    assert endorsed.status_code == 200
    assert (endorsed.json()["in_force_from"], endorsed.headers["ETag"]) == ("2026-04-01", '"2"')
    again = signed_in(people.minh).post(
        f"{POLICIES}{policy['id']}/endorse/", headers={"if-match": '"2"'}
    )
    assert again.status_code == 409


def test_weights_of_ones_own_are_kept_as_they_were_sent(lan: APIClient) -> None:
    weights: dict[str, Any] = DEFAULT.to_document()
    weights["base"] = "12.5"
    assert lan.post(POLICIES, NEW | {"parameters": weights}).json()["parameters"] == weights


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 422),
        ({"format": "x"}, 422),
        (DEFAULT.to_document() | {"base": "-1"}, 422),
        (DEFAULT.to_document() | {"base": 12.5}, 422),
        (DEFAULT.to_document() | {"more": "1"}, 422),
        ([], 400),
        ("x", 400),
        (None, 400),
    ],
    ids=range(8),
)
def test_what_is_no_policy_is_refused(lan: APIClient, parameters: object, status: int) -> None:
    response = lan.post(POLICIES, NEW | {"parameters": parameters})
    assert response.status_code == status, response.text
    assert not Policy.objects.exists()


def test_policies_are_for_those_who_plan_approve_lead_and_audit(people: People) -> None:
    for name in ("lan", "minh", "dung", "giang"):
        assert signed_in(getattr(people, name)).get(POLICIES).status_code == 200
    for name in ("an", "chi", "phuong", "ha"):
        assert signed_in(getattr(people, name)).get(POLICIES).status_code == 403
