"""Release: each visit opens at its minute, to its team and to the office, and to nobody else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import NotAllowed, NotFound, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Department,
    Inspector,
    Origin,
    Plan,
    Role,
    TagKind,
    User,
    Visit,
    VisitMember,
)
from inspections.queries.visits import visit_facts
from inspections.services import release, rosters, schedule
from inspections.services.rosters import RosterEntry
from inspections.states import PlanState, VisitState
from tests.builders import HANOI, make_inspector, make_user
from tests.inspections.database import contents, refused
from tests.inspections.services import months
from tests.inspections.services.months import (
    AFTER_THE_MONTH,
    FIRST_DAY,
    IN_STATE,
    Month,
    press,
)

pytestmark = pytest.mark.django_db

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def plan(month: Month) -> Plan:
    """An approved plan: An leads every visit and Cúc goes with him, Bình goes nowhere."""
    return months.approved(month)


@pytest.fixture
def entries(plan: Plan) -> list[RosterEntry]:
    """The plan's visits in the order of their hours."""
    return rosters.open_roster(plan)


def visit_of(entry: RosterEntry) -> Visit:
    return Visit.objects.get(pk=entry.visit_id)


def seen_by(user: User, now: datetime) -> set[Any]:
    """The visits that somebody sees, none of them twice."""
    visits = [visit.pk for visit in Visit.objects.visible_to(User.objects.get(pk=user.pk), now)]
    assert len(visits) == len(set(visits))
    return set(visits)


# --- The minute ------------------------------------------------------------------------------


def test_a_visit_opens_at_its_minute_and_not_before(entries: list[RosterEntry]) -> None:
    first, second = entries[:2]
    assert release.release_due(now=first.release_at - INSTANT) == 0
    assert release.release_due(now=first.release_at) == 1
    assert visit_of(first).state == VisitState.RELEASED
    assert visit_of(second).state == VisitState.SEALED


def test_an_open_visit_says_what_was_sealed(entries: list[RosterEntry]) -> None:
    first = entries[0]
    now = first.release_at + timedelta(seconds=40)
    release.release_due(now=now)

    visit = visit_of(first)

    assert (visit.unit, visit.date, visit.session) == (first.unit, first.date, first.session)
    assert (visit.release_at, visit.released_at, visit.version) == (first.release_at, now, 3)
    members = {member.inspector: member.is_leader for member in visit.members.all()}
    assert members == {person: person == first.leader for person in first.members}
    assert sum(members.values()) == 1
    event = AuditEvent.objects.get(action="visit.release")
    assert (event.object_id, event.actor_id, event.details) == (str(visit.pk), None, {})


def test_releasing_again_changes_nothing(entries: list[RosterEntry]) -> None:
    now = entries[-1].release_at
    assert release.release_due(now=now) == 4
    before = contents()
    assert release.release_due(now=now) == 0
    assert release.release_due(now=now - DAY) == 0
    assert contents() == before


def test_a_release_that_comes_late_opens_all_that_is_due(entries: list[RosterEntry]) -> None:
    assert release.release_due(now=entries[2].release_at + timedelta(minutes=59)) >= 3


def test_a_long_notice_opens_the_first_visit_before_its_month(month: Month) -> None:
    Department.objects.update(release_minutes=24 * 60)
    plan = months.frozen(month, 2, first_day=months.PERIOD, session_capacity=1)
    plan = press("endorse", actor=month.minh, plan=plan)
    plan = press("draw", actor=month.lan, plan=plan)
    first = rosters.open_roster(plan)[0]
    months.name_teams(month, plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    press("approve", actor=month.minh, plan=plan)

    assert release.release_due(now=first.release_at) == 1
    assert seen_by(month.people.an, first.release_at) == {first.visit_id}


# --- What is not released --------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [state for state in PlanState if state not in {PlanState.APPROVED, PlanState.ACTIVE}],
)
def test_nothing_opens_of_a_plan_that_is_not_approved_or_is_over(
    month: Month, state: PlanState
) -> None:
    IN_STATE[state](month)
    before = contents()
    assert release.release_due(now=AFTER_THE_MONTH) == 0
    assert contents() == before


def test_nothing_opens_of_a_plan_that_was_cancelled_after_its_approval(
    month: Month, plan: Plan
) -> None:
    months.cancelled(month, plan)
    before = contents()
    assert release.release_due(now=AFTER_THE_MONTH) == 0
    assert seen_by(month.people.an, AFTER_THE_MONTH) == set()
    assert contents() == before


def test_a_plan_approved_late_opens_what_is_due_by_then(month: Month) -> None:
    plan = months.scheduled(month)
    entries = rosters.open_roster(plan)
    now = entries[1].release_at
    assert release.release_due(now=now) == 0
    assert seen_by(month.people.an, now) == set()

    schedule.approve(actor=month.minh, plan=plan, version=plan.version, now=now)

    assert seen_by(month.people.an, now) == {entry.visit_id for entry in entries[:2]}
    assert release.release_due(now=now) == 2


# --- The plan --------------------------------------------------------------------------------


def test_a_plan_becomes_active_with_its_month_not_with_its_first_visit(plan: Plan) -> None:
    release.release_due(now=FIRST_DAY - INSTANT)
    plan.refresh_from_db()
    assert plan.state == PlanState.APPROVED

    release.release_due(now=FIRST_DAY)

    plan.refresh_from_db()
    assert plan.state == PlanState.ACTIVE
    assert not plan.visits.exclude(state=VisitState.SEALED).exists()
    assert AuditEvent.objects.filter(action="plan.activate", actor_id=None).count() == 1


def test_one_damaged_visit_does_not_keep_the_others_shut(
    month: Month, entries: list[RosterEntry]
) -> None:
    for damaged in (entries[0], entries[-1]):
        payload = bytearray(visit_of(damaged).payload or b"")
        payload[-1] ^= 1
        Visit.objects.filter(pk=damaged.visit_id).update(payload=bytes(payload))

    assert release.release_due(now=AFTER_THE_MONTH) == 2

    states = [visit_of(entry).state for entry in entries]
    assert states == [
        VisitState.SEALED,
        VisitState.RELEASED,
        VisitState.RELEASED,
        VisitState.SEALED,
    ]


# --- Who sees it -----------------------------------------------------------------------------

OFFICE = {"lan", "minh", "dung", "chi"}
EVERYBODY = ["lan", "minh", "an", "binh", "chi", "phuong", "dung", "giang", "ha"]


@pytest.mark.parametrize("name", EVERYBODY)
def test_before_its_minute_nobody_sees_a_visit(
    month: Month, entries: list[RosterEntry], name: str
) -> None:
    assert seen_by(getattr(month.people, name), entries[0].release_at - INSTANT) == set()


@pytest.mark.parametrize("name", EVERYBODY)
def test_from_its_minute_its_team_sees_a_visit_that_no_job_has_opened_yet(
    month: Month, entries: list[RosterEntry], name: str
) -> None:
    before = contents()
    seen = seen_by(getattr(month.people, name), entries[0].release_at)
    assert seen == ({entries[0].visit_id} if name == "an" else set())
    assert contents() == before


@pytest.mark.parametrize("name", EVERYBODY)
def test_once_open_a_visit_is_seen_by_its_team_and_the_office(
    month: Month, entries: list[RosterEntry], name: str
) -> None:
    now = entries[0].release_at
    release.release_due(now=now)
    seen = seen_by(getattr(month.people, name), now)
    assert seen == ({entries[0].visit_id} if name in {*OFFICE, "an"} else set())


def test_an_account_without_roles_sees_nothing(entries: list[RosterEntry]) -> None:
    release.release_due(now=AFTER_THE_MONTH)
    assert seen_by(make_user("Khách"), AFTER_THE_MONTH) == set()


def test_an_inspector_sees_his_own_visits_once_each_and_no_others(
    month: Month, entries: list[RosterEntry]
) -> None:
    release.release_due(now=entries[1].release_at)
    visits = Visit.objects.visible_to(month.people.an, entries[2].release_at)
    assert sorted(visit.pk for visit in visits) == sorted(entry.visit_id for entry in entries[:3])


def test_somebody_of_the_office_who_inspects_too_sees_his_due_visit(
    month: Month, entries: list[RosterEntry]
) -> None:
    dung = make_user("Dũng An", Role.LEADER, Role.INSPECTOR)
    Inspector.objects.filter(pk=month.inspectors[0].pk).update(user=dung)
    assert seen_by(dung, entries[0].release_at) == {entries[0].visit_id}
    release.release_due(now=entries[0].release_at)
    assert seen_by(dung, entries[1].release_at) == {entry.visit_id for entry in entries[:2]}


def test_an_inspector_who_left_sees_nothing_that_is_due(
    month: Month, entries: list[RosterEntry]
) -> None:
    Inspector.objects.filter(pk=month.inspectors[0].pk).update(is_active=False)
    assert seen_by(month.people.an, entries[0].release_at) == set()


def test_an_inspector_without_the_role_sees_nothing_of_his(
    month: Month, entries: list[RosterEntry]
) -> None:
    month.people.an.grants.update(ended_at=FIRST_DAY)
    release.release_due(now=entries[0].release_at)
    assert seen_by(month.people.an, AFTER_THE_MONTH) == set()


# --- Arrival ---------------------------------------------------------------------------------


@pytest.fixture
def opened(month: Month, entries: list[RosterEntry]) -> Visit:
    """The plan's first visit, open to its team."""
    release.release_due(now=entries[0].release_at)
    return visit_of(entries[0])


def arrive(user: User, visit: Visit, version: int | None = None) -> Visit:
    return release.record_arrival(
        actor=user,
        visit=visit,
        version=visit.version if version is None else version,
        now=FIRST_DAY + 9 * DAY,
    )


def test_a_member_of_the_team_takes_note_of_the_arrival(month: Month, opened: Visit) -> None:
    visit = arrive(month.people.an, opened)
    assert (visit.state, visit.arrived_by) == (VisitState.ARRIVED, month.people.an)
    assert visit.arrived_at == FIRST_DAY + 9 * DAY
    event = AuditEvent.objects.get(action="visit.arrive")
    assert (event.actor_id, event.object_id) == (month.people.an.pk, str(visit.pk))


def test_saying_it_again_changes_nothing_whoever_of_the_team_says_it(
    month: Month, opened: Visit
) -> None:
    cuc = make_user("Cúc", Role.INSPECTOR)
    Inspector.objects.filter(pk=month.inspectors[2].pk).update(user=cuc)
    version = opened.version
    arrived = arrive(month.people.an, opened)
    before = contents()
    for user in (month.people.an, cuc):
        again = arrive(user, opened, version)
        assert (again.state, again.arrived_by) == (VisitState.ARRIVED, month.people.an)
        assert again.version == arrived.version
    assert contents() == before


def test_another_teams_inspector_arrives_nowhere(month: Month, opened: Visit) -> None:
    assert isinstance(refused(lambda: arrive(month.people.binh, opened)), NotFound)


@pytest.mark.parametrize("name", ["lan", "minh", "chi", "phuong", "dung", "giang", "ha"])
def test_only_inspectors_arrive(month: Month, opened: Visit, name: str) -> None:
    assert isinstance(refused(lambda: arrive(getattr(month.people, name), opened)), NotAllowed)


def test_nobody_arrives_before_the_visit_is_open(month: Month, entries: list[RosterEntry]) -> None:
    visit = visit_of(entries[-1])
    assert isinstance(refused(lambda: arrive(month.people.an, visit)), NotFound)


def test_an_arrival_opens_a_due_visit_that_no_job_has_opened_yet(
    month: Month, entries: list[RosterEntry]
) -> None:
    first, now = entries[0], entries[0].release_at
    (shown,) = visit_facts([visit_of(first)])

    visit = release.record_arrival(
        actor=month.people.an, visit=visit_of(first), version=shown.version, now=now
    )

    assert (visit.state, visit.unit, visit.arrived_at) == (VisitState.ARRIVED, first.unit, now)
    assert {member.inspector for member in visit.members.all()} == set(first.members)
    assert not visit.tags.filter(kind=TagKind.TEAM).exists()
    last_two = AuditEvent.objects.order_by("-position")[:2]
    assert [event.action for event in last_two] == ["visit.arrive", "visit.release"]
    assert release.release_due(now=now) == 0


def test_a_release_between_reading_and_arriving_is_no_conflict(
    month: Month, entries: list[RosterEntry]
) -> None:
    now = entries[0].release_at
    (shown,) = visit_facts([visit_of(entries[0])])
    release.release_due(now=now)
    visit = visit_of(entries[0])
    assert visit_facts([visit]) == [shown]
    arrived = release.record_arrival(
        actor=month.people.an, visit=visit, version=shown.version, now=now
    )
    assert arrived.state == VisitState.ARRIVED


def test_an_arrival_that_is_refused_opens_nothing(month: Month, entries: list[RosterEntry]) -> None:
    now = entries[0].release_at
    visit = visit_of(entries[0])
    office = make_user("Dũng Bình", Role.LEADER, Role.INSPECTOR)
    for actor, version in ((month.people.binh, 3), (office, 3), (month.people.an, visit.version)):
        refused(
            lambda actor=actor, version=version: release.record_arrival(
                actor=actor, visit=visit, version=version, now=now
            )
        )


def test_nobody_arrives_a_moment_before_the_hour(month: Month, entries: list[RosterEntry]) -> None:
    visit = visit_of(entries[0])
    now = entries[0].release_at - INSTANT
    error = refused(
        lambda: release.record_arrival(actor=month.people.an, visit=visit, version=3, now=now)
    )
    assert isinstance(error, NotFound)


def test_nobody_arrives_at_a_due_visit_of_a_plan_that_was_cancelled(
    month: Month, plan: Plan, entries: list[RosterEntry]
) -> None:
    visit = visit_of(entries[0])
    months.cancelled(month, plan)
    now = entries[0].release_at
    error = refused(
        lambda: release.record_arrival(actor=month.people.an, visit=visit, version=3, now=now)
    )
    assert isinstance(error, NotFound)


@pytest.mark.parametrize("off", [-1, 1])
def test_an_arrival_at_another_version_is_a_conflict(month: Month, opened: Visit, off: int) -> None:
    error = refused(lambda: arrive(month.people.an, opened, opened.version + off))
    assert isinstance(error, VersionConflict)


def test_nobody_arrives_at_a_visit_that_is_closed(month: Month, opened: Visit) -> None:
    plan = Plan.objects.get()
    press("close", actor=month.lan, plan=plan)
    opened.refresh_from_db()
    assert isinstance(refused(lambda: arrive(month.people.an, opened)), WrongState)


# --- What the database itself refuses --------------------------------------------------------


def test_a_sealed_row_cannot_tell_anything(month: Month, entries: list[RosterEntry]) -> None:
    entry = entries[0]
    telling = {
        "unit": entry.unit,
        "date": entry.date,
        "session": entry.session,
        "release_at": entry.release_at,
        "released_at": entry.release_at,
    }
    for name, value in telling.items():
        with (
            pytest.raises(IntegrityError, match="sealed_visit_tells_nothing"),
            transaction.atomic(),
        ):
            Visit.objects.filter(pk=entry.visit_id).update(**{name: value})


@pytest.mark.parametrize("name", ["unit", "date", "session"])
def test_an_open_row_tells_everything(opened: Visit, name: str) -> None:
    with pytest.raises(IntegrityError, match="released_visit_is_complete"), transaction.atomic():
        Visit.objects.filter(pk=opened.pk).update(**{name: None})


def test_a_drawn_visit_belongs_to_a_plan(db: None) -> None:
    with pytest.raises(IntegrityError, match="drawn_visit_has_a_plan"), transaction.atomic():
        Visit.objects.create(origin=Origin.DRAWN, state=VisitState.SEALED)


def test_a_team_has_one_leader_and_each_member_once(month: Month, opened: Visit) -> None:
    for inspector, is_leader in ((make_inspector("Ích"), True), (month.inspectors[2], False)):
        with pytest.raises(IntegrityError), transaction.atomic():
            VisitMember.objects.create(
                id=uuid4(), visit=opened, inspector=inspector, is_leader=is_leader
            )


def test_hours_are_those_of_the_province(entries: list[RosterEntry]) -> None:
    assert {entry.release_at.astimezone(HANOI).hour for entry in entries} <= {6, 12}
