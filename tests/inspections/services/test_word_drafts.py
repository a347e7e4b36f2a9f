"""A draft goes to Word and comes back: nothing changes before somebody accepts it."""

from collections.abc import Callable
from io import BytesIO

import docx
import pytest
from docx.document import Document as WordDocument

from inspections.documents.content import DocumentError, texts
from inspections.documents.word.differences import Kind
from inspections.documents.word.refusal import DocxRefused
from inspections.errors import InvalidInput, NotAllowed, NotFound, VersionConflict, WrongState
from inspections.models import AuditEvent, EditedDraft, Paper, PaperKind, User
from inspections.services import issuing, paper_content, word_drafts
from inspections.services.word_drafts import Edited
from tests.builders import make_department
from tests.inspections.services.filings import LATER, Door, closing, make_door, send
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
OLD = "(1) 12 hồ sơ quá hạn chưa có phiếu xin lỗi."
NEW = "(1) 14 hồ sơ quá hạn chưa có phiếu xin lỗi."
CAUSE = "- " + "…" * 40


Step = Callable[[User, Paper], object]
TO_WORD: Step = lambda who, paper: word_drafts.download(actor=who, paper=paper, now=LATER)  # noqa: E731
BACK: tuple[Step, ...] = (
    lambda who, paper: word_drafts.upload(actor=who, paper=paper, data=b"", now=LATER),
    lambda who, paper: word_drafts.accept(
        actor=who, paper=paper, version=1, sha256="", changes=[], now=LATER
    ),
)


@pytest.fixture
def door() -> Door:
    make_department()
    door = make_door()
    send(door.an, closing(door, findings=[finding()]))
    return door


@pytest.fixture
def paper(door: Door) -> Paper:
    return issuing.draft(
        actor=door.people.lan, kind=PaperKind.VISIT_REPORT, visit=door.visit, now=LATER
    )


def downloaded(door: Door, paper: Paper) -> bytes:
    return word_drafts.download(actor=door.people.chi, paper=paper, now=LATER)


def edited(data: bytes, *edits: tuple[str, str]) -> bytes:
    """The file after somebody typed other words in some paragraphs."""

    def line(word: WordDocument, text: str) -> docx.text.paragraph.Paragraph:
        return next(one for one in word.paragraphs if one.text == text)

    word, file = docx.Document(BytesIO(data)), BytesIO()
    for old, new in edits:
        line(word, old).runs[0].text = new
    word.save(file)
    return file.getvalue()


def uploaded(door: Door, paper: Paper, *edits: tuple[str, str]) -> Edited:
    data = edited(downloaded(door, paper), *edits)
    return word_drafts.upload(actor=door.people.chi, paper=paper, data=data, now=LATER)


def accepted(door: Door, paper: Paper, came: Edited, *changes: int, version: int = 1) -> Paper:
    return word_drafts.accept(
        actor=door.people.chi,
        paper=paper,
        version=version,
        sha256=came.draft.sha256,
        changes=changes,
        now=LATER,
    )


def said(paper: Paper) -> str:
    return " ".join(texts(paper_content.content_of(Paper.objects.get(pk=paper.pk), LATER)))


def test_a_draft_that_comes_back_as_it_went_changes_nothing(door: Door, paper: Paper) -> None:
    assert uploaded(door, paper).changes == []


def test_what_was_typed_is_shown_and_not_taken_over(door: Door, paper: Paper) -> None:
    came = uploaded(door, paper, (OLD, NEW))
    (change,) = came.changes
    assert (change.kind, change.old, change.new) == (Kind.CHANGED, OLD, NEW)
    assert OLD in said(paper)
    assert (paper.version, EditedDraft.objects.get().version) == (1, 1)


def test_what_somebody_accepts_is_taken_over_and_the_rest_is_left(door: Door, paper: Paper) -> None:
    came = uploaded(door, paper, (OLD, NEW), (CAUSE, "- Thiếu đôn đốc."))
    changed = accepted(door, paper, came, 1)
    assert "Thiếu đôn đốc." in said(paper)
    assert OLD in said(paper)
    assert (changed.version, changed.changed_by) == (2, door.people.chi)


def test_the_same_file_again_is_the_same_draft(door: Door, paper: Paper) -> None:
    data = edited(downloaded(door, paper), (OLD, NEW))
    first, again = (
        word_drafts.upload(actor=door.people.chi, paper=paper, data=data, now=LATER)
        for _time in range(2)
    )
    assert first.draft == again.draft
    assert EditedDraft.objects.count() == 1
    assert AuditEvent.objects.filter(action="paper.word_upload").count() == 1


def test_every_step_is_on_record_without_a_word_of_the_text(door: Door, paper: Paper) -> None:
    came = uploaded(door, paper, (OLD, NEW))
    accepted(door, paper, came, 0)
    events = AuditEvent.objects.filter(object_id=str(paper.pk)).order_by("position")
    assert [event.action for event in events] == [
        "paper.draft",
        "paper.word_read",
        "paper.word_upload",
        "paper.change",
    ]
    assert all("hồ sơ" not in str(vars(event)) for event in events)


def test_a_file_of_the_draft_before_is_refused_after_a_change(door: Door, paper: Paper) -> None:
    old = downloaded(door, paper)
    accepted(door, paper, uploaded(door, paper, (OLD, NEW)), 0)
    with pytest.raises(DocxRefused) as refused:
        word_drafts.upload(actor=door.people.chi, paper=paper, data=old, now=LATER)
    assert refused.value.code == "docx_other_version"


def test_what_was_accepted_once_is_not_accepted_again(door: Door, paper: Paper) -> None:
    came = uploaded(door, paper, (OLD, NEW))
    accepted(door, paper, came, 0)
    with pytest.raises(VersionConflict):
        accepted(door, paper, came, 0)
    with pytest.raises(DocxRefused):
        accepted(door, paper, came, 0, version=2)


def test_a_change_that_there_is_not_cannot_be_accepted(door: Door, paper: Paper) -> None:
    came = uploaded(door, paper, (OLD, NEW))
    for wrong in (-1, 1):
        with pytest.raises(InvalidInput) as refused:
            accepted(door, paper, came, wrong)
        assert refused.value.code == "unknown_change"


def test_changes_of_a_file_that_never_came_cannot_be_accepted(door: Door, paper: Paper) -> None:
    with pytest.raises(NotFound):
        word_drafts.accept(
            actor=door.people.chi, paper=paper, version=1, sha256="0" * 64, changes=[], now=LATER
        )


def test_what_cannot_be_printed_is_not_accepted(door: Door, paper: Paper) -> None:
    came = uploaded(door, paper, (OLD, "(1) Tốt 👍"))
    with pytest.raises(DocumentError) as refused:
        accepted(door, paper, came, 0)
    assert refused.value.code == "glyph_missing"
    assert OLD in said(paper)


def test_only_writers_of_the_paper_take_it_to_word(door: Door, paper: Paper) -> None:
    for step in (*BACK, TO_WORD):
        with pytest.raises(NotAllowed):
            step(door.an, paper)


def test_only_a_draft_goes_to_word_and_back(door: Door, paper: Paper) -> None:
    issuing.withdraw(actor=door.people.lan, paper=paper, version=1, now=LATER)
    with pytest.raises(NotFound):
        TO_WORD(door.people.chi, paper)
    for step in BACK:
        with pytest.raises(WrongState):
            step(door.people.chi, paper)


def test_a_paper_that_follows_from_the_record_does_not_go_to_word(door: Door) -> None:
    minutes = issuing.draft(
        actor=door.people.lan, kind=PaperKind.VISIT_MINUTES, visit=door.visit, now=LATER
    )
    with pytest.raises(NotFound):
        TO_WORD(door.people.chi, minutes)
    for step in BACK:
        with pytest.raises(WrongState) as refused:
            step(door.people.chi, minutes)
        assert refused.value.code == "not_narrative"
