"""The risk picture: which units carry overdue work and complaints, and why the score says so."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource
from api.v1.fields import Choice, Day, Id, Strict
from api.v1.filters import BooleanFilter, IdFilter, SearchFilter
from api.v1.permissions import allow
from inspections.errors import NotFound
from inspections.models import AbsentMeans, RiskRun, Role, Unit, UnitKind, UnitScore
from inspections.services import scoring
from planner.policy import Part

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER)


class RunIn(Strict):
    """The end of the day that the data are taken at."""

    id = Id(required=False)
    as_of = Day()


class InputLoad(serializers.Serializer[Any]):
    """A load that the scores rest on."""

    load = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    sha256 = serializers.CharField()
    cutoff = serializers.DateField()
    left_out = serializers.IntegerField(help_text="Rows with problems.")
    absent_means = Choice(AbsentMeans, help_text="How the source's silence about a unit was read.")


class Inputs(serializers.Serializer[Any]):
    """What the scores rest on."""

    loads = InputLoad(many=True)


class RunOut(serializers.Serializer[RiskRun]):
    """One computation of every unit's score."""

    id = serializers.UUIDField()
    policy = serializers.UUIDField(source="policy_id")
    as_of = serializers.DateField()
    computed_at = serializers.DateTimeField()
    computed_by = serializers.UUIDField(source="computed_by_id")
    inputs = Inputs()


class ScoredUnit(serializers.Serializer[Unit]):
    """The unit that a score is about."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = Choice(UnitKind)


class PartOut(serializers.Serializer[Any]):
    """One part of a score: its value in [0, 1] times its weight gives its points."""

    part = Choice(Part)
    estimate = serializers.FloatField()
    value = serializers.FloatField()
    weight = serializers.FloatField()
    points = serializers.FloatField()
    no_data = serializers.BooleanField()
    capped = serializers.BooleanField()


class ScoreOut(serializers.Serializer[UnitScore]):
    """A unit's score: base + the sum of the parts' points, sharpened as the policy says, × cool-down."""

    unit = ScoredUnit()
    score = serializers.FloatField()
    base = serializers.FloatField(source="parts.base")
    cooldown = serializers.FloatField(source="parts.cooldown")
    parts = PartOut(source="parts.parts", many=True)
    has_all_data = serializers.BooleanField()


class ScoreFilter(filters.FilterSet):  # type: ignore[misc]
    """What scores can be found by."""

    q = SearchFilter(field_name="unit__search_key", help_text="Words of the unit's name.")
    unit = IdFilter(field_name="unit_id")
    kind = filters.ChoiceFilter(field_name="unit__kind", choices=UnitKind.choices)
    has_all_data = BooleanFilter()


class RiskRuns(ListModelMixin, Readable[RiskRun]):
    """Computations of the score."""

    queryset = RiskRun.objects.all()
    serializer_class = RunOut
    orderings = {"newest": ("-computed_at",)}
    access = {"list": READERS, "retrieve": READERS, "create": allow(Role.PLANNER)}

    @extend_schema(request=RunIn, responses={201: RunOut})
    def create(self, request: Request) -> Response:
        """Score every active unit under the policy in force.

        With an `id` of your own the request can be repeated safely.
        """
        run = scoring.compute_risk(actor=self.actor, now=clock.now(), **self.read(RunIn))
        return self.answer(run, HTTPStatus.CREATED)


class Scores(ListModelMixin, Resource[UnitScore]):
    """The units' scores of one computation, the highest first."""

    queryset = UnitScore.objects.select_related("unit")
    serializer_class = ScoreOut
    filterset_class = ScoreFilter
    orderings = {"rank": ("-score",), "name": ("unit__sort_key",)}
    access = {"list": READERS}

    def list(self, request: Request, pk: UUID) -> Response:
        """List the scores."""
        if not RiskRun.objects.filter(pk=pk).exists():
            raise NotFound
        return super().list(request)

    def visible(self, rows: QuerySet[UnitScore]) -> QuerySet[UnitScore]:
        return rows.filter(run=self.kwargs["pk"])
