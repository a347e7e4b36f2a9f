"""Writing the audit log and checking that its chain is whole."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from inspections.models.audit import AuditEvent, AuditHead
from inspections.models.users import User
from inspections.sealing import context, keyring
from planner import canonical

GENESIS = "0" * 64


def event_hash(event: AuditEvent) -> str:
    """Return the SHA-256 that chains an event to the one before it."""
    sealed = event.sealed_details
    facts = canonical.dumps(
        {
            "action": event.action,
            "actor": None if event.actor_id is None else str(event.actor_id),
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "details": event.details,
            "id": str(event.id),
            "object": [event.object_type, event.object_id],
            "position": event.position,
            "previous": event.previous,
            "sealed": None if sealed is None else hashlib.sha256(bytes(sealed)).hexdigest(),
        }
    )
    return canonical.sha256_hex(facts)


def record(
    *,
    actor: User | None,
    action: str,
    obj: models.Model,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    sealed: Any = None,
) -> AuditEvent:
    """Append one event about ``obj``, inside the transaction of the change that it tells of."""
    return append(
        actor_id=None if actor is None else actor.pk,
        action=action,
        object_type=obj._meta.model_name or "",
        object_id=str(obj.pk),
        now=now,
        details=details,
        sealed=sealed,
    )


def append(
    *,
    actor_id: UUID | None,
    action: str,
    object_type: str,
    object_id: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    sealed: Any = None,
) -> AuditEvent:
    """Append one event. ``details`` hold ids, codes and counts; what would tell a roster goes to ``sealed``."""
    with transaction.atomic():
        head = _locked_head()
        event = AuditEvent(
            id=uuid4(),
            position=head.length + 1,
            at=now,
            actor_id=actor_id,
            action=action,
            object_type=object_type,
            object_id=object_id,
            details=dict(details or {}),
            previous=head.hash,
        )
        if sealed is not None:
            place = context(table="auditevent", row=event.id, plan=None)
            event.sealed_details = keyring().seal_json(sealed, context=place)
        event.hash = event_hash(event)
        event.save(force_insert=True)
        head.length, head.hash = event.position, event.hash
        head.save(update_fields=["length", "hash"])
    return event


def _locked_head() -> AuditHead:
    """Return the head, locked until the transaction ends (on SQLite IMMEDIATE has locked already)."""
    heads = AuditHead.objects.all()
    if connection.features.has_select_for_update:
        heads = heads.select_for_update()
    head = heads.first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(hash=GENESIS)], ignore_conflicts=True)
        head = heads.get()
    return head


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold."""

    position: int
    reason: str


def verify_chain() -> Iterator[Break]:
    """Yield every place where an event was altered, removed, inserted or cut off by hand."""
    previous, expected = GENESIS, 1
    for event in AuditEvent.objects.order_by("position").iterator(chunk_size=5000):
        if event.position != expected:
            yield Break(position=expected, reason="missing")
        elif event.previous != previous:
            yield Break(position=event.position, reason="unchained")
        if event.hash != event_hash(event):
            yield Break(position=event.position, reason="altered")
        previous, expected = event.hash, event.position + 1
    head = AuditHead.objects.first()
    length, last = (head.length, head.hash) if head else (0, GENESIS)
    if length != expected - 1 or last != previous:
        yield Break(position=max(length, expected - 1), reason="cut off")


def chain_head() -> str:
    """Return the hash at the end of the chain, as printed on commitments."""
    head = AuditHead.objects.first()
    return head.hash if head else GENESIS
