"""Directed visits: opened at the office in one step, or reconciled where a team went without a network."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import InvalidInput, NotAllowed, WrongState
from inspections.models import (
    AuditEvent,
    Department,
    Inspector,
    OrderChannel,
    Origin,
    Role,
    Session,
    SetAside,
    Submission,
    Unit,
    Visit,
    VisitOrder,
)
from inspections.services import audit, directed, filing
from inspections.states import VisitState
from tests.builders import NOW, make_department, make_unit, make_user
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    content,
    make_door,
    make_visit,
    order,
    photo,
    send,
)

pytestmark = pytest.mark.django_db
ORDER = directed.Order(
    channel=OrderChannel.TELEPHONE,
    ordered_by="Lê Văn Sáu, Giám đốc",
    ordered_at=NOW - timedelta(minutes=10),
    proof="Cúc cùng nghe",
    written_order_due=date(2026, 3, 4),
)


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


@pytest.fixture
def unit(door: Door) -> Unit:
    return make_unit("X07", "Xã Sa Rài")


def inspector(name: str) -> UUID:
    return Inspector.objects.get(full_name=name).pk


def opened(door: Door, unit: Unit, **changes: Any) -> Visit:
    given: dict[str, Any] = {
        "actor": door.people.lan,
        "unit": unit,
        "members": [inspector("An"), inspector("Cúc")],
        "leader": inspector("An"),
        "order": ORDER,
        "now": NOW,
    }
    return directed.open_visit(**(given | changes))


def settle(door: Door, submission: Submission, **fields: Any) -> Submission:
    return filing.settle(
        actor=door.people.lan,
        submission=submission,
        version=submission.version,
        accept=True,
        reason="Giám đốc xác nhận",
        now=LATER,
        **fields,
    )


def test_it_is_open_to_its_team_and_the_office_at_once(door: Door, unit: Unit) -> None:
    visit = opened(door, unit)
    assert (visit.state, visit.date, visit.session) == (
        VisitState.RELEASED,
        NOW.date(),
        Session.MORNING,
    )
    for actor in (door.an, door.cuc, door.people.lan, door.people.minh):
        assert visit in Visit.objects.visible_to(actor, NOW), actor
    assert visit not in Visit.objects.visible_to(door.people.binh, NOW)
    assert visit.order.ordered_by == "Lê Văn Sáu, Giám đốc"
    event = AuditEvent.objects.get(action="visit.open_directed")
    assert event.details == {"unit": "X07", "channel": "telephone"}
    assert not list(audit.verify_chain())


def test_it_never_looks_drawn(door: Door, unit: Unit) -> None:
    visit = opened(door, unit)
    assert (visit.origin, visit.plan) == (Origin.DIRECTED, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(origin=Origin.DRAWN)


def test_after_noon_it_is_one_of_the_afternoon(door: Door, unit: Unit) -> None:
    afternoon = NOW.replace(hour=14)
    assert opened(door, unit, now=afternoon).session == Session.AFTERNOON


def test_only_planners_open_one(door: Door, unit: Unit) -> None:
    for name in ("minh", "an", "chi", "dung", "ha"):
        with pytest.raises(NotAllowed):
            opened(door, unit, actor=getattr(door.people, name))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"members": []}, "team_unknown"),
        ({"leader": uuid4()}, "team_without_leader"),
        ({"order": replace(ORDER, proof=" ")}, "order_incomplete"),
        ({"order": replace(ORDER, written_order_due=None)}, "order_incomplete"),
        ({"order": replace(ORDER, written_order_number="12/SNV")}, "order_incomplete"),
        ({"order": replace(ORDER, channel=OrderChannel.DOCUMENT)}, "order_incomplete"),
        ({"order": replace(ORDER, ordered_at=NOW + timedelta(hours=1))}, "order_in_the_future"),
    ],
    ids=["nobody", "no leader", "no proof", "no day", "two ways", "no number", "to come"],
)
def test_a_team_or_an_order_that_lacks_something_is_refused(
    door: Door, unit: Unit, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(door, unit, **changes)
    assert refused.value.code == code
    assert not VisitOrder.objects.exists()


def test_a_conflict_of_interest_keeps_from_a_directed_visit_too(door: Door, unit: Unit) -> None:
    Inspector.objects.filter(full_name="Cúc").update(home_unit=unit)
    with pytest.raises(InvalidInput) as refused:
        opened(door, unit)
    assert refused.value.code == "conflict_of_interest"


def test_a_closed_unit_is_not_visited(door: Door, unit: Unit) -> None:
    unit.is_active = False
    with pytest.raises(InvalidInput):
        opened(door, unit)


def test_an_order_in_writing_is_its_own_proof(door: Door, unit: Unit) -> None:
    written = replace(
        ORDER,
        channel=OrderChannel.DOCUMENT,
        proof="",
        written_order_due=None,
        written_order_number="15/QĐ-SNV",
    )
    assert opened(door, unit, order=written).order.written_order_number == "15/QĐ-SNV"


@pytest.mark.parametrize(
    "lacking",
    [{"proof": ""}, {"written_order_due": None}, {"channel": "document"}, {"channel": "moon"}],
    ids=str,
)
def test_the_database_keeps_no_order_that_lacks_something(
    door: Door, unit: Unit, lacking: dict[str, Any]
) -> None:
    opened(door, unit)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitOrder.objects.update(**lacking)


def test_the_same_request_opens_it_once_and_another_is_a_conflict(door: Door, unit: Unit) -> None:
    under = uuid4()
    first = opened(door, unit, id=under)
    assert opened(door, unit, id=under, now=LATER) == first
    assert AuditEvent.objects.filter(action="visit.open_directed").count() == 1
    with pytest.raises(WrongState):
        opened(door, make_unit("X08"), id=under)
    others: list[dict[str, Any]] = [
        {"order": replace(ORDER, proof="Không ai")},
        {"leader": inspector("Cúc")},
        {"actor": make_user("Sơn", Role.PLANNER)},
    ]
    for other in others:
        with pytest.raises(WrongState) as refused:
            opened(door, unit, **({"id": under} | other))
        assert refused.value.code == "id_taken"


def offline(door: Door, **changes: Any) -> dict[str, Any]:
    """What An files of a visit that only his tablet knows."""
    return closing(door, visit=str(uuid4()), directed=order(unit="X07"), **changes)


def test_what_was_opened_without_a_network_waits_for_a_person(door: Door, unit: Unit) -> None:
    submission = send(door.an, offline(door))
    assert (submission.set_aside, submission.visit) == (SetAside.OPENED_OFFLINE, None)
    assert not Visit.objects.filter(unit=unit).exists()


def test_accepted_it_opens_its_visit_under_the_tablets_id(door: Door, unit: Unit) -> None:
    said = offline(
        door,
        arrival={"at": "2026-03-02T14:05:00+07:00", "place": "", "received_by": None},
    )
    accepted = settle(door, send(door.an, said))
    visit = Visit.objects.get(unit=unit)
    assert (accepted.visit, str(visit.pk)) == (visit, said["visit"])
    assert (visit.origin, visit.state, visit.date, visit.session) == (
        Origin.DIRECTED,
        VisitState.FILED,
        date(2026, 3, 2),
        Session.AFTERNOON,
    )
    (member,) = visit.members.all()
    assert (member.inspector.full_name, member.is_leader) == ("An", True)
    assert (visit.order.channel, visit.order.opened_by) == ("telephone", door.people.lan)
    assert not list(audit.verify_chain())


def test_the_parts_that_follow_go_to_the_same_visit(door: Door, unit: Unit) -> None:
    said = offline(door)
    part = content(door, visit=said["visit"], directed=said["directed"])
    waiting = send(door.an, part)
    first = settle(door, send(door.an, said))
    second = settle(door, waiting)
    assert (first.visit, second.visit) == (second.visit, first.visit)
    assert (second.is_annex, VisitOrder.objects.count()) == (True, 1)
    third = send(door.an, part)  # the server knows the visit by now
    assert (third.set_aside, third.visit, third.is_annex) == (None, first.visit, True)


def test_it_can_count_for_a_visit_that_the_office_opened_that_day(door: Door, unit: Unit) -> None:
    there = opened(door, unit)
    submission = settle(door, send(door.an, offline(door)), visit=there)
    assert submission.visit == there
    assert Visit.objects.filter(unit=unit).count() == 1


@pytest.mark.parametrize("case", ["unit", "sender", "id"])
def test_what_cannot_be_opened_needs_a_visit_to_count_for(
    door: Door, unit: Unit, case: str
) -> None:
    said, sender = offline(door), door.an
    if case == "unit":
        said["directed"]["unit"] = "X99"
    elif case == "sender":
        sender = make_user("Mới", Role.INSPECTOR)
    else:  # the id of a visit of others
        binh = Inspector.objects.get(full_name="Bình")
        said["visit"] = str(make_visit(binh, leader=binh, code="X08").pk)
    waiting = send(sender, said)
    assert waiting.set_aside == SetAside.OPENED_OFFLINE
    with pytest.raises(InvalidInput) as refused:
        settle(door, waiting)
    assert refused.value.params == {"field": "visit"}
    waiting.refresh_from_db()
    assert (waiting.settled_at, VisitOrder.objects.count()) == (None, 0)
    assert settle(door, waiting, visit=door.visit).visit == door.visit


def test_a_device_that_is_not_proven_is_the_graver_doubt(door: Door, unit: Unit) -> None:
    device = {
        "id": str(uuid4()),
        "app": "1.0.0",
        "time": "2026-03-02T09:00:00+07:00",
        "monotonic_ms": 1,
    }
    waiting = send(door.an, offline(door, device=device))
    assert waiting.set_aside == SetAside.DEVICE_NOT_PROVEN
    assert settle(door, waiting).visit == Visit.objects.get(unit=unit)


def test_a_file_of_the_submission_can_prove_the_order(door: Door, unit: Unit) -> None:
    proven = order(unit="X07", channel="message", proof="", proof_sha256=photo()["sha256"])
    said = offline(door) | {"directed": proven, "attachments": [photo()]}
    settle(door, send(door.an, said))
    assert VisitOrder.objects.get().proof_sha256 == photo()["sha256"]


def test_declined_it_opens_nothing(door: Door, unit: Unit) -> None:
    waiting = send(door.an, offline(door))
    filing.settle(
        actor=door.people.lan, submission=waiting, version=1, accept=False, reason="x", now=LATER
    )
    assert not Visit.objects.filter(unit=unit).exists()


def test_hours_are_the_departments(door: Door, unit: Unit) -> None:
    Department.objects.update(morning_end="08:00", afternoon_start="08:30")
    assert opened(door, unit).session == Session.AFTERNOON
