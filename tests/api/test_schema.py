"""The description: it is what the code says, in whatever language the code is asked."""

from typing import Any

import pytest
import yaml
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from api.v1.description import FILE


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    with translation.override("en"):
        schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_file_is_what_the_code_says(language: str) -> None:
    with translation.override(language):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered = OpenApiYamlRenderer().render(schema, renderer_context={})
    assert rendered.decode() == FILE.read_text(), "run: make schema"


def test_the_file_is_openapi() -> None:
    validate_schema(yaml.safe_load(FILE.read_text()))


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def test_no_object_takes_or_gives_more_than_is_described(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        assert schema["additionalProperties"] is False, name


def test_every_operation_names_its_refusals(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        answers = set(operation["responses"])
        where = (method, path)
        assert {"400", "503"} <= answers, where
        if {} not in operation["security"]:
            assert {"401", "403"} <= answers, where
        if "{" in path:
            assert "404" in answers, where
        if method != "get":
            assert {"409", "413", "415", "422"} <= answers, where
        headers = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}
        assert ("If-Match" in headers) == ({"412", "428"} <= answers), where


def test_no_operation_is_without_a_way_in_or_a_word(description: dict[str, Any]) -> None:
    seen = set()
    for path, method, operation in operations(description):
        assert operation["security"], (method, path)
        assert operation["description"], (method, path)
        assert operation["operationId"] not in seen, (method, path)
        seen.add(operation["operationId"])


def test_lists_are_bounded_and_ordered_by_named_columns(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        names = {one["name"]: one for one in operation.get("parameters", ())}
        if "cursor" in names:
            assert names["limit"]["schema"]["maximum"] == 200, (method, path)
            assert names["ordering"]["schema"]["enum"], (method, path)
