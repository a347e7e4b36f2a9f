"""What was found: findings to be followed, and the whole record of a visit."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource
from api.v1.fields import Choice
from api.v1.filters import IdFilter
from api.v1.permissions import allow
from inspections.filing import contents
from inspections.models import (
    AbsenceReason,
    AnswerValue,
    Finding,
    FindingSeverity,
    Role,
    Stage,
    Visit,
)
from inspections.queries.records import VisitRecord
from inspections.services import minutes, records
from inspections.states import FindingState

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK, Role.INSPECTOR)
# Who reads names because his work needs them.
WITH_NAMES = allow(Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)
FORMAT = contents.schema(contents.FORMATS[0])
REMEDY = contents.inlined(FORMAT["$defs"]["remedy"], FORMAT["$defs"])
SEVERITIES = [one for one in FindingSeverity if one != FindingSeverity.POSITIVE]


@extend_schema_field({**REMEDY, "nullable": True})
class Remedy(serializers.JSONField):
    """What is to be done, by whom and by when (5 rõ)."""


class ShortFindingOut(serializers.Serializer[Finding]):
    """A finding without the persons and the facts, which may name some."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    visit = serializers.UUIDField(source="visit_id")
    unit = serializers.UUIDField(source="visit.unit_id")
    day = serializers.DateField(source="visit.date")
    item = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(choices=[one.value for one in SEVERITIES])
    state = Choice(FindingState)
    taken_back_at = serializers.DateTimeField(allow_null=True)


class FullFindingOut(ShortFindingOut):
    """A finding with its facts, and who is responsible."""

    ref = serializers.UUIDField()
    facts = serializers.CharField()
    legal_basis = serializers.CharField()
    responsible_name = serializers.CharField()
    responsible_post = serializers.CharField()
    remedy = Remedy(allow_null=True)


class AbsenceOut(serializers.Serializer[Any]):
    """Somebody who was not there."""

    name = serializers.CharField()
    post = serializers.CharField()
    reason = Choice(AbsenceReason)
    note = serializers.CharField()


class RollCallOut(serializers.Serializer[Any]):
    """Who of an office was there."""

    submission = serializers.UUIDField(source="submission_id")
    office = serializers.CharField()
    at = serializers.DateTimeField()
    stage = Choice(Stage)
    required = serializers.IntegerField()  # type: ignore[assignment]  # the word of the field
    present = serializers.IntegerField()
    excused = serializers.IntegerField()
    unexcused = serializers.IntegerField()
    absences = AbsenceOut(source="absences.all", many=True)


class AnswerOut(serializers.Serializer[Any]):
    """What was seen about an item of the checklist."""

    submission = serializers.UUIDField(source="submission_id")
    item = serializers.CharField()
    value = Choice(AnswerValue)
    note = serializers.CharField()


def as_said(schema: dict[str, Any], **options: Any) -> serializers.JSONField:
    """Return the field of a part of the record that is handed on as it was said."""
    inlined = contents.inlined(schema, FORMAT["$defs"])
    if options.get("allow_null"):
        inlined["nullable"] = True
    # A class of its own: the schema is kept on the class.
    field = extend_schema_field(inlined)(type("AsSaid", (serializers.JSONField,), {}))
    made: serializers.JSONField = field(**options)
    return made


class RecordOut(serializers.Serializer[VisitRecord]):
    """What was filed at a visit and counts."""

    visit = serializers.UUIDField(source="visit.id")
    submissions = serializers.SerializerMethodField()
    closing = as_said(contents.any_format(), allow_null=True)
    signatures_match = serializers.BooleanField(allow_null=True)
    roll_calls = RollCallOut(many=True)
    answers = AnswerOut(many=True)
    findings = FullFindingOut(many=True)
    praise = as_said(FORMAT["properties"]["praise"], source="said.praise")
    suggestions = as_said(FORMAT["properties"]["suggestions"], source="said.suggestions")
    measures = as_said(FORMAT["properties"]["measures"], source="said.measures")
    explanations = as_said(FORMAT["properties"]["explanations"], source="said.explanations")

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_submissions(self, record: VisitRecord) -> list[str]:
        """Return the ids of the submissions that count, the closing first."""
        return [str(submission.pk) for submission in record.submissions]


class FindingFilter(filters.FilterSet):  # type: ignore[misc]
    """What findings can be found by."""

    visit = IdFilter(field_name="visit_id")
    unit = IdFilter(field_name="visit__unit_id")
    item = filters.CharFilter()
    severity = filters.ChoiceFilter(choices=[(one.value, one.label) for one in SEVERITIES])
    state = filters.ChoiceFilter(choices=FindingState.choices)


class Findings(ListModelMixin, Readable[Finding]):
    """Findings. The list names nobody; reading one of them is on record."""

    queryset = Finding.objects.select_related("visit").annotate(day=F("visit__date"))
    serializer_class = ShortFindingOut
    filterset_class = FindingFilter
    orderings = {"newest": ("-day", "position")}
    has_versions = True
    restricted = frozenset({"list", "retrieve"})
    access = {"list": READERS, "retrieve": READERS}

    def visible(self, rows: Any) -> QuerySet[Finding]:
        visible: QuerySet[Finding] = rows.visible_to(self.actor)
        return visible

    @extend_schema(responses=FullFindingOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a finding with its facts and who is responsible."""
        finding = records.read_finding(actor=self.actor, finding=self.get_object(), now=clock.now())
        return self.answer(finding, output=FullFindingOut)


class Record(Resource[Visit]):
    """The record of a visit."""

    queryset = Visit.objects.all()
    serializer_class = RecordOut  # type: ignore[assignment]  # made of the visit
    restricted = frozenset({"retrieve", "minutes"})
    access = {"retrieve": WITH_NAMES, "minutes": WITH_NAMES}

    def visible(self, rows: Any) -> QuerySet[Visit]:
        visible: QuerySet[Visit] = rows.visible_to(self.actor, clock.now())
        return visible

    @extend_schema(responses=RecordOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read what was filed at a visit and counts. It names persons, so the reading is on record."""
        record = records.read_record(actor=self.actor, visit=self.get_object(), now=clock.now())
        return Response(RecordOut(record).data)

    @extend_schema(
        operation_id="visits_minutes_retrieve",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def minutes(self, request: Request, pk: UUID) -> HttpResponse:
        """Print the minutes of a visit as a draft, with roll call, absent persons and photographs."""
        content = minutes.print_minutes(actor=self.actor, visit=self.get_object(), now=clock.now())
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": 'attachment; filename="minutes.pdf"'},
        )
