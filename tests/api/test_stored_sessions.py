"""Whoever reads the database does not thereby sit at somebody's desk."""

import pytest
from django.contrib.sessions.models import Session

from tests.api.conftest import signed_in
from tests.builders import make_people

pytestmark = pytest.mark.django_db


def test_the_stored_key_of_a_session_is_not_its_cookie() -> None:
    client = signed_in(make_people().lan)
    cookie = client.cookies["sessionid"].value
    stored = Session.objects.get().session_key
    assert cookie != stored

    assert client.get("/api/v1/units/").status_code == 200
    client.cookies["sessionid"] = stored
    assert client.get("/api/v1/units/").status_code == 401


def test_signing_out_removes_the_stored_session() -> None:
    client = signed_in(make_people().lan)
    client.logout()
    assert not Session.objects.exists()
