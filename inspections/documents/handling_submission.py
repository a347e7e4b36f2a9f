"""Tờ trình kiến nghị xử lý: acts and their grounds, for the competent authority to decide; never with commendation.

To name a form of discipline can have legal effect (Nghị định 172/2025/NĐ-CP, Điều 16), so one is printed only when
somebody entitled to has named it.
"""

from dataclasses import dataclass
from datetime import date

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Content,
    Document,
    Letterhead,
    Line,
    OptionalLine,
    OptionalProse,
    Prose,
    Role,
    Signature,
    Text,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import ended, listed, long_date, stopped, unit_first, unit_name


@dataclass(frozen=True)
class Recommended(Content):
    """Whom the recommendation concerns: a unit, or a person (``name``) of it, with acts and measure.

    ``measure`` is what is recommended (``xem xét xử lý kỷ luật``); ``form`` is empty unless it was named.
    ``discovered_on`` starts the period within which discipline is to be decided, which ends on ``decide_by``.
    """

    unit: Line
    acts: tuple[Prose, ...]
    measure: Line
    name: OptionalLine = ""
    post: OptionalLine = ""
    category: OptionalLine = ""
    basis: OptionalProse = ""
    form: OptionalLine = ""
    discovered_on: date | None = None
    decide_by: date | None = None


@dataclass(frozen=True)
class HandlingSubmission(Content):
    """What the submission prints; ``addressee`` is competent to decide."""

    letterhead: Letterhead
    addressee: Line
    grounds: tuple[Prose, ...]
    recommended: tuple[Recommended, ...]
    closing: Prose
    signature: Signature
    recipients: tuple[Line, ...]
    synthetic: bool = False


def render(submission: HandlingSubmission, fonts: Fonts) -> bytes:
    """Return the submission as PDF; raises as `layout.render` does."""
    return layout.render(compose(submission), fonts)


def compose(submission: HandlingSubmission) -> list[Document]:
    """Return the submission as it is read."""
    agency = submission.letterhead.agency
    body: list[Block] = [
        *(Text(ground, Role.GROUND) for ground in listed(submission.grounds)),
        Text(
            f"Qua kiểm tra công vụ, {agency} kính trình {submission.addressee} xem xét, xử lý theo"
            " thẩm quyền đối với tập thể, cá nhân sau:"
        ),
    ]
    for number, one in enumerate(submission.recommended, start=1):
        body += _recommended(number, one)
    body.append(Text(ended(submission.closing)))
    return [
        Document(
            letterhead=submission.letterhead,
            title=Title(
                "Tờ trình", "Về việc kiến nghị xử lý tập thể, cá nhân qua kiểm tra công vụ"
            ),
            body=tuple(body),
            signatures=(submission.signature,),
            recipients=("Như trên", *submission.recipients),
            addressees=(submission.addressee,),
            synthetic=submission.synthetic,
        )
    ]


def _recommended(number: int, one: Recommended) -> list[Block]:
    # After a name the unit stands in the midst of its sentence.
    unit = unit_name(one.unit) if one.name else unit_first(one.unit)
    who = ", ".join(filter(None, (one.name, one.post, one.category, unit)))
    lines = [f"{number}. {stopped(who)}", "a) Hành vi:"]
    lines += listed(tuple(f"- {act}" for act in one.acts))
    lines.append(f"b) Căn cứ: {stopped(one.basis)}" if one.basis else "b) Căn cứ: ……")
    measure = stopped(one.measure)
    if one.form:
        measure = f"{one.measure.rstrip('.')}, hình thức: {stopped(one.form)}"
    lines.append(f"c) Kiến nghị: {measure}")
    if one.discovered_on is not None:
        clock = f"d) Ngày phát hiện: {long_date(one.discovered_on)}"
        if one.decide_by is not None:
            clock += f"; thời hạn xử lý kỷ luật đến hết {long_date(one.decide_by)}"
        lines.append(clock + ".")
    return [Text(line) for line in lines]
