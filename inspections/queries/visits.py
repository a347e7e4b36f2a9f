"""Visits as their readers see them, whether the row was released already or is opened in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from inspections.calendar import Session
from inspections.models import Inspector, Unit, Visit, VisitOrder
from inspections.sealing import keyring
from inspections.states import VisitState


@dataclass(frozen=True)
class VisitFacts:
    """A visit whose hour has come. ``unit``, ``date`` and ``session`` are None for one that was never made."""

    id: UUID
    version: int
    plan_id: UUID | None
    origin: str
    state: VisitState
    unit: Unit | None
    minutes_received_on: date | None
    date: date | None
    session: Session | None
    release_at: datetime | None
    arrived_at: datetime | None
    members: Sequence[Inspector]
    leader: Inspector | None
    order: VisitOrder | None = None


def visit_facts(visits: Sequence[Visit]) -> list[VisitFacts]:
    """Return the facts of visits that their reader may see, in the order given.

    A visit that is due but not yet released is opened in memory and looks as it will once it is released.
    The rows should come with ``unit``, ``order`` and ``members__inspector`` fetched.
    """
    still_sealed = [visit for visit in visits if visit.state == VisitState.SEALED]
    ring = keyring() if still_sealed else None
    sealed = {visit.pk: visit.open_payload(ring) for visit in still_sealed if ring}
    units = Unit.objects.in_bulk([payload["unit"] for payload in sealed.values()])
    people = Inspector.objects.in_bulk(
        [member for payload in sealed.values() for member in payload["team"]]
    )
    return [
        _opened(visit, sealed[visit.pk], units, people) if visit.pk in sealed else _stored(visit)
        for visit in visits
    ]


def _stored(visit: Visit) -> VisitFacts:
    members = list(visit.members.all())
    return VisitFacts(
        id=visit.pk,
        version=visit.version,
        plan_id=visit.plan_id,
        origin=visit.origin,
        state=VisitState(visit.state),
        unit=visit.unit,
        minutes_received_on=visit.minutes_received_on,
        date=visit.date,
        session=None if visit.session is None else Session(visit.session),
        release_at=visit.release_at,
        arrived_at=visit.arrived_at,
        members=_in_order(member.inspector for member in members),
        leader=next((member.inspector for member in members if member.is_leader), None),
        order=getattr(visit, "order", None),
    )


def _opened(
    visit: Visit,
    payload: Mapping[str, Any],
    units: Mapping[UUID, Unit],
    people: Mapping[UUID, Inspector],
) -> VisitFacts:
    return VisitFacts(
        id=visit.pk,
        # What its release will make it, so that who read it before may change it after.
        version=visit.version + 1,
        plan_id=visit.plan_id,
        origin=visit.origin,
        state=VisitState.RELEASED,
        unit=units[UUID(payload["unit"])],
        minutes_received_on=None,
        date=date.fromisoformat(payload["date"]),
        session=Session(payload["session"]),
        release_at=datetime.fromisoformat(payload["release_at"]),
        arrived_at=None,
        members=_in_order(people[UUID(member)] for member in payload["team"]),
        leader=people[UUID(payload["leader"])],
    )


def _in_order(members: Iterable[Inspector]) -> list[Inspector]:
    return sorted(members, key=lambda person: (person.name_sort_key, person.pk))
