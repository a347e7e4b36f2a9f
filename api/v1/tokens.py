"""The tokens that a person gives to machines."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Resource
from api.v1.fields import Choice, Line, Strict, Whole
from api.v1.permissions import allow
from inspections.models import ApiToken, Role, TokenScope
from inspections.services import users

OWNERS = allow(Role.PLANNER, Role.TECHNICAL_ADMIN)


class TokenIn(Strict):
    """A new token."""

    name = Line(max_length=80, help_text="The machine that it is for.")
    scope = Choice(TokenScope)
    days = Whole(min_value=1, max_value=users.MAX_TOKEN_DAYS)


class TokenOut(serializers.Serializer[ApiToken]):
    """A machine's key, without its text."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    scope = Choice(TokenScope)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewToken(serializers.Serializer[Any]):
    """A token with its text, which is shown this once."""

    token = TokenOut()
    text = serializers.CharField(help_text="Send it as `Authorization: Bearer kc_…`.")


class Tokens(ListModelMixin, Resource[ApiToken]):
    """One's own tokens for machines. No scope opens anything restricted."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenOut
    orderings = {"expires_at": ("expires_at",), "name": ("name",)}
    access = {"list": OWNERS, "create": OWNERS, "destroy": OWNERS}

    def visible(self, rows: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        return rows.filter(user=self.actor)

    @extend_schema(request=TokenIn, responses={201: NewToken})
    def create(self, request: Request) -> Response:
        """Make a token."""
        token, text = users.create_token(actor=self.actor, now=clock.now(), **self.read(TokenIn))
        return Response(NewToken({"token": token, "text": text}).data, status=HTTPStatus.CREATED)

    @extend_schema(responses={204: OpenApiResponse(description="The token opens nothing more.")})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a token."""
        users.revoke_token(actor=self.actor, token=self.get_object(), now=clock.now())
        return Response(status=HTTPStatus.NO_CONTENT)
