"""The personnel list: names, so each reading is on record."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Resource
from api.v1.fields import Choice, Id, Line, Strict, Truth
from api.v1.filters import BooleanFilter, IdFilter
from api.v1.permissions import allow
from inspections.models import Official, OfficialCategory, Role, Unit
from inspections.models.officials import PERSONNEL
from inspections.services import officials

KEEPERS = allow(*officials.KEEPERS)
READERS = allow(*PERSONNEL, Role.INSPECTOR)
MOST_ROWS: Final = 2000


class OfficialChange(Strict):
    """What can be changed about an entry."""

    full_name = Line(max_length=120)
    post = Line(max_length=200, required=False, allow_blank=True)
    category = Choice(OfficialCategory)
    unit = Id()
    is_active = Truth(required=False)


class OfficialIn(OfficialChange):
    """A new entry."""

    id = Id(required=False)


class RowIn(Strict):
    """A row of a list. With an `id` of your own in each row the request can be repeated safely."""

    id = Id(required=False)
    full_name = Line(max_length=120)
    post = Line(max_length=200, allow_blank=True)
    category = Choice(OfficialCategory)
    unit = Line(max_length=32, help_text="The unit's code.")


class ListIn(Strict):
    """A list of personnel."""

    officials = serializers.ListField(child=RowIn(), min_length=1, max_length=MOST_ROWS)


class EnteredOut(serializers.Serializer[Any]):
    """What a list became."""

    officials = serializers.ListField(
        child=serializers.UUIDField(), help_text="Their ids, in the order of the rows."
    )


class OfficialOut(serializers.Serializer[Official]):
    """Somebody who works, or worked, at a unit."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    full_name = serializers.CharField()
    post = serializers.CharField()
    category = Choice(OfficialCategory)
    unit = serializers.UUIDField(source="unit_id")
    is_active = serializers.BooleanField()


class OfficialFilter(filters.FilterSet):  # type: ignore[misc]
    """What officials can be found by."""

    unit = IdFilter(field_name="unit_id")
    category = filters.ChoiceFilter(choices=OfficialCategory.choices)
    is_active = BooleanFilter()


class Officials(Resource[Official]):
    """The personnel list. An inspector reads that of the units where he filed a visit."""

    queryset = Official.objects.all()
    serializer_class = OfficialOut
    filterset_class = OfficialFilter
    orderings = {"name": ("name_sort_key",)}
    has_versions = True
    changes = frozenset({"partial_update"})
    restricted = frozenset({"list", "retrieve"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": KEEPERS,
        "partial_update": KEEPERS,
    }

    def visible(self, rows: Any) -> QuerySet[Official]:
        visible: QuerySet[Official] = rows.visible_to(self.actor)
        return visible

    def list(self, request: Request) -> Response:
        """List the personnel. Each page is on record with the number of its names."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = officials.read_list(actor=self.actor, officials=page, now=clock.now())
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read one entry. The reading is on record."""
        official = self.get_object()
        read = officials.read_official(actor=self.actor, official=official, now=clock.now())
        return self.answer(read)

    @extend_schema(request=OfficialIn, responses={201: OfficialOut})
    def create(self, request: Request) -> Response:
        """Enter somebody. With an `id` of your own the request can be repeated safely."""
        given: dict[str, Any] = self.read(OfficialIn)
        given["unit"] = self.related(Unit.objects.all(), given["unit"], "unit")
        official = officials.create_official(actor=self.actor, now=clock.now(), **given)
        return self.answer(official, HTTPStatus.CREATED)

    @extend_schema(request=OfficialChange, responses=OfficialOut)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change an entry. Whoever moves to another unit keeps the earlier one on record."""
        version, official = self.expected_version(), self.get_object()
        changes = self.read(OfficialChange, partial=True)
        if "unit" in changes:
            changes["unit"] = self.related(Unit.objects.all(), changes["unit"], "unit")
        changed = officials.update_official(
            actor=self.actor, official=official, version=version, changes=changes, now=clock.now()
        )
        return self.answer(changed)


class OfficialLists(Resource[Official]):
    """Whole lists of personnel. They are read entry by entry."""

    queryset = Official.objects.all()
    serializer_class = EnteredOut
    access = {"create": KEEPERS}

    @extend_schema(request=ListIn, responses={201: EnteredOut})
    def create(self, request: Request) -> Response:
        """Enter a whole list, or nothing of it: problems are named row by row."""
        rows = [officials.Row(**row) for row in self.read(ListIn)["officials"]]
        entered = officials.load_officials(actor=self.actor, rows=rows, now=clock.now())
        ids = EnteredOut({"officials": [official.pk for official in entered]})
        return Response(ids.data, status=HTTPStatus.CREATED)
