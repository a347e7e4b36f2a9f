"""Tablets: enrolled with a key that is shown once, and revoked once."""

from uuid import uuid4

import pytest

from inspections.errors import InvalidInput, NotAllowed, VersionConflict, WrongState
from inspections.models import Device
from inspections.services import devices, keys
from tests.builders import NOW, People, make_people

pytestmark = pytest.mark.django_db
DIGEST = "ab" * 32


@pytest.fixture
def people() -> People:
    return make_people()


def test_the_key_of_a_device_is_sealed_and_proves_its_holder(people: People) -> None:
    device, key = devices.enrol(actor=people.ha, name=" Máy 1 ", now=NOW)
    assert (device.name, len(key)) == ("Máy 1", 32)
    assert key not in bytes(device.key)
    assert devices.is_proven(device, DIGEST, devices.proof(key, DIGEST))
    assert not devices.is_proven(device, DIGEST, devices.proof(b"x" * 32, DIGEST))
    assert not devices.is_proven(device, DIGEST, None)


def test_the_proof_is_what_openssl_computes() -> None:
    assert devices.proof(bytes(32), "00" * 32) == (
        "3ee14ac560b30c6633bdf4d0260db13783b2c886e4dc267f71644e7622fe98d6"
    )


def test_the_key_survives_a_rotation(people: People) -> None:
    device, key = devices.enrol(actor=people.ha, name="Máy 1", now=NOW)
    before = bytes(device.key)
    keys.rotate(now=NOW)
    device.refresh_from_db()
    assert bytes(device.key) != before
    assert devices.is_proven(device, DIGEST, devices.proof(key, DIGEST))


def test_a_key_that_no_longer_opens_proves_nothing(people: People) -> None:
    device, key = devices.enrol(actor=people.ha, name="Máy 1", now=NOW)
    device.key = bytes(len(device.key))
    assert not devices.is_proven(device, DIGEST, devices.proof(key, DIGEST))


def test_a_key_is_not_shown_again(people: People) -> None:
    under = uuid4()
    devices.enrol(actor=people.ha, name="Máy 1", now=NOW, id=under)
    with pytest.raises(WrongState):
        devices.enrol(actor=people.ha, name="Máy 1", now=NOW, id=under)
    assert Device.objects.count() == 1


def test_a_device_is_revoked_once(people: People) -> None:
    device, _key = devices.enrol(actor=people.ha, name="Máy 1", now=NOW)
    with pytest.raises(VersionConflict):
        devices.revoke(actor=people.ha, device=device, version=2, now=NOW)
    devices.revoke(actor=people.ha, device=device, version=1, now=NOW)
    assert device.revoked_by == people.ha
    with pytest.raises(WrongState):
        devices.revoke(actor=people.ha, device=device, version=2, now=NOW)


def test_devices_are_the_technical_administrators(people: People) -> None:
    with pytest.raises(NotAllowed):
        devices.enrol(actor=people.lan, name="Máy 1", now=NOW)
    with pytest.raises(InvalidInput):
        devices.enrol(actor=people.ha, name="  ", now=NOW)
