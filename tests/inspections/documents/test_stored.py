"""Content of papers as JSON and back: the same content, or an error that names the place."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from inspections.documents import draw_minutes, monthly_plan, restricted_appendix, stored
from inspections.documents.content import (
    AppendixTitle,
    Block,
    Column,
    Document,
    DocumentError,
    Hash,
    Picture,
    Role,
    Signature,
    Table,
    Text,
    Value,
    Verification,
)
from inspections.documents.stored import ContentUnreadable
from tests.inspections.documents import papers

EVERY_BLOCK: tuple[Block, ...] = (
    Text("Căn cứ Luật Cán bộ, công chức;", Role.GROUND),
    Text("I. <b>KẾT QUẢ</b> & {}", Role.HEADING),
    Text("Nội dung"),
    Hash("Mã", "ab" * 32),
    Value("Giá trị", "07 18"),
    Table((Column("STT", 1.5, centred=True), Column("Tên", 4)), (("1", "a\nb"), ("", "c")), True),
    Picture(b"\xff\xd8 no matter which bytes", "Ảnh 1"),
    Text("Hết./."),
)
WHOLE = papers.paper(
    *EVERY_BLOCK,
    letterhead=papers.letterhead(number=5, dated=date(2026, 12, 3), restricted=True),
    signatures=(Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Bùi Văn Đủ", "(Ký)"),),
    synthetic=True,
    verification=Verification("0" * 32, "https://kycuong.example/v/0"),
)
APPENDIX = replace(
    papers.paper(),
    letterhead=None,
    title=AppendixTitle("Phụ lục", "Danh sách", "(Kèm theo Báo cáo)"),
    landscape=True,
)


def there_and_back(*content: Document) -> tuple[Document, ...]:
    text = json.dumps(stored.dumped(content))
    return stored.loaded(json.loads(text), stored.pictures(content))


@pytest.mark.parametrize(
    "content",
    [
        (WHOLE, APPENDIX),
        (papers.paper(),),
        (monthly_plan.compose(papers.monthly_plan()),),
        (draw_minutes.compose(papers.draw_minutes(outcome=papers.OUTCOME)),),
        (restricted_appendix.compose(papers.appendix()),),
    ],
    ids=["every block", "short", "plan", "minutes", "appendix"],
)
def test_content_comes_back_as_it_was(content: tuple[Document, ...]) -> None:
    assert there_and_back(*content) == content


def test_a_picture_is_named_and_not_held() -> None:
    written = json.dumps(stored.dumped([WHOLE]))
    (sha256,) = stored.pictures([WHOLE])
    assert sha256 in written
    assert "no matter" not in written


def test_what_holds_its_default_is_not_written_and_so_may_come_to_be_later() -> None:
    (plain,) = stored.dumped([papers.paper(Text("x"))])["papers"]
    assert plain["body"] == [{"is": "Text", "text": "x"}]
    assert "verification" not in plain


def at(value: Any, *place: str | int) -> Any:
    for step in place:
        value = value[step]
    return value


@pytest.mark.parametrize(
    ("place", "name", "wrong"),
    [
        ((), "format", "kycuong/paper/0"),
        ((), "papers", []),
        ((), "papers", {}),
        ((), "more", 1),
        (("papers", 0), "is", "Letterhead"),
        (("papers", 0), "is", None),
        (("papers", 0), "body", "text"),
        (("papers", 0), "title", None),
        (("papers", 0), "moon", 1),
        (("papers", 0), "synthetic", 1),
        (("papers", 0, "letterhead"), "number", True),
        (("papers", 0, "letterhead"), "number", "5"),
        (("papers", 0, "letterhead"), "dated", "03/12/2026"),
        (("papers", 0, "letterhead"), "dated", 5),
        (("papers", 0, "body", 0), "is", "Signature"),
        (("papers", 0, "body", 0), "is", "object"),
        (("papers", 0, "body", 0), "is", ["Text"]),
        (("papers", 0, "body", 0), "role", "moon"),
        (("papers", 0, "body", 0), "role", []),
        (("papers", 0, "body", 0), "text", None),
        (("papers", 0, "body", 5, "columns", 0), "share", "1"),
        (("papers", 0, "body", 5), "rows", [1]),
        (("papers", 0, "body", 6), "data", "0" * 64),
        (("papers", 0, "body", 6), "data", {}),
    ],
)
def test_what_is_no_content_is_refused(place: tuple[str | int, ...], name: str, wrong: Any) -> None:
    written = deepcopy(stored.dumped([WHOLE]))
    at(written, *place)[name] = wrong
    with pytest.raises(ContentUnreadable):
        stored.loaded(written, stored.pictures([WHOLE]))


def test_what_is_missing_is_refused_with_its_place() -> None:
    written = stored.dumped([WHOLE])
    del written["papers"][0]["body"][2]["text"]
    with pytest.raises(ContentUnreadable) as refused:
        stored.loaded(written, stored.pictures([WHOLE]))
    assert refused.value.params == {"place": "papers.0.body.2"}


@pytest.mark.parametrize("value", [None, [], "", 1, {"papers": []}])
def test_what_is_not_even_an_object_is_refused(value: object) -> None:
    with pytest.raises(ContentUnreadable):
        stored.loaded(value, {})


def test_bounds_hold_for_what_is_read_too() -> None:
    written = stored.dumped([papers.paper()])
    written["papers"][0]["title"]["kind"] = "x" * 201
    with pytest.raises(DocumentError) as refused:
        stored.loaded(written, {})
    assert refused.value.code == "text_too_long"
