"""Every way in over HTTP, as Django apps."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = "API"
    default = True


class ReferenceDataConfig(admin.SimpleAdminConfig):
    """Django's administration, with our site in the place of its own and our pages alone."""

    default = False
    default_site = "api.admin.site.ReferenceDataSite"

    def ready(self) -> None:
        super().ready()
        for pages in ("department", "people", "units"):
            import_module(f"api.admin.{pages}")
