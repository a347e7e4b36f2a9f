"""Act as two people: one person who makes a plan and would be its second person as well."""

import pytest

from inspections.errors import NotAllowed, SamePerson
from inspections.models import Plan, Role, RoleGrant, User
from inspections.services import plans, rosters, schedule, scoring, users
from inspections.states import PlanState
from tests.builders import NOW, make_user
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, Month, press

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    """The account as its next request sees it."""
    return User.objects.get(pk=user.pk)


def change_role(month: Month, user: User, role: Role, *, from_: Role) -> User:
    """Let the administrator turn somebody into something else, and the leader admit the account."""
    users.end_role(actor=month.people.ha, user=user, role=from_, now=NOW)
    users.grant_role(actor=month.people.ha, user=user, role=role, now=NOW)
    users.readmit(actor=month.people.dung, user=fresh(user), now=NOW)
    return fresh(user)


# --- One account with both roles -------------------------------------------------------------


def test_one_account_with_both_roles_is_one_person_at_every_second_step(
    month: Month, quang: User
) -> None:
    policy = scoring.propose_policy(actor=quang, name="A", reason="B", now=NOW)
    error = refused(lambda: scoring.endorse_policy(actor=quang, policy=policy, version=1, now=NOW))
    assert type(error) is SamePerson
    plan = plans.create_plan(actor=quang, period=months.PERIOD, size=4, now=NOW, session_capacity=1)
    plan = press("freeze", actor=quang, plan=plan)
    assert type(refused(lambda: press("endorse", actor=quang, plan=plan))) is SamePerson
    plan = press("endorse", actor=month.minh, plan=plan)
    plan = press("draw", actor=quang, plan=plan)
    months.name_teams(month, plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    assert type(refused(lambda: press("approve", actor=quang, plan=plan))) is SamePerson


def test_a_drafts_numbers_set_by_somebody_are_not_endorsed_by_him(
    month: Month, quang: User
) -> None:
    """Another planner creates and freezes; the numbers in between are his."""
    draft = months.drafted(month)
    draft = plans.update_plan(
        actor=quang, plan=draft, version=draft.version, changes={"size": 3}, now=NOW
    )
    plan = press("freeze", actor=month.lan, plan=draft)
    assert refused(lambda: press("endorse", actor=quang, plan=plan)).code == "same_person"


# --- Handing over between planners -----------------------------------------------------------


def name_first_team(plan: Plan, month: Month, actor: User) -> None:
    entry = rosters.open_roster(plan)[0]
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    schedule.name_team(
        actor=actor,
        visit=plan.visits.get(pk=entry.visit_id),
        version=entry.version,
        members=[an, cuc],
        leader=an,
        now=DRAW_DAY,
    )


def test_teams_named_by_one_and_handed_over_by_another_are_approved_by_a_third(
    month: Month, quang: User
) -> None:
    plan = months.drawn(month)
    name_first_team(plan, month, quang)
    months.name_teams(month, plan)  # Lan names them all anew: his were a part of it
    plan = press("schedule", actor=month.lan, plan=plan)
    assert refused(lambda: press("approve", actor=quang, plan=plan)).code == "same_person"
    assert press("approve", actor=month.minh, plan=plan).state == PlanState.APPROVED


def test_a_roster_handed_over_sent_back_and_handed_over_by_another_is_still_his(
    month: Month, quang: User
) -> None:
    plan = press("schedule", actor=quang, plan=months.with_teams(month))
    plan = press("return", actor=month.minh, plan=plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    assert refused(lambda: press("approve", actor=quang, plan=plan)).code == "same_person"


# --- Another role between two steps ----------------------------------------------------------


@pytest.mark.parametrize("step", ["endorse", "approve"])
def test_a_planner_who_becomes_an_approver_stays_who_he_was(month: Month, step: str) -> None:
    son = make_user("Sơn", Role.PLANNER)
    if step == "endorse":
        plan = plans.create_plan(actor=son, period=months.PERIOD, size=4, now=NOW)
        plan = press("freeze", actor=month.lan, plan=plan)
    else:
        plan = months.drawn(month)
        name_first_team(plan, month, son)
        months.name_teams(month, plan)
        plan = press("schedule", actor=month.lan, plan=plan)

    son = change_role(month, son, Role.APPROVER, from_=Role.PLANNER)

    assert set(son.roles) == {Role.APPROVER}
    assert refused(lambda: press(step, actor=son, plan=plan)).code == "same_person"


def test_an_approver_who_asked_as_a_planner_does_not_cancel(month: Month) -> None:
    son = make_user("Sơn", Role.PLANNER)
    plan = months.drawn(month)
    plan = plans.request_cancel(
        actor=son, plan=plan, version=plan.version, reason="Bão", now=DRAW_DAY
    )
    son = change_role(month, son, Role.APPROVER, from_=Role.PLANNER)
    assert refused(lambda: press("cancel", actor=son, plan=plan)).code == "same_person"


# --- A second account for the same person ----------------------------------------------------


@pytest.fixture
def second_account(month: Month) -> User:
    """An account that the administrator makes for Lan under another name, as an approver."""
    user, password = users.create_user(
        actor=month.people.ha,
        username="lan.2",
        full_name="Lê Thị Hai",
        roles=[Role.APPROVER],
        now=NOW,
    )
    users.change_password(user=user, old=password, new="một mật khẩu đủ dài 9", now=NOW)
    return fresh(user)


def test_a_second_account_opens_nothing_by_itself(month: Month, second_account: User) -> None:
    plan = months.frozen(month)
    error = refused(lambda: press("endorse", actor=second_account, plan=plan))
    assert (type(error), error.code) == (NotAllowed, "account_closed")


@pytest.mark.parametrize("who", ["herself", "her first account", "the administrator", "a clerk"])
def test_nobody_of_the_plot_admits_it(month: Month, second_account: User, who: str) -> None:
    actor = {
        "herself": second_account,
        "her first account": month.lan,
        "the administrator": month.people.ha,
        "a clerk": month.people.chi,
    }[who]
    error = refused(lambda: users.readmit(actor=actor, user=second_account, now=NOW))
    assert error.code in {"not_allowed", "account_closed"}
    assert fresh(second_account).closed_at is not None


def test_an_approver_of_the_plot_who_was_made_by_it_admits_nobody_either(
    month: Month, second_account: User
) -> None:
    third, _ = users.create_user(
        actor=month.people.ha,
        username="lan.3",
        full_name="Lê Thị Ba",
        roles=[Role.APPROVER],
        now=NOW,
    )
    third = fresh(third)
    error = refused(lambda: users.readmit(actor=third, user=second_account, now=NOW))
    assert error.code == "account_closed"


def test_the_administrator_gives_himself_no_second_role(month: Month) -> None:
    ha = month.people.ha
    error = refused(lambda: users.grant_role(actor=ha, user=ha, role=Role.APPROVER, now=NOW))
    assert error.code == "same_person"
    other = make_user("Hà Hai", Role.TECHNICAL_ADMIN)
    error = refused(lambda: users.grant_role(actor=other, user=ha, role=Role.APPROVER, now=NOW))
    assert error.code == "roles_exclude_each_other"
    assert not RoleGrant.objects.filter(user=ha, role=Role.APPROVER).exists()


def test_taking_over_the_approvers_account_closes_it(month: Month) -> None:
    """The administrator resets Minh's password and hands it to Lan."""
    plan = months.frozen(month)
    users.reset_password(actor=month.people.ha, user=month.minh, now=NOW)
    minh = fresh(month.minh)
    assert refused(lambda: press("endorse", actor=minh, plan=plan)).code == "account_closed"
    error = refused(lambda: users.readmit(actor=month.people.ha, user=minh, now=NOW))
    assert error.code == "not_allowed"
