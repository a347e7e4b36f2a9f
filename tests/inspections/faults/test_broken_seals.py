"""One damaged value: named and set aside, while everything beside it goes on."""

from typing import Any
from uuid import UUID

import pytest

from inspections.errors import SealBroken
from inspections.models import AuditEvent, Document, DocumentKind, Plan, Visit
from inspections.sealing import keyring
from inspections.services import keys, papers, plans, release, rosters, schedule
from inspections.states import PlanState, VisitState
from planner import canonical
from planner.verify import verify
from tests.builders import NOW
from tests.inspections.database import contents, refused
from tests.inspections.services import months
from tests.inspections.services.months import AFTER_THE_MONTH, DRAW_DAY, Month, press

pytestmark = pytest.mark.django_db


def damaged(value: bytes | memoryview | None) -> bytes:
    """Return a sealed value with its last bit turned over."""
    altered = bytearray(value or b"")
    altered[-1] ^= 1
    return bytes(altered)


def damage_one(plan: Plan) -> UUID:
    """Damage the visit that comes first, and return its id."""
    first = rosters.open_roster(plan)[0].visit_id
    visit = Visit.objects.get(pk=first)
    Visit.objects.filter(pk=first).update(payload=damaged(visit.payload))
    return first


def damage_secret(plan: Plan, field: str) -> None:
    Plan.objects.filter(pk=plan.pk).update(**{field: damaged(getattr(plan, field))})
    plan.refresh_from_db()


# --- A visit ---------------------------------------------------------------------------------


def test_the_other_visits_open_and_the_damaged_one_is_named_once(month: Month) -> None:
    broken = damage_one(months.approved(month))

    assert release.release_due(now=AFTER_THE_MONTH) == 3
    before = contents()
    assert release.release_due(now=AFTER_THE_MONTH) == 0
    assert contents() == before

    (event,) = AuditEvent.objects.filter(action="visit.set_aside")
    assert (event.object_id, event.details) == (str(broken), {})


def test_a_damaged_visit_is_named_before_its_hour_and_its_name_tells_no_hour(month: Month) -> None:
    broken = damage_one(months.approved(month))
    assert release.release_due(now=DRAW_DAY) == 0
    assert AuditEvent.objects.get(action="visit.set_aside").object_id == str(broken)


def test_its_plan_is_closed_and_revealed_and_verifies(month: Month) -> None:
    plan = months.approved(month)
    broken = damage_one(plan)

    plan = press("close", actor=month.lan, plan=plan)
    plan = press("reveal", actor=month.lan, plan=plan)

    assert Visit.objects.get(pk=broken).state == VisitState.NOT_MADE
    assert AuditEvent.objects.filter(action="visit.set_aside", object_id=str(broken)).count() == 1
    assert verify(canonical.loads((plan.record or "").encode())) == []


def test_its_plan_is_cancelled_and_reveals_what_it_was(month: Month) -> None:
    plan = months.approved(month)
    damage_one(plan)
    plan = months.cancelled(month, plan)
    assert plan.state == PlanState.CANCELLED
    assert verify(canonical.loads((plan.record or "").encode())) == []


def test_the_roster_shows_the_others_and_names_it(month: Month) -> None:
    plan = months.drawn(month)
    all_visits = {entry.visit_id for entry in rosters.open_roster(plan)}
    broken = damage_one(plan)
    roster = rosters.read_roster(actor=month.minh, plan=plan, now=DRAW_DAY)
    assert list(roster.set_aside) == [broken]
    assert {entry.visit_id for entry in roster.entries} == all_visits - {broken}


def test_an_inspector_sees_his_other_visits(month: Month) -> None:
    plan = months.approved(month)
    broken = damage_one(plan)
    seen = Visit.objects.visible_to(month.people.an, AFTER_THE_MONTH)
    assert {visit.pk for visit in seen} == set(plan.visits.values_list("pk", flat=True)) - {broken}


def hand_over(month: Month, plan: Plan) -> object:
    return press("schedule", actor=month.lan, plan=plan)


def approve(month: Month, plan: Plan) -> object:
    return press("approve", actor=month.minh, plan=plan)


def print_appendix(month: Month, plan: Plan) -> Document:
    kind = DocumentKind.RESTRICTED_APPENDIX
    return papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=DRAW_DAY)


@pytest.mark.parametrize(
    ("make", "act"),
    [
        (months.with_teams, hand_over),
        (months.scheduled, approve),
        (months.approved, print_appendix),
    ],
)
def test_a_whole_roster_is_neither_approved_nor_printed_with_a_hole_in_it(
    month: Month, make: Any, act: Any
) -> None:
    plan = make(month)
    broken = damage_one(plan)
    error = refused(lambda: act(month, plan))
    assert (type(error), error.code) == (SealBroken, "seal_broken")
    assert error.params == {"visit": str(broken)}


def test_no_team_is_sealed_into_a_damaged_visit(month: Month) -> None:
    plan = months.drawn(month)
    visit = Visit.objects.select_related("plan").get(pk=damage_one(plan))
    an, _, cuc, _ = (person.pk for person in month.inspectors)

    def name() -> object:
        return schedule.name_team(
            actor=month.lan,
            visit=visit,
            version=visit.version,
            members=[an, cuc],
            leader=an,
            now=DRAW_DAY,
        )

    assert refused(name).code == "seal_broken"


def test_a_rotation_goes_around_it(month: Month) -> None:
    plan = months.drawn(month)
    broken = damage_one(plan)
    assert keys.rotate(now=NOW) == 3 + 2
    ring = keyring()
    current = {visit.pk for visit in plan.visits.all() if ring.is_current(visit.payload or b"")}
    assert current == set(plan.visits.values_list("pk", flat=True)) - {broken}


@pytest.mark.parametrize("rubbish", [b"", b"\x01", b"\x01\x00\x00\x00\x01" + b"\x00" * 12])
def test_what_is_too_short_to_be_sealed_is_broken_too(month: Month, rubbish: bytes) -> None:
    plan = months.approved(month)
    first = plan.visits.all()[0]
    Visit.objects.filter(pk=first.pk).update(payload=rubbish)
    assert release.release_due(now=AFTER_THE_MONTH) == 3


# --- A secret --------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["secret_one", "secret_two"])
@pytest.mark.parametrize(("make", "step"), [(months.endorsed, "draw"), (months.closed, "reveal")])
def test_a_damaged_secret_is_named_and_nothing_is_drawn_or_revealed_without_it(
    month: Month, make: Any, step: str, field: str
) -> None:
    plan = make(month)
    damage_secret(plan, field)
    error = refused(lambda: press(step, actor=month.lan, plan=plan))
    assert (error.code, error.params) == ("seal_broken", {"secret": field})


def test_its_plan_ends_by_two_persons_and_the_record_says_what_is_missing(month: Month) -> None:
    plan = months.closed(month)
    damage_secret(plan, "secret_two")
    plan = plans.request_cancel(
        actor=month.lan, plan=plan, version=plan.version, reason="Hỏng dữ liệu", now=DRAW_DAY
    )
    plan = press("cancel", actor=month.minh, plan=plan)
    record = canonical.loads((plan.record or "").encode())
    assert record["proof"] == "none: a secret does not open"
    assert [secret is None for secret in record["secrets"]] == [False, True]
    assert record["public_value"] == months.PUBLIC_VALUE
    assert verify(record) != []
