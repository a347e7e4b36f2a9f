"""Every route of the installation, as the resolver knows it, with what can be asked of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.urls import URLPattern

from api.v1.base import Resource
from tests.api.contract import find, resolved
from tests.api.test_routes import TABLE, Allowed, routes

# A parameter of a path as Django writes it, by converter or by expression.
PARAMETER = re.compile(
    r"<(?P<kind>\w+):(?P<name>\w+)>|\(\?P<(?P<group>\w+)>(?P<expression>[^)]*)\)"
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
ADMIN = "/admin/"


@dataclass(frozen=True)
class Parameter:
    """A part of a path that varies: its name, and its converter or expression."""

    name: str
    kind: str


@dataclass(frozen=True)
class Route:
    """A route: its name (its path where it has none), and the pattern that the resolver found."""

    name: str
    path: str
    pattern: URLPattern

    def __str__(self) -> str:
        return self.path if self.name == "None" else self.name

    @cached_property
    def parameters(self) -> list[Parameter]:
        """Return what varies in the path."""
        return [
            Parameter(found["name"] or found["group"], found["kind"] or found["expression"])
            for found in PARAMETER.finditer(self.path)
        ]

    def filled(self, values: Mapping[str, object]) -> str:
        """Return the path with its parameters filled in."""
        plain = self.path.replace("^", "").replace("$", "")
        return PARAMETER.sub(lambda found: str(values[found["name"] or found["group"]]), plain)

    @property
    def resource(self) -> type[Resource[Any]] | None:
        """The API's view, for routes of the API that have one."""
        view = getattr(self.pattern.callback, "cls", None)
        return view if isinstance(view, type) and issubclass(view, Resource) else None

    @property
    def actions(self) -> dict[str, str]:
        """The view's action for each method, for routes of the API."""
        found: dict[str, str] = getattr(self.pattern.callback, "actions", {})
        return {method.upper(): action for method, action in found.items() if method != "head"}

    @property
    def offered(self) -> tuple[str, ...]:
        """The methods that do something here. A plain view does not say which: it is sent a form too."""
        if self.resource is not None:
            return tuple(sorted(self.actions))
        return ("GET",) if (self.name, "GET") in TABLE else ("GET", "POST")

    @property
    def is_list(self) -> bool:
        """Whether many rows are shown, which can be filtered and ordered."""
        if self.resource is not None:
            return self.actions.get("GET") == "list"
        return self.name.endswith("_changelist")

    @property
    def admin_model(self) -> type[Model] | None:
        """The model that a page of the administration is about."""
        return getattr(getattr(self.pattern.callback, "model_admin", None), "model", None)

    def view(self, method: str) -> Resource[Any]:
        """Return the API's view as it stands when it answers a method."""
        assert self.resource is not None
        view = self.resource(**getattr(self.pattern.callback, "initkwargs", {}))
        view.action = self.actions[method]
        return view

    def body_schema(self, method: str) -> tuple[str, dict[str, Any]] | None:
        """Return media type and schema of the body that a method reads, if it reads one."""
        operation = find(self.filled({p.name: "x" for p in self.parameters}), method)
        if operation is None or "requestBody" not in operation:
            return None
        media_type, body = next(iter(operation["requestBody"]["content"].items()))
        return media_type, resolved(body["schema"])

    def allowed(self, method: str) -> list[Allowed]:
        """Return who gets past the door: roles and scopes, or None for everybody."""
        if self.resource is not None:
            methods = {method} & set(self.offered) or set(self.offered)
            return [TABLE[self.name, one] for one in methods]
        keepers = TABLE["department", "PATCH"]
        return [keepers if self.path.startswith(ADMIN) else None]


def all_routes() -> Iterator[Route]:
    """Yield every route that the resolver knows."""
    for name, path, pattern in routes():
        yield Route(name, path, pattern)
