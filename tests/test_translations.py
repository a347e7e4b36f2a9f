"""Every sentence of the source has its Vietnamese, and what people are shown is Vietnamese first."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from django.test import Client

from tests import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{[^}]*\}")


@pytest.fixture(params=messages.APPS)
def app(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def told(catalogue: Catalog) -> dict[messages.Key, str]:
    """Return the translation of each message; one that is missing or marked as doubtful is empty."""
    texts = {}
    for message in catalogue:
        if message.id:
            forms = message.string if isinstance(message.string, list | tuple) else [message.string]
            texts[messages.key(message)] = "" if message.fuzzy else forms[0] or ""
    return texts


def that_differ(app: str, *, by: Callable[[str], object]) -> list[str]:
    """Return the sentences that differ from their translations by something that both should share."""
    pairs = told(messages.read_catalogue(app)).items()
    return [sentence for (_context, sentence), text in pairs if by(sentence) != by(text)]


def test_the_catalogue_holds_what_the_source_asks_for_and_no_more(app: str) -> None:
    asked = told(messages.extract(app)).keys()
    assert told(messages.read_catalogue(app)).keys() == asked, "run: make messages"


def test_every_sentence_is_translated(app: str) -> None:
    texts = told(messages.read_catalogue(app))
    assert [sentence for (_context, sentence), text in texts.items() if not text] == []


def test_one_sentence_is_told_in_one_way() -> None:
    first, second = (told(messages.read_catalogue(app)) for app in messages.APPS)
    assert {key for key in first.keys() & second.keys() if first[key] != second[key]} == set()


def test_a_translation_holds_the_placeholders_of_its_sentence(app: str) -> None:
    assert that_differ(app, by=lambda text: Counter(PLACEHOLDER.findall(text))) == []


def test_a_translation_begins_and_ends_like_its_sentence(app: str) -> None:
    def edges(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[-1:] if text[-1:] in ".:" else ""

    assert that_differ(app, by=edges) == []


def test_a_translation_is_in_normal_form(app: str) -> None:
    texts = told(messages.read_catalogue(app)).values()
    assert [text for text in texts if text != unicodedata.normalize("NFC", text)] == []


def test_the_compiled_catalogue_is_that_of_the_source(app: str) -> None:
    path = messages.catalogue_path(app).with_suffix(".mo")
    assert path.exists(), "run: make setup"
    with path.open("rb") as file:
        assert told(read_mo(file)) == told(messages.read_catalogue(app)), "run: make setup"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "language", "detail"),
    [
        ({}, "vi", "Chưa đăng nhập hoặc chưa gửi mã truy cập."),
        ({"accept-language": "fr"}, "vi", "Chưa đăng nhập hoặc chưa gửi mã truy cập."),
        ({"accept-language": "en"}, "en", "Authentication credentials were not provided."),
    ],
)
def test_the_api_answers_in_vietnamese_unless_english_is_asked_for(
    headers: dict[str, str], language: str, detail: str
) -> None:
    answer = Client().get("/api/v1/units/", headers=headers)
    assert answer.headers["Content-Language"] == language
    assert answer.json()["detail"] == detail
