"""Official papers: from the draft over the clerk's queue to issued bytes."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Who
from api.v1.fields import Choice, Day, Id, Strict, Whole
from api.v1.filters import IdFilter
from api.v1.permissions import allow
from inspections.models import Paper, PaperKind, Plan, Role, Visit
from inspections.services import issuing
from inspections.states import PaperState

WRITERS = allow(Role.PLANNER, Role.CLERK, Role.INSPECTOR)
SUBMITTERS = allow(Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)


class PaperDraftIn(Strict):
    """A draft, under an id of the client's choice; what it is about, and the paper in force that it will replace."""

    id = Id(required=False)
    kind = Choice(PaperKind)
    plan = Id(required=False, allow_null=True)
    visit = Id(required=False, allow_null=True)
    replaces = Id(required=False, allow_null=True)


class NumberIn(Strict):
    """The number and the date that the clerk gave."""

    number = Whole(min_value=1, max_value=issuing.MOST_NUMBER)
    dated = Day()


class PaperOut(serializers.Serializer[Paper]):
    """An official paper. ``standing_texts`` is the version that it was drafted with; 0 came with the product."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    kind = Choice(PaperKind)
    plan = serializers.UUIDField(source="plan_id", allow_null=True)
    visit = serializers.UUIDField(source="visit_id", allow_null=True)
    state = Choice(PaperState)
    standing_texts = serializers.IntegerField(source="texts_number")
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    replaced_by = serializers.SerializerMethodField()
    drafted_by = Who()
    drafted_at = serializers.DateTimeField()
    submitted_by = Who(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    series = serializers.CharField(allow_null=True)
    year = serializers.IntegerField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    dated = serializers.DateField(allow_null=True)
    numbered_by = Who(allow_null=True)
    numbered_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    withdrawn_by = Who(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_replaced_by(self, paper: Paper) -> str | None:
        """Return the paper in force that came in this one's place."""
        return next((str(other.pk) for other in paper.successors.all()), None)


class PaperFilter(filters.FilterSet):  # type: ignore[misc]
    """What papers can be found by. The clerk's queue (Chờ cấp số) is the state ``submitted``."""

    kind = filters.ChoiceFilter(choices=PaperKind.choices)
    state = filters.ChoiceFilter(choices=PaperState.choices)
    plan = IdFilter(field_name="plan_id")
    visit = IdFilter(field_name="visit_id")


class Papers(ListModelMixin, Readable[Paper]):
    """Official papers: those of plans for everybody, those of visits for the office and for who was there."""

    queryset = (
        Paper.objects.without_bytes()
        .select_related("drafted_by", "submitted_by", "numbered_by", "withdrawn_by")
        .prefetch_related(
            Prefetch(
                "successors",
                Paper.objects.without_bytes().filter(
                    state__in=[PaperState.ISSUED, PaperState.REPLACED]
                ),
            )
        )
    )
    serializer_class = PaperOut
    filterset_class = PaperFilter
    orderings = {"newest": ("-drafted_at",)}
    has_versions = True
    changes = frozenset({"submit", "number", "withdraw"})
    restricted = frozenset({"create", "submit", "number", "withdraw"})
    access = {
        "list": allow(),
        "retrieve": allow(),
        "create": WRITERS,
        "pdf": allow(),
        "submit": SUBMITTERS,
        "number": allow(Role.CLERK),
        "withdraw": SUBMITTERS,
    }

    def visible(self, rows: Any) -> QuerySet[Paper]:
        visible: QuerySet[Paper] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=PaperDraftIn, responses={201: PaperOut})
    def create(self, request: Request) -> Response:
        """Make the draft of a paper about a plan or a visit."""
        given: dict[str, Any] = self.read(PaperDraftIn)
        now = clock.now()
        subjects = {
            "plan": Plan.objects.visible_to(self.actor),
            "visit": Visit.objects.visible_to(self.actor, now),
            "replaces": self.get_queryset(),
        }
        for name, rows in subjects.items():
            given[name] = self.related(rows, given.get(name), name)
        paper = issuing.draft(actor=self.actor, now=now, **given)
        return self.answer(paper, HTTPStatus.CREATED)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: UUID) -> HttpResponse:
        """Return the paper: a draft as printed now, then what was sent for signing, then what was issued."""
        paper = self.get_object()
        content = issuing.read_pdf(actor=self.actor, paper=paper, now=clock.now())
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{paper.kind}.pdf"'},
        )

    @extend_schema(request=None, responses=PaperOut)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: UUID) -> Response:
        """Send the draft for signing and into the clerk's queue. From now on it says what it says."""
        self.read_nothing()
        return self._step(issuing.submit)

    @extend_schema(request=NumberIn, responses=PaperOut)
    @action(detail=True, methods=["post"])
    def number(self, request: Request, pk: UUID) -> Response:
        """Enter number and date: the paper is issued, and what it replaces is no longer in force."""
        given: dict[str, Any] = self.read(NumberIn)
        return self._step(issuing.number, **given)

    @extend_schema(request=None, responses=PaperOut)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take the paper back before it is issued."""
        self.read_nothing()
        return self._step(issuing.withdraw)

    def _step(self, step: Any, **given: Any) -> Response:
        paper = step(
            actor=self.actor,
            paper=self.get_object(),
            version=self.expected_version(),
            now=clock.now(),
            **given,
        )
        return self.answer(paper)
