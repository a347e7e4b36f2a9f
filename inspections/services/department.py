"""The department's own settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inspections import policies, text
from inspections.errors import InvalidInput, VersionConflict
from inspections.models import Department, Role, User
from inspections.services import audit

# The province and its units come with the set-up and stay.
EDITABLE: Final = frozenset(
    {
        "name",
        "superior",
        "abbreviation",
        "team_abbreviation",
        "drafting_office",
        "place",
        "morning_start",
        "morning_end",
        "afternoon_start",
        "afternoon_end",
        "release_minutes",
        "smallest_team",
        "reveal_within_days",
        "keep_rosters_days",
        "keep_staff_days",
        "evidence_days",
        "explanation_days",
        "remedy_days",
        "complaint_answer_days",
        "month_starts_on",
        "count_from_next_day",
    }
)
_AT_LEAST_ONE: Final = {
    "release_minutes": gettext_lazy("A visit opens before its session."),
    "smallest_team": gettext_lazy("A team has at least one member."),
    "reveal_within_days": gettext_lazy("The reveal comes after the month's end."),
    "keep_rosters_days": gettext_lazy("What is kept is kept for a day at least."),
    "keep_staff_days": gettext_lazy("What is kept is kept for a day at least."),
}


def update_department(
    *,
    actor: User,
    department: Department,
    version: int,
    changes: Mapping[str, Any],
    now: datetime,
) -> Department:
    """Change the settings; visits that are dated already keep their hours.

    Raises:
        InvalidInput: a field that cannot be changed, an empty text, or hours out of order.
        VersionConflict: the settings changed since ``version``.
    """
    policies.require(actor, Role.TECHNICAL_ADMIN)
    if unknown := changes.keys() - EDITABLE:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    values = {name: _clean(name, value) for name, value in changes.items()}
    try:
        with transaction.atomic():
            changed = Department.objects.filter(pk=department.pk, version=version).update(
                version=F("version") + 1, **values
            )
            department.refresh_from_db()
            if not changed:
                raise VersionConflict
            audit.record(
                actor=actor,
                action="department.update",
                obj=department,
                now=now,
                details={"changed": sorted(changes)},
            )
    except IntegrityError:
        raise InvalidInput(
            _("The working hours are out of order."), code="hours_out_of_order"
        ) from None
    return department


def _clean(name: str, value: Any) -> Any:
    if name in _AT_LEAST_ONE and value < 1:
        raise InvalidInput(_AT_LEAST_ONE[name], field=name)
    if not isinstance(value, str):
        return value
    value = text.nfc(value).strip()
    if not value:
        raise InvalidInput(_("This field is needed."), field=name)
    return value
