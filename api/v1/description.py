"""The OpenAPI description as it was checked and committed: nothing is computed for whoever asks."""

from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

FILE: Final = Path(__file__).with_name("schema.yaml")


@require_GET
def description(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Return ``schema.yaml``."""
    return HttpResponse(FILE.read_bytes(), content_type="application/vnd.oai.openapi")
