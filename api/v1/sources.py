"""Where files come from, and how they are read."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from uuid import UUID

from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable
from api.v1.fields import Choice, Code, Day, Id, Line, Strict
from api.v1.permissions import allow
from api.v1.units import Alias
from inspections.importers.profiles import DATE_ORDERS
from inspections.models import AbsentMeans, Role, Source, SourceKind, TokenScope, Unit
from inspections.models.sources import READERS as LOAD_READERS
from inspections.services import sources

READERS = allow(*LOAD_READERS, scopes=(TokenScope.READ, TokenScope.LOAD))
EDITORS = allow(Role.PLANNER)


class Status(Strict):
    """What a label in a file means."""

    state = Line(max_length=20)
    label = Line(max_length=20, required=False)  # type: ignore[assignment]


class Overrides(Strict):
    """What is laid over the packaged reading of a kind of file."""

    headers = serializers.DictField(
        child=serializers.ListField(child=Line(max_length=200), max_length=200),
        required=False,
        help_text="Field → further names of its column.",
    )
    statuses = serializers.DictField(child=Status(), required=False)
    date_order = serializers.ChoiceField(choices=sorted(DATE_ORDERS), required=False)


class SourceChange(Strict):
    """What can be changed about a source."""

    name = Line(max_length=120)
    absent_means = Choice(AbsentMeans, required=False)
    overrides = Overrides(required=False)


class SourceIn(SourceChange):
    """A new source."""

    id = Id(required=False)
    code = Code(r"^[-a-zA-Z0-9_]{1,40}$")
    kind = Choice(SourceKind)


class SourceOut(serializers.Serializer[Source]):
    """A system or an office whose exports are loaded."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = Choice(SourceKind)
    absent_means = Choice(AbsentMeans)
    overrides = Overrides()


class NameIn(Strict):
    """Which unit a name in the source's files means."""

    name = Line(max_length=200)
    unit = Id()
    valid_from = Day(required=False, allow_null=True)
    valid_to = Day(required=False, allow_null=True)


class SourceFilter(filters.FilterSet):  # type: ignore[misc]
    """What sources can be found by."""

    code = filters.CharFilter()
    kind = filters.ChoiceFilter(choices=SourceKind.choices)


class Sources(ListModelMixin, Readable[Source]):
    """Systems and offices whose exports are loaded."""

    queryset = Source.objects.all()
    serializer_class = SourceOut
    filterset_class = SourceFilter
    orderings = {"code": ("code",)}
    has_versions = True
    changes = frozenset({"partial_update"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": EDITORS,
        "partial_update": EDITORS,
        "resolve_name": EDITORS,
    }

    @extend_schema(request=SourceIn, responses={201: SourceOut})
    def create(self, request: Request) -> Response:
        """Create a source. With an `id` of your own the request can be repeated safely."""
        source = sources.create_source(actor=self.actor, now=clock.now(), **self.read(SourceIn))
        return self.answer(source, HTTPStatus.CREATED)

    @extend_schema(request=SourceChange, responses=SourceOut)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change how a source is called or read. What was loaded stays as it was read."""
        version = self.expected_version()
        source = sources.update_source(
            actor=self.actor,
            source=self.get_object(),
            version=version,
            changes=self.read(SourceChange, partial=True),
            now=clock.now(),
        )
        return self.answer(source)

    @extend_schema(request=NameIn, responses={201: Alias})
    @action(detail=True, methods=["post"], url_path="names")
    def resolve_name(self, request: Request, pk: UUID) -> Response:
        """Say which unit a name means; the next check of a file knows it."""
        source, given = self.get_object(), self.read(NameIn)
        given["unit"] = self.related(Unit.objects.all(), given["unit"], "unit")
        alias = sources.resolve_unit_name(actor=self.actor, source=source, now=clock.now(), **given)
        return Response(Alias(alias).data, status=HTTPStatus.CREATED)
