"""Tablets: enrolled with a key that is shown once, and revoked."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

import base64
from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Who
from api.v1.etags import etag
from api.v1.fields import Id, Line, Strict
from api.v1.permissions import allow
from inspections.models import Device, Role
from inspections.services import devices

READERS = allow(Role.PLANNER, Role.APPROVER, Role.TECHNICAL_ADMIN)


class DeviceIn(Strict):
    """A new tablet, under an id of the client's choice."""

    id = Id(required=False)
    name = Line(max_length=120)


class DeviceOut(serializers.Serializer[Device]):
    """A tablet."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    enrolled_by = Who()
    enrolled_at = serializers.DateTimeField()
    revoked_by = Who(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class EnrolledOut(serializers.Serializer[Any]):
    """A tablet with its key, which is shown this once."""

    device = DeviceOut()
    key = serializers.CharField(help_text="32 bytes in base64.")


class Devices(ListModelMixin, Readable[Device]):
    """Tablets. What a revoked one still sends is received, and set aside for a person."""

    queryset = Device.objects.select_related("enrolled_by", "revoked_by").defer("key")
    serializer_class = DeviceOut
    orderings = {"name": ("name",)}
    has_versions = True
    changes = frozenset({"revoke"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": allow(Role.TECHNICAL_ADMIN),
        "revoke": allow(Role.TECHNICAL_ADMIN),
    }

    @extend_schema(request=DeviceIn, responses={201: EnrolledOut})
    def create(self, request: Request) -> Response:
        """Enrol a tablet. Its key goes into the tablet now: it is not shown again."""
        device, key = devices.enrol(actor=self.actor, now=clock.now(), **self.read(DeviceIn))
        shown = EnrolledOut({"device": device, "key": base64.b64encode(key).decode()}).data
        return Response(shown, status=HTTPStatus.CREATED, headers={"ETag": etag(device.version)})

    @extend_schema(request=None, responses=DeviceOut)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Revoke a tablet that is lost or handed back."""
        self.read_nothing()
        version = self.expected_version()
        return self.answer(
            devices.revoke(
                actor=self.actor, device=self.get_object(), version=version, now=clock.now()
            )
        )
