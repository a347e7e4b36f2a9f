"""What python-docx has no call for: rules, boxes, bookmarks, page numbers, tables that only place things."""

import unicodedata
import zipfile
from io import BytesIO
from typing import Any, Final

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from inspections.documents.measure import width

FONT: Final = "Times New Roman"
RULE: Final = 0.4  # of the line above it; the decree asks for a third to a half
_EPOCH: Final = (2000, 1, 1, 0, 0, 0)


def element(tag: str, /, **attributes: object) -> Any:
    """Return an element of WordprocessingML with its attributes."""
    made = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


def text_width(text: str, size: float, *, bold: bool) -> Length:
    """Return about how wide ``text`` is in Times: marks above and below letters do not widen them."""
    bare = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    letters = "".join(char if ord(char) < 256 else "" for char in bare)
    return Pt(width(letters, "Times-Bold" if bold else "Times-Roman", size))


def mark(paragraph: Paragraph, name: str, number: int) -> None:
    """Put a bookmark around what the paragraph says."""
    first = 1 if paragraph._p.pPr is not None else 0  # noqa: SLF001  python-docx's own way to the XML
    paragraph._p.insert(first, element("bookmarkStart", id=number, name=name))  # noqa: SLF001
    paragraph._p.append(element("bookmarkEnd", id=number))  # noqa: SLF001


def border(paragraph: Paragraph, *sides: str) -> None:
    """Draw a rule on sides of the paragraph."""
    borders = element("pBdr")
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            borders.append(element(side, val="single", sz=6, space=1, color="auto"))
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
    )


def narrow(paragraph: Paragraph, room: Length, wanted: Length) -> None:
    """Indent a paragraph on both sides so that ``wanted`` is left of ``room``."""
    side = Length(max(0, (room - wanted) // 2))
    paragraph.paragraph_format.left_indent = side
    paragraph.paragraph_format.right_indent = side


def page_number(paragraph: Paragraph) -> None:
    """Add the number of the page."""
    field = element("fldSimple", instr="PAGE")
    run = element("r")
    text = element("t")
    text.text = "2"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001


def number_from_one(section: Section) -> None:
    """Let the pages of a section count from 1."""
    # Word refuses a file whose elements do not stand in the order of the schema.
    after = ("w:cols", "w:titlePg", "w:docGrid")
    section._sectPr.insert_element_before(element("pgNumType", start=1), *after)  # noqa: SLF001


def widths(table: Table, *columns: Length) -> None:
    """Fix the widths of a table's columns, which Word takes from the cells and LibreOffice from the grid."""
    table.autofit = False
    for column, wide in zip(table.columns, columns, strict=True):
        column.width = wide
        for cell in column.cells:
            cell.width = wide


def without_margins(table: Table) -> None:
    """Let the cells of a table that only places things have no margins of their own."""
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=0, type="dxa"))
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")  # noqa: SLF001


def repeat_head(table: Table) -> None:
    """Repeat the first row on every page."""
    table.rows[0]._tr.get_or_add_trPr().append(element("tblHeader"))  # noqa: SLF001


def drop_first(cell: _Cell) -> None:
    """Remove the empty paragraph that a new cell begins with, once there is another."""
    first = cell.paragraphs[0]._p  # noqa: SLF001
    first.getparent().remove(first)


def set_font(style: Any, size: float) -> None:
    """Set a style in the paper's font, for every script, and in Vietnamese for the spelling check."""
    style.font.name, style.font.size = FONT, Pt(size)
    properties = style.element.get_or_add_rPr()
    fonts = properties.rFonts
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    properties.append(element("lang", val="vi-VN", eastAsia="vi-VN"))


def drop_thumbnail(word: Document) -> None:
    """Remove the small picture of another document that python-docx's template brings along."""
    relations = word.part.package.rels
    for key in [key for key, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[key]


def without_clock(data: bytes) -> bytes:
    """Return a .docx whose entries tell no time, so that equal papers give equal bytes."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            still = zipfile.ZipInfo(entry.filename, _EPOCH)
            still.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(still, old.read(entry))
    return target.getvalue()
