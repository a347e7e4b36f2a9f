"""Machines: a token is shown once, ends, and opens only what its scope names."""

import pytest
from django.test import Client

from inspections.models import ApiToken, Role, TokenScope, User
from tests.api.conftest import Clock, machine, signed_in
from tests.builders import NOW, People, make_token, make_user

pytestmark = pytest.mark.django_db
TOKENS = "/api/v1/tokens/"
UNITS = "/api/v1/units/"


def test_a_token_is_shown_once_and_stored_as_a_hash(people: People) -> None:
    lan = signed_in(people.lan)
    response = lan.post(TOKENS, {"name": "máy trạm", "scope": "read", "days": 30})
    assert response.status_code == 201
    text = response.json()["text"]
    assert machine(text).get(UNITS).status_code == 200
    assert text not in lan.get(TOKENS).text
    assert text not in str(ApiToken.objects.values())


def test_one_sees_and_ends_ones_own_tokens_alone(people: People) -> None:
    token, text = make_token(people.lan, TokenScope.READ)
    ha = signed_in(people.ha)
    assert ha.get(TOKENS).json()["results"] == []
    assert ha.delete(f"{TOKENS}{token.pk}/").status_code == 404
    assert machine(text).get(UNITS).status_code == 200
    assert signed_in(people.lan).delete(f"{TOKENS}{token.pk}/").status_code == 204
    assert machine(text).get(UNITS).status_code == 401


def test_a_token_ends(people: People, moment: Clock) -> None:
    _token, text = make_token(people.lan, TokenScope.READ, days=1)
    moment.pass_by(hours=23)
    assert machine(text).get(UNITS).status_code == 200
    moment.pass_by(hours=1)
    response = machine(text).get(UNITS)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="kycuong"'


@pytest.mark.parametrize("text", ["kc_", "x", "", "kc_" + "a" * 43, "kc_" + "é" * 43])
def test_what_is_no_token_opens_nothing(people: People, text: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.get(UNITS, headers={"authorization": f"Bearer {text}"})
    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")


def test_a_wrong_token_is_not_saved_by_a_session(people: People) -> None:
    lan = signed_in(people.lan)
    assert lan.get(UNITS, headers={"authorization": "Bearer kc_x"}).status_code == 401


def test_the_token_of_a_closed_account_opens_nothing(people: People) -> None:
    _token, text = make_token(people.lan, TokenScope.READ)
    User.objects.filter(pk=people.lan.pk).update(is_active=False)
    assert machine(text).get(UNITS).status_code == 401


def test_a_token_loses_what_its_person_loses() -> None:
    ha = make_user("Hà", Role.TECHNICAL_ADMIN)
    _token, text = make_token(ha, TokenScope.READ)
    ha.grants.update(ended_at=NOW)
    response = machine(text).get(UNITS)
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("scope", TokenScope)
def test_a_machine_does_not_write_reference_data(people: People, scope: TokenScope) -> None:
    _token, text = make_token(people.lan, scope)
    unit = {"code": "X01", "name": "Xã Tân Hồng", "kind": "commune"}
    response = machine(text).post(UNITS, unit)
    assert (response.status_code, response.json()["code"]) == (403, "scope_not_enough")


def test_a_token_waits_for_its_persons_new_password(people: People) -> None:
    _token, text = make_token(people.lan, TokenScope.READ)
    User.objects.filter(pk=people.lan.pk).update(must_change_password=True)
    assert machine(text).get(UNITS).json()["code"] == "password_change_required"


@pytest.mark.parametrize("days", [0, 366, True, "30"])
def test_a_token_lasts_a_year_at_most(people: People, days: object) -> None:
    response = signed_in(people.lan).post(
        TOKENS, {"name": "máy trạm", "scope": "read", "days": days}
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "days"
