"""The audit log as the database has it, read raw.

A verifier must get over whatever a hand can write: what no model would accept is read as an event without a hash.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db import connection

from inspections.chain import GENESIS, Break, Flaw, Head, Link, event_hash
from inspections.models import AuditEvent, AuditHead
from planner import canonical

#: So many positions are read at a time: enough to be fast, and little memory.
_WINDOW: Final = 2000
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?", re.ASCII)
_EVENTS: Final = AuditEvent._meta.db_table
_HEADS: Final = AuditHead._meta.db_table

_COLUMNS: Final = (
    "id", "at", "actor_id", "action", "object_type", "object_id", "details", "sealed_details",
    "previous", "hash",
)  # fmt: skip
# SQLite takes any bytes in any column. PostgreSQL keeps to types, whose values are written as SQLite has them.
_AS_STORED: Final = {
    "sqlite": ", ".join(f"CAST({name} AS BLOB)" for name in _COLUMNS),
    "postgresql": ", ".join(
        {
            "id": "replace(id::text, '-', '')",
            "actor_id": "replace(actor_id::text, '-', '')",
            # With its era, or a moment before Christ would pass for one after.
            "at": "replace(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USBC'), 'AD', '')",
            "details": "details::text",
        }.get(name, name)
        for name in _COLUMNS
    ),
}
_HEAD_AS_STORED: Final = {
    "sqlite": "CASE typeof(length) WHEN 'integer' THEN length ELSE -1 END, CAST(hash AS BLOB)",
    "postgresql": "length, hash",
}
#: Rows that have a place in the chain at all.
_PLACED: Final = {
    "sqlite": "typeof(position) = 'integer'",
    "postgresql": "position IS NOT NULL",
}


def stored_head() -> Head | None:
    """Return where the chain is said to end, or None when nothing says so."""
    rows = _rows(f"SELECT {_HEAD_AS_STORED[connection.vendor]} FROM {_HEADS}")  # noqa: S608  own names
    if not rows:
        return None
    length, digest = rows[0]
    try:
        return Head(length, _text(digest))
    except ValueError:
        return Head(length, "")


def end_of_chain(head: Head | None) -> int:
    """Return the last position that belongs to the chain: that of the head, unless the head itself is wrong."""
    if head is not None and head.length >= 0:
        stored = _hash_at(head.length)
        if stored in (None, head.hash):
            return head.length
    span = _span("TRUE")
    return span[1] if span else 0


def links(first: int, last: int) -> Iterator[list[Link]]:
    """Yield the events of these positions in their order, a window at a time, each window read by itself."""
    columns, placed = _AS_STORED[connection.vendor], _PLACED[connection.vendor]
    window = (
        f"SELECT position, {columns} FROM {_EVENTS}"  # noqa: S608  own names
        f" WHERE {placed} AND position BETWEEN %s AND %s ORDER BY position"
    )
    start: int | None = first
    while start is not None and start <= last:
        rows = _rows(window, start, min(start + _WINDOW - 1, last))
        yield [_link(row) for row in rows]
        start += _WINDOW
        if not rows:
            span = _span("position BETWEEN %s AND %s", start, last)
            start = span[0] if span else None


def outside(end: int) -> list[Break]:
    """Return what stands outside the positions from 1 to ``end``: events that nobody appended."""
    spans = _span("position < 1"), _span("position > %s", end)
    breaks = [Break(*span, Flaw.INSERTED) for span in spans if span]
    if _rows(f"SELECT 1 FROM {_EVENTS} WHERE NOT ({_PLACED[connection.vendor]}) LIMIT 1"):  # noqa: S608
        breaks.append(Break(0, 0, Flaw.INSERTED))
    return breaks


def _hash_at(position: int) -> str | None:
    if position == 0:
        return GENESIS
    found = [link.stored for window in links(position, position) for link in window]
    return found[0] if found else None


def _span(condition: str, *params: int) -> tuple[int, int] | None:
    """Return the first and the last position that meets a condition."""
    found = _rows(
        f"SELECT min(position), max(position) FROM {_EVENTS}"  # noqa: S608  own names
        f" WHERE {_PLACED[connection.vendor]} AND {condition}",
        *params,
    )
    low, high = found[0]
    return None if low is None else (low, high)


def _rows(statement: str, *params: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _link(row: Sequence[Any]) -> Link:
    position, event_id, at, actor, action, kind, object_id, details, sealed, previous, stored = row
    try:
        return Link(
            position,
            _text(previous),
            _text(stored),
            event_hash(
                action=_text(action),
                actor=None if actor is None else _uuid(_text(actor)),
                at=_moment(_text(at)),
                details=canonical.loads(_text(details).encode()),
                event_id=_uuid(_text(event_id)),
                object_id=_text(object_id),
                object_type=_text(kind),
                position=position,
                previous=_text(previous),
                sealed=None if sealed is None else hashlib.sha256(sealed).hexdigest(),
            ),
        )
    except ValueError:
        return Link(position, "", "", None)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, str):
        return value
    raise ValueError


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _moment(stored: str) -> str:
    found = _MOMENT.fullmatch(stored)
    if found is None:
        raise ValueError
    day, hour, fraction = found.groups(default="")
    return f"{day}T{hour}.{fraction:0<6}+00:00"
