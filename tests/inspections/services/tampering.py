"""A hand in the audit log: every way to change it by SQL, and what must be said about it.

Each function changes the log past the product and returns the breaks that a check must name: no more, no fewer.
"""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import connection

from inspections.chain import Break, Flaw
from inspections.models import AuditEvent, User
from inspections.services import audit
from tests.builders import NOW

Expected = list[Break]
SPACE: Final = UUID("6a2f41a3-c54c-4ba7-a0a5-6d1c2d3a0001")
#: A column, and a value that no event of ``write`` has there. "position" is moved in ways of its own.
OTHER: Final[Mapping[str, object]] = {
    "id": uuid5(SPACE, "other").hex,
    "at": "2027-01-01 00:00:00",
    "actor_id": uuid5(SPACE, "somebody").hex,
    "action": "test.other",
    "object_type": "visit",
    "object_id": "other",
    "details": '{"number": 99}',
    "sealed_details": b"other",
    "previous": "a" * 64,
    "hash": "b" * 64,
}


def write(lan: User, count: int) -> list[AuditEvent]:
    """Append events that differ in everything: with and without actor, sealed details, a fraction of a second."""
    return [
        audit.record(
            actor=lan if number % 2 else None,
            action=f"test.{number}",
            obj=lan,
            now=NOW + timedelta(seconds=number, microseconds=number % 3 * 250_000),
            details={"number": number, "unit": "Xã Mỹ Hòa"} if number % 4 else None,
            sealed={"unit": "Sa Đéc"} if number % 3 == 2 else None,
        )
        for number in range(1, count + 1)
    ]


def sql(statement: str, *params: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def one(position: int, reason: Flaw) -> Break:
    return Break(position, position, reason)


def alter(column: str, position: int, value: object) -> Expected:
    """Change one column of one event."""
    update = f"UPDATE inspections_auditevent SET {column} = %s WHERE position = %s"  # noqa: S608
    sql(update, value, position)
    return [one(position, Flaw.ALTERED)]


def move(position: int, to: int, length: int) -> Expected:
    """Give an event a position outside of the log."""
    sql("UPDATE inspections_auditevent SET position = %s WHERE position = %s", to, position)
    gone = Flaw.CUT_OFF if position == length else Flaw.MISSING
    return [one(position, gone), one(to, Flaw.INSERTED)]


def remove(position: int, length: int) -> Expected:
    """Delete an event."""
    sql("DELETE FROM inspections_auditevent WHERE position = %s", position)
    return [one(position, Flaw.CUT_OFF if position == length else Flaw.MISSING)]


def swap(first: int, second: int) -> Expected:
    """Let two events change places."""
    for before, after in ((first, -1), (second, first), (-1, second)):
        sql("UPDATE inspections_auditevent SET position = %s WHERE position = %s", after, before)
    return [one(first, Flaw.ALTERED), one(second, Flaw.ALTERED)]


def insert(position: int, previous: str) -> Expected:
    """Write an event of one's own that agrees with its own hash."""
    forged = AuditEvent(
        id=uuid5(SPACE, "forged"),
        position=position,
        at=NOW,
        action="test.forged",
        object_type="user",
        object_id="x",
        previous=previous,
    )
    sql(
        "INSERT INTO inspections_auditevent"
        " (id, position, at, action, object_type, object_id, details, previous, hash)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        forged.id.hex, position, f"{NOW.astimezone(UTC):%Y-%m-%d %H:%M:%S}", forged.action,
        forged.object_type, forged.object_id, "{}", previous, audit.event_hash(forged),
    )  # fmt: skip
    return [one(position, Flaw.INSERTED)]


def replace(position: int, changes: Mapping[str, Any], length: int) -> Expected:
    """Change an event and give it the hash that fits."""
    event = AuditEvent.objects.get(position=position)
    for field, value in changes.items():
        setattr(event, field, value)
    columns = ("action", "previous")
    sql(
        "UPDATE inspections_auditevent SET action = %s, previous = %s, hash = %s WHERE position = %s",
        *(getattr(event, column) for column in columns), audit.event_hash(event), position,
    )  # fmt: skip
    # A last event that was replaced, and a head that was, look the same unless the link before it broke too.
    is_told_by_head = position == length and "previous" not in changes
    return [one(position, Flaw.HEAD if is_told_by_head else Flaw.REPLACED)]


def truncate(keep: int, length: int) -> Expected:
    """Delete the end of the log."""
    sql("DELETE FROM inspections_auditevent WHERE position > %s", keep)
    return [Break(keep + 1, length, Flaw.CUT_OFF)]


def truncate_with_head(keep: int, *, to: str | None) -> Expected:
    """Delete the end of the log and shorten the head too; ``to`` is the hash that it is given, if any."""
    sql("DELETE FROM inspections_auditevent WHERE position > %s", keep)
    sql("UPDATE inspections_audithead SET length = %s", keep)
    if to is not None:
        sql("UPDATE inspections_audithead SET hash = %s", to)
        return []  # nothing is left that could tell: see the printed heads
    return [one(keep, Flaw.HEAD)]


def alter_head(reached: int, **columns: object) -> Expected:
    """Change the head."""
    for column, value in columns.items():
        sql(f"UPDATE inspections_audithead SET {column} = %s", value)  # noqa: S608
    return [one(reached, Flaw.HEAD)]


def remove_head(length: int) -> Expected:
    """Delete the head."""
    sql("DELETE FROM inspections_audithead")
    return [one(length, Flaw.NO_HEAD)]


def rewrite(start: int, length: int) -> Expected:
    """Write everything from an event on anew, the head too, as somebody does who has the database in hand."""
    previous = AuditEvent.objects.get(position=start - 1).hash if start > 1 else audit.GENESIS
    for position in range(start, length + 1):
        event = AuditEvent.objects.get(position=position)
        event.previous, event.action = previous, "test.rewritten"
        event.hash = previous = audit.event_hash(event)
        event.save()
    sql("UPDATE inspections_audithead SET hash = %s", previous)
    return []
