"""The order in which sealed rows were written tells nothing of the order of the visits."""

from uuid import UUID

import pytest
from django.db import connection

from inspections.models import AuditEvent, TagKind, VisitTag
from inspections.services.release import release_due
from inspections.services.rosters import open_roster
from tests.inspections.services import months

pytestmark = pytest.mark.django_db


def test_tags_lie_in_the_order_of_their_random_ids_once_the_roster_is_handed_over() -> None:
    month = months.make_month()
    plan = months.scheduled(month)
    place = {"sqlite": "rowid", "postgresql": "ctid"}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM inspections_visittag ORDER BY {place}")  # noqa: S608  our own words
        written = [UUID(str(found)) for (found,) in cursor.fetchall()]
    assert written == sorted(written)
    assert len(written) == 4 * len(open_roster(plan))


def test_the_log_does_not_name_the_visit_of_a_team() -> None:
    plan = months.with_teams(months.make_month())
    named = AuditEvent.objects.filter(action="plan.team")
    assert {event.object_id for event in named} == {str(plan.pk)}


def test_a_released_visit_keeps_no_tag_that_names_would_explain() -> None:
    plan = months.approved(months.make_month())
    first = open_roster(plan)[0]
    release_due(now=first.release_at)
    assert not VisitTag.objects.filter(visit=first.visit_id, kind=TagKind.TEAM).exists()
    assert VisitTag.objects.filter(visit=first.visit_id, kind=TagKind.DUTY).exists()
