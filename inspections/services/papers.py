"""Printing a plan's papers without a number, and handing them out. Restricted ones are sealed at rest."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from inspections import policies
from inspections.documents import content, layout, restricted_appendix
from inspections.errors import NotFound, WrongState
from inspections.models import (
    Department,
    Document,
    DocumentKind,
    PaperKind,
    Plan,
    Role,
    Session,
    User,
)
from inspections.sealing import keyring
from inspections.services import audit, paper_kinds, plan_papers, rosters, standing_texts
from inspections.services.faces import fonts
from inspections.services.keys import document_context
from inspections.states import WITH_ROSTER, PaperState, PlanState

SESSIONS = {Session.MORNING: "Sáng", Session.AFTERNOON: "Chiều"}
# From which states on a paper can be printed.
PRINTABLE = {
    DocumentKind.MONTHLY_PLAN: plan_papers.ENDORSED_ON,
    DocumentKind.COMMITMENT_MINUTES: plan_papers.ENDORSED_ON,
    DocumentKind.DRAW_MINUTES: plan_papers.DRAWN_ON,
    DocumentKind.RESTRICTED_APPENDIX: WITH_ROSTER - {PlanState.DRAWN},
}


def print_paper(*, actor: User, plan: Plan, kind: DocumentKind, now: datetime) -> Document:
    """Render a paper and store it in place of the one printed before.

    Raises:
        NotFound: the paper is restricted and the actor reads no rosters.
        WrongState: the plan has not come to this paper yet.
    """
    policies.require(actor, Role.PLANNER, Role.APPROVER, Role.CLERK)
    restricted = kind is DocumentKind.RESTRICTED_APPENDIX
    if restricted and not policies.may_read_roster(actor):
        audit.record(actor=actor, action="roster.denied", obj=plan, now=now)
        raise NotFound
    if plan.state not in PRINTABLE[kind]:
        raise WrongState(_("The plan has not come to this paper yet."), state=plan.state)
    pdf = layout.render(_composed(plan, kind, now), fonts())
    document = Document(id=uuid4(), plan=plan, kind=kind, is_restricted=restricted, created_at=now)
    if restricted:
        document.content = keyring().seal(pdf, context=document_context(document))
    else:
        document.content, document.sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    with transaction.atomic():
        Plan.objects.select_for_update().get(pk=plan.pk)  # of two who print one waits
        Document.objects.filter(plan=plan, kind=kind).delete()
        document.save(force_insert=True)
        audit.record(
            actor=actor,
            action="document.print",
            obj=document,
            now=now,
            details={"kind": kind.value, "plan": str(plan.pk)},
        )
    return document


def read_document(*, actor: User, document: Document, now: datetime) -> bytes:
    """Return a paper's bytes; reading a restricted one is on record as a reading of its roster."""
    if not document.is_restricted:
        return bytes(document.content)
    if not policies.may_read_roster(actor):
        audit.record(actor=actor, action="roster.denied", obj=document.plan, now=now)
        raise NotFound
    opened = keyring().open(document.content, context=document_context(document))
    audit.record(actor=actor, action="roster.print_read", obj=document.plan, now=now)
    return opened


def _composed(plan: Plan, kind: DocumentKind, now: datetime) -> Sequence[content.Document]:
    if kind is DocumentKind.RESTRICTED_APPENDIX:
        return [_restricted_appendix(plan)]
    numbered = PaperKind(kind.value)
    return paper_kinds.KINDS[numbered].compose(plan, standing_texts.of(numbered), now)


def _restricted_appendix(plan: Plan) -> content.Document:
    department = Department.objects.get()
    issued = plan.papers.filter(kind=PaperKind.MONTHLY_PLAN, state=PaperState.ISSUED).first()
    dated = issued.dated if issued else None
    return restricted_appendix.compose(
        restricted_appendix.RestrictedAppendix(
            agency=department.name,
            code=f"KH-{department.abbreviation}",
            period=plan_papers.period(plan),
            year=dated.year if dated else plan.period.year,
            number=issued.number if issued else None,
            dated=dated,
            synthetic=department.is_synthetic,
            visits=tuple(
                restricted_appendix.Visit(
                    unit=entry.unit.name,
                    day=entry.date,
                    session=SESSIONS[entry.session],
                    leader=entry.leader.full_name if entry.leader else "",
                    members=tuple(
                        person.full_name for person in entry.members if person != entry.leader
                    ),
                )
                for entry in rosters.open_roster(plan)
            ),
        )
    )
