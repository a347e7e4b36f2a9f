"""Keeping the keyring: rotating the sealing key, making and destroying the keys of complainants."""

import dataclasses
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import KeyUnavailable, SealBroken
from inspections.models import Department, Device, Document, KeyringMark, Plan, Visit
from inspections.sealing import (
    COMPLAINANTS,
    SEALING,
    Keyring,
    context,
    key_name,
    keyring,
    new_keyring,
    outdated,
    read_keyring,
    write_keyring,
)
from inspections.services import audit

logger = logging.getLogger("kycuong.keys")

# A year's complaints are scored for at most ten years (`complaint_months`), by default for one.
KEPT_YEARS = 2


def rotate(*, now: datetime) -> int:
    """Put a new sealing key in force and seal everything anew with it; return how many values were sealed.

    The key is in its file before the database says that it is in force, so that at every moment everything opens.
    Killed before that, nothing has happened, and the key waits in the file for the next rotation; killed later,
    it leaves values under both keys, and run again it goes on with the rest under one more. Old keys stay on the
    ring: the audit log's sealed details are part of its chain and are never written again.

    Raises:
        KeyUnavailable: as ``sealing.keyring`` does; nothing is changed.
    """
    with transaction.atomic():
        lying, known = _locked_keyring()
        number = max(known.sealing) + 1
        if number not in lying.sealing:
            sealing = {**lying.sealing, number: secrets.token_bytes(32)}
            lying = dataclasses.replace(lying, sealing=sealing)
            write_keyring(lying, settings.KEY_FILE)
        known = dataclasses.replace(known, sealing={**known.sealing, number: lying.sealing[number]})
        _put_on_record("keys.rotate", known, now, {"key": number})
    return sum(_seal_anew(known, row, fields) for row, fields in _sealed_rows())


def say_at_start() -> None:
    """Say in the log of a process that starts what is wrong with the keyring, before somebody meets it in his work."""
    try:
        keyring()
    except KeyUnavailable as error:
        logger.error("%s [%s]", error, error.code)  # noqa: TRY400  the sentence says all
    except (DatabaseError, InterfaceError):
        logger.warning("the keyring was not compared: the database does not answer")
    finally:
        connection.close()


def _locked_keyring() -> tuple[Keyring, Keyring]:
    """Return the keyring as it lies in its file, and as the database knows it.

    One change of the keyring waits for the other: each writes the whole file, and would lose a key.
    """
    keyring()
    mark = KeyringMark.objects.select_for_update().get()
    lying = read_keyring(settings.KEY_FILE)
    return lying, lying.known_by(mark.checks)


def _put_on_record(action: str, ring: Keyring, now: datetime, details: dict[str, Any]) -> None:
    """Let the database know the keys that are in force from now on."""
    KeyringMark.objects.update(checks=ring.checks())
    if department := Department.objects.first():
        audit.record(actor=None, action=action, obj=department, now=now, details=details)


def replace_lost(*, now: datetime) -> int:
    """Begin with new keys where the keyring is lost for ever; return the number of the new sealing key.

    What the old keys sealed stays shut: a plan that has begun can only be cancelled, and its record says so. The
    database says first what the keys will be: killed before they are written, there is still no keyring, and
    this is done again.

    Raises:
        KeyUnavailable: there is a file in the keyring's place; whoever has a keyring must not lose it by this.
    """
    with transaction.atomic():
        mark = KeyringMark.objects.select_for_update().first()
        if settings.KEY_FILE.exists():
            raise KeyUnavailable(
                _("There is a keyring. Move it away first, if it is truly none of this database."),
                code="keyring_exists",
            )
        sealed = (
            [int(name.removeprefix(SEALING)) for name in mark.checks if name.startswith(SEALING)]
            if mark
            else []
        )
        number = max(sealed, default=0) + 1
        ring = new_keyring(number=number, years=years_ahead(now))
        KeyringMark.objects.get_or_create(defaults={"checks": {}})
        _put_on_record("keys.replace", ring, now, {"key": number})
    write_keyring(ring, settings.KEY_FILE)
    return number


def needed_keys() -> dict[str, bool]:
    """Return the sealing and tagging keys that the database knows, and whether each lies in the file here."""
    mark = KeyringMark.objects.first()
    try:
        here = read_keyring(settings.KEY_FILE).checks()
    except KeyUnavailable:
        here = {}
    return {
        name: here.get(name) == check
        for name, check in sorted(mark.checks.items() if mark else ())
        if not name.startswith(COMPLAINANTS)
    }


def plan_context(plan: Plan, field: str) -> bytes:
    """Return what ties a plan's secret to its row and column."""
    return context(table=f"plan.{field}", row=plan.pk, plan=plan.pk)


def document_context(document: Document) -> bytes:
    """Return what ties a restricted paper to its row."""
    return context(table="document", row=document.pk, plan=document.plan_id)


def _sealed_rows() -> Iterable[tuple[Visit | Plan | Document | Device, dict[str, bytes]]]:
    for visit in Visit.objects.filter(payload__isnull=False):
        yield visit, {"payload": visit.sealing_context()}
    for plan in Plan.objects.filter(secret_one__isnull=False):
        yield plan, {field: plan_context(plan, field) for field in ("secret_one", "secret_two")}
    for document in Document.objects.filter(is_restricted=True):
        yield document, {"content": document_context(document)}
    for device in Device.objects.all():
        yield device, {"key": device.sealing_context()}


def _seal_anew(
    ring: Keyring, row: Visit | Plan | Document | Device, fields: dict[str, bytes]
) -> int:
    changed = 0
    for field, place in fields.items():
        sealed = getattr(row, field)
        if sealed is None or ring.is_current(sealed):
            continue
        try:
            plain = ring.open(sealed, context=place)
        except SealBroken:
            logger.warning("%s %s: %s does not open", row._meta.model_name, row.pk, field)
            continue  # one damaged value must not keep the others under the old key
        anew = ring.seal(plain, context=place)
        rows: models.QuerySet[Any] = type(row).objects.all()
        # Whoever sealed something else meanwhile has the newer value: leave that one.
        changed += rows.filter(pk=row.pk, **{field: bytes(sealed)}).update(**{field: anew})
    return changed


def renew_complainant_keys(*, now: datetime) -> tuple[list[int], list[int]]:
    """Make the keys of this year and the next, destroy those whose window is over; return both lists of years.

    A key is made before it is on record and destroyed after: killed in between, it is made or destroyed by the
    next renewal, and not used until then or any more.

    Raises:
        KeyUnavailable: as ``sealing.keyring`` does, and where the file lacks a key of these years that was made
            (``keyring_outdated``).
    """
    year = timezone.localdate(now).year
    kept = years_ahead(now)
    with transaction.atomic():
        lying, known = _locked_keyring()
        made = [coming for coming in (year, year + 1) if coming not in known.complainants]
        destroyed = sorted(old for old in known.complainants if old not in kept)
        if fresh := [coming for coming in made if coming not in lying.complainants]:
            _require_newest(fresh)
            keys = {coming: secrets.token_bytes(32) for coming in fresh}
            lying = dataclasses.replace(lying, complainants={**lying.complainants, **keys})
            write_keyring(lying, settings.KEY_FILE)
        known = dataclasses.replace(
            known,
            complainants={
                one: key
                for one, key in lying.complainants.items()
                if one in kept and (one in known.complainants or one in made)
            },
        )
        if made or destroyed:
            _put_on_record("keys.renew", known, now, {"made": made, "destroyed": destroyed})
    with transaction.atomic():
        lying, known = _locked_keyring()
        if lying.complainants != known.complainants:
            left = dataclasses.replace(lying, complainants=known.complainants)
            write_keyring(left, settings.KEY_FILE)
    return made, destroyed


def _require_newest(years: list[int]) -> None:
    checks = KeyringMark.objects.get().checks
    if missing := [name for year in years if (name := key_name(COMPLAINANTS, year)) in checks]:
        raise outdated(missing)


def years_ahead(now: datetime) -> range:
    """Return the years for which a new keyring has keys of complainants."""
    year = timezone.localdate(now).year
    return range(year - KEPT_YEARS, year + 2)
