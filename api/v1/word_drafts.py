"""A narrative draft as a Word document: downloaded, sent back, and what was changed there accepted."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from collections.abc import Mapping
from typing import IO, Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Resource
from api.v1.fields import Choice, Strict, Whole
from api.v1.papers import PaperOut, Papers
from api.v1.permissions import allow
from inspections.documents.content import MAX_ITEMS
from inspections.documents.word.differences import Change, Kind, Stay
from inspections.documents.word.package import MOST_BYTES
from inspections.models import Paper, Role
from inspections.services import word_drafts
from inspections.services.word_drafts import Edited

WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WRITERS = allow(Role.PLANNER, Role.CLERK)


class WordParser(BaseParser):
    """Hands a Word document's bytes on; the service reads them within bounds."""

    media_type = WORD

    def parse(  # type: ignore[override]  # what it returns is for one view
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes."""
        return stream.read()


class SegmentOut(serializers.Serializer[Any]):
    """A piece of a changed paragraph."""

    stay = Choice(Stay)
    text = serializers.CharField()


class ChangeOut(serializers.Serializer[Change]):
    """A change, named by its place in the list. ``document`` 0 is the paper, the others are its appendices."""

    kind = Choice(Kind)
    document = serializers.IntegerField()
    block = serializers.IntegerField()
    old = serializers.CharField()
    new = serializers.CharField()
    segments = SegmentOut(many=True)


class EditedOut(serializers.Serializer[Edited]):
    """A draft that came back, and what it says otherwise than the paper."""

    sha256 = serializers.CharField(source="draft.sha256")
    changes = ChangeOut(many=True)


class AcceptIn(Strict):
    """The changes that are taken over, by their places in the list."""

    changes = serializers.ListField(
        child=Whole(min_value=0, max_value=2 * MAX_ITEMS), max_length=2 * MAX_ITEMS
    )


class WordDrafts(Resource[Paper]):
    """The Word document of a draft."""

    queryset = Paper.objects.all()
    serializer_class = EditedOut  # type: ignore[assignment]  # found through the paper
    parser_classes = [WordParser]
    restricted = frozenset({"retrieve", "create"})
    max_body = MOST_BYTES
    access = {"retrieve": WRITERS, "create": WRITERS}

    def visible(self, rows: Any) -> QuerySet[Paper]:
        visible: QuerySet[Paper] = rows.visible_to(self.actor)
        return visible

    @extend_schema(responses={(200, WORD): OpenApiTypes.BINARY})
    def retrieve(self, request: Request, pk: UUID) -> HttpResponse:
        """Download the draft to edit it in Word. It names units, so the reading is on record."""
        paper = self.get_object()
        content = word_drafts.download(actor=self.actor, paper=paper, now=clock.now())
        return HttpResponse(
            content,
            content_type=WORD,
            headers={"Content-Disposition": f'attachment; filename="{paper.kind}.docx"'},
        )

    @extend_schema(request={WORD: OpenApiTypes.BINARY}, responses={200: EditedOut})
    def create(self, request: Request, pk: UUID) -> Response:
        """Send the edited draft back, and see what was changed. The paper stays as it is; sending again is safe."""
        data: Any = request.data
        edited = word_drafts.upload(
            actor=self.actor, paper=self.get_object(), data=bytes(data or b""), now=clock.now()
        )
        return Response(EditedOut(edited).data)


class WordChanges(Resource[Paper]):
    """What was changed in a draft that came back."""

    queryset = Papers.queryset
    serializer_class = PaperOut
    has_versions = True
    changes = frozenset({"accept"})
    restricted = frozenset({"accept"})
    access = {"accept": WRITERS}

    def visible(self, rows: Any) -> QuerySet[Paper]:
        visible: QuerySet[Paper] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=AcceptIn, responses=PaperOut)
    def accept(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Take over some of the changes; the others are left."""
        given: dict[str, Any] = self.read(AcceptIn)
        paper = word_drafts.accept(
            actor=self.actor,
            paper=self.get_object(),
            version=self.expected_version(),
            sha256=sha256,
            changes=given["changes"],
            now=clock.now(),
        )
        return self.answer(paper)
