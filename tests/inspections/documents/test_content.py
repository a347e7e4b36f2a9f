"""What content takes, cleans and refuses."""

from dataclasses import replace
from datetime import date

import pytest

from inspections.documents.content import (
    MAX_ITEMS,
    Column,
    Commitments,
    DocumentError,
    Hash,
    Letterhead,
    Signature,
    Stratum,
    Table,
    Text,
    texts,
)
from inspections.text import UnreadableText
from tests.inspections.documents.papers import digest, letterhead, paper


def test_decomposed_text_becomes_nfc() -> None:
    assert Text("Đ\u0061\u0302\u0301t").text == "Đất"


def test_text_as_long_as_the_limit_is_taken_when_it_came_decomposed() -> None:
    assert len(Text("e\u0302\u0301" * 20_000).text) == 20_000


def test_white_space_is_collapsed_and_control_characters_vanish() -> None:
    assert Text(" một\thai\r\n\u00a0ba\u0000\u202e bốn ").text == "một hai ba bốn"


def test_a_damaged_character_is_refused() -> None:
    with pytest.raises(UnreadableText):
        Text("một \ud800 hai")


def test_a_paragraph_of_200_000_words_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        Text("chữ " * 200_000)
    assert caught.value.code == "text_too_long"
    assert caught.value.params == {"field": "text", "limit": 20_000}


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_missing_text_is_refused_where_one_is_needed(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Stratum(text, 10, 1)
    assert caught.value.code == "text_missing"


def test_a_text_may_be_empty_where_the_paper_can_do_without() -> None:
    assert Signature(("Giám đốc",)).name == ""


def test_texts_within_rows_are_cleaned_and_bounded_too() -> None:
    table = Table((Column("Đơn vị", 1),), (("a\u0302\t",),))
    assert table.rows == (("â",),)
    with pytest.raises(DocumentError):
        replace(table, rows=(("x" * 2_001,),))


def test_a_cell_keeps_its_line_ends() -> None:
    table = Table((Column("Thành viên", 1),), ((" Lê  Tuấn\r\n\nTrần Nhung ",),))
    assert table.rows == (("Lê Tuấn\nTrần Nhung",),)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        Table((Column("Đơn vị", 1),), (("x",),) * (MAX_ITEMS + 1))
    assert caught.value.code == "too_many_items"


@pytest.mark.parametrize("items", [["Lưu: VT"], "Lưu: VT"])
def test_only_a_tuple_holds_several_texts(items: object) -> None:
    with pytest.raises(TypeError):
        paper(recipients=items)


def test_only_text_is_text() -> None:
    with pytest.raises(TypeError):
        Text(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "ab", digest("x").upper(), digest("x") + "\n"])
def test_a_hash_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Hash("Mã", value)
    assert caught.value.code == "not_a_hash"
    with pytest.raises(DocumentError):
        Commitments(digest("x"), digest("y"), value)


def test_a_date_outside_the_year_of_the_paper_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        letterhead(year=2026, dated=date(2027, 1, 4))
    assert caught.value.code == "year_mismatch"


def test_every_text_of_a_paper_is_found() -> None:
    found = list(texts(paper(Table((Column("Cột", 1),), (("ô",),)))))
    assert {"Sở Nội vụ", "Kết quả kiểm tra công vụ", "Cột", "ô", "Giám đốc"} <= set(found)


def test_content_cannot_be_changed_after_it_was_checked() -> None:
    head = Letterhead("", "Sở Nội vụ", "KH-SNV", 2026)
    with pytest.raises(AttributeError):
        head.agency = "x" * 1_000  # type: ignore[misc]
