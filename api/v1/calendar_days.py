"""The holiday table."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from datetime import date
from typing import Final

from django.urls import register_converter
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Resource
from api.v1.fields import DAY, DAY_SCHEMA, Choice, Line, Strict
from api.v1.filters import DateFilter
from api.v1.permissions import allow
from inspections.errors import NotFound
from inspections.models import CalendarDay, DayKind, TokenScope
from inspections.services import calendar_days

READERS = allow(scopes=(TokenScope.READ, TokenScope.LOAD))
EDITORS = allow(*calendar_days.EDITORS)


class DayConverter:
    """A date in a path, as 2026-03-31."""

    regex = DAY.replace("(", "(?:")

    def to_python(self, value: str) -> date:
        """Return the date; a ValueError (31 June) means that the path is another's."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return the date as it stands in a path."""
        return value.isoformat()


register_converter(DayConverter, "day")
IN_PATH: Final = OpenApiParameter("day", DAY_SCHEMA, OpenApiParameter.PATH)


class DayIn(Strict):
    """What a day is."""

    kind = Choice(DayKind)
    name = Line(max_length=120)
    source = Line(max_length=200, required=False, allow_blank=True)  # type: ignore[assignment]
    note = Line(max_length=300, required=False, allow_blank=True)


class DayOut(serializers.Serializer[CalendarDay]):
    """A day that is not what its weekday says."""

    date = serializers.DateField()
    kind = Choice(DayKind)
    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField()


class DayFilter(filters.FilterSet):  # type: ignore[misc]
    """What days can be found by."""

    kind = filters.ChoiceFilter(choices=DayKind.choices)
    first_day = DateFilter(field_name="date", lookup_expr="gte", help_text="This day or later.")
    last_day = DateFilter(field_name="date", lookup_expr="lte", help_text="This day or earlier.")


class CalendarDays(ListModelMixin, Resource[CalendarDay]):
    """Holidays, days swapped, and working days made up; all other days are what their weekday says."""

    queryset = CalendarDay.objects.all()
    serializer_class = DayOut
    filterset_class = DayFilter
    orderings = {"date": ("date",)}
    access = {"list": READERS, "retrieve": READERS, "update": EDITORS, "destroy": EDITORS}

    @extend_schema(parameters=[IN_PATH])
    def retrieve(self, request: Request, day: date) -> Response:
        """Tell what a day is."""
        return self.answer(self._find(day))

    @extend_schema(parameters=[IN_PATH], request=DayIn, responses=DayOut)
    def update(self, request: Request, day: date) -> Response:
        """Write what a day is, in place of what was written before."""
        put = calendar_days.put_day(actor=self.actor, date=day, now=clock.now(), **self.read(DayIn))
        return self.answer(put)

    @extend_schema(
        parameters=[IN_PATH], responses={204: OpenApiResponse(description="The weekday decides.")}
    )
    def destroy(self, request: Request, day: date) -> Response:
        """Let the weekday decide again."""
        calendar_days.remove_day(actor=self.actor, day=self._find(day), now=clock.now())
        return Response(status=204)

    def _find(self, day: date) -> CalendarDay:
        found = self.get_queryset().filter(date=day).first()
        if found is None:
            raise NotFound
        return found
