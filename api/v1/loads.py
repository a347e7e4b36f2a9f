"""Files: taken in, checked without effect, brought into effect by one switch, and undone."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource
from api.v1.etags import etag
from api.v1.fields import Choice, Day, Id, Strict, Truth
from api.v1.filters import IdFilter
from api.v1.jobs import JobOut
from api.v1.permissions import allow
from inspections.errors import NotFound
from inspections.importers.problems import Problem
from inspections.models import (
    Job,
    Load,
    LoadProblem,
    LoadState,
    Role,
    Severity,
    Source,
    TokenScope,
)
from inspections.models.sources import READERS as LOAD_READERS
from inspections.services import loads

READERS = allow(*LOAD_READERS, scopes=(TokenScope.READ, TokenScope.LOAD))
LOADERS = allow(Role.PLANNER, scopes=(TokenScope.LOAD,))
# What a multipart body holds beside its file.
ENVELOPE_BYTES: Final = 64 * 1024


@extend_schema_field({"type": "string", "format": "binary", "minLength": 1})
class File(serializers.FileField):
    """A file with something in it."""


class UploadIn(Strict):
    """A file of a source."""

    id = Id(required=False)
    source = Id()  # type: ignore[assignment]
    file = File()
    cutoff = Day(required=False, help_text="The day that the data stand at, if the file is silent.")


class ApplyIn(Strict):
    """How a checked file is brought into effect."""

    accept_problems = Truth(required=False, help_text="Leaves rows with problems out, on record.")


class LoadOut(serializers.Serializer[Load]):
    """One file of a source. Its rows count while it is in effect, and at no other time."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    source = serializers.UUIDField(source="source_id")  # type: ignore[assignment]
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    state = Choice(LoadState)
    cutoff = serializers.DateField(allow_null=True)
    period_from = serializers.DateField(allow_null=True)
    period_to = serializers.DateField(allow_null=True)
    accept_problems = serializers.BooleanField()
    counts = serializers.DictField(help_text="Rows read, stored, left out; problems by code.")
    uploaded_by = serializers.UUIDField(source="uploaded_by_id")
    uploaded_at = serializers.DateTimeField()
    switched_by = serializers.UUIDField(source="switched_by_id", allow_null=True)
    switched_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.UUIDField(source="undone_by_id", allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class LoadAndJob(serializers.Serializer[Any]):
    """A load, and the job that works on it; no job when there is nothing to do."""

    load = LoadOut()
    job = JobOut(allow_null=True)


class ProblemOut(serializers.Serializer[LoadProblem]):
    """A doubt about a file, with what to do about it in the reader's language."""

    row = serializers.IntegerField(allow_null=True, help_text="null means the whole file.")
    column = serializers.CharField()
    value = serializers.CharField()
    code = serializers.CharField()
    severity = Choice(Severity)
    params = serializers.DictField()
    message = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField()

    def get_message(self, problem: LoadProblem) -> str:
        """Return what is wrong."""
        return Problem(problem.code, params=problem.params).message

    def get_remedy(self, problem: LoadProblem) -> str:
        """Return what to do about it."""
        return Problem(problem.code, params=problem.params).remedy


class LoadFilter(filters.FilterSet):  # type: ignore[misc]
    """What loads can be found by."""

    source = IdFilter(field_name="source_id")
    state = filters.ChoiceFilter(choices=LoadState.choices)


class ProblemFilter(filters.FilterSet):  # type: ignore[misc]
    """What problems can be found by."""

    code = filters.CharFilter()
    severity = filters.ChoiceFilter(choices=Severity.choices)


class Loads(ListModelMixin, Readable[Load]):
    """Loaded files."""

    queryset = Load.objects.all()
    serializer_class = LoadOut
    filterset_class = LoadFilter
    orderings = {"newest": ("-uploaded_at",)}
    has_versions = True
    changes = frozenset({"check", "apply", "cancel", "undo"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": LOADERS,
        "check": LOADERS,
        "apply": LOADERS,
        "cancel": LOADERS,
        "undo": allow(Role.PLANNER),
    }

    def visible(self, rows: Any) -> QuerySet[Load]:
        visible: QuerySet[Load] = rows.visible_to(self.actor)
        return visible

    def get_parsers(self) -> list[BaseParser]:
        # They are asked for before the action is known; the list itself reads no body.
        uploads = self.action_map.get("post") == "create"
        return [MultiPartParser()] if uploads else super().get_parsers()

    @property
    def max_body(self) -> int:  # type: ignore[override]  # files may be larger than other bodies
        """Bytes of a request that are read at most."""
        if self.action == "create":
            return int(settings.UPLOAD_MAX_BYTES) + ENVELOPE_BYTES
        return int(super().max_body)

    @extend_schema(
        request={"multipart/form-data": UploadIn}, responses={200: LoadAndJob, 201: LoadAndJob}
    )
    def create(self, request: Request) -> Response:
        """Take a file in and check it. The same bytes that are in effect already are answered with 200.

        With an `id` of your own the request can be repeated safely.
        """
        given = self.read(UploadIn)
        load, job = loads.upload(
            actor=self.actor,
            source=self.related(Source.objects.all(), given["source"], "source"),
            file_name=given["file"].name,
            pieces=given["file"].chunks(),
            now=clock.now(),
            id=given.get("id"),
            cutoff=given.get("cutoff"),
        )
        return self._with_job(load, job, HTTPStatus.OK if job is None else HTTPStatus.CREATED)

    @extend_schema(request=None, responses={202: LoadAndJob})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: UUID) -> Response:
        """Check a file once more, after names were settled or its source's reading was changed."""
        self.read_nothing()
        version, load = self.expected_version(), self.get_object()
        job = loads.check_again(actor=self.actor, load=load, version=version, now=clock.now())
        return self._with_job(load, job, HTTPStatus.ACCEPTED)

    @extend_schema(request=ApplyIn, responses={202: LoadAndJob})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: UUID) -> Response:
        """Bring a checked file into effect."""
        version, load = self.expected_version(), self.get_object()
        job = loads.apply(
            actor=self.actor, load=load, version=version, now=clock.now(), **self.read(ApplyIn)
        )
        return self._with_job(load, job, HTTPStatus.ACCEPTED)

    @extend_schema(request=None, responses=LoadOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Give a file up before it is in effect; nothing of it stays."""
        self.read_nothing()
        version, load = self.expected_version(), self.get_object()
        return self.answer(
            loads.cancel(actor=self.actor, load=load, version=version, now=clock.now())
        )

    @extend_schema(request=None, responses=LoadOut)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: UUID) -> Response:
        """Take a load out of effect; the rows that it had replaced count again."""
        self.read_nothing()
        version, load = self.expected_version(), self.get_object()
        return self.answer(
            loads.undo(actor=self.actor, load=load, version=version, now=clock.now())
        )

    def _with_job(self, load: Load, job: Job | None, status: HTTPStatus) -> Response:
        shown = LoadAndJob({"load": load, "job": job}).data
        return Response(shown, status=status, headers={"ETag": etag(load.version)})


class Problems(ListModelMixin, Resource[LoadProblem]):
    """What is doubtful in a file, the file itself first and then row by row."""

    queryset = LoadProblem.objects.all()
    serializer_class = ProblemOut
    filterset_class = ProblemFilter
    orderings = {"row": ("place",)}
    access = {"list": READERS}

    def list(self, request: Request, pk: UUID) -> Response:
        """List the problems."""
        if not Load.objects.visible_to(self.actor).filter(pk=pk).exists():
            raise NotFound
        return super().list(request)

    def visible(self, rows: QuerySet[LoadProblem]) -> QuerySet[LoadProblem]:
        return rows.filter(load=self.kwargs["pk"])
