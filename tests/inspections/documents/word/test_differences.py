"""What was changed in Word comes back as changes; nothing is taken over that nobody accepted."""

import unicodedata
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from io import BytesIO

import docx
import pytest
from docx.document import Document as WordDocument
from docx.text.paragraph import Paragraph

from inspections.documents.content import (
    AppendixTitle,
    Column,
    Document,
    Hash,
    Role,
    Table,
    Text,
    texts,
)
from inspections.documents.word.differences import Change, Kind, Stay, apply, differences
from inspections.documents.word.refusal import DocxRefused
from inspections.documents.word.writing import write
from tests.inspections.documents.narratives import COMPOSED
from tests.inspections.documents.papers import digest, paper

TOKEN = "0123456789abcdef"
OTHER = "fedcba9876543210"


@pytest.fixture
def papers() -> list[Document]:
    table = Table((Column("STT", 1), Column("Đơn vị", 9)), (("1", "Xã Tân Hồng"),))
    main = paper(
        Text("Căn cứ Luật Cán bộ, công chức;", Role.GROUND),
        Text("Theo đề nghị của Trưởng phòng.", Role.GROUND),
        Text("I. TÌNH HÌNH", Role.HEADING),
        Text("Đoàn kiểm tra đã kiểm tra 12 đơn vị."),
        Text("Sổ tiếp công dân bỏ trống cột kết quả."),
        Text("II. KIẾN NGHỊ", Role.HEADING),
        Text("1. Khắc phục tồn tại."),
        table,
        Text("Sở Nội vụ kính báo cáo./."),
    )
    added = Document(AppendixTitle("Phụ lục", "Danh sách", "(Kèm theo)"), (Text("Dòng phụ lục."),))
    return [main, added]


def edited(
    papers: list[Document], edit: Callable[[WordDocument], object], token: str = TOKEN
) -> bytes:
    """The file as it comes back after somebody's edit."""
    word, file = docx.Document(BytesIO(write(papers, token))), BytesIO()
    edit(word)
    word.save(file)
    return file.getvalue()


def line(word: WordDocument, text: str) -> Paragraph:
    return next(one for one in word.paragraphs if one.text == text)


def retype(old: str, new: str) -> Callable[[WordDocument], object]:
    """Somebody types other words in a paragraph."""

    def edit(word: WordDocument) -> None:
        line(word, old).runs[0].text = new

    return edit


def insert(before: str, text: str) -> Callable[[WordDocument], object]:
    """Somebody types a new paragraph."""
    return lambda word: line(word, before).insert_paragraph_before(text)


def remove(text: str) -> Callable[[WordDocument], object]:
    """Somebody deletes a paragraph."""

    def edit(word: WordDocument) -> None:
        element = line(word, text)._p
        element.getparent().remove(element)

    return edit


def one_change(papers: list[Document], edit: Callable[[WordDocument], object]) -> Change:
    (change,) = differences(papers, TOKEN, edited(papers, edit))
    return change


def body(papers: list[Document]) -> list[str]:
    return [block.text for block in papers[0].body if isinstance(block, Text)]


def test_a_changed_paragraph_shows_which_words_changed(papers: list[Document]) -> None:
    old = "Đoàn kiểm tra đã kiểm tra 12 đơn vị."
    change = one_change(papers, retype(old, "Đoàn kiểm tra đã kiểm tra 14 cơ quan, đơn vị."))
    assert (change.document, change.block, change.kind) == (0, 3, Kind.CHANGED)
    assert [
        (piece.stay, piece.text.strip()) for piece in change.segments if piece.text.strip()
    ] == [
        (Stay.SAME, "Đoàn kiểm tra đã kiểm tra"),
        (Stay.REMOVED, "12"),
        (Stay.ADDED, "14 cơ quan,"),
        (Stay.SAME, "đơn vị."),
    ]


def test_the_pieces_in_a_row_read_as_the_old_and_the_new_text(papers: list[Document]) -> None:
    change = one_change(
        papers, retype("1. Khắc phục tồn tại.", "1. Đề nghị khắc phục ngay tồn tại, hạn chế.")
    )
    for text, gone in ((change.old, Stay.ADDED), (change.new, Stay.REMOVED)):
        assert "".join(one.text for one in change.segments if one.stay is not gone) == text


def test_a_paragraph_rewritten_from_its_first_word_to_its_last_is_known_by_its_mark(
    papers: list[Document],
) -> None:
    change = one_change(papers, retype("Sổ tiếp công dân bỏ trống cột kết quả.", "Không có."))
    assert (change.block, change.kind, change.new) == (4, Kind.CHANGED, "Không có.")


def test_a_changed_paragraph_is_known_without_its_mark_too(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        found = line(word, "Sổ tiếp công dân bỏ trống cột kết quả.")
        for mark in [one for one in found._p if "bookmark" in one.tag]:
            found._p.remove(mark)
        found.runs[0].text = "Sổ tiếp công dân còn bỏ trống cột kết quả."

    assert one_change(papers, edit).kind is Kind.CHANGED


@pytest.mark.parametrize(
    ("before", "block"),
    [
        ("Căn cứ Luật Cán bộ, công chức;", 0),
        ("I. TÌNH HÌNH", 2),
        ("Sổ tiếp công dân bỏ trống cột kết quả.", 4),
        ("II. KIẾN NGHỊ", 5),
        ("Sở Nội vụ kính báo cáo./.", 8),
    ],
)
def test_a_new_paragraph_comes_at_its_place(
    before: str, block: int, papers: list[Document]
) -> None:
    change = one_change(papers, insert(before, "Dòng mới."))
    assert (change.kind, change.block, change.new) == (Kind.INSERTED, block, "Dòng mới.")
    (changed, _appendix) = apply(papers, [change])
    assert changed.body[block] in {Text("Dòng mới."), Text("Dòng mới.", Role.GROUND)}
    assert changed.body[:block] + changed.body[block + 1 :] == papers[0].body


def test_a_new_paragraph_after_all_others_comes_last(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        last = line(word, "Sở Nội vụ kính báo cáo./.")
        new = deepcopy(last._p)
        last._p.addnext(new)
        Paragraph(new, last._parent).runs[0].text = "Câu thêm./."

    change = one_change(papers, edit)
    assert (change.kind, change.block) == (Kind.INSERTED, 9)
    assert body(apply(papers, [change]))[-1] == "Câu thêm./."


def test_a_new_paragraph_among_grounds_is_a_ground(papers: list[Document]) -> None:
    change = one_change(papers, insert("Theo đề nghị của Trưởng phòng.", "Căn cứ Nghị định;"))
    assert apply(papers, [change])[0].body[1] == Text("Căn cứ Nghị định;", Role.GROUND)


def test_a_new_paragraph_of_an_appendix_comes_into_the_appendix(papers: list[Document]) -> None:
    change = one_change(papers, insert("Dòng phụ lục.", "Dòng đầu."))
    assert (change.document, change.block) == (1, 0)
    assert [one.text for one in apply(papers, [change])[1].body if isinstance(one, Text)] == [
        "Dòng đầu.",
        "Dòng phụ lục.",
    ]


def test_a_deleted_paragraph_goes(papers: list[Document]) -> None:
    change = one_change(papers, remove("1. Khắc phục tồn tại."))
    assert (change.block, change.kind) == (6, Kind.REMOVED)
    assert "1. Khắc phục tồn tại." not in body(apply(papers, [change]))


def test_an_emptied_paragraph_goes(papers: list[Document]) -> None:
    assert one_change(papers, retype("1. Khắc phục tồn tại.", "")).kind is Kind.REMOVED


def test_a_paragraph_split_in_two_is_a_change_and_a_new_one(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        first = line(word, "Đoàn kiểm tra đã kiểm tra 12 đơn vị.")
        second = deepcopy(first._p)
        first._p.addnext(second)
        for mark in [one for one in second if "bookmark" in one.tag]:
            second.remove(mark)
        first.runs[0].text = "Đoàn kiểm tra"
        Paragraph(second, first._parent).runs[0].text = "đã kiểm tra 12 đơn vị."

    changes = differences(papers, TOKEN, edited(papers, edit))
    assert [one.kind for one in changes] == [Kind.CHANGED, Kind.INSERTED]
    assert body(apply(papers, changes))[3:5] == ["Đoàn kiểm tra", "đã kiểm tra 12 đơn vị."]


def test_two_paragraphs_joined_are_a_change_and_one_that_goes(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        first = line(word, "Đoàn kiểm tra đã kiểm tra 12 đơn vị.")
        second = line(word, "Sổ tiếp công dân bỏ trống cột kết quả.")
        for child in list(second._p):
            if not child.tag.endswith("pPr"):
                first._p.append(child)
        second._p.getparent().remove(second._p)

    changes = differences(papers, TOKEN, edited(papers, edit))
    assert {one.kind for one in changes} == {Kind.CHANGED, Kind.REMOVED}
    assert body(apply(papers, changes))[3:5] == [
        "Đoàn kiểm tra đã kiểm tra 12 đơn vị.Sổ tiếp công dân bỏ trống cột kết quả.",
        "II. KIẾN NGHỊ",
    ]


def test_a_moved_paragraph_goes_in_one_place_and_comes_in_another(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        moved = line(word, "Sổ tiếp công dân bỏ trống cột kết quả.")
        line(word, "Đoàn kiểm tra đã kiểm tra 12 đơn vị.")._p.addprevious(moved._p)

    changes = differences(papers, TOKEN, edited(papers, edit))
    assert sorted(one.kind for one in changes) == [Kind.INSERTED, Kind.REMOVED]
    assert body(apply(papers, changes))[3:5] == [
        "Sổ tiếp công dân bỏ trống cột kết quả.",
        "Đoàn kiểm tra đã kiểm tra 12 đơn vị.",
    ]


def test_only_what_was_accepted_is_taken_over(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        retype("1. Khắc phục tồn tại.", "1. Khắc phục ngay tồn tại.")(word)
        remove("Sổ tiếp công dân bỏ trống cột kết quả.")(word)
        insert("II. KIẾN NGHỊ", "Dòng mới.")(word)

    changes = differences(papers, TOKEN, edited(papers, edit))
    assert len(changes) == 3
    assert apply(papers, []) == papers
    (kept,) = [one for one in changes if one.new == "1. Khắc phục ngay tồn tại."]
    after = body(apply(papers, [kept]))
    assert "1. Khắc phục ngay tồn tại." in after
    assert "Sổ tiếp công dân bỏ trống cột kết quả." in after
    assert "Dòng mới." not in after


def test_what_was_accepted_leaves_no_difference(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        retype("Sở Nội vụ kính báo cáo./.", "Trân trọng./.")(word)
        insert("I. TÌNH HÌNH", "Căn cứ khác.")(word)
        remove("1. Khắc phục tồn tại.")(word)

    data = edited(papers, edit)
    accepted = apply(papers, differences(papers, TOKEN, data))
    assert differences(accepted, OTHER, edited(accepted, lambda _word: None, OTHER)) == []
    assert " ".join(texts(tuple(accepted))).count("Trân trọng./.") == 1


def test_decomposed_letters_alone_are_no_difference(papers: list[Document]) -> None:
    old = "Sổ tiếp công dân bỏ trống cột kết quả."
    data = edited(papers, retype(old, unicodedata.normalize("NFD", old)))
    assert differences(papers, TOKEN, data) == []


@pytest.mark.parametrize(
    "text",
    [
        "BÁO CÁO",
        "Kết quả kiểm tra công vụ",
        "I. TÌNH HÌNH",
        "II. KIẾN NGHỊ",
        "Phụ lục",
        "DANH SÁCH",
    ],
)
@pytest.mark.parametrize("edit", [remove, lambda text: retype(text, "Khác")])
def test_headings_and_titles_stay(
    text: str, edit: Callable[[str], Callable[[WordDocument], object]], papers: list[Document]
) -> None:
    with pytest.raises(DocxRefused) as caught:
        differences(papers, TOKEN, edited(papers, edit(text)))
    assert caught.value.code == "docx_structure"
    assert caught.value.params == {"place": text}


@pytest.mark.parametrize("table", [0, 1, 2])
def test_head_tables_and_signatures_stay(table: int, papers: list[Document]) -> None:
    def fill_in(word: WordDocument) -> None:
        word.tables[table].rows[-1].cells[0].add_paragraph("Số: 15/BC-SNV")

    def drop(word: WordDocument) -> None:
        element = word.tables[table]._tbl
        element.getparent().remove(element)

    for edit in (fill_in, drop):
        with pytest.raises(DocxRefused) as caught:
            differences(papers, TOKEN, edited(papers, edit))
        assert caught.value.code == "docx_structure"


def test_a_hash_stays() -> None:
    papers = [paper(Hash("Mã", digest("x")), Text("Câu./."))]
    groups = " ".join(digest("x")[start : start + 4] for start in range(0, 64, 4))
    with pytest.raises(DocxRefused) as caught:
        differences(papers, TOKEN, edited(papers, retype(groups, "0000")))
    assert caught.value.code == "docx_structure"


def test_a_new_table_is_refused(papers: list[Document]) -> None:
    def edit(word: WordDocument) -> None:
        table = word.add_table(1, 1)
        table.rows[0].cells[0].text = "Bảng mới"
        line(word, "1. Khắc phục tồn tại.")._p.addprevious(table._tbl)

    with pytest.raises(DocxRefused) as caught:
        differences(papers, TOKEN, edited(papers, edit))
    assert (caught.value.code, caught.value.params) == ("docx_structure", {"place": "Bảng mới"})


@pytest.mark.parametrize("before", ["BÁO CÁO", "Kết quả kiểm tra công vụ", "Phụ lục"])
def test_text_outside_the_body_has_no_place(before: str, papers: list[Document]) -> None:
    with pytest.raises(DocxRefused) as caught:
        differences(papers, TOKEN, edited(papers, insert(before, "Ngoài lề")))
    assert (caught.value.code, caught.value.params) == ("docx_structure", {"place": "Ngoài lề"})


def test_text_behind_the_signature_has_no_place() -> None:
    papers = COMPOSED["results report"]()
    with pytest.raises(DocxRefused) as caught:
        differences(papers, TOKEN, edited(papers, lambda word: word.add_paragraph("Thêm")))
    assert (caught.value.code, caught.value.params) == ("docx_structure", {"place": "Thêm"})


def test_a_file_of_another_version_is_refused(papers: list[Document]) -> None:
    with pytest.raises(DocxRefused) as caught:
        differences(papers, OTHER, write(papers, TOKEN))
    assert caught.value.code == "docx_other_version"


def test_a_file_that_was_not_written_here_is_refused(papers: list[Document]) -> None:
    word, file = docx.Document(), BytesIO()
    word.add_paragraph("Báo cáo")
    word.save(file)
    with pytest.raises(DocxRefused) as caught:
        differences(papers, TOKEN, file.getvalue())
    assert caught.value.code == "docx_not_ours"


def test_a_paragraph_pasted_from_another_paper_is_new_text(papers: list[Document]) -> None:
    other = docx.Document(BytesIO(write([paper(Text("Từ văn bản khác."))], OTHER)))
    pasted = line(other, "Từ văn bản khác.")._p
    change = one_change(
        papers,
        lambda word: line(word, "1. Khắc phục tồn tại.")._p.addprevious(deepcopy(pasted)),
    )
    assert (change.kind, change.block, change.new) == (Kind.INSERTED, 6, "Từ văn bản khác.")


def test_a_long_paper_rewritten_throughout_is_compared_in_reasonable_work() -> None:
    papers = [paper(*(Text(f"Dòng {place} " + "chữ " * 20) for place in range(400)))]

    def edit(word: WordDocument) -> None:
        for one in word.paragraphs:
            if one.text.startswith("Dòng"):
                one.runs[0].text = one.text[::-1]

    changes = differences(papers, TOKEN, edited(papers, edit))
    assert [one.kind for one in changes] == [Kind.CHANGED] * 400
    assert apply(papers, changes)[0].body[0] == replace(Text("x"), text=changes[0].new)
