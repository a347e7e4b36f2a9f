"""Signing in, being throttled, and the password that must change first."""

from typing import Any

import pytest
from django.test import Client

from inspections.models import Role, User
from tests.api.conftest import Clock, signed_in
from tests.builders import PASSWORD, make_user

pytestmark = pytest.mark.django_db
SESSION = "/api/v1/session/"
CHANGE = "/api/v1/session/password/"
UNITS = "/api/v1/units/"


@pytest.fixture
def lan() -> User:
    return make_user("Lan", Role.PLANNER, password=PASSWORD)


@pytest.fixture
def visitor() -> Client:
    """A browser that has to send its CSRF token as all do."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


def token_of(client: Client) -> str:
    return str(client.get(SESSION).json()["csrf_token"])


def sign_in(client: Client, password: str = PASSWORD, username: str = "lan") -> Any:
    return client.post(
        SESSION,
        {"username": username, "password": password},
        content_type="application/json",
        headers={"x-csrftoken": token_of(client)},
    )


def test_a_stranger_learns_that_he_is_one_and_gets_a_token(visitor: Client) -> None:
    answer = visitor.get(SESSION).json()
    assert answer["user"] is None
    assert answer["csrf_token"]


def test_signing_in_tells_who_one_is(visitor: Client, lan: User) -> None:
    response = sign_in(visitor)
    assert response.status_code == 200
    assert response.json()["user"] == {
        "id": str(lan.pk),
        "username": "lan",
        "full_name": "Lan",
        "roles": ["planner"],
        "must_change_password": False,
        "account_closed": False,
    }
    assert visitor.get(UNITS).status_code == 200
    assert response.headers["Cache-Control"] == "no-store"


def test_signing_out_ends_the_session(visitor: Client, lan: User) -> None:
    sign_in(visitor)
    response = visitor.delete(SESSION, headers={"x-csrftoken": token_of(visitor)})
    assert response.status_code == 204
    assert visitor.get(UNITS).status_code == 401


@pytest.mark.parametrize(("username", "password"), [("lan", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_are_one_answer(
    visitor: Client, lan: User, username: str, password: str
) -> None:
    response = sign_in(visitor, password, username)
    assert response.status_code == 401
    assert response.json()["code"] == "wrong_credentials"


def test_an_account_that_was_closed_does_not_sign_in(visitor: Client, lan: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(visitor).json()["code"] == "wrong_credentials"


def test_closing_an_account_ends_its_sessions(lan: User) -> None:
    client = signed_in(lan)
    assert client.get(UNITS).status_code == 200
    User.objects.update(is_active=False)
    assert client.get(UNITS).status_code == 401


def test_signing_in_needs_the_token_too(visitor: Client, lan: User) -> None:
    response = visitor.post(
        SESSION, {"username": "lan", "password": PASSWORD}, content_type="application/json"
    )
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


def test_a_write_without_the_token_has_a_code_of_its_own_and_can_be_repeated(
    visitor: Client, lan: User
) -> None:
    sign_in(visitor)
    unit = {"code": "X01", "name": "Xã Tân Hồng", "kind": "commune"}
    first = visitor.post(UNITS, unit, content_type="application/json")
    assert (first.status_code, first.json()["code"]) == (403, "csrf_failed")
    again = visitor.post(
        UNITS,
        unit,
        content_type="application/json",
        headers={"x-csrftoken": token_of(visitor)},
    )
    assert again.status_code == 201


def test_six_wrong_passwords_lock_the_name_at_that_address_and_nowhere_else(
    visitor: Client, lan: User
) -> None:
    answers = [sign_in(visitor, "wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429, 429]
    locked = sign_in(visitor)
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
    assert locked.headers["Retry-After"] == "900"
    assert locked.headers["Content-Type"] == "application/problem+json"
    elsewhere = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.0.0.7")
    assert sign_in(elsewhere).status_code == 200


def test_a_password_of_somebody_elses_making_opens_only_its_own_change(
    visitor: Client, lan: User
) -> None:
    User.objects.update(must_change_password=True)
    sign_in(visitor)
    refused = visitor.get(UNITS)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    changed = visitor.post(
        CHANGE,
        {"old_password": PASSWORD, "new_password": "một câu dài và riêng"},
        content_type="application/json",
        headers={"x-csrftoken": token_of(visitor)},
    )
    assert changed.status_code == 204
    assert visitor.get(UNITS).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", "một câu dài và riêng", "old_password"), (PASSWORD, "ngắn", "new_password")],
)
def test_a_change_of_password_that_cannot_be_names_its_field(
    lan: User, old: str, new: str, field: str
) -> None:
    response = signed_in(lan).post(CHANGE, {"old_password": old, "new_password": new})
    assert response.status_code == 422
    assert response.json()["params"] == {"field": field}
    lan.refresh_from_db()
    assert lan.check_password(PASSWORD)


def test_wrong_old_passwords_lock_the_name_at_that_address_as_wrong_sign_ins_do(
    visitor: Client, lan: User
) -> None:
    client = signed_in(lan)
    guesses = [
        client.post(CHANGE, {"old_password": f"đoán {guess}", "new_password": "một câu dài"})
        for guess in range(6)
    ]
    assert [guess.status_code for guess in guesses] == [422, 422, 422, 422, 429, 429]
    assert guesses[-1].json()["code"] == "too_many_attempts"
    assert guesses[-1].headers["Retry-After"] == "900"

    right = client.post(CHANGE, {"old_password": PASSWORD, "new_password": "một câu dài và riêng"})
    assert right.status_code == 429
    lan.refresh_from_db()
    assert lan.check_password(PASSWORD), "who is locked out changes nothing"
    assert sign_in(visitor).status_code == 429
    assert client.get(UNITS).status_code == 200, "the session itself goes on"


def test_a_change_of_password_ends_the_other_sessions(lan: User) -> None:
    here, there = signed_in(lan), signed_in(lan)
    here.post(CHANGE, {"old_password": PASSWORD, "new_password": "một câu dài và riêng"})
    assert here.get(UNITS).status_code == 200
    assert there.get(UNITS).status_code == 401


def test_a_password_is_taken_as_it_is(lan: User, moment: Clock) -> None:
    new = "  dấu cách ở hai đầu  "
    signed_in(lan).post(CHANGE, {"old_password": PASSWORD, "new_password": new})
    lan.refresh_from_db()
    assert lan.check_password(new)
