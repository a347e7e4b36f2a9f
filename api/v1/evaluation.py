"""What evaluators of units and people need, as a table."""

from typing import Any, Final

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api import clock
from api.v1.base import Resource
from api.v1.permissions import allow
from inspections.models import Department, Role
from inspections.queries import evaluation as figures
from inspections.services import evaluation
from inspections.services.evaluation import By, Form

MEDIA_TYPES: Final = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.CSV: "text/csv; charset=utf-8",
}


class ExtractIn(serializers.Serializer[Any]):
    """What is extracted."""

    period = serializers.RegexField(rf"\A{figures.PERIOD}\Z", trim_whitespace=False)
    by = serializers.ChoiceField(choices=[one.value for one in By])
    form = serializers.ChoiceField(choices=[one.value for one in Form], default=Form.XLSX)


class EvaluationExtracts(Resource[Department]):
    """Figures of a month, quarter, half-year or year, by unit or by person. The product classifies nobody."""

    queryset = Department.objects.all()
    serializer_class = ExtractIn
    restricted = frozenset({"extract"})
    access = {"extract": allow(Role.PLANNER, Role.APPROVER)}

    def known_parameters(self) -> frozenset[str]:
        return frozenset({"period", "by", "form"})

    @extend_schema(
        operation_id="evaluation_extracts_retrieve",
        responses={
            (200, media_type.partition(";")[0]): OpenApiTypes.BINARY
            for media_type in MEDIA_TYPES.values()
        },
        parameters=[
            OpenApiParameter(
                "period",
                {"type": "string", "pattern": f"^{figures.PERIOD}$"},
                required=True,
                description="As 2026-03, 2026-Q1, 2026-H1 or 2026.",
            ),
            OpenApiParameter("by", str, required=True, enum=[one.value for one in By]),
            OpenApiParameter("form", str, enum=[one.value for one in Form], default="xlsx"),
        ],
    )
    def extract(self, request: Request) -> HttpResponse:
        """Hand out the figures. By person they name people; each extract is on record."""
        given = ExtractIn(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        by, form = By(asked["by"]), Form(asked["form"])
        content = evaluation.extract(
            actor=self.actor, period=asked["period"], by=by, form=form, now=clock.now()
        )
        name = evaluation.file_name(asked["period"], by, form)
        return HttpResponse(
            content,
            content_type=MEDIA_TYPES[form],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
