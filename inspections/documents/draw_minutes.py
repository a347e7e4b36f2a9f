"""Biên bản lựa chọn ngẫu nhiên: what was sealed, before whom, and by which rule; no unit is named.

The minutes exist in two stages. At the endorsement they print the commitments and the rule for the
public value before that value exists; after the draw they also print the value.
"""

from dataclasses import dataclass
from datetime import date, datetime

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Column,
    Commitments,
    Content,
    Document,
    Hash,
    Letterhead,
    Line,
    OptionalLine,
    OptionalProse,
    Prose,
    Role,
    Sha256,
    Signature,
    Stratum,
    Table,
    Text,
    Title,
    Value,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import count, ended, listed, long_date, moment, moment_left_blank

_COLUMNS = (
    Column("STT", 12, centred=True),
    Column("Nhóm đơn vị", 76),
    Column("Số đơn vị trong danh sách", 36, centred=True),
    Column("Số đơn vị lựa chọn", 36, centred=True),
)


@dataclass(frozen=True)
class Participant(Content):
    """Somebody who was there: name, post, and part in the draw (``người chứng kiến``)."""

    name: Line
    post: OptionalLine
    part: Line


@dataclass(frozen=True)
class PublicRule(Content):
    """Where the public value will come from, and what holds when it does not come."""

    source: Prose
    day: date
    encoding: Prose
    fallback: Prose


@dataclass(frozen=True)
class Outcome(Content):
    """What became known with the draw; ``public_value`` is empty when none was used."""

    drawn_at: datetime
    public_value: OptionalProse


@dataclass(frozen=True)
class DrawMinutes(Content):
    """What the minutes print; ``outcome`` is None at the endorsement, before the draw."""

    letterhead: Letterhead
    period: Line
    plan_serial: int
    started: datetime
    place: Line
    participants: tuple[Participant, ...]
    strata: tuple[Stratum, ...]
    commitments: Commitments
    endorsement: Sha256
    audit_head: Sha256
    reveal_on: date
    signatures: tuple[Signature, ...]
    recipients: tuple[Line, ...]
    closing: Prose
    public_rule: PublicRule | None = None
    outcome: Outcome | None = None
    ended: datetime | None = None
    synthetic: bool = False


def render(minutes: DrawMinutes, fonts: Fonts) -> bytes:
    """Return the minutes as PDF; raises as `layout.render` does."""
    return layout.render([compose(minutes)], fonts)


def compose(minutes: DrawMinutes) -> Document:
    """Return the minutes as they are read."""
    stage = "niêm phong trước khi lựa chọn" if minutes.outcome is None else "kết quả lựa chọn"
    body = (
        Text(f"Thời gian bắt đầu: {moment(minutes.started)}."),
        Text(f"Địa điểm: {minutes.place}."),
        Text("Thành phần tham dự:"),
        *(Text(line) for line in listed(tuple(map(_participant, minutes.participants)))),
        Text("Nội dung:"),
        *_subject(minutes),
        *_sealed(minutes),
        *_public_value(minutes),
        *_confirmation(minutes),
        Text(ended(_closing(minutes))),
    )
    return Document(
        letterhead=minutes.letterhead,
        title=Title(
            "Biên bản",
            f"Lựa chọn ngẫu nhiên đơn vị kiểm tra công vụ đột xuất {minutes.period} ({stage})",
        ),
        body=body,
        signatures=minutes.signatures,
        recipients=minutes.recipients,
        synthetic=minutes.synthetic,
    )


def _participant(person: Participant) -> str:
    return "- " + ", ".join(filter(None, (person.name, person.post, person.part)))


def _subject(minutes: DrawMinutes) -> list[Block]:
    rows = [
        (str(number), stratum.name, count(stratum.units), count(stratum.drawn))
        for number, stratum in enumerate(minutes.strata, start=1)
    ]
    units = sum(stratum.units for stratum in minutes.strata)
    drawn = sum(stratum.drawn for stratum in minutes.strata)
    return [
        Text("1. Kế hoạch và số đơn vị lựa chọn", Role.HEADING),
        Text(
            f"Kế hoạch lựa chọn số thứ tự {count(minutes.plan_serial)}, kỳ kiểm tra"
            f" {minutes.period}. Biên bản này không nêu tên đơn vị."
        ),
        Table(_COLUMNS, (*rows, ("", "Tổng số", count(units), count(drawn))), total=True),
    ]


def _sealed(minutes: DrawMinutes) -> list[Block]:
    return [
        Text("2. Mã niêm phong", Role.HEADING),
        Text("Các mã SHA-256 sau đây, mỗi mã gồm 64 ký tự, được in và đọc lại trước khi lựa chọn."),
        Hash("a) Mã của danh sách đơn vị và khả năng được chọn", minutes.commitments.frame),
        Hash("b) Mã niêm phong của người lập", minutes.commitments.first),
        Hash("c) Mã niêm phong của người phê duyệt", minutes.commitments.second),
        Hash("d) Mã chung của các mã trên và quy tắc tại mục 3", minutes.endorsement),
        Hash("đ) Mã cuối của chuỗi nhật ký hệ thống", minutes.audit_head),
    ]


def _public_value(minutes: DrawMinutes) -> list[Block]:
    blocks: list[Block] = [Text("3. Giá trị công khai", Role.HEADING)]
    rule, outcome = minutes.public_rule, minutes.outcome
    if rule is not None:
        blocks += [
            Text(f"- Nguồn: {rule.source}"),
            Text(f"- Công bố: {long_date(rule.day)}."),
            Text(f"- Cách ghi: {rule.encoding}"),
            Text(f"- Khi không có giá trị: {rule.fallback}"),
        ]
    if outcome is not None and outcome.public_value:
        length = count(len(outcome.public_value))
        blocks.append(
            Value(f"- Giá trị đã công bố ({length} ký tự, kể cả dấu cách)", outcome.public_value)
        )
    elif outcome is None and rule is not None:
        blocks.append(Text("Tại thời điểm lập biên bản này, giá trị công khai chưa được công bố."))
    else:
        blocks.append(
            Text(
                "Không dùng giá trị công khai: kết quả đối chiếu không chứng minh được rằng chuỗi bí"
                " mật đã không bị lựa chọn có chủ ý."
            )
        )
    return blocks


def _confirmation(minutes: DrawMinutes) -> list[Block]:
    blocks: list[Block] = [Text("4. Xác nhận", Role.HEADING)]
    if minutes.outcome is not None:
        blocks.append(
            Text(
                f"Việc lựa chọn hoàn thành lúc {moment(minutes.outcome.drawn_at)}, theo đúng danh"
                " sách, số đơn vị, các mã niêm phong và quy tắc nêu trên."
            )
        )
    blocks.append(
        Text(
            "Sau khi lựa chọn, không ai được thêm, bớt hoặc thay đổi đơn vị. Danh sách, hai chuỗi bí"
            f" mật được mở niêm phong để đối chiếu {long_date(minutes.reveal_on)}; mọi sai khác với"
            " các mã nêu trên đều được phát hiện."
        )
    )
    return blocks


def _closing(minutes: DrawMinutes) -> str:
    end = moment(minutes.ended) if minutes.ended is not None else moment_left_blank(minutes.started)
    return f"Việc lập biên bản kết thúc vào {end}. {minutes.closing}"
