"""Tờ trình đề nghị khen thưởng: collectives and individuals who did well, never mixed with handling."""

from dataclasses import dataclass

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Content,
    Document,
    Letterhead,
    Line,
    OptionalLine,
    Prose,
    Role,
    Signature,
    Text,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import count, ended, listed, stopped, unit_first, unit_name


@dataclass(frozen=True)
class Nominee(Content):
    """Whoever is to be commended: a unit, or a person (``name``) with a post at that unit."""

    unit: Line
    form: Line
    reasons: Prose
    name: OptionalLine = ""
    post: OptionalLine = ""


@dataclass(frozen=True)
class CommendationSubmission(Content):
    """What the submission prints; ``addressee`` decides."""

    letterhead: Letterhead
    addressee: Line
    grounds: tuple[Prose, ...]
    nominees: tuple[Nominee, ...]
    closing: Prose
    signature: Signature
    recipients: tuple[Line, ...]
    synthetic: bool = False


def render(submission: CommendationSubmission, fonts: Fonts) -> bytes:
    """Return the submission as PDF; raises as `layout.render` does."""
    return layout.render(compose(submission), fonts)


def compose(submission: CommendationSubmission) -> list[Document]:
    """Return the submission as it is read."""
    individuals = tuple(one for one in submission.nominees if one.name)
    collectives = tuple(one for one in submission.nominees if not one.name)
    groups = [
        (name, members)
        for name, members in (("TẬP THỂ", collectives), ("CÁ NHÂN", individuals))
        if members
    ]
    who = ", ".join(name.lower() for name, _members in groups)
    agency = submission.letterhead.agency
    body: list[Block] = [
        *(Text(ground, Role.GROUND) for ground in listed(submission.grounds)),
        Text(
            f"Qua kiểm tra công vụ, {agency} kính trình {submission.addressee} xem xét, quyết định"
            f" khen thưởng {who} có thành tích sau:"
        ),
    ]
    for numeral, (name, members) in zip(("I", "II"), groups, strict=False):
        heading = f"{numeral}. {name} ({count(len(members))})"
        body.append(Text(heading, Role.HEADING))
        for number, one in enumerate(members, start=1):
            body += _nominee(number, one)
    body.append(Text(ended(submission.closing)))
    return [
        Document(
            letterhead=submission.letterhead,
            title=Title("Tờ trình", f"Về việc đề nghị khen thưởng {who} qua kiểm tra công vụ"),
            body=tuple(body),
            signatures=(submission.signature,),
            recipients=("Như trên", *submission.recipients),
            addressees=(submission.addressee,),
            synthetic=submission.synthetic,
        )
    ]


def _nominee(number: int, one: Nominee) -> list[Block]:
    # After a name the unit stands in the midst of its sentence.
    unit = unit_name(one.unit) if one.name else unit_first(one.unit)
    who = ", ".join(filter(None, (one.name, one.post, unit)))
    return [
        Text(f"{number}. {stopped(who)}"),
        Text(f"Hình thức đề nghị: {stopped(one.form)}"),
        Text(f"Thành tích: {stopped(one.reasons)}"),
    ]
