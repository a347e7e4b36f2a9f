"""Teams for the demo's roster: whoever has least to do among those whom the hard rules let go."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from inspections.errors import InvalidInput
from inspections.models import Department, Inspector, Leave
from inspections.services.rosters import RosterEntry
from inspections.services.schedule import conflicts

TEAM = 3


def choose(entries: Sequence[RosterEntry]) -> dict[UUID, list[Inspector]]:
    """Return a team for each visit, its leader first: three people, or fewer where more are not free.

    Raises:
        InvalidInput: a visit is left without a leader or with fewer people than the department sends.
    """
    smallest = Department.objects.get().smallest_team
    people = list(Inspector.objects.filter(is_active=True))
    load: Counter[UUID] = Counter()
    taken: set[tuple[date, str, UUID]] = set()
    barred = {entry.visit_id: conflicts(entry.unit.pk) for entry in entries}
    teams: dict[UUID, list[Inspector]] = {}
    # Of visits at one time the one that most people must keep away from chooses first.
    for entry in sorted(
        entries, key=lambda one: (one.date, one.session, -len(barred[one.visit_id]))
    ):
        away = barred[entry.visit_id] | _on_leave(entry.date)
        free = [
            person
            for person in people
            if person.pk not in away and (entry.date, entry.session, person.pk) not in taken
        ]
        free.sort(key=lambda person: (person.is_guest, load[person.pk], person.code))
        teams[entry.visit_id] = team = _team(free, entry, smallest)
        load.update(person.pk for person in team)
        taken.update((entry.date, entry.session, person.pk) for person in team)
    return teams


def _team(free: Sequence[Inspector], entry: RosterEntry, smallest: int) -> list[Inspector]:
    """Return a leader and those after him, rather those who may not lead: leaders are scarce."""
    leader = next((person for person in free if person.may_lead), None)
    others = sorted((person for person in free if person != leader), key=lambda one: one.may_lead)
    if leader is None or len(others) < smallest - 1:
        raise InvalidInput(
            _("There are too few inspectors for %(unit)s on %(day)s.")
            % {"unit": entry.unit.name, "day": f"{entry.date:%d/%m/%Y}"},
            code="too_few_inspectors",
        )
    return [leader, *others[: max(TEAM, smallest) - 1]]


def _on_leave(day: date) -> set[UUID]:
    return set(
        Leave.objects.filter(first_day__lte=day, last_day__gte=day).values_list(
            "inspector_id", flat=True
        )
    )
