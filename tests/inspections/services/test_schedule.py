"""Teams: the hard rules hold when they are named and again when they are approved."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import (
    DomainError,
    InvalidInput,
    NotAllowed,
    VersionConflict,
    WrongState,
)
from inspections.models import (
    AuditEvent,
    Compound,
    DeclaredRelation,
    Department,
    FormerUnit,
    Inspector,
    Leave,
    Plan,
    RelationKind,
    TagKind,
    Unit,
    User,
    Visit,
)
from inspections.sealing import context, keyring
from inspections.services import rosters, schedule, users
from inspections.services.rosters import RosterEntry
from inspections.states import PlanState
from tests.builders import NOW, make_inspector, make_unit
from tests.inspections.database import contents, refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, IN_STATE, Month, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(month: Month) -> Plan:
    """A drawn plan without teams."""
    return months.drawn(month)


@pytest.fixture
def entry(plan: Plan) -> RosterEntry:
    """The plan's first visit."""
    return rosters.open_roster(plan)[0]


def name(month: Month, entry: RosterEntry, *members: Inspector, **more: Any) -> Visit:
    """Name a team for a visit; its first member leads unless told otherwise."""
    return schedule.name_team(
        **{
            "actor": month.lan,
            "visit": Visit.objects.get(pk=entry.visit_id),
            "version": entry.version,
            "members": [person.pk for person in members],
            "leader": members[0].pk if members else uuid4(),
            "now": DRAW_DAY,
        }
        | more
    )


# --- Who names, and when ---------------------------------------------------------------------


def test_a_team_is_sealed_into_its_visit(month: Month, plan: Plan, entry: RosterEntry) -> None:
    an, _, cuc, _ = month.inspectors
    lengths = {len(bytes(visit.payload or b"")) for visit in plan.visits.all()}

    visit = name(month, entry, an, cuc)

    named = next(one for one in rosters.open_roster(plan) if one.visit_id == visit.pk)
    assert (named.leader, set(named.members)) == (an, {an, cuc})
    assert (named.unit, named.date, named.session) == (entry.unit, entry.date, entry.session)
    assert {len(bytes(visit.payload or b"")) for visit in plan.visits.all()} == lengths
    assert not visit.members.exists()
    kinds = sorted(visit.tags.values_list("kind", flat=True))
    assert kinds == [TagKind.DUTY] * 2 + [TagKind.TEAM] * 2
    event = AuditEvent.objects.get(action="plan.team")
    assert (event.object_id, event.actor_id, event.details) == (str(plan.pk), month.lan.pk, {})


def test_a_team_named_again_replaces_the_one_before(
    month: Month, plan: Plan, entry: RosterEntry
) -> None:
    an, binh, cuc, dao = month.inspectors
    name(month, entry, an, cuc)
    visit = name(month, entry, an, cuc, version=2)
    visit = name(month, entry, binh, dao, version=3)
    assert visit.version == 4
    assert visit.tags.count() == 4
    other = rosters.open_roster(plan)[1]
    name(month, other, an, cuc)


@pytest.mark.parametrize("who", ["minh", "an", "chi", "phuong", "dung", "giang", "ha"])
def test_only_a_planner_names_teams(month: Month, entry: RosterEntry, who: str) -> None:
    actor = getattr(month.people, who)
    error = refused(lambda: name(month, entry, *month.inspectors[:2], actor=actor))
    assert isinstance(error, NotAllowed)


def test_a_closed_account_names_no_team(month: Month, entry: RosterEntry) -> None:
    users.reset_password(actor=month.people.ha, user=month.lan, now=NOW)
    lan = User.objects.get(pk=month.lan.pk)
    error = refused(lambda: name(month, entry, *month.inspectors[:2], actor=lan))
    assert isinstance(error, NotAllowed)


@pytest.mark.parametrize(
    "state",
    [
        PlanState.SCHEDULED,
        PlanState.APPROVED,
        PlanState.ACTIVE,
        PlanState.CLOSED,
        PlanState.REVEALED,
    ],
)
def test_teams_are_named_between_the_draw_and_the_approval(month: Month, state: PlanState) -> None:
    entry = rosters.open_roster(IN_STATE[state](month))[0]
    error = refused(lambda: name(month, entry, *month.inspectors[:2]))
    assert isinstance(error, WrongState)


@pytest.mark.parametrize("off", [-1, 1])
def test_a_visit_that_somebody_changed_meanwhile_is_not_changed(
    month: Month, entry: RosterEntry, off: int
) -> None:
    error = refused(lambda: name(month, entry, *month.inspectors[:2], version=entry.version + off))
    assert isinstance(error, VersionConflict)


# --- Hard rules ------------------------------------------------------------------------------


def code_of(error: DomainError) -> str:
    assert isinstance(error, InvalidInput)
    return error.code


def test_a_team_has_members(month: Month, entry: RosterEntry) -> None:
    assert code_of(refused(lambda: name(month, entry), but="roster.read")) == "team_unknown"


def test_a_member_must_exist(month: Month, entry: RosterEntry) -> None:
    an = month.inspectors[0]
    error = refused(
        lambda: name(month, entry, members=[an.pk, uuid4()], leader=an.pk), but="roster.read"
    )
    assert code_of(error) == "team_unknown"


def test_nobody_goes_alone_unless_the_department_says_so(month: Month, entry: RosterEntry) -> None:
    an = month.inspectors[0]
    error = refused(lambda: name(month, entry, an), but="roster.read")
    assert code_of(error) == "team_too_small"
    assert error.params["least"] == 2
    Department.objects.update(smallest_team=1)
    assert name(month, entry, an).version == 2


def test_a_member_goes_once(month: Month, entry: RosterEntry) -> None:
    an, cuc = month.inspectors[0], month.inspectors[2]
    error = refused(lambda: name(month, entry, an, cuc, cuc), but="roster.read")
    assert code_of(error) == "team_unknown"


def test_an_inspector_who_left_goes_nowhere(month: Month, entry: RosterEntry) -> None:
    an, _, cuc, _ = month.inspectors
    Inspector.objects.filter(pk=cuc.pk).update(is_active=False)
    error = refused(lambda: name(month, entry, an, cuc), but="roster.read")
    assert code_of(error) == "team_unknown"


def test_the_leader_may_lead_and_goes_himself(month: Month, entry: RosterEntry) -> None:
    an, binh, cuc, _ = month.inspectors
    for members, leader in (([cuc], cuc), ([an, cuc], cuc), ([an, cuc], binh), ([cuc], an)):
        error = refused(
            lambda members=members, leader=leader: name(month, entry, *members, leader=leader.pk),
            but="roster.read",
        )
        assert code_of(error) == "team_without_leader"


def at_home(person: Inspector, unit: Unit) -> None:
    Inspector.objects.filter(pk=person.pk).update(home_unit=unit)


def formerly(person: Inspector, unit: Unit) -> None:
    FormerUnit.objects.create(inspector=person, unit=unit, until=date(2001, 1, 1))


def declared(person: Inspector, unit: Unit, ended_at: datetime | None = None) -> None:
    DeclaredRelation.objects.create(
        inspector=person,
        unit=unit,
        kind=RelationKind.RELATIVE,
        declared_at=NOW,
        ended_at=ended_at,
    )


def itself(unit: Unit) -> Unit:
    return unit


def parent(unit: Unit) -> Unit:
    above = make_unit(f"{unit.code}-0")
    Unit.objects.filter(pk=unit.pk).update(parent=above)
    return above


def grandparent(unit: Unit) -> Unit:
    return parent(parent(unit))


def child(unit: Unit) -> Unit:
    return make_unit("90002", parent=unit)


def grandchild(unit: Unit) -> Unit:
    return make_unit("90003", parent=child(unit))


def sibling(unit: Unit) -> Unit:
    return make_unit("90004", parent=parent(unit))


Tie = Callable[[Inspector, Unit], None]
Related = Callable[[Unit], Unit]


@pytest.mark.parametrize("related", [itself, parent, grandparent, child, grandchild])
@pytest.mark.parametrize("tie", [at_home, formerly, declared])
def test_nobody_inspects_a_unit_that_he_is_tied_to(
    month: Month, entry: RosterEntry, tie: Tie, related: Related
) -> None:
    an, _, cuc, _ = month.inspectors
    tie(cuc, related(entry.unit))
    error = refused(lambda: name(month, entry, an, cuc), but="roster.read")
    assert code_of(error) == "conflict_of_interest"
    assert error.params["inspector"] == str(cuc.pk)


def test_the_leader_is_not_tied_either(month: Month, entry: RosterEntry) -> None:
    an, _, cuc, _ = month.inspectors
    at_home(an, entry.unit)
    error = refused(lambda: name(month, entry, an, cuc), but="roster.read")
    assert error.params["inspector"] == str(an.pk)


@pytest.mark.parametrize("tie", [at_home, formerly, declared])
def test_a_tie_to_a_unit_beside_is_none(month: Month, entry: RosterEntry, tie: Tie) -> None:
    tie(month.inspectors[0], sibling(entry.unit))
    name(month, entry, *month.inspectors[:2])


def test_a_relation_that_ended_is_none(month: Month, entry: RosterEntry) -> None:
    declared(month.inspectors[0], entry.unit, ended_at=NOW)
    name(month, entry, *month.inspectors[:2])


def test_units_above_one_another_in_a_ring_are_all_one_family(
    month: Month, entry: RosterEntry
) -> None:
    above = parent(entry.unit)
    Unit.objects.filter(pk=above.pk).update(parent=entry.unit)
    at_home(month.inspectors[0], above)
    error = refused(lambda: name(month, entry, *month.inspectors[:2]), but="roster.read")
    assert code_of(error) == "conflict_of_interest"


def away(person: Inspector, first: date, last: date) -> None:
    Leave.objects.create(inspector=person, first_day=first, last_day=last, entered_at=NOW)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (3, 0), (0, 3), (2, 2)])
def test_nobody_goes_on_his_leave(
    month: Month, entry: RosterEntry, before: int, after: int
) -> None:
    an, _, cuc, _ = month.inspectors
    away(cuc, entry.date - timedelta(days=before), entry.date + timedelta(days=after))
    error = refused(lambda: name(month, entry, an, cuc), but="roster.read")
    assert code_of(error) == "inspector_on_leave"
    assert error.params["inspector"] == str(cuc.pk)


def test_leave_until_the_day_before_or_from_the_day_after_is_none(
    month: Month, entry: RosterEntry
) -> None:
    day = timedelta(days=1)
    away(month.inspectors[0], entry.date - 9 * day, entry.date - day)
    away(month.inspectors[0], entry.date + day, entry.date + 9 * day)
    name(month, entry, *month.inspectors[:2])


@pytest.fixture
def same_time(month: Month) -> list[RosterEntry]:
    """Two visits in one session: their units share a compound."""
    site = Compound.objects.create(code="khu", name="Khu hành chính")
    Unit.objects.update(compound=site)
    first, second = rosters.open_roster(months.drawn(month, 2))
    assert (first.date, first.session) == (second.date, second.session)
    return [first, second]


def test_nobody_is_in_two_places_at_once(month: Month, same_time: list[RosterEntry]) -> None:
    an, binh, cuc, dao = month.inspectors
    name(month, same_time[0], an, cuc)
    error = refused(lambda: name(month, same_time[1], binh, cuc), but="roster.read")
    assert code_of(error) == "inspector_taken"
    name(month, same_time[1], binh, dao)


def test_a_team_that_was_replaced_is_free_again(month: Month, same_time: list[RosterEntry]) -> None:
    an, binh, cuc, dao = month.inspectors
    name(month, same_time[0], an, cuc)
    name(month, same_time[0], binh, dao, version=2)
    name(month, same_time[1], an, cuc)


def test_whom_a_visit_refuses_is_shown_as_a_reading_of_the_roster(
    month: Month, plan: Plan, entry: RosterEntry
) -> None:
    at_home(month.inspectors[0], entry.unit)
    with pytest.raises(InvalidInput):
        name(month, entry, *month.inspectors[:2])
    (reader,) = rosters.roster_readers(actor=month.minh, plan=plan)
    assert (reader.user, reader.times) == (month.lan, 1)


# --- Handing over ----------------------------------------------------------------------------


def test_a_roster_is_handed_over_when_every_visit_has_its_team(
    month: Month, plan: Plan, entry: RosterEntry
) -> None:
    name(month, entry, *month.inspectors[:2])
    error = refused(lambda: press("schedule", actor=month.lan, plan=plan))
    assert code_of(error) == "visits_without_team"
    assert error.params["count"] == 3


def send_back(month: Month, plan: Plan, reason: str = "Đoàn số 2 quá đông") -> Plan:
    return schedule.send_back(
        actor=month.minh, plan=plan, version=plan.version, reason=reason, now=DRAW_DAY
    )


def test_a_roster_is_sent_back_for_its_teams_and_the_reason_is_sealed(month: Month) -> None:
    plan = send_back(month, months.scheduled(month))

    assert plan.state == PlanState.DRAWN
    assert (plan.scheduled_by, plan.scheduled_at) == (None, None)
    event = AuditEvent.objects.get(action="plan.return_reason")
    assert event.details == {}
    assert "Đoàn số 2" not in str(contents())
    place = context(table="auditevent", row=event.pk, plan=None)
    opened = keyring().open_json(event.sealed_details or b"", context=place)
    assert opened == {"reason": "Đoàn số 2 quá đông"}

    first = rosters.open_roster(plan)[0]
    name(month, first, *month.inspectors[1:3])
    assert press("schedule", actor=month.lan, plan=plan).state == PlanState.SCHEDULED


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\n"], ids=repr)
def test_a_roster_is_not_sent_back_without_a_reason(month: Month, reason: str) -> None:
    plan = months.scheduled(month)
    error = refused(lambda: send_back(month, plan, reason))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "reason"


# --- Approving -------------------------------------------------------------------------------


LATER = {
    "inspector_on_leave": lambda person, entry: away(person, entry.date, entry.date),
    "conflict_of_interest": lambda person, entry: declared(person, entry.unit),
    "team_unknown": lambda person, _: Inspector.objects.filter(pk=person.pk).update(
        is_active=False
    ),
    "team_too_small": lambda _person, _entry: Department.objects.update(smallest_team=3),
    "team_without_leader": lambda person, _: Inspector.objects.filter(pk=person.pk).update(
        may_lead=False
    ),
}


@pytest.mark.parametrize(("code", "happens"), LATER.items(), ids=LATER)
def test_a_team_that_no_longer_fits_is_not_approved(
    month: Month, code: str, happens: Callable[[Inspector, RosterEntry], object]
) -> None:
    plan = months.scheduled(month)
    roster = rosters.open_roster(plan)
    entry = roster[2]
    happens(month.inspectors[0], entry)

    error = refused(lambda: press("approve", actor=month.minh, plan=plan))

    assert code_of(error) == code
    that_day = {str(one.visit_id) for one in roster if one.date == entry.date}
    named = {
        "conflict_of_interest": {str(entry.visit_id)},
        "inspector_on_leave": that_day,
    }.get(code, {str(one.visit_id) for one in roster})
    assert error.params["visit"] in named


def test_a_late_conflict_changes_the_team_and_never_the_unit(month: Month) -> None:
    plan = months.scheduled(month)
    before = {
        entry.visit_id: (entry.unit, entry.date, entry.session)
        for entry in rosters.open_roster(plan)
    }
    entry = rosters.open_roster(plan)[0]
    declared(month.inspectors[0], entry.unit)

    plan = send_back(month, plan)
    borrowed = make_inspector("Ích", is_guest=True, may_lead=True)
    name(month, entry, borrowed, month.inspectors[2])
    plan = press("schedule", actor=month.lan, plan=plan)
    plan = press("approve", actor=month.minh, plan=plan)

    assert plan.state == PlanState.APPROVED
    assert before == {
        entry.visit_id: (entry.unit, entry.date, entry.session)
        for entry in rosters.open_roster(plan)
    }
