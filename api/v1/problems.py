"""Exceptions of views and services as problems; denials and misses go on record here."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from api import clock
from api.problems import MEDIA_TYPE, RETRY_AFTER_SECONDS, below, problem
from inspections import errors
from inspections.services import audit

STATUSES: Final[Mapping[type[errors.DomainError], HTTPStatus]] = {
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.WrongState: HTTPStatus.CONFLICT,
    errors.VersionConflict: HTTPStatus.PRECONDITION_FAILED,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.KeyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DomainError: HTTPStatus.CONFLICT,
}


class CsrfFailed(exceptions.PermissionDenied):
    """The session is there but its token is not: fetch the session again and repeat."""

    default_code = "csrf_failed"

    def __init__(self) -> None:
        super().__init__(_("The CSRF token is missing or old. Read the session again and repeat."))


class PreconditionRequired(exceptions.APIException):
    """A change must say which version it changes."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_code = "version_required"

    def __init__(self) -> None:
        super().__init__(_("Name the version that you change: send its ETag as If-Match."))


class TooLarge(exceptions.APIException):
    """The body is larger than the route reads."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self, most: int) -> None:
        super().__init__(
            _("The request is larger than the %(most)s bytes read here.") % {"most": most}
        )


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception that a view let through; None leaves it to the server's own handler."""
    try:
        answer = _answer(error)
        if answer is not None:
            _put_on_record(answer.status_code, context)
    except (OperationalError, InterfaceError) as failed:
        answer = _answer(failed)
    if answer is not None:
        answer.content_type = MEDIA_TYPE
    return answer


def _answer(error: Exception) -> Response | None:
    match error:
        case errors.DomainError():
            status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
            return _respond(status, error.code, str(error.message), params=error.params)
        case UnreadablePostError():  # nobody is there any more to read the answer, but the log is
            return _respond(
                HTTPStatus.BAD_REQUEST, "broken_off", _("The request broke off before its end.")
            )
        case _ if trouble := below(error):
            return _respond(HTTPStatus.SERVICE_UNAVAILABLE, *trouble)
        case exceptions.ValidationError():
            return _respond(
                HTTPStatus.BAD_REQUEST,
                "invalid_request",
                _("Some fields are not valid."),
                errors=list(_flatten(error.get_full_details())),
            )
        case exceptions.APIException():
            code = str(error.get_codes())
            answer = _respond(HTTPStatus(error.status_code), code, str(error.detail))
            # DRF hangs the header's value on the exception when a stranger must sign in.
            if challenge := getattr(error, "auth_header", None):
                answer["WWW-Authenticate"] = challenge
            return answer
    return None


def _respond(status: HTTPStatus, code: str, detail: str, **extra: Any) -> Response:
    answer = Response(problem(status, code, detail, **extra), status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _flatten(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield each error of DRF's nested details with the path of its field."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"field": path, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from _flatten(inner, ".".join(filter(None, (path, step))))
    else:
        for inner in details:
            yield from _flatten(inner, path)


def _put_on_record(status: int, context: Mapping[str, Any]) -> None:
    """Write one event for a miss on an id, and for a denial of something restricted.

    The event is the same whether the row is hidden or was never there; which of the two it was is
    worked out when the log is read.
    """
    view, request = context["view"], context["request"]
    asked = view.kwargs.get("pk")
    missed = status == HTTPStatus.NOT_FOUND and asked is not None
    denied = status == HTTPStatus.FORBIDDEN and view.action in view.restricted
    if not (missed or denied) or not request.user.is_authenticated:
        return
    audit.append(
        actor_id=request.user.pk,
        action="not_found" if missed else "denied",
        object_type=request.resolver_match.view_name,
        object_id="" if asked is None else str(asked),
        now=clock.now(),
    )
