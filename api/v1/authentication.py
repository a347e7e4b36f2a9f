"""Who is asking: a person by his session, a machine by its token."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, CSRFCheck, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from api import clock
from api.v1.problems import CsrfFailed
from inspections.models import ApiToken, User
from inspections.services.users import TOKEN_PREFIX, token_digest

CHALLENGE: Final = 'Bearer realm="kycuong"'
_TOKEN: Final = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_-]{{43}}")


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer kc_…``: a machine acting in the name of the person who made its token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the token's person and the token, or None when no token was sent."""
        scheme, _space, given = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        plain = given.decode("latin-1")
        token = _find(plain) if _TOKEN.fullmatch(plain) else None
        if token is None or not token.is_valid(clock.now()) or not token.user.is_active:
            raise AuthenticationFailed(
                _("The token is not valid, or no longer."), code="invalid_token"
            )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  DRF's signature
        return CHALLENGE


def _find(plain: str) -> ApiToken | None:
    return ApiToken.objects.select_related("user").filter(digest=token_digest(plain)).first()


class SessionAuthentication(BaseAuthentication):
    """The session of a person who signed in; what changes something needs the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the session's person, or None for a stranger.

        Raises:
            CsrfFailed: a write without the session's CSRF token.
        """
        user = request._request.user  # noqa: SLF001  DRF offers no other way to Django's own request
        if not isinstance(user, User) or not user.is_active:
            return None
        require_csrf(request._request)  # noqa: SLF001  as above
        return user, None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  DRF's signature
        return CHALLENGE


def require_csrf(request: HttpRequest) -> None:
    """Raise ``CsrfFailed`` for a write that does not carry the CSRF token."""

    def nothing(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    check = CSRFCheck(nothing)
    check.process_request(request)
    if check.process_view(request, nothing, (), {}):
        raise CsrfFailed
