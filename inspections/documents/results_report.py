"""Báo cáo kết quả kiểm tra: of one visit or of a round, sent upward; each finding with the unit's own explanation."""

from dataclasses import dataclass
from datetime import date, datetime

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Content,
    Document,
    Letterhead,
    Line,
    OptionalProse,
    Prose,
    Role,
    Signature,
    Text,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import (
    attendance,
    count,
    ended,
    hour,
    listed,
    long_date,
    short_date,
    stopped,
    unit_first,
    unit_name,
)

_BLANK = "…" * 40


@dataclass(frozen=True)
class Attendance(Content):
    """The roll call of a unit, all offices together, as it was found at the door."""

    at: datetime
    required: int
    present: int
    excused: int


@dataclass(frozen=True)
class Found(Content):
    """A shortcoming, and what the unit itself says about it."""

    facts: Prose
    explanation: OptionalProse = ""


@dataclass(frozen=True)
class UnitResult(Content):
    """What a visit showed. ``kind`` tells how the unit was inspected (``đột xuất``)."""

    unit: Line
    kind: Line
    inspected_on: date
    shut: bool = False
    attendance: Attendance | None = None
    praise: tuple[Prose, ...] = ()
    findings: tuple[Found, ...] = ()


@dataclass(frozen=True)
class ResultsReport(Content):
    """What the report prints. ``period`` is that of a round (``tháng 11 năm 2026``), empty for one visit.

    What is not known yet (causes, responsibilities) is a blank for whoever finishes the draft.
    """

    letterhead: Letterhead
    addressees: tuple[Line, ...]
    period: OptionalProse
    grounds: tuple[Prose, ...]
    units: tuple[UnitResult, ...]
    causes: tuple[Prose, ...]
    responsibilities: tuple[Prose, ...]
    proposals: tuple[Prose, ...]
    closing: Prose
    signature: Signature
    recipients: tuple[Line, ...]
    synthetic: bool = False


def render(report: ResultsReport, fonts: Fonts) -> bytes:
    """Return the report as PDF; raises as `layout.render` does."""
    return layout.render(compose(report), fonts)


def compose(report: ResultsReport) -> list[Document]:
    """Return the report as it is read."""
    body = (
        *(Text(ground, Role.GROUND) for ground in listed(report.grounds)),
        _heading("I. TÌNH HÌNH"),
        *_situation(report),
        _heading("II. KẾT QUẢ KIỂM TRA"),
        _heading("1. Ưu điểm"),
        *_praise(report),
        _heading("2. Tồn tại, hạn chế"),
        *_shortcomings(report),
        _heading("III. NGUYÊN NHÂN, TRÁCH NHIỆM"),
        _heading("1. Nguyên nhân"),
        *_dashes(report.causes),
        _heading("2. Trách nhiệm"),
        *_dashes(report.responsibilities),
        _heading("IV. KIẾN NGHỊ"),
        *(
            Text(f"{number}. {stopped(proposal)}")
            for number, proposal in enumerate(report.proposals, start=1)
        ),
        Text(ended(report.closing)),
    )
    return [
        Document(
            letterhead=report.letterhead,
            title=Title("Báo cáo", f"Kết quả kiểm tra công vụ {_scope(report)}"),
            body=body,
            signatures=(report.signature,),
            recipients=("Như trên", *report.recipients),
            addressees=report.addressees,
            synthetic=report.synthetic,
        )
    ]


def _heading(text: str) -> Text:
    return Text(text, Role.HEADING)


def _dashes(texts: tuple[str, ...]) -> list[Text]:
    return [Text(f"- {stopped(text)}") for text in texts or (_BLANK,)]


def _scope(report: ResultsReport) -> str:
    if report.period:
        return report.period
    (result,) = report.units
    return f"{result.kind} tại {unit_name(result.unit)}"


def _situation(report: ResultsReport) -> list[Block]:
    units = report.units
    if len(units) == 1:
        blocks: list[Block] = [
            Text(
                f"{long_date(units[0].inspected_on).capitalize()}, Đoàn kiểm tra công vụ đã kiểm tra"
                f" {units[0].kind} tại {unit_name(units[0].unit)}."
            )
        ]
    else:
        days = [result.inspected_on for result in units]
        blocks = [
            Text(
                f"Từ {long_date(min(days))} đến {long_date(max(days))}, Đoàn kiểm tra công vụ đã"
                f" kiểm tra {count(len(units))} lượt cơ quan, đơn vị, gồm:"
            ),
            *(
                Text(line)
                for line in listed(
                    tuple(
                        f"- {unit_first(result.unit)} ({result.kind}, ngày"
                        f" {short_date(result.inspected_on)})"
                        for result in units
                    )
                )
            ),
        ]
    return [*blocks, *_attendance(units)]


def _attendance(units: tuple[UnitResult, ...]) -> list[Block]:
    called = [result.attendance for result in units if result.attendance is not None]
    if not called:
        return []
    when = "Tại thời điểm kiểm tra"
    if len(units) == 1:
        when += f" ({hour(called[0].at)})"
    elif len(called) < len(units):
        when += f", tại {count(len(called))} cơ quan, đơn vị có điểm danh"
    return [
        Text(
            attendance(
                when,
                required=sum(one.required for one in called),
                present=sum(one.present for one in called),
                excused=sum(one.excused for one in called),
            )
        )
    ]


def _praise(report: ResultsReport) -> list[Block]:
    several = len(report.units) > 1
    lines = [
        f"- {unit_first(result.unit)}: {stopped(text)}" if several else f"- {stopped(text)}"
        for result in report.units
        for text in result.praise
    ]
    return [Text(line) for line in lines or ["Qua kiểm tra chưa ghi nhận ưu điểm nổi bật."]]


def _shortcomings(report: ResultsReport) -> list[Block]:
    if len(report.units) == 1:
        return _unit_shortcomings(report.units[0])
    blocks: list[Block] = []
    for number, result in enumerate(report.units, start=1):
        blocks += [
            _heading(f"2.{number}. {unit_first(result.unit)}"),
            *(_attendance((result,))),
            *_unit_shortcomings(result),
        ]
    return blocks


def _unit_shortcomings(result: UnitResult) -> list[Block]:
    lines = []
    if result.shut:
        lines.append(
            "Tại thời điểm đoàn đến, trong giờ làm việc, trụ sở đơn vị đóng cửa, không có người làm"
            " việc với đoàn."
        )
    for number, found in enumerate(result.findings, start=1):
        lines.append(f"({number}) {stopped(found.facts)}")
        if found.explanation:
            lines.append(f"Giải trình của đơn vị: {stopped(found.explanation)}")
        else:
            lines.append("Giải trình của đơn vị: chưa có.")
    return [Text(line) for line in lines or ["Qua kiểm tra chưa phát hiện tồn tại, hạn chế."]]
