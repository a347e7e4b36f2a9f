"""The parts of a paper that stand at fixed places: head, title, hashes, foot.

Each is one flowable that is never split. Sizes are those of the decree's samples; columns leave
95 mm for the national heading, which needs 88 mm at 12 pt, and the agency's names wrap in the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil

from django.utils.translation import gettext_lazy as _
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.flowables import Flowable

from inspections.documents.content import (
    AppendixTitle,
    DocumentError,
    Letterhead,
    Signature,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.measure import balanced, width, wrap
from inspections.documents.wording import date_or_blank, listed, number_line

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
RESTRICTED = "LƯU HÀNH NỘI BỘ"
DRAFT = "DỰ THẢO"
CONCERNING = "V/v "
ADDRESSED = "Kính gửi:"

RIGHT_COLUMN = 95 * mm
GUTTER = 2 * mm
SHORT_RULE = 0.4  # of the line above it; the decree asks for a third to a half
RULE_GAP, RULE_THICKNESS = 4, 0.6
SIGNING_SPACE = 26 * mm
DOTTED_LINE, DOTTED_BASE = 8.5 * mm, 4
SIGNATURES_IN_A_ROW = 3
FOOT_GAP = 14


@dataclass(frozen=True)
class Face:
    """A font in a size, and the distance of its lines."""

    font: str
    size: float
    leading: float

    def width(self, text: str) -> float:
        """Return the width of ``text`` in points."""
        return width(text, self.font, self.size)

    def lines(self, text: str, limit: float) -> list[str]:
        """Return ``text`` as it stands if it fits ``limit``, else in about equal lines that do."""
        if text and self.width(text) <= limit:
            return [text]
        return balanced(text, self.font, self.size, limit)


class Placed(Flowable):  # type: ignore[misc]  # reportlab carries no types
    """Lines of text, rules and boxes at fixed places; ``y`` runs down from the top."""

    def __init__(self, across: float) -> None:
        super().__init__()
        self.width = across
        self.height = 0.0
        self._texts: list[tuple[float, float, str, Face]] = []
        self._rules: list[tuple[float, float, float]] = []
        self._boxes: list[tuple[float, float, float, float]] = []

    def write(self, lines: Sequence[str], face: Face, x: float, y: float) -> float:
        """Set ``lines`` flush left at ``x``, the first below ``y``; return where they end."""
        for line in lines:
            self._texts.append((x, y + face.size, line, face))
            y += face.leading
        self.height = max(self.height, y)
        return y

    def centre(self, lines: Sequence[str], face: Face, x: float, y: float) -> float:
        """Set ``lines`` centred on ``x``, the first below ``y``; return where they end."""
        for line in lines:
            y = self.write([line], face, x - face.width(line) / 2, y)
        return y

    def rule(self, length: float, x: float, y: float) -> float:
        """Draw a rule centred on ``x`` just below ``y``; return where it ends."""
        y += RULE_GAP
        self._rules.append((x - length / 2, y, length))
        self.height = max(self.height, y)
        return y

    def box(self, text: str, face: Face, x: float, y: float) -> float:
        """Set ``text`` in a single box centred on ``x``; return where it ends."""
        across, down = face.width(text) + face.size, face.size * 1.6
        self._boxes.append((x - across / 2, y, across, down))
        self.centre([text], face, x, y + face.size * 0.15)
        self.height = max(self.height, y + down)
        return y + down

    def wrap(self, _across: float, _down: float) -> tuple[float, float]:
        """Return the size, which does not depend on the room."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw everything on the canvas that reportlab has set."""
        canvas: Canvas = self.canv
        for x, y, text, face in self._texts:
            canvas.setFont(face.font, face.size)
            canvas.drawString(x, self.height - y, text)
        canvas.setLineWidth(RULE_THICKNESS)
        for x, y, length in self._rules:
            canvas.line(x, self.height - y, x + length, self.height - y)
        for x, y, across, down in self._boxes:
            canvas.rect(x, self.height - y - down, across, down)


class DottedLine(Flowable):  # type: ignore[misc]  # reportlab carries no types
    """A dotted line to write on by hand, across the page or from the end of a name on."""

    def __init__(self, name: str, across: float, fonts: Fonts, *, indent: float) -> None:
        super().__init__()
        self.width, self.height = across, DOTTED_LINE
        self._name, self._face, self._indent = name, Face(fonts.regular, 14, 18), indent

    def wrap(self, _across: float, _down: float) -> tuple[float, float]:
        """Return the size, which does not depend on the room."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw name and dots on the canvas that reportlab has set."""
        canvas: Canvas = self.canv
        start = 0.0
        if self._name:
            canvas.setFont(self._face.font, self._face.size)
            canvas.drawString(self._indent, DOTTED_BASE, self._name)
            start = self._indent + self._face.width(self._name + " ")
        canvas.setLineWidth(RULE_THICKNESS)
        canvas.setDash(0.8, 2.4)
        canvas.line(start, DOTTED_BASE, self.width, DOTTED_BASE)


def letterhead(head: Letterhead, across: float, fonts: Fonts, *, concerning: str = "") -> Placed:
    """Set agency and number on the left, the national heading, place and date on the right.

    A letter says below its number what it is ``concerning``.
    """
    plain, bold = Face(fonts.regular, 12, 15), Face(fonts.bold, 12, 15)
    motto, box = Face(fonts.bold, 13, 16), Face(fonts.bold, 13, 16)
    if bold.width(COUNTRY) > RIGHT_COLUMN:
        raise DocumentError(
            _("The font is too wide for the national heading."),
            code="font_too_wide",
            font=fonts.family,
        )
    placed = Placed(across)
    left, right = (across - RIGHT_COLUMN) / 2, across - RIGHT_COLUMN / 2
    room = across - RIGHT_COLUMN - GUTTER

    agency = bold.lines(head.agency.upper(), room)
    y = placed.centre(plain.lines(head.superior.upper(), room), plain, left, 0)
    y = placed.centre(agency, bold, left, y)
    placed.rule(SHORT_RULE * max(map(bold.width, agency)), left, y)
    y = placed.centre([COUNTRY], bold, right, 0)
    y = placed.centre([MOTTO], motto, right, y)
    placed.rule(motto.width(MOTTO), right, y)

    top = placed.height + 8
    number, dateline = Face(fonts.regular, 13, 16), Face(fonts.italic, 13, 16)
    y = placed.centre(number.lines(number_line(head.number, head.code), room), number, left, top)
    if concerning:
        y = placed.centre(plain.lines(CONCERNING + concerning, room), plain, left, y + 6)
    if head.draft:
        placed.box(DRAFT, box, left, y + 6)
    if head.place:
        line = f"{head.place}, {date_or_blank(head.dated, head.year)}"
        y = placed.centre(dateline.lines(line, RIGHT_COLUMN), dateline, right, top)
    if head.restricted:
        placed.box(RESTRICTED, box, right, y + 6)
    return placed


def restricted_mark(across: float, fonts: Fonts) -> Placed:
    """Set the mark of an appendix on the left: the right corner is the digital signature's."""
    face = Face(fonts.bold, 13, 16)
    placed = Placed(across)
    placed.box(RESTRICTED, face, (face.width(RESTRICTED) + face.size) / 2, 0)
    return placed


def heading(title: Title | AppendixTitle, across: float, fonts: Fonts) -> Placed:
    """Set kind and subject of a paper with their rule, or label, title and origin of an appendix."""
    bold, italic = Face(fonts.bold, 14, 18), Face(fonts.italic, 14, 18)
    placed, middle, room = Placed(across), across / 2, across - 20 * mm
    if isinstance(title, Title):
        subject = bold.lines(title.subject, room)
        y = placed.centre([title.kind.upper()], bold, middle, 16)
        y = placed.centre(subject, bold, middle, y)
        placed.rule(SHORT_RULE * max(map(bold.width, subject)), middle, y)
    else:
        y = placed.centre([title.label], bold, middle, 16)
        y = placed.centre(bold.lines(title.subject.upper(), room), bold, middle, y)
        placed.centre(italic.lines(title.belongs_to, room), italic, middle, y)
    placed.height += 8
    return placed


def addressed(addressees: Sequence[str], across: float, fonts: Fonts) -> Placed:
    """Set ``Kính gửi`` with one addressee on its line, or several below, their dashes under its colon."""
    face = Face(fonts.regular, 14, 18)
    placed, room = Placed(across), across - 20 * mm
    if len(addressees) == 1:
        placed.centre(face.lines(f"{ADDRESSED} {addressees[0]}", room), face, across / 2, 12)
    else:
        dash = face.width(ADDRESSED.removesuffix(":"))
        text = dash + face.width("- ")
        items = [
            wrap(line, face.font, face.size, room - text) for line in listed(tuple(addressees))
        ]
        widest = max(face.width(line) for lines in items for line in lines)
        left = max(0.0, (across - text - widest) / 2)
        y = placed.write([ADDRESSED], face, left, 12)
        for lines in items:
            y = placed.write([f"- {lines[0]}"], face, left + dash, y)
            y = placed.write(lines[1:], face, left + text, y)
    placed.height += 8
    return placed


def hash_groups(value: str, across: float, fonts: Fonts, *, indent: float) -> Placed:
    """Set a SHA-256 in two rows of eight groups, columns aligned for comparing by eye."""
    face = Face(fonts.regular, 13, 17)
    placed = Placed(across)
    column = (across - indent) / 8
    for index in range(16):
        row, place = divmod(index, 8)
        group = value[4 * index : 4 * index + 4]
        placed.write([group], face, indent + place * column, 3 + row * face.leading)
    return placed


def foot(
    signatures: Sequence[Signature], recipients: Sequence[str], across: float, fonts: Fonts
) -> Placed:
    """Set one signature right of the recipients, or several side by side above them."""
    placed, note = Placed(across), Face(fonts.italic, 13, 16)
    if len(signatures) == 1:
        room = 90 * mm
        face = Face(fonts.bold, 14, 17)
        _sign(placed, signatures, [across - room / 2], room=room, face=face, note=note)
        _address(placed, recipients, across - room - GUTTER, FOOT_GAP, fonts)
        return placed
    rows = ceil(len(signatures) / SIGNATURES_IN_A_ROW) or 1
    in_a_row = ceil(len(signatures) / rows) or 1
    face = Face(fonts.bold, 13 if in_a_row == SIGNATURES_IN_A_ROW else 14, 17)
    for start in range(0, len(signatures), in_a_row):
        row = signatures[start : start + in_a_row]
        room = across / len(row)
        centres = [room * (place + 0.5) for place in range(len(row))]
        _sign(placed, row, centres, room=room - GUTTER, face=face, note=note)
    _address(placed, recipients, across / 2, placed.height + FOOT_GAP, fonts)
    return placed


def _sign(
    placed: Placed,
    row: Sequence[Signature],
    centres: Sequence[float],
    *,
    room: float,
    face: Face,
    note: Face,
) -> None:
    """Set signatures whose posts begin, and whose names stand, at one height."""
    top = placed.height + FOOT_GAP
    for signature, x in zip(row, centres, strict=True):
        y = top
        for line in signature.post:
            y = placed.centre(face.lines(line.upper(), room), face, x, y)
        placed.centre(note.lines(signature.note, room), note, x, y)
    names = placed.height + SIGNING_SPACE
    for signature, x in zip(row, centres, strict=True):
        placed.centre(face.lines(signature.name, room), face, x, names)


def _address(
    placed: Placed, recipients: Sequence[str], room: float, y: float, fonts: Fonts
) -> None:
    if not recipients:
        return
    # Lower by what its letters are smaller, so that it stands level with the post beside it.
    y = placed.write(["Nơi nhận:"], Face(fonts.bold_italic, 12, 15), 0, y + 2)
    face = Face(fonts.regular, 11, 13.5)
    for line in listed(tuple(recipients)):
        y = placed.write(wrap(f"- {line}", face.font, face.size, room), face, 0, y)


class Photograph(Flowable):  # type: ignore[misc]
    """A JPEG in the middle, as wide as it may be or as high."""

    hAlign = "CENTER"  # noqa: N815  reportlab's name

    def __init__(self, data: bytes, across: float, high: float) -> None:
        super().__init__()
        self.image = _Jpeg(BytesIO(data))
        width, height = self.image.getSize()
        scale = min(across / width, high / height)
        self.width, self.height = width * scale, height * scale

    def draw(self) -> None:
        """Draw it."""
        self.canv.drawImage(self.image, 0, 0, self.width, self.height)


class _Jpeg(ImageReader):  # type: ignore[misc]
    """A JPEG that goes into the PDF as it is.

    reportlab decodes each image, and keeps all of them, only to see whether it has the same already. The bytes
    tell as much.
    """

    _dataA = None  # noqa: N815  reportlab's name; a JPEG has no transparency

    def getRGBData(self) -> bytes:  # noqa: N802  reportlab's name
        """Return what tells the image from others."""
        data: bytes = self.fp.getvalue()
        return data
