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
    """A shortcoming, with what is asked; without a day nothing of that kind is asked.

    ``unit`` answers where it is not the one that was inspected.
    """

    facts: Prose
    unit: OptionalLine = ""
    basis: OptionalLine = ""
    remedy: OptionalProse = ""
    explain_by: date | None = None
    remedy_by: date | None = None


@dataclass(frozen=True)
class DemandLetter(Content):
    """What the letter prints. ``kind`` tells how the unit was inspected (``đột xuất``).

    ``answers`` are the forms of the answer, ``addressees`` the units that answer beside the inspected one.
    """

    letterhead: Letterhead
    unit: Line
    kind: Line
    inspected_on: date
    asked: tuple[Asked, ...]
    answers: tuple[Prose, ...]
    closing: Prose
    signature: Signature
    recipients: tuple[Line, ...]
    addressees: tuple[Line, ...] = ()
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
    # Several units are told apart at each point.
    whom = "các cơ quan, đơn vị" if letter.addressees else unit
    body: list[Block] = [
        Text(
            f"{long_date(letter.inspected_on).capitalize()}, Đoàn kiểm tra công vụ của {agency} đã"
            f" kiểm tra {letter.kind} tại {unit}. Căn cứ biên bản kiểm tra, {agency} yêu cầu {whom}"
            f" {actions} những tồn tại, hạn chế sau:"
        )
    ]
    for number, one in enumerate(letter.asked, start=1):
        body += _asked(number, one)
    body += [Text(stopped(answer)) for answer in letter.answers]
    body.append(Text(ended(letter.closing)))
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
    if one.unit:
        lines.append(f"Đơn vị trả lời: {unit_first(one.unit)}.")
    if one.basis:
        lines.append(f"Căn cứ: {stopped(one.basis)}")
    if one.explain_by is not None:
        lines.append(f"Thời hạn giải trình: chậm nhất {long_date(one.explain_by)}.")
    if one.remedy:
        lines.append(f"Yêu cầu khắc phục: {stopped(one.remedy)}")
    if one.remedy_by is not None:
        lines.append(f"Thời hạn khắc phục: chậm nhất {long_date(one.remedy_by)}.")
    return [Text(line) for line in lines]
