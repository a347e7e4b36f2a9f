"""Forms to be filled in by hand where a visit is written down on paper."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api import clock
from api.v1.base import Resource
from api.v1.permissions import allow
from inspections.models import Role, Visit
from inspections.services import blank_forms

USERS = allow(Role.PLANNER, Role.APPROVER, Role.CLERK, Role.INSPECTOR)
PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


class BlankForms(Resource[Visit]):
    """Blank minutes and roll calls, for any unit or for a visit."""

    queryset = Visit.objects.all()
    access = {"roll_call": USERS, "minutes": USERS, "of_visit": USERS}
    restricted = frozenset({"of_visit"})

    def visible(self, rows: Any) -> QuerySet[Visit]:
        visible: QuerySet[Visit] = rows.visible_to(self.actor, clock.now())
        return visible

    @extend_schema(operation_id="blank_forms_roll_call_retrieve", responses=PDF)
    def roll_call(self, request: Request) -> HttpResponse:
        """Print the sheets on which a roll call is taken by hand."""
        return _pdf(blank_forms.print_roll_call(actor=self.actor), "roll-call")

    @extend_schema(operation_id="blank_forms_minutes_retrieve", responses=PDF)
    def minutes(self, request: Request) -> HttpResponse:
        """Print minutes that are filled in by hand, with the core items of the checklist in force."""
        return _pdf(blank_forms.print_minutes(actor=self.actor, now=clock.now()), "minutes")

    @extend_schema(operation_id="visits_blank_minutes_retrieve", responses=PDF)
    def of_visit(self, request: Request, pk: UUID) -> HttpResponse:
        """Print minutes and roll call of a visit to be filled in by hand; unit and team stand there already."""
        content = blank_forms.print_for_visit(
            actor=self.actor, visit=self.get_object(), now=clock.now()
        )
        return _pdf(content, "minutes")


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="blank-{name}.pdf"'},
    )
