"""Units and the lists that they refer to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin.base import KeptAdmin, ReferenceAdmin, VersionedForm
from inspections import text
from inspections.models import Compound, FieldOfWork, Unit, UnitAlias
from inspections.services import units


class UnitForm(VersionedForm):
    """A unit, which cannot stand below itself."""

    def clean_parent(self) -> Unit | None:
        parent: Unit | None = self.cleaned_data["parent"]
        if parent is not None:
            units.refuse_circle(self.instance, parent)
        return parent


class AliasInline(admin.TabularInline):  # type: ignore[type-arg]
    """Other names."""

    model = UnitAlias
    extra = 0


@admin.register(Unit)
class UnitAdmin(KeptAdmin):
    """Agencies that can be inspected."""

    form = UnitForm
    fields = [
        "code",
        "name",
        "kind",
        "parent",
        "fields_of_work",
        "staff_count",
        "compound",
        "works_saturday_morning",
        "is_generic",
        "is_active",
        "filled_from",
    ]
    inlines = [AliasInline]
    list_display = ["name", "code", "kind", "is_active", "is_generic"]
    list_filter = ["kind", "is_active", "is_generic"]
    search_fields = ["search_key", "code"]
    autocomplete_fields = ["parent", "compound", "fields_of_work"]

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> list[str]:  # noqa: ARG002  Django's signature
        return ["code"] if obj else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Unit], search_term: str
    ) -> tuple[QuerySet[Unit], bool]:
        """Search as everywhere: accents ignored."""
        found: tuple[QuerySet[Unit], bool] = super().get_search_results(
            request, queryset, text.search_key(search_term)
        )
        return found


class ListAdmin(ReferenceAdmin):
    """A short list whose entries others refer to by their code."""

    list_display = ["code", "name"]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # noqa: ARG002  Django's signature
        return ["code"] if obj else []


admin.site.register([FieldOfWork, Compound], ListAdmin)
