"""A plan's life by its routes, each step by the right person on the version he saw."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from inspections.models import AuditEvent, Plan, Role, RoleGrant, Visit
from inspections.states import PlanState
from tests.api.conftest import Clock, signed_in
from tests.builders import make_user
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db
PLANS = "/api/v1/plans/"
NEW = {"period": "2026-04-01", "size": 4, "session_capacity": 1}


@pytest.fixture
def month() -> Month:
    return make_month()


def step(client: APIClient, plan: dict[str, Any], name: str, body: Any = None) -> Any:
    """Take a step on the version that the client last saw."""
    return client.post(
        f"{PLANS}{plan['id']}/{name}/", body, headers={"if-match": f'"{plan["version"]}"'}
    )


def took(client: APIClient, plan: dict[str, Any], name: str, body: Any = None) -> dict[str, Any]:
    response = step(client, plan, name, body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert response.headers["ETag"] == f'"{answer["version"]}"'
    return answer


def name_teams(client: APIClient, plan: dict[str, Any], month: Month) -> None:
    an, _, cuc, _ = month.inspectors
    for entry in client.get(f"{PLANS}{plan['id']}/roster/").json()["entries"]:
        named = client.put(
            f"/api/v1/visits/{entry['visit']}/team/",
            {"members": [str(an.pk), str(cuc.pk)], "leader": str(an.pk)},
            headers={"if-match": f'"{entry["version"]}"'},
        )
        assert named.status_code == 200, named.text


def test_a_plan_goes_from_draft_to_reveal(month: Month, moment: Clock) -> None:
    lan, minh = signed_in(month.lan), signed_in(month.minh)
    created = lan.post(PLANS, NEW)
    assert created.status_code == 201, created.text
    plan = created.json()
    assert (plan["state"], plan["serial"], plan["floor"]) == ("draft", 1, "0.500")
    plan = took(lan, plan, "freeze")
    assert len(plan["frame_sha256"]) == 64
    plan = took(
        minh,
        plan,
        "endorse",
        {"rule": months.RULE, "witnesses": ["Trần Thị Thu"], "secret": "ab" * 32},
    )
    assert plan["endorsed_by"] == {"id": str(month.minh.pk), "full_name": "Minh"}
    assert plan["public_rule"] == months.RULE
    moment.at = months.DRAW_DAY
    plan = took(lan, plan, "draw", {"public_value": months.PUBLIC_VALUE})
    name_teams(lan, plan, month)
    plan = took(lan, plan, "schedule")
    plan = took(minh, plan, "return", {"reason": "Đổi tổ trưởng"})
    assert plan["state"] == "drawn"
    plan = took(minh, took(lan, plan, "schedule"), "approve")
    assert plan["state"] == "approved"
    assert lan.get(f"{PLANS}{plan['id']}/record/").status_code == 404
    moment.at = months.AFTER_THE_MONTH
    plan = took(lan, lan.get(f"{PLANS}{plan['id']}/").json(), "close")
    moment.at = months.REVEAL_DAY
    plan = took(minh, plan, "reveal")
    record = signed_in(month.people.chi).get(f"{PLANS}{plan['id']}/record/")
    assert record.headers["Content-Type"] == "application/json"
    assert record.content.decode() == Plan.objects.get().record


def test_a_plan_is_cancelled_by_a_second_person_and_counted(month: Month) -> None:
    lan, minh = signed_in(month.lan), signed_in(month.minh)
    plan = took(lan, lan.post(PLANS, NEW).json(), "freeze")
    plan = took(minh, plan, "request-cancel", {"reason": "Bão số 3"})
    refused = step(minh, plan, "cancel")
    assert (refused.status_code, refused.json()["code"]) == (403, "same_person")
    other = make_user("Oanh", Role.APPROVER)
    assert took(signed_in(other), plan, "cancel")["state"] == "cancelled"
    again = lan.post(PLANS, NEW).json()
    assert again["serial"] == 2
    # Whoever endorses the next one finds the one before, who wanted it gone, why, and who agreed.
    phuc = signed_in(make_user("Phúc", Role.APPROVER))
    seen = phuc.get(PLANS, {"period": "2026-04-01"})
    assert [(one["serial"], one["state"]) for one in seen.json()["results"]] == [
        (2, "draft"),
        (1, "cancelled"),
    ]
    first = seen.json()["results"][1]
    assert first["cancel_reason"] == "Bão số 3"
    assert first["cancel_requested_by"]["full_name"] == "Minh"
    assert first["cancelled_by"]["full_name"] == "Oanh"
    assert phuc.get(f"{PLANS}{first['id']}/record/").status_code == 200


def test_a_step_out_of_turn_is_a_conflict_that_names_the_state(month: Month) -> None:
    lan = signed_in(month.lan)
    plan = lan.post(PLANS, NEW).json()
    response = step(lan, plan, "draw", {})
    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")
    assert response.json()["params"] == {"state": "draft"}


def test_whoever_froze_a_plan_does_not_endorse_it(month: Month) -> None:
    RoleGrant.objects.create(user=month.lan, role=Role.APPROVER, granted_at=months.NOW)
    lan = signed_in(month.lan)
    plan = took(lan, lan.post(PLANS, NEW).json(), "freeze")
    response = step(lan, plan, "endorse", {})
    assert (response.status_code, response.json()["code"]) == (403, "same_person")


def test_of_two_who_press_on_one_version_the_second_is_told(month: Month) -> None:
    lan = signed_in(month.lan)
    plan = lan.post(PLANS, NEW).json()
    took(lan, plan, "freeze")
    response = step(lan, plan, "freeze")
    assert response.status_code in {409, 412}
    missing = lan.post(f"{PLANS}{plan['id']}/freeze/")
    assert (missing.status_code, missing.json()["code"]) == (428, "version_required")


def test_a_draft_changes_and_a_frozen_plan_does_not(month: Month) -> None:
    lan = signed_in(month.lan)
    plan = lan.post(PLANS, NEW).json()
    path, held = f"{PLANS}{plan['id']}/", {"if-match": '"1"'}
    changed = lan.patch(path, {"size": 5, "cap": "0.6", "strata_sizes": None}, headers=held)
    assert (changed.status_code, changed.json()["size"], changed.json()["cap"]) == (200, 5, "0.600")
    plan = took(lan, changed.json(), "freeze")
    late = lan.patch(path, {"size": 6}, headers={"if-match": f'"{plan["version"]}"'})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": "approved"}, 400),
        ({"serial": 7}, 400),
        ({"frame": "{}"}, 400),
        ({"size": 0}, 400),
        ({"size": 2.5}, 400),
        ({"size": "4"}, 400),
        ({"floor": 0.5}, 400),
        ({"floor": "0.5555"}, 400),
        ({"cap": "1.001"}, 400),
        ({"cap": "NaN"}, 400),
        ({"strata_sizes": {"commune": 0}}, 400),
        ({"period": "2026-04-02"}, 422),
        ({"period": "2020-01-01"}, 422),
        ({"period": "20226-04-01"}, 400),
        ({"strata_sizes": {"commune": 3}}, 422),
        ({"reveal_on": "2026-04-03"}, 422),
        ({"risk_run": str(uuid4())}, 422),
    ],
)
def test_a_draft_that_cannot_be_is_refused(
    month: Month, change: dict[str, Any], status: int
) -> None:
    response = signed_in(month.lan).post(PLANS, NEW | change)
    assert response.status_code == status, response.text
    assert not Plan.objects.exists()


def test_a_plan_that_cannot_be_drawn_is_not_made(month: Month) -> None:
    response = signed_in(month.lan).post(PLANS, NEW | {"size": 13})
    assert (response.status_code, response.json()["code"]) == (422, "infeasible")


def test_a_plan_whose_visits_should_have_begun_is_not_drawn(month: Month, moment: Clock) -> None:
    plan = months.endorsed(month)
    moment.at = months.FIRST_DAY
    lan = signed_in(month.lan)
    response = step(
        lan,
        lan.get(f"{PLANS}{plan.pk}/").json(),
        "draw",
        {"public_value": months.PUBLIC_VALUE},
    )
    assert (response.status_code, response.json()["code"]) == (409, "first_day_passed")
    assert "cancel" in response.json()["detail"]


def test_a_plan_tells_nobody_a_unit(month: Month) -> None:
    plan = months.approved(month)
    for person in vars(month.people).values():
        shown = signed_in(person).get(f"{PLANS}{plan.pk}/").text
        for unit in month.units:
            assert unit.name not in shown
            assert str(unit.pk) not in shown
        assert "payload" not in shown
        assert "secret_" not in shown


@pytest.mark.parametrize(
    "query",
    ["visits__unit=1", "frame__contains=X01", "ordering=visits__unit", "record__contains=a"],
)
def test_no_parameter_reaches_into_what_is_sealed(month: Month, query: str) -> None:
    months.drawn(month)
    response = signed_in(month.people.an).get(f"{PLANS}?{query}")
    assert response.status_code == 400


def test_a_miss_is_one_event_whatever_the_step(month: Month) -> None:
    missing = uuid4()
    response = signed_in(month.lan).post(f"{PLANS}{missing}/freeze/", headers={"if-match": '"1"'})
    assert response.status_code == 404
    event = AuditEvent.objects.get(action="not_found")
    assert (event.object_type, event.object_id) == ("v1:plan-freeze", str(missing))


def test_drawing_leaves_sealed_rows_alone(month: Month) -> None:
    months.drawn(month)
    assert set(Visit.objects.values_list("unit", "date", "state")) == {(None, None, "sealed")}
    assert Plan.objects.get().state == PlanState.DRAWN
