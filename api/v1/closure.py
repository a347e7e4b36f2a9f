"""What closing a finding takes over HTTP: proposals, decisions, clocks and steps."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.v1.base import Who
from api.v1.fields import Choice, Day, Id, Line, Strict, Text, Truth, Whole
from inspections.filing import contents
from inspections.models import FindingSeverity, FindingStep, StepKind
from inspections.queries.findings import Clock, Clocks
from inspections.states import Outcome

FORMAT = contents.schema(contents.FORMATS[0])
REMEDY = contents.inlined(FORMAT["$defs"]["remedy"], FORMAT["$defs"])
SEVERITIES = [one for one in FindingSeverity if one != FindingSeverity.POSITIVE]


@extend_schema_field({**REMEDY, "nullable": True})
class Remedy(serializers.JSONField):
    """What is to be done, by whom and by when (5 rõ)."""


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "severity": {"type": "string", "enum": [one.value for one in SEVERITIES]},
            "legal_basis": {"type": "string"},
            "remedy": {"anyOf": [REMEDY, {"type": "null"}]},
        },
        "required": ["legal_basis", "remedy", "severity"],
        "additionalProperties": False,
        "nullable": True,
    }
)
class Words(serializers.JSONField):
    """What a reconsideration may change of a finding; the facts stay as they were filed."""


class DeadlineIn(Strict):
    """A term in working or calendar days."""

    days = Whole(min_value=1, max_value=366)
    unit = serializers.ChoiceField(choices=["working", "calendar"])


class RemedyIn(Strict):
    """What is to be done, by whom and by when (5 rõ)."""

    who = Line(max_length=300, allow_blank=True)
    what = Line(max_length=300, allow_blank=True)
    responsibility = Line(max_length=300, allow_blank=True)
    procedure = Line(max_length=300, allow_blank=True)
    result = Line(max_length=300, allow_blank=True)
    deadline = DeadlineIn(allow_null=True)


class RecheckIn(Strict):
    """What a re-check came to: when, and by which inspector at which visit if it was one."""

    fixed = Truth()
    checked_on = Day()
    checked_by = Id(required=False, help_text="An inspector.")
    visit = Id(required=False)
    note = Text(max_length=2000, allow_blank=True)


class WordsIn(Strict):
    """New words of a finding; what is not named stays."""

    severity = serializers.ChoiceField(choices=[one.value for one in SEVERITIES], required=False)
    legal_basis = Line(max_length=300, allow_blank=True, required=False)
    remedy = RemedyIn(allow_null=True, required=False)


class ReconsiderationIn(Strict):
    """What a reconsideration came to, and the unit's request if there was one; new words for a change."""

    outcome = serializers.ChoiceField(
        choices=[Outcome.UPHELD.value, Outcome.CHANGED.value, Outcome.WITHDRAWN.value]
    )
    reason = Text(max_length=2000)
    letter = Id(required=False)
    words = WordsIn(required=False)


class DecisionIn(Strict):
    """A decision on what somebody else proposed; a refusal says why."""

    accept = Truth()
    reason = Text(max_length=2000, allow_blank=True)


class ReopenIn(Strict):
    """Why a finding is opened again."""

    reason = Text(max_length=2000)


class ClockOut(serializers.Serializer[Clock]):
    """A deadline: from when it runs, when it ends, when it was met, by how many of its days it is or was missed."""

    counted_from = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    met_on = serializers.DateField(allow_null=True)
    overdue_days = serializers.IntegerField()


class ClocksOut(serializers.Serializer[Clocks]):
    """What the unit owes, and by when."""

    explanation = ClockOut()
    remedy = ClockOut()


class StepOut(serializers.Serializer[FindingStep]):
    """What happened to a finding; the version is the finding's after it."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    kind = Choice(StepKind)
    person = Who()
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    demand = serializers.UUIDField(source="demand_id", allow_null=True)
    letter = serializers.UUIDField(source="letter_id", allow_null=True)
    outcome = Choice(Outcome, allow_null=True)
    checked_on = serializers.DateField(allow_null=True)
    checked_by = Who(allow_null=True)
    visit = serializers.UUIDField(source="visit_id", allow_null=True)
    words = Words(allow_null=True)
    decides = serializers.UUIDField(source="decides_id", allow_null=True)
