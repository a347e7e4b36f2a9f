"""Biên bản kiểm tra: what a team saw and heard at a unit, read back there and signed.

Minutes bear no place-and-date line (Nghị định 30/2020/NĐ-CP, mẫu 1.9). The roll call by office, the names of the
absent and the photographs follow as appendices. Who signs where, and the box for a refusal with its witnesses, are
custom, not law.
"""

from dataclasses import dataclass
from datetime import datetime

from inspections.documents import layout
from inspections.documents.content import (
    AppendixTitle,
    Block,
    Column,
    Content,
    Document,
    Letterhead,
    Line,
    OptionalLine,
    OptionalProse,
    Picture,
    Prose,
    Role,
    Signature,
    Table,
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
    moment,
    moment_left_blank,
    stopped,
    unit_name,
)

ROLL_CALL = (
    Column("STT", 10, centred=True),
    Column("Phòng, bộ phận", 46),
    Column("Thời điểm", 30, centred=True),
    Column("Phải có mặt", 18, centred=True),
    Column("Có mặt", 16, centred=True),
    Column("Nghỉ phép", 16, centred=True),
    Column("Công tác", 16, centred=True),
    Column("Họp", 13, centred=True),
    Column("Ốm", 13, centred=True),
    Column("Nghỉ bù", 14, centred=True),
    Column("Khác", 14, centred=True),
    Column("Không lý do", 18, centred=True),
)
ABSENT = (
    Column("STT", 12, centred=True),
    Column("Họ và tên", 50),
    Column("Chức vụ", 45),
    Column("Phòng, bộ phận", 50),
    Column("Lý do", 35),
    Column("Ghi chú", 45),
)


@dataclass(frozen=True)
class Person(Content):
    """Somebody by name and post; ``part`` is what he was there for."""

    name: Line
    post: OptionalLine = ""
    part: OptionalLine = ""


@dataclass(frozen=True)
class Office(Content):
    """The roll call of one office: ``excused`` counts leave, mission, meeting, sick, day in lieu, other."""

    name: Line
    at: datetime
    required: int
    present: int
    excused: tuple[int, int, int, int, int, int]
    unexcused: int


@dataclass(frozen=True)
class Absent(Content):
    """Somebody who was not there."""

    name: Line
    post: OptionalLine
    office: Line
    reason: Line
    note: OptionalLine


@dataclass(frozen=True)
class RollCall(Content):
    """All offices at one time: at the door, or after the unit brought evidence."""

    after_evidence: bool
    offices: tuple[Office, ...]


@dataclass(frozen=True)
class Remedy(Content):
    """What is demanded (5 rõ); ``days`` is the deadline, in working days or calendar days."""

    parts: tuple[Line, ...]
    days: int | None
    working: bool


@dataclass(frozen=True)
class Finding(Content):
    """A shortcoming, with what belongs to it."""

    facts: Prose
    basis: OptionalLine = ""
    responsible: OptionalLine = ""
    remedy: Remedy | None = None
    reservation: OptionalProse = ""
    explanation: OptionalProse = ""


@dataclass(frozen=True)
class Checked(Content):
    """How many items of the checklist were looked at, and what they showed."""

    no_issue: int
    issue: int
    praise: int
    not_applicable: int
    not_checked: int


@dataclass(frozen=True)
class Refusal(Content):
    """Somebody of the unit who did not sign."""

    person: Person
    reason: OptionalProse


@dataclass(frozen=True)
class VisitMinutes(Content):
    """What the minutes print. Without a moment the paper shows the blanks in which it is written."""

    letterhead: Letterhead
    unit: Line
    kind: Line
    started: datetime | None
    ended: datetime | None
    printed: datetime
    place: OptionalLine
    team: tuple[Person, ...]
    received_by: tuple[Person, ...]
    shut: bool
    roll_calls: tuple[RollCall, ...]
    absent: tuple[Absent, ...]
    checked: Checked
    praise: tuple[Prose, ...]
    findings: tuple[Finding, ...]
    measures: tuple[Prose, ...]
    suggestions: tuple[Prose, ...]
    opinion: OptionalProse
    signatures: tuple[Signature, ...]
    refusals: tuple[Refusal, ...]
    witnesses: tuple[Person, ...]
    strangely_signed: tuple[Person, ...]
    pictures: tuple[Picture, ...]
    recipients: tuple[Line, ...]
    closing: Prose
    synthetic: bool = False


def render(minutes: VisitMinutes, fonts: Fonts) -> bytes:
    """Return the minutes and their appendices as one PDF; raises as `layout.render` does."""
    return layout.render(compose(minutes), fonts)


def compose(minutes: VisitMinutes) -> list[Document]:
    """Return the minutes as they are read, and the appendices that they have."""
    sections = (
        ("Điểm danh", _roll_calls(minutes)),
        ("Nội dung đã kiểm tra", _checked(minutes)),
        ("Ưu điểm", _listed(minutes.praise)),
        ("Tồn tại, hạn chế", _findings(minutes.findings)),
        ("Biện pháp đề nghị", _listed(minutes.measures)),
        ("Kiến nghị, hiến kế của đơn vị", _listed(minutes.suggestions)),
        ("Ý kiến của đơn vị", [Text(stopped(minutes.opinion))] if minutes.opinion else []),
    )
    body: list[Block] = [*_opening(minutes), Text("Nội dung:")]
    if minutes.shut:
        body.append(
            Text(
                "Tại thời điểm đoàn đến, trong giờ làm việc, trụ sở đơn vị đóng cửa, không có người"
                " làm việc với đoàn."
            )
        )
    held = [(name, blocks) for name, blocks in sections if blocks]
    for number, (name, blocks) in enumerate(held, start=1):
        body += [Text(f"{number}. {name}", Role.HEADING), *blocks]
    body += [*_refusals(minutes), Text(ended(_closing(minutes)))]
    main = Document(
        letterhead=minutes.letterhead,
        title=Title("Biên bản", f"Kiểm tra công vụ {minutes.kind} tại {unit_name(minutes.unit)}"),
        body=tuple(body),
        signatures=minutes.signatures,
        recipients=minutes.recipients,
        synthetic=minutes.synthetic,
    )
    return [main, *_appendices(minutes)]


def _opening(minutes: VisitMinutes) -> list[Block]:
    start = (
        moment(minutes.started)
        if minutes.started is not None
        else moment_left_blank(minutes.printed)
    )
    place = minutes.place or unit_name(minutes.unit)
    blocks = [
        Text(f"Thời gian bắt đầu: {start}."),
        Text(f"Địa điểm: {place}."),
        Text("Thành phần đoàn kiểm tra:"),
        *(Text(line) for line in listed(tuple(map(listed_person, minutes.team)))),
    ]
    if minutes.received_by:
        blocks.append(Text("Đại diện đơn vị được kiểm tra:"))
        blocks += [Text(line) for line in listed(tuple(map(listed_person, minutes.received_by)))]
    return list(blocks)


def listed_person(person: Person) -> str:
    return "- " + ", ".join(filter(None, (person.name, person.post, person.part)))


def _roll_calls(minutes: VisitMinutes) -> list[Block]:
    blocks: list[Block] = []
    for roll_call in minutes.roll_calls:
        offices = roll_call.offices
        required = sum(office.required for office in offices)
        present = sum(office.present for office in offices)
        excused = sum(sum(office.excused) for office in offices)
        when = (
            "Sau khi đơn vị bổ sung minh chứng"
            if roll_call.after_evidence
            else f"Tại thời điểm kiểm tra ({hour(min(office.at for office in offices))})"
        )
        blocks.append(Text(attendance(when, required=required, present=present, excused=excused)))
    if blocks:
        blocks.append(Text("Số liệu theo phòng, bộ phận và danh sách vắng mặt kèm theo biên bản."))
    return blocks


def _checked(minutes: VisitMinutes) -> list[Block]:
    if minutes.shut:
        return []
    seen = minutes.checked
    looked = seen.no_issue + seen.issue + seen.praise
    return [
        Text(
            f"Đã kiểm tra {count(looked)} nội dung: {count(seen.no_issue)} không có tồn tại,"
            f" {count(seen.issue)} có tồn tại, hạn chế, {count(seen.praise)} có ưu điểm. Không áp"
            f" dụng với đơn vị: {count(seen.not_applicable)}. Chưa kiểm tra:"
            f" {count(seen.not_checked)}."
        )
    ]


def _listed(items: tuple[str, ...]) -> list[Block]:
    return [Text(f"- {stopped(item)}") for item in items]


def _findings(findings: tuple[Finding, ...]) -> list[Block]:
    blocks: list[Block] = []
    for number, finding in enumerate(findings, start=1):
        blocks.append(Text(f"({number}) {stopped(finding.facts)}"))
        for name, text in (
            ("Căn cứ", finding.basis),
            ("Người chịu trách nhiệm", finding.responsible),
            ("Yêu cầu khắc phục", _demanded(finding.remedy)),
            ("Ý kiến bảo lưu của đơn vị", finding.reservation),
            ("Giải trình tại chỗ", finding.explanation),
        ):
            if text:
                blocks.append(Text(f"{name}: {stopped(text)}"))
    return blocks


def _demanded(remedy: Remedy | None) -> str:
    if remedy is None:
        return ""
    parts = list(remedy.parts)
    if remedy.days is not None:
        unit = "ngày làm việc" if remedy.working else "ngày"
        parts.append(f"thời hạn: {count(remedy.days)} {unit}, tính từ ngày ký biên bản")
    return "; ".join(parts)


def _refusals(minutes: VisitMinutes) -> list[Block]:
    blocks: list[Block] = [
        Text(
            f"{listed_person(refusal.person).removeprefix('- ')} từ chối ký biên bản."
            + (f" Lý do: {stopped(refusal.reason)}" if refusal.reason else "")
        )
        for refusal in minutes.refusals
    ]
    if minutes.witnesses:
        blocks.append(Text("Người chứng kiến:"))
        blocks += [Text(line) for line in listed(tuple(map(listed_person, minutes.witnesses)))]
    if minutes.strangely_signed:
        blocks.append(
            Text(
                "Chữ ký trên máy tính bảng của những người sau được ký cho nội dung khác với biên bản"
                " này, cần ký lại:"
            )
        )
        blocks += [
            Text(line) for line in listed(tuple(map(listed_person, minutes.strangely_signed)))
        ]
    return blocks


def _closing(minutes: VisitMinutes) -> str:
    end = moment(minutes.ended) if minutes.ended is not None else moment_left_blank(minutes.printed)
    return f"Việc kiểm tra kết thúc vào {end}. {minutes.closing}"


def _appendices(minutes: VisitMinutes) -> list[Document]:
    offices = [
        (roll_call.after_evidence, office)
        for roll_call in minutes.roll_calls
        for office in roll_call.offices
    ]
    parts: list[tuple[str, tuple[Block, ...], bool]] = []
    if offices:
        parts.append(("Kết quả điểm danh", (Table(ROLL_CALL, _office_rows(offices)),), True))
    if minutes.absent:
        parts.append(("Danh sách vắng mặt", (Table(ABSENT, _absent_rows(minutes)),), True))
    if minutes.pictures:
        parts.append(("Ảnh chụp tại đơn vị", minutes.pictures, False))
    return [
        Document(
            title=AppendixTitle(
                f"Phụ lục {numeral}" if len(parts) > 1 else "Phụ lục",
                subject,
                f"(Kèm theo Biên bản kiểm tra công vụ tại {unit_name(minutes.unit)})",
            ),
            body=body,
            landscape=landscape,
            synthetic=minutes.synthetic,
        )
        for numeral, (subject, body, landscape) in zip(("I", "II", "III"), parts, strict=False)
    ]


def _office_rows(offices: list[tuple[bool, Office]]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(number),
            office.name + (" (sau bổ sung minh chứng)" if after_evidence else ""),
            hour(office.at),
            *map(str, (office.required, office.present, *office.excused, office.unexcused)),
        )
        for number, (after_evidence, office) in enumerate(offices, start=1)
    )


def _absent_rows(minutes: VisitMinutes) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (str(number), one.name, one.post, one.office, one.reason, one.note)
        for number, one in enumerate(minutes.absent, start=1)
    )
