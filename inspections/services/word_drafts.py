"""A draft goes to Word and comes back: what was changed there is shown, and a person accepts it or leaves it."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inspections import policies
from inspections.documents import layout
from inspections.documents.content import Document
from inspections.documents.word.differences import Change, apply, differences
from inspections.documents.word.writing import write
from inspections.errors import InvalidInput, NotFound, VersionConflict, WrongState
from inspections.models import EditedDraft, Paper, User
from inspections.services import audit, issuing, paper_content
from inspections.services.faces import fonts
from inspections.states import PaperState


@dataclass(frozen=True)
class Edited:
    """A draft that came back, and what it says otherwise; a change is named by its place in the list."""

    draft: EditedDraft
    changes: Sequence[Change]


def download(*, actor: User, paper: Paper, now: datetime) -> bytes:
    """Return the draft as a Word document, on record: it names units and persons.

    Raises:
        NotFound: there is none: it is no draft any more, or follows from the record.
    """
    kind = paper_content.kind_of(paper)
    policies.require(actor, *kind.drafters)
    if not kind.narrative or paper.state != PaperState.DRAFT:
        raise NotFound
    content = write(_marked(paper_content.content_of(paper, now)), _token(paper))
    _tell(paper, actor, "paper.word_read", now, version=paper.version)
    return content


def upload(*, actor: User, paper: Paper, data: bytes, now: datetime) -> Edited:
    """Keep a draft that came back from Word, and return what it says otherwise. The paper stays as it is.

    The same bytes again are the same draft.

    Raises:
        DocxRefused: it is no draft of this paper as it stands.
        WrongState: it is no draft any more, or follows from the record (``not_narrative``).
    """
    _require_draft(actor, paper)
    changes = _changes(paper, data, now)
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        with transaction.atomic():
            draft = EditedDraft.objects.create(
                paper=paper,
                version=paper.version,
                sha256=sha256,
                data=data,
                uploaded_by=actor,
                uploaded_at=now,
            )
            facts = {"sha256": sha256, "changes": len(changes)}
            _tell(paper, actor, "paper.word_upload", now, **facts)
    except IntegrityError:
        draft = paper.edited.get(sha256=sha256)
    return Edited(draft, changes)


def accept(
    *,
    actor: User,
    paper: Paper,
    version: int,
    sha256: str,
    changes: Collection[int],
    now: datetime,
) -> Paper:
    """Take over the changes that a person chose, by their places in the list. The others are left.

    Raises:
        NotFound: no such draft came back.
        InvalidInput: there is no such change.
        DocxRefused, WrongState: as for `upload`.
        VersionConflict: the paper changed since ``version``.
        DocumentError: what was accepted cannot be printed.
    """
    _require_draft(actor, paper)
    if paper.version != version:
        raise VersionConflict
    draft = paper.edited.filter(sha256=sha256).first()
    if draft is None:
        raise NotFound
    found = _changes(paper, bytes(draft.data), now)
    if any(not 0 <= one < len(found) for one in changes):
        raise InvalidInput(
            _("There is no such change."), code="unknown_change", field="changes", count=len(found)
        )
    accepted = apply(
        paper_content.content_of(paper, now), [found[one] for one in sorted(set(changes))]
    )
    layout.render(_marked(accepted), fonts())
    return issuing.change(actor=actor, paper=paper, version=version, content=accepted, now=now)


def _require_draft(actor: User, paper: Paper) -> None:
    kind = paper_content.kind_of(paper)
    policies.require(actor, *kind.drafters)
    if not kind.narrative:
        raise WrongState(_("This paper follows from the record."), code="not_narrative")
    if paper.state != PaperState.DRAFT:
        raise WrongState(_("The paper is not where this step begins."), state=paper.state)


def _changes(paper: Paper, data: bytes, now: datetime) -> list[Change]:
    return differences(_marked(paper_content.content_of(paper, now)), _token(paper), data)


def _marked(content: Sequence[Document]) -> list[Document]:
    """Return the content with the mark of a draft."""
    first, *appendices = content
    if first.letterhead is not None:
        first = replace(first, letterhead=replace(first.letterhead, draft=True))
    return [first, *appendices]


def _token(paper: Paper) -> str:
    """Return what stands for this content of this paper in the marks of its Word document."""
    said = json.dumps(paper.content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{paper.pk} {said}".encode()).hexdigest()[:16]


def _tell(paper: Paper, actor: User, action: str, now: datetime, **details: object) -> None:
    audit.record(
        actor=actor,
        action=action,
        obj=paper,
        now=now,
        details={"kind": str(paper.kind)} | details,
    )
