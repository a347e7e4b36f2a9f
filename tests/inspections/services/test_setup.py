"""The first hour: a province chosen, and there is something to draw from."""

import pytest

from inspections.errors import InvalidInput
from inspections.models import CalendarDay, Department, FieldOfWork, Role, Unit, UnitKind, User
from inspections.services.setup import FirstAccount, set_up_department
from tests.builders import NOW

pytestmark = pytest.mark.django_db

LAN = FirstAccount("lan", "Nguyễn Thị Lan", [Role.PLANNER])
FIRST = [
    LAN,
    FirstAccount("minh", "Trần Văn Minh", [Role.APPROVER]),
    FirstAccount("ha", "Lê Thu Hà", [Role.TECHNICAL_ADMIN]),
]


def test_a_province_brings_its_communes_its_typical_departments_and_the_calendar() -> None:
    set_up_department(province_code="82", accounts=FIRST, now=NOW)

    department = Department.objects.get()
    assert (department.superior, department.place) == ("UBND tỉnh Đồng Tháp", "Đồng Tháp")
    communes = Unit.objects.filter(kind__in=[UnitKind.COMMUNE, UnitKind.WARD])
    assert communes.count() == 102
    assert not communes.filter(is_generic=True).exists()
    departments = Unit.objects.filter(kind=UnitKind.DEPARTMENT)
    assert departments.filter(is_generic=True).count() == departments.count() > 10
    assert FieldOfWork.objects.filter(named_in_circular=True).count() == 9
    assert CalendarDay.objects.filter(date="2026-11-24").exists()


def test_the_department_does_not_draw_itself() -> None:
    set_up_department(province_code="82", accounts=FIRST, now=NOW)
    assert not Unit.objects.get(name="Sở Nội vụ").is_active


def test_old_names_lead_to_the_new_units() -> None:
    set_up_department(province_code="01", accounts=FIRST, now=NOW)
    names = Unit.objects.filter(aliases__name__startswith="Phường Trung Liệt")
    assert {unit.name for unit in names} == {
        "Phường Đống Đa",
        "Phường Kim Liên",
        "Phường Ô Chợ Dừa",
    }


def test_the_first_people_can_plan_at_once() -> None:
    ((lan, password), *_) = set_up_department(province_code="82", accounts=FIRST, now=NOW)
    assert lan.check_password(password)
    assert not User.objects.filter(closed_at__isnull=False).exists()


def test_an_installation_has_one_department() -> None:
    set_up_department(province_code="82", accounts=FIRST, now=NOW)
    with pytest.raises(InvalidInput):
        set_up_department(province_code="01", accounts=FIRST, now=NOW)
    assert Department.objects.get().province_code == "82"


def test_an_unknown_province_changes_nothing() -> None:
    with pytest.raises(InvalidInput):
        set_up_department(province_code="99", accounts=FIRST, now=NOW)
    assert not User.objects.exists()


def test_two_first_accounts_with_one_name_change_nothing() -> None:
    with pytest.raises(InvalidInput):
        set_up_department(province_code="82", accounts=[*FIRST, LAN], now=NOW)
    assert not Department.objects.exists()


@pytest.mark.parametrize("place", range(3))
def test_first_accounts_without_one_of_the_three_needed_roles_change_nothing(place: int) -> None:
    with pytest.raises(InvalidInput):
        set_up_department(
            province_code="82", accounts=[*FIRST[:place], *FIRST[place + 1 :]], now=NOW
        )
    assert not Department.objects.exists()
