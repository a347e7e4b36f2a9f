"""Papers: everybody reads those without names, readers of rosters the restricted one, on record."""

import hashlib
from uuid import uuid4

import pytest

from inspections.models import AuditEvent, Document, DocumentKind, Plan, User
from inspections.services import papers
from tests.api.conftest import signed_in
from tests.builders import NOW
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db
DOCUMENTS = "/api/v1/documents/"


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def plan(month: Month) -> Plan:
    return months.approved(month)


def printed(month: Month, plan: Plan, kind: DocumentKind) -> Document:
    return papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=NOW)


def test_a_paper_is_printed_listed_and_read(month: Month, plan: Plan) -> None:
    response = signed_in(month.people.chi).post(
        DOCUMENTS, {"plan": str(plan.pk), "kind": "monthly_plan"}
    )
    assert response.status_code == 201, response.text
    paper = response.json()
    an = signed_in(month.people.an)
    assert an.get(DOCUMENTS).json()["results"] == [paper]
    content = an.get(f"{DOCUMENTS}{paper['id']}/content/", headers={"accept": "application/pdf"})
    assert content.headers["Content-Type"] == "application/pdf"
    assert content.headers["Cache-Control"] == "no-store"
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["Content-Disposition"] == 'attachment; filename="monthly_plan.pdf"'
    assert content.content.startswith(b"%PDF")
    assert hashlib.sha256(content.content).hexdigest() == paper["sha256"]


def test_the_restricted_paper_shows_no_hash_and_each_reading_is_on_record(
    month: Month, plan: Plan
) -> None:
    paper = printed(month, plan, DocumentKind.RESTRICTED_APPENDIX)
    minh = signed_in(month.minh)
    shown = minh.get(f"{DOCUMENTS}{paper.pk}/").json()
    assert (shown["is_restricted"], shown["sha256"]) == (True, None)
    assert minh.get(f"{DOCUMENTS}{paper.pk}/content/").content.startswith(b"%PDF")
    readers = minh.get(f"/api/v1/plans/{plan.pk}/roster-readers/").json()["readers"]
    assert [reader["user"]["full_name"] for reader in readers] == ["Minh"]


@pytest.mark.parametrize("name", ["an", "chi", "phuong", "dung", "giang", "ha"])
@pytest.mark.parametrize("path", ["", "content/"])
def test_for_others_the_restricted_paper_is_not_there(
    month: Month, plan: Plan, name: str, path: str
) -> None:
    paper = printed(month, plan, DocumentKind.RESTRICTED_APPENDIX)
    person: User = getattr(month.people, name)
    client = signed_in(person)
    hidden = client.get(f"{DOCUMENTS}{paper.pk}/{path}")
    missing = client.get(f"{DOCUMENTS}{uuid4()}/{path}")
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert dict(hidden.headers) == dict(missing.headers)
    assert client.get(DOCUMENTS).json()["results"] == []
    assert AuditEvent.objects.filter(action="not_found", actor_id=person.pk).count() == 2


def test_a_clerk_does_not_print_the_restricted_paper(month: Month, plan: Plan) -> None:
    response = signed_in(month.people.chi).post(
        DOCUMENTS, {"plan": str(plan.pk), "kind": "restricted_appendix"}
    )
    assert response.status_code == 404


def test_a_paper_before_its_time_is_a_conflict(month: Month) -> None:
    plan = months.drafted(month)
    response = signed_in(month.lan).post(DOCUMENTS, {"plan": str(plan.pk), "kind": "monthly_plan"})
    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")


def test_a_paper_of_no_plan_is_refused(month: Month) -> None:
    response = signed_in(month.lan).post(DOCUMENTS, {"plan": str(uuid4()), "kind": "monthly_plan"})
    assert (response.status_code, response.json()["code"]) == (422, "unknown_object")


def test_papers_are_found_by_plan_and_kind(month: Month, plan: Plan) -> None:
    paper = printed(month, plan, DocumentKind.MONTHLY_PLAN)
    printed(month, plan, DocumentKind.COMMITMENT_MINUTES)
    lan = signed_in(month.lan)
    found = lan.get(DOCUMENTS, {"plan": str(plan.pk), "kind": "monthly_plan"}).json()["results"]
    assert [one["id"] for one in found] == [str(paper.pk)]
    assert lan.get(DOCUMENTS, {"plan": str(uuid4())}).json()["results"] == []
    assert len(lan.get(DOCUMENTS, {"ordering": "kind"}).json()["results"]) == 2
