"""Reading the text of a Word document: paragraphs and tables in their order, and the marks that paragraphs carry.

Formatting is not read: the paper sets its own. Comments are questions to people and not text of the paper; they are
passed over. Whatever would make the text read differently from what its writer sees is refused.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from inspections.documents.content import MAX_CHARACTERS, MAX_ITEMS
from inspections.documents.layout import SYNTHETIC
from inspections.documents.word.package import Package, open_package
from inspections.documents.word.refusal import DocxRefused
from inspections.text import nfc

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MOST_CHARACTERS: Final = 20_000  # of one paragraph

_MARK: Final = re.compile(r"kc([0-9a-f]{16})_([0-9]{1,4})_([0-9]{1,4})")
_TRACKED: Final = (
    "ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "cellMerge", "delText", "delInstrText"
)  # fmt: skip
_REFUSED: Final = {
    **{_W + name: "docx_tracked" for name in _TRACKED},
    _MC + "AlternateContent": "docx_picture",
    _W + "drawing": "docx_picture",
    _W + "pict": "docx_picture",
    _W + "object": "docx_embedded",
    _W + "control": "docx_embedded",
    _W + "altChunk": "docx_embedded",
    _W + "subDoc": "docx_external",
    _W + "footnoteReference": "docx_note",
    _W + "endnoteReference": "docx_note",
    _W + "fldSimple": "docx_field",
    _W + "fldChar": "docx_field",
    _W + "instrText": "docx_field",
}
_TEXT: Final = {
    **dict.fromkeys((_W + "tab", _W + "ptab", _W + "br", _W + "cr"), " "),
    _W + "noBreakHyphen": "-",
    _W + "softHyphen": "",
}
_INTO: Final = frozenset(
    _W + name
    for name in ("r", "smartTag", "sdt", "sdtContent", "customXml", "hyperlink", "bdo", "dir")
)
_PAST: Final = frozenset(
    _W + name
    for name in (
        "pPr", "rPr", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr", "sectPr", "tblPr", "tblGrid", "trPr", "tcPr",
        "tblPrEx", "bookmarkEnd", "proofErr", "permStart", "permEnd", "commentRangeStart", "commentRangeEnd",
        "commentReference", "annotationRef", "lastRenderedPageBreak",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """Which paragraph of which content a paragraph was written from."""

    token: str
    document: int
    block: int

    @property
    def name(self) -> str:
        """The bookmark's name, which Word and LibreOffice keep through editing."""
        return f"kc{self.token}_{self.document}_{self.block}"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph that says something; two that were joined carry both marks."""

    text: str
    marks: frozenset[Mark] = frozenset()

    @property
    def said(self) -> object:
        """What must be equal where nothing may be changed."""
        return self.text


@dataclass(frozen=True)
class Grid:
    """A table's cells, row by row."""

    rows: tuple[tuple[str, ...], ...]
    marks: frozenset[Mark] = frozenset()

    @property
    def text(self) -> str:
        """Everything in it."""
        return " ".join(cell for row in self.rows for cell in row if cell)

    @property
    def said(self) -> object:
        """What must be equal where nothing may be changed."""
        return self.rows


Item = Paragraph | Grid


def read(data: bytes) -> list[Item]:
    """Return what stands in a Word document; paragraphs without text are left out.

    Raises `DocxRefused`, with every code but those about the paper that the document belongs to.
    """
    package = open_package(data)
    body = package.main.find(_W + "body")
    if body is None:
        raise DocxRefused("docx_damaged")
    for element in package.main.iter():
        if element.tag in _REFUSED:
            raise DocxRefused(_REFUSED[element.tag])
    _check_margins(package)
    reader = _Reader(_Lists(package))
    items = list(reader.items(body))
    lengths = [len(item.text) for item in items]
    if sum(lengths) > MAX_CHARACTERS or len(items) > MAX_ITEMS:
        raise DocxRefused("docx_too_long")
    if any(isinstance(item, Paragraph) and len(item.text) > MOST_CHARACTERS for item in items):
        raise DocxRefused("docx_too_long")
    return items


def clean(text: str) -> str:
    """Return text as content keeps it: NFC, white space collapsed."""
    return " ".join(nfc(text).split())


def _check_margins(package: Package) -> None:
    """Refuse text in the page's head or foot, which hold a page number or the mark of invented data."""
    for kind in ("header", "footer"):
        for root in package.of_kind(kind):
            said = clean("".join(piece.text or "" for piece in root.iter(_W + "t")))
            if said.strip("0123456789 ") not in {"", SYNTHETIC}:
                raise DocxRefused("docx_structure", place=said[:80])


class _Reader:
    def __init__(self, lists: "_Lists") -> None:
        self._lists = lists
        self._waiting: set[Mark] = set()  # marks that stand between paragraphs

    def items(self, container: ET.Element) -> Iterator[Item]:
        """Yield the paragraphs and tables of a body, also from within content controls."""
        for element in container:
            if element.tag == _W + "p":
                text, own = self._paragraph(element)
                if text:
                    yield Paragraph(text, frozenset(own))
            elif element.tag == _W + "tbl":
                marks: set[Mark] = set()
                rows = tuple(self._rows(element, marks))
                yield Grid(rows, frozenset(marks))
            elif element.tag == _W + "bookmarkStart":
                self._waiting |= _marks(element)
            elif element.tag in _INTO:
                yield from self.items(element)
            elif element.tag not in _PAST:
                raise _strange(element)

    def _paragraph(self, element: ET.Element) -> tuple[str, set[Mark]]:
        marks, self._waiting = self._waiting, set()
        said = clean("".join(_inline(element, marks)))
        return (self._lists.label(element) + said if said else ""), marks

    def _rows(self, table: ET.Element, marks: set[Mark]) -> Iterator[tuple[str, ...]]:
        for row in _within(table, _W + "tr"):
            yield tuple(self._cell(cell, marks) for cell in _within(row, _W + "tc"))

    def _cell(self, cell: ET.Element, marks: set[Mark]) -> str:
        items = list(self.items(cell))
        for item in items:
            if isinstance(item, Grid):
                raise DocxRefused("docx_structure", place=item.text[:80])
            marks |= item.marks
        return " ".join(item.text for item in items)


def _within(container: ET.Element, tag: str) -> Iterator[ET.Element]:
    """Yield the rows of a table or the cells of a row, also from within content controls."""
    for element in container:
        if element.tag == tag:
            yield element
        elif element.tag in _INTO:
            yield from _within(element, tag)
        elif element.tag not in _PAST and element.tag != _W + "bookmarkStart":
            raise _strange(element)


def _inline(container: ET.Element, marks: set[Mark]) -> Iterator[str]:
    for element in container:
        if element.tag == _W + "t":
            yield element.text or ""
        elif element.tag in _TEXT:
            yield _TEXT[element.tag]
        elif element.tag == _W + "bookmarkStart":
            marks |= _marks(element)
        elif element.tag in _INTO:
            yield from _inline(element, marks)
        elif element.tag not in _PAST:
            raise _strange(element)


def _marks(bookmark: ET.Element) -> set[Mark]:
    found = _MARK.fullmatch(bookmark.get(_W + "name", ""))
    return {Mark(found[1], int(found[2]), int(found[3]))} if found else set()


def _strange(element: ET.Element) -> DocxRefused:
    return DocxRefused("docx_content", element=element.tag.rpartition("}")[2][:40])


class _Lists:
    """The labels that Word sets before the paragraphs of its own lists.

    It makes a list of a dash that somebody types, so a bullet is read as the dash. A number it counts itself is not
    in the text and nobody can tell how it was meant: such a paragraph is refused.
    """

    def __init__(self, package: Package) -> None:
        self._formats: dict[tuple[str, str], str] = {}  # list and level → format
        self._styles: dict[str, tuple[str | None, str | None, str | None]] = {}
        for root in package.of_kind("numbering"):
            self._read_numbering(root)
        for root in package.of_kind("styles"):
            for style in root.iter(_W + "style"):
                based = _value(style.find(_W + "basedOn"))
                properties = style.find(_W + "pPr")
                number, level = _numbering(properties)
                self._styles[style.get(_W + "styleId", "")] = (number, level, based)

    def _read_numbering(self, root: ET.Element) -> None:
        levels = {
            abstract.get(_W + "abstractNumId", ""): {
                level.get(_W + "ilvl", "0"): _value(level.find(_W + "numFmt")) or "decimal"
                for level in abstract.iter(_W + "lvl")
            }
            for abstract in root.iter(_W + "abstractNum")
        }
        for number in root.iter(_W + "num"):
            abstract = _value(number.find(_W + "abstractNumId")) or ""
            for level, form in levels.get(abstract, {}).items():
                self._formats[number.get(_W + "numId", ""), level] = form

    def label(self, paragraph: ET.Element) -> str:
        """Return the label before a paragraph: a dash, or nothing."""
        properties = paragraph.find(_W + "pPr")
        number, level = _numbering(properties)
        if number is None and properties is not None:
            number, level = self._of_style(_value(properties.find(_W + "pStyle")), level)
        if number in {None, "0"}:  # 0 takes a paragraph out of the list of its style
            return ""
        form = self._formats.get((number or "", level or "0"), "none")
        if form == "bullet":
            return "- "
        if form == "none":
            return ""
        raise DocxRefused("docx_numbering")

    def _of_style(self, style: str | None, level: str | None) -> tuple[str | None, str | None]:
        seen: set[str] = set()
        while style is not None and style in self._styles and style not in seen:
            seen.add(style)
            number, own_level, based = self._styles[style]
            level = level or own_level
            if number is not None:
                return number, level
            style = based
        return None, level


def _numbering(properties: ET.Element | None) -> tuple[str | None, str | None]:
    found = properties.find(_W + "numPr") if properties is not None else None
    if found is None:
        return None, None
    return _value(found.find(_W + "numId")), _value(found.find(_W + "ilvl"))


def _value(element: ET.Element | None) -> str | None:
    return element.get(_W + "val") if element is not None else None
