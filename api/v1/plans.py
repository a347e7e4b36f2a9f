"""A month's plan and its steps, and what it must not tell before its time."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
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
from api.v1.fields import Choice, Day, Id, Line, Share, Strict, Text, Whole
from api.v1.filters import DateFilter
from api.v1.permissions import allow
from inspections.errors import NotFound
from inspections.models import Plan, RiskRun, Role, StratifyBy
from inspections.services import commitment, file_lists, plans, schedule
from inspections.services.plans import MAX_SIZE
from inspections.states import STEPS, PlanState

READERS = allow()
Step = Callable[..., Plan]


class PlanChange(Strict):
    """What can be changed about a draft."""

    size = Whole(min_value=1, max_value=MAX_SIZE, help_text="Visits.")
    stratify_by = Choice(StratifyBy, required=False)
    strata_sizes = serializers.DictField(
        child=Whole(min_value=1, max_value=MAX_SIZE),
        required=False,
        allow_null=True,
        help_text="Visits in each stratum; null leaves them to the scores.",
    )
    floor = Share(required=False)
    cap = Share(required=False)
    session_capacity = Whole(min_value=1, max_value=100, required=False)
    first_day = Day(required=False)
    reveal_on = Day(required=False)
    risk_run = Id(
        required=False, allow_null=True, help_text="null gives every unit the same chance."
    )


class PlanIn(PlanChange):
    """A new draft."""

    id = Id(required=False)
    period = Day(help_text="The first day of the month.")


class RuleIn(Strict):
    """Where the public value will come from, fixed before it exists."""

    source = Line(max_length=500)  # type: ignore[assignment]
    date = Day()
    encoding = Line(max_length=500)
    fallback = Line(max_length=500)


class EndorsementIn(Strict):
    """What the second person adds."""

    rule = RuleIn(required=False, allow_null=True)
    witnesses = serializers.ListField(
        child=Line(max_length=120), required=False, max_length=commitment.MAX_WITNESSES
    )
    secret = serializers.RegexField(
        r"^[0-9a-f]{64}$",
        required=False,
        write_only=True,
        help_text="A secret of one's own; without it the system makes one.",
    )


class DrawIn(Strict):
    """The public value, when the plan was endorsed with a rule for one."""

    public_value = Text(max_length=commitment.MAX_PUBLIC_VALUE, required=False, allow_null=True)


class ReasonIn(Strict):
    """Why."""

    reason = Text(max_length=2000)


class PlanOut(serializers.Serializer[Plan]):
    """One month's draw and what follows from it, without anything that tells a unit."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    serial = serializers.IntegerField()
    period = serializers.DateField()
    state = Choice(PlanState)
    size = serializers.IntegerField()
    stratify_by = Choice(StratifyBy)
    strata_sizes = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    floor = Share()
    cap = Share()
    session_capacity = serializers.IntegerField()
    first_day = serializers.DateField()
    reveal_on = serializers.DateField()
    risk_run = serializers.UUIDField(source="risk_run_id", allow_null=True)
    policy = serializers.UUIDField(source="policy_id", allow_null=True)
    created_by = Who()
    created_at = serializers.DateTimeField()
    frame_sha256 = serializers.CharField(allow_null=True)
    commitment_one = serializers.CharField(allow_null=True)
    frozen_by = Who(allow_null=True)
    frozen_at = serializers.DateTimeField(allow_null=True)
    commitment_two = serializers.CharField(allow_null=True)
    endorsement_sha256 = serializers.CharField(allow_null=True)
    public_rule = RuleIn(allow_null=True)
    witnesses = serializers.ListField(child=serializers.CharField())
    audit_head = serializers.CharField(allow_null=True)
    endorsed_by = Who(allow_null=True)
    endorsed_at = serializers.DateTimeField(allow_null=True)
    public_value = serializers.CharField(allow_null=True)
    drawn_by = Who(allow_null=True)
    drawn_at = serializers.DateTimeField(allow_null=True)
    scheduled_by = Who(allow_null=True)
    scheduled_at = serializers.DateTimeField(allow_null=True)
    approved_by = Who(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    closed_by = Who(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    revealed_by = Who(allow_null=True)
    revealed_at = serializers.DateTimeField(allow_null=True)
    cancel_requested_by = Who(allow_null=True)
    cancel_requested_at = serializers.DateTimeField(allow_null=True)
    cancel_reason = serializers.CharField()
    cancelled_by = Who(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


PEOPLE = [name for name, field in PlanOut().fields.items() if isinstance(field, Who)]


class PlanFilter(filters.FilterSet):  # type: ignore[misc]
    """What plans can be found by."""

    state = filters.ChoiceFilter(choices=PlanState.choices)
    period = DateFilter()


class Plans(ListModelMixin, Readable[Plan]):
    """Plans of unannounced visits. Steps name the version that they build on; nobody approves what he made."""

    queryset = Plan.objects.select_related(*PEOPLE).defer("frame", "record")
    serializer_class = PlanOut
    filterset_class = PlanFilter
    orderings = {"newest": ("-serial",), "period": ("period",)}
    has_versions = True
    changes = frozenset(
        {
            "partial_update",
            "freeze",
            "endorse",
            "draw",
            "schedule",
            "send_back",
            "approve",
            "close",
            "reveal",
            "request_cancel",
            "cancel",
        }
    )
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": allow(Role.PLANNER),
        "partial_update": allow(Role.PLANNER),
        "freeze": allow(*STEPS["freeze"].roles),
        "endorse": allow(*STEPS["endorse"].roles),
        "draw": allow(*STEPS["draw"].roles),
        "schedule": allow(*STEPS["schedule"].roles),
        "send_back": allow(*STEPS["return"].roles),
        "approve": allow(*STEPS["approve"].roles),
        "close": allow(*STEPS["close"].roles),
        "reveal": allow(*STEPS["reveal"].roles),
        "request_cancel": allow(Role.PLANNER, Role.APPROVER),
        "cancel": allow(*STEPS["cancel"].roles),
        "record": READERS,
        "file_list": allow(Role.PLANNER, Role.APPROVER, Role.CLERK),
    }

    def visible(self, rows: Any) -> QuerySet[Plan]:
        visible: QuerySet[Plan] = rows.visible_to(self.actor)
        return visible

    @extend_schema(request=PlanIn, responses={201: PlanOut})
    def create(self, request: Request) -> Response:
        """Open the draft of a month's plan; a month has one plan that is not cancelled.

        With an `id` of your own the request can be repeated safely.
        """
        given = self._resolved(self.read(PlanIn))
        plan = plans.create_plan(actor=self.actor, now=clock.now(), **given)
        return self.answer(plan, HTTPStatus.CREATED)

    @extend_schema(request=PlanChange, responses=PlanOut)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change a draft."""
        changes = self._resolved(self.read(PlanChange, partial=True))
        return self._step(plans.update_plan, changes=changes)

    @extend_schema(request=None, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def freeze(self, request: Request, pk: UUID) -> Response:
        """Fix everything that defines the draw, and commit to it and to a fresh secret."""
        return self._bare_step(commitment.freeze)

    @extend_schema(request=EndorsementIn, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def endorse(self, request: Request, pk: UUID) -> Response:
        """Endorse the frame, the policy and the rule for the public value, adding a second secret."""
        given = self.read(EndorsementIn)
        if rule := given.get("rule"):
            given["rule"] = {**rule, "date": rule["date"].isoformat()}
        return self._step(commitment.endorse, **given)

    @extend_schema(request=DrawIn, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def draw(self, request: Request, pk: UUID) -> Response:
        """Draw units and dates. Nobody sees them by this; the roster is a reading of its own."""
        return self._step(commitment.draw, **self.read(DrawIn))

    @extend_schema(request=None, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, pk: UUID) -> Response:
        """Hand the roster with its teams over for approval."""
        return self._bare_step(schedule.schedule)

    @extend_schema(request=ReasonIn, responses=PlanOut)
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, pk: UUID) -> Response:
        """Return the roster for its teams; no unit and no date can be vetoed."""
        return self._step(schedule.send_back, **self.read(ReasonIn))

    @extend_schema(request=None, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: UUID) -> Response:
        """Approve dates and teams as the second person."""
        return self._bare_step(schedule.approve)

    @extend_schema(request=None, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: UUID) -> Response:
        """Close a plan whose month is over."""
        return self._bare_step(plans.close)

    @extend_schema(request=None, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: UUID) -> Response:
        """Open the seal on the day that was fixed for it, or later."""
        return self._bare_step(commitment.reveal)

    @extend_schema(request=ReasonIn, responses=PlanOut)
    @action(detail=True, methods=["post"], url_path="request-cancel")
    def request_cancel(self, request: Request, pk: UUID) -> Response:
        """Ask for the plan to be cancelled; a second person decides."""
        return self._step(plans.request_cancel, **self.read(ReasonIn))

    @extend_schema(request=None, responses=PlanOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Cancel a plan as the second person; it is revealed and stays counted."""
        return self._bare_step(plans.cancel)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["get"])
    def record(self, request: Request, pk: UUID) -> HttpResponse:
        """Return the revealed record, byte for byte what `python -m planner verify` reads."""
        plan = self.get_object()
        if plan.record is None:
            raise NotFound
        return HttpResponse(plan.record, content_type="application/json")

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="file-list")
    def file_list(self, request: Request, pk: UUID) -> HttpResponse:
        """List what the round leaves on file. It names units, so the reading is on record."""
        content = file_lists.print_list(actor=self.actor, plan=self.get_object(), now=clock.now())
        return HttpResponse(content, content_type="application/pdf")

    def _bare_step(self, step: Step) -> Response:
        self.read_nothing()
        return self._step(step)

    def _step(self, step: Step, **given: Any) -> Response:
        version = self.expected_version()
        plan = step(
            actor=self.actor, plan=self.get_object(), version=version, now=clock.now(), **given
        )
        return self.answer(plan)

    def _resolved(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the body says with the run that it names."""
        if "risk_run" in given:
            given["risk_run"] = self.related(RiskRun.objects.all(), given["risk_run"], "risk_run")
        return given
