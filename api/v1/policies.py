"""Policies of the score: proposed by one person, endorsed by another, in force from the month after."""

# ruff: noqa: ARG002  DRF hands each action its request and its path, read or not

from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1.base import Readable, Who
from api.v1.fields import Id, Line, Strict, Text
from api.v1.permissions import allow
from inspections.models import Policy, Role
from inspections.services import scoring
from planner.policy import DEFAULT

READERS = allow(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.AUDITOR)


def described(sample: Any) -> dict[str, Any]:
    """Return the JSON Schema of documents shaped like a sample: same names, same types."""
    match sample:
        case dict():
            return {
                "type": "object",
                "properties": {name: described(value) for name, value in sample.items()},
                "required": sorted(sample),
                "additionalProperties": False,
            }
        case int():
            return {"type": "integer"}
        case _:
            return {"type": "string"}


@extend_schema_field(described(DEFAULT.to_document()))
class Parameters(serializers.DictField):
    """Weights and curves; decimals are strings, as in the plan's record."""


class PolicyIn(Strict):
    """A new policy; without parameters it is the packaged one."""

    id = Id(required=False)
    name = Line(max_length=120)
    reason = Text(max_length=4000)
    parameters = Parameters(required=False)


class PolicyOut(serializers.Serializer[Policy]):
    """A numbered set of weights and curves."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    number = serializers.IntegerField()
    name = serializers.CharField()
    reason = serializers.CharField()
    parameters = Parameters()
    author = Who()
    created_at = serializers.DateTimeField()
    endorsed_by = Who(allow_null=True)
    endorsed_at = serializers.DateTimeField(allow_null=True)
    in_force_from = serializers.DateField(allow_null=True)


class Policies(ListModelMixin, Readable[Policy]):
    """Policies. Whoever sets the weights has not seen the data that they will be applied to."""

    queryset = Policy.objects.select_related("author", "endorsed_by")
    serializer_class = PolicyOut
    orderings = {"newest": ("-number",)}
    has_versions = True
    changes = frozenset({"endorse"})
    access = {
        "list": READERS,
        "retrieve": READERS,
        "create": allow(Role.PLANNER),
        "endorse": allow(Role.APPROVER),
    }

    @extend_schema(request=PolicyIn, responses={201: PolicyOut})
    def create(self, request: Request) -> Response:
        """Propose a policy. With an `id` of your own the request can be repeated safely."""
        policy = scoring.propose_policy(actor=self.actor, now=clock.now(), **self.read(PolicyIn))
        return self.answer(policy, HTTPStatus.CREATED)

    @extend_schema(request=None, responses=PolicyOut)
    @action(detail=True, methods=["post"])
    def endorse(self, request: Request, pk: UUID) -> Response:
        """Endorse a policy that somebody else proposed. It takes effect with the next month."""
        self.read_nothing()
        version = self.expected_version()
        policy = scoring.endorse_policy(
            actor=self.actor, policy=self.get_object(), version=version, now=clock.now()
        )
        return self.answer(policy)
