"""Bodies of requests, made from the committed description: each as it should be, with one thing varied at a time."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.api.contract import resolved
from tests.api.two_worlds.values import NoValue, Values

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
#: What plain pages read: a sign-in, a language, the yes to a deletion. Each takes what it knows.
FIELDS = b"username=lan&password=sai&language=en&post=yes&_save=1&next=/"
#: For each pattern of the description a text that it allows.
PATTERNS = {
    "^[0-9a-f]{64}$": "0" * 64,
    "^([01][0-9]|2[0-3]):[0-5][0-9]$": "07:30",
    "^[-a-zA-Z0-9_]{1,40}$": "ma-moi",
    r"^-?\d{0,1}(?:\.\d{0,3})?$": "0.5",
}
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
        else:
            yield MULTIPART_CONTENT, encode_multipart(BOUNDARY, value)


def variants(schema: dict[str, Any], values: Values, name: str) -> list[Any]:
    """Return values that a schema allows: one, and then one for each alternative somewhere in it."""
    schema = resolved(schema)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return variants(choices[0], values, name)
    kind = schema.get("type", "object")
    found: list[Any]
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
    match schema.get("format"):
        case "uuid":
            return values.in_body(name)
        case "date":
            return [str(day) for day in values.days[:4]]
        case "binary":
            return [SimpleUploadedFile("don-vi.csv", "Mã đơn vị,Tên đơn vị\n".encode())]
        case "date-time":
            return [f"{day}T00:00:00Z" for day in values.days[:4]]
    pattern = schema.get("pattern")
    if pattern is not None and pattern not in PATTERNS:
        raise NoValue(f"no text for the pattern {pattern} of {name}")
    return [PATTERNS.get(pattern, "Thử")] if pattern else ["Thử nghiệm"[: schema.get("maxLength")]]
