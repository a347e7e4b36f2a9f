"""What an inspector's tablet downloads, so that he can work at a unit's door without a network."""

from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import clock
from api.v1 import etags
from api.v1.base import Resource
from api.v1.checklists import ItemFields
from api.v1.closure import SEVERITIES
from api.v1.fields import Choice
from api.v1.permissions import allow
from api.v1.visits import OPEN_STATES
from inspections.models import Origin, Role, Session, SetAside, SubmissionState, UnitKind, Visit
from inspections.services import tablet
from inspections.states import FindingState

#: The server's clock, beside the content: a tablet compares its own with it.
SERVER_TIME: Final = "Server-Time"


class SettingsOut(serializers.Serializer[Any]):
    """What the department and this server work by."""

    department = serializers.CharField()
    is_synthetic = serializers.BooleanField()
    evidence_days = serializers.IntegerField()
    explanation_days = serializers.IntegerField()
    remedy_days = serializers.IntegerField()
    count_from_next_day = serializers.BooleanField()
    most_core_items = serializers.IntegerField()
    formats = serializers.ListField(
        child=serializers.CharField(), help_text="Formats of submissions, newest first."
    )


class VisitedUnit(serializers.Serializer[Any]):
    """A unit that a visit goes to."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = Choice(UnitKind)
    compound = serializers.CharField(allow_null=True)


class MemberOut(serializers.Serializer[Any]):
    """Somebody who goes along."""

    id = serializers.UUIDField()
    full_name = serializers.CharField()
    is_leader = serializers.BooleanField()


class TabletVisit(serializers.Serializer[Any]):
    """A visit that is released to the inspector."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    origin = Choice(Origin)
    state = serializers.ChoiceField(choices=[state.value for state in OPEN_STATES])
    unit = VisitedUnit()
    date = serializers.DateField()
    session = Choice(Session)
    release_at = serializers.DateTimeField()
    arrived_at = serializers.DateTimeField(allow_null=True)
    team = MemberOut(many=True)


class DeadlineOut(serializers.Serializer[Any]):
    """How long the unit had."""

    days = serializers.IntegerField()
    unit = serializers.ChoiceField(choices=["working", "calendar"])


class EarlierFinding(serializers.Serializer[Any]):
    """What was found at a unit before and is not over, without what may name a person."""

    id = serializers.UUIDField()
    visit = serializers.UUIDField()
    unit = serializers.UUIDField()
    day = serializers.DateField()
    item = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(choices=[one.value for one in SEVERITIES])
    legal_basis = serializers.CharField()
    state = Choice(FindingState)
    deadline = DeadlineOut(allow_null=True)


class TabletChecklist(serializers.Serializer[Any]):
    """A version of the checklist."""

    number = serializers.IntegerField()
    items = ItemFields(many=True)


class WordingOut(serializers.Serializer[Any]):
    """A usual sentence for a finding; the dots are filled in."""

    item = serializers.CharField()
    text = serializers.CharField()


class Unfinished(serializers.Serializer[Any]):
    """A submission that is not done with, and which of its files are missing."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    visit = serializers.UUIDField()
    sha256 = serializers.CharField()
    state = Choice(SubmissionState)
    set_aside = Choice(SetAside, allow_null=True)
    settled_reason = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())


class TabletOut(serializers.Serializer[Any]):
    """Everything that a tablet holds for its inspector."""

    settings = SettingsOut()
    visits = TabletVisit(many=True)
    findings = EarlierFinding(many=True)
    checklists = TabletChecklist(many=True, help_text="The version in force first.")
    wordings = WordingOut(many=True)
    submissions = Unfinished(many=True)


class Tablet(Resource[Visit]):
    """The tablet of the inspector who asks."""

    serializer_class = TabletOut
    access = {"retrieve": allow(Role.INSPECTOR)}
    restricted = frozenset({"retrieve"})
    has_versions = True

    @extend_schema(
        operation_id="tablet_retrieve",
        parameters=[
            OpenApiParameter(
                SERVER_TIME,
                OpenApiTypes.DATETIME,
                OpenApiParameter.HEADER,
                response=[200],
                description="The server's clock, also with 304.",
            )
        ],
    )
    def retrieve(self, request: Request) -> Response:
        """Download all that the inspector needs for his released visits, or nothing if it is unchanged.

        The ETag is strong: it names the content, whatever the time. Handing out visits is on record.
        """
        now = clock.now()
        found = tablet.download(actor=self.actor, held=etags.named(request), now=now)
        headers = {
            "ETag": f'"{found.sha256}"',
            SERVER_TIME: now.isoformat(),
            "Cache-Control": "private, no-cache",
        }
        if found.content is None:
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(found.content, headers=headers)
