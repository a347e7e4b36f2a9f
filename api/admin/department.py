"""The department, who signs for it, and its calendar."""

from django.contrib import admin
from django.http import HttpRequest

from api.admin.base import KeptAdmin, ReferenceAdmin, VersionedForm
from inspections.models import CalendarDay, Department, Signatory


@admin.register(Department)
class DepartmentAdmin(KeptAdmin):
    """The one department; it and its province come with the set-up."""

    form = VersionedForm
    readonly_fields = ["province_code", "province_name", "is_synthetic"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  Django's signature
        return False


@admin.register(Signatory)
class SignatoryAdmin(ReferenceAdmin):
    """Who may sign the department's papers."""

    list_display = ["full_name", "authority", "position", "is_default"]


@admin.register(CalendarDay)
class CalendarDayAdmin(ReferenceAdmin):
    """Days that are not what their weekday says."""

    list_display = ["date", "kind", "name", "source"]
    list_filter = ["kind"]
    date_hierarchy = "date"
