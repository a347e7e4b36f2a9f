"""What ``bench.audit_chain`` measures, in a process with Django set up."""

import hashlib
import json
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import django
from django.core.management import call_command
from django.db import connection, transaction

from bench.figures import peak_memory
from inspections.chain import GENESIS, event_hash
from inspections.models import AuditEvent, AuditHead
from inspections.services.audit import verify_chain
from planner.canonical import JSON

BEGIN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
BATCH = 5_000
ACTIONS = ("roster.read", "visit.release", "load.upload", "plan.freeze", "denied")
COLUMNS = (
    "position", "id", "at", "actor_id", "action", "object_type", "object_id", "details",
    "sealed_details", "previous", "hash",
)  # fmt: skip


def main(count: int) -> None:
    """Make the events, check them both ways, and print what was measured."""
    call_command("migrate", verbosity=0)
    made = timed(lambda: make(count))
    ours = timed(check)
    peer = timed(plain)
    version = ".".join(map(str, connection.get_database_version()))
    print(
        f"Python {platform.python_version()}, Django {django.__version__}, {os.cpu_count()} cores"
    )
    print(f"{connection.display_name} {version}, {count:,} events, {size():,.0f} MB")
    print(f"made in {made.seconds:.1f} s; {os.getloadavg()[0]:.1f} processes want to run now")
    for name, cost in {"values_list, plain chaining": peer, "verify_chain": ours}.items():
        print(
            f"{name:28} {cost.seconds:7.1f} s {count / cost.seconds:10,.0f} events/s"
            f" {cost.processor:6.1f} s of processor {cost.memory:4.0f} MB more"
        )
    print(
        f"{'':28} {ours.seconds / peer.seconds:7.2f} times the peer's time,"
        f" {ours.processor / peer.processor:.2f} by processor"
    )


class Cost(NamedTuple):
    """What a piece of work took; ``memory`` is by how many MB the peak rose."""

    seconds: float
    processor: float
    memory: float


def timed(work: Callable[[], None]) -> Cost:
    """Do the work and return its cost in this process."""
    memory, processor, start = peak_memory(), time.process_time(), time.perf_counter()
    work()
    return Cost(
        time.perf_counter() - start, time.process_time() - processor, peak_memory() - memory
    )


def size() -> float:
    """Return the megabytes that the log takes in the database, with its indexes."""
    statement = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        "postgresql": "SELECT pg_total_relation_size('inspections_auditevent')",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return float(cursor.fetchone()[0]) / 2**20


def make(count: int) -> None:
    """Write a log that holds, as ``append`` does one by one, in bulk."""
    assert not AuditEvent.objects.exists(), "the database is not empty"
    places = ", ".join(["%s"] * len(COLUMNS))
    insert = f"INSERT INTO inspections_auditevent ({', '.join(COLUMNS)}) VALUES ({places})"  # noqa: S608
    rng, last = random.Random(2026), GENESIS
    for first in range(1, count + 1, BATCH):
        rows = list(chained(first, min(first + BATCH, count + 1), last, rng))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, rows)
        last = rows[-1][-1]
    AuditHead.objects.create(length=count, hash=last)


def chained(first: int, end: int, previous: str, rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Yield rows that differ as real ones do: most with details, few sealed."""
    for position in range(first, end):
        event_id, object_id = (UUID(int=rng.getrandbits(128), version=4) for _ in range(2))
        actor = UUID(int=position % 40, version=4).hex if position % 5 else None
        at = BEGIN + timedelta(seconds=position, microseconds=position * 7919 % 1_000_000)
        action = ACTIONS[position % len(ACTIONS)]
        details: JSON = {"serial": position % 24, "sha256": previous} if position % 3 else {}
        sealed = previous.encode() * 4 if position % 50 == 0 else None
        digest = event_hash(
            action=action,
            actor=actor and str(UUID(actor)),
            at=at.isoformat(timespec="microseconds"),
            details=details,
            event_id=str(event_id),
            object_id=str(object_id),
            object_type="visit",
            position=position,
            previous=previous,
            sealed=None if sealed is None else hashlib.sha256(sealed).hexdigest(),
        )
        yield (
            position, event_id.hex, f"{at:%Y-%m-%d %H:%M:%S.%f}", actor, action, "visit",
            str(object_id), json.dumps(details), sealed, previous, digest,
        )  # fmt: skip
        previous = digest


def check() -> None:
    """Check the chain as the product does."""
    assert not list(verify_chain())


def plain() -> None:
    """Chain SHA-256 over the rows as Django hands them out."""
    digest = b""
    rows = AuditEvent.objects.order_by("position").values_list(*COLUMNS)
    for row in rows.iterator(chunk_size=2000):
        digest = hashlib.sha256(digest + repr(row).encode()).digest()
