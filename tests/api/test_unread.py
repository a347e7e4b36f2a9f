"""What a view does not read of a body is dropped, so that the next request on the connection is understood."""

from io import BytesIO
from uuid import uuid4

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from api.unread import ReadToTheEnd


def sent(body: bytes) -> tuple[WSGIRequest, BytesIO]:
    """A request whose body and the request after it come over one connection."""
    connection = BytesIO(body + b"GET /next")
    request = RequestFactory().put(f"/api/v1/letters/{uuid4()}/", content_type="image/jpeg")
    return WSGIRequest(
        request.environ | {"wsgi.input": connection, "CONTENT_LENGTH": str(len(body))}
    ), connection


def answer(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


@pytest.mark.parametrize("view", [answer, read])
def test_the_next_request_begins_where_the_body_ended(view: object) -> None:
    request, connection = sent(b"x" * 300_000)
    ReadToTheEnd(view)(request)  # type: ignore[arg-type]
    assert connection.read() == b"GET /next"
