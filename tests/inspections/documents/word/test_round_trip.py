"""A paper written for Word: what stands in it, and that it comes back as it went."""

from dataclasses import replace
from io import BytesIO

import docx
import pytest
from docx.document import Document as WordDocument

from inspections.documents.content import (
    AppendixTitle,
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
)
from inspections.documents.word.differences import differences
from inspections.documents.word.reading import Grid, Paragraph, read
from inspections.documents.word.writing import write
from tests.inspections.documents.narratives import COMPOSED
from tests.inspections.documents.papers import digest, letterhead, paper
from tests.inspections.documents.test_papers import packed

TOKEN = "0123456789abcdef"


def opened(data: bytes) -> WordDocument:
    return docx.Document(BytesIO(data))


@pytest.fixture
def mixed() -> list[Document]:
    """A paper with every block and part, and an appendix that lies."""
    table = Table((Column("STT", 1, centred=True), Column("Đơn vị", 9)), (("1", "Xã\nTân Hồng"),))
    main = paper(
        Text("Căn cứ Luật;", Role.GROUND),
        Text("I. MỤC", Role.HEADING),
        Text("Câu một."),
        Hash("Mã", digest("x")),
        Value("Giá trị", "52 917"),
        table,
        Text("Câu cuối./."),
        letterhead=letterhead(draft=True, restricted=True),
        addressees=("Sở Tài chính", "Xã Tân Hồng"),
        synthetic=True,
    )
    title = AppendixTitle("Phụ lục", "Danh sách", "(Kèm theo)")
    return [main, Document(title, (Text("Dòng phụ lục."), table), landscape=True)]


@pytest.mark.parametrize("name", COMPOSED)
def test_a_paper_that_nobody_edited_comes_back_without_a_difference(name: str) -> None:
    papers = COMPOSED[name]()
    assert differences(papers, TOKEN, write(papers, TOKEN)) == []


def test_every_block_comes_back_without_a_difference(mixed: list[Document]) -> None:
    assert differences(mixed, TOKEN, write(mixed, TOKEN)) == []


def test_a_file_saved_again_by_another_program_comes_back_without_a_difference(
    mixed: list[Document],
) -> None:
    word, again = opened(write(mixed, TOKEN)), BytesIO()
    word.save(again)
    assert differences(mixed, TOKEN, again.getvalue()) == []


@pytest.mark.parametrize("name", COMPOSED)
def test_word_says_what_the_pdf_says(name: str) -> None:
    (document,) = COMPOSED[name]()
    said = packed(*(item.text for item in read(write([document], TOKEN))))
    for block in document.body:
        if isinstance(block, Text):
            assert packed(block.text) in said
    assert packed(document.title.subject) in said
    assert all(packed(one) in said for one in (*document.addressees, *document.recipients))
    if document.letterhead:
        assert "CỘNGHÒAXÃHỘICHỦNGHĨAVIỆTNAMĐộclập-Tựdo-Hạnhphúc" in said
        assert "GIÁMĐỐCNguyễnThịNgọcÁnh" in said


def test_equal_papers_give_equal_bytes(mixed: list[Document]) -> None:
    assert write(mixed, TOKEN) == write(mixed, TOKEN)


def test_the_page_is_that_of_the_decree(mixed: list[Document]) -> None:
    word = opened(write(mixed, TOKEN))
    standing, lying = word.sections
    margins = [
        round(edge.mm)
        for edge in (
            standing.page_width,
            standing.page_height,
            standing.top_margin,
            standing.bottom_margin,
            standing.left_margin,
            standing.right_margin,
        )
        if edge is not None
    ]
    assert margins == [210, 297, 20, 20, 30, 20]
    assert lying.page_width == standing.page_height
    assert word.styles["Normal"].font.name == "Times New Roman"
    assert standing.different_first_page_header_footer
    assert 'w:instr="PAGE"' in standing.header._element.xml
    assert "PAGE" not in standing.first_page_header._element.xml
    assert 'w:start="1"' in lying._sectPr.xml


def test_sizes_and_faces_are_those_of_the_decree() -> None:
    word = opened(write([paper(Text("Câu./."))], TOKEN))
    runs = {
        run.text: run
        for holder in (
            word,
            *(cell for table in word.tables for row in table.rows for cell in row.cells),
        )
        for paragraph in holder.paragraphs
        for run in paragraph.runs
    }
    sizes = {text: run.font.size.pt for text, run in runs.items() if text and run.font.size}
    assert sizes["UBND TỈNH ĐỒNG THÁP"] == 12
    assert not runs["UBND TỈNH ĐỒNG THÁP"].bold
    assert runs["SỞ NỘI VỤ"].bold
    assert sizes["Độc lập - Tự do - Hạnh phúc"] == 13
    assert sizes["BÁO CÁO"] == sizes["Câu./."] == sizes["GIÁM ĐỐC"] == 14
    assert sizes["Nơi nhận:"] == 12
    assert runs["Nơi nhận:"].italic
    assert sizes["- UBND tỉnh;"] == 11


def test_rules_are_borders_with_the_lengths_that_the_decree_asks_for() -> None:
    word = opened(write([paper()], TOKEN))
    xml = word.element.xml
    assert xml.count("<w:bottom ") == 3  # agency, motto, subject


def test_tables_have_lines_and_repeat_their_head(mixed: list[Document]) -> None:
    word = opened(write(mixed, TOKEN))
    grids = [table for table in word.tables if table.style and table.style.name == "Table Grid"]
    assert len(grids) == 2
    assert all("<w:tblHeader/>" in table.rows[0]._tr.xml for table in grids)


def test_every_paragraph_of_the_body_carries_a_mark_of_its_own(mixed: list[Document]) -> None:
    marked = [
        (mark.document, mark.block) for item in read(write(mixed, TOKEN)) for mark in item.marks
    ]
    assert marked == [(0, place) for place in range(7)] + [(1, 0), (1, 1)]


def test_invented_data_say_so_in_the_foot_of_every_page(mixed: list[Document]) -> None:
    first, second = opened(write(mixed, TOKEN)).sections
    for part in (first.footer, first.first_page_footer):
        assert part.paragraphs[0].text == "DỮ LIỆU MÔ PHỎNG"
    assert second.footer.paragraphs[0].text == ""


def test_several_signatures_stand_side_by_side() -> None:
    names = tuple(Signature((f"Người {place}",), f"Lê {place}", "(Ký)") for place in "ABC")
    *_rest, foot = (
        item for item in read(write([paper(signatures=names)], TOKEN)) if isinstance(item, Grid)
    )
    assert foot.rows[0] == (
        "NGƯỜI A (Ký) Lê A",
        "NGƯỜI B (Ký) Lê B",
        "NGƯỜI C (Ký) Lê C",
    )


def test_markup_is_written_as_it_was_typed() -> None:
    typed = "<b>a</b> & \"x\" <w:del>'{{y}}'"
    items = read(write([paper(Text(typed))], TOKEN))
    assert [item.text for item in items if item.marks and isinstance(item, Paragraph)] == [typed]


def test_a_paper_with_photographs_is_not_for_word() -> None:
    with pytest.raises(DocumentError) as caught:
        write([paper(Picture(b"", "Ảnh 1"))], TOKEN)
    assert caught.value.code == "no_docx"


def test_a_paper_without_a_head_is_written_too() -> None:
    bare = replace(paper(), letterhead=None, signatures=(), recipients=())
    assert differences([bare], TOKEN, write([bare], TOKEN)) == []
