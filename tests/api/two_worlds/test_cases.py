"""The cases follow from the resolver, the filters and the description: what is new is asked without being entered."""

from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import clear_url_caches, path
from django_filters import rest_framework as filters

from api.config import urls
from api.v1.plans import PlanFilter, Plans
from tests.api.two_worlds.cases import Case, Generator
from tests.api.two_worlds.comparing import Universe
from tests.api.two_worlds.conftest import Begin
from tests.api.two_worlds.past import Stage
from tests.api.two_worlds.routes import all_routes
from tests.api.two_worlds.values import NoValue, Values
from tests.api.two_worlds.worlds import World


@pytest.fixture
def universe(begin: Begin) -> Iterator[Universe]:
    """The first world of a small past."""
    universe = begin(Stage.REVEALED, Stage.DRAWN)
    with universe.world(World.FIRST):
        yield universe


def cases(universe: Universe, name: str, *, wide: bool = False) -> list[Case]:
    generator = Generator(Values.of(universe.past), wide)
    return [case for route in all_routes() if str(route) == name for case in generator.cases(route)]


@pytest.mark.parametrize("wide", [False, True])
def test_every_route_and_method_has_cases(universe: Universe, wide: bool) -> None:
    generator = Generator(Values.of(universe.past), wide)
    for route in all_routes():
        asked = {case.method for case in generator.cases(route)}
        assert asked >= set(route.offered), str(route)


def test_a_filter_that_is_new_is_asked_for(
    universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PlanFilter.base_filters, "serial", filters.CharFilter("serial"))
    assert any("?serial=" in case.path for case in cases(universe, "plan-list"))


def test_an_ordering_that_is_new_is_asked_for(
    universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plans, "orderings", {**Plans.orderings, "size": ("size",)})
    assert any("ordering=-size" in case.path for case in cases(universe, "plan-list"))


def test_a_filter_of_an_unknown_kind_is_named(
    universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PlanFilter.base_filters, "size", filters.RangeFilter())
    with pytest.raises(NoValue, match="size"):
        cases(universe, "plan-list")


def test_a_route_with_an_unknown_parameter_is_named(
    universe: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moon(request: HttpRequest, phase: str) -> HttpResponse:
        return HttpResponse(phase)

    monkeypatch.setattr(urls, "urlpatterns", [path("moon/<slug:phase>/", moon, name="moon")])
    clear_url_caches()
    with pytest.raises(NoValue, match="phase"):
        cases(universe, "moon")
    monkeypatch.undo()
    clear_url_caches()


def test_hidden_visible_and_missing_rows_are_asked_for(universe: Universe) -> None:
    for name in ("visit-detail", "document-content", "plan-roster"):
        reads = {case.path for case in cases(universe, name) if case.method == "GET"}
        assert len(reads) == 3, name
    assert len(cases(universe, "visit-list", wide=True)) > 2 * len(cases(universe, "visit-list"))
