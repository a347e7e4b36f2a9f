"""Mục lục văn bản, tài liệu: what a round of inspections leaves on file (Nghị định 30/2020/NĐ-CP, Phụ lục V)."""

from dataclasses import dataclass
from datetime import date

from inspections.documents import layout
from inspections.documents.content import (
    Column,
    Content,
    Document,
    Heading,
    Line,
    OptionalLine,
    Table,
    Text,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import count, short_date

_COLUMNS = (
    Column("STT", 10, centred=True),
    Column("Số, ký hiệu văn bản", 31, centred=True),
    Column("Ngày, tháng, năm", 25, centred=True),
    Column("Tên loại và trích yếu nội dung", 40),
    Column("Tác giả", 20),
    Column("Tờ số", 10, centred=True),
    Column("Ghi chú", 24),
)


@dataclass(frozen=True)
class Filed(Content):
    """A paper on file; number and date are missing until the clerk has entered them."""

    code: OptionalLine
    dated: date | None
    subject: Heading
    author: Line
    pages: OptionalLine = ""
    note: OptionalLine = ""


@dataclass(frozen=True)
class FileList(Content):
    """What the list prints; ``subject`` names the file."""

    subject: Heading
    filed: tuple[Filed, ...]
    synthetic: bool = False


def render(listing: FileList, fonts: Fonts) -> bytes:
    """Return the list as PDF; raises as `layout.render` does."""
    return layout.render(compose(listing), fonts)


def compose(listing: FileList) -> list[Document]:
    """Return the list as it is read."""
    rows = tuple(
        (
            str(number),
            one.code,
            short_date(one.dated) if one.dated is not None else "",
            one.subject,
            one.author,
            one.pages,
            one.note,
        )
        for number, one in enumerate(listing.filed, start=1)
    )
    return [
        Document(
            title=Title("Mục lục văn bản, tài liệu", listing.subject),
            body=(
                Table(_COLUMNS, rows),
                Text(f"Mục lục này gồm {count(len(rows))} văn bản, tài liệu."),
            ),
            synthetic=listing.synthetic,
        )
    ]
