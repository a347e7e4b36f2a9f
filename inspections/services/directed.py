"""Opening visits that somebody ordered: at once at the office, or afterwards where a team went without a network.

A directed visit stands beside the draw. It has no plan, carries no weight in estimates, and never looks drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, WrongState
from inspections.filing import contents
from inspections.models import (
    Department,
    Inspector,
    OrderChannel,
    Origin,
    Role,
    Session,
    Submission,
    Unit,
    User,
    Visit,
    VisitMember,
    VisitOrder,
)
from inspections.services import audit, schedule
from inspections.states import VisitState


@dataclass(frozen=True)
class Order:
    """Who ordered a visit, how, and what proves it."""

    channel: OrderChannel
    ordered_by: str
    ordered_at: datetime
    proof: str = ""
    proof_sha256: str = ""
    written_order_due: date | None = None
    written_order_number: str = ""


def open_visit(
    *,
    actor: User,
    unit: Unit,
    members: Sequence[UUID],
    leader: UUID,
    order: Order,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the API's name
) -> Visit:
    """Open a visit that was ordered, to its team and the office at once.

    Who is on duty elsewhere is not looked at: a roster is not opened for it, and an order goes first.

    Raises:
        InvalidInput: the unit is closed, the team breaks a hard rule, or the order lacks something.
        WrongState: another visit was made under this id.
    """
    policies.require(actor, Role.PLANNER)
    order = _clean(order, now)
    goes = {member: member == leader for member in members}
    if (before := _made_before(id, actor, unit, goes, order)) is not None:
        return before
    if not unit.is_active:
        raise InvalidInput(_("This unit is closed."), code="unit_closed", field="unit")
    team = schedule.fit_team(members, leader, unit_id=unit.pk, day=timezone.localdate(now))
    try:
        return _open(
            actor=actor,
            visit_id=id or uuid4(),
            unit=unit,
            team={person: goes[person.pk] for person in team},
            order=order,
            at=now,
            now=now,
        )
    except IntegrityError:  # the same id at the same time: whoever came second finds the first
        before = _made_before(id, actor, unit, goes, order)
        if before is None:
            raise
        return before


def open_offline(
    *, actor: User, submission: Submission, said: Mapping[str, Any], now: datetime
) -> Visit:
    """Return the visit that a submission opened without a network, made under the id that its tablet gave it.

    It was made already, so no rule about teams stands in its way: the sender leads it. Runs in the transaction that
    lets the submission count.

    Raises:
        InvalidInput: the id belongs to another visit, the unit's code is unknown, or the sender is no inspector.
    """
    told = said["directed"]
    unit = Unit.objects.filter(code=told["unit"]).first()
    sender = Inspector.objects.filter(user=submission.sent_by_id).first()
    before = Visit.objects.filter(pk=submission.visit_ref).first()
    own = Visit.objects.filter(
        pk=submission.visit_ref, origin=Origin.DIRECTED, unit=unit, members__inspector=sender
    )
    if unit is None or sender is None or (before is not None and not own.exists()):
        raise InvalidInput(_("Name the visit that it counts for."), field="visit")
    if before is not None:
        return before
    arrival = said["arrival"]
    return _open(
        actor=actor,
        visit_id=submission.visit_ref,
        unit=unit,
        team={sender: True},
        order=order_of(told),
        at=datetime.fromisoformat(arrival["at"] if arrival else told["ordered_at"]),
        now=now,
    )


def order_of(told: Mapping[str, Any]) -> Order:
    """Return the order that a submission tells of."""
    due = told["written_order_due"]
    return Order(
        channel=OrderChannel(told["channel"]),
        ordered_by=told["ordered_by"],
        ordered_at=datetime.fromisoformat(told["ordered_at"]),
        proof=told["proof"],
        proof_sha256=told["proof_sha256"] or "",
        written_order_due=None if due is None else date.fromisoformat(due),
        written_order_number=told["written_order_number"],
    )


def _clean(order: Order, now: datetime) -> Order:
    texts = ("ordered_by", "proof", "written_order_number")
    cleaned = Order(
        **asdict(order) | {name: text.nfc(getattr(order, name)).strip() for name in texts}
    )
    if not cleaned.ordered_by:
        raise InvalidInput(_("This field is needed."), field="order.ordered_by")
    if cleaned.ordered_at > now:
        raise InvalidInput(
            _("The order lies in the future."), code="order_in_the_future", field="order.ordered_at"
        )
    if contents.lacks_something(asdict(cleaned)):
        raise InvalidInput(contents.order_rule(), code="order_incomplete", field="order")
    return cleaned


def _made_before(
    visit_id: UUID | None,
    actor: User,
    unit: Unit,
    team: Mapping[UUID, bool],
    order: Order,
) -> Visit | None:
    """Return the visit that the same request made, or None when the id is free."""
    visit = None if visit_id is None else Visit.objects.filter(pk=visit_id).first()
    if visit is None:
        return None
    made = VisitOrder.objects.filter(
        visit=visit, visit__unit=unit, opened_by=actor, **asdict(order)
    ).exists()
    if not made or dict(visit.members.values_list("inspector", "is_leader")) != team:
        raise WrongState(_("Something else was made under this id."), code="id_taken")
    return visit


def _open(
    *,
    actor: User,
    visit_id: UUID,
    unit: Unit,
    team: Mapping[Inspector, bool],
    order: Order,
    at: datetime,
    now: datetime,
) -> Visit:
    """Make the rows; ``at`` is when the team goes, ``team`` tells of each member whether he leads."""
    local = timezone.localtime(at)
    department = Department.objects.first() or Department()
    is_morning = local.time() < department.afternoon_start
    with transaction.atomic():
        visit = Visit(
            id=visit_id,
            origin=Origin.DIRECTED,
            state=VisitState.RELEASED,
            unit=unit,
            date=local.date(),
            session=Session.MORNING if is_morning else Session.AFTERNOON,
            release_at=at,
            released_at=now,
        )
        visit.save(force_insert=True)
        VisitMember.objects.bulk_create(
            VisitMember(visit=visit, inspector=person, is_leader=leads)
            for person, leads in team.items()
        )
        VisitOrder.objects.create(visit=visit, opened_by=actor, opened_at=now, **asdict(order))
        audit.record(
            actor=actor,
            action="visit.open_directed",
            obj=visit,
            now=now,
            details={"unit": unit.code, "channel": order.channel.value},
        )
    return visit
