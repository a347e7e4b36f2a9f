"""Forms to take along on paper, where a visit is written down by hand and entered afterwards."""

from datetime import datetime

from inspections import policies
from inspections.documents import blank_forms as paper
from inspections.documents import layout
from inspections.documents.content import Document
from inspections.errors import NotFound
from inspections.models import Checklist, Department, Origin, PaperKind, Role, User, Visit
from inspections.queries.visits import VisitFacts, visit_facts
from inspections.services import minutes, standing_texts
from inspections.services.faces import fonts

_USERS = (Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)


def print_roll_call(*, actor: User) -> bytes:
    """Return the sheets for counting offices and naming the absent at any unit, as PDF."""
    policies.require(actor, *_USERS)
    return layout.render(_roll_call(""), fonts())


def print_minutes(*, actor: User, now: datetime) -> bytes:
    """Return blank minutes for any unit, as PDF."""
    policies.require(actor, *_USERS)
    return layout.render([_minutes(None, now)], fonts())


def print_for_visit(*, actor: User, visit: Visit, now: datetime) -> bytes:
    """Return blank minutes and roll call for a visit that the actor may see, its unit and team filled in, as PDF.

    Raises:
        NotFound: the visit was never made.
        DocumentError: a name does not fit its place on the paper.
    """
    policies.require(actor, *_USERS)
    (facts,) = visit_facts([visit])
    if facts.unit is None:
        raise NotFound
    return layout.render([_minutes(facts, now), *_roll_call(facts.unit.name)], fonts())


def _roll_call(unit: str) -> list[Document]:
    return paper.compose_roll_call(unit=unit, synthetic=Department.objects.get().is_synthetic)


def _minutes(visit: VisitFacts | None, now: datetime) -> Document:
    checklist = Checklist.objects.published().first()
    core = checklist.items.filter(is_core=True) if checklist is not None else ()
    department, texts = Department.objects.get(), standing_texts.of(PaperKind.VISIT_MINUTES)
    unit = visit.unit if visit is not None else None
    return paper.compose_minutes(
        paper.BlankMinutes(
            letterhead=minutes.letterhead(department, now, draft=False),
            printed=now,
            signatures=minutes.places_to_sign(()),
            recipients=texts.recipients,
            closing=texts.closing,
            checklist=checklist.number if checklist is not None else None,
            items=tuple(
                paper.Item(item.code, item.text)
                for item in core
                if unit is None or item.is_for(unit.kind)
            ),
            unit=unit.name if unit is not None else "",
            kind=minutes.KINDS[Origin(visit.origin)] if visit is not None else "",
            team=tuple(
                minutes.member(one.full_name, leads=one == visit.leader)
                for one in sorted(visit.members, key=lambda one: one != visit.leader)
            )
            if visit is not None
            else (),
            synthetic=department.is_synthetic,
        )
    )
