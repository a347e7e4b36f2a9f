"""Pages as a browser shows them under the strict policy: rendered, and without a complaint."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inspections.models import Role, Signatory
from tests.builders import PASSWORD, make_department, make_inspector, make_unit, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, live_server: LiveServer, username: str) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator(".fields button").click()
    page.wait_for_url(f"{live_server.url}/")


def test_the_api_is_described_and_tried(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    make_user("Lan", Role.PLANNER, password=PASSWORD)
    sign_in(page, live_server, "lan")
    # What lies below the window is drawn only when one comes to it.
    page.set_viewport_size({"width": 1280, "height": 30_000})
    page.goto(f"{live_server.url}/api/v1/docs/")
    expect(page.locator(".info .title")).to_contain_text("Kỷ Cương")
    expect(page.locator("#operations-units-units_list")).to_be_visible()
    page.locator("#operations-units-units_create .opblock-summary-control").click()
    page.locator("#operations-units-units_create .try-out__btn").click()
    page.locator("#operations-units-units_create textarea").fill(
        '{"code": "X01", "name": "Xã Tân Hồng", "kind": "commune"}'
    )
    page.locator("#operations-units-units_create .execute").click()
    answer = page.locator("#operations-units-units_create .live-responses-table")
    expect(answer.locator(".response .response-col_status")).to_contain_text("201")
    expect(answer).to_contain_text("Xã Tân Hồng")
    assert complaints == []


def test_the_start_page_is_drawn_in_both_languages(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    page.goto(live_server.url)
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    assert page.locator("header").evaluate("node => getComputedStyle(node).display") == "flex"
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert complaints == []


def test_reference_data_is_edited(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    make_department()
    make_user("Hà", Role.TECHNICAL_ADMIN, password=PASSWORD)
    unit = make_unit("X01", "Xã Cũ")
    make_unit("X02", "Xã Tháp Mười")
    sign_in(page, live_server, "ha")
    for path in (
        "",
        "inspections/unit/",
        "inspections/department/",
        "inspections/calendarday/add/",
    ):
        page.goto(f"{live_server.url}/admin/{path}")
    page.goto(f"{live_server.url}/admin/inspections/unit/{unit.pk}/change/")
    page.locator(".field-parent .select2-selection").click()
    page.locator(".select2-search__field").last.fill("thap muoi")
    page.get_by_role("option", name="Xã Tháp Mười").click()
    page.locator("[name=name]").fill("Xã Mới")
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Xã Mới")
    unit.refresh_from_db()
    assert (unit.name, unit.parent.code, unit.version) == ("Xã Mới", "X02", 2)
    assert complaints == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (820, 1180)], ids=["desk", "tablet"])
def test_no_list_of_reference_data_is_cut_off(
    page: Page, live_server: LiveServer, width: int, height: int
) -> None:
    make_department()
    make_inspector("Nguyễn Thị Ngọc Ánh", title="Phó Trưởng phòng")
    make_unit("82.001", "Trung tâm Phục vụ hành chính công phường Nguyễn Bỉnh Khiêm")
    Signatory.objects.create(
        full_name="Nguyễn Thị Ngọc Ánh", authority="KT. GIÁM ĐỐC", position="PHÓ GIÁM ĐỐC"
    )
    make_user("Hà", Role.TECHNICAL_ADMIN, password=PASSWORD)
    sign_in(page, live_server, "ha")
    page.set_viewport_size({"width": width, "height": height})
    for path in ("unit", "inspector", "signatory"):
        page.goto(f"{live_server.url}/admin/inspections/{path}/")
        table = page.locator("#result_list")
        assert table.evaluate("node => node.scrollWidth - node.parentNode.clientWidth") <= 0, path
        box = table.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width, path
