"""Bodies of requests, made from the committed description: each as it should be, with one thing varied at a time."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.api.contract import resolved
from tests.api.two_worlds.values import NoValue, Values

JSON = "application/json"
MULTIPART = "multipart/form-data"
FORM = "application/x-www-form-urlencoded"
#: What plain pages read: a sign-in, a language, the yes to a deletion. Each takes what it knows.
FIELDS = b"username=lan&password=sai&language=en&post=yes&_save=1&next=/"
ID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
#: Of these the first is sent that a pattern of the description allows.
TEXTS = ("Thử", "ma-moi", "07:30", "0.5", "0" * 64, "+84901234567")
Body = tuple[str, bytes]


def bodies(schema: tuple[str, dict[str, Any]] | None, values: Values) -> Iterator[Body]:
    """Yield bodies for a schema, the plain one first; an empty object where none is read."""
    if schema is None:
        yield JSON, b"{}"
        return
    media_type, description = schema
    for value in variants(description, values, ""):
        if media_type == JSON:
            yield JSON, json.dumps(value).encode()
        elif media_type == MULTIPART:
            yield MULTIPART_CONTENT, encode_multipart(BOUNDARY, value)
        else:
            yield media_type, b"pieces of a file"


def variants(schema: dict[str, Any], values: Values, name: str) -> list[Any]:
    """Return values that a schema allows: one, and then one for each alternative somewhere in it."""
    schema = resolved(schema)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return variants(choices[0], values, name)
    kind = schema.get("type", "object")
    found: list[Any]
    if "const" in schema:
        return [schema["const"]]
    match "enum" if "enum" in schema else kind[0] if isinstance(kind, list) else kind:
        case "enum":
            found = list(schema["enum"])
        case "object":
            found = list(_objects(schema, values))
        case "array":
            found = [[value] for value in variants(schema["items"], values, name)]
        case "string":
            found = _texts(schema, values, name)
        case "integer" | "number":
            found = [max(1, schema.get("minimum", 1))]
        case "boolean":
            found = [False, True]
        case _:
            raise NoValue(f"no body for {name}: {schema}")
    return found


def _objects(schema: dict[str, Any], values: Values) -> list[dict[str, Any]]:
    found = {
        name: variants(inner, values, name)
        for name, inner in schema.get("properties", {}).items()
        if name != "id" and not resolved(inner).get("readOnly")
    }
    needed = {name: found[name][0] for name in schema.get("required", ()) if name in found}
    alone = [
        needed | {name: option}
        for name, options in found.items()
        for option in options
        if needed.get(name) != option
    ]
    return [needed, *alone]


def _texts(schema: dict[str, Any], values: Values, name: str) -> list[Any]:
    pattern = schema.get("pattern", "")
    if schema.get("format") == "uuid" or pattern == ID:
        return values.in_body(name)
    days = [str(day) for day in values.days[:4]]
    formats = {
        "date": days,
        "date-time": [f"{day}T00:00:00Z" for day in days],
        "binary": [SimpleUploadedFile("don-vi.csv", "Mã đơn vị,Tên đơn vị\n".encode())],
    }
    if schema.get("format") in formats:
        return formats[schema["format"]]
    allowed = [text[: schema.get("maxLength")] for text in TEXTS if re.search(pattern, text)]
    if not allowed:
        raise NoValue(f"no text for the pattern {pattern} of {name}")
    return allowed[:1]
