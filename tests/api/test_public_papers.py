"""The page that anybody may ask about an issued paper: five facts, and nothing to tell what is not there."""

import hashlib
import re
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from pytest_django import Settings

from inspections.models import Paper
from inspections.services import issuing, signed_copies
from tests.api.conftest import browsing
from tests.inspections.services.issued import (
    Issued,
    hand_in,
    make_draft,
    make_issued,
    number,
    submit,
)
from tests.inspections.services.months import DRAW_DAY
from tests.inspections.services.test_minutes import jpeg
from tests.inspections.signed_pdfs import sign

pytestmark = pytest.mark.django_db
NOWHERE = "0" * 32


@pytest.fixture
def issued() -> Issued:
    return make_issued()


def ask(code: str | None, content: bytes | None = None, **query: str) -> Any:
    if content is not None:
        query["sha256"] = hashlib.sha256(content).hexdigest()
    return Client().get(f"/v/{code}", query)


def facts(page: Any) -> list[str]:
    return re.findall(r"<dd[^>]*>(?:<[^>]+>)*([^<]+)", page.text)


def test_an_issued_paper_tells_number_date_issuer_and_that_it_is_in_force(issued: Issued) -> None:
    page = ask(issued.paper.code)
    assert page.status_code == 200
    assert facts(page) == ["05", f"{DRAW_DAY:%d/%m/%Y}", "Sở Nội vụ", "Còn hiệu lực"]


def test_it_tells_nothing_else(issued: Issued) -> None:
    page = ask(issued.paper.code).text
    hidden = [
        issued.paper.series,
        "KH-",
        "Kế hoạch",
        str(issued.paper.pk),
        str(issued.plan.pk),
        issued.paper.sha256,
        issued.lan.full_name,
        "Xã",
        issued.paper.kind,
    ]
    assert [word for word in hidden if str(word) in page] == []


def test_a_replaced_paper_says_so(issued: Issued) -> None:
    month = issued.month
    number(month, submit(month, make_draft(month, issued.plan, replaces=issued.paper)), 6)
    assert facts(ask(issued.paper.code))[-1] == "Đã được thay thế bằng văn bản khác"


def test_the_address_printed_on_the_paper_leads_here(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://kiemtra.example.vn"
    paper = make_issued()
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.pdf)).pages)
    address = re.search(r"https://kiemtra\.example\.vn(/v/[0-9a-f]{32})", "".join(printed.split()))
    assert address
    assert Client().get(address[1]).status_code == 200


# --- What is not there -----------------------------------------------------------------------


def waiting(issued: Issued) -> Paper:
    return submit(issued.month, make_draft(issued.month, issued.plan, replaces=issued.paper))


def test_what_was_not_issued_is_like_what_never_was(issued: Issued) -> None:
    submitted = waiting(issued)
    answers = []
    for code in (NOWHERE, submitted.code, withdrawn(issued, submitted)):
        with CaptureQueriesContext(connection) as queries:
            page = ask(code, b"x")
        asked = [query["sql"].replace(str(code), "?") for query in queries]
        answers.append((page.status_code, page.content, dict(page.headers), asked))
    assert answers[0][0] == 404
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][3]) == 1


def withdrawn(issued: Issued, paper: Paper) -> str | None:
    issuing.withdraw(actor=issued.lan, paper=paper, version=paper.version, now=DRAW_DAY)
    return paper.code


@pytest.mark.parametrize(
    "code", ["x", "0" * 31, "F" * 32, "%00" * 32, "0" * 5000, "Số", "..", "<b>", "0" * 31 + "%0a"]
)
def test_what_is_no_code_gets_the_same_page(code: str) -> None:
    page = Client().get(f"/v/{code}")
    assert (page.status_code, page.content) == (404, ask(NOWHERE).content)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_read_only(issued: Issued, method: str) -> None:
    assert Client().generic(method, f"/v/{issued.paper.code}").status_code == 405


# --- The file --------------------------------------------------------------------------------


def result(page: Any) -> str:
    found = re.search(r'<p class="answer (\w+)" role="status">', page.text)
    return found[1] if found else ""


def test_the_issued_file_matches_and_another_does_not(issued: Issued) -> None:
    code = issued.paper.code
    assert result(ask(code)) == ""
    assert result(ask(code, issued.pdf)) == "yes"
    assert result(ask(code, issued.pdf + b"\n")) == "no"
    assert result(ask(code, bytes(issued.paper.signing_pdf or b""))) == "no"


def test_a_hash_may_be_typed_in_capitals_and_with_spaces_around(issued: Issued) -> None:
    typed = f"  {str(issued.paper.sha256).upper()} "
    assert result(ask(issued.paper.code, sha256=typed)) == "yes"


@pytest.mark.parametrize("typed", ["abc", "g" * 64, "0" * 65, '"><script>', "\x00" * 64])
def test_what_is_no_hash_is_told_so(issued: Issued, typed: str) -> None:
    page = ask(issued.paper.code, sha256=typed)
    assert page.status_code == 200
    assert "64 ký tự" in page.text
    assert "<script>" not in page.text


def test_a_signed_copy_matches_as_soon_as_it_counts(issued: Issued) -> None:
    code, sound, scan = issued.paper.code, sign(issued.pdf), jpeg()
    assert result(ask(code, sound)) == "no"
    hand_in(issued.chi, issued.paper, sound)
    assert result(ask(code, sound)) == "yes"
    copy = hand_in(issued.chi, issued.paper, scan, code=code, media_type="image/jpeg")
    assert result(ask(code, scan)) == "no"
    signed_copies.decide(
        actor=issued.lan, copy=copy, version=1, accept=True, reason="Đúng", now=DRAW_DAY
    )
    assert result(ask(code, scan)) == "yes"


# --- The visitor -----------------------------------------------------------------------------


def test_nothing_is_remembered_of_the_visitor(issued: Issued) -> None:
    for code in (issued.paper.code, NOWHERE):
        page = ask(code, b"x")
        assert not page.cookies
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.text


def test_whoever_is_signed_in_sees_no_more(issued: Issued) -> None:
    path = f"/v/{issued.paper.code}?language=vi"
    assert browsing(issued.lan).get(path).content == Client().get(path).content


def test_it_speaks_vietnamese_until_it_is_switched(issued: Issued) -> None:
    path = f"/v/{issued.paper.code}"
    page = Client().get(path, headers={"accept-language": "en-US"})
    assert page.headers["Content-Language"] == "vi"
    switched = Client().get(path, {"language": "en"})
    assert switched.headers["Content-Language"] == "en"
    assert facts(switched)[-1] == "In force"
    assert 'name="language" value="en"' in switched.text
    assert Client().get(path, {"language": "xx"}).content == page.content


def test_it_carries_no_code_or_style_of_its_own(issued: Issued) -> None:
    page = ask(issued.paper.code)
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
