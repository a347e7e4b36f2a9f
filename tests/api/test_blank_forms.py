"""Blank forms over HTTP."""

from uuid import uuid4

import pytest

from tests.api.conftest import Clock, signed_in
from tests.builders import make_department
from tests.inspections.services import months
from tests.inspections.services.filings import make_door

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("form", ["minutes", "roll-call"])
def test_forms_for_any_unit_are_printed(form: str) -> None:
    make_department()
    answer = signed_in(make_door().people.chi).get(f"/api/v1/blank-forms/{form}/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="blank-{form}.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_the_forms_of_a_visit_are_for_its_team_and_the_office() -> None:
    make_department()
    door = make_door()
    for person, status in (
        (door.an, 200),
        (door.cuc, 200),
        (door.people.chi, 200),
        (door.people.binh, 404),
    ):
        answer = signed_in(person).get(f"/api/v1/visits/{door.visit.pk}/blank-minutes/")
        assert answer.status_code == status


def test_a_form_of_a_sealed_visit_is_answered_like_one_of_none(moment: Clock) -> None:
    month = months.make_month()
    visit = months.approved(month).visits.order_by("pk")[0]
    for name in ("an", "lan", "minh", "chi"):
        client = signed_in(getattr(month.people, name))
        hidden = client.get(f"/api/v1/visits/{visit.pk}/blank-minutes/")
        missing = client.get(f"/api/v1/visits/{uuid4()}/blank-minutes/")
        assert (hidden.status_code, hidden.content) == (404, missing.content)
