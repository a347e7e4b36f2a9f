"""Công văn yêu cầu giải trình, khắc phục: what a unit is asked to explain and to set right, and by when."""

from dataclasses import dataclass
from datetime import date

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Concerning,
    Content,
    Document,
    Letterhead,
    Line,
    OptionalLine,
    OptionalProse,
    Prose,
    Signature,
    Text,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import ended, long_date, stopped, unit_first, unit_name

FIRST_RECIPIENT = "Như trên"


@dataclass(frozen=True)
class Asked(Content):
    """A shortcoming, with what is asked of the unit; without a day nothing of that kind is asked."""

    facts: Prose
    basis: OptionalLine = ""
    remedy: OptionalProse = ""
    explain_by: date | None = None
    remedy_by: date | None = None


@dataclass(frozen=True)
class DemandLetter(Content):
    """What the letter prints. ``kind`` tells how the unit was inspected (``đột xuất``)."""

    letterhead: Letterhead
    unit: Line
    kind: Line
    inspected_on: date
    asked: tuple[Asked, ...]
    signature: Signature
    recipients: tuple[Line, ...]
    addressees: tuple[Line, ...] = ()  # beside the unit itself
    synthetic: bool = False


def render(letter: DemandLetter, fonts: Fonts) -> bytes:
    """Return the letter as PDF; raises as `layout.render` does."""
    return layout.render(compose(letter), fonts)


def compose(letter: DemandLetter) -> list[Document]:
    """Return the letter as it is read."""
    explain = any(one.explain_by is not None for one in letter.asked)
    remedy = any(one.remedy_by is not None for one in letter.asked)
    actions = ", ".join(["giải trình"] * explain + ["khắc phục"] * remedy)
    agency, unit = letter.letterhead.agency, unit_name(letter.unit)
    body: list[Block] = [
        Text(
            f"{long_date(letter.inspected_on).capitalize()}, Đoàn kiểm tra công vụ của {agency} đã"
            f" kiểm tra {letter.kind} tại {unit}. Căn cứ biên bản kiểm tra, {agency} yêu cầu {unit}"
            f" {actions} những tồn tại, hạn chế sau:"
        )
    ]
    for number, one in enumerate(letter.asked, start=1):
        body += _asked(number, one)
    if explain:
        body.append(
            Text(
                "Văn bản giải trình do người đứng đầu đơn vị ký, nêu rõ nguyên nhân, trách nhiệm của"
                " tập thể, cá nhân có liên quan, kèm theo hồ sơ, tài liệu chứng minh."
            )
        )
    if remedy:
        body.append(
            Text(
                "Báo cáo kết quả khắc phục do người đứng đầu đơn vị ký, nêu rõ người thực hiện, việc"
                " đã làm, trách nhiệm, quy trình, kết quả, kèm theo tài liệu chứng minh."
            )
        )
    body.append(
        Text(ended(f"Văn bản gửi về {agency} đúng thời hạn nêu trên để theo dõi, tổng hợp"))
    )
    return [
        Document(
            letterhead=letter.letterhead,
            title=Concerning(f"yêu cầu {actions} tồn tại, hạn chế qua kiểm tra công vụ"),
            body=tuple(body),
            signatures=(letter.signature,),
            recipients=(FIRST_RECIPIENT, *letter.recipients),
            addressees=tuple(map(unit_first, (letter.unit, *letter.addressees))),
            synthetic=letter.synthetic,
        )
    ]


def _asked(number: int, one: Asked) -> list[Block]:
    lines = [f"{number}. {stopped(one.facts)}"]
    if one.basis:
        lines.append(f"Căn cứ: {stopped(one.basis)}")
    if one.explain_by is not None:
        lines.append(f"Thời hạn giải trình: chậm nhất {long_date(one.explain_by)}.")
    if one.remedy:
        lines.append(f"Yêu cầu khắc phục: {stopped(one.remedy)}")
    if one.remedy_by is not None:
        lines.append(f"Thời hạn khắc phục: chậm nhất {long_date(one.remedy_by)}.")
    return [Text(line) for line in lines]
