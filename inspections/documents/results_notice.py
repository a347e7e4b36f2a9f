"""Thông báo kết quả kiểm tra: made public at the briefing; units, findings by group, deadlines, no person's name."""

from dataclasses import dataclass
from datetime import date

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Content,
    Document,
    Letterhead,
    Line,
    Prose,
    Role,
    Signature,
    Text,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import (
    count,
    ended,
    listed,
    short_date,
    stopped,
    unit_first,
)


@dataclass(frozen=True)
class Visited(Content):
    """A unit, and how and when it was inspected (``đột xuất``)."""

    unit: Line
    kind: Line
    inspected_on: date


@dataclass(frozen=True)
class Noted(Content):
    """A unit's praise or shortcoming; ``due`` is the day by which a shortcoming is to be set right."""

    unit: Line
    facts: Prose
    due: date | None = None


@dataclass(frozen=True)
class Group(Content):
    """Shortcomings of one field."""

    name: Line
    findings: tuple[Noted, ...]


@dataclass(frozen=True)
class ResultsNotice(Content):
    """What the notice prints; ``scope`` continues ``Kết quả kiểm tra công vụ``."""

    letterhead: Letterhead
    scope: Line
    visited: tuple[Visited, ...]
    praise: tuple[Noted, ...]
    groups: tuple[Group, ...]
    demands: tuple[Prose, ...]
    closing: Prose
    signature: Signature
    recipients: tuple[Line, ...]
    synthetic: bool = False


def render(notice: ResultsNotice, fonts: Fonts) -> bytes:
    """Return the notice as PDF; raises as `layout.render` does."""
    return layout.render(compose(notice), fonts)


def compose(notice: ResultsNotice) -> list[Document]:
    """Return the notice as it is read."""
    body = (
        Text(
            f"{notice.letterhead.agency} thông báo kết quả kiểm tra công vụ {notice.scope} như sau:"
        ),
        _heading("I. CƠ QUAN, ĐƠN VỊ ĐƯỢC KIỂM TRA"),
        Text(f"Đã kiểm tra {count(len(notice.visited))} lượt cơ quan, đơn vị, gồm:"),
        *(Text(line) for line in listed(tuple(map(_visited, notice.visited)))),
        _heading("II. KẾT QUẢ KIỂM TRA"),
        _heading("1. Ưu điểm"),
        *_praise(notice),
        _heading("2. Tồn tại, hạn chế"),
        *_groups(notice),
        _heading("III. YÊU CẦU"),
        *(
            Text(f"{number}. {stopped(demand)}")
            for number, demand in enumerate(notice.demands, start=1)
        ),
        Text(ended(notice.closing)),
    )
    return [
        Document(
            letterhead=notice.letterhead,
            title=Title("Thông báo", f"Kết quả kiểm tra công vụ {notice.scope}"),
            body=body,
            signatures=(notice.signature,),
            recipients=notice.recipients,
            synthetic=notice.synthetic,
        )
    ]


def _heading(text: str) -> Text:
    return Text(text, Role.HEADING)


def _visited(one: Visited) -> str:
    return f"- {unit_first(one.unit)} ({one.kind}, ngày {short_date(one.inspected_on)})"


def _praise(notice: ResultsNotice) -> list[Block]:
    lines = [f"- {unit_first(one.unit)}: {stopped(one.facts)}" for one in notice.praise]
    return [Text(line) for line in lines or ["Qua kiểm tra chưa ghi nhận ưu điểm nổi bật."]]


def _groups(notice: ResultsNotice) -> list[Block]:
    blocks: list[Block] = []
    for number, group in enumerate(notice.groups, start=1):
        blocks.append(_heading(f"2.{number}. {group.name}"))
        for one in group.findings:
            due = f" Thời hạn khắc phục: chậm nhất ngày {short_date(one.due)}." if one.due else ""
            blocks.append(Text(f"- {unit_first(one.unit)}: {stopped(one.facts)}{due}"))
    return blocks or [Text("Qua kiểm tra chưa phát hiện tồn tại, hạn chế.")]
