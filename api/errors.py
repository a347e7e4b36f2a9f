"""What answers when no view does: problems under ``/api/``, plain pages elsewhere."""

import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from api.problems import RETRY_AFTER_SECONDS, below, is_api, problem_page, titles


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if is_api(request):
        return problem_page(status, code, detail)
    context = {"title": titles()[status], "detail": detail}
    response = render(request, "desk/problem.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 for a body beyond the bound."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(request, 413, "too_large", _("The request is larger than is read here."))
    return _answer(request, 400, "bad_request", _("The request cannot be read."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer 403."""
    return _answer(request, 403, "not_allowed", _("Your role does not allow this action."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer 404, in the words with which the API hides what it hides."""
    return _answer(request, 404, "not_found", _("Not found."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 while the database does not answer or a disk is full."""
    if trouble := below(sys.exc_info()[1]):
        response = _answer(request, 503, *trouble)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return _answer(request, 500, "server_error", _("An error happened here, not at your side."))


def csrf_failed(request: HttpRequest, reason: str = "", **_kwargs: Any) -> HttpResponse:  # noqa: ARG001  Django's signature
    """Answer 403 with a code of its own: a client fetches a new token and repeats the request."""
    return _answer(
        request, 403, "csrf_failed", _("This page was open too long. Load it again and repeat.")
    )
