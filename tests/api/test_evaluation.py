"""Evaluators' figures over HTTP: two forms, two sorts of rows, each extract on record."""

import io

import pytest
from openpyxl import load_workbook

from inspections.models import AuditEvent
from tests.api.conftest import signed_in
from tests.builders import make_department
from tests.inspections.services.filings import Door, closing, make_door, send
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
EXTRACTS = "/api/v1/evaluation-extracts/"
PERIOD = {"period": "2026-Q1"}


@pytest.fixture
def door() -> Door:
    make_department(is_synthetic=True)
    door = make_door()
    named = {"name": "=1+1", "position": "Trưởng phòng"}
    send(door.an, closing(door, findings=[finding(responsible=named)]))
    return door


def test_units_come_as_a_workbook_that_says_what_it_is_of(door: Door) -> None:
    answer = signed_in(door.people.lan).get(EXTRACTS, PERIOD | {"by": "unit"})
    assert answer.status_code == 200, answer.content
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Theo đơn vị", "Thông tin"]
    _, row = book["Theo đơn vị"].values
    assert row[:5] == ("X01", "Xã Tân Hồng", 1, 12, 1)
    about = dict(book["Thông tin"].values)
    assert (about["Từ ngày"], about["Đến ngày"]) == ("01/01/2026", "31/03/2026")
    assert about["Lưu ý"] == "DỮ LIỆU MÔ PHỎNG"


def test_people_come_as_a_delimited_file_without_formulas(door: Door) -> None:
    asked = PERIOD | {"by": "person", "form": "csv"}
    answer = signed_in(door.people.minh).get(EXTRACTS, asked)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "X01;Xã Tân Hồng;'=1+1;Trưởng phòng;" in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize("by", ["unit", "person"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_each_extract_is_on_record_without_names(door: Door, by: str, form: str) -> None:
    asked = {"by": by, "form": form}
    answer = signed_in(door.people.lan).get(EXTRACTS, PERIOD | asked)
    assert answer.status_code == 200
    event = AuditEvent.objects.get(action="evaluation.extract")
    assert event.actor_id == door.people.lan.pk
    assert event.details == PERIOD | asked | {"rows": 1}


def test_the_figures_of_units_name_nobody(door: Door) -> None:
    answer = signed_in(door.people.lan).get(EXTRACTS, PERIOD | {"by": "unit", "form": "csv"})
    assert "=1+1" not in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"period": "2026"},
        {"period": "2026-13", "by": "unit"},
        {"period": "2026\n", "by": "unit"},
        {"period": " 2026", "by": "unit"},
        {"period": "2026", "by": "moon"},
    ],
)
def test_what_is_asked_wrongly_is_refused(door: Door, asked: dict[str, str]) -> None:
    answer = signed_in(door.people.lan).get(EXTRACTS, asked)
    assert answer.status_code in {400, 422}
