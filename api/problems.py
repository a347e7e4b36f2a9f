"""What every refusal looks like: RFC 9457, with a code that stays and a sentence in the reader's language."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from inspections.errors import disk_is_full

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:problem-type:kycuong:"
RETRY_AFTER_SECONDS: Final = 5


def titles() -> dict[int, str]:
    """Return the short title of each status, in the language of the request."""
    return {
        400: _("The request is not valid"),
        401: _("Sign in first"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This method is not possible here"),
        409: _("Not possible now"),
        412: _("Changed in the meantime"),
        413: _("Too large"),
        415: _("This format is not read"),
        422: _("Cannot be used"),
        428: _("Say which version you mean"),
        429: _("Too many attempts"),
        500: _("Something went wrong"),
        503: _("Not available now"),
    }


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    params: Mapping[str, Any] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return the body of a problem.

    ``params`` are the facts that belong to it; ``errors`` name each field that is wrong, each as
    ``field`` (a path as ``members.0``), ``code`` and ``detail``.
    """
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": titles().get(status, HTTPStatus(status).phrase),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if params:
        body["params"] = dict(params)
    if errors:
        body["errors"] = list(errors)
    return body


def problem_page(
    status: int, code: str, detail: str, *, params: Mapping[str, Any] | None = None
) -> JsonResponse:
    """Return a problem as a response of Django's, for what fails outside the API's own views."""
    response = JsonResponse(
        problem(status, code, detail, params=params),
        status=status,
        content_type=MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )
    response["Cache-Control"] = "no-store"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def below(error: BaseException | None) -> tuple[str, str] | None:
    """Return code and sentence for trouble below us that passes, a full disk or a database that is away; else None."""
    if error is not None and disk_is_full(error):
        return "disk_full", _("The server's disk is full. Nothing was kept of this request.")
    if isinstance(error, OperationalError | InterfaceError):
        return "database_unavailable", _("The database does not answer. Try again soon.")
    return None


def is_api(request: HttpRequest) -> bool:
    """Tell whether a program asked: it gets a problem, where a person gets a page."""
    return request.path.startswith("/api/")
