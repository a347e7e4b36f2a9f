"""The administration of reference data: for technical administrators, and of nothing that has readers."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from inspections.models import User
from inspections.services.backups import last_backup

# Passwords have one door, the desk's; the last would answer for rows of any table.
_NOT_HERE = frozenset({"password_change", "password_change_done", "view_on_site"})


class ReferenceDataSite(AdminSite):
    """Django's site without accounts and passwords."""

    site_header = _("Kỷ Cương: reference data")
    site_title = _("Reference data")
    index_title = _("Reference data")

    def has_permission(self, request: HttpRequest) -> bool:
        """Let technical administrators in, once they chose a password of their own."""
        user = request.user
        return isinstance(user, User) and user.is_staff and not user.must_change_password

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show above the tables when the last backup was made."""
        return super().index(request, {**(extra_context or {}), "last_backup": last_backup()})

    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  Django's signature
    ) -> HttpResponse:
        """Send people to the one sign-in page."""
        return redirect_to_login(request.GET.get("next", request.path))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out the pages that have another door."""
        return [
            route for route in super().get_urls() if getattr(route, "name", None) not in _NOT_HERE
        ]
