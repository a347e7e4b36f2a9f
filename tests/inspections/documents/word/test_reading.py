"""Reading Word documents that were not written here, or not for this: what is refused, and under which code."""

import unicodedata
from collections.abc import Callable

import pytest

from inspections.documents.content import MAX_ITEMS, Text
from inspections.documents.word.reading import Paragraph, read
from inspections.documents.word.refusal import SENTENCES, DocxRefused
from inspections.documents.word.writing import write
from tests.inspections.documents.papers import paper
from tests.inspections.documents.word import hostile
from tests.inspections.documents.word.hostile import (
    around_run,
    before_body_end,
    in_paragraph,
    instead,
    office_relation,
    rewritten,
    with_entry,
    with_relation,
    with_type,
)

WORD = "application/vnd.ms-word"
NUMBERED = (
    '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    "<w:r><w:t>Dòng</w:t></w:r></w:p>"
)


@pytest.fixture(scope="module")
def written() -> bytes:
    return write([paper(Text("Câu một."), Text("Câu hai./."))], "0123456789abcdef")


def said(data: bytes) -> list[str]:
    """What the body says."""
    return [item.text for item in read(data) if item.marks and isinstance(item, Paragraph)]


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (instead(b""), "docx_not_docx"),
    "text": (instead(b"Kinh gui"), "docx_not_docx"),
    "PDF": (instead(b"%PDF-1.7"), "docx_not_docx"),
    "DOC": (instead(hostile.OLE), "docx_not_docx"),
    "password": (
        instead(hostile.OLE + "EncryptedPackage".encode("utf-16-le")),
        "docx_protected",
    ),
    "encrypted entry": (hostile.encrypted, "docx_protected"),
    "half a file": (lambda data: data[: len(data) // 2], "docx_damaged"),
    "an understated entry": (hostile.understated, "docx_too_large"),
    "a bomb": (hostile.zeros, "docx_too_large"),
    "a large file": (lambda data: data + bytes(9 << 20), "docx_too_large"),
    "depth": (hostile.deep, "docx_too_large"),
    "two main parts": (hostile.doubled, "docx_damaged"),
    "broken XML": (
        lambda data: rewritten(data, {hostile.MAIN: lambda xml: xml[:-5]}),
        "docx_damaged",
    ),
    "no body": (
        lambda data: rewritten(data, {hostile.MAIN: lambda xml: xml.replace("w:body", "w:x")}),
        "docx_damaged",
    ),
    "entities": (hostile.with_doctype, "docx_doctype"),
    "entities of a part that is not read": (
        lambda data: with_entry(data, "customXml/item9.xml", b"<!DOCTYPE x []><x/>"),
        "docx_doctype",
    ),
    "a workbook": (hostile.as_type("application/vnd.ms-excel.sheet.main+xml"), "docx_not_docx"),
    "a template": (
        hostile.as_type(
            "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
        ),
        "docx_not_docx",
    ),
    "DOCM": (hostile.as_type(f"{WORD}.document.macroEnabled.main+xml"), "docx_macros"),
    "a macro": (with_type("application/vnd.ms-office.vbaProject"), "docx_macros"),
    "a macro under a quiet type": (
        lambda data: with_entry(data, "word/vbaProject.bin", b"x"),
        "docx_macros",
    ),
    "a macro that is referred to": (
        with_relation(
            "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "macros.bin"
        ),
        "docx_macros",
    ),
    "a link": (office_relation("hyperlink", "https://x.test/", "External"), "docx_external"),
    "a picture elsewhere": (
        office_relation("image", "file://host/share/x.png", "External"),
        "docx_external",
    ),
    "a template elsewhere": (
        office_relation("attachedTemplate", "https://x.test/a.dotm", "External"),
        "docx_external",
    ),
    "a template within": (office_relation("attachedTemplate", "a.dotx"), "docx_external"),
    "OLE": (office_relation("oleObject", "embeddings/o.bin"), "docx_embedded"),
    "a workbook within": (
        lambda data: with_entry(data, "word/embeddings/x.xlsx", b"PK"),
        "docx_embedded",
    ),
    "a control": (with_type(f"{WORD}.activeX+xml"), "docx_embedded"),
    "altChunk referred to": (office_relation("aFChunk", "chunk.htm"), "docx_embedded"),
    "altChunk": (before_body_end("<w:altChunk/>"), "docx_embedded"),
    "an object": (in_paragraph("<w:object/>"), "docx_embedded"),
    "inserted": (around_run('<w:ins w:id="1" w:author="A">', "</w:ins>"), "docx_tracked"),
    "deleted": (around_run('<w:del w:id="1" w:author="A">', "</w:del>"), "docx_tracked"),
    "moved": (around_run('<w:moveTo w:id="1" w:author="A">', "</w:moveTo>"), "docx_tracked"),
    "a picture": (in_paragraph("<w:drawing/>"), "docx_picture"),
    "an old text box": (in_paragraph("<w:pict/>"), "docx_picture"),
    "a text box": (
        in_paragraph(
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"/>'
        ),
        "docx_picture",
    ),
    "a footnote": (in_paragraph('<w:footnoteReference w:id="2"/>'), "docx_note"),
    "a field": (around_run('<w:fldSimple w:instr="DATE">', "</w:fldSimple>"), "docx_field"),
    "a hidden field": (in_paragraph("<w:instrText>DDEAUTO c:\\\\x</w:instrText>"), "docx_field"),
    "a symbol": (in_paragraph('<w:sym w:font="Wingdings" w:char="F0E0"/>'), "docx_content"),
    "a formula": (
        around_run(
            '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">',
            "</m:oMath>",
        ),
        "docx_content",
    ),
    "something new in the body": (before_body_end("<w:x/>"), "docx_content"),
    "a numbered list": (before_body_end(NUMBERED.format(number=5)), "docx_numbering"),
    "a table within a table": (
        lambda data: rewritten(
            data,
            {
                hostile.MAIN: lambda xml: xml.replace(
                    "</w:tc>", "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:tc>", 1
                )
            },
        ),
        "docx_structure",
    ),
    "too many paragraphs": (
        before_body_end("<w:p><w:r><w:t>x</w:t></w:r></w:p>" * MAX_ITEMS),
        "docx_too_long",
    ),
    "a paragraph without end": (in_paragraph(f"<w:t>{'x' * 20_001}</w:t>"), "docx_too_long"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_edited_draft_is_refused_under_its_code(name: str, written: bytes) -> None:
    change, code = HOSTILE[name]
    data = change(written)
    assert data != written
    with pytest.raises(DocxRefused) as caught:
        read(data)
    assert caught.value.code == code
    assert str(caught.value)


def test_every_code_has_a_case() -> None:
    elsewhere = {"docx_not_ours", "docx_other_version"}  # need the paper that they belong to
    assert {code for _change, code in HOSTILE.values()} == set(SENTENCES) - elsewhere


def test_a_refusal_names_what_it_means(written: bytes) -> None:
    with pytest.raises(DocxRefused) as caught:
        read(in_paragraph("<w:sym/>")(written))
    assert caught.value.params == {"element": "sym"}
    assert "sym" in str(caught.value)


def test_text_typed_in_decomposed_letters_is_read_composed(written: bytes) -> None:
    typed = unicodedata.normalize("NFD", "Đề nghị khắc phục những tồn tại")
    data = in_paragraph(f"<w:t xml:space='preserve'> {typed}</w:t>")(written)
    assert said(data)[0] == "Câu một. Đề nghị khắc phục những tồn tại"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:tab/><w:t>sau</w:t>", "Câu một. sau"),
        ("<w:br/><w:t>sau</w:t>", "Câu một. sau"),
        ("<w:noBreakHyphen/><w:t>sau</w:t>", "Câu một.-sau"),
        ("<w:softHyphen/><w:t>sau</w:t>", "Câu một.sau"),
        ("<w:t xml:space='preserve'>\u00a0 \u200b sau</w:t>", "Câu một. sau"),
        ("<w:lastRenderedPageBreak/>", "Câu một."),
        ('<w:commentReference w:id="0"/>', "Câu một."),
    ],
)
def test_what_word_writes_within_text_is_read_as_people_see_it(
    xml: str, text: str, written: bytes
) -> None:
    assert said(in_paragraph(xml)(written))[0] == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<w:proofErr w:type='spellStart'/>", "<w:proofErr w:type='spellEnd'/>"),
        ("<w:smartTag><w:smartTagPr/>", "</w:smartTag>"),
        ("<w:sdt><w:sdtPr/><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        ('<w:hyperlink w:anchor="a">', "</w:hyperlink>"),
        ('<w:commentRangeStart w:id="0"/>', '<w:commentRangeEnd w:id="0"/>'),
    ],
)
def test_what_word_puts_around_text_does_not_hide_it(
    before: str, after: str, written: bytes
) -> None:
    assert said(around_run(before, after)(written)) == ["Câu một.", "Câu hai./."]


def test_a_bullet_that_word_made_of_a_dash_is_read_as_the_dash(written: bytes) -> None:
    bullet = before_body_end(NUMBERED.format(number=1))
    styled = before_body_end(
        '<w:p><w:pPr><w:pStyle w:val="ListBullet"/></w:pPr><w:r><w:t>Kiểu</w:t></w:r></w:p>'
    )
    formats = {"word/numbering.xml": lambda xml: xml.replace('w:val="decimal"', 'w:val="bullet"')}
    read_back = [item.text for item in read(styled(bullet(rewritten(written, formats))))]
    assert "- Dòng" in read_back
    assert "- Kiểu" in read_back


def test_a_number_that_a_style_sets_is_refused(written: bytes) -> None:
    styled = before_body_end(
        '<w:p><w:pPr><w:pStyle w:val="ListNumber"/></w:pPr><w:r><w:t>Kiểu</w:t></w:r></w:p>'
    )
    with pytest.raises(DocxRefused) as caught:
        read(styled(written))
    assert caught.value.code == "docx_numbering"


def test_parts_that_a_later_word_adds_are_let_pass(written: bytes) -> None:
    later = with_relation("http://schemas.microsoft.com/office/2031/relationships/x", "x.xml")
    data = later(with_entry(written, "word/x.xml", b"<x/>"))
    assert said(data) == ["Câu một.", "Câu hai./."]


def test_text_in_the_head_of_the_page_is_refused(written: bytes) -> None:
    data = rewritten(
        written, {"word/header1.xml": lambda xml: xml.replace("<w:t>2<", "<w:t>Kinh gui<")}
    )
    with pytest.raises(DocxRefused) as caught:
        read(data)
    assert caught.value.code == "docx_structure"
    assert caught.value.params == {"place": "Kinh gui"}
