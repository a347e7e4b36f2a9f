"""The server's clock goes back: nothing opens twice, shuts again or is skipped, and what came later stays later."""

from datetime import timedelta

import pytest

from inspections.errors import WrongState
from inspections.models import AuditEvent, JobState, LoadState, SourceKind, TokenScope, Visit
from inspections.services import audit, jobs, plans, release, rosters, users
from inspections.services.jobs import HANDLERS, LEASE, Handler
from inspections.states import PlanState, VisitState
from tests.builders import NOW, make_token
from tests.inspections.database import contents, refused
from tests.inspections.importers.files import csv_bytes
from tests.inspections.services import months
from tests.inspections.services.loading import Loading
from tests.inspections.services.months import AFTER_THE_MONTH, FIRST_DAY, Month, press

pytestmark = pytest.mark.django_db

HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=31)
BACK = pytest.mark.parametrize("back", [HOUR, DAY, MONTH], ids=["an hour", "a day", "a month"])


# --- Visits ----------------------------------------------------------------------------------


@BACK
def test_what_is_open_stays_open_and_the_rest_opens_at_its_hour(
    month: Month, back: timedelta
) -> None:
    hours = [entry.release_at for entry in rosters.open_roster(months.approved(month))]
    for n, hour in enumerate(hours, start=1):
        assert release.release_due(now=hour) == 1
        before = contents()
        assert release.release_due(now=hour - back) == 0
        assert release.release_due(now=hour) == 0
        assert contents() == before
        assert Visit.objects.filter(state=VisitState.RELEASED).count() == n
    assert AuditEvent.objects.filter(action="visit.release").count() == len(hours)


@BACK
def test_a_plan_that_is_active_stays_so(month: Month, back: timedelta) -> None:
    plan = months.approved(month)
    release.release_due(now=FIRST_DAY)
    release.release_due(now=FIRST_DAY - back)
    plan.refresh_from_db()
    assert plan.state == PlanState.ACTIVE
    assert AuditEvent.objects.filter(action="plan.activate").count() == 1


@BACK
def test_a_team_at_the_door_stays_there(month: Month, back: timedelta) -> None:
    months.approved(month)
    release.release_due(now=AFTER_THE_MONTH)
    visit = Visit.objects.all()[0]
    arrived = release.record_arrival(
        actor=month.people.an, visit=visit, version=visit.version, now=AFTER_THE_MONTH
    )
    before = contents()
    again = release.record_arrival(
        actor=month.people.an, visit=visit, version=visit.version, now=AFTER_THE_MONTH - back
    )
    assert again.arrived_at == arrived.arrived_at
    assert contents() == before


def test_a_month_that_is_not_over_any_more_is_not_closed(month: Month) -> None:
    plan = months.active(month)
    release.release_due(now=AFTER_THE_MONTH)
    plan.refresh_from_db()
    back = AFTER_THE_MONTH - MONTH
    error = refused(lambda: plans.close(actor=month.lan, plan=plan, version=plan.version, now=back))
    assert type(error) is WrongState
    assert press("close", actor=month.lan, plan=plan).state == PlanState.CLOSED


# --- The log ---------------------------------------------------------------------------------


def test_the_log_keeps_the_order_in_which_things_happened(month: Month) -> None:
    for n in range(4):
        audit.record(actor=month.lan, action=f"test.{n}", obj=month.lan, now=NOW - n * MONTH)
    events = AuditEvent.objects.filter(action__startswith="test.")
    assert [event.action for event in events] == ["test.0", "test.1", "test.2", "test.3"]
    assert [event.at for event in events] == [NOW - n * MONTH for n in range(4)]
    assert list(audit.verify_chain()) == []


# --- Leases ----------------------------------------------------------------------------------


@BACK
def test_a_dead_workers_job_is_taken_up_though_its_lease_lies_far_ahead(
    month: Month, back: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HANDLERS, "test", Handler(lambda _run: {}, lambda *_: None))
    job = jobs.enqueue(actor=month.lan, kind="test", params={}, now=NOW)
    assert jobs.claim(owner="dies", now=NOW) == job
    jobs.run_next(clock=lambda: NOW - back, owner="lives")
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_a_worker_whose_clock_is_minutes_ahead_keeps_its_job(month: Month) -> None:
    jobs.enqueue(actor=month.lan, kind="load.sweep", params={}, now=NOW)
    assert jobs.claim(owner="ahead", now=NOW + timedelta(minutes=9))
    assert jobs.claim(owner="other", now=NOW) is None
    assert jobs.claim(owner="other", now=NOW + timedelta(minutes=9) + LEASE + HOUR)


# --- Tokens ----------------------------------------------------------------------------------


@BACK
def test_a_revoked_token_stays_so_and_one_that_ran_out_holds_for_as_long_as_the_clock_is_wrong(
    month: Month, back: timedelta
) -> None:
    revoked, _ = make_token(month.lan, TokenScope.LOAD, days=1)
    ran_out, _ = make_token(month.lan, TokenScope.LOAD, days=1)
    users.revoke_token(actor=month.lan, token=revoked, now=NOW)
    revoked.refresh_from_db()
    end = NOW + DAY
    assert not revoked.is_valid(end - back)
    assert not ran_out.is_valid(end)
    assert ran_out.is_valid(end - back)


# --- Loads -----------------------------------------------------------------------------------


@BACK
def test_lists_are_undone_in_the_reverse_order_whatever_the_clock_said(
    db: None, back: timedelta
) -> None:
    loading = Loading()
    source = loading.source(SourceKind.UNIT)

    def units(*codes: str) -> bytes:
        rows = [(code, f"Xã {code}", "Xã") for code in codes]
        return csv_bytes([("Mã đơn vị", "Tên đơn vị", "Loại"), *rows])

    first = loading.loaded(source, units("X1", "X2"), cutoff=None)
    loading.now -= back
    second = loading.loaded(source, units("X1", "X2", "X3"), cutoff=None)
    assert second.switched_at < first.switched_at
    assert refused(lambda: loading.undo(first)).code == "undo_later_first"
    assert loading.undo(second).state == LoadState.UNDONE
    first.refresh_from_db()
    assert loading.undo(first).state == LoadState.UNDONE
