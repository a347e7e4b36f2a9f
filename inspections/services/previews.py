"""Seeing how standing texts look on paper before they are published."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies
from inspections.documents import layout
from inspections.documents.content import Block, Document, Letterhead, Text, Title
from inspections.documents.content import Role as TextRole
from inspections.documents.wording import ended, listed
from inspections.errors import InvalidInput
from inspections.models import (
    NAMING_UNITS,
    Department,
    PaperKind,
    Plan,
    Role,
    StandingTexts,
    User,
    Visit,
)
from inspections.services import audit, standing_texts
from inspections.services.faces import fonts
from inspections.services.paper_content import with_head
from inspections.services.paper_kinds import KINDS, About, Kind
from inspections.standing import Texts


def preview(
    *,
    actor: User,
    texts: StandingTexts,
    now: datetime,
    plan: Plan | None = None,
    visit: Visit | None = None,
) -> bytes:
    """Return a draft PDF with the texts: the paper about a plan or visit, or a sample where none is given.

    Raises:
        InvalidInput: such papers are about something else.
        NotFound, WrongState: the subject has not come to this paper yet.
    """
    policies.require(actor, Role.PLANNER, Role.APPROVER)
    kind = KINDS[PaperKind(texts.kind)]
    said = standing_texts.fill(texts.texts)
    given = {About.PLAN: plan, About.VISIT: visit}
    subject = given.pop(kind.about)
    if any(given.values()):
        raise InvalidInput(
            _("A paper of this kind is about something else."),
            code="wrong_subject",
            field=kind.about,
        )
    content = [_sample(kind, said)] if subject is None else kind.compose(subject, said, now)
    if visit is not None:  # it names persons
        audit.record(actor=actor, action="visit.print_minutes", obj=visit, now=now)
    elif plan is not None and texts.kind in NAMING_UNITS:
        audit.record(
            actor=actor,
            action="plan.preview_paper",
            obj=plan,
            now=now,
            details={"kind": str(texts.kind)},
        )
    year = timezone.localdate(now).year
    return layout.render(with_head(content, draft=True, year=year), fonts())


def _sample(kind: Kind, texts: Texts) -> Document:
    """Return a paper of this kind about nothing: the texts in their order, dots where the record comes."""
    department = Department.objects.get()
    body: list[Block] = [Text(line, TextRole.GROUND) for line in listed(texts.grounds)]
    body += [Text("(Nội dung theo hồ sơ) ……")]
    for part in texts.parts.values():
        body += [Text(f"- {text}") for text in part]
        body += [Text("……")]
    if texts.closing:
        body.append(Text(ended(texts.closing)))
    return Document(
        letterhead=Letterhead(
            superior=department.superior,
            agency=department.name,
            code="……",
            year=1,  # set with the head
            place=department.place,
        ),
        title=Title(kind.name, "Bản xem trước nội dung mẫu"),
        body=tuple(body),
        recipients=texts.recipients,
        synthetic=department.is_synthetic,
    )
