"""The page behind the square code on a paper, on a phone and on a desk, with a file of the visitor's."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.inspections.services.issued import Issued, make_issued

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issued() -> Issued:
    return make_issued()


@pytest.fixture
def files(issued: Issued, tmp_path: Path) -> tuple[Path, Path]:
    """The issued file, and one of which a byte was altered."""
    whole, bent = tmp_path / "van-ban.pdf", tmp_path / "sua.pdf"
    whole.write_bytes(issued.pdf)
    bent.write_bytes(issued.pdf[:-2] + b"X\n")
    return whole, bent


def test_a_file_is_compared_without_leaving_the_browser(
    page: Page,
    live_server: LiveServer,
    complaints: list[str],
    issued: Issued,
    files: tuple[Path, Path],
) -> None:
    whole, bent = files
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {len(request.url)}"))
    page.goto(f"{live_server.url}/v/{issued.paper.code}")
    expect(page.locator("dd").last).to_have_text("Còn hiệu lực")
    page.set_input_files("#file", whole)
    expect(page.get_by_role("status")).to_have_class("answer yes")
    page.set_input_files("#file", bent)
    expect(page.get_by_role("status")).to_have_class("answer no")
    assert all(one.startswith("GET") for one in sent)
    assert page.context.cookies() == []
    assert complaints == []


def test_without_web_crypto_the_hash_is_typed(
    page: Page, live_server: LiveServer, complaints: list[str], issued: Issued
) -> None:
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page.goto(f"{live_server.url}/v/{issued.paper.code}")
    expect(page.locator("#pick")).to_be_hidden()
    page.locator("#sha256").fill(str(issued.paper.sha256))
    page.get_by_role("button", name="Đối chiếu").click()
    expect(page.get_by_role("status")).to_have_class("answer yes")
    assert complaints == []


def test_the_language_is_switched_without_a_cookie(
    page: Page, live_server: LiveServer, complaints: list[str], issued: Issued
) -> None:
    page.goto(f"{live_server.url}/v/{issued.paper.code}")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("summary").click()
    page.locator("#sha256").fill("0" * 64)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("status")).to_have_class("answer no")
    assert page.context.cookies() == []
    assert complaints == []


@pytest.mark.parametrize(
    ("width", "height"), [(360, 740), (820, 1180), (1280, 800)], ids=["phone", "tablet", "desk"]
)
def test_nothing_is_cut_off(
    page: Page, live_server: LiveServer, issued: Issued, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for query in ("", "?sha256=abc", f"?sha256={issued.paper.sha256}", f"?sha256={'0' * 64}"):
        page.goto(f"{live_server.url}/v/{issued.paper.code}{query}")
        excess = page.locator("html").evaluate("node => node.scrollWidth - node.clientWidth")
        assert excess <= 0, query
