"""The plain pages: the start page, signing in and out, the password, the language, the probe."""

import re

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

import planner
from inspections.models import Role, User
from tests.api.conftest import browsing
from tests.builders import NOW, PASSWORD, People, make_department, make_user

pytestmark = pytest.mark.django_db
PAGES = ("/", "/sign-in/", "/api/v1/docs/")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_carries_code_or_style_of_its_own(path: str) -> None:
    page = Client().get(path)
    assert page.status_code == 200
    assert not re.search(r"<script(?![^>]*src=)", page.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_start_page_shows_a_stranger_the_way_in_in_vietnamese() -> None:
    page = Client().get("/", headers={"accept-language": "en-US"})
    assert page.headers["Content-Language"] == "vi"
    assert 'href="/sign-in/"' in page.text
    assert 'href="/api/v1/docs/"' in page.text
    assert planner.__version__ in page.text


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_the_start_page_of_a_demo_says_that_its_data_are_made_up(*, is_synthetic: bool) -> None:
    make_department(is_synthetic=is_synthetic)
    assert ("DỮ LIỆU MÔ PHỎNG" in Client().get("/").text) is is_synthetic


def test_the_start_page_shows_each_his_own(people: People) -> None:
    assert 'href="/admin/"' in browsing(people.ha).get("/").text
    assert 'href="/admin/"' not in browsing(people.lan).get("/").text


def test_the_language_is_switched_and_kept() -> None:
    client = Client()
    switched = client.post("/language/", {"language": "en", "next": "/"}, follow=True)
    assert switched.headers["Content-Language"] == "en"
    assert client.get("/sign-in/").headers["Content-Language"] == "en"


def test_signing_in_leads_where_one_was_going() -> None:
    make_user("Hà", Role.TECHNICAL_ADMIN, password=PASSWORD)
    client = Client()
    response = client.post(
        "/sign-in/?next=/admin/", {"username": "ha", "password": PASSWORD, "next": "/admin/"}
    )
    assert response.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.post("/sign-out/").headers["Location"] == "/"
    assert client.get("/admin/").status_code == 302


def test_signing_in_leads_to_no_other_site() -> None:
    make_user("Lan", Role.PLANNER, password=PASSWORD)
    response = Client().post(
        "/sign-in/", {"username": "lan", "password": PASSWORD, "next": "https://example.org/"}
    )
    assert response.headers["Location"] == "/"


def test_too_many_wrong_passwords_get_a_page() -> None:
    make_user("Lan", Role.PLANNER, password=PASSWORD)
    client = Client()
    client.cookies["django_language"] = "en"
    for _ in range(5):
        response = client.post("/sign-in/", {"username": "lan", "password": "wrong"})
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "900"
    assert "15 minutes" in response.text


def test_signing_out_is_no_link() -> None:
    assert browsing(make_user("Lan", Role.PLANNER)).get("/sign-out/").status_code == 405


def test_a_password_is_changed_and_other_sessions_end() -> None:
    lan = make_user("Lan", Role.PLANNER, password=PASSWORD, must_change_password=True)
    here, there = browsing(lan), browsing(lan)
    new = "một câu dài và riêng"
    response = here.post("/password/", {"old": PASSWORD, "new": new, "again": new})
    assert response.headers["Location"] == "/"
    lan.refresh_from_db()
    assert lan.check_password(new)
    assert lan.must_change_password is False
    assert here.get("/password/").status_code == 200
    assert there.get("/password/").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", "một câu dài và riêng", "một câu dài và riêng"),
        (PASSWORD, "ngắn", "ngắn"),
        (PASSWORD, "một câu dài và riêng", "một câu khác"),
        (PASSWORD, "", ""),
    ],
)
def test_a_password_that_cannot_be_is_refused(old: str, new: str, again: str) -> None:
    lan = make_user("Lan", Role.PLANNER, password=PASSWORD)
    page = browsing(lan).post("/password/", {"old": old, "new": new, "again": again})
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert User.objects.get().check_password(PASSWORD)


def test_a_form_that_was_open_too_long_is_told_so() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = "en"
    response = client.post("/sign-in/", {"username": "lan", "password": "x"})
    assert response.status_code == 403
    assert "open too long" in response.text


def test_the_probe_tells_whether_the_database_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    healthy = client.get("/healthz")
    assert (healthy.status_code, healthy.json()) == (200, {"status": "ok", "last_backup": None})

    def fail() -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(connection, "cursor", fail)
    assert client.get("/healthz").status_code == 503


def make_backup(settings: Settings, name: str, *, verified: bool = False) -> None:
    settings.BACKUP_DIR.mkdir(exist_ok=True)
    path = settings.BACKUP_DIR / name
    path.write_bytes(b"x" * 2048)
    if verified:
        path.with_name(f"{name}.verified").write_text(NOW.isoformat())


def test_the_probe_tells_of_the_last_backup(settings: Settings) -> None:
    make_backup(settings, "kycuong-20260301T000000Z.zip", verified=True)
    make_backup(settings, "kycuong-20260302T000000Z.zip")
    (settings.BACKUP_DIR / "kycuong-nothing-of-ours.zip").touch()
    (settings.BACKUP_DIR / ".unfinished").mkdir()
    assert Client().get("/healthz").json()["last_backup"] == {
        "made_at": "2026-03-02T00:00:00Z",
        "size": 2048,
        "verified_at": None,
    }


def test_the_administration_tells_of_the_last_backup(people: People, settings: Settings) -> None:
    client = browsing(people.ha)
    assert "There is no backup yet." in client.get("/admin/").text
    make_backup(settings, "kycuong-20260302T000000Z.zip")
    page = client.get("/admin/").text
    assert "Last backup: 02/03/2026 07:00, 2.0\xa0KB." in page
    assert "No drill has restored it yet." in page
    make_backup(settings, "kycuong-20260302T000000Z.zip", verified=True)
    assert "A drill restored it: 02/03/2026 09:00." in client.get("/admin/").text


def test_the_description_is_the_one_that_was_checked() -> None:
    response = Client().get("/api/v1/schema/")
    assert response.headers["Content-Type"] == "application/vnd.oai.openapi"
    assert response.text.startswith("openapi: 3.1.0\n")


def test_admin_without_its_slash_leads_there(people: People) -> None:
    assert browsing(people.ha).get("/admin").headers["Location"] == "/admin/"
