"""Signed papers that came back: digital files and stamped scans."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource, Who
from api.v1.fields import Choice, Strict, Text, Truth
from api.v1.filters import IdFilter
from api.v1.parsers import PdfPieces, PicturePieces
from api.v1.permissions import allow
from inspections import evidence
from inspections.models import CopyForm, CopyState, Paper, SignedCopy
from inspections.services import signed_copies
from inspections.signed_copies import Doubt, Signature, Verdict

READERS = allow(*signed_copies.DECIDERS)
#: A scan of thirty pages, or a paper with all its photographs and signatures.
MOST_BYTES: Final = 20 * 1024 * 1024
_CODE: Final = r"[0-9A-Fa-f .-]{32,80}"


class SignedCopyOut(serializers.Serializer[SignedCopy]):
    """A signed copy, and where it stands."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    paper = serializers.UUIDField(source="paper_id")
    form = Choice(CopyForm)
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    media_type = serializers.CharField()
    state = Choice(CopyState)
    received_by = Who()
    received_at = serializers.DateTimeField()
    decided_by = Who(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class DoubtOut(serializers.Serializer[Any]):
    """What a person must look at."""

    code = Choice(Doubt)
    detail = serializers.SerializerMethodField()
    page = serializers.IntegerField(allow_null=True)

    @extend_schema_field(str)
    def get_detail(self, finding: Any) -> str:
        """Return the sentence that says it."""
        return str(finding.code.label)


class SignatureOut(serializers.Serializer[Any]):
    """A signature in the file. Its bytes were checked; its certificate was compared with no list."""

    signer = serializers.CharField()
    at = serializers.CharField(allow_null=True, help_text="When, as the signer's machine says.")
    is_timestamp = serializers.BooleanField()
    is_intact = serializers.BooleanField()
    detail = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_detail(self, signature: Signature) -> str:
        """Return what was checked, and what was not, as a sentence."""
        if signature.is_intact:
            return _("The signature is intact; its certificate was compared with no list.")
        return _("The signature does not hold for what it stands under.")


class MarkOut(serializers.Serializer[Any]):
    """Something laid on a page, in mm from its left and lower edge."""

    page = serializers.IntegerField()
    kind = serializers.CharField()
    left = serializers.FloatField()
    bottom = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class VerdictOut(serializers.Serializer[Verdict]):
    """What the comparison with the issued paper found."""

    findings = DoubtOut(many=True)
    signatures = SignatureOut(many=True)
    marks = MarkOut(many=True)


class FullSignedCopyOut(SignedCopyOut):
    """A signed copy with what was found in it."""

    verdict = serializers.SerializerMethodField()

    @extend_schema_field(VerdictOut(allow_null=True))
    def get_verdict(self, copy: SignedCopy) -> Any:
        """Return what was found; null for a scan."""
        return None if copy.verdict is None else VerdictOut(Verdict.from_json(copy.verdict)).data


class DecideIn(Strict):
    """A person's decision about a copy that waits for one."""

    accept = Truth()
    reason = Text(max_length=2000)


class SignedCopyFilter(filters.FilterSet):  # type: ignore[misc]
    """What signed copies can be found by."""

    paper = IdFilter(field_name="paper_id")
    state = filters.ChoiceFilter(choices=CopyState.choices)


class SignedCopies(ListModelMixin, Readable[SignedCopy]):
    """Signed copies of issued papers."""

    queryset = SignedCopy.objects.select_related("received_by", "decided_by")
    serializer_class = SignedCopyOut
    filterset_class = SignedCopyFilter
    orderings = {"newest": ("-received_at",)}
    has_versions = True
    changes = frozenset({"decide"})
    restricted = frozenset({"list", "retrieve", "content", "decide"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "content": READERS,
        "decide": allow(*signed_copies.DECIDERS),
    }

    def visible(self, rows: Any) -> QuerySet[SignedCopy]:
        visible: QuerySet[SignedCopy] = rows.visible_to(self.actor)
        return visible

    @extend_schema(responses=FullSignedCopyOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read what was found in a copy. It names who signed, so the reading is on record."""
        copy = signed_copies.read(actor=self.actor, copy=self.get_object(), now=clock.now())
        return self.answer(copy, output=FullSignedCopyOut)

    @extend_schema(
        responses={
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            (200, evidence.PDF): OpenApiTypes.BINARY,
        }
    )
    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: UUID) -> HttpResponse:
        """Download a PDF as it came, or look at a picture. The reading is on record."""
        copy = self.get_object()
        content = signed_copies.read_file(actor=self.actor, copy=copy, now=clock.now())
        if evidence.is_picture(copy.media_type):
            return HttpResponse(content, content_type="image/jpeg")
        return HttpResponse(
            content,
            content_type=copy.media_type,
            headers={"Content-Disposition": f'attachment; filename="{copy.sha256[:12]}.pdf"'},
        )

    @extend_schema(request=DecideIn, responses=FullSignedCopyOut)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: UUID) -> Response:
        """Confirm or decline a copy that somebody else received."""
        given: dict[str, Any] = self.read(DecideIn)
        copy = signed_copies.decide(
            actor=self.actor,
            copy=self.get_object(),
            version=self.expected_version(),
            now=clock.now(),
            **given,
        )
        return self.answer(copy, output=FullSignedCopyOut)


class PaperCopies(Resource[Paper]):
    """Where signed copies of a paper come in, each under the SHA-256 of its bytes."""

    queryset = Paper.objects.all()
    serializer_class = FullSignedCopyOut  # type: ignore[assignment]  # made of the paper
    restricted = frozenset({"update"})
    max_body = MOST_BYTES
    access = {"update": allow(*signed_copies.RECEIVERS)}

    def visible(self, rows: Any) -> QuerySet[Paper]:
        visible: QuerySet[Paper] = rows.visible_to(self.actor)
        return visible

    def get_parsers(self) -> list[BaseParser]:
        return [PdfPieces(), PicturePieces()]

    @extend_schema(
        operation_id="papers_signed_copies_update",
        request={
            (evidence.PDF): OpenApiTypes.BINARY,
            ("image/jpeg"): OpenApiTypes.BINARY,
            ("image/png"): OpenApiTypes.BINARY,
        },
        responses={200: FullSignedCopyOut, 201: FullSignedCopyOut},
        parameters=[
            OpenApiParameter(
                "Printed-Code",
                {"type": "string", "pattern": f"^{_CODE}$"},
                OpenApiParameter.HEADER,
                description="For a scan: the verification code that is printed on it.",
            )
        ],
    )
    def update(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Hand in a digitally signed file, or with its printed code a scan. Sending it again is safe."""
        copy, new = signed_copies.receive(
            actor=self.actor,
            paper=self.get_object(),
            file=arriving(request, sha256),
            printed_code=request.headers.get("Printed-Code"),
            now=clock.now(),
        )
        status = HTTPStatus.CREATED if new else HTTPStatus.OK
        return Response(FullSignedCopyOut(copy).data, status)


def arriving(request: Request, sha256: str) -> signed_copies.Arriving:
    """Return the file that a request carries.

    Raises:
        ValidationError: it does not say how long it is.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or length == "0":
        raise ValidationError([ErrorDetail("Content-Length", "length_missing")])
    pieces: Any = request.data or ()
    return signed_copies.Arriving(
        sha256=sha256,
        size=int(length),
        media_type=request.content_type.split(";")[0].strip().lower(),
        pieces=pieces,
    )
