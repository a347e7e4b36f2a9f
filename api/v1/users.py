"""Accounts and their roles."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable
from api.v1.fields import Choice, Line, Strict
from api.v1.filters import BooleanFilter
from api.v1.permissions import allow
from inspections import policies
from inspections.errors import NotFound
from inspections.models import Role, User
from inspections.services import form_naming, users

KEEPERS = allow(Role.TECHNICAL_ADMIN)
LETTING = allow(Role.APPROVER)
READERS = allow(Role.TECHNICAL_ADMIN, *policies.ADMIT)
ROLE_IN_PATH: Final = OpenApiParameter("role", str, OpenApiParameter.PATH, enum=Role.values)


class AccountIn(Strict):
    """A new account."""

    username = Line(max_length=64)
    full_name = Line(max_length=120)
    roles = serializers.ListField(child=Choice(Role), max_length=len(Role))


class RoleIn(Strict):
    """A role to give."""

    role = Choice(Role)


class Account(serializers.Serializer[User]):
    """An account. While it is closed its roles open nothing, until an approver or a leader admits it."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    roles = serializers.SerializerMethodField()
    is_active = serializers.BooleanField()
    must_change_password = serializers.BooleanField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.UUIDField(source="closed_by_id", allow_null=True)
    names_forms = serializers.SerializerMethodField()

    def get_roles(self, user: User) -> list[Role]:
        """Return the roles given."""
        return sorted(user.held_roles)

    def get_names_forms(self, user: User) -> bool:
        """Tell whether he was let to name forms of discipline."""
        return any(naming.ended_at is None for naming in user.form_namings.all())


class NewPassword(serializers.Serializer[Any]):
    """An account with the password that opens it once; it is shown this once."""

    user = Account()
    password = serializers.CharField()


class AccountFilter(filters.FilterSet):  # type: ignore[misc]
    """What accounts can be found by."""

    role = filters.ChoiceFilter(choices=Role.choices, method="with_role")
    is_active = BooleanFilter()
    account_closed = BooleanFilter(field_name="closed_at", lookup_expr="isnull", exclude=True)

    def with_role(self, queryset: QuerySet[User], _name: str, role: str) -> QuerySet[User]:
        """Keep accounts with the role in force."""
        return queryset.filter(grants__role=role, grants__ended_at=None)


class Users(ListModelMixin, Readable[User]):
    """Accounts. There are no superusers: what a person may do follows from the roles in force."""

    queryset = User.objects.prefetch_related("grants", "form_namings")
    serializer_class = Account
    filterset_class = AccountFilter
    orderings = {"name": ("name_sort_key",), "username": ("username",)}
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": KEEPERS,
        "grant_role": KEEPERS,
        "end_role": KEEPERS,
        "reset_password": KEEPERS,
        "deactivate": KEEPERS,
        "readmit": allow(*policies.ADMIT),
        "let_name_forms": LETTING,
        "end_form_naming": LETTING,
    }

    @extend_schema(request=AccountIn, responses={201: NewPassword})
    def create(self, request: Request) -> Response:
        """Create an account with a password for one use."""
        user, password = users.create_user(
            actor=self.actor, now=clock.now(), **self.read(AccountIn)
        )
        return self._with_password(user, password, HTTPStatus.CREATED)

    @extend_schema(request=RoleIn, responses=Account)
    @action(detail=True, methods=["post"], url_path="roles")
    def grant_role(self, request: Request, pk: UUID) -> Response:
        """Give a role. Rosters and the keeping of machines or logs never lie in one hand."""
        user, role = self.get_object(), self.read(RoleIn)["role"]
        users.grant_role(actor=self.actor, user=user, role=role, now=clock.now())
        return self.answer(user)

    @extend_schema(parameters=[ROLE_IN_PATH], request=None, responses={200: Account})
    @action(detail=True, methods=["delete"], url_path="roles/<slug:role>")
    def end_role(self, request: Request, pk: UUID, role: str) -> Response:
        """Take a role away."""
        if role not in Role.values:
            raise NotFound
        user = self.get_object()
        users.end_role(actor=self.actor, user=user, role=Role(role), now=clock.now())
        return self.answer(user)

    @extend_schema(request=None, responses=NewPassword)
    @action(detail=True, methods=["post"], url_path="reset-password")
    def reset_password(self, request: Request, pk: UUID) -> Response:
        """Give a new password for one use; the account reads no rosters until it is re-admitted."""
        self.read_nothing()
        user = self.get_object()
        password = users.reset_password(actor=self.actor, user=user, now=clock.now())
        return self._with_password(user, password)

    @extend_schema(request=None, responses=Account)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: UUID) -> Response:
        """Close an account; its sessions and tokens end with it."""
        self.read_nothing()
        users.deactivate(actor=self.actor, user=self.get_object(), now=clock.now())
        return self.answer(self.get_object())

    @extend_schema(request=None, responses=Account)
    @action(detail=True, methods=["post"])
    def readmit(self, request: Request, pk: UUID) -> Response:
        """Let an account read rosters again."""
        self.read_nothing()
        user = self.get_object()
        users.readmit(actor=self.actor, user=user, now=clock.now())
        return self.answer(user)

    @extend_schema(request=None, responses=Account)
    @action(detail=True, methods=["post"], url_path="form-naming")
    def let_name_forms(self, request: Request, pk: UUID) -> Response:
        """Let somebody else name forms of discipline in recommendations."""
        self.read_nothing()
        form_naming.let_name_forms(actor=self.actor, user=self.get_object(), now=clock.now())
        return self.answer(self.get_object())

    @extend_schema(request=None, responses={200: Account})
    @let_name_forms.mapping.delete
    def end_form_naming(self, request: Request, pk: UUID) -> Response:
        """Let somebody name forms of discipline no longer."""
        form_naming.end_form_naming(actor=self.actor, user=self.get_object(), now=clock.now())
        return self.answer(self.get_object())

    def _with_password(
        self, user: User, password: str, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        return Response(NewPassword({"user": user, "password": password}).data, status=status)
