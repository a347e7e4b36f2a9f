"""What the server of the benchmarks serves: the product, and beside it the peers' views."""

from hashlib import sha256

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse  # noqa: TID251  the peer is a view
from django.urls import URLPattern, URLResolver, include, path  # noqa: TID251  likewise
from django.views.decorators.csrf import csrf_exempt  # noqa: TID251  likewise

from api.config.wsgi import application
from inspections.models import Visit

__all__ = ["application"]


def bare(_request: HttpRequest) -> HttpResponse:
    """Read one row."""
    return HttpResponse(str(Visit.objects.values_list("state").first()))


def take(request: HttpRequest) -> HttpResponse:
    """Read the body and insert one row."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_taken VALUES (%s)", [sha256(request.body).hexdigest()])
    return HttpResponse()


urlpatterns: list[URLPattern | URLResolver] = [
    path("bare/", bare),
    path("take/", csrf_exempt(take)),
    path("", include("api.config.urls")),
]
settings.ROOT_URLCONF = "bench.serving_app"
