"""What is sealed: the roster of a plan, who read it, and on which sessions an inspector is on duty."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Resource, Who
from api.v1.fields import Choice
from api.v1.permissions import allow
from inspections import policies
from inspections.models import Plan, Role, Session, Unit
from inspections.services import rosters
from inspections.services.rosters import Reader, RosterEntry
from inspections.states import VisitState


class NamedUnit(serializers.Serializer[Unit]):
    """The unit that a visit goes to."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class Entry(serializers.Serializer[RosterEntry]):
    """One visit of a roster."""

    visit = serializers.UUIDField(source="visit_id")
    version = serializers.IntegerField()
    state = Choice(VisitState)
    unit = NamedUnit()
    date = serializers.DateField()
    session = Choice(Session)
    release_at = serializers.DateTimeField()
    members = Who(many=True)
    leader = Who(allow_null=True)


class RosterOut(serializers.Serializer[Any]):
    """All visits of a plan, in the order of their dates."""

    entries = Entry(many=True)
    set_aside = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Visits whose seal is broken: nobody can open them.",
    )


class Reading(serializers.Serializer[Reader]):
    """Somebody who read the roster: how often, and when last."""

    user = Who()
    times = serializers.IntegerField()
    last_at = serializers.DateTimeField()


class Readings(serializers.Serializer[Any]):
    """Everybody who read the roster."""

    readers = Reading(many=True)


class Duty(serializers.Serializer[Any]):
    """Half a day on which an inspector is on duty."""

    date = serializers.DateField()
    session = Choice(Session)


class DutiesOut(serializers.Serializer[Any]):
    """Sessions to come."""

    duties = Duty(many=True)


class _OfPlan(Resource[Plan]):
    """What hangs on one plan."""

    queryset = Plan.objects.all()
    restricted = frozenset({"retrieve"})

    def visible(self, rows: Any) -> QuerySet[Plan]:
        visible: QuerySet[Plan] = rows.visible_to(self.actor)
        return visible


class Roster(_OfPlan):
    """The roster of a plan."""

    serializer_class = RosterOut
    access = {"retrieve": allow(*policies.ROSTER_ROLES)}

    @extend_schema(operation_id="plans_roster_retrieve")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Open the roster. Every reading is on record and shown to the approver."""
        plan = self.get_object()
        roster = rosters.read_roster(actor=self.actor, plan=plan, now=clock.now())
        return Response(RosterOut(roster).data)


class RosterReaders(_OfPlan):
    """Who read a plan's roster."""

    serializer_class = Readings
    access = {"retrieve": allow(Role.APPROVER)}

    @extend_schema(operation_id="plans_roster_readers_retrieve")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Tell who read the roster, how often, and when last."""
        readers = rosters.roster_readers(actor=self.actor, plan=self.get_object())
        return Response(Readings({"readers": readers}).data)


class Duties(Resource[Plan]):
    """When an inspector is on duty, and not where."""

    serializer_class = DutiesOut
    access = {"retrieve": allow(Role.INSPECTOR)}
    restricted = frozenset({"retrieve"})

    @extend_schema(operation_id="duties_retrieve")
    def retrieve(self, request: Request) -> Response:
        """Tell the sessions to come. Where they lead is told at the visit's hour."""
        found = rosters.duties(actor=self.actor, now=clock.now())
        duties = [{"date": day, "session": session} for day, session in found]
        return Response(DutiesOut({"duties": duties}).data)
