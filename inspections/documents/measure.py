"""Breaking text into lines by the widths of a registered font."""

from functools import lru_cache

from reportlab.pdfbase.pdfmetrics import getFont


@lru_cache(maxsize=65_536)
def width(text: str, font: str, size: float) -> float:
    """Return the width of ``text`` in points."""
    return float(getFont(font).stringWidth(text, size))


def wrap(text: str, font: str, size: float, limit: float) -> list[str]:
    """Return ``text`` in lines no wider than ``limit``; only a word that is wider itself is cut."""
    space = width(" ", font, size)
    lines: list[str] = []
    line: list[str] = []
    used = 0.0
    for whole in text.split():
        for word in _pieces(whole, font, size, limit):
            needed = width(word, font, size)
            if line and used + space + needed > limit:
                lines.append(" ".join(line))
                line, used = [], 0.0
            used += needed + space * bool(line)
            line.append(word)
    return [*lines, " ".join(line)] if line else lines


def balanced(text: str, font: str, size: float, limit: float) -> list[str]:
    """Return ``text`` in as few lines as `wrap` needs, about equally wide."""
    lines = wrap(text, font, size, limit)
    low, high = limit / 2, limit
    while len(lines) > 1 and high - low > 1:
        middle = (low + high) / 2
        narrower = wrap(text, font, size, middle)
        if len(narrower) == len(lines):
            lines, high = narrower, middle
        else:
            low = middle
    return lines


def _pieces(word: str, font: str, size: float, limit: float) -> list[str]:
    """Return ``word`` whole if it fits, else cut into pieces that do."""
    if width(word, font, size) <= limit:
        return [word]
    pieces, used = [""], 0.0
    for char in word:
        used += width(char, font, size)
        if used > limit and pieces[-1]:
            pieces.append("")
            used = width(char, font, size)
        pieces[-1] += char
    return pieces
