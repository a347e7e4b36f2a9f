"""What moves the clock of a recommendation for discipline: one extension by decision, and pauses."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from inspections import discipline, policies, text
from inspections.discipline import LIMIT_DAYS, MOST_LIMIT_DAYS
from inspections.errors import InvalidInput, NotFound, WrongState
from inspections.models import (
    HandlingKind,
    HandlingPause,
    HandlingRecommendation,
    PauseReason,
    User,
)
from inspections.models.officials import PERSONNEL
from inspections.services import audit
from inspections.services.proposals import move, needed, not_before, not_to_come
from inspections.states import HANDLING_STEPS


def extend(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    days: int,
    number: str,
    on: date,
    reason: str,
    now: datetime,
) -> HandlingRecommendation:
    """Record the decision by which the limit became longer: once, and to 150 days at most.

    Raises:
        InvalidInput: there is no clock, too many days, or it was decided before the discovery or when the limit
            was over.
        WrongState: it was extended already, or the recommendation is over.
    """
    policies.require(actor, *PERSONNEL)
    _require_clock(recommendation)
    if not LIMIT_DAYS < days <= MOST_LIMIT_DAYS:
        raise InvalidInput(
            _("The limit is extended to between %(least)s and %(most)s days.")
            % {"least": LIMIT_DAYS + 1, "most": MOST_LIMIT_DAYS},
            field="days",
        )
    not_before(not_to_come(on, "on", now), recommendation.discovered_on, "on")
    if recommendation.due_on is not None and on > recommendation.due_on:
        raise InvalidInput(
            _("A limit that is over is not extended."), code="limit_over", field="on"
        )
    with transaction.atomic():
        if recommendation.extended_by_id is not None:
            raise WrongState(_("The limit was extended already."), code="extended_already")
        move(
            recommendation,
            version=version,
            sources=HANDLING_STEPS["extend"],
            limit_days=days,
            extension_number=needed(number, "number"),
            extension_on=on,
            extension_reason=needed(reason, "reason"),
            extended_by=actor,
        )
        _set_due(recommendation)
        audit.record(
            actor=actor,
            action="handling.extend",
            obj=recommendation,
            now=now,
            details={"days": days},
        )
    return recommendation


def pause(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    reason: PauseReason,
    first_day: date,
    now: datetime,
    last_day: date | None = None,
    note: str = "",
) -> HandlingRecommendation:
    """Record days on which the clock stands still; the end can follow when it is known.

    Raises:
        InvalidInput: there is no clock, the pause has not begun, or ends before it begins.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *PERSONNEL)
    _require_clock(recommendation)
    not_to_come(first_day, "first_day", now)
    _require_order(first_day, last_day)
    with transaction.atomic():
        move(recommendation, version=version, sources=HANDLING_STEPS["pause"])
        HandlingPause.objects.create(
            recommendation=recommendation,
            reason=reason,
            first_day=first_day,
            last_day=last_day,
            note=text.nfc(note).strip(),
            recorded_by=actor,
            recorded_at=now,
        )
        _set_due(recommendation)
        audit.record(
            actor=actor,
            action="handling.pause",
            obj=recommendation,
            now=now,
            details={"reason": reason.value},
        )
    return recommendation


def end_pause(
    *,
    actor: User,
    recommendation: HandlingRecommendation,
    version: int,
    pause_id: UUID,
    last_day: date,
    now: datetime,
) -> HandlingRecommendation:
    """Record the last day of a pause whose end was not known.

    Raises:
        NotFound: the recommendation has no such pause without an end.
        InvalidInput: it would end before it began.
        WrongState, VersionConflict: as for every step.
    """
    policies.require(actor, *PERSONNEL)
    with transaction.atomic():
        found = recommendation.pauses.filter(pk=pause_id, last_day=None).first()
        if found is None:
            raise NotFound
        _require_order(found.first_day, last_day)
        move(recommendation, version=version, sources=HANDLING_STEPS["pause"])
        recommendation.pauses.filter(pk=found.pk).update(last_day=last_day)
        _set_due(recommendation)
        audit.record(actor=actor, action="handling.end_pause", obj=recommendation, now=now)
    return recommendation


def _set_due(recommendation: HandlingRecommendation) -> None:
    """Work out the last day anew; the step's update holds the row."""
    discovered, limit = recommendation.discovered_on, recommendation.limit_days
    if discovered is not None and limit is not None:
        recommendation.due_on = discipline.last_day(discovered, limit, recommendation.spans())
        recommendation.save(update_fields=["due_on"])


def _require_clock(recommendation: HandlingRecommendation) -> None:
    if recommendation.kind != HandlingKind.DISCIPLINE:
        raise InvalidInput(_("Only discipline has a limit of days."), code="no_clock")


def _require_order(first_day: date, last_day: date | None) -> None:
    if last_day is not None and last_day < first_day:
        raise InvalidInput(_("The last day precedes the first."), field="last_day")
