"""Writing the audit log and checking that its chain is whole."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from inspections import chain
from inspections.chain import GENESIS, Break, Head, Walk
from inspections.models.audit import AuditEvent, AuditHead
from inspections.models.users import User
from inspections.queries import audit_log
from inspections.sealing import context, keyring

#: Is told how many of how many events were checked.
Watch = Callable[[int, int], None]


def event_hash(event: AuditEvent) -> str:
    """Return the SHA-256 that chains an event to the one before it."""
    sealed = event.sealed_details
    return chain.event_hash(
        action=event.action,
        actor=None if event.actor_id is None else str(event.actor_id),
        at=event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        details=event.details,
        event_id=str(event.id),
        object_id=event.object_id,
        object_type=event.object_type,
        position=event.position,
        previous=event.previous,
        sealed=None if sealed is None else hashlib.sha256(sealed).hexdigest(),
    )


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
        last = _locked_head()
        event = AuditEvent(
            id=uuid4(),
            position=last.length + 1,
            at=now,
            actor_id=actor_id,
            action=action,
            object_type=object_type,
            object_id=object_id,
            details=dict(details or {}),
            previous=last.hash,
        )
        if sealed is not None:
            place = context(table="auditevent", row=event.id, plan=None)
            event.sealed_details = keyring().seal_json(sealed, context=place)
        event.hash = event_hash(event)
        event.save(force_insert=True)
        last.length, last.hash = event.position, event.hash
        last.save(update_fields=["length", "hash"])
    return event


def _locked_head() -> AuditHead:
    """Return the head, locked until the transaction ends (on SQLite IMMEDIATE has locked already)."""
    heads = AuditHead.objects.all()
    if connection.features.has_select_for_update:
        heads = heads.select_for_update()
    found = heads.first()
    if found is None:
        AuditHead.objects.bulk_create([AuditHead(hash=GENESIS)], ignore_conflicts=True)
        found = heads.get()
    return found


def verify_chain(watch: Watch | None = None) -> Iterator[Break]:
    """Yield every place where an event was altered, removed, inserted or cut off by hand.

    Events may be appended meanwhile and are checked too; nothing is locked and no transaction stays open.
    """
    walk, told = Walk(), audit_log.stored_head()
    while True:
        end = audit_log.end_of_chain(told)
        for links in audit_log.links(walk.reached + 1, end):
            for link in links:
                yield from walk.follow(link)
            if watch is not None:
                watch(walk.reached, end)
        outside = audit_log.outside(end)
        # Whoever appends moves the head: while it stands still, nothing outside was appended.
        if (newest := audit_log.stored_head()) == told:
            break
        told = newest
    yield from outside
    yield from walk.end(told)


def head() -> Head:
    """Return where the chain is said to end."""
    return audit_log.stored_head() or Head(0, GENESIS)


def chain_head() -> str:
    """Return the hash at the end of the chain, as printed on commitments."""
    return head().hash


def length_at(printed: str) -> int | None:
    """Return how many events the chain had when its head was ``printed``; None if it never had that head."""
    if printed == GENESIS:
        return 0
    return AuditEvent.objects.filter(hash=printed).values_list("position", flat=True).first()
