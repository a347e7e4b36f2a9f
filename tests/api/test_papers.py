"""Official papers over HTTP: drafted by planners, numbered by the clerk, read by whom they are for."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from inspections.models import AuditEvent, Paper, PaperKind, Plan
from inspections.services import issuing
from tests.api.conftest import WHO, Clock, signed_in
from tests.builders import make_department
from tests.inspections.services import months
from tests.inspections.services.filings import LATER, Door, closing, make_door, send
from tests.inspections.services.months import DRAW_DAY, Month, make_month

pytestmark = pytest.mark.django_db
PAPERS = "/api/v1/papers/"


@pytest.fixture(autouse=True)
def _on_the_day_of_the_draw(moment: Clock) -> None:
    moment.at = DRAW_DAY


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.approved(month)


@pytest.fixture
def lan(month: Month) -> APIClient:
    return signed_in(month.lan)


@pytest.fixture
def chi(month: Month) -> APIClient:
    return signed_in(month.people.chi)


def drafted(lan: APIClient, plan: Plan, kind: str = "monthly_plan", **more: Any) -> dict[str, Any]:
    answer = lan.post(PAPERS, {"kind": kind, "plan": str(plan.pk)} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def step(
    client: APIClient, paper: dict[str, Any], name: str, body: dict[str, Any] | None = None
) -> Any:
    headers = {"if-match": f'"{paper["version"]}"'}
    return client.post(f"{PAPERS}{paper['id']}/{name}/", body or {}, headers=headers)


def test_a_paper_goes_from_its_draft_through_the_clerks_queue_to_issued_bytes(
    lan: APIClient, chi: APIClient, plan: Plan
) -> None:
    paper = drafted(lan, plan)
    assert (paper["state"], paper["code"], paper["standing_texts"]) == ("draft", None, 0)
    assert chi.get(PAPERS, {"state": "submitted"}).json()["results"] == []
    paper = step(lan, paper, "submit").json()
    queue = chi.get(PAPERS, {"state": "submitted"}).json()["results"]
    assert queue == [paper]
    issued = step(chi, paper, "number", {"number": 5, "dated": "2026-03-09"})
    assert issued.status_code == 200, issued.text
    paper = issued.json()
    assert (paper["state"], paper["series"], paper["number"]) == ("issued", "KH-SNV", 5)
    content = lan.get(f"{PAPERS}{paper['id']}/pdf/", headers={"accept": "application/pdf"})
    assert content.headers["Content-Type"] == "application/pdf"
    assert content.headers["Content-Disposition"] == 'attachment; filename="monthly_plan.pdf"'
    assert hashlib.sha256(content.content).hexdigest() == paper["sha256"]


def test_a_number_that_is_taken_is_a_conflict_with_its_own_code(
    lan: APIClient, chi: APIClient, plan: Plan
) -> None:
    for kind, status in (("commitment_minutes", 200), ("draw_minutes", 409)):
        paper = step(lan, drafted(lan, plan, kind), "submit").json()
        answer = step(chi, paper, "number", {"number": 7, "dated": "2026-03-09"})
        assert answer.status_code == status
    assert answer.json()["code"] == "number_taken"
    assert chi.get(f"{PAPERS}{paper['id']}/").json() == paper


def test_of_two_clerks_at_one_paper_the_second_is_told(
    lan: APIClient, chi: APIClient, plan: Plan
) -> None:
    paper = step(lan, drafted(lan, plan), "submit").json()
    step(chi, paper, "number", {"number": 5, "dated": "2026-03-09"})
    second = step(chi, paper, "number", {"number": 6, "dated": "2026-03-09"})
    assert (second.status_code, second.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"number": "5", "dated": "2026-03-09"}, 400),
        ({"number": 0, "dated": "2026-03-09"}, 400),
        ({"number": 5, "dated": "09/03/2026"}, 400),
        ({"number": 5}, 400),
        ({"number": 5, "dated": "2026-03-09", "code": "0"}, 400),
        ({"number": 5, "dated": "2026-03-11"}, 422),
    ],
)
def test_a_number_says_exactly_what_it_must(
    lan: APIClient, chi: APIClient, plan: Plan, body: dict[str, Any], status: int
) -> None:
    paper = step(lan, drafted(lan, plan), "submit").json()
    assert step(chi, paper, "number", body).status_code == status


def test_a_step_names_the_version_that_it_means(lan: APIClient, plan: Plan) -> None:
    paper = drafted(lan, plan)
    assert lan.post(f"{PAPERS}{paper['id']}/submit/").status_code == 428
    assert step(lan, paper | {"version": 9}, "submit").status_code == 412


def test_a_new_paper_replaces_the_one_that_it_names(
    lan: APIClient, chi: APIClient, plan: Plan
) -> None:
    old = step(lan, drafted(lan, plan), "submit").json()
    old = step(chi, old, "number", {"number": 5, "dated": "2026-03-09"}).json()
    refused = lan.post(PAPERS, {"kind": "monthly_plan", "plan": str(plan.pk)})
    assert (refused.status_code, refused.json()["code"]) == (409, "paper_in_force")
    new = step(lan, drafted(lan, plan, replaces=old["id"]), "submit").json()
    new = step(chi, new, "number", {"number": 6, "dated": "2026-03-10"}).json()
    assert (new["state"], new["replaces"]) == ("issued", old["id"])
    old = lan.get(f"{PAPERS}{old['id']}/").json()
    assert (old["state"], old["replaced_by"]) == ("replaced", new["id"])


def test_a_paper_is_taken_back(lan: APIClient, chi: APIClient, plan: Plan) -> None:
    paper = step(lan, drafted(lan, plan), "submit").json()
    back = step(chi, paper, "withdraw").json()
    assert back["state"] == "withdrawn"
    assert back["withdrawn_by"]["full_name"] == "Chi"


def test_papers_are_found_by_what_they_are_about(lan: APIClient, plan: Plan) -> None:
    paper = drafted(lan, plan)
    drafted(lan, plan, "draw_minutes")
    assert len(lan.get(PAPERS, {"plan": str(plan.pk)}).json()["results"]) == 2
    found = lan.get(PAPERS, {"kind": "monthly_plan", "state": "draft"}).json()["results"]
    assert [one["id"] for one in found] == [paper["id"]]
    assert lan.get(PAPERS, {"visit": str(uuid4())}).json()["results"] == []


def test_the_list_costs_as_much_with_many_as_with_one(
    lan: APIClient, plan: Plan, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for kind in ("monthly_plan", "commitment_minutes", "draw_minutes"):
        drafted(lan, plan, kind)
    with django_assert_num_queries(WHO + 2):
        assert len(lan.get(PAPERS).json()["results"]) == 3


# --- Papers of visits ------------------------------------------------------------------------


@pytest.fixture
def door() -> Door:
    make_department()
    door = make_door()
    send(door.an, closing(door))
    return door


@pytest.fixture
def minutes(door: Door, moment: Clock) -> Paper:
    moment.at = LATER
    kind = PaperKind.VISIT_MINUTES
    return issuing.draft(actor=door.an, kind=kind, visit=door.visit, now=LATER)


@pytest.mark.parametrize("name", ["binh", "phuong", "dung", "giang", "ha"])
@pytest.mark.parametrize("path", ["", "pdf/"])
def test_for_others_the_minutes_of_a_visit_are_not_there(
    door: Door, minutes: Paper, name: str, path: str
) -> None:
    client = signed_in(getattr(door.people, name))
    hidden = client.get(f"{PAPERS}{minutes.pk}/{path}")
    missing = client.get(f"{PAPERS}{uuid4()}/{path}")
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert client.get(PAPERS).json()["results"] == []


@pytest.mark.parametrize("name", ["lan", "minh", "an", "chi"])
def test_the_office_and_the_team_read_the_minutes_on_record(
    door: Door, minutes: Paper, name: str
) -> None:
    client = signed_in(getattr(door.people, name))
    answer = client.get(f"{PAPERS}{minutes.pk}/pdf/", headers={"accept": "application/pdf"})
    assert answer.content.startswith(b"%PDF")
    assert AuditEvent.objects.filter(action="paper.read").count() == 1


def test_nobody_drafts_the_minutes_of_a_visit_that_is_not_his(door: Door) -> None:
    answer = signed_in(door.people.binh).post(
        PAPERS, {"kind": "visit_minutes", "visit": str(door.visit.pk)}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_object")


def test_a_visit_that_is_not_released_gets_no_paper(month: Month, plan: Plan) -> None:
    visit = plan.visits.all()[0]
    for client in (signed_in(month.lan), signed_in(month.people.an)):
        answer = client.post(PAPERS, {"kind": "visit_minutes", "visit": str(visit.pk)})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_object")
