"""Submissions: what teams file at a unit's door, received once and never lost."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

import re
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import register_converter
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource, Who
from api.v1.fields import Choice, Id, Strict, Text, Truth
from api.v1.filters import BooleanFilter, IdFilter
from api.v1.parsers import PdfPieces, PicturePieces, Received, ReceivedJSONParser
from api.v1.permissions import allow
from inspections import evidence
from inspections.errors import NotFound
from inspections.filing import contents
from inspections.models import (
    Attachment,
    LetterScan,
    Role,
    SetAside,
    Submission,
    SubmissionState,
    Visit,
)
from inspections.services import attachments, filing

READERS = allow(Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)
SENDERS = allow(Role.PLANNER, Role.CLERK, Role.INSPECTOR)
#: The largest file or piece of one that a request carries.
MOST_BYTES: Final = 4 * 1024 * 1024
RANGE: Final = r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})"


class DigestConverter:
    """The SHA-256 of a file in a path."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(DigestConverter, "sha256")


class AttachmentOut(serializers.Serializer[Attachment | LetterScan]):
    """A file that is announced, and how much of it is here."""

    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    media_type = serializers.CharField()
    received_bytes = serializers.SerializerMethodField()
    received_at = serializers.DateTimeField(allow_null=True)

    def get_received_bytes(self, attachment: Attachment | LetterScan) -> int:
        """Return where the next piece begins."""
        whole = attachment.received_at is not None
        return attachment.size if whole else evidence.received(attachment.pk)


class SubmissionOut(serializers.Serializer[Submission]):
    """The receipt of a submission. What it says is read apart, on record."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    visit = serializers.UUIDField(source="visit_ref")
    sha256 = serializers.CharField()
    state = Choice(SubmissionState)
    closes = serializers.BooleanField()
    is_annex = serializers.BooleanField()
    from_paper = serializers.BooleanField()
    signatures_match = serializers.BooleanField(
        allow_null=True,
        help_text="Whether signatures drawn on a tablet are bound to what came; null without any.",
    )
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    device = serializers.UUIDField(source="device_id", allow_null=True)
    sent_by = Who()
    received_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    set_aside = Choice(SetAside, allow_null=True)
    accepted = serializers.BooleanField(allow_null=True)
    settled_by = Who(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    settled_reason = serializers.CharField()


class ReceiptOut(SubmissionOut):
    """The receipt of one submission with its files and whether other bytes came under its id."""

    attachments = AttachmentOut(source="attachments.all", many=True)
    conflicts = serializers.IntegerField(source="conflicts.count")


@extend_schema_field({"type": "object"})
class Content(serializers.JSONField):
    """What a body says."""


class BodyOut(serializers.Serializer[Any]):
    """What came under a submission's id."""

    sha256 = serializers.CharField()
    sent_by = Who()
    received_at = serializers.DateTimeField()
    content = Content()


class BodiesOut(serializers.Serializer[Any]):
    """The submission first, then whatever else came under its id."""

    bodies = BodyOut(many=True)


class SettleIn(Strict):
    """A person's decision about a submission that was set aside."""

    accept = Truth()
    reason = Text(max_length=2000)
    visit = Id(
        required=False,
        help_text="The visit that it counts for, if it names another. Without it, one that was opened"
        " without a network opens its directed visit.",
    )


class SubmissionFilter(filters.FilterSet):  # type: ignore[misc]
    """What submissions can be found by."""

    visit = IdFilter(field_name="visit_id")
    waits_for_a_person = BooleanFilter(method="waiting")

    def waiting(
        self,
        rows: QuerySet[Submission],
        name: str,
        value: bool,
    ) -> QuerySet[Submission]:
        """Submissions that were set aside and that nobody decided on, or all others."""
        waiting = {"set_aside__isnull": False, "settled_at": None}
        return rows.filter(**waiting) if value else rows.exclude(**waiting)


class Submissions(ListModelMixin, Readable[Submission]):
    """Submissions. Sending the same bytes again is safe; other bytes under one id are a conflict, and kept."""

    queryset = Submission.objects.select_related("sent_by", "settled_by").defer("body")
    serializer_class = SubmissionOut
    filterset_class = SubmissionFilter
    orderings = {"newest": ("-received_at",)}
    has_versions = True
    changes = frozenset({"settle"})
    restricted = frozenset({"list", "retrieve", "update", "bodies", "settle"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "update": SENDERS,
        "bodies": READERS,
        "settle": allow(Role.PLANNER, Role.APPROVER),
    }

    def visible(self, rows: Any) -> QuerySet[Submission]:
        visible: QuerySet[Submission] = rows.visible_to(self.actor)
        return visible

    def get_parsers(self) -> list[BaseParser]:
        if self.action_map.get("put") == "update":
            return [ReceivedJSONParser()]
        return super().get_parsers()

    @extend_schema(responses=ReceiptOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read the receipt: where the submission stands and what of its files is missing."""
        return self.answer(self.get_object(), output=ReceiptOut)

    @extend_schema(
        request={"application/json": contents.any_format()},
        responses={200: ReceiptOut, 201: ReceiptOut},
        parameters=[
            OpenApiParameter(
                "Device-Proof",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="HMAC-SHA256 under the device's key in 64 hex digits, see the description of "
                "filing. A wrong one sets the submission aside.",
            )
        ],
    )
    def update(self, request: Request, pk: UUID) -> Response:
        """Send a submission under an id of one's own making."""
        given: Any = request.data
        if not isinstance(given, Received):  # an empty body is not parsed at all
            raise ParseError
        submission, new = filing.receive(
            actor=self.actor,
            submission_id=pk,
            body=given.body,
            content=given.content,
            proof=request.headers.get("Device-Proof"),
            now=clock.now(),
        )
        return self.answer(submission, HTTPStatus.CREATED if new else HTTPStatus.OK, ReceiptOut)

    @extend_schema(responses=BodiesOut)
    @action(detail=True, methods=["get"])
    def bodies(self, request: Request, pk: UUID) -> Response:
        """Read what was sent. It names persons, so the reading is on record."""
        found = filing.read_bodies(actor=self.actor, submission=self.get_object(), now=clock.now())
        return Response(BodiesOut({"bodies": found}).data)

    @extend_schema(request=SettleIn, responses=ReceiptOut)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: UUID) -> Response:
        """Decide on a submission that was set aside."""
        given: dict[str, Any] = self.read(SettleIn)
        visits = Visit.objects.visible_to(self.actor, clock.now())
        submission = filing.settle(
            actor=self.actor,
            submission=self.get_object(),
            version=self.expected_version(),
            accept=given["accept"],
            reason=given["reason"],
            visit=self.related(visits, given.get("visit"), "visit"),
            now=clock.now(),
        )
        return self.answer(submission, output=ReceiptOut)


class Attachments(Resource[Submission]):
    """The files of a submission, each under the SHA-256 of its bytes."""

    queryset = Submission.objects.all()
    serializer_class = AttachmentOut  # type: ignore[assignment]  # found through the submission
    restricted = frozenset({"retrieve", "update"})
    max_body = MOST_BYTES
    access = {"retrieve": READERS, "update": SENDERS}

    def visible(self, rows: Any) -> QuerySet[Submission]:
        visible: QuerySet[Submission] = rows.visible_to(self.actor)
        return visible

    def get_parsers(self) -> list[BaseParser]:
        return [PicturePieces(), PdfPieces()]

    @extend_schema(
        responses={
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            (200, evidence.PDF): OpenApiTypes.BINARY,
        }
    )
    def retrieve(self, request: Request, pk: UUID, sha256: str) -> HttpResponse:
        """Look at a photograph: a copy without EXIF and place; or download a PDF. The reading is on record."""
        attachment = self.get_object().attachments.filter(sha256=sha256).first()
        if attachment is None:
            raise NotFound
        content = attachments.read(actor=self.actor, attachment=attachment, now=clock.now())
        if evidence.is_picture(attachment.media_type):
            return HttpResponse(content, content_type="image/jpeg")
        return HttpResponse(
            content,
            content_type=attachment.media_type,
            headers={"Content-Disposition": f'attachment; filename="{sha256[:12]}.pdf"'},
        )

    @extend_schema(
        request={
            ("image/jpeg"): OpenApiTypes.BINARY,
            ("image/png"): OpenApiTypes.BINARY,
            ("image/webp"): OpenApiTypes.BINARY,
            (evidence.PDF): OpenApiTypes.BINARY,
        },
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
        """Send a file, or the next piece of one. Sending it again is safe."""
        attachment = attachments.receive(
            actor=self.actor,
            submission=self.get_object(),
            sha256=sha256,
            piece=piece_of(request.headers.get("Content-Range")),
            pieces=request.data or (),  # type: ignore[arg-type]  # what the parser returned
            now=clock.now(),
        )
        return Response(AttachmentOut(attachment).data)


def piece_of(header: str | None) -> attachments.Piece | None:
    """Return where a piece belongs, as its Content-Range says.

    Raises:
        ValidationError: the header is malformed.
    """
    if header is None:
        return None
    found = re.fullmatch(RANGE, header)
    if found is None or not int(found[1]) <= int(found[2]) < int(found[3]):
        raise ValidationError([ErrorDetail("bytes 0-4194303/9000000", "invalid_range")])
    return attachments.Piece(start=int(found[1]), whole=int(found[3]))
