"""The whole database as plain values, for tests that compare it before and after, or here and there."""

from collections.abc import Callable

import pytest
from django.db import connection

from inspections.errors import DomainError

Row = dict[str, object]
Database = dict[str, list[Row]]


def contents() -> Database:
    """Return every table with every column, rows in the order of their first column, which is the id.

    Bytes stay bytes; everything else is what the database driver returns.
    """
    quote = connection.ops.quote_name
    found: Database = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {quote(table)} ORDER BY 1")  # noqa: S608  own tables
            names = [column[0] for column in cursor.description]
            found[table] = [
                {name: _plain(value) for name, value in zip(names, row, strict=True)}
                for row in cursor.fetchall()
            ]
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def refused(call: Callable[[], object], *, but: str | None = None) -> DomainError:
    """Return the error that a call raises, and see that the database stayed as it was.

    ``but`` is the action of the one event that the refusal itself leaves behind, if it leaves any.
    """
    before = contents()
    with pytest.raises(DomainError) as caught:
        call()
    after = contents()
    if but is not None:
        events = after["inspections_auditevent"]
        (event,) = [event for event in events if event not in before["inspections_auditevent"]]
        assert event["action"] == but
        events.remove(event)
        del before["inspections_audithead"], after["inspections_audithead"]
    assert after == before
    return caught.value
