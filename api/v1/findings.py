"""What was found: findings to be followed, and the whole record of a visit."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Resource
from api.v1.closure import (
    FORMAT,
    SEVERITIES,
    ClocksOut,
    DecisionIn,
    RecheckIn,
    ReconsiderationIn,
    Remedy,
    ReopenIn,
    StepOut,
    Words,
)
from api.v1.etags import etag
from api.v1.fields import Choice
from api.v1.filters import BooleanFilter, DateFilter, IdFilter
from api.v1.permissions import allow
from inspections.filing import contents
from inspections.models import (
    AbsenceReason,
    AnswerValue,
    Finding,
    Inspector,
    Letter,
    Role,
    Stage,
    Visit,
)
from inspections.queries.findings import clocks, with_repetition
from inspections.queries.records import VisitRecord
from inspections.services import closure, minutes, records
from inspections.states import FOLLOW, MOVES, FindingState, Outcome

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK, Role.INSPECTOR)
# Who reads names because his work needs them.
WITH_NAMES = allow(Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)


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
    explanation_due = serializers.DateField(allow_null=True)
    remedy_due = serializers.DateField(allow_null=True)
    overdue = serializers.SerializerMethodField()
    repeated = serializers.BooleanField(help_text="Found there within 12 months before too.")
    reoffence = serializers.BooleanField(
        help_text="Found again within 12 months after a discipline decision on it took effect."
    )
    awaits_decision = serializers.SerializerMethodField()
    taken_back_at = serializers.DateTimeField(allow_null=True)

    def get_overdue(self, finding: Finding) -> bool:
        """Tell whether the unit owes something that was due."""
        return finding.is_overdue(timezone.localdate(clock.now()))

    def get_awaits_decision(self, finding: Finding) -> bool:
        """Tell whether a proposal waits for another person's decision."""
        return finding.proposal_id is not None


class FullFindingOut(ShortFindingOut):
    """A finding with its facts, and who is responsible."""

    ref = serializers.UUIDField()
    facts = serializers.CharField()
    legal_basis = serializers.CharField()
    responsible_name = serializers.CharField()
    responsible_post = serializers.CharField()
    remedy = Remedy(allow_null=True)
    as_filed = Words(allow_null=True)


class FollowedFindingOut(FullFindingOut):
    """A finding with its clocks and all that happened to it."""

    clocks = serializers.SerializerMethodField()
    steps = StepOut(source="steps.all", many=True)

    @extend_schema_field(ClocksOut)
    def get_clocks(self, finding: Finding) -> Any:
        """Return the clocks as they stand today."""
        return ClocksOut(clocks(finding, timezone.localdate(clock.now()))).data


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
    repeated = BooleanFilter()
    reoffence = BooleanFilter()
    awaits_decision = BooleanFilter(field_name="proposal", lookup_expr="isnull", exclude=True)
    overdue = BooleanFilter(method="find_overdue")
    due_before = DateFilter(
        method="find_due", help_text="Something is due before this day, and not here."
    )

    def find_overdue(self, rows: Any, name: str, value: bool) -> QuerySet[Finding]:
        """Findings whose unit owes something that was due, or all others."""
        late = Finding.objects.due_before(timezone.localdate(clock.now()))
        found: QuerySet[Finding] = (
            rows.filter(pk__in=late.values("pk"))
            if value
            else rows.exclude(pk__in=late.values("pk"))
        )
        return found

    def find_due(self, rows: Any, name: str, value: date) -> QuerySet[Finding]:
        """Findings with something due before a day, and not here."""
        found: QuerySet[Finding] = rows.due_before(value)
        return found


class Findings(ListModelMixin, Readable[Finding]):
    """Findings. The list names nobody; reading one of them is on record."""

    queryset = with_repetition(Finding.objects.select_related("visit")).annotate(
        day=F("visit__date")
    )
    serializer_class = ShortFindingOut
    filterset_class = FindingFilter
    orderings = {"newest": ("-day", "position")}
    has_versions = True
    changes = frozenset({"recheck", "reconsideration", "decision", "reopen"})
    restricted = frozenset({"list", "retrieve", *changes})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "recheck": allow(*FOLLOW),
        "reconsideration": allow(*FOLLOW),
        "decision": allow(*MOVES["decide"].roles),
        "reopen": allow(*MOVES["reopen"].roles),
    }

    def visible(self, rows: Any) -> QuerySet[Finding]:
        visible: QuerySet[Finding] = rows.visible_to(self.actor)
        return visible

    @extend_schema(responses=FollowedFindingOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a finding with its facts, who is responsible, its clocks and its steps."""
        finding = records.read_finding(actor=self.actor, finding=self.get_object(), now=clock.now())
        # Clocks go on while the version stands: no reader is told that he has it already.
        return Response(FollowedFindingOut(finding).data, headers={"ETag": etag(finding.version)})

    @extend_schema(request=RecheckIn, responses=FollowedFindingOut)
    @action(detail=True, methods=["post"])
    def recheck(self, request: Request, pk: UUID) -> Response:
        """Propose what a re-check came to; another person decides."""
        version = self.expected_version()
        given: dict[str, Any] = self.read(RecheckIn)
        visits = Visit.objects.visible_to(self.actor, clock.now())
        finding = closure.propose_recheck(
            actor=self.actor,
            finding=self.get_object(),
            version=version,
            fixed=given["fixed"],
            looked=closure.Looked(
                on=given["checked_on"],
                by=self.related(Inspector.objects.all(), given.get("checked_by"), "checked_by"),
                visit=self.related(visits, given.get("visit"), "visit"),
            ),
            note=given["note"],
            now=clock.now(),
        )
        return self.answer(finding, output=FollowedFindingOut)

    @extend_schema(request=ReconsiderationIn, responses=FollowedFindingOut)
    @action(detail=True, methods=["post"])
    def reconsideration(self, request: Request, pk: UUID) -> Response:
        """Propose what a reconsideration came to; another person decides."""
        version = self.expected_version()
        given: dict[str, Any] = self.read(ReconsiderationIn)
        requests = Letter.objects.visible_to(self.actor)
        finding = closure.propose_reconsideration(
            actor=self.actor,
            finding=self.get_object(),
            version=version,
            outcome=Outcome(given["outcome"]),
            reason=given["reason"],
            letter=self.related(requests, given.get("letter"), "letter"),
            words=given.get("words"),
            now=clock.now(),
        )
        return self.answer(finding, output=FollowedFindingOut)

    @extend_schema(request=DecisionIn, responses=FollowedFindingOut)
    @action(detail=True, methods=["post"])
    def decision(self, request: Request, pk: UUID) -> Response:
        """Decide on what somebody else proposed."""
        version = self.expected_version()
        finding = closure.decide(
            actor=self.actor,
            finding=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(DecisionIn),
        )
        return self.answer(finding, output=FollowedFindingOut)

    @extend_schema(request=ReopenIn, responses=FollowedFindingOut)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Open a finding again that somebody else closed."""
        version = self.expected_version()
        finding = closure.reopen(
            actor=self.actor,
            finding=self.get_object(),
            version=version,
            now=clock.now(),
            **self.read(ReopenIn),
        )
        return self.answer(finding, output=FollowedFindingOut)


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
