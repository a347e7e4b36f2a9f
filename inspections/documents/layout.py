"""Setting papers on the page by Nghị định 30/2020/NĐ-CP, Phụ lục I.

A4; margins 20 mm above and below, 30 left, 20 right; page numbers centred in the top margin, not on
the first page, from 1 again in every appendix. The sizes below are those of the decree's own
samples. The flowables of a paper are built here; `flowables` holds those that reportlab lacks.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from io import BytesIO
from threading import Lock

from django.utils.translation import gettext_lazy as _
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import black
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid
from reportlab.platypus.doctemplate import LayoutError
from reportlab.platypus.paraparser import ParaFrag
from reportlab.platypus.tables import TableStyle

from inspections.documents.content import (
    MAX_CHARACTERS,
    Blank,
    Block,
    Concerning,
    Document,
    DocumentError,
    Hash,
    Picture,
    Role,
    Table,
    Text,
    Value,
    Verification,
    texts,
)
from inspections.documents.flowables import (
    DottedLine,
    Photograph,
    addressed,
    foot,
    hash_groups,
    heading,
    letterhead,
    restricted_mark,
)
from inspections.documents.fonts import Fonts
from inspections.documents.measure import balanced, wrap
from inspections.documents.wording import grouped

SHORT, LONG = 210 * mm, 297 * mm
TOP, BOTTOM, LEFT, RIGHT = 20 * mm, 20 * mm, 30 * mm, 20 * mm
PAGE_NUMBER_SIZE, PAGE_NUMBER_FROM_TOP = 13, 12 * mm
SYNTHETIC = "DỮ LIỆU MÔ PHỎNG"
CODE_LABEL, ADDRESS_LABEL = "Mã xác thực:", "Tra cứu tại:"
BODY_SIZE, BODY_LEADING, BODY_GAP = 14, 18, 6
TABLE_SIZE, TABLE_LEADING, CELL_PADDING = 12, 14.5, 4
HAND_ROW = 10 * mm
INDENT = 12.7 * mm
PICTURE_HEIGHT = 100 * mm  # two on a page, with their captions
QR_SIZE, QR_FROM_BOTTOM, CODE_SIZE = 14 * mm, 4.5 * mm, 9

# A face keeps a reading position while it is embedded, so two threads cannot share one.
_one_at_a_time = Lock()


def render(papers: Sequence[Document], fonts: Fonts) -> bytes:
    """Return one PDF of ``papers``, each on pages of its own: a paper and its appendices.

    Equal papers and equal fonts give equal bytes.

    Raises
    ------
    DocumentError
        ``text_too_long`` beyond `MAX_CHARACTERS` in all, ``glyph_missing`` when the fonts lack a
        character, ``font_too_wide`` when the national heading does not fit its column,
        ``does_not_fit`` when something that must not be split is longer than a page.

    """
    _check(papers, fonts)
    story: list[Flowable] = []
    for index, paper in enumerate(papers):
        if index:
            story += [NextPageTemplate(f"{index}"), PageBreak()]
        story += _story(paper, fonts)
    file = BytesIO()
    template = BaseDocTemplate(
        file,
        title=papers[0].title.subject,
        author=papers[0].letterhead.agency if papers[0].letterhead else None,
        creator="Kỷ Cương",
        producer="Kỷ Cương",
        lang="vi-VN",
        displayDocTitle=1,
        initialFontName=fonts.regular,
        invariant=1,
        pageCompression=1,
        pageTemplates=[
            page for index, paper in enumerate(papers) for page in _pages(index, paper, fonts)
        ],
    )
    try:
        with _one_at_a_time:
            template.build(story)
    except LayoutError as error:
        raise DocumentError(
            _("A part of the paper is longer than a page."), code="does_not_fit"
        ) from error
    return file.getvalue()


def _check(papers: Sequence[Document], fonts: Fonts) -> None:
    printed = [text for paper in papers for text in texts(paper)]
    if sum(map(len, printed)) > MAX_CHARACTERS:
        raise DocumentError(
            _("The text is too long for one paper."), code="text_too_long", limit=MAX_CHARACTERS
        )
    used = set().union(*printed) - {"\n"}
    missing = used.union(*map(str.upper, used)) - fonts.characters
    if missing:
        raise DocumentError(
            _("The font has no glyph for some characters."),
            code="glyph_missing",
            characters="".join(sorted(missing)),
        )


def _page_size(paper: Document) -> tuple[float, float]:
    return (LONG, SHORT) if paper.landscape else (SHORT, LONG)


def _text_width(paper: Document) -> float:
    return float(_page_size(paper)[0] - LEFT - RIGHT)


def _pages(index: int, paper: Document, fonts: Fonts) -> list[PageTemplate]:
    """The first page of a paper, which shows no number, and those that follow it."""
    page_width, page_height = _page_size(paper)
    first_page = 0

    def start(canvas: Canvas, _template: BaseDocTemplate) -> None:
        nonlocal first_page
        first_page = canvas.getPageNumber()
        mark_synthetic(canvas)
        if paper.verification is not None:
            _verification(canvas, paper.verification, fonts)

    def number(canvas: Canvas, _template: BaseDocTemplate) -> None:
        canvas.setFont(fonts.regular, PAGE_NUMBER_SIZE)
        canvas.drawCentredString(
            LEFT + _text_width(paper) / 2,
            page_height - PAGE_NUMBER_FROM_TOP,
            str(canvas.getPageNumber() - first_page + 1),
        )
        mark_synthetic(canvas)

    def mark_synthetic(canvas: Canvas) -> None:
        if paper.synthetic:
            canvas.setFont(fonts.bold, PAGE_NUMBER_SIZE)
            canvas.drawCentredString(LEFT + _text_width(paper) / 2, BOTTOM / 2, SYNTHETIC)

    page = partial(PageTemplate, pagesize=(page_width, page_height))
    frame = partial(
        Frame,
        LEFT,
        BOTTOM,
        _text_width(paper),
        page_height - TOP - BOTTOM,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    return [
        page(f"{index}", [frame()], onPage=start, autoNextPageTemplate=f"{index} continued"),
        page(f"{index} continued", [frame()], onPage=number),
    ]


def _verification(canvas: Canvas, verification: Verification, fonts: Fonts) -> None:
    """Draw the QR code in the bottom margin, with what it holds in letters."""
    code, address = verification.code, verification.address
    square = Drawing(QR_SIZE, QR_SIZE)
    # A pale border is part of a QR code; the margin of the page is pale enough.
    square.add(
        QrCodeWidget(
            address or code, barWidth=QR_SIZE, barHeight=QR_SIZE, barBorder=0, barLevel="M"
        )
    )
    renderPDF.draw(square, canvas, LEFT, QR_FROM_BOTTOM)
    canvas.setFont(fonts.regular, CODE_SIZE)
    beside = LEFT + QR_SIZE + 2 * mm
    # Above and below the mark of invented data, which stands between.
    canvas.drawString(beside, QR_FROM_BOTTOM + 0.5 * mm, f"{CODE_LABEL} {grouped(code)}")
    if address:
        canvas.drawString(beside, QR_FROM_BOTTOM + QR_SIZE - 2.5 * mm, f"{ADDRESS_LABEL} {address}")


def _story(paper: Document, fonts: Fonts) -> list[Flowable]:
    across = _text_width(paper)
    story: list[Flowable] = []
    concerning = paper.title.subject if isinstance(paper.title, Concerning) else ""
    if paper.letterhead:
        story.append(letterhead(paper.letterhead, across, fonts, concerning=concerning))
    elif paper.restricted:
        story.append(restricted_mark(across, fonts))
    if not isinstance(paper.title, Concerning):
        story.append(heading(paper.title, across, fonts))
    if paper.addressees:
        story.append(addressed(paper.addressees, across, fonts))
    for block in paper.body:
        story += _block(block, across, fonts)
    if paper.signatures or paper.recipients:
        # Whoever signs sees on the same page some of what is signed.
        if isinstance(story[-1], Paragraph):
            story[-1].keepWithNext = 1
        story.append(foot(paper.signatures, paper.recipients, across, fonts))
    return story


def _block(block: Block, across: float, fonts: Fonts) -> list[Flowable]:
    match block:
        case Text():
            return [_paragraph(block, fonts)]
        case Hash():
            return [
                _paragraph(Text(block.name + ":"), fonts, keep_with_next=True),
                hash_groups(block.value, across, fonts, indent=INDENT),
            ]
        case Value():
            # Broken here and not by reportlab, which cuts a long word wherever the line ends.
            lines = balanced(block.value, fonts.regular, BODY_SIZE, across - INDENT)
            return [
                _paragraph(Text(block.name + ":"), fonts, keep_with_next=True),
                *(_paragraph(Text(line, Role.VALUE), fonts) for line in lines),
            ]
        case Table():
            return [Spacer(1, BODY_GAP), _grid(block, across, fonts)]
        case Picture():
            return [_picture(block, across, fonts)]
        case Blank():
            names = [block.name] + [""] * (block.lines - 1)
            return [DottedLine(name, across, fonts, indent=INDENT) for name in names]


def _picture(picture: Picture, across: float, fonts: Fonts) -> Flowable:
    """Set a photograph above its caption; the two are never parted."""
    photograph = Photograph(picture.data, across, PICTURE_HEIGHT)
    caption = [_paragraph(Text(picture.caption), fonts)] if picture.caption else []
    return KeepTogether([Spacer(1, BODY_GAP), photograph, *caption])


@lru_cache(maxsize=64)
def _style(fonts: Fonts, role: Role) -> ParagraphStyle:
    font = {Role.GROUND: fonts.italic, Role.HEADING: fonts.bold}.get(role, fonts.regular)
    is_value = role is Role.VALUE
    return ParagraphStyle(
        role.value,
        fontName=font,
        fontSize=BODY_SIZE,
        leading=BODY_LEADING,
        spaceBefore=0 if is_value else BODY_GAP,
        firstLineIndent=INDENT,
        alignment=TA_LEFT if is_value else TA_JUSTIFY,
        keepWithNext=role is Role.HEADING,
        allowWidows=0,
        allowOrphans=0,
        shaping=0,
    )


def _paragraph(text: Text, fonts: Fonts, *, keep_with_next: bool = False) -> Paragraph:
    """Set ``text`` without reportlab's markup: it is handed over parsed, as one fragment."""
    style = _style(fonts, text.role)
    fragment = ParaFrag(
        text=text.text,
        fontName=style.fontName,
        fontSize=style.fontSize,
        textColor=black,
        rise=0,
        underline=0,
        strike=0,
        link=None,
        us_lines=[],
    )
    paragraph = Paragraph(None, style, frags=[fragment])
    if keep_with_next:
        paragraph.keepWithNext = 1
    return paragraph


def _grid(table: Table, across: float, fonts: Fonts) -> Grid:
    """Set a table of plain strings, broken into lines beforehand: far cheaper than paragraphs."""
    unit = across / sum(column.share for column in table.columns)
    widths = [column.share * unit for column in table.columns]
    inner = [column_width - 2 * CELL_PADDING for column_width in widths]

    def row(cells: Sequence[str], font: str) -> list[str]:
        return [
            "\n".join(
                line for part in cell.split("\n") for line in wrap(part, font, TABLE_SIZE, room)
            )
            for cell, room in zip(cells, inner, strict=True)
        ]

    last = len(table.rows) - 1
    rows = [row([column.head for column in table.columns], fonts.bold)]
    for index, cells in enumerate(table.rows):
        rows.append(row(cells, fonts.bold if table.total and index == last else fonts.regular))
    commands = [
        ("FONT", (0, 0), (-1, -1), fonts.regular, TABLE_SIZE, TABLE_LEADING),
        ("FONT", (0, 0), (-1, 0), fonts.bold, TABLE_SIZE, TABLE_LEADING),
        ("ALIGN", (0, 0), (-1, 0), "CENTER"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("GRID", (0, 0), (-1, -1), 0.5, black),
        ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
    ]
    commands += [
        ("ALIGN", (index, 1), (index, -1), "CENTER")
        for index, column in enumerate(table.columns)
        if column.centred
    ]
    if table.by_hand:
        room = (HAND_ROW - TABLE_LEADING) / 2
        commands += [(side, (0, 1), (-1, -1), room) for side in ("TOPPADDING", "BOTTOMPADDING")]
    if table.total:
        commands.append(("FONT", (0, -1), (-1, -1), fonts.bold, TABLE_SIZE, TABLE_LEADING))
    return Grid(rows, colWidths=widths, repeatRows=1, style=TableStyle(commands))
