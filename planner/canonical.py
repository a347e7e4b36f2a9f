"""Canonical JSON: one byte string for one value, so that a hash of it means something.

RFC 8785 restricted to strings, integers below 2^53 in magnitude, booleans, null, arrays and
objects. Numbers with a fraction do not occur: whoever needs one writes it as a string. Strings are
in Unicode normal form C.

Source: RFC 8785, JSON Canonicalization Scheme, https://www.rfc-editor.org/rfc/rfc8785
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from planner.errors import InvalidInput

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: object) -> bytes:
    """The canonical UTF-8 bytes of a value, without white space.

    Keys are sorted by their UTF-16 code units. Lists and tuples are arrays.

    Raises:
        InvalidInput: a float, an integer of 2^53 or more, a lone surrogate, a string or key that is
            not NFC, a key that is not a string, another type, or more than 64 levels.
    """
    return _ENCODER.encode(_checked(value, 1)).encode()


def loads(data: bytes) -> JSON:
    """The value in UTF-8 JSON text; white space and the order of keys are free.

    Raises:
        InvalidInput: whatever `dumps` would not write, duplicate keys, or text that is not JSON.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except InvalidInput:
        raise
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The JSON text is not UTF-8: byte {error.start}.") from None
    except RecursionError:
        raise InvalidInput(f"The JSON text nests deeper than {MAX_DEPTH} levels.") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"Not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise InvalidInput("The JSON text holds an integer of 2^53 or more.") from None
    return _checked(value, 1)


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def is_text(value: str) -> bool:
    """Whether a string may stand in canonical JSON: NFC and free of lone surrogates."""
    return value.isascii() or (
        unicodedata.is_normalized("NFC", value) and not _SURROGATE.search(value)
    )


def _checked(value: object, depth: int) -> JSON:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"The value nests deeper than {MAX_DEPTH} levels.")
    if type(value) is str and value.isascii():  # most values, asked first for speed
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise InvalidInput("An integer of 2^53 or more has no canonical form.")
        return int(value)
    # A dict before any mapping: asking an abstract class costs more than all the rest.
    if isinstance(value, (dict, Mapping)):
        return {key: _checked(value[key], depth + 1) for key in _sorted_keys(value)}
    if isinstance(value, (list, tuple)):
        return [_checked(item, depth + 1) for item in value]
    raise InvalidInput(f"A value of type {type(value).__name__} has no canonical form.")


def _text(value: str) -> str:
    if not is_text(value):
        raise InvalidInput(f"The string {value!a} is not Unicode text in normal form C.")
    return str(value)


def _sorted_keys(value: Mapping[Any, object]) -> list[str]:
    try:
        if "".join(value).isascii():
            return sorted(value)
    except TypeError:
        pass  # a key is no string, which is said below
    return sorted(map(_key, value), key=_utf16)


def _key(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"The key {value!a} is not a string.")
    return _text(value)


def _utf16(value: str) -> bytes:
    return value.encode("utf-16-be")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidInput(f"The key {key!a} stands twice in one object.")
        found[key] = value
    return found


def _no_float(text: str) -> object:
    raise InvalidInput(f"The number {text[:40]} is not an integer: decimals are strings here.")


# Made once: making one costs more than a small value.
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float
)
