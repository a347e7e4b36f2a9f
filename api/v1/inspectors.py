"""Inspectors, with the conflicts of interest that they declared and their leave."""

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
from api.v1.fields import Choice, Codes, Day, Id, Line, Strict, Truth
from api.v1.filters import BooleanFilter, IdFilter
from api.v1.permissions import allow
from api.v1.units import Named
from inspections.models import (
    DeclaredRelation,
    Inspector,
    Leave,
    RelationKind,
    Role,
    Skill,
    Unit,
    User,
)
from inspections.services import people

READERS = allow(Role.PLANNER, Role.APPROVER, Role.TECHNICAL_ADMIN)
EDITORS = allow(*people.EDITORS)


class InspectorChange(Strict):
    """What can be changed about an inspector."""

    full_name = Line(max_length=120)
    title = Line(max_length=120, required=False, allow_blank=True)
    user = Id(required=False, allow_null=True, help_text="The account that he signs in with.")
    home_unit = Id(required=False, allow_null=True)
    former_units = serializers.ListField(child=Id(), required=False, max_length=100)
    skills = serializers.ListField(
        child=Line(max_length=40), required=False, max_length=100, help_text="Their codes."
    )
    may_lead = Truth(required=False)
    is_guest = Truth(required=False)
    is_active = Truth(required=False)


class InspectorIn(InspectorChange):
    """A new inspector."""

    id = Id(required=False)
    code = Line(max_length=32)


class RelationIn(Strict):
    """A conflict of interest."""

    unit = Id()
    kind = Choice(RelationKind)


class LeaveIn(Strict):
    """Days of leave, the last included."""

    first_day = Day()
    last_day = Day()


class Relation(serializers.Serializer[DeclaredRelation]):
    """A conflict of interest that an inspector declared."""

    id = serializers.UUIDField()
    unit = serializers.UUIDField(source="unit_id")
    kind = Choice(RelationKind)
    declared_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class LeaveOut(serializers.Serializer[Leave]):
    """Days on which an inspector is away."""

    id = serializers.UUIDField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class InspectorRow(serializers.Serializer[Inspector]):
    """A member of the inspection team."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    code = serializers.CharField()
    full_name = serializers.CharField()
    title = serializers.CharField()
    user = serializers.UUIDField(source="user_id", allow_null=True)
    home_unit = serializers.UUIDField(source="home_unit_id", allow_null=True)
    former_units = serializers.SerializerMethodField()
    skills = Codes()
    may_lead = serializers.BooleanField()
    is_guest = serializers.BooleanField()
    is_active = serializers.BooleanField()

    def get_former_units(self, inspector: Inspector) -> list[UUID]:
        """Return the ids of the units where he used to work."""
        return [posting.unit_id for posting in inspector.former_postings.all()]


class InspectorOut(InspectorRow):
    """A member of the inspection team, with his relations and his leave."""

    relations = Relation(many=True)
    leaves = LeaveOut(many=True)


class InspectorFilter(filters.FilterSet):  # type: ignore[misc]
    """What inspectors can be found by."""

    code = filters.CharFilter()
    home_unit = IdFilter(field_name="home_unit_id")
    may_lead = BooleanFilter()
    is_guest = BooleanFilter()
    is_active = BooleanFilter()


class Inspectors(ListModelMixin, Readable[Inspector]):
    """Members of the inspection team. What they declare keeps them away from units, never units from the draw."""

    queryset = Inspector.objects.prefetch_related("former_postings", "skills")
    filterset_class = InspectorFilter
    orderings = {"name": ("name_sort_key",), "code": ("code",)}
    has_versions = True
    changes = frozenset(
        {"partial_update", "declare_relation", "end_relation", "enter_leave", "cancel_leave"}
    )
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": EDITORS,
        "partial_update": EDITORS,
        "declare_relation": EDITORS,
        "end_relation": EDITORS,
        "enter_leave": EDITORS,
        "cancel_leave": EDITORS,
    }

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Inspector]]:
        return InspectorRow if self.action == "list" else InspectorOut

    @extend_schema(request=InspectorIn, responses={201: InspectorOut})
    def create(self, request: Request) -> Response:
        """Create an inspector. With an `id` of your own the request can be repeated safely."""
        given = self._resolved(self.read(InspectorIn))
        inspector = people.create_inspector(actor=self.actor, now=clock.now(), **given)
        return self.answer(inspector, HTTPStatus.CREATED)

    @extend_schema(request=InspectorChange, responses=InspectorOut)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change an inspector."""
        facts = self._facts()
        changes = self._resolved(self.read(InspectorChange, partial=True))
        return self.answer(people.update_inspector(changes=changes, **facts))

    @extend_schema(request=RelationIn, responses={201: InspectorOut})
    @action(detail=True, methods=["post"], url_path="relations")
    def declare_relation(self, request: Request, pk: UUID) -> Response:
        """Put a conflict of interest on record."""
        facts, given = self._facts(), self.read(RelationIn)
        unit = self.related(Unit.objects.all(), given["unit"], "unit")
        changed = people.declare_relation(unit=unit, kind=given["kind"], **facts)
        return self.answer(changed, HTTPStatus.CREATED)

    @extend_schema(request=None, responses={200: InspectorOut})
    @action(detail=True, methods=["delete"], url_path="relations/<uuid:relation>")
    def end_relation(self, request: Request, pk: UUID, relation: UUID) -> Response:
        """Take note that a conflict of interest is over. It stays on record."""
        return self.answer(people.end_relation(relation_id=relation, **self._facts()))

    @extend_schema(request=LeaveIn, responses={201: InspectorOut})
    @action(detail=True, methods=["post"], url_path="leaves")
    def enter_leave(self, request: Request, pk: UUID) -> Response:
        """Enter leave."""
        facts = self._facts()
        return self.answer(people.enter_leave(**facts, **self.read(LeaveIn)), HTTPStatus.CREATED)

    @extend_schema(request=None, responses={200: InspectorOut})
    @action(detail=True, methods=["delete"], url_path="leaves/<uuid:leave>")
    def cancel_leave(self, request: Request, pk: UUID, leave: UUID) -> Response:
        """Take leave back that was entered."""
        return self.answer(people.cancel_leave(leave_id=leave, **self._facts()))

    def _facts(self) -> dict[str, Any]:
        """Return what every change of an inspector says."""
        version = self.expected_version()
        return {
            "actor": self.actor,
            "inspector": self.get_object(),
            "version": version,
            "now": clock.now(),
        }

    def _resolved(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the body says with the objects that it names."""
        if "user" in given:
            given["user"] = self.related(User.objects.all(), given["user"], "user")
        if "home_unit" in given:
            given["home_unit"] = self.related(Unit.objects.all(), given["home_unit"], "home_unit")
        if "former_units" in given:
            given["former_units"] = self.all_by(
                Unit.objects.all(), given["former_units"], "former_units"
            )
        if "skills" in given:
            given["skills"] = self.all_by(Skill.objects.all(), given["skills"], "skills", by="code")
        return given


class Skills(ListModelMixin, Resource[Skill]):
    """What a visit may call for."""

    queryset: "QuerySet[Skill]" = Skill.objects.all()
    serializer_class = Named
    orderings = {"code": ("code",)}
    access = {"list": READERS}
