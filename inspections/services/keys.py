"""Keeping the keyring: rotating the sealing key, making and destroying the keys of complainants."""

import dataclasses
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from inspections.models import Department, Document, Plan, Visit
from inspections.sealing import context, keyring, read_keyring, write_keyring
from inspections.services import audit

# A year's complaints are scored for at most ten years (`complaint_months`), by default for one.
KEPT_YEARS = 2


def rotate(*, now: datetime) -> int:
    """Add a new sealing key and seal everything anew with it; return how many values were sealed.

    Killed half-way it leaves values under both keys, which all open; run again it goes on with the rest under
    one more key. Old keys stay on the ring: the audit log's sealed details are part of its chain
    and are never written again.
    """
    with transaction.atomic():
        department = _locked_department()
        ring = read_keyring(settings.KEY_FILE)
        number = max(ring.sealing) + 1
        sealing = {**ring.sealing, number: secrets.token_bytes(32)}
        write_keyring(dataclasses.replace(ring, sealing=sealing), settings.KEY_FILE)
        if department is not None:
            audit.record(
                actor=None, action="keys.rotate", obj=department, now=now, details={"key": number}
            )
    return sum(_seal_anew(row, fields) for row, fields in _sealed_rows())


def _locked_department() -> Department | None:
    """Let one change of the keyring wait for the other: each writes the whole file, and would lose a key."""
    return Department.objects.select_for_update().first()


def plan_context(plan: Plan, field: str) -> bytes:
    """Return what ties a plan's secret to its row and column."""
    return context(table=f"plan.{field}", row=plan.pk, plan=plan.pk)


def document_context(document: Document) -> bytes:
    """Return what ties a restricted paper to its row."""
    return context(table="document", row=document.pk, plan=document.plan_id)


def _sealed_rows() -> Iterable[tuple[Visit | Plan | Document, dict[str, bytes]]]:
    for visit in Visit.objects.filter(payload__isnull=False):
        yield visit, {"payload": visit.sealing_context()}
    for plan in Plan.objects.filter(secret_one__isnull=False):
        yield plan, {field: plan_context(plan, field) for field in ("secret_one", "secret_two")}
    for document in Document.objects.filter(is_restricted=True):
        yield document, {"content": document_context(document)}


def _seal_anew(row: Visit | Plan | Document, fields: dict[str, bytes]) -> int:
    ring = keyring()
    changed = 0
    for field, place in fields.items():
        sealed = getattr(row, field)
        if sealed is None or ring.is_current(sealed):
            continue
        anew = ring.seal(ring.open(sealed, context=place), context=place)
        rows: models.QuerySet[Any] = type(row).objects.all()
        # Whoever sealed something else meanwhile has the newer value: leave that one.
        changed += rows.filter(pk=row.pk, **{field: bytes(sealed)}).update(**{field: anew})
    return changed


def renew_complainant_keys(*, now: datetime) -> tuple[list[int], list[int]]:
    """Make the keys of this year and the next, destroy those whose window is over; return both lists of years."""
    year = timezone.localdate(now).year
    wanted = range(year - KEPT_YEARS, year + 2)
    with transaction.atomic():
        department = _locked_department()
        ring = read_keyring(settings.KEY_FILE)
        made = [wanted for wanted in (year, year + 1) if wanted not in ring.complainants]
        destroyed = sorted(old for old in ring.complainants if old not in wanted)
        if made or destroyed:
            keys = {year: key for year, key in ring.complainants.items() if year in wanted}
            keys |= {year: secrets.token_bytes(32) for year in made}
            write_keyring(dataclasses.replace(ring, complainants=keys), settings.KEY_FILE)
            if department is not None:
                audit.record(
                    actor=None,
                    action="keys.renew",
                    obj=department,
                    now=now,
                    details={"made": made, "destroyed": destroyed},
                )
    return made, destroyed
