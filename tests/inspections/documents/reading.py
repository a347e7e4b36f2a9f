"""Reading a rendered paper back: its text, where it stands, and the rules drawn on it."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader

MM = 72 / 25.4


@dataclass(frozen=True)
class Line:
    """A piece of text: where its baseline begins, in millimetres from the top left, and its face."""

    text: str
    x: float
    y: float
    size: float
    font: str


@dataclass(frozen=True)
class Rule:
    """A straight line, in millimetres from the top left."""

    x: float
    y: float
    length: float


def pages(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(BytesIO(pdf)).pages)


def lines(page: PageObject) -> list[Line]:
    """The pieces of text in the order in which they are drawn."""
    found: list[Line] = []
    height = float(page.mediabox.height)

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            name = str(font["/BaseFont"]).split("+")[-1]
            found.append(Line(text.rstrip("\n"), x / MM, (height - y) / MM, size, name))

    page.extract_text(visitor_text=visit)
    return found


def rules(page: PageObject) -> list[Rule]:
    """The horizontal lines of a page without a table."""
    contents = page.get_contents()
    assert contents is not None
    height, origin = float(page.mediabox.height), [(0.0, 0.0)]
    found, start = [], (0.0, 0.0)
    for operands, operator in contents.operations:
        if operator == b"q":
            origin.append(origin[-1])
        elif operator == b"Q":
            origin.pop()
        elif operator == b"cm":
            dx, dy = map(float, operands[4:])
            origin[-1] = (origin[-1][0] + dx, origin[-1][1] + dy)
        elif operator == b"m":
            start = (float(operands[0]), float(operands[1]))
        elif operator == b"l":
            x, y = origin[-1][0] + start[0], height - origin[-1][1] - start[1]
            found.append(Rule(x / MM, y / MM, (float(operands[0]) - start[0]) / MM))
    return found


def text(pdf: bytes) -> str:
    """All text without white space, page numbers left out."""
    read = ""
    for number, page in enumerate(pages(pdf), start=1):
        words = page.extract_text().split()
        if number > 1:
            assert words[0] == str(number)
            del words[0]
        read += "".join(words)
    return read
