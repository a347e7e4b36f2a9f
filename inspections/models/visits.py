"""Visits: sealed until their hour, then open to their team."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final, Self

from django.db import models
from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inspections.calendar import Session
from inspections.errors import SealBroken
from inspections.models.base import Identified, Versioned
from inspections.models.keys import KeyringMark
from inspections.models.people import Inspector
from inspections.models.plans import Plan
from inspections.models.units import Unit
from inspections.models.users import Role, User
from inspections.sealing import Keyring, context, read_current
from inspections.states import VisitState

#: Where a visit without a date stands in lists: after all others.
NO_DAY: Final = date.max


class Origin(models.TextChoices):
    """Why a visit is made; only drawn visits carry weight in estimates."""

    DRAWN = "drawn", pgettext_lazy("visit", "Drawn")
    DIRECTED = "directed", _("Directed")
    PLANNED = "planned", _("Planned")
    FOLLOW_UP = "follow_up", _("Re-check")


class TagKind(models.TextChoices):
    """What a keyed tag stands for."""

    TEAM = "team", _("An inspector in a plan")
    DUTY = "duty", _("An inspector in a session")


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, actor: User, now: datetime) -> Self:
        """Visits that the actor may know of at ``now``.

        Whoever plans, approves, leads or keeps the papers sees a visit once it is released; an inspector
        sees his own. A visit that is due but not yet opened is found by its tags and opened in memory.
        A sealed roster is read through ``services.rosters``, which puts the reading on record.
        """
        visible = Q(pk__in=[])
        released = ~Q(state=VisitState.SEALED)
        if actor.has_role(Role.PLANNER, Role.APPROVER, Role.LEADER, Role.CLERK):
            visible |= released
        if actor.has_role(Role.INSPECTOR):
            # Not by a join, which would show a row twice and could not go through the list in its order.
            own = VisitMember.objects.filter(inspector__user=actor).values("visit")
            visible |= released & Q(pk__in=own)
            ring, sealed = self._sealed_for(actor)
            due = _due(sealed, ring, now)
            visible |= Q(pk__in=[visit.pk for visit, _payload in due])
        return self.filter(visible)

    def held_by(self, actor: User, now: datetime) -> list[tuple["Visit", dict[str, Any] | None]]:
        """The visits of an inspector that ``visible_to`` shows him, in one query with those that are sealed still.

        Each comes with None, or with its payload where it is due and not yet opened.
        """
        ring, sealed = self._sealed_for(actor)
        own = ~Q(state=VisitState.SEALED) & Q(members__inspector__user=actor)
        rows = list(self.filter(own | Q(pk__in=[visit.pk for visit in sealed])).distinct())
        due = _due((visit for visit in rows if visit.state == VisitState.SEALED), ring, now)
        return [(visit, None) for visit in rows if visit.state != VisitState.SEALED] + due

    def _sealed_for(self, actor: User) -> tuple[Keyring | None, list["Visit"]]:
        """Return the keyring and the sealed visits of approved plans that bear the tag of the actor's inspector.

        One query brings who he is, what the database knows of its keys, and the rows of all these plans.
        """
        inspector = Inspector.objects.filter(user=actor, is_active=True).values("pk")[:1]
        known = KeyringMark.objects.values("checks")[:1]
        tags = VisitTag.objects.filter(
            kind=TagKind.TEAM,
            visit__state=VisitState.SEALED,
            visit__plan__approved_at__isnull=False,
        ).annotate(inspector=Subquery(inspector), checks=Subquery(known))
        rows = list(
            tags.filter(inspector__isnull=False).values_list(
                "inspector", "checks", "tag", "visit__plan", "visit", "visit__payload"
            )
        )
        if not rows:
            return None, []
        inspector_id, checks, *_ = rows[0]
        ring = read_current().known_by(checks)
        own = {plan: ring.tag(TagKind.TEAM, plan, inspector_id) for _, _, _, plan, *_ in rows}
        return ring, [
            Visit(id=visit, plan_id=plan, payload=payload)
            for _, _, tag, plan, visit, payload in rows
            if tag == own[plan]
        ]


def _due(
    visits: Iterable["Visit"], ring: Keyring | None, now: datetime
) -> list[tuple["Visit", dict[str, Any] | None]]:
    """Return those of an inspector's sealed visits whose hour has come, opened in memory."""
    if ring is None:
        return []
    return [
        (visit, payload)
        for visit, payload in open_those_that_open(visits, ring)
        if datetime.fromisoformat(payload["release_at"]) <= now
    ]


class Visit(Versioned):
    """One visit to one unit.

    Until release the row holds its plan and an encrypted payload, padded to one length, and every
    column that would tell something is NULL.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="visits")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.DRAWN)
    state = models.CharField(max_length=10, choices=VisitState.choices, default=VisitState.SEALED)
    payload = models.BinaryField(null=True)

    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="visits")
    date = models.DateField(null=True)
    session = models.CharField(max_length=10, choices=Session.choices, null=True)
    release_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # When the unit received the minutes, where that was recorded: deadlines then run from it.
    minutes_received_on = models.DateField(null=True)
    # Where it stands in lists.
    day = models.GeneratedField(
        expression=Coalesce("date", NO_DAY), output_field=models.DateField(), db_persist=True
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["date", "session", "id"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=VisitState.SEALED)
                | Q(unit=None, date=None, session=None, release_at=None, released_at=None),
                name="sealed_visit_tells_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[VisitState.RELEASED, VisitState.ARRIVED, VisitState.FILED])
                | Q(unit__isnull=False, date__isnull=False, session__isnull=False),
                name="released_visit_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(origin=Origin.DRAWN) | Q(plan__isnull=False),
                name="drawn_visit_has_a_plan",
            ),
        ]
        indexes = [models.Index(fields=["day", "id"], name="visits_by_day")]

    def __str__(self) -> str:
        return str(self.pk)

    def sealing_context(self) -> bytes:
        """Return what ties the payload to this row."""
        return context(table="visit", row=self.pk, plan=self.plan_id)

    def open_payload(self, ring: Keyring) -> dict[str, Any]:
        """Decrypt the payload in memory: unit, date, session, times, team and leader.

        Raises:
            SealBroken: the payload does not open; the error names the visit.
        """
        if self.payload is None:
            message = "this visit was never sealed"
            raise ValueError(message)
        try:
            payload: dict[str, Any] = ring.open_json(self.payload, context=self.sealing_context())
        except SealBroken:
            raise SealBroken(visit=str(self.pk)) from None
        return payload


def open_those_that_open(
    visits: Iterable[Visit], ring: Keyring
) -> Iterator[tuple[Visit, dict[str, Any]]]:
    """Yield each visit with its payload. One that does not open is left out: it must not keep others shut."""
    for visit in visits:
        try:
            yield visit, visit.open_payload(ring)
        except SealBroken:
            continue


class VisitTag(Identified):
    """A keyed tag by which constraints and queries work on a sealed visit without telling anything."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="tags")
    kind = models.CharField(max_length=5, choices=TagKind.choices)
    tag = models.CharField(max_length=32, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tag"],
                condition=Q(kind=TagKind.DUTY),
                name="inspector_in_one_place_a_session",
            ),
            models.UniqueConstraint(fields=["visit", "kind", "tag"], name="visit_tag_once"),
        ]

    def __str__(self) -> str:
        return self.tag


class VisitMember(Identified):
    """An inspector on the team of a released visit."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="members")
    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="memberships")
    is_leader = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "inspector"], name="visit_member_once"),
            models.UniqueConstraint(
                fields=["visit"], condition=Q(is_leader=True), name="visit_has_one_leader"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.inspector_id}"
