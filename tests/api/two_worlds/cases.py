"""What is asked: every route, method, filter, ordering, page and format, with ids of hidden rows and of none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.admin import ModelAdmin
from django.db.models import Model

from api.v1.pagination import PARAMETERS
from inspections.models import Visit
from tests.api.two_worlds import filed
from tests.api.two_worlds.bodies import FIELDS, FORM, JSON, bodies
from tests.api.two_worlds.routes import ADMIN, METHODS, Route, all_routes
from tests.api.two_worlds.values import NoValue, Values

T = TypeVar("T")
Headers = tuple[tuple[str, str], ...]
#: Parameters that no route knows: lookups through relations, other formats, other pages, more fields.
PROBES = (
    ("visits__date__startswith", "2026"),
    ("visits__isnull", "false"),
    ("memberships__visit__date__gte", "2026-04-01"),
    ("unit__visits__state", "sealed"),
    ("format", "api"),
    ("format", "csv"),
    ("format", "xlsx"),
    ("fields", "payload"),
    ("expand", "visits"),
    ("include", "roster"),
    ("search", "xa"),
    ("q", "xa"),
    ("page", "2"),
    ("offset", "1"),
    ("ordering", "score"),
    ("ordering", "date"),
    ("ordering", "unit__visits__date"),
)
#: Other formats, and validators that a reader may hold already.
HEADERS: tuple[Headers, ...] = (
    (("if-none-match", '"1"'),),
    (("accept", "text/csv"),),
    (("accept", "application/pdf"),),
    (("if-none-match", '"2", "3"'),),
    (("if-modified-since", "Wed, 01 Jul 2026 00:00:00 GMT"),),
    (("range", "bytes=0-99"),),
    (("accept", "text/html"),),
)
#: What is sent whole, because no description can tell how its parts hang together.
SENT = {"submission-detail": filed.sent_anew, "submission-attachment": filed.files_sent_anew}
PAGES = 3
MOST = 6


@dataclass(frozen=True)
class Case:
    """One request. Of a list that goes on, the next pages are asked for too."""

    route: Route
    method: str
    path: str
    body: bytes = b""
    media_type: str = JSON
    headers: Headers = ()

    def __str__(self) -> str:
        told = " ".join(f"[{name}: {value}]" for name, value in self.headers)
        return (
            f"{self.method} {self.path} {self.body.decode(errors='replace')[:200]} {told}".strip()
        )


@dataclass(frozen=True)
class Generator:
    """Makes the cases: the most telling of each route, or ``wide``: one with every value in every place."""

    values: Values
    wide: bool = False

    def cases(self, route: Route) -> Iterator[Case]:
        """Yield every case of a route, each once."""
        yield from dict.fromkeys(self._cases(route))

    def _cases(self, route: Route) -> Iterator[Case]:
        paths = self.paths(route)
        for path in paths:
            for method in route.offered:
                if method == "GET":
                    yield Case(route, method, path)
                elif self.wide or path == paths[0]:
                    yield from self._writes(route, method, path, plain=path != paths[0])
        if route.name in SENT:
            visits = self.values.rows(Visit)
            for path, body, media_type in SENT[route.name](self.some(visits, 3)):
                yield Case(route, "PUT", path, body, media_type)
        if "GET" in route.offered:
            yield from self._variations(route, paths[0])
        if self.wide:
            for method in sorted(set(METHODS) - set(route.offered)):
                yield Case(route, method, paths[0])

    def _variations(self, route: Route, path: str) -> Iterator[Case]:
        """Yield what a path can be asked beside what it is: filters, orderings, formats."""
        for query in self._queries(route):
            yield Case(route, "GET", f"{path}?{urlencode(query)}")
        for headers in self.some(HEADERS, 0):
            yield Case(route, "GET", path, headers=headers)

    def some(self, values: Sequence[T], least: int) -> Sequence[T]:
        """Return the values for one place, the most telling of them unless all are asked for."""
        return values[: MOST if self.wide else least]

    # --- Paths -------------------------------------------------------------------------------

    def paths(self, route: Route) -> list[str]:
        """Return the paths of a route: one, and then each with one parameter changed."""
        about = model_of(route)
        # The administration's pages hide no row: what is drawn here comes first, and is enough.
        least = 1 if route.path.startswith(ADMIN) else 3
        options = {
            parameter.name: self.some(self.values.in_path(parameter, about), least)
            for parameter in route.parameters
        }
        base = {name: found[0] for name, found in options.items()}
        changed = (base | {name: value} for name, found in options.items() for value in found[1:])
        return [route.filled(values) for values in (base, *changed)]

    # --- Queries -----------------------------------------------------------------------------

    def _queries(self, route: Route) -> Iterator[dict[str, str]]:
        if route.name == "autocomplete":
            yield from self._completions()
        elif route.name == "evaluation-extract":
            yield from ({"period": "2026", "by": by, "form": "csv"} for by in ("unit", "person"))
        elif route.is_list:
            admin = getattr(route.pattern.callback, "model_admin", None)
            yield from self._lookups(admin) if admin else self._known(route)
        if route.is_list or self.wide:
            yield from ({name: value} for name, value in self.some(PROBES, 1))

    def _known(self, route: Route) -> Iterator[dict[str, str]]:
        """Yield each parameter that an API's view reads, with its values; and the list row by row."""
        view = route.view("GET")
        filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
        for name in sorted(view.known_parameters()):
            if name in filters:
                options = self.values.in_filter(name, filters[name], view.queryset.model)
                yield from ({name: value} for value in self.some(options, 1))
            elif name not in PARAMETERS:
                raise NoValue(f"nothing to ask {route} for as {name}")
        for known in view.orderings:
            yield {"ordering": f"-{known}", "limit": "1"}
            if self.wide:
                yield {"ordering": known, "limit": "200"}
        if self.wide:
            yield {"cursor": "x"}

    def _lookups(self, admin: "ModelAdmin[Model]") -> Iterator[dict[str, str]]:
        """Yield what the address of a page of the administration can be made to look up."""
        for field in admin.model._meta.get_fields():
            related = field.related_model
            if isinstance(related, type) and issubclass(related, Model):
                yield {f"{field.name}__isnull": "False"}
                if self.wide:
                    ids = self.some(self.values.ids(related), 1)
                    yield from ({field.name: pk} for pk in ids)
                    yield {f"{field.name}__id__startswith": "a"}
                    yield {f"{field.name}__date__year": "2026"}
            elif self.wide and field.concrete:
                yield {f"{field.name}__isnull": "False"}
        for word in ("xa", self.values.units[0].code):
            yield {"q": word}
        yield {"o": "-1"}

    def _completions(self) -> Iterator[dict[str, str]]:
        """Yield what the search behind the administration's fields can be asked."""
        for model in apps.get_app_config("inspections").get_models():
            for field in model._meta.get_fields():
                if field.concrete and field.is_relation and (self.wide or model is Visit):
                    yield {
                        "app_label": model._meta.app_label,
                        "model_name": str(model._meta.model_name),
                        "field_name": field.name,
                        "term": "x",
                    }

    # --- Writes ------------------------------------------------------------------------------

    def _writes(self, route: Route, method: str, path: str, *, plain: bool) -> Iterator[Case]:
        """Yield writes: with every body on the first path, with the plain one on the others."""
        if route.resource is None:
            yield Case(route, method, path, FIELDS, FORM)
            return
        headers = self._version(route, path)
        found = bodies(route.body_schema(method), self.values)
        for media_type, body in islice(found, 1 if plain else None if self.wide else 2):
            yield Case(route, method, path, body, media_type, headers)

    def _version(self, route: Route, path: str) -> Headers:
        """Name the version of the row that the path is about, so that a write comes to its rule."""
        model = model_of(route)
        row = next(
            (row for row in (self.values.rows(model) if model else ()) if str(row.pk) in path), None
        )
        return (("if-match", f'"{getattr(row, "version", 1)}"'),)


def model_of(route: Route) -> type[Model] | None:
    """Return the model that the first id in a path is about: that of the list at the path before it."""
    if route.admin_model is not None or not route.parameters:
        return route.admin_model
    before = route.path.partition("<")[0]
    for other in all_routes():
        if other.path == before and other.resource is not None:
            model: type[Model] = other.resource.queryset.model
            return model
    return None
