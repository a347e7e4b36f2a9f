"""Recommendations for handling. The list names nobody; reading one is on record."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Who
from api.v1.fields import Choice, Day, Id, Line, Strict, Text, Truth, Whole
from api.v1.filters import BooleanFilter, DateFilter, IdFilter
from api.v1.permissions import allow
from inspections.discipline import LIMIT_DAYS, MOST_LIMIT_DAYS
from inspections.models import (
    DisciplineForm,
    Finding,
    HandlingKind,
    HandlingRecommendation,
    HandlingResult,
    Official,
    OfficialCategory,
    PauseReason,
    Role,
    Visit,
)
from inspections.models.officials import PERSONNEL
from inspections.services import handling, handling_clock
from inspections.states import HANDLING_OPEN, HandlingState, VisitState

RECORDERS = allow(*PERSONNEL)


def today() -> date:
    """Return the day that it is in the department."""
    return timezone.localdate(clock.now())


class ActIn(Strict):
    """Something that was done, on which day, and the finding that tells it."""

    finding = Id()
    day = Day()
    description = Line(max_length=1000, required=False, allow_blank=True)


class RecommendationIn(Strict):
    """A new recommendation: about an official, or without one about the visited unit as a whole."""

    id = Id(required=False)
    kind = Choice(HandlingKind)
    visit = Id()
    official = Id(required=False, allow_null=True)
    acts = serializers.ListField(child=ActIn(), required=False, max_length=200)
    legal_basis = Text(max_length=2000)
    reasons = Text(max_length=10_000)
    addressee = Line(
        max_length=300,
        required=False,
        allow_blank=True,
        help_text="The body that a file is referred or a report made to.",
    )
    discovered_on = Day(
        required=False,
        allow_null=True,
        help_text="For discipline; the day in the signed minutes when it is left out.",
    )


class FormIn(Strict):
    """The form that is recommended, or null to leave it blank."""

    form = Choice(DisciplineForm, allow_null=True)


class ReviewIn(Strict):
    """What a second person says."""

    supported = Truth()
    reason = Text(max_length=2000)


class ForwardIn(Strict):
    """To which authority it went, and when."""

    to = Line(max_length=300)
    on = Day()


class AuthorityDecisionIn(Strict):
    """What the authority decided, as its paper says."""

    number = Line(max_length=60)
    day = Day()
    authority = Line(max_length=300)
    result = Choice(HandlingResult)
    form = Choice(DisciplineForm, required=False, allow_null=True)
    note = Text(max_length=2000, required=False, allow_blank=True)
    effective_on = Day(required=False, allow_null=True)
    ends_on = Day(required=False, allow_null=True)


class WithdrawalIn(Strict):
    """Why."""

    reason = Text(max_length=2000)


class ExtensionIn(Strict):
    """The decision by which the limit became longer."""

    days = Whole(min_value=LIMIT_DAYS + 1, max_value=MOST_LIMIT_DAYS)
    number = Line(max_length=60)
    on = Day()
    reason = Text(max_length=2000)


class PauseIn(Strict):
    """Days on which the clock stands still, both included; the end may follow."""

    reason = Choice(PauseReason)
    first_day = Day()
    last_day = Day(required=False, allow_null=True)
    note = Line(max_length=300, required=False, allow_blank=True)


class PauseEndIn(Strict):
    """The last day of a pause."""

    last_day = Day()


class RecommendationOut(serializers.Serializer[HandlingRecommendation]):
    """A recommendation without the person and what is said of him."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    kind = Choice(HandlingKind)
    visit = serializers.UUIDField(source="visit_id")
    unit = serializers.UUIDField(source="visit.unit_id")
    is_collective = serializers.BooleanField()
    state = Choice(HandlingState)
    proposed_at = serializers.DateTimeField()
    due_on = serializers.DateField(allow_null=True)
    days_left = serializers.SerializerMethodField(
        help_text="Of the limit, without paused days; negative when it is over."
    )

    def get_days_left(self, recommendation: HandlingRecommendation) -> int | None:
        """Return the days left today."""
        return recommendation.days_left(today())


class SubjectOut(serializers.Serializer[HandlingRecommendation]):
    """The person, as he was when it was proposed."""

    id = serializers.UUIDField(source="official_id")
    full_name = serializers.CharField(source="official.full_name")
    post = serializers.CharField()
    category = Choice(OfficialCategory)


class LimitationOut(serializers.Serializer[Any]):
    """The last days on which an act can be disciplined; null for what the named form rules out."""

    reprimand = serializers.DateField(allow_null=True)
    others = serializers.DateField(allow_null=True)


class ActOut(serializers.Serializer[Any]):
    """Something that was done."""

    finding = serializers.UUIDField(source="finding_id")
    day = serializers.DateField()
    description = serializers.CharField()
    limitation = LimitationOut()


class PauseOut(serializers.Serializer[Any]):
    """Days on which the clock stands still."""

    id = serializers.UUIDField()
    reason = Choice(PauseReason)
    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True)
    note = serializers.CharField()


class FormOut(serializers.Serializer[Any]):
    """A form that exists for the person on the day of the violation, by which decree."""

    form = Choice(DisciplineForm)
    decree = serializers.CharField()
    is_verified = serializers.BooleanField()


class FullRecommendationOut(RecommendationOut):
    """A recommendation with the person, what is said of him, and what became of it."""

    subject = serializers.SerializerMethodField()
    addressee = serializers.CharField()
    legal_basis = serializers.CharField()
    reasons = serializers.CharField()
    acts = ActOut(source="acts.all", many=True)
    proposed_by = Who()
    form = Choice(DisciplineForm, allow_null=True)
    form_named_by = Who(allow_null=True)
    forms = FormOut(source="known_forms", many=True)
    discovered_on = serializers.DateField(allow_null=True)
    limit_days = serializers.IntegerField(allow_null=True)
    extension_number = serializers.CharField()
    extension_on = serializers.DateField(allow_null=True)
    extension_reason = serializers.CharField()
    pauses = PauseOut(source="pauses.all", many=True)
    reviewed_by = Who(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    review_reason = serializers.CharField()
    forwarded_to = serializers.CharField()
    forwarded_on = serializers.DateField(allow_null=True)
    decision_number = serializers.CharField()
    decided_on = serializers.DateField(allow_null=True)
    decision_authority = serializers.CharField()
    result = Choice(HandlingResult, allow_null=True)
    decision_form = Choice(DisciplineForm, allow_null=True)
    decision_note = serializers.CharField()
    effective_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    decided_by = Who(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawal_reason = serializers.CharField()

    @extend_schema_field(SubjectOut(allow_null=True))
    def get_subject(self, recommendation: HandlingRecommendation) -> Any:
        """Return the person; null for the unit as a whole."""
        return None if recommendation.is_collective else SubjectOut(recommendation).data


class RecommendationFilter(filters.FilterSet):  # type: ignore[misc]
    """What recommendations can be found by."""

    kind = filters.ChoiceFilter(choices=HandlingKind.choices)
    state = filters.ChoiceFilter(choices=HandlingState.choices)
    unit = IdFilter(field_name="visit__unit_id")
    visit = IdFilter(field_name="visit_id")
    is_open = BooleanFilter(method="still_open")
    overdue = BooleanFilter(method="beyond_limit")
    due_by = DateFilter(
        method="before", help_text="Open, and the limit ends on this day or before."
    )

    def still_open(self, rows: QuerySet[Any], _name: str, wanted: bool) -> QuerySet[Any]:
        """Keep what nobody has ended, or what is over."""
        return _kept(rows, Q(state__in=HANDLING_OPEN), wanted)

    def beyond_limit(self, rows: QuerySet[Any], _name: str, wanted: bool) -> QuerySet[Any]:
        """Keep what is open beyond the last day of its limit, or everything else."""
        late = Q(due_on__isnull=False, due_on__lt=today(), state__in=HANDLING_OPEN)
        return _kept(rows, late, wanted)

    def before(self, rows: QuerySet[Any], _name: str, day: date) -> QuerySet[Any]:
        """Keep what is open with a limit that ends by a day."""
        return rows.filter(due_on__lte=day, state__in=HANDLING_OPEN)


def _kept(rows: QuerySet[Any], condition: Q, wanted: bool) -> QuerySet[Any]:
    return rows.filter(condition) if wanted else rows.exclude(condition)


class Recommendations(ListModelMixin, Readable[HandlingRecommendation]):
    """Recommendations for handling. What the competent authority decides is recorded here, never made."""

    queryset = HandlingRecommendation.objects.select_related("visit").prefetch_related("pauses")
    serializer_class = RecommendationOut
    filterset_class = RecommendationFilter
    orderings = {"newest": ("-proposed_at",)}
    has_versions = True
    changes = frozenset(
        {"form", "review", "forward", "decide", "withdraw", "extend", "pause", "end_pause"}
    )
    restricted = frozenset({"list", "retrieve"})
    access = {
        "list": allow(*PERSONNEL, Role.LEADER, Role.INSPECTOR),
        "retrieve": allow(*PERSONNEL, Role.INSPECTOR),
        "create": allow(*handling.PROPOSERS),
        "form": allow(*handling.NAMERS),
        "review": allow(*handling.REVIEWERS),
        "forward": RECORDERS,
        "decide": RECORDERS,
        "withdraw": allow(*handling.PROPOSERS),
        "extend": RECORDERS,
        "pause": RECORDERS,
        "end_pause": RECORDERS,
    }

    def visible(self, rows: Any) -> QuerySet[HandlingRecommendation]:
        listed = self.action == "list"
        visible: QuerySet[HandlingRecommendation] = (
            rows.visible_to(self.actor) if listed else rows.named_to(self.actor)
        )
        return visible

    @extend_schema(responses=FullRecommendationOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """Read a recommendation with the person whom it is about. The reading is on record."""
        read = handling.read_recommendation(
            actor=self.actor, recommendation=self.get_object(), now=clock.now()
        )
        return self.answer(read, output=FullRecommendationOut)

    @extend_schema(request=RecommendationIn, responses={201: RecommendationOut})
    def create(self, request: Request) -> Response:
        """Recommend handling. With an `id` of your own the request can be repeated safely."""
        given: dict[str, Any] = self.read(RecommendationIn)
        visits = Visit.objects.visible_to(self.actor, clock.now()).filter(state=VisitState.FILED)
        given["visit"] = self.related(visits, given["visit"], "visit")
        officials = Official.objects.visible_to(self.actor)
        given["official"] = self.related(officials, given.get("official"), "official")
        findings = Finding.objects.visible_to(self.actor)
        given["acts"] = [
            handling.Act(**(act | {"finding": self.related(findings, act["finding"], "acts")}))
            for act in given.get("acts", ())
        ]
        made = handling.propose(actor=self.actor, now=clock.now(), **given)
        return self.answer(made, HTTPStatus.CREATED)

    @extend_schema(request=FormIn, responses=RecommendationOut)
    @action(detail=True, methods=["put"])
    def form(self, request: Request, pk: UUID) -> Response:
        """Name the form that is recommended, or leave it blank. It takes leave of its own."""
        return self.answer(handling.name_form(**self._facts(), **self.read(FormIn)))

    @extend_schema(request=ReviewIn, responses=RecommendationOut)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: UUID) -> Response:
        """Support what somebody else proposed, or end it here."""
        return self.answer(handling.review(**self._facts(), **self.read(ReviewIn)))

    @extend_schema(request=ForwardIn, responses=RecommendationOut)
    @action(detail=True, methods=["post"])
    def forward(self, request: Request, pk: UUID) -> Response:
        """Take note that it went to the competent authority."""
        return self.answer(handling.forward(**self._facts(), **self.read(ForwardIn)))

    @extend_schema(request=AuthorityDecisionIn, responses=RecommendationOut)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: UUID) -> Response:
        """Record what the competent authority decided."""
        facts, given = self._facts(), self.read(AuthorityDecisionIn)
        return self.answer(handling.record_decision(**facts, decision=handling.Decision(**given)))

    @extend_schema(request=WithdrawalIn, responses=RecommendationOut)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take one's own recommendation back before it is forwarded."""
        return self.answer(handling.withdraw(**self._facts(), **self.read(WithdrawalIn)))

    @extend_schema(request=ExtensionIn, responses=RecommendationOut)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: UUID) -> Response:
        """Record the decision by which the limit became longer."""
        return self.answer(handling_clock.extend(**self._facts(), **self.read(ExtensionIn)))

    @extend_schema(request=PauseIn, responses=RecommendationOut)
    @action(detail=True, methods=["post"], url_path="pauses")
    def pause(self, request: Request, pk: UUID) -> Response:
        """Record days on which the clock stands still."""
        return self.answer(handling_clock.pause(**self._facts(), **self.read(PauseIn)))

    @extend_schema(request=PauseEndIn, responses=RecommendationOut)
    @action(detail=True, methods=["put"], url_path="pauses/<uuid:pause>")
    def end_pause(self, request: Request, pk: UUID, pause: UUID) -> Response:
        """Record the last day of a pause whose end was not known."""
        facts, given = self._facts(), self.read(PauseEndIn)
        return self.answer(handling_clock.end_pause(**facts, pause_id=pause, **given))

    def _facts(self) -> dict[str, Any]:
        """Return what every step says."""
        version = self.expected_version()
        return {
            "actor": self.actor,
            "recommendation": self.get_object(),
            "version": version,
            "now": clock.now(),
        }
