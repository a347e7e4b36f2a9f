"""What papers of a kind always say, in its versions: edited as a draft, published by another person."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

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
from api.v1.base import Readable, Who
from api.v1.fields import Choice, Id, Strict, Text
from api.v1.permissions import allow
from inspections import standing
from inspections.models import PaperKind, Plan, Role, StandingTexts, Visit
from inspections.services import previews, standing_texts


def texts() -> serializers.ListField:
    """Return the field of several paragraphs."""
    paragraph = Text(max_length=standing.LONGEST_TEXT)
    return serializers.ListField(child=paragraph, max_length=standing.MOST_TEXTS)


class TextsFields(Strict):
    """Standing texts. In braces stand names that the department fills, as ``{department}``."""

    grounds = texts()
    parts = serializers.DictField(child=texts(), help_text="As the packaged texts of the kind.")
    closing = Text(max_length=standing.LONGEST_TEXT, allow_blank=True)
    recipients = serializers.ListField(
        child=Text(max_length=standing.LONGEST_LINE),
        max_length=standing.MOST_TEXTS,
        help_text="Without dashes and stops; the last is where the paper is filed.",
    )


class TextsDraftIn(Strict):
    """A new draft of the texts of a kind, under an id of the client's choice."""

    id = Id(required=False)
    kind = Choice(PaperKind)


class PreviewIn(Strict):
    """The plan or the visit whose paper is shown; without one a sample is."""

    plan = Id(required=False, allow_null=True)
    visit = Id(required=False, allow_null=True)


class StandingTextsOut(serializers.Serializer[StandingTexts]):
    """A version of the texts of a kind."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    kind = Choice(PaperKind)
    number = serializers.IntegerField()
    created_by = Who()
    created_at = serializers.DateTimeField()
    published_by = Who(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class FullStandingTextsOut(StandingTextsOut):
    """A version of the texts of a kind, with the texts."""

    texts = TextsFields()


class StandingTextsFilter(filters.FilterSet):  # type: ignore[misc]
    """What standing texts can be found by."""

    kind = filters.ChoiceFilter(choices=PaperKind.choices)


class StandingTextsVersions(ListModelMixin, Readable[StandingTexts]):
    """Versions of standing texts. Where a kind has none, papers are drafted with those of the package."""

    queryset = StandingTexts.objects.select_related("created_by", "published_by")
    serializer_class = StandingTextsOut
    filterset_class = StandingTextsFilter
    orderings = {"newest": ("-created_at",)}
    has_versions = True
    changes = frozenset({"texts", "publish", "destroy"})
    access = {
        "list": allow(),
        "retrieve": allow(),
        "create": allow(Role.PLANNER),
        "texts": allow(Role.PLANNER),
        "preview": allow(Role.PLANNER, Role.APPROVER),
        "publish": allow(Role.APPROVER),
        "destroy": allow(Role.PLANNER),
    }

    @extend_schema(responses=FullStandingTextsOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a version with its texts."""
        return self.answer(self.get_object(), output=FullStandingTextsOut)

    @extend_schema(request=TextsDraftIn, responses={201: FullStandingTextsOut})
    def create(self, request: Request) -> Response:
        """Start a draft: a copy of the texts in force."""
        given: dict[str, Any] = self.read(TextsDraftIn)
        draft = standing_texts.start_draft(actor=self.actor, now=clock.now(), **given)
        return self.answer(draft, HTTPStatus.CREATED, FullStandingTextsOut)

    @extend_schema(request=TextsFields, responses=FullStandingTextsOut)
    @action(detail=True, methods=["put"])
    def texts(self, request: Request, pk: UUID) -> Response:
        """Replace the texts of the draft."""
        given: dict[str, Any] = self.read(TextsFields)
        draft = standing_texts.change(
            actor=self.actor,
            draft=self.get_object(),
            version=self.expected_version(),
            texts=given,
            now=clock.now(),
        )
        return self.answer(draft, output=FullStandingTextsOut)

    @extend_schema(request=PreviewIn, responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: UUID) -> HttpResponse:
        """Print a paper with these texts, without making one."""
        given: dict[str, Any] = self.read(PreviewIn)
        now = clock.now()
        visits = Visit.objects.visible_to(self.actor, now)
        content = previews.preview(
            actor=self.actor,
            texts=self.get_object(),
            now=now,
            plan=self.related(Plan.objects.visible_to(self.actor), given.get("plan"), "plan"),
            visit=self.related(visits, given.get("visit"), "visit"),
        )
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": 'attachment; filename="preview.pdf"'},
        )

    @extend_schema(request=None, responses=FullStandingTextsOut)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: UUID) -> Response:
        """Publish the draft that somebody else wrote: papers are drafted with it from now on."""
        self.read_nothing()
        published = standing_texts.publish(
            actor=self.actor,
            draft=self.get_object(),
            version=self.expected_version(),
            now=clock.now(),
        )
        return self.answer(published, output=FullStandingTextsOut)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Throw the draft away."""
        standing_texts.discard(
            actor=self.actor,
            draft=self.get_object(),
            version=self.expected_version(),
            now=clock.now(),
        )
        return Response(status=HTTPStatus.NO_CONTENT)
