"""The OpenAPI description: each route with exactly the answers that it can give."""

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from api.problems import MEDIA_TYPE
from api.v1.base import Resource
from api.v1.fields import Text
from api.v1.permissions import Access

Schema = dict[str, Any]
READING: Final = frozenset({"GET", "HEAD"})
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'},
    "description": "The ETag of the version that is changed.",
}
IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of the version that the client holds.",
}
MEANINGS: Final = {
    "400": "The request does not follow this description.",
    "401": "Nobody signed in, or the token is not valid.",
    "403": "The role, the token's scope or the CSRF token does not allow this.",
    "404": "There is no such object, or it is hidden from the caller.",
    "409": "The state of things does not allow this now.",
    "412": "The object changed since the version named by If-Match.",
    "413": "The body is too large.",
    "415": "The body has another media type.",
    "422": "The request is well-formed, but a rule of the domain refuses it.",
    "428": "If-Match is missing.",
    "429": "Too many wrong passwords from this address.",
    "503": "The database or the keyring is not available.",
}


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="Its path, as `members.0`; empty for the whole body.")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Why a request was refused (RFC 9457)."""

    type = serializers.CharField(help_text="A URN that ends in the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="A sentence in the reader's language.")
    params = serializers.DictField(required=False, help_text="Facts that belong to the problem.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]


class ApiSchema(AutoSchema):
    """Adds to each operation what all views do alike: problems, versions, roles."""

    view: Resource[Any]  # type: ignore[override]

    @property
    def _access(self) -> Access:
        return self.view.access[self.view.action]

    @property
    def _changes(self) -> bool:
        return self.view.action in self.view.changes

    def get_auth(self) -> list[Schema]:
        """Return the ways to sign in that open the operation."""
        machine = bool(self._access.scopes)
        ways: list[Schema] = [way for way in super().get_auth() if machine or "token" not in way]
        return [*ways, {}] if self._access.anonymous else ways

    def get_description(self) -> str:  # type: ignore[override]
        """Return the docstring, and who may call."""
        access = self._access
        parts = [super().get_description()]
        if access.roles and not access.anonymous:
            parts.append("Roles: " + ", ".join(sorted(access.roles)) + ".")
        if access.scopes:
            parts.append("Token scopes: " + ", ".join(sorted(access.scopes)) + ".")
        return "\n\n".join(filter(None, parts))

    def _get_parameters(self) -> list[Schema]:
        parameters: list[Schema] = super()._get_parameters()
        for parameter in parameters:
            schema = parameter["schema"]
            # A filter's label is its model's word for people, in whatever language is active.
            schema.pop("title", None)
            if parameter["in"] == "query" and schema == {"type": "string"}:
                schema["pattern"] = r"\S"
        if self._changes:
            parameters.append(IF_MATCH)
        elif self._has_version():
            parameters.append(IF_NONE_MATCH)
        return parameters

    def _has_version(self) -> bool:
        """Tell whether the operation reads one object that has a version."""
        return self.method == "GET" and self.view.action == "retrieve" and self.view.has_versions

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        bodies: Schema = super()._get_response_bodies(direction)
        if self._changes or self._has_version():
            etag = {"schema": {"type": "string"}, "description": "The version."}
            for code, body in bodies.items():
                if code.startswith("2"):
                    body.setdefault("headers", {})["ETag"] = etag
        if self._has_version():
            bodies["304"] = {"description": "The client holds this version already."}
        for code in self._problem_codes():
            bodies[code] = self._problem(code)
        return dict(sorted(bodies.items()))

    def _problem(self, code: str) -> Schema:
        """Return a reference to the answer with a status, described once for all operations."""
        schema = self.resolve_serializer(Problem, "response").ref
        answer = {
            "description": MEANINGS[code],
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        if code in {"429", "503"}:
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=f"Problem{code}", type=ResolvedComponent.RESPONSE, schema=answer, object=code
        )
        self.registry.register_on_missing(component)
        return component.ref

    def _problem_codes(self) -> set[str]:
        codes = {"400", "503"}
        if not self._access.anonymous or self.method not in READING:
            codes |= {"401", "403"}
        if self.view.action in self.view.passwords:
            codes.add("429")
        if "{" in self.path or self.method not in READING or self.view.may_be_missing:
            codes.add("404")
        if self._changes:
            codes |= {"412", "428"}
        if self.method not in READING:
            codes |= {"409", "413", "415", "422"}
        return codes

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        body: Schema | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        plain = body and body["content"].get("application/json", {}).get("schema", {})
        if body and plain and "$ref" not in plain:  # a schema that no serializer stands behind
            body["required"] = True
        return body

    def _insert_field_validators(self, field: Any, schema: Schema) -> None:
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        if isinstance(field, Text) and field.pattern:
            schema["pattern"] = field.pattern

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Schema:
        schema: Schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if one_of := getattr(serializer, "one_of", ()):
            schema["oneOf"] = [{"required": [name]} for name in one_of]
        return schema | {"additionalProperties": False}


def keep_choices_in_place(result: Any, **_kwargs: Any) -> Any:
    """Drop the marks by which drf-spectacular would move choices into components of their own."""
    if isinstance(result, dict):
        result.pop("x-spec-enum-id", None)
        for value in result.values():
            keep_choices_in_place(value)
    elif isinstance(result, list):
        for value in result:
            keep_choices_in_place(value)
    return result


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a machine signs in."""

    target_class = "api.v1.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "bearerFormat": "kc_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a person signs in."""

    target_class = "api.v1.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Writes also need the header X-CSRFToken, with the token of `GET session`.",
        }
