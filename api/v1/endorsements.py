"""What the second person looks at before endorsing: every unit's chance, and what could have bent it."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1.base import Resource, Who
from api.v1.pagination import SequencePagination
from api.v1.permissions import allow
from inspections import policies
from inspections.models import Load, Plan, Policy
from inspections.queries.endorsement import endorsement_view, unit_chances

# Chances are no roster: whoever may see the scores could work them out. They are shown to those whose
# decision they are for, before the draw and after it.
READERS = allow(*policies.ROSTER_ROLES)


class ForecastOut(serializers.Serializer[Any]):
    """What the design means for people."""

    units = serializers.IntegerField()
    visits = serializers.IntegerField()
    unvisited_12 = serializers.FloatField(
        help_text="Expected share of units without a visit after 12 months of such plans."
    )
    unvisited_24 = serializers.FloatField(help_text="After 24 months.")
    entropy = serializers.FloatField(help_text="Of the sample, in bits.")
    largest = serializers.FloatField(help_text="The largest inclusion probability.")
    best_guess = serializers.FloatField(
        help_text="How many visits whoever knows every probability guesses right on average."
    )


class PlanRef(serializers.Serializer[Plan]):
    """The plan of an earlier month."""

    id = serializers.UUIDField()
    serial = serializers.IntegerField()
    period = serializers.DateField()


class PolicyRef(serializers.Serializer[Policy]):
    """A policy."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    name = serializers.CharField()


class EditOut(serializers.Serializer[Any]):
    """A change by hand."""

    at = serializers.DateTimeField()
    by = Who(allow_null=True)
    action = serializers.CharField()
    object_id = serializers.CharField()
    name = serializers.CharField()


class UnmatchedOut(serializers.Serializer[Any]):
    """A name in a file that means no unit."""

    name = serializers.CharField()
    rows = serializers.IntegerField()


class LoadRef(serializers.Serializer[Load]):
    """A loaded file, with the rows that do not count."""

    id = serializers.UUIDField()
    source = serializers.CharField(source="source.code")  # type: ignore[assignment]
    file_name = serializers.CharField()
    state = serializers.CharField()
    cutoff = serializers.DateField(allow_null=True)
    rows = serializers.IntegerField(source="counts.rows", default=0)
    left_out = serializers.IntegerField(source="counts.left_out", default=0)
    unmatched = UnmatchedOut(source="counts.unmatched", many=True, default=list)
    switched_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class CancelledOut(serializers.Serializer[Plan]):
    """A cancelled plan of the same month."""

    id = serializers.UUIDField()
    serial = serializers.IntegerField()
    cancelled_at = serializers.DateTimeField()
    cancelled_by = Who()
    cancel_reason = serializers.CharField()


class EndorsementViewOut(serializers.Serializer[Any]):
    """A frozen plan as a whole."""

    forecast = ForecastOut()
    before = PlanRef(allow_null=True, help_text="What it is compared with; null for the first.")
    policy = PolicyRef(allow_null=True, help_text="null: every unit has the same chance.")
    policy_before = PolicyRef(allow_null=True)
    added = serializers.ListField(child=serializers.CharField(), help_text="Codes of new units.")
    gone = serializers.ListField(child=serializers.CharField(), help_text="Of those left out.")
    capped = serializers.IntegerField(help_text="Units whose complaints are capped.")
    edits = EditOut(many=True, help_text="Changes by hand since the month before.")
    edit_count = serializers.IntegerField(help_text="Changes, listed or not.")
    loads = LoadRef(many=True, help_text="Files that the scores rest on.")
    late = LoadRef(many=True, help_text="Files in effect or undone since the freeze.")
    cancelled = CancelledOut(many=True)
    directed = serializers.IntegerField(help_text="Directed visits from the month before on.")


class UnitChanceOut(serializers.Serializer[Any]):
    """A unit's chance of being drawn."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    stratum = serializers.CharField()
    score = serializers.FloatField()
    probability = serializers.FloatField(help_text="Inclusion probability.")
    equal = serializers.FloatField(help_text="What it would be if the policy made no difference.")
    before = serializers.FloatField(allow_null=True, help_text="In the plan before.")
    change = serializers.FloatField(help_text="Since the plan before.")
    is_capped = serializers.BooleanField(help_text="Its complaints are capped.")


class _OfFrozenPlan(Resource[Plan]):
    """What hangs on one frozen plan."""

    queryset = Plan.objects.select_related("policy", "risk_run")

    def visible(self, rows: Any) -> QuerySet[Plan]:
        visible: QuerySet[Plan] = rows.visible_to(self.actor).filter(frame__isnull=False)
        return visible


class EndorsementViews(_OfFrozenPlan):
    """A frozen plan as the second person sees it."""

    serializer_class = EndorsementViewOut
    access = {"retrieve": READERS}

    @extend_schema(operation_id="plans_endorsement_view_retrieve")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Tell what the plan means, and what changed by hand since the month before."""
        return Response(EndorsementViewOut(endorsement_view(self.get_object())).data)


class UnitChances(_OfFrozenPlan):
    """The chances of all units of a frozen plan."""

    serializer_class = UnitChanceOut
    pagination_class = SequencePagination
    orderings = {
        "probability": ("-probability",),
        "change": ("-change",),
        "code": ("code",),
        "name": ("sort_key",),
    }
    access = {"list": READERS}

    @extend_schema(responses=UnitChanceOut(many=True), operation_id="plans_unit_chances_list")
    def list(self, request: Request, pk: UUID) -> Response:
        """List the units with their chances, against the plan before and against equal ones."""
        rows = self.paginate_queryset(unit_chances(self.get_object()))
        return self.get_paginated_response(UnitChanceOut(rows, many=True).data)
