"""Pages by key: a page says where the next one begins, so the last costs no more than the first.

There is no count and no page number. A cursor holds the last row's values of the columns that the list is
ordered by, signed, and is good for one route and one ordering. Ties are broken by id, so no row is
skipped or shown twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import attrgetter
from typing import Any, Final, Protocol, cast
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError as ModelValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
PARAMETERS: Final = ("cursor", "limit", "ordering")


class Ordered(Protocol):
    """A view with a list: each name by which it can be ordered, with the columns behind it.

    The columns hold no NULL, and belong to the row or to what its readers may see. The first ordering is
    the default one; ``-name`` turns one around.
    """

    orderings: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Column:
    """A column to order by: its path (``unit__sort_key``) and its direction."""

    path: str
    descending: bool

    @classmethod
    def parse(cls, declared: str, *, reverse: bool) -> "Column":
        """Read ``name`` or ``-name``."""
        return cls(declared.removeprefix("-"), declared.startswith("-") != reverse)

    def __str__(self) -> str:
        return f"-{self.path}" if self.descending else self.path

    def beyond(self, value: Any) -> Q:
        """Rows that come after ``value``."""
        return Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})


class KeysetPagination(BasePagination):
    """Orders a list and cuts it into pages of at most ``limit`` rows."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that the request asks for."""
        limit = _limit(request)
        name, columns = _ordering(request, cast(Ordered, view).orderings)
        self._signer = signing.Signer(salt=f"cursor {type(view).__qualname__}")
        self._request = request
        queryset = queryset.order_by(*map(str, columns))
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(columns, self._read(cursor, name, columns, queryset)))
        rows = list(queryset[: limit + 1])
        self._next = None
        if len(rows) > limit:
            rows.pop()
            self._next = self._link(name, columns, rows[-1])
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page and the link to the next one, or null at the end."""
        return Response({"results": data, "next": self._next})

    def _link(self, name: str, columns: Sequence[Column], last: Model) -> str:
        values = [_plain(attrgetter(column.path.replace("__", "."))(last)) for column in columns]
        query = self._request.query_params.copy()
        query["cursor"] = self._signer.sign_object([name, *values])
        return f"{self._request.path}?{query.urlencode()}"

    def _read(
        self, cursor: str, name: str, columns: Sequence[Column], queryset: QuerySet[Any]
    ) -> list[Any]:
        try:
            signed, *values = self._signer.unsign_object(cursor)
            read = self._parsed(values, columns, queryset)
        except (signing.BadSignature, ModelValidationError, ValueError):
            signed, read = None, []
        if signed != name:
            raise _invalid("cursor", "invalid_cursor", _("This cursor belongs to another list."))
        return read

    def _parsed(
        self, values: Sequence[Any], columns: Sequence[Column], _rows: QuerySet[Any]
    ) -> list[Any]:
        fields = [_field(_rows, column.path) for column in columns]
        return [field.to_python(value) for field, value in zip(fields, values, strict=True)]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameters for the schema."""
        names = list(cast(Ordered, view).orderings)
        return [
            _parameter(
                "cursor", {"type": "string", "minLength": 1}, "From `next` of the page before."
            ),
            _parameter(
                "limit",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_LIMIT,
                    "default": DEFAULT_LIMIT,
                },
                "Rows on the page at most.",
            ),
            _parameter(
                "ordering",
                {
                    "type": "string",
                    "enum": [*names, *(f"-{name}" for name in names)],
                    "default": names[0],
                },
                "The order of the list; `-` turns it around.",
            ),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page for the schema."""
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri-reference",
                    "description": "The next page, or null on the last.",
                },
            },
            "additionalProperties": False,
        }


class SequencePagination(KeysetPagination):
    """Pages of rows that are worked out and not stored: objects with an ``id`` and the columns to order by.

    The columns hold texts and numbers.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that the request asks for, of a sequence of all of them."""
        limit = _limit(request)
        name, columns = _ordering(request, cast(Ordered, view).orderings)
        self._signer = signing.Signer(salt=f"cursor {type(view).__qualname__}")
        self._request = request
        rows = list(queryset)
        for column in reversed(columns):
            rows.sort(key=attrgetter(column.path), reverse=column.descending)
        if cursor := request.query_params.get("cursor"):
            reached = self._read(cursor, name, columns, queryset)
            rows = [row for row in rows if _is_beyond(row, columns, reached)]
        self._next = self._link(name, columns, rows[limit - 1]) if len(rows) > limit else None
        return rows[:limit]

    def _parsed(self, values: Sequence[Any], columns: Sequence[Column], _rows: Any) -> list[Any]:
        return [value for _, value in zip(columns, values, strict=True)]


def _is_beyond(row: Any, columns: Sequence[Column], reached: Sequence[Any]) -> bool:
    """Tell whether a row comes after a position."""
    for column, value in zip(columns, reached, strict=True):
        own = getattr(row, column.path)
        if own != value:
            return bool(own < value if column.descending else own > value)
    return False


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"[1-9][0-9]{0,2}", given) or int(given) > MAX_LIMIT:
        raise _invalid(
            "limit", "invalid_limit", _("A number from 1 to %(most)s.") % {"most": MAX_LIMIT}
        )
    return int(given)


def _ordering(
    request: Request, orderings: Mapping[str, tuple[str, ...]]
) -> tuple[str, list[Column]]:
    name = request.query_params.get("ordering", next(iter(orderings)))
    declared = orderings.get(name.removeprefix("-"))
    if declared is None:
        allowed = ", ".join(orderings)
        raise _invalid(
            "ordering", "unknown_ordering", _("One of: %(allowed)s.") % {"allowed": allowed}
        )
    columns = [Column.parse(path, reverse=name.startswith("-")) for path in declared]
    # Ties stand in the order of ids and are turned around with the rest: one index serves both ways.
    columns.append(Column("id", descending=name.startswith("-")))
    return name, columns


def _after(columns: Sequence[Column], values: Sequence[Any]) -> Q:
    """Return the condition of rows after a position, with a bound on the first column for its index."""
    first, value = columns[0], values[0]
    bound = Q(**{f"{first.path}__{'lte' if first.descending else 'gte'}": value})
    steps = (
        reduce(
            lambda met, equal: met & Q(**{equal[0].path: equal[1]}),
            zip(columns[:index], values, strict=False),
            column.beyond(values[index]),
        )
        for index, column in enumerate(columns)
    )
    return bound & reduce(lambda either, step: either | step, steps)


def _field(queryset: QuerySet[Any], path: str) -> "Field[Any, Any]":
    """Return the field that reads a column's values, of the model or of an annotation."""
    if path in queryset.query.annotations:
        return queryset.query.annotations[path].output_field
    model: type[Model] = queryset.model
    *relations, name = path.split("__")
    for relation in relations:
        model = cast(type[Model], model._meta.get_field(relation).related_model)
    return cast("Field[Any, Any]", model._meta.get_field(name))


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else (str(value) if isinstance(value, UUID) else value)
    )


def _invalid(name: str, code: str, detail: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code)]})


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": description,
    }
