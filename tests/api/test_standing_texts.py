"""Standing texts over HTTP: a planner edits a copy, looks at it on paper, and another person publishes it."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from rest_framework.test import APIClient

from inspections.models import PaperKind
from tests.api.conftest import signed_in
from tests.builders import make_department
from tests.inspections.services import months
from tests.inspections.services.filings import Door, closing, make_door, send
from tests.inspections.services.months import Month, make_month

pytestmark = pytest.mark.django_db
TEXTS = "/api/v1/standing-texts/"
PDF = {"accept": "application/pdf"}


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture
def lan(month: Month) -> APIClient:
    return signed_in(month.lan)


def started(client: APIClient, kind: str = "monthly_plan") -> dict[str, Any]:
    answer = client.post(TEXTS, {"kind": kind})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def told(pdf: bytes) -> str:
    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_department_publishes_texts_of_its_own(lan: APIClient, month: Month) -> None:
    draft = started(lan)
    assert draft["texts"]["recipients"][-1] == "Lưu: VT, {drafting_office}"
    place = f"{TEXTS}{draft['id']}/"
    mine = draft["texts"] | {"closing": "Giao {department} <b>theo dõi</b>"}
    changed = lan.put(f"{place}texts/", mine, headers={"if-match": '"1"'})
    assert changed.json()["texts"] == mine, changed.text
    published = signed_in(month.minh).post(f"{place}publish/", headers={"if-match": '"2"'})
    assert published.json()["published_by"]["full_name"] == "Minh"
    plan = months.endorsed(month)
    paper = lan.post("/api/v1/papers/", {"kind": "monthly_plan", "plan": str(plan.pk)}).json()
    assert paper["standing_texts"] == 1
    pdf = lan.get(f"/api/v1/papers/{paper['id']}/pdf/", headers=PDF)
    assert "Giao Sở Nội vụ <b>theo dõi</b>./." in told(pdf.content)


@pytest.mark.parametrize("kind", PaperKind.values)
def test_texts_are_looked_at_on_a_sample_of_each_kind(lan: APIClient, kind: str) -> None:
    draft = started(lan, kind)
    answer = lan.post(f"{TEXTS}{draft['id']}/preview/", {}, headers=PDF)
    said = told(answer.content)
    assert "DỰ THẢO" in said
    for text in [*draft["texts"]["grounds"], *draft["texts"]["recipients"]]:
        assert text.split("{")[0].strip() in said


def test_texts_are_looked_at_on_the_paper_of_a_plan(lan: APIClient, month: Month) -> None:
    plan, draft = months.endorsed(month), started(lan)
    answer = lan.post(f"{TEXTS}{draft['id']}/preview/", {"plan": str(plan.pk)}, headers=PDF)
    assert plan.frame_sha256
    assert plan.frame_sha256[:4] in told(answer.content)
    wrong = lan.post(
        f"{TEXTS}{started(lan, 'visit_minutes')['id']}/preview/", {"plan": str(plan.pk)}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_subject")


def test_texts_are_looked_at_on_the_minutes_of_a_visit() -> None:
    make_department()
    door: Door = make_door()
    send(door.an, closing(door))
    lan = signed_in(door.people.lan)
    draft = started(lan, "visit_minutes")
    answer = lan.post(f"{TEXTS}{draft['id']}/preview/", {"visit": str(door.visit.pk)}, headers=PDF)
    assert "xã Tân Hồng" in told(answer.content)


def test_texts_say_exactly_what_they_must(lan: APIClient) -> None:
    draft = started(lan)
    place, good = f"{TEXTS}{draft['id']}/texts/", draft["texts"]
    for bad, status in (
        (good | {"more": []}, 400),
        (good | {"grounds": "Căn cứ"}, 400),
        (good | {"grounds": [""]}, 400),
        (good | {"closing": None}, 400),
        (good | {"parts": {}}, 422),
        (good | {"parts": good["parts"] | {"moon": ["x"]}}, 422),
        (good | {"recipients": ["{moon}"]}, 422),
    ):
        refused = lan.put(place, bad, headers={"if-match": '"1"'})
        assert refused.status_code == status, bad


def test_a_draft_is_thrown_away(lan: APIClient) -> None:
    draft = started(lan)
    assert lan.get(TEXTS, {"kind": "monthly_plan"}).json()["results"][0]["id"] == draft["id"]
    gone = lan.delete(f"{TEXTS}{draft['id']}/", headers={"if-match": '"1"'})
    assert gone.status_code == 204
    assert lan.get(f"{TEXTS}{draft['id']}/").status_code == 404
