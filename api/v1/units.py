"""Units, and the lists that they refer to."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource
from api.v1.fields import Choice, Codes, Day, Id, Line, Strict, Truth, Whole
from api.v1.filters import BooleanFilter, IdFilter, SearchFilter
from api.v1.permissions import allow
from inspections.models import (
    Compound,
    FieldOfWork,
    TokenScope,
    Unit,
    UnitAlias,
    UnitKind,
)
from inspections.services import units

EDITORS = allow(*units.EDITORS)
READERS = allow(scopes=(TokenScope.READ, TokenScope.LOAD))


class AliasIn(Strict):
    """Another name of a unit, with the days on which it was in use."""

    name = Line(max_length=200)
    valid_from = Day(required=False, allow_null=True)
    valid_to = Day(required=False, allow_null=True)
    source = Line(max_length=200, required=False, allow_blank=True)  # type: ignore[assignment]


class Alias(serializers.Serializer[UnitAlias]):
    """Another name of a unit."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]


class UnitChange(Strict):
    """What can be changed about a unit."""

    name = Line(max_length=200)
    kind = Choice(UnitKind)
    parent = Id(required=False, allow_null=True)  # type: ignore[assignment]
    fields_of_work = serializers.ListField(
        child=Line(max_length=40), required=False, max_length=100, help_text="Their codes."
    )
    staff_count = Whole(required=False, allow_null=True, min_value=0, max_value=100_000)
    compound = Line(max_length=40, required=False, allow_null=True, help_text="Its code.")
    works_saturday_morning = Truth(required=False)
    is_generic = Truth(required=False)
    is_active = Truth(required=False)


class UnitIn(UnitChange):
    """A new unit."""

    id = Id(required=False)
    code = Line(max_length=32)


class UnitOut(serializers.Serializer[Unit]):
    """An agency that can be inspected."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = Choice(UnitKind)
    parent = serializers.UUIDField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    fields_of_work = Codes()
    staff_count = serializers.IntegerField(allow_null=True)
    compound = serializers.CharField(source="compound.code", allow_null=True)
    works_saturday_morning = serializers.BooleanField()
    is_generic = serializers.BooleanField()
    is_active = serializers.BooleanField()
    aliases = Alias(many=True)


class UnitFilter(filters.FilterSet):  # type: ignore[misc]
    """What units can be found by."""

    q = SearchFilter(field_name="search_key", help_text="Words of the name, accents ignored.")
    code = filters.CharFilter()
    kind = filters.ChoiceFilter(choices=UnitKind.choices)
    parent = IdFilter(field_name="parent_id")
    field_of_work = filters.CharFilter(field_name="fields_of_work__code")
    compound = filters.CharFilter(field_name="compound__code")
    is_active = BooleanFilter()
    is_generic = BooleanFilter()


class Units(ListModelMixin, Readable[Unit]):
    """Agencies that can be inspected. A code never changes; other names are aliases."""

    queryset = Unit.objects.select_related("compound").prefetch_related("fields_of_work", "aliases")
    serializer_class = UnitOut
    filterset_class = UnitFilter
    orderings = {"name": ("sort_key",), "code": ("code",)}
    has_versions = True
    changes = frozenset({"partial_update", "add_alias", "remove_alias"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": EDITORS,
        "partial_update": EDITORS,
        "add_alias": EDITORS,
        "remove_alias": EDITORS,
    }

    @extend_schema(request=UnitIn, responses={201: UnitOut})
    def create(self, request: Request) -> Response:
        """Create a unit. With an `id` of your own the request can be repeated safely."""
        given = self._resolved(self.read(UnitIn))
        unit = units.create_unit(actor=self.actor, now=clock.now(), **given)
        return self.answer(unit, HTTPStatus.CREATED)

    @extend_schema(request=UnitChange, responses=UnitOut)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a unit."""
        version, unit = self.expected_version(), self.get_object()
        changes = self._resolved(self.read(UnitChange, partial=True))
        changed = units.update_unit(
            actor=self.actor, unit=unit, version=version, changes=changes, now=clock.now()
        )
        return self.answer(changed)

    @extend_schema(request=AliasIn, responses={201: UnitOut})
    @action(detail=True, methods=["post"], url_path="aliases")
    def add_alias(self, request: Request, pk: UUID) -> Response:
        """Add another name."""
        version, unit = self.expected_version(), self.get_object()
        changed = units.add_alias(
            actor=self.actor, unit=unit, version=version, now=clock.now(), **self.read(AliasIn)
        )
        return self.answer(changed, HTTPStatus.CREATED)

    @extend_schema(request=None, responses={200: UnitOut})
    @action(detail=True, methods=["delete"], url_path="aliases/<uuid:alias>")
    def remove_alias(self, request: Request, pk: UUID, alias: UUID) -> Response:
        """Take a name away."""
        version, unit = self.expected_version(), self.get_object()
        changed = units.remove_alias(
            actor=self.actor, unit=unit, version=version, alias_id=alias, now=clock.now()
        )
        return self.answer(changed)

    def _resolved(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the body says with the objects that it names."""
        if "parent" in given:
            given["parent"] = self.related(Unit.objects.all(), given["parent"], "parent")
        if "compound" in given:
            given["compound"] = self.related(
                Compound.objects.all(), given["compound"], "compound", by="code"
            )
        if "fields_of_work" in given:
            given["fields_of_work"] = self.all_by(
                FieldOfWork.objects.all(), given["fields_of_work"], "fields_of_work", by="code"
            )
        return given


class Named(serializers.Serializer[Any]):
    """An entry of a list that others refer to by its code."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class Field(Named):
    """A field of work."""

    named_in_circular = serializers.BooleanField()


class FieldsOfWork(ListModelMixin, Resource[FieldOfWork]):
    """Fields of work: those named in the circular, and an open list."""

    queryset = FieldOfWork.objects.all()
    serializer_class = Field
    orderings = {"code": ("code",)}
    access = {"list": READERS}


class Compounds(ListModelMixin, Resource[Compound]):
    """Shared sites."""

    queryset: "QuerySet[Compound]" = Compound.objects.all()
    serializer_class = Named
    orderings = {"code": ("code",)}
    access = {"list": READERS}
