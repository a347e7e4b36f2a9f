"""Reading a roster: by its makers and approvers alone, and never unseen. Duties tell when and not where."""

from datetime import date, datetime, timedelta

import pytest

from inspections.errors import DomainError, NotAllowed, NotFound
from inspections.models import AuditEvent, DocumentKind, Inspector, Plan, Role, Session, User
from inspections.services import audit, papers, release, rosters, users
from inspections.states import PlanState
from tests.builders import HANOI, NOW, make_user
from tests.inspections.database import contents, refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, IN_STATE, Month

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def read(user: User, plan: Plan, now: datetime = DRAW_DAY) -> list[rosters.RosterEntry]:
    roster = rosters.read_roster(actor=User.objects.get(pk=user.pk), plan=plan, now=now)
    return list(roster.entries)


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


# --- Reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lan", "minh"])
def test_makers_and_approvers_read_a_roster_and_it_is_on_record(month: Month, name: str) -> None:
    plan, reader = months.drawn(month), getattr(month, name)

    entries = read(reader, plan)

    assert len(entries) == 4
    (event,) = events("roster.read")
    assert (event.actor_id, event.object_id, event.at) == (reader.pk, str(plan.pk), DRAW_DAY)
    assert event.details == {}


def test_every_reading_is_on_record_and_none_unseals_a_row(month: Month) -> None:
    plan = months.drawn(month)
    before = contents()
    for _ in range(3):
        read(month.lan, plan)
    after = contents()
    assert len(events("roster.read")) == 3
    for table in ("inspections_auditevent", "inspections_audithead"):
        before.pop(table)
        after.pop(table)
    assert after == before


def test_a_roster_stands_in_the_order_of_its_hours(month: Month) -> None:
    entries = read(month.lan, months.drawn(month, 6))
    order = [(entry.date, entry.session == Session.AFTERNOON) for entry in entries]
    assert order == sorted(order)
    assert [entry.release_at for entry in entries] == sorted(entry.release_at for entry in entries)


@pytest.mark.parametrize("name", ["an", "binh", "chi", "phuong", "dung", "giang", "ha"])
def test_nobody_else_reads_it_and_his_trying_is_on_record(month: Month, name: str) -> None:
    plan, person = months.approved(month), getattr(month.people, name)
    error = refused(lambda: read(person, plan), but="roster.denied")
    assert type(error) is NotFound
    (event,) = events("roster.denied")
    assert (event.actor_id, event.object_id) == (person.pk, str(plan.pk))


def test_a_refusal_is_the_same_whether_there_is_a_roster_or_not(month: Month) -> None:
    without = months.cancelled(month, months.drafted(month))
    for plan in (without, months.approved(month)):
        error = refused(lambda plan=plan: read(month.people.giang, plan), but="roster.denied")
        assert (type(error), str(error), error.params) == (NotFound, str(NotFound()), {})
    one, other = events("roster.denied")
    assert (one.object_type, one.details, one.sealed_details) == ("plan", {}, None)
    assert (other.object_type, other.details, other.sealed_details) == ("plan", {}, None)


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.FROZEN, PlanState.ENDORSED])
def test_before_the_draw_there_is_nothing_to_read(month: Month, state: PlanState) -> None:
    plan = IN_STATE[state](month)
    assert type(refused(lambda: read(month.lan, plan))) is NotFound


def test_an_account_whose_password_was_reset_reads_nothing_until_it_is_readmitted(
    month: Month,
) -> None:
    plan = months.drawn(month)
    users.reset_password(actor=month.people.ha, user=month.minh, now=NOW)
    assert type(refused(lambda: read(month.minh, plan), but="roster.denied")) is NotFound

    oanh = make_user("Oanh", Role.APPROVER)
    users.readmit(actor=oanh, user=User.objects.get(pk=month.minh.pk), now=NOW)

    assert len(read(month.minh, plan)) == 4


def test_an_account_that_was_closed_reads_nothing(month: Month) -> None:
    plan = months.drawn(month)
    users.deactivate(actor=month.people.ha, user=month.lan, now=NOW)
    assert type(refused(lambda: read(month.lan, plan), but="roster.denied")) is NotFound


# --- Who has read it -------------------------------------------------------------------------


def readers(user: User, plan: Plan) -> list[tuple[User, int, datetime]]:
    found = rosters.roster_readers(actor=User.objects.get(pk=user.pk), plan=plan)
    return [(reader.user, reader.times, reader.last_at) for reader in found]


def test_readers_are_shown_with_how_often_and_when_last(month: Month) -> None:
    plan = months.approved(month)
    assert readers(month.minh, plan) == []
    for actor, now in ((month.lan, 1), (month.minh, 2), (month.lan, 3)):
        read(actor, plan, DRAW_DAY + now * HOUR)
    assert readers(month.minh, plan) == [
        (month.minh, 1, DRAW_DAY + 2 * HOUR),
        (month.lan, 2, DRAW_DAY + 3 * HOUR),
    ]


def test_reading_the_printed_appendix_is_reading_the_roster(month: Month) -> None:
    plan = months.approved(month)
    paper = papers.print_paper(
        actor=month.lan, plan=plan, kind=DocumentKind.RESTRICTED_APPENDIX, now=DRAW_DAY
    )
    assert readers(month.minh, plan) == []
    papers.read_document(actor=month.lan, document=paper, now=DRAW_DAY)
    assert readers(month.minh, plan) == [(month.lan, 1, DRAW_DAY)]


def test_whoever_was_refused_is_no_reader_nor_is_one_of_another_month(month: Month) -> None:
    plan = months.cancelled(month, months.drawn(month))
    read(month.lan, plan)
    other = months.drawn(month)
    with pytest.raises(NotFound):
        read(month.people.giang, other)
    assert readers(month.minh, other) == []


@pytest.mark.parametrize("name", ["an", "chi", "phuong", "dung", "giang", "ha"])
def test_who_read_a_roster_is_told_to_its_readers_alone(month: Month, name: str) -> None:
    plan = months.drawn(month)
    error = refused(lambda: readers(getattr(month.people, name), plan))
    assert type(error) is NotFound


def test_a_closed_account_is_not_told_either(month: Month) -> None:
    plan = months.drawn(month)
    users.reset_password(actor=month.people.ha, user=month.minh, now=NOW)
    assert type(refused(lambda: readers(month.minh, plan))) is NotFound


# --- Duties ----------------------------------------------------------------------------------


def duties(user: User, now: datetime = DRAW_DAY) -> list[tuple[date, Session]]:
    return rosters.duties(actor=User.objects.get(pk=user.pk), now=now)


def sessions(plan: Plan) -> list[tuple[date, Session]]:
    return [(entry.date, entry.session) for entry in rosters.open_roster(plan)]


def test_an_inspector_is_told_his_sessions_and_nothing_more(month: Month) -> None:
    plan = months.approved(month)
    assert duties(month.people.an) == sessions(plan)
    assert duties(month.people.binh) == []


@pytest.mark.parametrize("state", [PlanState.DRAWN, PlanState.SCHEDULED])
def test_duties_are_told_once_the_roster_is_approved(month: Month, state: PlanState) -> None:
    IN_STATE[state](month)
    assert duties(month.people.an) == []


def test_duties_of_the_past_are_no_longer_told_and_those_of_today_are(month: Month) -> None:
    plan = months.approved(month)
    days = sessions(plan)
    today = days[1][0]
    now = datetime(today.year, today.month, today.day, 23, 59, tzinfo=HANOI)
    assert duties(month.people.an, now) == [duty for duty in days if duty[0] >= today]


def test_duties_do_not_change_when_a_visit_opens(month: Month) -> None:
    plan = months.approved(month)
    first = rosters.open_roster(plan)[0]
    release.release_due(now=first.release_at)
    assert duties(month.people.an) == sessions(plan)


def test_an_account_without_an_inspector_or_whose_inspector_left_has_no_duties(
    month: Month,
) -> None:
    months.approved(month)
    assert duties(make_user("Yến", Role.INSPECTOR)) == []
    Inspector.objects.filter(user=month.people.an).update(is_active=False)
    assert duties(month.people.an) == []


@pytest.mark.parametrize("name", ["lan", "minh", "chi", "phuong", "dung", "giang", "ha"])
def test_only_inspectors_have_duties(month: Month, name: str) -> None:
    error: DomainError = refused(lambda: duties(getattr(month.people, name)))
    assert type(error) is NotAllowed


def test_the_chain_of_the_log_holds_after_all_this_reading(month: Month) -> None:
    plan = months.approved(month)
    for user in (month.lan, month.minh):
        read(user, plan)
    with pytest.raises(NotFound):
        read(month.people.an, plan)
    assert list(audit.verify_chain()) == []
