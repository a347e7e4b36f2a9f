"""Mẫu để ghi tay: the minutes of a visit and its roll call as they are written at a unit without a tablet.

They have the columns, sections and sentences of the printed minutes, so that what was written is entered in the same
order. They bear no number and no mark of a draft: filled in and signed they are the original. The numbers of lines
and rows are chosen to fit A4, no rule asks for them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from inspections.documents.content import (
    AppendixTitle,
    Blank,
    Block,
    Column,
    Content,
    Document,
    Letterhead,
    Line,
    OptionalLine,
    Prose,
    Role,
    Signature,
    Table,
    Text,
    Title,
)
from inspections.documents.visit_minutes import ABSENT, ROLL_CALL, Person, listed_person
from inspections.documents.wording import (
    attendance_left_blank,
    ended,
    listed,
    moment_left_blank,
    unit_name,
)

DOTS: Final = "…" * 14
OFFICES, ABSENT_PERSONS, FINDINGS = 12, 12, 3

_CORE: Final = (
    Column("Mã", 13, centred=True),
    Column("Nội dung kiểm tra", 71),
    Column("Không có tồn tại", 19, centred=True),
    Column("Có tồn tại", 17, centred=True),
    Column("Không áp dụng", 20, centred=True),
    Column("Chưa kiểm tra", 20, centred=True),
)
_REFUSED: Final = (
    Column("Từ chối ký biên bản", 42),
    Column("Họ và tên", 44),
    Column("Chức vụ", 34),
    Column("Lý do hoặc chữ ký", 40),
)


@dataclass(frozen=True)
class Item(Content):
    """A core item of the checklist."""

    code: Line
    text: Prose


@dataclass(frozen=True)
class BlankMinutes(Content):
    """What is printed on blank minutes; without a unit and a team there are blanks for them too.

    ``items`` are the core items of version ``checklist`` of the checklist, of which none may be in force.
    """

    letterhead: Letterhead
    printed: datetime
    signatures: tuple[Signature, ...]
    recipients: tuple[Line, ...]
    closing: Prose
    checklist: int | None
    items: tuple[Item, ...]
    unit: OptionalLine = ""
    kind: OptionalLine = ""
    team: tuple[Person, ...] = ()
    synthetic: bool = False


def compose_roll_call(*, unit: str, synthetic: bool) -> list[Document]:
    """Return the sheet on which offices are counted, and the one on which the absent are named."""
    parts = (
        ("Phụ lục I", "Kết quả điểm danh", ROLL_CALL, OFFICES),
        ("Phụ lục II", "Danh sách vắng mặt", ABSENT, ABSENT_PERSONS),
    )
    return [
        Document(
            title=AppendixTitle(
                label, subject, f"(Kèm theo Biên bản kiểm tra công vụ tại {_at(unit)})"
            ),
            body=(
                Table(
                    columns,
                    tuple(
                        (str(number), *[""] * (len(columns) - 1)) for number in range(1, rows + 1)
                    ),
                    by_hand=True,
                ),
            ),
            landscape=True,
            synthetic=synthetic,
        )
        for label, subject, columns, rows in parts
    ]


def compose_minutes(minutes: BlankMinutes) -> Document:
    """Return the minutes as they are filled in, in the order of the printed ones."""
    sections: tuple[tuple[str, list[Block]], ...] = (
        (
            "Điểm danh",
            [
                Text(attendance_left_blank()),
                Text("Số liệu theo phòng, bộ phận và danh sách vắng mặt kèm theo biên bản."),
            ],
        ),
        ("Nội dung đã kiểm tra", _checked(minutes)),
        ("Ưu điểm", [Blank(lines=4)]),
        ("Tồn tại, hạn chế", _findings()),
        ("Biện pháp đề nghị", [Blank(lines=2)]),
        ("Kiến nghị, hiến kế của đơn vị", [Blank(lines=2)]),
        ("Ý kiến của đơn vị", [Blank(lines=4)]),
    )
    body = [*_opening(minutes), Text("Nội dung:")]
    for number, (name, blocks) in enumerate(sections, start=1):
        body += [Text(f"{number}. {name}", Role.HEADING), *blocks]
    body += [
        Text("Trường hợp đại diện đơn vị từ chối ký:", Role.HEADING),
        Table(
            _REFUSED,
            tuple(
                (who, "", "", "")
                for who in ("Người từ chối", "Người chứng kiến 1", "Người chứng kiến 2")
            ),
            by_hand=True,
        ),
        Text(
            ended(
                f"Việc kiểm tra kết thúc vào {moment_left_blank(minutes.printed)}. {minutes.closing}"
            )
        ),
    ]
    return Document(
        letterhead=minutes.letterhead,
        title=Title(
            "Biên bản", f"Kiểm tra công vụ {minutes.kind or '…………'} tại {_at(minutes.unit)}"
        ),
        body=tuple(body),
        signatures=minutes.signatures,
        recipients=minutes.recipients,
        synthetic=minutes.synthetic,
    )


def _at(unit: str) -> str:
    return unit_name(unit) if unit else DOTS


def _opening(minutes: BlankMinutes) -> list[Block]:
    team: list[Block] = [Text(line) for line in listed(tuple(map(listed_person, minutes.team)))]
    return [
        Text(f"Thời gian bắt đầu: {moment_left_blank(minutes.printed)}."),
        Blank("Địa điểm:"),
        Text("Thành phần đoàn kiểm tra:"),
        *(team or [Blank("- Trưởng đoàn:"), *[Blank("- Thành viên:")] * 3]),
        Text("Đại diện đơn vị được kiểm tra:"),
        *[Blank("- Họ và tên, chức vụ:")] * 2,
    ]


def _checked(minutes: BlankMinutes) -> list[Block]:
    if not minutes.items:
        return [Blank(lines=4)]
    return [
        Text(
            f"Đánh dấu (x) vào một ô của mỗi nội dung cốt lõi (danh mục kiểm tra, phiên bản"
            f" {minutes.checklist}):"
        ),
        Table(_CORE, tuple((item.code, item.text, "", "", "", "") for item in minutes.items)),
        Blank("Nội dung khác đã kiểm tra:", lines=2),
    ]


def _findings() -> list[Block]:
    blocks: list[Block] = []
    for number in range(1, FINDINGS + 1):
        blocks += [
            Blank(f"({number})", lines=3),
            Blank("Căn cứ:"),
            Blank("Người chịu trách nhiệm:"),
            Blank("Yêu cầu khắc phục, rõ việc:"),
            Blank("- Rõ người:"),
            Blank("- Rõ trách nhiệm:"),
            Blank("- Rõ quy trình:"),
            Blank("- Rõ kết quả:"),
            Text("- Thời hạn: …… ngày làm việc (hoặc …… ngày), từ ngày ký biên bản."),
            Blank("Giải trình tại chỗ:"),
            Blank("Ý kiến bảo lưu của đơn vị:"),
        ]
    return blocks
