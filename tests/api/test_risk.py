"""The risk picture: computed on request, shown in its parts, to those who plan, approve and lead."""

from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import RiskRun
from inspections.services import scoring
from tests.api.conftest import WHO, signed_in
from tests.builders import NOW, People, make_department, make_unit

pytestmark = pytest.mark.django_db
RUNS = "/api/v1/risk-runs/"


@pytest.fixture
def run(people: People) -> RiskRun:
    make_department()
    for number in range(5):
        make_unit(f"X{number}", ["Xã Ân", "Xã An", "Xã Bình", "Xã Ăn", "Xã Đông"][number])
    earlier = NOW - timedelta(days=40)
    policy = scoring.propose_policy(actor=people.lan, name="Mặc định", reason="Đầu", now=earlier)
    scoring.endorse_policy(actor=people.minh, policy=policy, version=1, now=earlier)
    return scoring.compute_risk(actor=people.lan, as_of=NOW.date(), now=NOW)


def test_a_run_is_computed_on_request(people: People, run: RiskRun) -> None:
    lan = signed_in(people.lan)
    created = lan.post(RUNS, {"as_of": "2026-02-28"})
    assert created.status_code == 201, created.text
    assert (created.json()["as_of"], created.json()["inputs"]) == ("2026-02-28", {"loads": []})
    assert len(lan.get(RUNS).json()["results"]) == 2


def test_a_run_on_days_to_come_is_refused(people: People, run: RiskRun) -> None:
    response = signed_in(people.lan).post(RUNS, {"as_of": "2026-03-03"})
    assert (response.status_code, response.json()["params"]) == (422, {"field": "as_of"})


def test_without_a_policy_in_force_there_is_no_score(people: People) -> None:
    response = signed_in(people.lan).post(RUNS, {"as_of": "2026-03-01"})
    assert (response.status_code, response.json()["code"]) == (422, "no_policy_in_force")


def test_each_score_is_shown_in_its_parts(people: People, run: RiskRun) -> None:
    score = signed_in(people.dung).get(f"{RUNS}{run.pk}/scores/").json()["results"][0]
    total = (score["base"] + sum(part["points"] for part in score["parts"])) * score["cooldown"]
    assert total == pytest.approx(score["score"])
    assert score["has_all_data"] is False
    assert {part["no_data"] for part in score["parts"]} >= {True}


def test_scores_are_found_and_ordered(people: People, run: RiskRun) -> None:
    minh, scores = signed_in(people.minh), f"{RUNS}{run.pk}/scores/"
    by_name = minh.get(scores, {"ordering": "name"}).json()["results"]
    assert [score["unit"]["name"] for score in by_name] == [
        "Xã An",
        "Xã Ăn",
        "Xã Ân",
        "Xã Bình",
        "Xã Đông",
    ]
    assert len(minh.get(scores, {"q": "xa an"}).json()["results"]) == 3
    assert minh.get(scores, {"kind": "ward"}).json()["results"] == []
    assert minh.get(scores, {"has_all_data": "true"}).json()["results"] == []
    first = minh.get(scores, {"limit": 2}).json()
    seen = [score["unit"]["code"] for score in first["results"]]
    while first["next"]:
        first = minh.get(first["next"]).json()
        seen += [score["unit"]["code"] for score in first["results"]]
    assert sorted(seen) == ["X0", "X1", "X2", "X3", "X4"]


def test_the_scores_of_no_run_are_not_there(people: People) -> None:
    assert signed_in(people.lan).get(f"{RUNS}{uuid4()}/scores/").status_code == 404


def test_a_page_of_scores_costs_two_queries(
    people: People, run: RiskRun, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lan = signed_in(people.lan)
    with django_assert_num_queries(WHO + 2):
        lan.get(f"{RUNS}{run.pk}/scores/")
