"""The checklist in its versions: edited as a draft, published by another person, then never changed."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Who
from api.v1.fields import Choice, Id, Line, Strict, Truth
from api.v1.permissions import allow
from inspections.models import Checklist, FindingSeverity, Role, UnitKind
from inspections.services import checklists


class ItemFields(Strict):
    """One thing to look at. Without kinds of unit it is for every kind."""

    code = Line(max_length=10)
    section = Line(max_length=120)
    text = Line(max_length=500)
    text_en = Line(max_length=500, allow_blank=True)
    legal_basis = Line(max_length=500, allow_blank=True)
    basis_verified = Truth()
    severity = Choice(FindingSeverity)
    evidence = Line(max_length=500, allow_blank=True)
    kinds = serializers.ListField(child=Choice(UnitKind), max_length=len(UnitKind))
    is_core = Truth()


class DraftIn(Strict):
    """A new draft, under an id of the client's choice."""

    id = Id(required=False)


class ItemsIn(Strict):
    """All the items of the draft, in their order."""

    items = serializers.ListField(child=ItemFields(), min_length=1, max_length=500)


class ChecklistOut(serializers.Serializer[Checklist]):
    """A version of the checklist."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    number = serializers.IntegerField()
    created_by = Who(allow_null=True)
    created_at = serializers.DateTimeField()
    published_by = Who(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class FullChecklistOut(ChecklistOut):
    """A version of the checklist with its items."""

    items = ItemFields(many=True)


class Checklists(ListModelMixin, Readable[Checklist]):
    """Versions of the checklist. A visit stays filed under the version that its inspectors held."""

    queryset = Checklist.objects.select_related("created_by", "published_by")
    serializer_class = ChecklistOut
    orderings = {"newest": ("-number",)}
    has_versions = True
    changes = frozenset({"items", "publish", "destroy"})
    access = {
        "list": allow(),
        "retrieve": allow(),
        "create": allow(Role.PLANNER),
        "items": allow(Role.PLANNER),
        "publish": allow(Role.APPROVER),
        "destroy": allow(Role.PLANNER),
    }

    @extend_schema(responses=FullChecklistOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a version with its items."""
        return self.answer(self.get_object(), output=FullChecklistOut)

    @extend_schema(request=DraftIn, responses={201: FullChecklistOut})
    def create(self, request: Request) -> Response:
        """Start a draft: a copy of the version in force."""
        given: dict[str, Any] = self.read(DraftIn)
        draft = checklists.start_draft(actor=self.actor, now=clock.now(), **given)
        return self.answer(draft, HTTPStatus.CREATED, FullChecklistOut)

    @extend_schema(request=ItemsIn, responses=FullChecklistOut)
    @action(detail=True, methods=["put"])
    def items(self, request: Request, pk: UUID) -> Response:
        """Replace the items of the draft."""
        given: dict[str, Any] = self.read(ItemsIn)
        draft = checklists.replace_items(
            actor=self.actor,
            checklist=self.get_object(),
            version=self.expected_version(),
            items=given["items"],
            now=clock.now(),
        )
        return self.answer(draft, output=FullChecklistOut)

    @extend_schema(request=None, responses=FullChecklistOut)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> Response:
        """Publish the draft that somebody else wrote: the version in force from now on."""
        self.read_nothing()
        published = checklists.publish(
            actor=self.actor,
            checklist=self.get_object(),
            version=self.expected_version(),
            now=clock.now(),
        )
        return self.answer(published, output=FullChecklistOut)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Throw the draft away."""
        checklists.discard_draft(
            actor=self.actor,
            checklist=self.get_object(),
            version=self.expected_version(),
            now=clock.now(),
        )
        return Response(status=HTTPStatus.NO_CONTENT)
