"""Accounts: nobody invents a second person, and a reset password does not open a roster."""

from datetime import timedelta

import pytest

from inspections import policies
from inspections.errors import InvalidInput, NotAllowed, SamePerson
from inspections.models import AuditEvent, Role, TokenScope, User
from inspections.services import users
from tests.builders import NOW, PASSWORD, People, make_people, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return make_people()


def reloaded(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_an_account_begins_with_a_password_for_one_use(people: People) -> None:
    user, password = users.create_user(
        actor=people.ha, username="khoa", full_name="Khoa", roles=[Role.CLERK], now=NOW
    )
    assert user.check_password(password)
    assert user.must_change_password
    assert reloaded(user).held_roles == {Role.CLERK}
    assert reloaded(user).roles == frozenset()


def test_a_user_name_is_taken_once(people: People) -> None:
    with pytest.raises(InvalidInput):
        users.create_user(actor=people.ha, username="lan", full_name="Lan", roles=[], now=NOW)


@pytest.mark.parametrize("name", ["lan", "minh", "an", "giang"])
def test_only_a_technical_administrator_makes_accounts(people: People, name: str) -> None:
    with pytest.raises(NotAllowed):
        users.create_user(
            actor=getattr(people, name), username="x", full_name="X", roles=[], now=NOW
        )


@pytest.mark.parametrize("role", sorted(policies.ADMITTED_BY_ANOTHER))
@pytest.mark.parametrize("admits", ["minh", "dung"])
def test_an_account_made_by_an_administrator_opens_nothing_until_another_admits_it(
    people: People, role: Role, admits: str
) -> None:
    invented, _ = users.create_user(
        actor=people.ha, username="x", full_name="X", roles=[role], now=NOW
    )
    with pytest.raises(NotAllowed) as refusal:
        policies.require(reloaded(invented), role)
    assert refusal.value.code == "account_closed"

    users.readmit(actor=getattr(people, admits), user=invented, now=NOW)

    policies.require(reloaded(invented), role)


def test_a_role_given_to_a_colleague_waits_for_another_to_admit_it(people: People) -> None:
    users.grant_role(actor=people.ha, user=people.chi, role=Role.LEADER, now=NOW)
    assert not reloaded(people.chi).has_role(Role.LEADER)
    users.readmit(actor=people.minh, user=people.chi, now=NOW)
    assert reloaded(people.chi).has_role(Role.LEADER)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TECHNICAL_ADMIN}))
def test_a_technical_administrator_holds_no_other_role(people: People, role: Role) -> None:
    other = make_user("Hải", Role.TECHNICAL_ADMIN)
    for actor in (people.ha, other):
        with pytest.raises(NotAllowed):
            users.grant_role(actor=actor, user=people.ha, role=role, now=NOW)


def test_a_technical_administrator_reset_at_the_machine_can_work_at_once(people: People) -> None:
    users.reset_password(actor=None, user=people.ha, now=NOW)
    assert reloaded(people.ha).has_role(Role.TECHNICAL_ADMIN)


def test_a_password_reset_by_another_closes_rosters(people: People) -> None:
    password = users.reset_password(actor=people.ha, user=people.minh, now=NOW)

    minh = reloaded(people.minh)
    assert minh.check_password(password)
    assert not policies.may_read_roster(minh)


def test_nobody_readmits_himself_and_a_closed_account_readmits_nobody(people: People) -> None:
    quang = make_user("Quang", Role.APPROVER)
    for user in (people.minh, quang):
        users.reset_password(actor=people.ha, user=user, now=NOW)
    with pytest.raises(NotAllowed):
        users.readmit(actor=reloaded(people.minh), user=reloaded(people.minh), now=NOW)
    with pytest.raises(NotAllowed):
        users.readmit(actor=reloaded(quang), user=reloaded(people.minh), now=NOW)


def test_an_approver_cannot_readmit_his_own_account(people: People) -> None:
    with pytest.raises(SamePerson):
        users.readmit(actor=people.minh, user=people.minh, now=NOW)


def test_a_new_password_of_ones_own_leaves_rosters_open(people: People) -> None:
    people.minh.set_password(PASSWORD)
    people.minh.save()
    users.change_password(user=people.minh, old=PASSWORD, new="một-câu-khác-hẳn", now=NOW)
    assert policies.may_read_roster(reloaded(people.minh))


@pytest.mark.parametrize(
    ("old", "new"), [("sai", "một-câu-khác-hẳn"), (PASSWORD, "ngắn"), (PASSWORD, "1234567890")]
)
def test_a_wrong_or_weak_password_changes_nothing(people: People, old: str, new: str) -> None:
    people.minh.set_password(PASSWORD)
    people.minh.save()
    with pytest.raises(InvalidInput):
        users.change_password(user=people.minh, old=old, new=new, now=NOW)
    assert reloaded(people.minh).check_password(PASSWORD)


@pytest.mark.parametrize("keeper", [Role.TECHNICAL_ADMIN, Role.AUDITOR])
@pytest.mark.parametrize("roster", [Role.PLANNER, Role.APPROVER])
def test_rosters_and_the_keeping_of_machines_or_logs_never_lie_in_one_hand(
    people: People, keeper: Role, roster: Role
) -> None:
    for first, second in ((keeper, roster), (roster, keeper)):
        user = make_user(f"Tâm {first}", first)
        with pytest.raises(NotAllowed):
            users.grant_role(actor=people.ha, user=user, role=second, now=NOW)


def test_a_role_granted_twice_is_granted_once(people: People) -> None:
    for _ in range(2):
        users.grant_role(actor=people.ha, user=people.an, role=Role.CLERK, now=NOW)
    assert reloaded(people.an).held_roles == {Role.INSPECTOR, Role.CLERK}
    assert AuditEvent.objects.filter(action="user.role_granted").count() == 1


def test_a_role_that_ended_allows_nothing(people: People) -> None:
    users.end_role(actor=people.ha, user=people.lan, role=Role.PLANNER, now=NOW)
    assert not reloaded(people.lan).has_role(Role.PLANNER)


def test_a_closed_account_has_no_roles_and_no_tokens(people: People) -> None:
    token, _ = users.create_token(
        actor=people.lan, name="máy", scope=TokenScope.LOAD, days=30, now=NOW
    )
    users.deactivate(actor=people.ha, user=people.lan, now=NOW)
    token.refresh_from_db()
    assert reloaded(people.lan).roles == frozenset()
    assert not token.is_valid(NOW)


def test_a_token_is_stored_as_a_hash_and_expires(people: People) -> None:
    token, plain = users.create_token(
        actor=people.lan, name="máy", scope=TokenScope.READ, days=30, now=NOW
    )
    assert token.digest == users.token_digest(plain)
    assert plain not in str(vars(token))
    assert token.is_valid(NOW + timedelta(days=29))
    assert not token.is_valid(NOW + timedelta(days=30))


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_lasts_a_year_at_most(people: People, days: int) -> None:
    with pytest.raises(InvalidInput):
        users.create_token(actor=people.lan, name="x", scope=TokenScope.READ, days=days, now=NOW)


def test_anothers_token_is_revoked_by_an_administrator_alone(people: People) -> None:
    token, _ = users.create_token(
        actor=people.lan, name="x", scope=TokenScope.READ, days=1, now=NOW
    )
    with pytest.raises(NotAllowed):
        users.revoke_token(actor=people.minh, token=token, now=NOW)
    users.revoke_token(actor=people.ha, token=token, now=NOW)
    token.refresh_from_db()
    assert not token.is_valid(NOW)
