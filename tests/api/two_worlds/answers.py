"""What comes back, as far as anybody could look: answer, queries, what was written, what was logged."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from psycopg import Binary
from psycopg.types.json import Json, Jsonb
from rest_framework.test import APIClient

from tests.api.two_worlds.bodies import JSON
from tests.api.two_worlds.cases import PAGES, Case
from tests.api.two_worlds.disk import Disk
from tests.api.two_worlds.stillness import Stillness

#: What differs between two runs whatever the worlds are, and why.
MASKED = {
    # Django names savepoints after the thread, and counts them through the life of a connection.
    re.compile(r'"?s\d+_x\d+"?'): "‹savepoint›",
}
WRITES = ("INSERT", "UPDATE", "DELETE")
#: A statement that writes, with its values.
Statement = tuple[str, tuple[object, ...]]
TAGS = re.compile(r'INSERT INTO "inspections_visittag" \((?P<columns>[^)]*)\)')


@dataclass(frozen=True)
class Answer:
    """What one request led to."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    queries: tuple[str, ...]
    written: tuple[Statement, ...]
    logged: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A question that tells two worlds apart, and by what."""

    asker: str
    case: Case
    part: str
    here: Any
    there: Any

    def __str__(self) -> str:
        return f"{self.asker}: {self.case}\n  {self.part}: {_short(self.here, self.there)}"


def _short(here: Any, there: Any) -> str:
    """Return the place at which two values part."""
    if isinstance(here, tuple):
        if len(here) != len(there):
            return f"{len(here)} and {len(there)}"
        return next(_short(a, b) for a, b in zip(here, there, strict=True) if a != b)
    a, b = str(here), str(there)
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    begin = max(0, start - 40)
    return f"{a[begin : start + 80]!r} and {b[begin : start + 80]!r}"


class Observer(logging.Handler):
    """Notes what a request makes the database and the log do."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[str] = []
        self.written: list[Statement] = []
        self.logged: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(masked(f"{record.name} {record.levelname} {self.format(record)}"))

    def query(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Note a statement; of one that writes, the values too."""
        self.queries.append(masked(sql))
        if sql.lstrip().upper().startswith(WRITES):
            self.written.append((sql, tuple(map(_plain, params or ()))))
        return execute(sql, params, many, context)


def _plain(param: object) -> object:
    """Return a parameter that equals another of the same content, which psycopg's wrappers do not."""
    if isinstance(param, Binary | Json | Jsonb):
        return _plain(param.obj)
    if isinstance(param, list):  # a column of many rows at once
        return [_plain(one) for one in param]
    return bytes(param) if isinstance(param, memoryview) else param


def masked(text: str) -> str:
    """Return a text without what differs anyhow."""
    for pattern, instead in MASKED.items():
        text = pattern.sub(instead, text)
    return text


def observed(act: Callable[[], Any]) -> tuple[Any, Observer]:
    """Do something under observation."""
    observer = Observer()
    root = logging.getLogger()
    root.addHandler(observer)
    try:
        with connection.execute_wrapper(observer.query):
            return act(), observer
    finally:
        root.removeHandler(observer)


def untagged(written: tuple[Statement, ...]) -> list[Statement]:
    """Return what was written with each keyed tag by the number under which it first appeared: which are equal,
    and not what they are."""
    numbers: dict[object, int] = {}

    def plain(statement: Statement) -> Statement:
        sql, values = statement
        found = TAGS.match(sql)
        if found is None:
            return statement
        columns = found["columns"].split(", ")
        place, kept = columns.index('"tag"'), list(values)
        for index in range(place, len(kept), len(columns)):
            value = kept[index]  # of one row, or of all rows where a database takes columns
            tags = value if isinstance(value, list) else [value]
            kept[index] = [numbers.setdefault(tag, len(numbers)) for tag in tags]
        return sql, tuple(kept)

    return [plain(statement) for statement in written]


def ask(client: APIClient, asker: str, case: Case, still: Stillness, disk: Disk) -> Answer:
    """Put a question to the world as it stands, and take back what it changed."""
    still.stream.start(f"{asker} asks {case}")
    with transaction.atomic():
        pages, observer = observed(lambda: list(_pages(client, case)))
        transaction.set_rollback(True)
    disk.take_back()
    last = pages[-1]
    assert last.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, f"{asker}: {case}"
    return Answer(
        status=last.status_code,
        headers=tuple(item for page in pages for item in sorted(page.headers.items()))
        + tuple(sorted(str(cookie) for cookie in last.cookies.values())),  # type: ignore[arg-type]
        body=b"\n".join(page.getvalue() for page in pages),
        queries=tuple(observer.queries),
        written=tuple(observer.written),
        logged=tuple(observer.logged),
    )


def _pages(client: APIClient, case: Case) -> Iterator[Any]:
    """Ask, and follow a list to its next pages when it is asked for row by row."""
    path: str | None = case.path
    for _ in range(PAGES):
        answer = client.generic(
            case.method, path, case.body, case.media_type, headers=dict(case.headers)
        )
        yield answer
        goes_on = "limit=1" in case.path and answer.headers.get("Content-Type") == JSON
        path = answer.json().get("next") if goes_on else None
        if path is None:
            return


def differences(asker: str, case: Case, here: Answer, there: Answer) -> Iterator[Difference]:
    """Yield each part of two answers that differs."""
    for part in Answer.__dataclass_fields__:
        a, b = getattr(here, part), getattr(there, part)
        if a != b:
            yield Difference(asker, case, part, a, b)
