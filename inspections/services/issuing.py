"""The life of an official paper: drafted, submitted, numbered by the clerk, and from then on bytes that never change.

When which bytes are frozen, and why, is told in ``docs/adr/0011-papers.md``.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies
from inspections.documents import layout, stored
from inspections.documents.content import Document
from inspections.errors import (
    InvalidInput,
    NotFound,
    PaperAltered,
    VersionConflict,
    WrongState,
)
from inspections.models import NAMING_UNITS, Paper, PaperKind, Plan, Role, User, Visit
from inspections.services import audit, standing_texts
from inspections.services.creation import made_before
from inspections.services.faces import fonts
from inspections.services.paper_content import (
    composed,
    content_of,
    keep_pictures,
    kind_of,
    series_of,
    subject_of,
    verified,
    with_head,
)
from inspections.services.paper_kinds import KINDS, About
from inspections.states import PaperState

IN_HAND = (PaperState.DRAFT, PaperState.SUBMITTED)
MOST_NUMBER = 99_999


def draft(
    *,
    actor: User,
    kind: PaperKind,
    now: datetime,
    plan: Plan | None = None,
    visit: Visit | None = None,
    replaces: Paper | None = None,
    id: UUID | None = None,  # noqa: A002  the API's name
) -> Paper:
    """Make the draft of a paper about a plan or a visit that the actor may see.

    Args:
        replaces: the paper in force that this one will replace, and names.

    Raises:
        InvalidInput: the subject is not what such papers are about.
        NotFound, WrongState: the subject has not come to this paper yet; there is one in hand or in force already; what
            it would replace is not in force, or is another paper (``paper_in_hand``, ``paper_in_force``,
            ``not_in_force``).
    """
    about = KINDS[kind]
    policies.require(actor, *about.drafters)
    given = {About.PLAN: plan, About.VISIT: visit}
    subject = given.pop(about.about)
    if subject is None or any(given.values()):
        raise InvalidInput(
            _("A paper of this kind is about something else."),
            code="wrong_subject",
            field=about.about,
        )
    texts = standing_texts.in_force(kind)
    paper = Paper(
        id=id or uuid4(),
        kind=kind,
        plan=plan,
        visit=visit,
        replaces=replaces,
        texts=texts.texts,
        texts_number=texts.number,
        drafted_by=actor,
        drafted_at=now,
        changed_by=actor,
    )
    facts = {"kind": kind, "plan": plan, "visit": visit, "replaces": replaces, "drafted_by": actor}
    if before := made_before(Paper.objects.all(), id, facts):
        return before
    _check_replaced(paper)
    said = composed(paper, now)
    try:
        with transaction.atomic():
            if about.narrative:
                paper.content = stored.dumped(said)
            paper.save(force_insert=True)
            if about.narrative:
                keep_pictures(paper, said)
            _tell(paper, actor, "paper.draft", now)
    except IntegrityError:
        if before := made_before(Paper.objects.all(), id, facts):
            return before
        raise WrongState(
            _("There is a draft of this paper already."), code="paper_in_hand"
        ) from None
    return paper


def _check_replaced(paper: Paper) -> None:
    """Refuse a second paper beside the one in force, and to replace what is not in force."""
    in_force = Paper.objects.filter(
        kind=paper.kind, plan=paper.plan, visit=paper.visit, state=PaperState.ISSUED
    ).first()
    if paper.replaces is None and in_force is not None:
        raise WrongState(
            _("There is such a paper in force. A new one must say that it replaces it."),
            code="paper_in_force",
        )
    if paper.replaces is not None and in_force != paper.replaces:
        raise WrongState(_("The paper to be replaced is not in force."), code="not_in_force")


def change(
    *, actor: User, paper: Paper, version: int, content: Sequence[Document], now: datetime
) -> Paper:
    """Replace what the draft of a narrative paper says.

    Raises:
        WrongState: it is no draft, or is composed from the record.
        VersionConflict: it changed since ``version``.
    """
    policies.require(actor, *kind_of(paper).drafters)
    if not kind_of(paper).narrative:
        raise WrongState(_("This paper follows from the record."), code="not_narrative")
    with transaction.atomic():
        _next_version(
            paper,
            version,
            (PaperState.DRAFT,),
            content=stored.dumped(content),
            changed_by=actor,
        )
        paper.pictures.all().delete()
        keep_pictures(paper, content)
        _tell(paper, actor, "paper.change", now)
    return paper


def submit(*, actor: User, paper: Paper, version: int, now: datetime) -> Paper:
    """Hand the draft over for signing and numbering: from now on it says what it says.

    Raises:
        SamePerson: papers of this kind need another person than who wrote it.
        WrongState: it is no draft, its subject has not come so far, or nothing is left of what such a paper is
            written for (``nothing_demanded``, ``nothing_recommended``, ``nobody_commended``).
        VersionConflict: it changed since ``version``.
    """
    kind = kind_of(paper)
    policies.require(actor, *kind.drafters, Role.APPROVER)
    if kind.needs_second_person:
        policies.require_other(actor, paper.drafted_by, paper.changed_by)
    _require_state(paper, PaperState.DRAFT)
    if not kind.is_ready(subject_of(paper)):
        raise WrongState(_("What the paper is about is not closed yet."), code="not_closed")
    _check_replaced(paper)
    if (
        kind.narrative
    ):  # what was edited is the person's, but not whether there is still cause for it
        composed(paper, now)
    year = timezone.localdate(now).year
    said = with_head(content_of(paper, now), draft=False, year=year)
    code = secrets.token_hex(16)
    signing = layout.render(verified(said, code), fonts())
    with transaction.atomic():
        _next_version(
            paper,
            version,
            (PaperState.DRAFT,),
            state=PaperState.SUBMITTED,
            content=stored.dumped(said),
            series=series_of(said),
            code=code,
            signing_pdf=signing,
            signing_sha256=hashlib.sha256(signing).hexdigest(),
            submitted_by=actor,
            submitted_at=now,
        )
        if not kind.narrative:
            keep_pictures(paper, said)
        _tell(paper, actor, "paper.submit", now, sha256=paper.signing_sha256)
    return paper


def number(
    *, actor: User, paper: Paper, version: int, number: int, dated: date, now: datetime
) -> Paper:
    """Enter the number and date that the clerk gave: the paper is issued, and what it replaces no longer in force.

    Raises:
        InvalidInput: a number that is none, or a date to come or before there was cause for the paper
            (``date_too_early``).
        WrongState: the paper does not wait for a number, the number is taken in its series and year
            (``number_taken``), or what it replaces is not in force (``not_in_force``).
        VersionConflict: it changed since ``version``.
    """
    policies.require(actor, Role.CLERK)
    if not 1 <= number <= MOST_NUMBER:
        raise InvalidInput(
            _("A number from 1 to %(most)s.") % {"most": MOST_NUMBER}, field="number"
        )
    if dated > timezone.localdate(now):
        raise InvalidInput(_("The date lies in the future."), code="date_to_come", field="dated")
    earliest = _earliest(paper)
    if dated < earliest:
        raise InvalidInput(
            _("The paper cannot be dated before %(day)s.") % {"day": f"{earliest:%d/%m/%Y}"},
            code="date_too_early",
            field="dated",
        )
    _require_state(paper, PaperState.SUBMITTED)
    content = with_head(
        content_of(paper, now), draft=False, year=dated.year, number=number, dated=dated
    )
    pdf = layout.render(verified(content, str(paper.code)), fonts())
    try:
        with transaction.atomic():
            _replace(paper)
            _next_version(
                paper,
                version,
                (PaperState.SUBMITTED,),
                state=PaperState.ISSUED,
                number=number,
                year=dated.year,
                dated=dated,
                numbered_by=actor,
                numbered_at=now,
                pdf=pdf,
                sha256=hashlib.sha256(pdf).hexdigest(),
            )
            paper.pictures.all().delete()
            _tell(paper, actor, "paper.issue", now, sha256=paper.sha256)
    except IntegrityError:
        raise _collision(paper, number, dated.year) from None
    return paper


def _earliest(paper: Paper) -> date:
    """Return the first day that the paper can bear: of what it is about, and of the paper that it replaces."""
    subject = subject_of(paper)
    days = [
        timezone.localdate(subject.created_at) if isinstance(subject, Plan) else subject.date,
        paper.replaces.dated if paper.replaces is not None else None,
    ]
    return max((day for day in days if day is not None), default=date.min)


def _replace(paper: Paper) -> None:
    if paper.replaces_id is None:
        return
    in_force = Paper.objects.filter(pk=paper.replaces_id, state=PaperState.ISSUED)
    if not in_force.update(state=PaperState.REPLACED, version=F("version") + 1):
        raise WrongState(_("The paper to be replaced is not in force."), code="not_in_force")


def _collision(paper: Paper, number: int, year: int) -> WrongState:
    if Paper.objects.filter(series=paper.series, year=year, number=number).exists():
        return WrongState(
            _("The number %(number)s is taken in %(series)s of %(year)s.")
            % {"number": number, "series": paper.series, "year": year},
            code="number_taken",
            field="number",
        )
    return WrongState(
        _("There is such a paper in force. A new one must say that it replaces it."),
        code="paper_in_force",
    )


def withdraw(*, actor: User, paper: Paper, version: int, now: datetime) -> Paper:
    """Take a paper back before it is issued; what was sent for signing is kept.

    Raises:
        WrongState: it is issued, or withdrawn already.
        VersionConflict: it changed since ``version``.
    """
    policies.require(actor, *kind_of(paper).drafters, Role.APPROVER, Role.CLERK)
    with transaction.atomic():
        _next_version(
            paper,
            version,
            IN_HAND,
            state=PaperState.WITHDRAWN,
            withdrawn_by=actor,
            withdrawn_at=now,
        )
        paper.pictures.all().delete()
        _tell(paper, actor, "paper.withdraw", now)
    return paper


def read_pdf(*, actor: User, paper: Paper, now: datetime) -> bytes:
    """Return the paper as it stands: a draft as it would be printed now, then the bytes that were kept.

    Papers of visits name persons, and those of rounds may, so reading one is on record.

    Raises:
        PaperAltered: the kept bytes are not those that were kept.
    """
    if paper.visit_id is not None or paper.kind in NAMING_UNITS:
        audit.record(actor=actor, action="paper.read", obj=paper, now=now)
    if paper.pdf is not None:
        return _intact(paper, paper.pdf, paper.sha256)
    if paper.signing_pdf is not None:
        return _intact(paper, paper.signing_pdf, paper.signing_sha256)
    if paper.state == PaperState.WITHDRAWN:
        raise NotFound
    year = timezone.localdate(now).year
    return layout.render(with_head(content_of(paper, now), draft=True, year=year), fonts())


def _intact(paper: Paper, kept: "bytes | memoryview[int]", sha256: str | None) -> bytes:
    found = bytes(kept)
    if hashlib.sha256(found).hexdigest() != sha256:
        raise PaperAltered(paper=str(paper.pk))
    return found


# --- Steps -----------------------------------------------------------------------------------


def _require_state(paper: Paper, *states: PaperState) -> None:
    if paper.state not in states:
        raise WrongState(_("The paper is not where this step begins."), state=paper.state)


def _next_version(paper: Paper, version: int, states: Sequence[PaperState], **values: Any) -> None:
    changed = Paper.objects.filter(pk=paper.pk, version=version, state__in=states).update(
        version=F("version") + 1, **values
    )
    paper.refresh_from_db()
    if not changed:
        _require_state(paper, *states)
        raise VersionConflict


def _tell(paper: Paper, actor: User, action: str, now: datetime, **details: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        obj=paper,
        now=now,
        details={"kind": str(paper.kind), "subject": str(subject_of(paper).pk)} | details,
    )
