"""Papers of plans. A restricted one is read like the roster that it prints: on record."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable
from api.v1.fields import Choice, Id, Strict
from api.v1.filters import IdFilter
from api.v1.permissions import allow
from inspections.models import Document, DocumentKind, Plan, Role
from inspections.services import papers

READERS = allow()


class PaperIn(Strict):
    """A paper to print."""

    plan = Id()
    kind = Choice(DocumentKind)


class DocumentOut(serializers.Serializer[Document]):
    """A printed paper. A restricted one shows no hash: it would let anybody test a guess of the roster."""

    id = serializers.UUIDField()
    plan = serializers.UUIDField(source="plan_id")
    kind = Choice(DocumentKind)
    is_restricted = serializers.BooleanField()
    sha256 = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class DocumentFilter(filters.FilterSet):  # type: ignore[misc]
    """What papers can be found by."""

    plan = IdFilter(field_name="plan_id")
    kind = filters.ChoiceFilter(choices=DocumentKind.choices)


class Documents(ListModelMixin, Readable[Document]):
    """Papers of plans: those without names for everybody, restricted ones for readers of rosters."""

    queryset = Document.objects.defer("content")
    serializer_class = DocumentOut
    filterset_class = DocumentFilter
    orderings = {"newest": ("-created_at",), "kind": ("kind",)}
    restricted = frozenset({"create", "content"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": allow(Role.PLANNER, Role.APPROVER, Role.CLERK),
        "content": READERS,
    }

    def visible(self, rows: Any) -> QuerySet[Document]:
        visible: QuerySet[Document] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=PaperIn, responses={201: DocumentOut})
    def create(self, request: Request) -> Response:
        """Print a paper in place of the one printed before."""
        given = self.read(PaperIn)
        plan = self.related(Plan.objects.visible_to(self.actor), given["plan"], "plan")
        document = papers.print_paper(
            actor=self.actor, plan=plan, kind=given["kind"], now=clock.now()
        )
        return self.answer(document, HTTPStatus.CREATED)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: UUID) -> HttpResponse:
        """Return the paper's bytes."""
        document = self.get_object()
        content = papers.read_document(actor=self.actor, document=document, now=clock.now())
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{document.kind}.pdf"'},
        )
