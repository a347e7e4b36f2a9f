"""What the drawn visits of a month say about all units of the province."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1.base import Resource
from api.v1.permissions import allow
from inspections.models import Plan, Role
from inspections.queries.estimates import AbsenceRate, ItemRate, rates_of
from inspections.states import PlanState
from planner.estimates import Estimate, Interval


class RateOut(serializers.Serializer[Interval]):
    """A share of all units or of all staff, in [0, 1], with its 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class BoundsOut(serializers.Serializer[Estimate]):
    """Where the rate lies whatever the visits without an answer would have shown."""

    low = serializers.FloatField(source="least.low")
    high = serializers.FloatField(source="most.high")


class Figure(serializers.Serializer[Any]):
    """Counts of drawn visits, and what they say where they say enough."""

    visits = serializers.IntegerField(source="asked", help_text="Drawn visits that it is about.")
    answered = serializers.IntegerField()
    not_answered = serializers.IntegerField(help_text="Not made, not filed, or not checked.")
    found = serializers.IntegerField(help_text="Answers that count.")
    effective_size = serializers.FloatField(source="estimate.effective_size")
    may_be_shared = serializers.SerializerMethodField(
        help_text="false: the visits say too little for a rate, and only counts are told."
    )
    rate = RateOut(source="estimate.of_made", allow_null=True)
    bounds = serializers.SerializerMethodField()

    def get_may_be_shared(self, figure: ItemRate | AbsenceRate) -> bool:
        return figure.estimate.of_made is not None

    @extend_schema_field(BoundsOut(allow_null=True))
    def get_bounds(self, figure: ItemRate | AbsenceRate) -> dict[str, float] | None:
        if figure.estimate.of_made is None:
            return None
        return BoundsOut(figure.estimate).data


class ItemRateOut(Figure):
    """At what share of the units that it applies to a core item shows an issue."""

    item = serializers.CharField(source="item.code")
    text = serializers.CharField(source="item.text")
    not_applicable = serializers.IntegerField(help_text="Units that it does not apply to.")


class AbsenceRateOut(Figure):
    """What share of the staff was absent without reason, after evidence where it was supplied."""

    staff = serializers.IntegerField(help_text="Staff counted.")
    unexcused = serializers.IntegerField(help_text="Of them absent without reason.")


class RatesOut(serializers.Serializer[Any]):
    """The rates of one month."""

    is_synthetic = serializers.BooleanField(help_text="true: the data are invented.")
    drawn = serializers.IntegerField(help_text="Drawn visits.")
    filed = serializers.IntegerField(help_text="Of them filed in full.")
    items = ItemRateOut(many=True)
    absence = AbsenceRateOut()


class PlanRates(Resource[Plan]):
    """What the drawn visits of a plan that is over say about the province."""

    queryset = Plan.objects.all()
    serializer_class = RatesOut
    access = {"retrieve": allow(Role.PLANNER, Role.APPROVER, Role.LEADER)}

    def visible(self, rows: Any) -> QuerySet[Plan]:
        over = (PlanState.CLOSED, PlanState.REVEALED)
        visible: QuerySet[Plan] = rows.visible_to(self.actor).filter(state__in=over)
        return visible

    @extend_schema(operation_id="plans_rates_retrieve")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Tell the province-wide rates of the core items and of absence, with what they rest on."""
        return Response(RatesOut(rates_of(self.get_object())).data)
