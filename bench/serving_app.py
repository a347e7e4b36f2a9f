"""What the server of ``bench.serving`` serves: the product, and beside it the peer's view."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse  # noqa: TID251  the peer is a view
from django.urls import URLPattern, URLResolver, include, path  # noqa: TID251  likewise

from api.config.wsgi import application
from inspections.models import Visit

__all__ = ["application"]


def bare(_request: HttpRequest) -> HttpResponse:
    """Read one row."""
    return HttpResponse(str(Visit.objects.values_list("state").first()))


urlpatterns: list[URLPattern | URLResolver] = [
    path("bare/", bare),
    path("", include("api.config.urls")),
]
settings.ROOT_URLCONF = "bench.serving_app"
