"""Rows by the million, made inside the database from one that stands for all."""

from django.db import connection
from django.db.models import Model

POSTGRESQL = {
    "id": "lpad(to_hex(?), 32, '0')::uuid",
    "padded": "lpad((?)::text, 7, '0')",
    "day": "date '2026-01-01' + (?)",
    "moment": "timestamptz '2026-01-01 00:00:00+00' + (?) * interval '1 second'",
}
SQLITE = {
    "id": "printf('%032x', ?)",
    "padded": "printf('%07d', ?)",
    "day": "date('2026-01-01', (?) || ' days')",
    "moment": "datetime('2026-01-01', (?) || ' seconds')",
}


class _Word(str):
    """SQL with a place for a number: `{day:i + 3}` puts the number there, `{day}` the row's own."""

    __slots__ = ()

    def __format__(self, number: str) -> str:
        return self.replace("?", number or "i")


def multiply(template: Model, count: int, **columns: str) -> None:
    """Store `count` rows like the unsaved template, but for some columns.

    Args:
        columns: SQL for a column, in which `i` is the row's number from 1; {id}, {padded}, {day} and
            {moment} make a UUID, seven digits, a day and a moment of it, {id:i / 2} of another number.
    """
    is_postgresql = connection.vendor == "postgresql"
    words = {name: _Word(sql) for name, sql in (POSTGRESQL if is_postgresql else SQLITE).items()}
    fields = [
        field
        for field in template._meta.concrete_fields
        if not field.generated and (field.name in columns or not field.primary_key)
    ]
    chosen = {
        field.name: columns[field.name].format(**words).replace("%", "%%")
        for field in fields
        if field.name in columns
    }
    casts = {field.name: field.db_type(connection) for field in fields}
    values = [
        chosen.get(field.name, f"CAST(%s AS {casts[field.name]})" if is_postgresql else "%s")
        for field in fields
    ]
    given = [
        field.get_db_prep_save(getattr(template, field.attname), connection)
        for field in fields
        if field.name not in chosen
    ]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(template._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) "  # noqa: S608  nothing of it is anybody's input
            f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count}) "
            f"SELECT {', '.join(values)} FROM numbers",
            given,
        )
        cursor.execute("ANALYZE")
