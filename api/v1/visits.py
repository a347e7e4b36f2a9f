"""Visits: each opens to its team at its hour, and to the office once it is open."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Who
from api.v1.fields import Choice, Day, Id, Line, Moment, Strict
from api.v1.filters import DateFilter, IdFilter
from api.v1.permissions import allow
from api.v1.roster import NamedUnit
from inspections import policies
from inspections.models import (
    OrderChannel,
    Origin,
    Role,
    Session,
    Unit,
    Visit,
    VisitMember,
    VisitOrder,
)
from inspections.queries.visits import visit_facts
from inspections.services import deadlines, directed, release, schedule
from inspections.states import VisitState

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK, Role.INSPECTOR)
OPEN_STATES = [state for state in VisitState if state is not VisitState.SEALED]


class TeamIn(Strict):
    """Who goes; the leader is one of the members."""

    members = serializers.ListField(child=Id(), min_length=1, max_length=50)
    leader = Id()


class TeamOut(serializers.Serializer[Visit]):
    """The visit whose team was named. Where it goes is read from the roster."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class ReceiptIn(Strict):
    """When the unit received the minutes."""

    received_on = Day()


class OrderFields(Strict):
    """Who ordered a visit and how. What is not in writing yet has its proof, and a day for the written order."""

    channel = Choice(OrderChannel)
    ordered_by = Line(max_length=300)
    ordered_at = Moment()
    proof = Line(max_length=300, allow_blank=True, required=False, default="")
    written_order_due = Day(allow_null=True, required=False, default=None)
    written_order_number = Line(max_length=100, allow_blank=True, required=False, default="")


class OrderOut(serializers.Serializer[VisitOrder]):
    """Who ordered a visit, and how."""

    channel = Choice(OrderChannel)
    ordered_by = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    proof = serializers.CharField()
    proof_sha256 = serializers.CharField(help_text="A file of the submission that opened it.")
    written_order_due = serializers.DateField(allow_null=True)
    written_order_number = serializers.CharField()
    opened_by = Who()
    opened_at = serializers.DateTimeField()


class DirectedVisitIn(TeamIn):
    """A visit that somebody ordered, opened at once; under an id of the client's choice."""

    id = Id(required=False)
    unit = Id()
    order = OrderFields()


class VisitOut(serializers.Serializer[Any]):
    """A visit whose hour has come."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    plan = serializers.UUIDField(source="plan_id", allow_null=True)
    origin = Choice(Origin)
    state = serializers.ChoiceField(choices=[state.value for state in OPEN_STATES])
    unit = NamedUnit(allow_null=True)
    date = serializers.DateField(allow_null=True)
    session = Choice(Session, allow_null=True)
    release_at = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)
    members = Who(many=True)
    leader = Who(allow_null=True)
    minutes_received_on = serializers.DateField(allow_null=True)
    order = OrderOut(allow_null=True)


class VisitFilter(filters.FilterSet):  # type: ignore[misc]
    """What visits can be found by."""

    plan = IdFilter(field_name="plan_id")
    unit = IdFilter(field_name="unit_id")
    state = filters.ChoiceFilter(choices=[(state.value, state.label) for state in OPEN_STATES])
    first_day = DateFilter(field_name="date", lookup_expr="gte", help_text="This day or later.")
    last_day = DateFilter(field_name="date", lookup_expr="lte", help_text="This day or earlier.")


class Visits(ListModelMixin, Readable[Visit]):
    """Visits whose hour has come; an inspector sees his own. One that is not open yet is not there."""

    queryset = Visit.objects.all()
    serializer_class = VisitOut
    filterset_class = VisitFilter
    orderings = {"date": ("day",)}
    has_versions = True
    changes = frozenset({"name_team", "arrival", "receipt"})
    restricted = frozenset({"list", "retrieve", "create", "name_team", "arrival", "receipt"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": allow(Role.PLANNER),
        "name_team": allow(Role.PLANNER),
        "arrival": allow(Role.INSPECTOR),
        "receipt": allow(Role.PLANNER, Role.CLERK),
    }

    def visible(self, rows: Any) -> QuerySet[Visit]:
        if self.action == "name_team":
            # Teams are named on sealed rows, which are there for readers of rosters alone.
            sealed: QuerySet[Visit] = rows if policies.may_read_roster(self.actor) else rows.none()
            return sealed
        members = VisitMember.objects.select_related("inspector")
        visible: QuerySet[Visit] = rows.visible_to(self.actor, clock.now())
        return visible.select_related("unit", "order__opened_by").prefetch_related(
            Prefetch("members", members)
        )

    @extend_schema(responses=VisitOut(many=True))
    def list(self, request: Request) -> Response:
        """List the visits that one may see, in the order of their dates."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(VisitOut(visit_facts(rows), many=True).data)

    @extend_schema(request=DirectedVisitIn, responses={201: VisitOut})
    def create(self, request: Request) -> Response:
        """Open a directed visit to its team at once. It stands beside the draw."""
        given: dict[str, Any] = self.read(DirectedVisitIn)
        unit = self.related(Unit.objects.all(), given.pop("unit"), "unit")
        order = directed.Order(**given.pop("order"))
        visit = directed.open_visit(
            actor=self.actor, unit=unit, order=order, now=clock.now(), **given
        )
        return self.answer(visit, HTTPStatus.CREATED)

    @extend_schema(request=TeamIn, responses=TeamOut)
    @action(detail=True, methods=["put"], url_path="team")
    def name_team(self, request: Request, pk: UUID) -> Response:
        """Name who goes. The hard rules are checked at once; the team is sealed into the visit."""
        version = self.expected_version()
        visit = schedule.name_team(
            actor=self.actor,
            visit=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(TeamIn),
        )
        return self.answer(visit, output=TeamOut)

    @extend_schema(request=None, responses=VisitOut)
    @action(detail=True, methods=["post"])
    def arrival(self, request: Request, pk: UUID) -> Response:
        """Take note that the team stands at the door. Saying it again changes nothing."""
        self.read_nothing()
        version = self.expected_version()
        visit = release.record_arrival(
            actor=self.actor, visit=self.get_object(), version=version, now=clock.now()
        )
        return self.answer(visit)

    @extend_schema(request=ReceiptIn, responses=VisitOut)
    @action(detail=True, methods=["put"])
    def receipt(self, request: Request, pk: UUID) -> Response:
        """Record when the unit received the minutes. The deadlines of their findings run from that day."""
        version = self.expected_version()
        visit = deadlines.record_receipt(
            actor=self.actor,
            visit=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(ReceiptIn),
        )
        return self.answer(visit)

    def answer(
        self,
        row: Visit,
        status: HTTPStatus = HTTPStatus.OK,
        output: type[serializers.BaseSerializer[Any]] | None = None,
    ) -> Response:
        shown = row if output else visit_facts([row])[0]
        return super().answer(shown, status, output)
