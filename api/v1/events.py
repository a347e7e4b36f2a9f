"""The audit log, for auditors: ids and never names, chained so that no hand can change it unseen."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1.base import Readable, Resource
from api.v1.filters import DateFilter, IdFilter
from api.v1.permissions import allow
from inspections.models import AuditEvent, AuditHead, Role
from inspections.services import audit

READERS = allow(Role.AUDITOR)
MOST_BREAKS: Final = 100


class EventOut(serializers.Serializer[AuditEvent]):
    """One thing that somebody did or looked at."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.UUIDField(source="actor_id", allow_null=True)
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    details = serializers.DictField()
    previous = serializers.CharField()
    hash = serializers.CharField()


class Head(serializers.Serializer[AuditHead]):
    """Where the chain ends: what is printed on commitments."""

    length = serializers.IntegerField()
    hash = serializers.CharField()


class BreakOut(serializers.Serializer[audit.Break]):
    """A place where the chain does not hold."""

    position = serializers.IntegerField()
    reason = serializers.CharField()


class Verification(serializers.Serializer[Any]):
    """Whether the chain holds, and the first places where it does not."""

    is_whole = serializers.BooleanField()
    breaks = BreakOut(many=True)


class EventFilter(filters.FilterSet):  # type: ignore[misc]
    """What events can be found by."""

    action = filters.CharFilter()
    actor = IdFilter(field_name="actor_id")
    object_type = filters.CharFilter()
    object_id = filters.CharFilter()
    first_day = DateFilter(method="since", help_text="This day or later.")
    last_day = DateFilter(method="until", help_text="This day or earlier.")

    # As bounds on the moment itself, which has an index; the day of a moment has none.

    def since(self, events: QuerySet[AuditEvent], _name: str, day: date) -> QuerySet[AuditEvent]:
        """Keep what happened on the day or later."""
        return events.filter(at__gte=_midnight(day))

    def until(self, events: QuerySet[AuditEvent], _name: str, day: date) -> QuerySet[AuditEvent]:
        """Keep what happened on the day or earlier."""
        return events.filter(at__lt=_midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    """Return the moment at which a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


class Events(ListModelMixin, Readable[AuditEvent]):
    """Events of the audit log."""

    queryset = AuditEvent.objects.defer("sealed_details")
    serializer_class = EventOut
    filterset_class = EventFilter
    orderings = {"newest": ("-position",)}
    restricted = frozenset({"list", "retrieve"})
    access = {"list": READERS, "retrieve": READERS}


class Chain(Resource[AuditHead]):
    """The chain as a whole."""

    queryset = AuditHead.objects.all()
    restricted = frozenset({"head", "verification"})
    access = {"head": READERS, "verification": READERS}

    @extend_schema(responses=Head, operation_id="audit_head_retrieve")
    def head(self, request: Request) -> Response:
        """Tell where the chain ends."""
        return Response(Head(AuditHead.objects.first() or AuditHead(hash=audit.GENESIS)).data)

    @extend_schema(responses=Verification, operation_id="audit_verification_retrieve")
    def verification(self, request: Request) -> Response:
        """Go through the whole chain and name where it was altered, cut or extended by hand."""
        breaks = list(islice(audit.verify_chain(), MOST_BREAKS))
        return Response(Verification({"is_whole": not breaks, "breaks": breaks}).data)
