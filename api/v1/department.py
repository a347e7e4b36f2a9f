"""The department's settings."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Resource
from api.v1.fields import Hour, Line, Strict, Truth, Whole
from api.v1.permissions import allow
from inspections.errors import NotFound
from inspections.models import Department, Role, TokenScope
from inspections.services import department

MOST_DAYS: Final = 366
MOST_DAYS_KEPT: Final = 100 * 366


class DepartmentChange(Strict):
    """What can be changed about the department."""

    name = Line(max_length=200)
    superior = Line(max_length=200)
    abbreviation = Line(max_length=20)
    team_abbreviation = Line(max_length=20)
    drafting_office = Line(max_length=20)
    place = Line(max_length=80)
    morning_start = Hour()
    morning_end = Hour()
    afternoon_start = Hour()
    afternoon_end = Hour()
    release_minutes = Whole(min_value=1, max_value=24 * 60)
    smallest_team = Whole(min_value=1, max_value=20)
    reveal_within_days = Whole(min_value=1, max_value=MOST_DAYS)
    keep_rosters_days = Whole(min_value=1, max_value=MOST_DAYS_KEPT)
    keep_staff_days = Whole(min_value=1, max_value=MOST_DAYS_KEPT)
    evidence_days = Whole(min_value=0, max_value=MOST_DAYS)
    explanation_days = Whole(min_value=0, max_value=MOST_DAYS)
    remedy_days = Whole(min_value=0, max_value=MOST_DAYS)
    complaint_answer_days = Whole(min_value=0, max_value=MOST_DAYS)
    month_starts_on = Whole(min_value=1, max_value=28)
    count_from_next_day = Truth()


class DepartmentOut(DepartmentChange):
    """The one department of this installation: what its papers print and the limits it works by."""

    version = serializers.IntegerField(read_only=True)
    province_code = serializers.CharField(read_only=True)
    province_name = serializers.CharField(read_only=True)
    is_synthetic = serializers.BooleanField(read_only=True)


class TheDepartment(Resource[Department]):
    """The department's settings."""

    serializer_class = DepartmentOut
    has_versions = True
    may_be_missing = True
    changes = frozenset({"partial_update"})
    access = {
        "retrieve": allow(scopes=(TokenScope.READ, TokenScope.LOAD)),
        "partial_update": allow(Role.TECHNICAL_ADMIN),
    }

    @extend_schema(operation_id="department_retrieve")
    def retrieve(self, request: Request) -> Response:
        """Tell the settings."""
        return self.answer(self.get_object())

    @extend_schema(request=DepartmentChange, responses=DepartmentOut)
    def partial_update(self, request: Request) -> Response:
        """Change the settings. Visits that are dated keep their hours."""
        version, ours = self.expected_version(), self.get_object()
        changes: dict[str, Any] = self.read(DepartmentChange, partial=True)
        changed = department.update_department(
            actor=self.actor, department=ours, version=version, changes=changes, now=clock.now()
        )
        return self.answer(changed)

    def get_object(self) -> Department:
        ours = Department.objects.first()
        if ours is None:
            raise NotFound
        return ours
