"""Blank forms: what of the department, its checklist and a visit stands on them."""

import pytest

from inspections.errors import NotAllowed, NotFound
from inspections.models import Checklist, ChecklistItem, UnitKind, Visit
from inspections.services import blank_forms
from inspections.states import VisitState
from tests.builders import NOW, make_department
from tests.inspections.documents.reading import pages, text
from tests.inspections.services.filings import Door, make_door

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


def packed(said: str) -> str:
    return "".join(said.split())


def read(pdf: bytes) -> str:
    return "".join(packed(page.extract_text()) for page in pages(pdf))


def test_minutes_for_any_unit_ask_every_core_item_of_the_version_in_force(door: Door) -> None:
    said = text(blank_forms.print_minutes(actor=door.people.chi, now=NOW))
    assert "BIÊNBẢNKiểmtracôngvụ…………tại" in said
    assert packed("phiên bản 1") in said
    core = ChecklistItem.objects.filter(is_core=True).values_list("code", flat=True)
    assert [code in said for code in core] == [True] * 12


def test_minutes_of_a_visit_name_its_unit_and_team_and_come_with_the_roll_call(door: Door) -> None:
    said = read(blank_forms.print_for_visit(actor=door.an, visit=door.visit, now=NOW))
    assert packed("Kiểm tra công vụ theo chỉ đạo tại xã Tân Hồng") in said
    assert packed("- An, Trưởng đoàn; - Cúc, Thành viên.") in said
    assert packed("KẾT QUẢ ĐIỂM DANH (Kèm theo Biên bản kiểm tra công vụ tại xã Tân Hồng)") in said
    assert packed("DANH SÁCH VẮNG MẶT") in said


def test_a_visit_is_asked_only_what_is_for_units_of_its_kind(door: Door) -> None:
    item = door.checklist.items.filter(is_core=True).order_by("position")[0]
    for kinds, is_asked in (([UnitKind.DEPARTMENT], False), ([UnitKind.COMMUNE], True)):
        ChecklistItem.objects.filter(pk=item.pk).update(kinds=kinds)
        said = read(blank_forms.print_for_visit(actor=door.an, visit=door.visit, now=NOW))
        assert (packed(item.text) in said) is is_asked


def test_the_roll_call_for_any_unit_stands_alone(door: Door) -> None:
    sheets = pages(blank_forms.print_roll_call(actor=door.an))
    assert [packed(page.extract_text())[:9] for page in sheets] == ["PhụlụcIKẾ", "PhụlụcIID"]


def test_a_visit_that_was_never_made_has_no_form(door: Door) -> None:
    Visit.objects.filter(pk=door.visit.pk).update(state=VisitState.NOT_MADE, unit=None)
    door.visit.refresh_from_db()
    with pytest.raises(NotFound):
        blank_forms.print_for_visit(actor=door.people.lan, visit=door.visit, now=NOW)


def test_without_a_checklist_in_force_there_are_lines_and_nothing_to_tick(door: Door) -> None:
    Checklist.objects.all().delete()
    said = text(blank_forms.print_minutes(actor=door.an, now=NOW))
    assert packed("2. Nội dung đã kiểm tra 3. Ưu điểm") in said


def test_whoever_does_not_work_with_forms_gets_none(door: Door) -> None:
    for person in (door.people.dung, door.people.ha):
        with pytest.raises(NotAllowed):
            blank_forms.print_roll_call(actor=person)
        with pytest.raises(NotAllowed):
            blank_forms.print_minutes(actor=person, now=NOW)
        with pytest.raises(NotAllowed):
            blank_forms.print_for_visit(actor=person, visit=door.visit, now=NOW)
