"""Tablets: enrolled with a key that is shown once, and revoked."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, SealBroken, VersionConflict, WrongState
from inspections.models import Device, Role, User
from inspections.sealing import keyring
from inspections.services import audit

KEY_BYTES: Final = 32
_LABEL: Final = b"kycuong/submission\x00"


def enrol(
    *,
    actor: User,
    name: str,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the API's name
) -> tuple[Device, bytes]:
    """Enrol a tablet and return it with its key, which is shown this once.

    Raises:
        WrongState: the id is taken. The key is not shown again: enrol under another id.
    """
    policies.require(actor, Role.TECHNICAL_ADMIN)
    name = text.nfc(name).strip()
    if not name:
        raise InvalidInput(_("This field is needed."), field="name")
    key = secrets.token_bytes(KEY_BYTES)
    device = Device(id=id or uuid4(), name=name, enrolled_by=actor, enrolled_at=now)
    device.key = keyring().seal(key, context=device.sealing_context())
    try:
        with transaction.atomic():
            device.save(force_insert=True)
            audit.record(actor=actor, action="device.enrol", obj=device, now=now)
    except IntegrityError:
        raise WrongState(_("Something else was made under this id."), code="id_taken") from None
    return device, key


def revoke(*, actor: User, device: Device, version: int, now: datetime) -> Device:
    """Revoke a tablet that is lost or handed back. What it still sends is received, and set aside."""
    policies.require(actor, Role.TECHNICAL_ADMIN)
    with transaction.atomic():
        changed = Device.objects.filter(pk=device.pk, version=version, revoked_at=None).update(
            version=F("version") + 1, revoked_by=actor, revoked_at=now
        )
        device.refresh_from_db()
        if not changed:
            if device.revoked_at is not None:
                raise WrongState(_("This device is revoked already."))
            raise VersionConflict
        audit.record(actor=actor, action="device.revoke", obj=device, now=now)
    return device


def proof(key: bytes, sha256: str) -> str:
    """Return what proves that the holder of a device's key sends a body: HMAC-SHA256, 64 hex digits."""
    return hmac.new(key, _LABEL + bytes.fromhex(sha256), hashlib.sha256).hexdigest()


def is_proven(device: Device, sha256: str, given: str | None) -> bool:
    """Tell whether the proof that came with a body is the device's; a key that no longer opens proves nothing."""
    try:
        key = keyring().open(device.key, context=device.sealing_context())
    except SealBroken:
        return False
    expected = proof(key, sha256).encode()
    return given is not None and hmac.compare_digest(expected, given.encode())
