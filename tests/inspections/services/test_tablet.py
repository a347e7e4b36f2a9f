"""What a tablet is handed: all of its inspector's released visits, nothing of others, in a few queries."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspections.errors import NotAllowed
from inspections.models import (
    AuditEvent,
    Checklist,
    ChecklistItem,
    Compound,
    Finding,
    Inspector,
    Plan,
    Unit,
    User,
    Visit,
)
from inspections.queries.tablet import KEPT, holdings
from inspections.services import filing, release, tablet
from inspections.services.rosters import open_roster
from inspections.states import FindingState, VisitState
from tests.builders import NOW
from tests.inspections.services import months
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    content,
    make_door,
    make_visit,
    photo,
    send,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8


@pytest.fixture
def door() -> Door:
    return make_door()


@pytest.fixture
def plan() -> Plan:
    return months.active(months.make_month())


def of(plan: Plan) -> User:
    """Return the leader of all visits of a plan."""
    return User.objects.get(full_name="An")


def earlier(door: Door, **changes: Any) -> Visit:
    """A visit of Bình's at the same unit, filed a week ago with a finding."""
    binh = Inspector.objects.get(user=door.people.binh)
    visit = make_visit(binh, leader=binh, code="X09")
    day = NOW.date() - timedelta(days=7)
    Visit.objects.filter(pk=visit.pk).update(unit=door.visit.unit, date=day)
    visit.refresh_from_db()
    send(door.people.binh, closing(door, visit=str(visit.pk), findings=[finding(**changes)]))
    return visit


def test_a_visit_comes_with_its_unit_and_its_team_leader_first(door: Door) -> None:
    Unit.objects.update(compound=Compound.objects.create(code="tru-so", name="Trụ sở chung"))
    for actor in (door.an, door.cuc):
        (visit,) = holdings(actor, LATER)["visits"]
        assert visit["unit"] == {
            "id": str(door.visit.unit_id),
            "code": "X01",
            "name": "Xã Tân Hồng",
            "kind": "commune",
            "compound": "Trụ sở chung",
        }
        assert [(one["full_name"], one["is_leader"]) for one in visit["team"]] == [
            ("An", True),
            ("Cúc", False),
        ]
        assert (visit["origin"], visit["state"]) == ("directed", "released")


def test_another_inspector_holds_nothing_of_it(door: Door) -> None:
    earlier_ones = [finding()]
    send(door.an, closing(door, findings=earlier_ones))
    held = holdings(door.people.binh, LATER)
    assert (held["visits"], held["findings"], held["submissions"]) == ([], [], [])
    assert "Tân Hồng" not in json.dumps(held, ensure_ascii=False)


def test_until_its_hour_nothing_of_a_visit_is_there(plan: Plan) -> None:
    first = open_roster(plan)[0]
    before = holdings(of(plan), first.release_at - timedelta(seconds=1))
    assert before["visits"] == []
    others = holdings(User.objects.get(full_name="Bình"), first.release_at)
    assert before == others


def test_a_visit_that_is_due_looks_as_it_will_once_it_is_opened(plan: Plan) -> None:
    first = open_roster(plan)[0]
    an, due = of(plan), first.release_at
    before = holdings(an, due)
    assert Visit.objects.get(pk=first.visit_id).state == VisitState.SEALED
    release.release_due(now=due)
    assert holdings(an, due) == before
    (visit,) = before["visits"]
    assert (visit["unit"]["code"], visit["date"]) == (first.unit.code, str(first.date))
    assert [one["full_name"] for one in visit["team"]] == ["An", "Cúc"]


def test_what_stands_open_at_the_unit_comes_without_names(door: Door) -> None:
    remedy = {
        "who": "Lê Thị Bảy",
        "what": "Gửi phiếu",
        "responsibility": "",
        "procedure": "",
        "result": "",
        "deadline": {"days": 10, "unit": "working"},
    }
    visit = earlier(door, remedy=remedy)
    held = holdings(door.an, LATER)
    (one,) = held["findings"]
    assert (one["visit"], one["item"], one["severity"]) == (str(visit.pk), "D04", "major")
    assert one["deadline"] == {"days": 10, "unit": "working"}
    assert "Lê Thị Bảy" not in json.dumps(held, ensure_ascii=False)


@pytest.mark.parametrize("state", [FindingState.CLOSED, FindingState.WITHDRAWN, None])
def test_what_is_over_or_taken_back_does_not_come(door: Door, state: FindingState | None) -> None:
    earlier(door)
    changed: dict[str, Any] = {"state": state} if state else {"taken_back_at": LATER}
    Finding.objects.update(**changed)
    assert holdings(door.an, LATER)["findings"] == []


def test_what_is_not_closed_yet_is_no_earlier_finding(door: Door) -> None:
    send(door.cuc, content(door, findings=[finding()]))
    assert holdings(door.an, LATER)["findings"] == []


def publish(number: int, at: Any) -> None:
    checklist = Checklist.objects.create(number=number, created_at=at, published_at=at)
    ChecklistItem.objects.create(
        checklist=checklist, position=1, code="A01", section="A", text="Có mặt", severity="minor"
    )


def test_checklists_in_force_since_the_first_open_visit_come_newest_first(door: Door) -> None:
    publish(2, NOW - timedelta(days=1))
    publish(3, NOW + timedelta(hours=1))
    held = holdings(door.an, LATER)
    assert [one["number"] for one in held["checklists"]] == [3, 2]
    assert [one["number"] for one in holdings(door.people.binh, LATER)["checklists"]] == [3]


def test_a_checklist_comes_whole(door: Door) -> None:
    (checklist,) = holdings(door.an, LATER)["checklists"]
    assert len(checklist["items"]) == 89
    assert sum(item["is_core"] for item in checklist["items"]) == 12


def test_usual_wordings_are_for_items_of_the_checklist(door: Door) -> None:
    held = holdings(door.an, LATER)
    codes = {item["code"] for item in held["checklists"][0]["items"]}
    assert {one["item"] for one in held["wordings"]} <= codes
    assert len(held["wordings"]) >= 12


def test_submissions_that_are_not_done_with_come_with_what_is_missing(door: Door) -> None:
    waiting = send(door.an, content(door, attachments=[photo(), photo(b"another")]))
    lost = send(door.an, content(door, visit=str(uuid4())))
    send(door.an, content(door))
    send(door.cuc, content(door, attachments=[photo()]))
    held = {one["id"]: one for one in holdings(door.an, LATER)["submissions"]}
    assert {pk: one["state"] for pk, one in held.items()} == {
        str(waiting.pk): "waiting",
        str(lost.pk): "set_aside",
    }
    expected = sorted([photo()["sha256"], photo(b"another")["sha256"]])
    assert held[str(waiting.pk)]["missing"] == expected


def test_a_declined_submission_stays_with_its_reason_for_a_while(door: Door) -> None:
    lost = send(door.an, content(door, visit=str(uuid4())))
    filing.settle(
        actor=door.people.lan, submission=lost, version=1, accept=False, reason="Nhầm", now=LATER
    )
    (one,) = holdings(door.an, LATER)["submissions"]
    assert (one["state"], one["settled_reason"]) == ("declined", "Nhầm")
    assert holdings(door.an, LATER + KEPT + timedelta(days=1))["submissions"] == []


def test_a_filed_visit_stays_for_corrections_and_goes(door: Door) -> None:
    send(door.an, closing(door))
    assert [one["state"] for one in holdings(door.an, LATER)["visits"]] == ["filed"]
    assert holdings(door.an, LATER + KEPT + timedelta(days=1))["visits"] == []


def test_handing_out_visits_is_on_record_once(door: Door) -> None:
    first = tablet.download(actor=door.an, held=(), now=LATER)
    assert first.content is not None
    later = LATER + timedelta(hours=1)
    again = tablet.download(actor=door.an, held={"x", first.sha256}, now=later)
    assert (again.sha256, again.content) == (first.sha256, None)
    event = AuditEvent.objects.get(action="tablet.download")
    assert (event.actor_id, event.details) == (door.an.pk, {"visits": [str(door.visit.pk)]})
    tablet.download(actor=door.people.binh, held=(), now=LATER)
    assert AuditEvent.objects.filter(action="tablet.download").count() == 1


def test_what_changes_changes_the_hash(door: Door) -> None:
    before = tablet.download(actor=door.an, held=(), now=LATER)
    release.record_arrival(actor=door.an, visit=door.visit, version=1, now=LATER)
    after = tablet.download(actor=door.an, held={before.sha256}, now=LATER)
    assert after.content is not None
    assert after.content["visits"][0]["state"] == "arrived"


def test_only_inspectors_have_tablets(door: Door) -> None:
    with pytest.raises(NotAllowed):
        tablet.download(actor=door.people.lan, held=(), now=LATER)


def test_a_tablet_holds_what_its_inspector_may_see(plan: Plan) -> None:
    roster = open_roster(plan)
    release.release_due(now=roster[1].release_at)
    for name in ("An", "Bình"):
        actor = User.objects.get(full_name=name)
        for hour in (roster[0].release_at, roster[2].release_at, months.AFTER_THE_MONTH):
            seen = set(Visit.objects.visible_to(actor, hour).values_list("pk", flat=True))
            assert {visit.pk for visit, _ in Visit.objects.held_by(actor, hour)} == seen


def asked(actor: User, now: Any) -> int:
    assert actor.roles  # who he is was asked before
    with CaptureQueriesContext(connection) as queries:
        holdings(actor, now)
    return len(queries)


def test_fifty_visits_cost_as_many_queries_as_one(door: Door) -> None:
    send(door.an, content(door, attachments=[photo()]))
    earlier(door)
    few = asked(door.an, LATER)
    leader = Inspector.objects.get(user=door.an)
    for number in range(49):
        visit = make_visit(leader, leader=leader, code=f"Y{number:02}")
        send(door.an, closing(door, visit=str(visit.pk), findings=[finding(), finding()]))
        make_visit(leader, leader=leader, code=f"Z{number:02}")
    assert len(holdings(door.an, LATER)["visits"]) == 99
    assert asked(door.an, LATER) == few <= MOST_QUERIES


def test_visits_that_are_due_and_sealed_cost_no_more(plan: Plan) -> None:
    an, roster = of(plan), open_roster(plan)
    assert asked(an, roster[0].release_at) <= MOST_QUERIES
    last = max(entry.release_at for entry in roster)
    assert len(holdings(an, last)["visits"]) == len(roster)
    assert asked(an, last) <= MOST_QUERIES
