"""Query parameters by allow-list: one that a route does not know is an error, never ignored."""

import re
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as django_filters  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from api.v1.fields import DAY, DAY_SCHEMA
from inspections import text

MAX_QUERY_LENGTH: Final = 200


def check_parameters(request: Request, allowed: Iterable[str]) -> None:
    """Refuse parameters that the route does not know, that are given twice, or empty.

    Raises:
        ValidationError: with the code ``unknown_parameter``, ``repeated_parameter``,
            ``empty_parameter`` or ``damaged_parameter``, on the parameter's name.
    """
    known = frozenset(allowed)
    wrong = {
        name: [ErrorDetail(*error)]
        for name, values in request.query_params.lists()
        if (error := _parameter_error(name, values, known))
    }
    if wrong:
        raise ValidationError(wrong)


def _parameter_error(name: str, values: list[str], known: frozenset[str]) -> tuple[str, str] | None:
    if name not in known:
        return str(_("This route does not know this parameter.")), "unknown_parameter"
    if len(values) != 1:
        return str(_("This parameter is given more than once.")), "repeated_parameter"
    if not values[0].strip():
        return str(_("This parameter is empty.")), "empty_parameter"
    if "\x00" in values[0] or "\ufffd" in values[0]:
        return str(_("This parameter contains a damaged character.")), "damaged_parameter"
    return None


class _Date(forms.DateField):
    def to_python(self, value: Any) -> Any:
        if value and not re.fullmatch(DAY, value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


@extend_schema_field(DAY_SCHEMA)
class DateFilter(django_filters.DateFilter):  # type: ignore[misc]
    """A date as 2026-03-31."""

    field_class = _Date

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **kwargs)


class _UUID(forms.UUIDField):
    def to_python(self, value: Any) -> Any:
        if value and not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class IdFilter(django_filters.UUIDFilter):  # type: ignore[misc]
    """The id of a related object."""

    field_class = _UUID


class _Boolean(forms.ChoiceField):
    def clean(self, value: Any) -> Any:
        return {"true": True, "false": False, "": None}[super().clean(value)]


@extend_schema_field({"type": "boolean"})
class BooleanFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """``true`` or ``false``, and no other spelling."""

    field_class = _Boolean

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=choices, widget=forms.TextInput, **kwargs)


class SearchFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Finds text typed without accents, by the model's ``search_key``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=MAX_QUERY_LENGTH, **kwargs)

    def filter(self, queryset: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        """Keep the rows whose key contains every word."""
        for word in text.search_key(value or "").split():
            queryset = queryset.filter(**{f"{self.field_name}__contains": word})
        return queryset
