"""What an official paper says: kept, or composed from the record, and set with number, date and code."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from inspections.documents import stored
from inspections.documents.content import Document, Text, Verification
from inspections.documents.wording import long_date
from inspections.errors import WrongState
from inspections.models import Paper, PaperKind, PaperPicture, Plan, Visit
from inspections.services import standing_texts
from inspections.services.paper_kinds import KINDS, Kind


def kind_of(paper: Paper) -> Kind:
    """Return what papers of this kind are like."""
    return KINDS[PaperKind(paper.kind)]


def subject_of(paper: Paper) -> Plan | Visit:
    """Return what the paper is about."""
    subject: Plan | Visit = getattr(paper, kind_of(paper).about)
    return subject


def content_of(paper: Paper, now: datetime) -> tuple[Document, ...]:
    """Return what the paper says: what is kept, or what follows from the record now."""
    if paper.content is None:
        return composed(paper, now)
    pictures = {one.sha256: bytes(one.data) for one in paper.pictures.all()}
    return stored.loaded(paper.content, pictures)


def composed(paper: Paper, now: datetime) -> tuple[Document, ...]:
    """Return what follows from the record now, with the texts that the paper was drafted with."""
    kind = kind_of(paper)
    texts = standing_texts.fill(paper.texts)
    first, *appendices = kind.compose(subject_of(paper), texts, now)
    if paper.replaces is not None:
        first = _naming(first, kind.name, paper.replaces)
    return (first, *appendices)


def _naming(document: Document, name: str, replaced: Paper) -> Document:
    """Let a paper name the one that it replaces, before its last sentence."""
    if replaced.number is None or replaced.dated is None:
        raise WrongState(_("The paper to be replaced is not in force."), code="not_in_force")
    sentence = Text(
        f"{name} này thay thế {name} số {replaced.number:02}/{replaced.series}"
        f" {long_date(replaced.dated)}."
    )
    return replace(document, body=(*document.body[:-1], sentence, document.body[-1]))


def with_head(
    content: Sequence[Document],
    *,
    draft: bool,
    year: int,
    number: int | None = None,
    dated: date | None = None,
) -> tuple[Document, ...]:
    """Return the content with what its letterhead shows."""
    first, *appendices = content
    if first.letterhead is None:
        message = "an official paper has a letterhead"
        raise TypeError(message)
    head = replace(first.letterhead, draft=draft, year=year, number=number, dated=dated)
    return (replace(first, letterhead=head), *appendices)


def verified(content: Sequence[Document], code: str) -> tuple[Document, ...]:
    """Return the content with its verification code and the address where it is looked up."""
    first, *appendices = content
    address = f"{settings.PUBLIC_URL}/v/{code}" if settings.PUBLIC_URL else ""
    return (replace(first, verification=Verification(code, address)), *appendices)


def series_of(content: Sequence[Document]) -> str:
    """Return what stands behind the number: KH-SNV."""
    head = content[0].letterhead
    return head.code if head is not None else ""


def keep_pictures(paper: Paper, content: Sequence[Document]) -> None:
    """Store the pictures that the content names by their hashes."""
    PaperPicture.objects.bulk_create(
        PaperPicture(paper=paper, sha256=sha256, data=data)
        for sha256, data in stored.pictures(content).items()
    )
