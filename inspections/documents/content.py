"""What is printed on a paper, cleaned and bounded when it is made.

Every text is data: it is cleaned by `inspections.text.nfc`, its white space is collapsed, its length
is checked, and nothing in it is ever read as markup. A field's bound stands in its type, so that a
paper's own dataclass only has to name its fields:

    @dataclass(frozen=True)
    class Invitation(Content):
        guests: tuple[Line, ...]
        agenda: Prose
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Annotated, get_args, get_origin, get_type_hints

from django.utils.translation import gettext_lazy as _

from inspections.errors import InvalidInput
from inspections.text import nfc

MAX_ITEMS = 2_000
MAX_CHARACTERS = 500_000


class DocumentError(InvalidInput):
    """A paper cannot be made from what was given.

    Codes: ``text_missing``, ``text_too_long``, ``too_many_items``, ``not_a_hash``,
    ``year_mismatch``, ``time_without_zone``, ``glyph_missing``, ``font_incomplete``,
    ``font_too_wide``, ``does_not_fit``.
    """

    code = "document_error"


@dataclass(frozen=True)
class Bound:
    """How long a text may be, whether it may be empty, and whether its line ends are kept."""

    limit: int
    blank: bool = False
    lines: bool = False


Line = Annotated[str, Bound(200)]
OptionalLine = Annotated[str, Bound(200, blank=True)]
Heading = Annotated[str, Bound(600)]
Prose = Annotated[str, Bound(20_000)]
OptionalProse = Annotated[str, Bound(20_000, blank=True)]
Cell = Annotated[str, Bound(2_000, blank=True, lines=True)]
Sha256 = Annotated[str, "sha256"]

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Content:
    """Base of everything printed: cleans and bounds its texts by the types of its fields.

    Raises `DocumentError` (``text_missing``, ``text_too_long``, ``too_many_items``,
    ``not_a_hash``) and `inspections.text.UnreadableText`.
    """

    def __post_init__(self) -> None:
        for name, hint in _fields(type(self)):
            object.__setattr__(self, name, _bounded(getattr(self, name), hint, name))


_FIELDS: dict[type[Content], tuple[tuple[str, object], ...]] = {}


def _fields(cls: type[Content]) -> tuple[tuple[str, object], ...]:
    """Return names and types of the fields of ``cls``, worked out once."""
    if cls not in _FIELDS:
        hints = get_type_hints(cls, include_extras=True)
        _FIELDS[cls] = tuple((field.name, hints[field.name]) for field in fields(cls))
    return _FIELDS[cls]


def _bounded(value: object, hint: object, field: str) -> object:
    if get_origin(hint) is tuple:
        if not isinstance(value, tuple):
            raise TypeError(f"{field} must be a tuple")
        if len(value) > MAX_ITEMS:
            raise DocumentError(
                _("Too many entries for one paper."),
                code="too_many_items",
                field=field,
                limit=MAX_ITEMS,
            )
        return tuple(_bounded(item, get_args(hint)[0], field) for item in value)
    if get_origin(hint) is not Annotated:
        return value
    if not isinstance(value, str):
        raise TypeError(f"{field} must be text")
    bound = get_args(hint)[1]
    if isinstance(bound, Bound):
        return _clean(value, bound, field)
    if not _SHA256.fullmatch(value):
        raise DocumentError(
            _("This is not a SHA-256 in lower-case hexadecimal."), code="not_a_hash", field=field
        )
    return value


def _clean(value: str, bound: Bound, field: str) -> str:
    text = ""
    if len(value) <= 4 * bound.limit:  # decomposed text is up to three times as long
        parts = nfc(value).split("\n") if bound.lines else [nfc(value)]
        text = "\n".join(filter(None, (" ".join(part.split()) for part in parts)))
    if len(value) > 4 * bound.limit or len(text) > bound.limit:
        raise DocumentError(
            _("The text is too long for its place on the paper."),
            code="text_too_long",
            field=field,
            limit=bound.limit,
        )
    if not text and not bound.blank:
        raise DocumentError(
            _("A text that the paper needs is missing."), code="text_missing", field=field
        )
    return text


@dataclass(frozen=True)
class Letterhead(Content):
    """The head of a paper: agency, number, place and date.

    Names are given as they are written in a sentence (``Sở Nội vụ``) and printed in capitals.
    ``code`` is what follows the number (``KH-SNV``). Without a number or date the paper shows the
    blanks that the clerk fills in; ``year`` is the year of the blank date. Without a ``place`` no
    line of place and date is printed, as on minutes. ``draft`` marks a paper that is not yet meant
    for signing.

    Raises `DocumentError` (``year_mismatch``) when the date lies in another year.
    """

    superior: OptionalLine
    agency: Line
    code: Line
    year: int
    place: OptionalLine = ""
    number: int | None = None
    dated: date | None = None
    restricted: bool = False
    draft: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dated is not None and self.dated.year != self.year:
            raise DocumentError(
                _("The date does not lie in the year of the paper."),
                code="year_mismatch",
                year=self.year,
            )


@dataclass(frozen=True)
class Title(Content):
    """``KẾ HOẠCH`` (printed in capitals) and, below it, what the paper is about."""

    kind: Line
    subject: Heading


@dataclass(frozen=True)
class Concerning(Content):
    """What a letter (công văn) is about: ``V/v …`` under its number; a letter names no kind of paper."""

    subject: Heading


@dataclass(frozen=True)
class AppendixTitle(Content):
    """``Phụ lục``, its title (printed in capitals), and the paper that it belongs to."""

    label: Line
    subject: Heading
    belongs_to: Heading


class Role(Enum):
    """What a text is to its paper."""

    GROUND = "ground"
    HEADING = "heading"
    BODY = "body"
    VALUE = "value"


@dataclass(frozen=True)
class Text(Content):
    """One paragraph."""

    text: Prose
    role: Role = Role.BODY


@dataclass(frozen=True)
class Hash(Content):
    """A hash under its name, in groups that two people can compare by reading aloud."""

    name: Heading
    value: Sha256


@dataclass(frozen=True)
class Value(Content):
    """A value under its name, on lines of its own: its figures are copied and compared."""

    name: Heading
    value: Prose


@dataclass(frozen=True)
class Column(Content):
    """A table's column: its head, its share of the table's width, how its cells stand."""

    head: Line
    share: float
    centred: bool = False


@dataclass(frozen=True)
class Table(Content):
    """A table whose head is repeated on every page; every row has one cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False  # the last row is a total, set in bold
    by_hand: bool = False  # the rows are high enough to write in


@dataclass(frozen=True)
class Picture(Content):
    """A photograph with its caption; ``data`` is a JPEG that was decoded and written anew here."""

    data: bytes
    caption: OptionalProse


@dataclass(frozen=True)
class Blank(Content):
    """Dotted lines to write on by hand; the first begins with a name, if there is one."""

    name: OptionalLine = ""
    lines: int = 1


Block = Text | Hash | Value | Table | Picture | Blank


@dataclass(frozen=True)
class Signature(Content):
    """A place to sign: lines of authority and post (printed in capitals), a note, the name."""

    post: tuple[Line, ...]
    name: OptionalLine = ""
    note: OptionalLine = ""


@dataclass(frozen=True)
class Verification(Content):
    """The code by which anybody can ask whether a paper is genuine, and the address where he asks.

    Both stand small at the foot of the first page, beside their QR code; without an address the QR code
    holds the code alone.
    """

    code: Line
    address: OptionalLine = ""


@dataclass(frozen=True)
class Document(Content):
    """A whole paper, or an appendix, in the order in which it is read.

    One signature stands right of the recipients, several stand side by side above them.
    ``recipients`` come without dashes and stops; the last is where the paper is filed.
    ``addressees`` follow ``Kính gửi``, without dashes and stops.
    """

    title: Title | AppendixTitle | Concerning
    body: tuple[Block, ...]
    letterhead: Letterhead | None = None
    signatures: tuple[Signature, ...] = ()
    recipients: tuple[Line, ...] = ()
    addressees: tuple[Line, ...] = ()
    restricted: bool = False  # of an appendix; a letterhead has its own
    synthetic: bool = False  # made from invented data: every page says so
    landscape: bool = False
    verification: Verification | None = None


def texts(content: object) -> Iterator[str]:
    """Yield every text in ``content``, in order."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, tuple):
        for item in content:
            yield from texts(item)
    elif isinstance(content, Content):
        for name, _hint in _fields(type(content)):
            yield from texts(getattr(content, name))


# What papers about a draw share.


@dataclass(frozen=True)
class Stratum(Content):
    """A group of units in the draw: how many it has, and how many are drawn."""

    name: Line
    units: int
    drawn: int


@dataclass(frozen=True)
class Commitments(Content):
    """What was sealed before the draw: the frame's hash and those of the two secrets."""

    frame: Sha256
    first: Sha256
    second: Sha256
