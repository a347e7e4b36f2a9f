"""Rosters on the command line: as a table, and a team by the numbers that people know."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from inspections.errors import InvalidInput
from inspections.management.tables import day, table
from inspections.models import Inspector, Plan, User
from inspections.services import schedule
from inspections.services.rosters import Roster, read_roster


def roster(opened: Roster) -> str:
    """Return a roster as a table, one numbered row a visit, and below it the visits that do not open."""
    rows = [
        [
            place,
            day(entry.date),
            entry.session.label,
            entry.unit.name,
            entry.leader.full_name if entry.leader else "",
            ", ".join(person.full_name for person in entry.members if person != entry.leader),
        ]
        for place, entry in enumerate(opened.entries, start=1)
    ]
    heads = ["", _("day"), _("session"), _("unit"), _("leader"), _("members")]
    aside = [
        _("Visit %(visit)s does not open: its seal is broken.") % {"visit": visit}
        for visit in opened.set_aside
    ]
    return "\n".join([table(heads, rows), *aside])


def name_team(
    *, actor: User, plan: Plan, row: int, leader: str, members: Sequence[str], now: datetime
) -> None:
    """Name the team of the visit in a row of the roster, by staff codes."""
    entries = read_roster(actor=actor, plan=plan, now=now).entries
    if not 1 <= row <= len(entries):
        raise InvalidInput(_("The roster has no row %(row)s.") % {"row": row})
    entry = entries[row - 1]
    codes = {leader, *members}
    people = dict(Inspector.objects.filter(code__in=codes).values_list("code", "pk"))
    if unknown := codes - people.keys():
        raise InvalidInput(_("There is no inspector with code %(code)s.") % {"code": min(unknown)})
    schedule.name_team(
        actor=actor,
        visit=plan.visits.get(pk=entry.visit_id),
        version=entry.version,
        members=[people[code] for code in sorted(codes)],
        leader=people[leader],
        now=now,
    )
