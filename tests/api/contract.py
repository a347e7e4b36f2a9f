"""Holds every answer of the tests to the description: a client that compares as it goes.

What is answered must be described: the status, the media type, every member of the body. What is accepted
must be described too: a body that the description does not allow is never answered with success.
"""

import functools
import json
import re
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from api.v1.description import FILE


@functools.cache
def description() -> dict[str, Any]:
    """Return the committed description."""
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


@functools.cache
def operations() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    """Return pattern, method and description of every operation, the most specific paths first."""
    found = [
        (path, method, operation)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]
    return [
        (re.compile(re.sub(r"{[^}]+}", "[^/]+", path)), method, operation)
        for path, method, operation in sorted(found, key=lambda entry: entry[0].count("{"))
    ]


@functools.cache
def validator(schema: str) -> Draft202012Validator:
    """Return the validator of a schema within the description, where its references lead."""
    return Draft202012Validator({**json.loads(schema), "components": description()["components"]})


def validate(schema: dict[str, Any], body: bytes) -> None:
    """Raise unless a body is what the schema describes."""
    validator(json.dumps(schema)).validate(json.loads(body))


def resolved(entry: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the description."""
    found: Any = entry
    while "$ref" in found:
        target = found["$ref"].removeprefix("#/").split("/")
        found = functools.reduce(lambda inner, key: inner[key], target, description())
    return dict(found)


def find(path: str, method: str) -> dict[str, Any] | None:
    """Return the operation that a request goes to."""
    for pattern, its_method, operation in operations():
        if pattern.fullmatch(path) and its_method == method.lower():
            return operation
    return None


class ContractClient(APIClient):
    """A client that compares each answer of the API with the description."""

    def generic(self, method: str, path: str, data: Any = "", *args: Any, **kwargs: Any) -> Any:
        response = super().generic(method, path, data, *args, **kwargs)
        operation = find(path.partition("?")[0], method)
        if operation is None:
            assert response.status_code != 500 or not path.startswith("/api/v1/")
            return response
        check_answer(operation, response)
        if response.status_code < 300 and "multipart/form-data" not in str(args):
            check_request(operation, data)
        return response


def check_answer(operation: dict[str, Any], response: Any) -> None:
    status = str(response.status_code)
    if (
        status == "500"
    ):  # no description promises a fault; the tests that make one look at it themselves
        return
    described = operation["responses"].get(status)
    assert described is not None, (
        f"{operation['operationId']} answers {status}: {response.content!r}"
    )
    described = resolved(described)
    content = described.get("content")
    if not content:
        assert response.content == b"", operation["operationId"]
        return
    media_type = response.headers["Content-Type"].split(";")[0]
    assert media_type in content, f"{operation['operationId']} answers {media_type}"
    for name in described.get("headers", ()):
        assert name in response.headers, f"{operation['operationId']} lacks {name}"
    if media_type.endswith("json"):
        validate(content[media_type]["schema"], response.content)


def check_request(operation: dict[str, Any], sent: Any) -> None:
    described = operation.get("requestBody")
    if not described:
        assert sent in {"", b"", b"{}"}, f"{operation['operationId']} reads a body"
        return
    body = described["content"].get("application/json")
    if body is None:  # bytes, which no schema describes
        return
    validate(body["schema"], sent or b"{}")
