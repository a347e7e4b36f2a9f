"""Two at once: one wins, the other is told, and nothing is done twice or lost.

Every call runs in a thread with a database connection of its own, as a request does. Where a service looks before
it writes, the threads meet between the two, so that each has seen the same state before any changes it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from inspections.errors import DomainError, InvalidInput, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Compound,
    Document,
    DocumentKind,
    Inspector,
    Plan,
    Policy,
    Role,
    Unit,
    User,
    Visit,
    VisitMember,
)
from inspections.sealing import keyring
from inspections.services import (
    audit,
    commitment,
    keys,
    papers,
    people,
    plans,
    release,
    rosters,
    schedule,
    scoring,
)
from inspections.states import STEPS, PlanState, VisitState
from tests.builders import NOW, make_user
from tests.inspections.services import months
from tests.inspections.services.months import (
    AFTER_THE_MONTH,
    DRAW_DAY,
    PERIOD,
    Month,
    make_month,
    press,
)

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds after which a thread that waits for the others gives the test up
Call = Callable[[], object]


@pytest.fixture
def month(transactional_db: None) -> Month:
    return make_month()


def together(*calls: Call) -> list[object]:
    """Run the calls at once and return what each returned, or the error that it raised."""
    start = threading.Barrier(len(calls))

    def run(call: Call) -> object:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE)
            return call()
        except (DomainError, DatabaseError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def errors(outcomes: list[object]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> "Meet":
    """Let the first two who come through a function, such as a check, wait for each other behind it."""

    def behind(module: Any, name: str) -> None:
        function, done = getattr(module, name), threading.Event()
        barrier = threading.Barrier(2, action=done.set)

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            if not done.is_set():
                barrier.wait(PATIENCE)
            return result

        monkeypatch.setattr(module, name, wrapper)

    return behind


Meet = Callable[[Any, str], None]

MODULES = {
    "freeze": commitment,
    "endorse": commitment,
    "draw": commitment,
    "reveal": commitment,
    "schedule": schedule,
    "approve": schedule,
    "close": plans,
    "cancel": plans,
}


def two_for(month: Month, step: str) -> tuple[User, User]:
    """Two persons who may take a step."""
    if Role.PLANNER in STEPS[step].roles:
        return month.lan, make_user("Sơn", Role.PLANNER)
    return month.minh, make_user("Oanh", Role.APPROVER)


@pytest.mark.parametrize("step", STEPS)
def test_of_two_who_take_a_step_at_once_one_does(month: Month, meet: Meet, step: str) -> None:
    plan, actors = months.ready_for(month, step), two_for(month, step)
    if step in MODULES:
        meet(MODULES[step], "check_step")

    outcomes = together(*(partial(press, step, actor=actor, plan=plan) for actor in actors))

    (error,) = errors(outcomes)
    assert type(error) in {VersionConflict, WrongState}
    plan.refresh_from_db()
    assert plan.state == STEPS[step].target
    assert AuditEvent.objects.filter(action=f"plan.{step}").count() == 1
    assert list(audit.verify_chain()) == []


def test_of_two_who_draw_at_once_one_sample_is_stored(month: Month, meet: Meet) -> None:
    plan = months.endorsed(month)
    meet(commitment, "check_step")
    together(*(partial(press, "draw", actor=actor, plan=plan) for actor in two_for(month, "draw")))
    assert Visit.objects.count() == plan.size
    assert len({entry.unit for entry in rosters.open_roster(plan)}) == plan.size


def test_one_secret_is_committed_to_by_two_freezes_at_once(month: Month, meet: Meet) -> None:
    plan = months.drafted(month)
    meet(commitment, "check_step")
    together(
        *(partial(press, "freeze", actor=actor, plan=plan) for actor in two_for(month, "freeze"))
    )
    plan = press("endorse", actor=month.minh, plan=Plan.objects.get())
    assert press("draw", actor=month.lan, plan=plan).state == PlanState.DRAWN


# --- Plans -----------------------------------------------------------------------------------


def create(month: Month, period: date = PERIOD) -> Plan:
    return plans.create_plan(actor=month.lan, period=period, size=4, now=NOW)


def test_of_two_plans_opened_for_one_month_at_once_one_is(month: Month, meet: Meet) -> None:
    meet(plans, "_check_draft")
    (error,) = errors(together(partial(create, month), partial(create, month)))
    assert isinstance(error, InvalidInput)
    assert error.code == "plan_exists"
    assert Plan.objects.get().serial == 1


def test_plans_of_two_months_opened_at_once_leave_no_gap(month: Month, meet: Meet) -> None:
    meet(plans, "_check_draft")
    outcomes = together(partial(create, month), partial(create, month, date(2026, 5, 1)))
    assert all(type(error) is VersionConflict for error in errors(outcomes))
    made = Plan.objects.count()
    assert made == 2 - len(errors(outcomes))
    assert sorted(Plan.objects.values_list("serial", flat=True)) == [1, 2][:made]


def test_a_cancellation_and_a_release_at_once_both_come_through(month: Month) -> None:
    for _ in range(5):
        plan = months.active(month, 6)
        plan = plans.request_cancel(
            actor=month.lan, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
        )
        outcomes = together(
            lambda: release.release_due(now=AFTER_THE_MONTH),
            lambda plan=plan: press("cancel", actor=month.minh, plan=plan),
            lambda: release.release_due(now=AFTER_THE_MONTH),
        )
        assert errors(outcomes) == []
        assert {visit.state for visit in plan.visits.all()} == {VisitState.NOT_MADE}
    assert list(audit.verify_chain()) == []


def test_a_team_and_a_cancellation_at_once_do_not_wait_for_each_other_for_ever(
    month: Month,
) -> None:
    plan = months.ready_for(month, "cancel")
    an, _, cuc, _ = (person.pk for person in month.inspectors)

    def name(visit: Visit) -> Visit:
        return schedule.name_team(
            actor=month.lan,
            visit=visit,
            version=visit.version,
            members=[an, cuc],
            leader=an,
            now=DRAW_DAY,
        )

    visits = plan.visits.select_related("plan")
    outcomes = together(
        *(partial(name, visit) for visit in visits),
        lambda: press("cancel", actor=month.minh, plan=plan),
    )
    assert not isinstance(outcomes[-1], Exception)
    assert {type(error) for error in errors(outcomes)} <= {VersionConflict, WrongState}
    assert list(audit.verify_chain()) == []


# --- Visits ----------------------------------------------------------------------------------


@pytest.fixture
def same_time(month: Month) -> list[Visit]:
    """Two visits in one session: their units share a compound."""
    Unit.objects.update(compound=Compound.objects.create(code="khu", name="Khu hành chính"))
    return list(months.drawn(month, 2).visits.select_related("plan"))


def name(month: Month, visit: Visit, person: Inspector) -> Visit:
    return schedule.name_team(
        actor=month.lan,
        visit=visit,
        version=visit.version,
        members=[person.pk, month.inspectors[2].pk],
        leader=person.pk,
        now=DRAW_DAY,
    )


def test_an_inspector_named_twice_at_once_goes_to_one_place(
    month: Month, meet: Meet, same_time: list[Visit]
) -> None:
    meet(schedule, "fit_team")
    outcomes = together(*(partial(name, month, visit, month.inspectors[0]) for visit in same_time))
    (error,) = errors(outcomes)
    assert isinstance(error, InvalidInput)
    assert error.code == "inspector_taken"


def test_two_teams_named_at_once_for_one_visit_are_one(
    month: Month, meet: Meet, same_time: list[Visit]
) -> None:
    meet(schedule, "fit_team")
    an, binh, *_ = month.inspectors
    outcomes = together(*(partial(name, month, same_time[0], person) for person in (an, binh)))
    assert [type(error) for error in errors(outcomes)] == [VersionConflict]
    visit = Visit.objects.get(pk=same_time[0].pk)
    assert (visit.version, visit.tags.count()) == (2, 4)


def test_visits_released_from_two_sides_at_once_open_once(month: Month, meet: Meet) -> None:
    months.approved(month, 6)
    meet(release, "_activate")
    opened = together(*[lambda: release.release_due(now=AFTER_THE_MONTH)] * 2)
    assert sum(map(int, map(str, opened))) == 6
    assert {visit.state for visit in Visit.objects.all()} == {VisitState.RELEASED}
    assert VisitMember.objects.count() == 2 * 6
    assert AuditEvent.objects.filter(action="visit.release").count() == 6
    assert AuditEvent.objects.filter(action="plan.activate").count() == 1


def test_an_arrival_told_from_two_tablets_at_once_is_one(month: Month) -> None:
    months.approved(month)
    release.release_due(now=AFTER_THE_MONTH)
    visit = Visit.objects.all()[0]
    arrive = partial(
        release.record_arrival,
        actor=month.people.an,
        visit=visit,
        version=visit.version,
        now=AFTER_THE_MONTH,
    )
    outcomes = together(*(partial(arrive, visit=Visit.objects.get(pk=visit.pk)) for _ in range(4)))
    assert errors(outcomes) == []
    assert AuditEvent.objects.filter(action="visit.arrive").count() == 1


def test_a_paper_printed_twice_at_once_is_stored_once(month: Month, meet: Meet) -> None:
    plan = months.approved(month)
    kind = DocumentKind.RESTRICTED_APPENDIX
    meet(papers, "document_context")
    outcomes = together(
        *(
            partial(papers.print_paper, actor=actor, plan=plan, kind=kind, now=DRAW_DAY)
            for actor in (month.lan, month.minh)
        )
    )
    assert errors(outcomes) == []
    assert Document.objects.count() == 1


# --- Keys, policies, the log -----------------------------------------------------------------


def test_two_rotations_at_once_lose_no_key(month: Month, meet: Meet) -> None:
    plan = months.drawn(month, 6)
    before = {entry.unit for entry in rosters.open_roster(plan)}
    outcomes = together(*[lambda: keys.rotate(now=NOW)] * 2, renew)
    assert errors(outcomes) == []
    assert sorted(keyring().sealing) == [1, 2, 3]
    assert sorted(keyring().complainants) == [2027, 2028, 2029, 2030]
    assert {entry.unit for entry in rosters.open_roster(plan)} == before


def renew() -> object:
    return keys.renew_complainant_keys(now=NOW.replace(year=2029))


def test_a_policy_endorsed_by_two_at_once_is_endorsed_by_one(month: Month) -> None:
    policy = scoring.propose_policy(actor=month.lan, name="2026", reason="KH 100", now=NOW)
    oanh = make_user("Oanh", Role.APPROVER)
    outcomes = together(
        *(
            partial(
                scoring.endorse_policy,
                actor=actor,
                policy=Policy.objects.get(),
                version=policy.version,
                now=NOW,
            )
            for actor in (month.minh, oanh)
        )
    )
    assert [type(error) for error in errors(outcomes)] == [WrongState]
    assert AuditEvent.objects.filter(action="policy.endorse").count() == 1


def test_policies_proposed_at_once_have_numbers_of_their_own(month: Month) -> None:
    propose = partial(scoring.propose_policy, actor=month.lan, name="2026", reason="KH", now=NOW)
    outcomes = together(*[propose] * 4)
    assert all(type(error) is VersionConflict for error in errors(outcomes))
    numbers = sorted(Policy.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 5 - len(errors(outcomes))))


def test_the_chain_stays_whole_under_eight_who_write_at_once(month: Month) -> None:
    def write(writer: int) -> None:
        for number in range(20):
            audit.record(actor=month.lan, action=f"test.{writer}.{number}", obj=month.lan, now=NOW)

    assert errors(together(*(partial(write, writer) for writer in range(8)))) == []
    assert AuditEvent.objects.filter(action__startswith="test.").count() == 160
    assert list(audit.verify_chain()) == []


def test_the_first_events_of_an_installation_written_at_once_make_one_chain(
    transactional_db: None,
) -> None:
    lan = make_user("Lan", Role.PLANNER)
    write = partial(audit.record, actor=lan, action="test", obj=lan, now=NOW)
    assert errors(together(*[write] * 4)) == []
    assert AuditEvent.objects.count() == 4
    assert list(audit.verify_chain()) == []


def test_forty_writers_all_come_through(month: Month) -> None:
    def write(number: int) -> Inspector:
        return people.create_inspector(
            actor=month.lan, full_name=f"Người {number}", code=f"N{number}", now=NOW
        )

    assert errors(together(*(partial(write, number) for number in range(40)))) == []
    assert Inspector.objects.count() == 44
    assert list(audit.verify_chain()) == []
