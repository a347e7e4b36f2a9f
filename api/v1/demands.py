"""Demands: what one unit is asked to explain or remedy, and who else is directly concerned."""

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
from api.v1.base import Readable, Who
from api.v1.fields import Choice, Day, Id, Ids, Line, Strict, Text
from api.v1.filters import DateFilter, IdFilter
from api.v1.permissions import allow
from inspections.models import (
    ConcernedUnit,
    Demand,
    DemandKind,
    DemandState,
    Finding,
    Role,
    Unit,
    Visit,
)
from inspections.services import demands

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK, Role.INSPECTOR)
WRITERS = allow(Role.PLANNER, Role.CLERK)


class ConcernedIn(Strict):
    """A unit that the demand concerns directly, and why."""

    unit = Id()
    reason = Line(max_length=300)


class DemandIn(Strict):
    """A demand, under an id of the client's choice."""

    id = Id(required=False)
    visit = Id()
    kind = Choice(DemandKind)
    unit = Id(help_text="The one unit that is responsible.")
    concerned = serializers.ListField(child=ConcernedIn(), max_length=50)
    findings = serializers.ListField(child=Id(), min_length=1, max_length=200)
    due_on = Day()
    form_of_answer = Line(max_length=300)


class WithdrawIn(Strict):
    """Why a demand is withdrawn."""

    reason = Text(max_length=2000)


class ConcernedOut(serializers.Serializer[ConcernedUnit]):
    """A unit that the demand concerns directly, and why."""

    unit = serializers.UUIDField(source="unit_id")
    reason = serializers.CharField()


class DemandOut(serializers.Serializer[Demand]):
    """A demand."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    visit = serializers.UUIDField(source="visit_id")
    kind = Choice(DemandKind)
    state = Choice(DemandState)
    unit = serializers.UUIDField(source="unit_id")
    concerned = ConcernedOut(source="concerned.all", many=True)
    findings = Ids()
    due_on = serializers.DateField()
    form_of_answer = serializers.CharField()
    made_by = Who()
    made_at = serializers.DateTimeField()
    withdrawn_by = Who(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField()


class DemandFilter(filters.FilterSet):  # type: ignore[misc]
    """What demands can be found by."""

    visit = IdFilter(field_name="visit_id")
    unit = IdFilter(field_name="unit_id")
    finding = IdFilter(field_name="findings")
    kind = filters.ChoiceFilter(choices=DemandKind.choices)
    state = filters.ChoiceFilter(choices=DemandState.choices)
    due_before = DateFilter(field_name="due_on", lookup_expr="lt", help_text="Before this day.")


class Demands(ListModelMixin, Readable[Demand]):
    """Demands for findings of a visit, each made of one responsible unit."""

    queryset = Demand.objects.select_related("visit", "made_by", "withdrawn_by").prefetch_related(
        "findings", "concerned"
    )
    serializer_class = DemandOut
    filterset_class = DemandFilter
    orderings = {"newest": ("-made_at",), "due": ("due_on",)}
    has_versions = True
    changes = frozenset({"withdraw"})
    restricted = frozenset({"list", "retrieve", "create", "withdraw"})
    access = {"list": READERS, "retrieve": READERS, "create": WRITERS, "withdraw": WRITERS}

    def visible(self, rows: Any) -> QuerySet[Demand]:
        visible: QuerySet[Demand] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=DemandIn, responses={201: DemandOut})
    def create(self, request: Request) -> Response:
        """Demand an explanation or a remedy. Its day becomes the deadline of its findings."""
        given: dict[str, Any] = self.read(DemandIn)
        visits = Visit.objects.visible_to(self.actor, clock.now())
        given["visit"] = self.related(visits, given["visit"], "visit")
        given["unit"] = self.related(Unit.objects.all(), given["unit"], "unit")
        named = [one["unit"] for one in given["concerned"]]
        units = {unit.pk: unit for unit in self.all_by(Unit.objects.all(), named, "concerned")}
        given["concerned"] = [(units[one["unit"]], one["reason"]) for one in given["concerned"]]
        given["findings"] = self.all_by(
            Finding.objects.visible_to(self.actor), given["findings"], "findings"
        )
        demand = demands.make(actor=self.actor, now=clock.now(), **given)
        return self.answer(demand, HTTPStatus.CREATED)

    @extend_schema(request=WithdrawIn, responses=DemandOut)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Withdraw a demand. Its findings go back to the deadlines that they had without it."""
        version = self.expected_version()
        demand = demands.withdraw(
            actor=self.actor,
            demand=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(WithdrawIn),
        )
        return self.answer(demand)
