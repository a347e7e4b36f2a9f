"""Letters of the units after a visit: entered by staff, with their scans."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource, Who
from api.v1.fields import Choice, Day, Digest, Id, Ids, Line, Strict, Text, Whole
from api.v1.filters import IdFilter
from api.v1.parsers import PdfPieces, PicturePieces
from api.v1.permissions import allow
from api.v1.submissions import MOST_BYTES, RANGE, AttachmentOut, piece_of
from inspections.evidence import PDF
from inspections.models import (
    Demand,
    EvidenceResult,
    Finding,
    Letter,
    LetterKind,
    Role,
    Visit,
)
from inspections.services import letters
from inspections.services.letters import MOST_SCANS

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK, Role.INSPECTOR)
# Who reads names because his work needs them.
WITH_NAMES = allow(Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)
WRITERS = allow(Role.PLANNER, Role.CLERK)
PICTURES: Final = ("image/jpeg", "image/png", "image/webp")
#: As much as an attachment of a submission.
LARGEST: Final = 50 * 1024 * 1024


class ScanIn(Strict):
    """A scan that will be sent."""

    sha256 = Digest()
    size = Whole(min_value=1, max_value=LARGEST)
    media_type = serializers.ChoiceField(choices=[PDF, *PICTURES])


class LetterIn(Strict):
    """A letter, under an id of the client's choice."""

    id = Id(required=False)
    visit = Id()
    kind = Choice(LetterKind)
    number = Line(max_length=60, allow_blank=True)
    dated_on = Day()
    received_on = Day()
    summary = Text(max_length=5000)
    findings = serializers.ListField(
        child=Id(), max_length=200, help_text="Those that it answers; evidence may name none."
    )
    demand = Id(required=False, help_text="The demand that it answers.")
    scans = serializers.ListField(child=ScanIn(), max_length=MOST_SCANS)


class CorrectionIn(Strict):
    """What was mistyped, and scans that are sent later."""

    number = Line(max_length=60, allow_blank=True, required=False)
    dated_on = Day(required=False)
    received_on = Day(required=False)
    summary = Text(max_length=5000, required=False)
    scans = serializers.ListField(child=ScanIn(), max_length=MOST_SCANS, required=False)


class ResultIn(Strict):
    """What became of evidence of absence."""

    result = Choice(EvidenceResult)
    note = Text(max_length=2000, allow_blank=True)


class ShortLetterOut(serializers.Serializer[Letter]):
    """A letter without what it says, which may name persons."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    visit = serializers.UUIDField(source="visit_id")
    kind = Choice(LetterKind)
    number = serializers.CharField()
    dated_on = serializers.DateField()
    received_on = serializers.DateField()
    findings = Ids()
    demand = serializers.UUIDField(source="demand_id", allow_null=True)
    entered_by = Who()
    entered_at = serializers.DateTimeField()
    result = Choice(EvidenceResult, allow_null=True)


class LetterOut(ShortLetterOut):
    """A letter with what it says and its scans."""

    summary = serializers.CharField()
    result_note = serializers.CharField()
    result_by = Who(allow_null=True)
    result_at = serializers.DateTimeField(allow_null=True)
    scans = AttachmentOut(source="scans.all", many=True)


class LetterFilter(filters.FilterSet):  # type: ignore[misc]
    """What letters can be found by."""

    visit = IdFilter(field_name="visit_id")
    finding = IdFilter(field_name="findings")
    demand = IdFilter(field_name="demand_id")
    kind = filters.ChoiceFilter(choices=LetterKind.choices)


class Letters(ListModelMixin, Readable[Letter]):
    """Letters of the units. The list names nobody; reading one of them is on record."""

    queryset = Letter.objects.select_related("visit", "entered_by", "result_by").prefetch_related(
        "findings"
    )
    serializer_class = ShortLetterOut
    filterset_class = LetterFilter
    orderings = {"newest": ("-received_on",)}
    has_versions = True
    changes = frozenset({"partial_update", "result"})
    restricted = frozenset({"list", "retrieve", "create", "partial_update", "result"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": WRITERS,
        "partial_update": WRITERS,
        "result": WRITERS,
    }

    def visible(self, rows: Any) -> QuerySet[Letter]:
        visible: QuerySet[Letter] = rows.visible_to(self.actor)
        return visible

    @extend_schema(responses=LetterOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a letter. It may name persons, so the reading is on record."""
        letter = letters.read(actor=self.actor, letter=self.get_object(), now=clock.now())
        return self.answer(letter, output=LetterOut)

    @extend_schema(request=LetterIn, responses={201: LetterOut})
    def create(self, request: Request) -> Response:
        """Enter a letter and announce its scans. A report of remedy moves the findings that it answers."""
        given: dict[str, Any] = self.read(LetterIn)
        visits = Visit.objects.visible_to(self.actor, clock.now())
        demands = Demand.objects.visible_to(self.actor)
        given["visit"] = self.related(visits, given["visit"], "visit")
        given["demand"] = self.related(demands, given.get("demand"), "demand")
        given["findings"] = self.all_by(
            Finding.objects.visible_to(self.actor), given["findings"], "findings"
        )
        letter = letters.enter(actor=self.actor, now=clock.now(), **given)
        return self.answer(letter, HTTPStatus.CREATED, LetterOut)

    @extend_schema(request=CorrectionIn, responses=LetterOut)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Correct what was mistyped, and announce more scans."""
        version = self.expected_version()
        letter = letters.correct(
            actor=self.actor,
            letter=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(CorrectionIn),
        )
        return self.answer(letter, output=LetterOut)

    @extend_schema(request=ResultIn, responses=LetterOut)
    @action(detail=True, methods=["post"])
    def result(self, request: Request, pk: UUID) -> Response:
        """Note what became of evidence of absence."""
        version = self.expected_version()
        letter = letters.note_result(
            actor=self.actor,
            letter=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(ResultIn),
        )
        return self.answer(letter, output=LetterOut)


class Scans(Resource[Letter]):
    """The scans of a letter, each under the SHA-256 of its bytes."""

    queryset = Letter.objects.all()
    serializer_class = AttachmentOut  # type: ignore[assignment]  # found through the letter
    restricted = frozenset({"retrieve", "update"})
    max_body = MOST_BYTES
    access = {"retrieve": WITH_NAMES, "update": WRITERS}

    def visible(self, rows: Any) -> QuerySet[Letter]:
        visible: QuerySet[Letter] = rows.visible_to(self.actor)
        return visible

    def get_parsers(self) -> list[BaseParser]:
        return [PicturePieces(), PdfPieces()]

    @extend_schema(
        responses={
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            (200, PDF): OpenApiTypes.BINARY,
        }
    )
    def retrieve(self, request: Request, pk: UUID, sha256: str) -> HttpResponse:
        """Look at a scan: a picture as a copy, a PDF as a download. The reading is on record."""
        content, media_type = letters.read_scan(
            actor=self.actor, letter=self.get_object(), sha256=sha256, now=clock.now()
        )
        # Bytes from outside are never shown in the product's own page.
        headers = {"X-Content-Type-Options": "nosniff"}
        if media_type == PDF:
            headers["Content-Disposition"] = 'attachment; filename="scan.pdf"'
        return HttpResponse(content, content_type=media_type, headers=headers)

    @extend_schema(
        request=dict.fromkeys((PDF, *PICTURES), OpenApiTypes.BINARY),
        responses=AttachmentOut,
        parameters=[
            OpenApiParameter(
                "Content-Range",
                {"type": "string", "pattern": f"^{RANGE}$"},
                OpenApiParameter.HEADER,
                description="For a piece of a file; files above 4 MB come in pieces, in order.",
            )
        ],
    )
    def update(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Send a scan that the letter announces, or the next piece of one. Sending it again is safe."""
        scan = letters.receive_scan(
            actor=self.actor,
            letter=self.get_object(),
            sha256=sha256,
            piece=piece_of(request.headers.get("Content-Range")),
            pieces=request.data or (),  # type: ignore[arg-type]  # what the parser returned
            now=clock.now(),
        )
        return Response(AttachmentOut(scan).data)
