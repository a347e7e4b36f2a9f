"""Commendations and the forms of them. The list names nobody; reading one is on record."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource, Who
from api.v1.etags import etag
from api.v1.fields import Choice, Day, Digest, Id, Line, Strict, Text, Truth
from api.v1.filters import BooleanFilter, IdFilter
from api.v1.permissions import allow
from inspections.models import Commendation, CommendationForm, Official, Role, Unit, Visit
from inspections.models.officials import PERSONNEL
from inspections.queries.blocks import Block, blocks
from inspections.services import commendation_forms, commendations
from inspections.states import CommendationState, VisitState

KEEPERS = allow(*commendation_forms.KEEPERS)
RECORDERS = allow(*PERSONNEL)


class CommendationFormIn(Strict):
    """A new form of commendation."""

    id = Id(required=False)
    name = Line(max_length=200)
    for_collective = Truth()
    for_individual = Truth()
    authority = Line(max_length=300, required=False, allow_blank=True)
    legal_basis = Line(max_length=500, required=False, allow_blank=True)
    basis_verified = Truth(required=False)


class CommendationFormOut(serializers.Serializer[CommendationForm]):
    """A form that the department commends in."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    for_collective = serializers.BooleanField()
    for_individual = serializers.BooleanField()
    authority = serializers.CharField()
    legal_basis = serializers.CharField()
    basis_verified = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class CommendationFormFilter(filters.FilterSet):  # type: ignore[misc]
    """What forms can be found by."""

    in_use = BooleanFilter(field_name="retired_at", lookup_expr="isnull")


class CommendationForms(ListModelMixin, Resource[CommendationForm]):
    """Forms of commendation. One never changes: another wording is another form."""

    queryset = CommendationForm.objects.all()
    serializer_class = CommendationFormOut
    filterset_class = CommendationFormFilter
    orderings = {"name": ("sort_key",)}
    has_versions = True
    changes = frozenset({"retire"})
    access = {"list": allow(), "create": KEEPERS, "retire": KEEPERS}

    @extend_schema(request=CommendationFormIn, responses={201: CommendationFormOut})
    def create(self, request: Request) -> Response:
        """Add a form. With an `id` of your own the request can be repeated safely."""
        given = self.read(CommendationFormIn)
        form = commendation_forms.create_form(actor=self.actor, now=clock.now(), **given)
        return self.answer(form, HTTPStatus.CREATED)

    @extend_schema(request=None, responses=CommendationFormOut)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: UUID) -> Response:
        """Take a form out of use; commendations in it stay as they are."""
        self.read_nothing()
        retired = commendation_forms.retire_form(
            actor=self.actor,
            version=self.expected_version(),
            form=self.get_object(),
            now=clock.now(),
        )
        return self.answer(retired)


class EvidenceIn(Strict):
    """Praise in a visit's record, by its id, or a file that was filed there, by its hash: one of the two."""

    one_of = ("praise", "sha256")
    default_error_messages = {"one_of_two": _("Name praise or a file, one of the two.")}

    visit = Id()
    praise = Id(required=False)
    sha256 = Digest(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is neither, or both."""
        if sum(name in attrs for name in self.one_of) != 1:
            self.fail("one_of_two")
        return attrs


class CommendationIn(Strict):
    """A proposal: about an official of the unit, or without one about the unit as a whole."""

    id = Id(required=False)
    unit = Id()
    official = Id(required=False, allow_null=True)
    form = Id()
    reasons = Text(max_length=10_000)
    evidence = serializers.ListField(child=EvidenceIn(), min_length=1, max_length=100)


class CommendationReviewIn(Strict):
    """What a second person says."""

    supported = Truth()
    reason = Text(max_length=2000)


class GrantIn(Strict):
    """The decision: its number and day."""

    number = Line(max_length=60)
    on = Day()


class RefusalIn(Strict):
    """Why it was refused, and when."""

    reason = Text(max_length=2000)
    on = Day()


class CommendationOut(serializers.Serializer[Commendation]):
    """A commendation without the person and what is said of him."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    unit = serializers.UUIDField(source="unit_id")
    is_collective = serializers.BooleanField()
    form = serializers.UUIDField(source="form_id")
    state = Choice(CommendationState)
    proposed_at = serializers.DateTimeField()
    decided_on = serializers.DateField(allow_null=True)


class CommendedOut(serializers.Serializer[Commendation]):
    """The person, as he was when it was proposed."""

    id = serializers.UUIDField(source="official_id")
    full_name = serializers.CharField(source="official.full_name")
    post = serializers.CharField()


class EvidenceOut(serializers.Serializer[Any]):
    """What it rests on."""

    visit = serializers.UUIDField(source="visit_id")
    praise = serializers.UUIDField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)


class BlockOut(serializers.Serializer[Block]):
    """What stands against it now: a recommendation for discipline, or a finding."""

    code = serializers.CharField()
    detail = serializers.CharField(source="sentence")
    object = serializers.UUIDField(source="object_id")


class FullCommendationOut(CommendationOut):
    """A commendation with the person, what is said of him, and what became of it."""

    subject = serializers.SerializerMethodField()
    reasons = serializers.CharField()
    evidence = EvidenceOut(source="evidence.all", many=True)
    blocks = serializers.SerializerMethodField()
    proposed_by = Who()
    reviewed_by = Who(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    review_reason = serializers.CharField()
    decision_number = serializers.CharField()
    refusal_reason = serializers.CharField()
    decided_by = Who(allow_null=True)

    @extend_schema_field(BlockOut(many=True))
    def get_blocks(self, commendation: Commendation) -> Any:
        """Return what stands against it now."""
        found = blocks(commendation.unit, commendation.official)
        return [BlockOut(one).data for one in found]

    @extend_schema_field(CommendedOut(allow_null=True))
    def get_subject(self, commendation: Commendation) -> Any:
        """Return the person; null for the unit as a whole."""
        return None if commendation.is_collective else CommendedOut(commendation).data


class CommendationFilter(filters.FilterSet):  # type: ignore[misc]
    """What commendations can be found by."""

    unit = IdFilter(field_name="unit_id")
    state = filters.ChoiceFilter(choices=CommendationState.choices)
    is_collective = BooleanFilter(field_name="official", lookup_expr="isnull")


class Commendations(ListModelMixin, Readable[Commendation]):
    """Commendations. Nobody is commended while discipline is considered or signs of violation are not settled."""

    queryset = Commendation.objects.all()
    serializer_class = CommendationOut
    filterset_class = CommendationFilter
    orderings = {"newest": ("-proposed_at",)}
    has_versions = True
    changes = frozenset({"review", "decide", "refuse"})
    restricted = frozenset({"list", "retrieve"})
    access = {
        "list": allow(*PERSONNEL, Role.LEADER, Role.INSPECTOR),
        "retrieve": allow(*PERSONNEL, Role.INSPECTOR),
        "create": allow(*commendations.PROPOSERS),
        "review": allow(*commendations.REVIEWERS),
        "decide": RECORDERS,
        "refuse": RECORDERS,
    }

    def visible(self, rows: Any) -> QuerySet[Commendation]:
        listed = self.action == "list"
        visible: QuerySet[Commendation] = (
            rows.visible_to(self.actor) if listed else rows.named_to(self.actor)
        )
        return visible

    @extend_schema(responses=FullCommendationOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a commendation with the person and what stands against it now. The reading is on record."""
        read = commendations.read_commendation(
            actor=self.actor, commendation=self.get_object(), now=clock.now()
        )
        # What stands against it changes without it: no client's copy is good for long.
        return Response(FullCommendationOut(read).data, headers={"ETag": etag(read.version)})

    @extend_schema(request=CommendationIn, responses={201: CommendationOut})
    def create(self, request: Request) -> Response:
        """Propose a commendation. With an `id` of your own the request can be repeated safely."""
        given: dict[str, Any] = self.read(CommendationIn)
        given["unit"] = self.related(Unit.objects.all(), given["unit"], "unit")
        officials = Official.objects.visible_to(self.actor)
        given["official"] = self.related(officials, given.get("official"), "official")
        given["form"] = self.related(CommendationForm.objects.all(), given["form"], "form")
        visits = Visit.objects.visible_to(self.actor, clock.now()).filter(state=VisitState.FILED)
        given["evidence"] = [
            commendations.Evidence(
                **(one | {"visit": self.related(visits, one["visit"], "evidence")})
            )
            for one in given["evidence"]
        ]
        made = commendations.propose(actor=self.actor, now=clock.now(), **given)
        return self.answer(made, HTTPStatus.CREATED)

    @extend_schema(request=CommendationReviewIn, responses=CommendationOut)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: UUID) -> Response:
        """Support what somebody else proposed, or end it here."""
        return self.answer(commendations.review(**self._facts(), **self.read(CommendationReviewIn)))

    @extend_schema(request=GrantIn, responses=CommendationOut)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: UUID) -> Response:
        """Record the decision by which it was granted."""
        return self.answer(commendations.decide(**self._facts(), **self.read(GrantIn)))

    @extend_schema(request=RefusalIn, responses=CommendationOut)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: UUID) -> Response:
        """Record that it was refused, and why."""
        return self.answer(commendations.refuse(**self._facts(), **self.read(RefusalIn)))

    def _facts(self) -> dict[str, Any]:
        """Return what every step says."""
        version = self.expected_version()
        return {
            "actor": self.actor,
            "commendation": self.get_object(),
            "version": version,
            "now": clock.now(),
        }
