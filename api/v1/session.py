"""Signing in and out, and the password of whoever is signed in."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock, lockout
from api.v1.authentication import require_csrf
from api.v1.base import Resource
from api.v1.fields import Line, Secret, Strict
from api.v1.permissions import Access
from inspections.models import Role, User


class Credentials(Strict):
    """A user name and its password."""

    username = Line(max_length=64)
    password = Secret(max_length=200)


class PasswordChange(Strict):
    """The old password and the new one."""

    old_password = Secret(max_length=200)
    new_password = Secret(max_length=200)


class Person(serializers.Serializer[User]):
    """Who is signed in."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.values))
    must_change_password = serializers.BooleanField()
    account_closed = serializers.BooleanField()

    def to_representation(self, instance: User) -> dict[str, Any]:
        return {
            "id": str(instance.pk),
            "username": instance.username,
            "full_name": instance.full_name,
            "roles": sorted(instance.roles),
            "must_change_password": instance.must_change_password,
            "account_closed": instance.closed_at is not None,
        }


class SessionState(serializers.Serializer[Any]):
    """The session: its person, if anybody is signed in, and the token that its writes carry."""

    user = Person(allow_null=True)
    csrf_token = serializers.CharField(help_text="Send it as X-CSRFToken with every write.")


class CurrentSession(Resource[User]):
    """The session of this browser."""

    serializer_class = SessionState
    passwords = frozenset({"create"})
    access = {
        "retrieve": Access(anonymous=True, with_old_password=True),
        "create": Access(anonymous=True, with_old_password=True),
        "destroy": Access(roles=frozenset(), with_old_password=True),
    }

    @extend_schema(responses=SessionState, operation_id="session_retrieve")
    def retrieve(self, request: Request) -> Response:
        """Tell who is signed in."""
        return self._state(request)

    @extend_schema(request=Credentials, responses={200: SessionState})
    def create(self, request: Request) -> Response:
        """Sign in. Five wrong passwords from one address lock the account there for a quarter of an hour."""
        plain = request._request  # noqa: SLF001  Django's sign-in works on its own request
        require_csrf(plain)
        given = self.read(Credentials)
        user = authenticate(plain, username=given["username"], password=given["password"])
        if user is None:
            raise AuthenticationFailed(
                _("This user name and password do not fit together."), code="wrong_credentials"
            )
        login(plain, user)
        request.user = user
        return self._state(request)

    @extend_schema(responses={204: OpenApiResponse(description="Signed out.")})
    def destroy(self, request: Request) -> Response:
        """Sign out."""
        logout(request._request)  # noqa: SLF001  as above
        return Response(status=HTTPStatus.NO_CONTENT)

    def _state(self, request: Request) -> Response:
        user = request.user if request.user.is_authenticated else None
        state = {"user": user, "csrf_token": get_token(request._request)}  # noqa: SLF001  as above
        return Response(SessionState(state).data)


class Password(Resource[User]):
    """The password of whoever is signed in."""

    passwords = frozenset({"create"})
    access = {"create": Access(roles=frozenset(), with_old_password=True)}

    @extend_schema(request=PasswordChange, responses={204: OpenApiResponse(description="Changed.")})
    def create(self, request: Request) -> Response:
        """Choose a new password. The account's other sessions end.

        Wrong old passwords count as wrong passwords of a sign-in, and lock the account at this address alike.
        """
        given = self.read(PasswordChange)
        lockout.change_password(
            request._request,  # noqa: SLF001  as above
            old=given["old_password"],
            new=given["new_password"],
            now=clock.now(),
        )
        return Response(status=HTTPStatus.NO_CONTENT)
