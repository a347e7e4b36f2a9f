"""Writing papers as .docx, laid out as `layout` does in PDF, for clerks to edit in Word.

Every paragraph of the body carries a bookmark that names its place, by which it is known again after editing. Head,
headings, tables and signatures are there to be seen; they are edited where their facts are kept.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from itertools import count
from typing import Any, Final

import docx
from django.utils.translation import gettext_lazy as _
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.section import Section
from docx.shared import Length, Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from inspections.documents.content import (
    AppendixTitle,
    Blank,
    Block,
    Concerning,
    Document,
    DocumentError,
    Hash,
    Letterhead,
    Picture,
    Role,
    Signature,
    Table,
    Text,
    Title,
    Value,
)
from inspections.documents.flowables import (
    ADDRESSED,
    CONCERNING,
    COUNTRY,
    DRAFT,
    MOTTO,
    RESTRICTED,
)
from inspections.documents.layout import SYNTHETIC
from inspections.documents.word import ooxml
from inspections.documents.word.reading import Mark
from inspections.documents.wording import date_or_blank, listed, number_line

_SHORT, _LONG = Mm(210), Mm(297)
_TOP, _BOTTOM, _LEFT, _RIGHT = Mm(20), Mm(20), Mm(30), Mm(20)
_RIGHT_COLUMN: Final = Mm(95)
_SIGNATURE_COLUMN: Final = Mm(94)
_SIGNING_SPACE: Final = Mm(24)
_INDENT: Final = Mm(12.7)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def write(papers: Sequence[Document], token: str) -> bytes:
    """Return one Word document of ``papers``, each on pages of its own: a paper and its appendices.

    ``token`` is 16 hexadecimal digits that stand for this content. Equal papers and tokens give equal bytes.

    Raises `DocumentError` (``no_docx``) for a paper with photographs: they have no way back.
    """
    word = docx.Document()
    ooxml.drop_thumbnail(word)
    for style, size in (("Normal", 14.0), ("Header", 13.0), ("Footer", 13.0)):
        ooxml.set_font(word.styles[style], size)
    properties = word.core_properties
    properties.title, properties.author = papers[0].title.subject[:255], "Kỷ Cương"
    properties.comments, properties.language = "", "vi-VN"
    properties.created = properties.modified = _EPOCH
    for index, paper in enumerate(papers):
        section = word.add_section(WD_SECTION.NEW_PAGE) if index else word.sections[0]
        _set_page(section, paper)
        _Writer(word, section, token, index).write(paper)
    file = BytesIO()
    word.save(file)
    return ooxml.without_clock(file.getvalue())


def _set_page(section: Section, paper: Document) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    wide, high = (_LONG, _SHORT) if paper.landscape else (_SHORT, _LONG)
    section.page_width, section.page_height = wide, high
    section.top_margin, section.bottom_margin = _TOP, _BOTTOM
    section.left_margin, section.right_margin = _LEFT, _RIGHT
    section.header_distance, section.footer_distance = Mm(8), Mm(8)
    section.different_first_page_header_footer = True
    ooxml.number_from_one(section)
    for part in (
        section.header,
        section.first_page_header,
        section.footer,
        section.first_page_footer,
    ):
        part.is_linked_to_previous = False
        part.paragraphs[0].alignment = ALIGN.CENTER
    ooxml.page_number(section.header.paragraphs[0])
    if paper.synthetic:
        for part in (section.footer, section.first_page_footer):
            part.paragraphs[0].add_run(SYNTHETIC).bold = True


class _Writer:
    """Adds one paper to a Word document."""

    def __init__(self, word: WordDocument, section: Section, token: str, index: int) -> None:
        self._word, self._token, self._index = word, token, index
        wide, left, right = section.page_width, section.left_margin, section.right_margin
        self._across = Length((wide or 0) - (left or 0) - (right or 0))
        self._bookmarks = count(10_000 * index + 1)

    def write(self, paper: Document) -> None:
        concerning = paper.title.subject if isinstance(paper.title, Concerning) else ""
        if paper.letterhead:
            self._letterhead(paper.letterhead, concerning)
        elif paper.restricted:
            self._box(self._word, RESTRICTED, self._across)
        if not isinstance(paper.title, Concerning):
            self._title(paper.title)
        if paper.addressees:
            self._addressed(paper.addressees)
        for place, block in enumerate(paper.body):
            self._block(place, block)
        if paper.signatures or paper.recipients:
            _line(self._word, "", size=6)
            self._foot(paper.signatures, paper.recipients)

    def _letterhead(self, head: Letterhead, concerning: str) -> None:
        room = Length(self._across - _RIGHT_COLUMN)
        table = self._word.add_table(2, 2)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        ooxml.widths(table, room, _RIGHT_COLUMN)
        ooxml.without_margins(table)
        agency, nation = table.rows[0].cells
        if head.superior:
            _line(agency, head.superior.upper(), size=12, align=ALIGN.CENTER)
        _line(agency, head.agency.upper(), size=12, bold=True, align=ALIGN.CENTER)
        self._rule(agency, head.agency.upper(), 12, room)
        _line(nation, COUNTRY, size=12, bold=True, align=ALIGN.CENTER)
        _line(nation, MOTTO, size=13, bold=True, align=ALIGN.CENTER)
        self._rule(nation, MOTTO, 13, _RIGHT_COLUMN, share=1)
        number, dateline = table.rows[1].cells
        _line(number, number_line(head.number, head.code), size=13, align=ALIGN.CENTER, before=6)
        if concerning:
            _line(number, CONCERNING + concerning, size=12, align=ALIGN.CENTER, before=6)
        if head.draft:
            self._box(number, DRAFT, room)
        if head.place:
            day = f"{head.place}, {date_or_blank(head.dated, head.year)}"
            _line(dateline, day, size=13, italic=True, align=ALIGN.CENTER, before=6)
        if head.restricted:
            self._box(dateline, RESTRICTED, _RIGHT_COLUMN)
        for cell in (agency, nation, number, dateline):
            if len(cell.paragraphs) > 1:
                ooxml.drop_first(cell)

    def _rule(
        self, container: Any, above: str, size: float, room: Length, share: float = ooxml.RULE
    ) -> None:
        rule = _line(container, "", size=2)
        ooxml.border(rule, "bottom")
        wide = min(ooxml.text_width(above, size, bold=True), room)
        ooxml.narrow(rule, room, Length(int(wide * share)))

    def _box(self, container: Any, text: str, room: Length) -> None:
        box = _line(container, text, size=13, bold=True, align=ALIGN.CENTER, before=6)
        ooxml.border(box, "top", "left", "bottom", "right")
        ooxml.narrow(box, room, Length(ooxml.text_width(text, 13, bold=True) + Mm(5)))

    def _title(self, title: Title | AppendixTitle) -> None:
        centred = partial(_line, self._word, align=ALIGN.CENTER)
        if isinstance(title, Title):
            centred(title.kind.upper(), bold=True, before=16)
            centred(title.subject, bold=True)
            self._rule(self._word, title.subject, 14, self._across)
        else:
            centred(title.label, bold=True, before=16)
            centred(title.subject.upper(), bold=True)
            centred(title.belongs_to, italic=True)

    def _addressed(self, addressees: tuple[str, ...]) -> None:
        if len(addressees) == 1:
            text = f"{ADDRESSED} {addressees[0]}"
            _line(self._word, text, align=ALIGN.CENTER, before=12, after=6)
            return
        items = listed(addressees)
        colon = ooxml.text_width(ADDRESSED.removesuffix(":"), 14, bold=False)
        dash = ooxml.text_width("- ", 14, bold=False)
        widest = max(ooxml.text_width(item, 14, bold=False) for item in items)
        left = max(0, (self._across - colon - dash - widest) // 2)
        label = _line(self._word, ADDRESSED, before=12)
        label.paragraph_format.left_indent = Length(left)
        for item in items:
            line = _line(self._word, f"- {item}")
            line.paragraph_format.left_indent = Length(left + colon + dash)
            line.paragraph_format.first_line_indent = Length(-dash)

    def _block(self, place: int, block: Block) -> None:
        match block:
            case Text():
                self._text(place, block)
            case Hash():
                groups = (block.value[start : start + 4] for start in range(0, 64, 4))
                self._named(place, block.name, " ".join(groups))
            case Value():
                self._named(place, block.name, block.value)
            case Table():
                self._table(place, block)
            case Picture() | Blank():
                raise DocumentError(
                    _(
                        "A paper with photographs or lines to write on is printed, not edited in Word."
                    ),
                    code="no_docx",
                )

    def _text(self, place: int, text: Text) -> None:
        line = _body_line(
            self._word,
            text.text,
            bold=text.role is Role.HEADING,
            italic=text.role is Role.GROUND,
        )
        line.paragraph_format.keep_with_next = text.role is Role.HEADING
        self._mark(line, place)

    def _mark(self, line: Paragraph, place: int) -> None:
        ooxml.mark(line, Mark(self._token, self._index, place).name, next(self._bookmarks))

    def _named(self, place: int, name: str, value: str) -> None:
        line = _body_line(self._word, name + ":")
        line.paragraph_format.keep_with_next = True
        self._mark(line, place)
        _line(self._word, value).paragraph_format.left_indent = _INDENT

    def _table(self, place: int, table: Table) -> None:
        _line(self._word, "", size=6)
        grid = self._word.add_table(1 + len(table.rows), len(table.columns), "Table Grid")
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        unit = self._across / sum(column.share for column in table.columns)
        ooxml.widths(grid, *(Length(int(column.share * unit)) for column in table.columns))
        ooxml.repeat_head(grid)
        last = len(table.rows) if table.total else -1
        heads = tuple(column.head for column in table.columns)
        for number, (row, cells) in enumerate(zip(grid.rows, (heads, *table.rows), strict=True)):
            bold = number in {0, last}
            for column, cell, text in zip(table.columns, row.cells, cells, strict=True):
                centred = ALIGN.CENTER if column.centred or number == 0 else ALIGN.LEFT
                for part in text.split("\n"):
                    _line(cell, part, size=12, bold=bold, align=centred)
                ooxml.drop_first(cell)
        self._mark(grid.rows[0].cells[0].paragraphs[0], place)

    def _foot(self, signatures: tuple[Signature, ...], recipients: tuple[str, ...]) -> None:
        if len(signatures) == 1:
            room = Length(self._across - _SIGNATURE_COLUMN)
            table = self._word.add_table(1, 2)
            ooxml.widths(table, room, _SIGNATURE_COLUMN)
            left, right = table.rows[0].cells
            _sign(right, signatures[0])
            _recipients(left, recipients)
        else:
            table = self._word.add_table(2, max(1, len(signatures)))
            each = Length(self._across // max(1, len(signatures)))
            ooxml.widths(table, *(each for _column in table.columns))
            for cell, signature in zip(table.rows[0].cells, signatures, strict=False):
                _sign(cell, signature)
            _recipients(table.rows[1].cells[0].merge(table.rows[1].cells[-1]), recipients)
        ooxml.without_margins(table)
        _line(self._word, "", size=2)


def _sign(cell: _Cell, signature: Signature) -> None:
    for line in signature.post:
        _line(cell, line.upper(), bold=True, align=ALIGN.CENTER)
    if signature.note:
        _line(cell, signature.note, size=13, italic=True, align=ALIGN.CENTER)
    name = _line(cell, signature.name, bold=True, align=ALIGN.CENTER)
    name.paragraph_format.space_before = _SIGNING_SPACE
    ooxml.drop_first(cell)


def _recipients(cell: _Cell, recipients: tuple[str, ...]) -> None:
    if not recipients:
        return
    _line(cell, "Nơi nhận:", size=12, bold=True, italic=True)
    for line in listed(recipients):
        _line(cell, f"- {line}", size=11)
    ooxml.drop_first(cell)


def _line(
    container: Any,
    text: str,
    *,
    size: float = 14,
    bold: bool = False,
    italic: bool = False,
    align: ALIGN = ALIGN.LEFT,
    before: float = 0,
    after: float = 0,
) -> Paragraph:
    """Add a paragraph to a document or a cell."""
    paragraph: Paragraph = container.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    style = paragraph.paragraph_format
    style.alignment = align
    style.space_before, style.space_after = Pt(before), Pt(after)
    if not text:  # takes the height of the rule below it, or of a small gap
        style.line_spacing_rule, style.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(size)
    return paragraph


def _body_line(container: Any, text: str, *, bold: bool = False, italic: bool = False) -> Paragraph:
    """Add a paragraph of the body: justified, its first line indented."""
    line = _line(container, text, bold=bold, italic=italic, align=ALIGN.JUSTIFY, before=6)
    line.paragraph_format.first_line_indent = _INDENT
    line.paragraph_format.line_spacing = 1.1
    return line
