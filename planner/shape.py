"""Strict reading of documents: every field that is there must be expected, and of its type."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence

from planner import canonical
from planner.errors import InvalidInput

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class Malformed(InvalidInput):
    """A document that has not the shape it should have; `where` names the field."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


def mapping(value: object, where: str) -> Mapping[str, object]:
    """An object with any keys."""
    if not isinstance(value, Mapping):
        raise Malformed(where, "must be an object.")
    return value


def fields(value: object, where: str, names: Iterable[str]) -> Mapping[str, object]:
    """An object with exactly these keys."""
    value, names = mapping(value, where), list(names)
    for key in value:
        if key not in names:
            raise Malformed(f"{where}.{key}", "is an unknown field.")
    for name in names:
        if name not in value:
            raise Malformed(f"{where}.{name}", "is missing.")
    return value


def items(value: object, where: str) -> Sequence[object]:
    """An array with at least one item."""
    if not isinstance(value, list | tuple) or not value:
        raise Malformed(where, "must be an array that is not empty.")
    return value


def text(value: object, where: str) -> str:
    """A name or code: 1 to 65,535 bytes of UTF-8 in NFC, without control characters."""
    if not isinstance(value, str) or not value:
        raise Malformed(where, "must be a string that is not empty.")
    if not canonical.is_text(value):
        raise Malformed(where, "must be Unicode text in normal form C.")
    if _CONTROL.search(value):
        raise Malformed(where, "must hold no control characters.")
    if len(value.encode()) > 65535:
        raise Malformed(where, "must be at most 65,535 bytes long.")
    return value


def choice(value: object, where: str, allowed: Iterable[str]) -> str:
    """One of some words."""
    words = list(allowed)
    if value not in words or not isinstance(value, str):
        raise Malformed(where, f"must be one of {', '.join(words)}.")
    return value


def integer(value: object, where: str, *, least: int) -> int:
    """An integer from `least` up to 2^32 − 1."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**32:
        raise Malformed(where, f"must be an integer from {least} to 4294967295.")
    return value


def hexadecimal(value: object, where: str, *, digits: int) -> str:
    """So many lower-case hexadecimal digits."""
    if (
        not isinstance(value, str)
        or len(value) != digits
        or not set(value) <= set("0123456789abcdef")
    ):
        raise Malformed(where, f"must be {digits} lower-case hexadecimal digits.")
    return value


def date(value: object, where: str) -> str:
    """A day, yyyy-mm-dd."""
    try:
        if isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise Malformed(where, "must be a date, yyyy-mm-dd.")
