"""Inspectors, with what keeps them away."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from api import clock
from api.admin.base import KeptAdmin, VersionedForm
from api.admin.units import ListAdmin
from inspections.models import DeclaredRelation, FormerUnit, Inspector, Leave, Skill


class FormerUnitInline(admin.TabularInline):  # type: ignore[type-arg]
    """Where he used to work."""

    model = FormerUnit
    extra = 0
    autocomplete_fields = ["unit"]


class RelationInline(admin.TabularInline):  # type: ignore[type-arg]
    """Conflicts of interest: ended, never deleted."""

    model = DeclaredRelation
    extra = 0
    can_delete = False
    autocomplete_fields = ["unit"]
    exclude = ["declared_at"]


class LeaveInline(admin.TabularInline):  # type: ignore[type-arg]
    """Days on which he is away."""

    model = Leave
    extra = 0
    exclude = ["entered_at"]


@admin.register(Inspector)
class InspectorAdmin(KeptAdmin):
    """Members of the inspection team."""

    form = VersionedForm
    fields = [
        "code",
        "full_name",
        "title",
        "user",
        "home_unit",
        "skills",
        "may_lead",
        "is_guest",
        "is_active",
        "filled_from",
    ]
    inlines = [FormerUnitInline, RelationInline, LeaveInline]
    # Whose account it is, is the planner's to say.
    readonly_fields = ["user"]
    list_display = ["full_name", "code", "title", "may_lead", "is_guest", "is_active"]
    list_filter = ["may_lead", "is_guest", "is_active"]
    search_fields = ["full_name", "code"]
    autocomplete_fields = ["home_unit", "skills"]

    def get_readonly_fields(self, request: HttpRequest, obj: Inspector | None = None) -> list[str]:  # noqa: ARG002  Django's signature
        return [*self.readonly_fields, "code"] if obj else [*self.readonly_fields]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Note when a relation was declared and leave entered."""
        for row in formset.save(commit=False):
            if isinstance(row, DeclaredRelation):
                row.declared_at = row.declared_at or clock.now()
            if isinstance(row, Leave):
                row.entered_at = row.entered_at or clock.now()
        super().save_formset(request, form, formset, change)


admin.site.register(Skill, ListAdmin)
