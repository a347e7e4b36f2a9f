"""The audit log, for auditors: ids and never names, chained so that no hand can change it unseen."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource
from api.v1.fields import Choice, Line, Strict
from api.v1.filters import DateFilter, IdFilter
from api.v1.jobs import JobOut
from api.v1.permissions import allow
from inspections.chain import Flaw, Head
from inspections.models import AuditEvent, AuditHead, Job, Role
from inspections.services import audit, verification

READERS = allow(Role.AUDITOR)


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


class HeadOut(serializers.Serializer[Head]):
    """Where the chain ends: what is printed on commitments."""

    length = serializers.IntegerField()
    hash = serializers.CharField()


class VerificationIn(Strict):
    """What to look for beside breaks."""

    heads = serializers.ListField(
        child=Line(max_length=200),
        required=False,
        max_length=verification.MOST_HEADS,
        help_text="Heads printed on commitments: is each of them in the chain?",
    )


class BreakOut(serializers.Serializer[Any]):
    """Events that do not fit into the chain, from one position to another."""

    position = serializers.IntegerField()
    last = serializers.IntegerField()
    reason = Choice(Flaw)


class PrintedHeadOut(serializers.Serializer[Any]):
    """A printed head, and how many events the chain had then; null: it is not in the chain."""

    hash = serializers.CharField()
    length = serializers.IntegerField(allow_null=True)


class FindingOut(serializers.Serializer[Any]):
    """Whether the chain holds, up to which head, and the first places where it does not."""

    is_whole = serializers.BooleanField()
    length = serializers.IntegerField()
    hash = serializers.CharField()
    count = serializers.IntegerField(help_text="Breaks, listed or not.")
    breaks = BreakOut(many=True)
    heads = PrintedHeadOut(many=True)


class VerificationOut(JobOut):
    """A check of the whole chain. It is stopped as any other job."""

    result = FindingOut(allow_null=True)  # type: ignore[assignment]


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
    restricted = frozenset({"head"})
    access = {"head": READERS}

    @extend_schema(responses=HeadOut, operation_id="audit_head_retrieve")
    def head(self, request: Request) -> Response:
        """Tell where the chain ends."""
        return Response(HeadOut(audit.head()).data)


class Verifications(Readable[Job]):
    """Checks of the whole chain, each a job."""

    queryset = Job.objects.filter(kind=verification.VERIFY)
    serializer_class = VerificationOut
    restricted = frozenset({"create", "retrieve"})
    access = {"create": READERS, "retrieve": READERS}

    def visible(self, rows: Any) -> QuerySet[Job]:
        visible: QuerySet[Job] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=VerificationIn, responses={202: VerificationOut})
    def create(self, request: Request) -> Response:
        """Go through the whole chain and name where it was altered, cut or extended by hand."""
        given = self.read(VerificationIn)
        job = verification.start(actor=self.actor, now=clock.now(), **given)
        return self.answer(job, HTTPStatus.ACCEPTED)
