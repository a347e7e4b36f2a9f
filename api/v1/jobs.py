"""Long work: how far it is, and stopping it."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

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
from api.v1.base import Readable
from api.v1.fields import Choice
from api.v1.permissions import allow
from inspections.models import Job, JobState, TokenScope
from inspections.services import jobs

OWNERS = allow(scopes=(TokenScope.LOAD,))


class JobOut(serializers.Serializer[Job]):
    """A piece of long work. Its version does not follow its progress."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = Choice(JobState)
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    cancel_requested_at = serializers.DateTimeField(allow_null=True)
    progress = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    result = serializers.DictField(allow_null=True)
    error_code = serializers.CharField()
    error = serializers.CharField()


class JobFilter(filters.FilterSet):  # type: ignore[misc]
    """What jobs can be found by."""

    state = filters.ChoiceFilter(choices=JobState.choices)


class Jobs(ListModelMixin, Readable[Job]):
    """Long work that one asked for."""

    queryset = Job.objects.all()
    serializer_class = JobOut
    filterset_class = JobFilter
    orderings = {"newest": ("-queued_at",)}
    access = {"list": OWNERS, "retrieve": OWNERS, "cancel": OWNERS}

    def visible(self, rows: Any) -> QuerySet[Job]:
        visible: QuerySet[Job] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=None, responses=JobOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Stop a job: at once while it waits, else as soon as its worker looks up."""
        self.read_nothing()
        job = jobs.request_cancel(actor=self.actor, job=self.get_object(), now=clock.now())
        return self.answer(job)
