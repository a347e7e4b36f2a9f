"""Tablets over HTTP: the key is answered once and never again."""

import base64

import pytest

from tests.api.conftest import signed_in
from tests.builders import People

pytestmark = pytest.mark.django_db
DEVICES = "/api/v1/devices/"


def test_a_tablet_is_enrolled_and_revoked(people: People) -> None:
    ha = signed_in(people.ha)
    enrolled = ha.post(DEVICES, {"name": "Máy 1"})
    assert enrolled.status_code == 201, enrolled.text
    device = enrolled.json()["device"]
    assert len(base64.b64decode(enrolled.json()["key"])) == 32
    assert "key" not in ha.get(f"{DEVICES}{device['id']}/").json()
    revoked = ha.post(f"{DEVICES}{device['id']}/revoke/", headers={"if-match": '"1"'})
    assert revoked.json()["revoked_by"]["full_name"] == people.ha.full_name
    assert len(signed_in(people.lan).get(DEVICES).json()["results"]) == 1


def test_a_name_is_needed(people: People) -> None:
    assert signed_in(people.ha).post(DEVICES, {"name": " "}).status_code == 400
