"""Accounts: technical administrators keep them, approvers re-admit them."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from inspections.models import Role, User
from tests.api.conftest import WHO, signed_in
from tests.builders import People

pytestmark = pytest.mark.django_db
USERS = "/api/v1/users/"
NEW = {"username": "quyen", "full_name": "Quyên", "roles": ["approver", "leader"]}


def test_an_account_is_created_with_a_password_shown_once(people: People) -> None:
    ha = signed_in(people.ha)
    created = ha.post(USERS, NEW)
    assert created.status_code == 201, created.text
    account, password = created.json()["user"], created.json()["password"]
    assert account["roles"] == ["approver", "leader"]
    assert account["must_change_password"] is True
    assert User.objects.get(username="quyen").check_password(password)
    assert password not in ha.get(f"{USERS}{account['id']}/").text
    taken = ha.post(USERS, NEW)
    assert (taken.status_code, taken.json()["params"]) == (422, {"field": "username"})


@pytest.mark.parametrize(
    "change",
    [{"roles": ["king"]}, {"roles": "approver"}, {"is_active": True}, {"username": "x" * 65}],
)
def test_an_account_that_cannot_be_is_refused(people: People, change: dict[str, object]) -> None:
    assert signed_in(people.ha).post(USERS, NEW | change).status_code == 400


def test_an_approver_admits_who_was_made_by_another(people: People) -> None:
    account = signed_in(people.ha).post(USERS, NEW).json()["user"]
    assert account["closed_at"] is not None
    minh = signed_in(people.minh)
    waiting = minh.get(USERS, {"account_closed": "true"}).json()["results"]
    assert [one["id"] for one in waiting] == [account["id"]]
    assert signed_in(people.ha).post(f"{USERS}{account['id']}/readmit/").status_code == 403
    admitted = minh.post(f"{USERS}{account['id']}/readmit/")
    assert admitted.json()["closed_at"] is None


def test_roles_are_given_and_taken(people: People) -> None:
    ha, path = signed_in(people.ha), f"{USERS}{people.chi.pk}/roles/"
    assert ha.post(path, {"role": "publisher"}).json()["roles"] == ["clerk", "publisher"]
    assert ha.delete(f"{path}clerk/").json()["roles"] == ["publisher"]
    assert ha.delete(f"{path}king/").status_code == 404
    excluded = ha.post(f"{USERS}{people.giang.pk}/roles/", {"role": "planner"})
    assert (excluded.status_code, excluded.json()["code"]) == (403, "roles_exclude_each_other")


def test_a_reset_password_closes_rosters(people: People) -> None:
    reset = signed_in(people.ha).post(f"{USERS}{people.minh.pk}/reset-password/").json()
    assert reset["user"]["closed_by"] == str(people.ha.pk)
    people.minh.refresh_from_db()
    assert people.minh.check_password(reset["password"])


def test_an_account_is_closed_by_another(people: People) -> None:
    ha = signed_in(people.ha)
    assert ha.post(f"{USERS}{people.chi.pk}/deactivate/").json()["is_active"] is False
    own = ha.post(f"{USERS}{people.ha.pk}/deactivate/")
    assert (own.status_code, own.json()["code"]) == (403, "same_person")


@pytest.mark.parametrize("action", ["reset-password", "deactivate"])
def test_what_reads_no_body_refuses_one(people: People, action: str) -> None:
    response = signed_in(people.ha).post(f"{USERS}{people.chi.pk}/{action}/", {"is_active": True})
    assert response.status_code == 400


def test_accounts_are_found_by_role_and_state(people: People) -> None:
    ha = signed_in(people.ha)
    found = ha.get(USERS, {"role": "clerk"}).json()["results"]
    assert [one["username"] for one in found] == ["chi"]
    assert ha.get(USERS, {"is_active": "false"}).json()["results"] == []
    assert len(ha.get(USERS, {"account_closed": "false"}).json()["results"]) == len(Role) + 1
    names = [one["full_name"] for one in ha.get(USERS).json()["results"]]
    assert names == ["An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Lan", "Minh", "Phương"]


def test_an_account_that_is_not_there_is_not_found(people: People) -> None:
    for path in ("", "deactivate/", "reset-password/", "roles/"):
        client = signed_in(people.ha)
        ask = client.post if path else client.get
        response = ask(f"{USERS}{uuid4()}/{path}")
        assert response.status_code == 404


def test_a_list_costs_three_queries(
    people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ha = signed_in(people.ha)
    with django_assert_num_queries(WHO + 3):
        ha.get(USERS)
