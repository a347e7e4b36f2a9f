"""Keys: changed without losing what they sealed, missed without damage, destroyed when their time is over."""

import dataclasses
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from inspections import sealing
from inspections.errors import KeyUnavailable
from inspections.models import AuditEvent, Department, Document, DocumentKind, Plan, Visit
from inspections.sealing import context, keyring
from inspections.services import audit, commitment, keys, papers, plans, release, rosters, schedule
from inspections.services.keys import document_context, plan_context
from planner import canonical
from planner.verify import verify
from tests.builders import HANOI, NOW
from tests.inspections.database import refused
from tests.inspections.services import months
from tests.inspections.services.months import (
    AFTER_THE_MONTH,
    DRAW_DAY,
    Month,
    press,
)

pytestmark = pytest.mark.django_db

# Four visits, two secrets and the appendix.
SEALED = 7


def sealed_values() -> dict[str, tuple[bytes, bytes]]:
    """Every value that a rotation seals anew, with what ties it to its place."""
    found = {
        f"visit {visit.pk}": (bytes(visit.payload or b""), visit.sealing_context())
        for visit in Visit.objects.all()
    }
    for plan in Plan.objects.all():
        for field in ("secret_one", "secret_two"):
            found[f"{field} {plan.pk}"] = (bytes(getattr(plan, field)), plan_context(plan, field))
    for document in Document.objects.filter(is_restricted=True):
        found[f"document {document.pk}"] = (bytes(document.content), document_context(document))
    return found


def opened() -> dict[str, bytes]:
    ring = keyring()
    return {
        name: ring.open(sealed, context=place) for name, (sealed, place) in sealed_values().items()
    }


def current() -> int:
    ring = keyring()
    return sum(ring.is_current(sealed) for sealed, _ in sealed_values().values())


@pytest.fixture
def plan(month: Month) -> Plan:
    """An approved plan that was sent back once, with its appendix printed."""
    plan = months.scheduled(month)
    plan = press("return", actor=month.minh, plan=plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    plan = press("approve", actor=month.minh, plan=plan)
    papers.print_paper(
        actor=month.lan, plan=plan, kind=DocumentKind.RESTRICTED_APPENDIX, now=DRAW_DAY
    )
    return plan


# --- Rotation --------------------------------------------------------------------------------


def test_a_rotation_seals_everything_anew_and_everything_still_opens(plan: Plan) -> None:
    before, stored = opened(), sealed_values()

    assert keys.rotate(now=NOW) == SEALED == len(before)

    assert opened() == before
    assert current() == SEALED
    anew = sealed_values()
    assert all(anew[name] != sealed for name, sealed in stored.items())
    assert [len(sealed) for sealed, _ in anew.values()] == [
        len(sealed) for sealed, _ in stored.values()
    ]


def test_after_a_rotation_the_old_key_is_needed_for_the_log_alone(plan: Plan) -> None:
    before = opened()
    keys.rotate(now=NOW)
    event = AuditEvent.objects.get(action="plan.return_reason")
    place = context(table="auditevent", row=event.pk, plan=None)
    assert keyring().open_json(event.sealed_details or b"", context=place)

    forget(1)

    assert opened() == before
    with pytest.raises(KeyUnavailable):
        keyring().open(event.sealed_details or b"", context=place)


def test_a_rotation_is_on_record_and_the_chain_holds(plan: Plan) -> None:
    keys.rotate(now=NOW)
    keys.rotate(now=NOW)
    events = AuditEvent.objects.filter(action="keys.rotate")
    assert [event.details for event in events] == [{"key": 2}, {"key": 3}]
    assert list(audit.verify_chain()) == []


def test_a_rotated_month_goes_on_to_a_reveal_that_verifies(month: Month, plan: Plan) -> None:
    keys.rotate(now=NOW)
    assert release.release_due(now=AFTER_THE_MONTH) == 4
    keys.rotate(now=NOW)
    plan = press("close", actor=month.lan, plan=Plan.objects.get())
    plan = press("reveal", actor=month.lan, plan=plan)
    assert verify(canonical.loads((plan.record or "").encode())) == []


@pytest.mark.parametrize("done", range(6))
def test_a_rotation_killed_half_way_loses_nothing_and_goes_on(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    before = opened()
    seal_anew, rows = keys._seal_anew, []

    def killed(row: Any, fields: dict[str, bytes]) -> int:
        rows.append(row)
        if len(rows) > done:
            raise KeyboardInterrupt
        return seal_anew(row, fields)

    with monkeypatch.context() as dying:
        dying.setattr(keys, "_seal_anew", killed)
        with pytest.raises(KeyboardInterrupt):
            keys.rotate(now=NOW)
    assert current() < SEALED
    assert opened() == before

    keys.rotate(now=NOW)

    assert max(keyring().sealing) == 3
    assert current() == SEALED
    assert opened() == before


def test_a_value_sealed_meanwhile_is_left_as_it_is(month: Month) -> None:
    plan = months.drawn(month)
    rows = list(keys._sealed_rows())
    entry = rosters.open_roster(plan)[0]
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    schedule.name_team(
        actor=month.lan,
        visit=plan.visits.get(pk=entry.visit_id),
        version=entry.version,
        members=[an, cuc],
        leader=an,
        now=DRAW_DAY,
    )
    ring = keyring()
    sealing.write_keyring(
        dataclasses.replace(ring, sealing={**ring.sealing, 2: secrets.token_bytes(32)}),
        settings.KEY_FILE,
    )

    counts = {
        row.pk: keys._seal_anew(row, fields) for row, fields in rows if isinstance(row, Visit)
    }

    assert counts.pop(entry.visit_id) == 0
    assert set(counts.values()) == {1}
    assert plan.visits.get(pk=entry.visit_id).open_payload()["leader"] == str(an)


def test_an_empty_installation_rotates_too(db: None) -> None:
    assert keys.rotate(now=NOW) == 0
    assert max(keyring().sealing) == 2


def test_the_key_file_stays_its_owners(plan: Plan) -> None:
    keys.rotate(now=NOW)
    keys.renew_complainant_keys(now=NOW)
    assert Path(settings.KEY_FILE).stat().st_mode & 0o777 == 0o600


# --- Without the keys ------------------------------------------------------------------------


def forget(number: int) -> None:
    """Take a sealing key off the ring, putting another in its place."""
    ring = keyring()
    kept = {other: key for other, key in ring.sealing.items() if other != number}
    kept = kept or {number + 1: secrets.token_bytes(32)}
    sealing.write_keyring(dataclasses.replace(ring, sealing=kept), settings.KEY_FILE)


def lost() -> None:
    Path(settings.KEY_FILE).unlink()


def damaged() -> None:
    Path(settings.KEY_FILE).write_text("{}")


def anothers() -> None:
    lost()
    sealing.create_keyring(settings.KEY_FILE, years=range(2026, 2028))


def partial() -> None:
    forget(1)


def release_all(month: Month, plan: Plan) -> None:
    release.release_due(now=AFTER_THE_MONTH)


def name_team(month: Month, plan: Plan) -> None:
    visit = plan.visits.all()[0]
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    schedule.name_team(
        actor=month.lan,
        visit=visit,
        version=visit.version,
        members=[an, cuc],
        leader=an,
        now=DRAW_DAY,
    )


def read_roster(month: Month, plan: Plan) -> None:
    rosters.read_roster(actor=month.minh, plan=plan, now=DRAW_DAY)


def print_appendix(month: Month, plan: Plan) -> Document:
    kind = DocumentKind.RESTRICTED_APPENDIX
    return papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=DRAW_DAY)


def printed(month: Month) -> Plan:
    plan = months.approved(month)
    print_appendix(month, plan)
    return plan


def read_appendix(month: Month, plan: Plan) -> None:
    papers.read_document(actor=month.lan, document=plan.documents.get(), now=DRAW_DAY)


def asked_to_cancel(month: Month) -> Plan:
    plan = months.drawn(month)
    return plans.request_cancel(
        actor=month.lan, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
    )


Make = Callable[[Month], Plan]
Act = Callable[[Month, Plan], object]


def step(name: str, person: str) -> Act:
    return lambda month, plan: press(name, actor=getattr(month, person), plan=plan)


OPENING: dict[str, tuple[Make, Act]] = {
    "draw": (months.endorsed, step("draw", "lan")),
    "name a team": (months.drawn, name_team),
    "hand over": (months.with_teams, step("schedule", "lan")),
    "approve": (months.scheduled, step("approve", "minh")),
    "release": (months.active, release_all),
    "close": (months.active, step("close", "lan")),
    "reveal": (months.closed, step("reveal", "lan")),
    "cancel": (asked_to_cancel, step("cancel", "minh")),
    "read the roster": (months.drawn, read_roster),
    "print the appendix": (months.approved, print_appendix),
    "read the appendix": (printed, read_appendix),
}


@pytest.mark.parametrize("lose", [lost, damaged, anothers, partial])
@pytest.mark.parametrize(("make", "act"), OPENING.values(), ids=OPENING)
def test_what_must_open_a_seal_fails_clearly_without_its_key_and_changes_nothing(
    month: Month, make: Make, act: Act, lose: Callable[[], None]
) -> None:
    plan = make(month)
    lose()
    assert type(refused(lambda: act(month, plan))) is KeyUnavailable


@pytest.mark.parametrize("lose", [lost, damaged])
@pytest.mark.parametrize(
    ("make", "act"),
    [(months.drafted, step("freeze", "lan")), (months.frozen, step("endorse", "minh"))],
    ids=["freeze", "endorse"],
)
def test_what_must_seal_fails_clearly_without_a_key_and_changes_nothing(
    month: Month, make: Make, act: Act, lose: Callable[[], None]
) -> None:
    plan = make(month)
    lose()
    assert type(refused(lambda: act(month, plan))) is KeyUnavailable


@pytest.mark.parametrize("lose", [lost, damaged])
def test_an_inspectors_own_visits_and_duties_fail_clearly_without_the_key(
    month: Month, lose: Callable[[], None]
) -> None:
    months.approved(month)
    lose()
    with pytest.raises(KeyUnavailable):
        rosters.duties(actor=month.people.an, now=DRAW_DAY)
    with pytest.raises(KeyUnavailable):
        list(Visit.objects.visible_to(month.people.an, AFTER_THE_MONTH))


def test_a_keyring_that_comes_back_opens_all_again(month: Month) -> None:
    plan = months.endorsed(month)
    ring = keyring()
    lost()
    with pytest.raises(KeyUnavailable):
        press("draw", actor=month.lan, plan=plan)
    sealing.write_keyring(ring, settings.KEY_FILE)
    plan = press("draw", actor=month.lan, plan=plan)
    assert verify(canonical.loads(commitment.full_record(plan).encode())) == []


# --- Keys of complainants --------------------------------------------------------------------


def renew(year: int) -> tuple[list[int], list[int]]:
    return keys.renew_complainant_keys(now=datetime(year, 6, 1, tzinfo=HANOI))


def test_keys_of_complainants_are_made_ahead_and_destroyed_after_their_window(
    month: Month,
) -> None:
    ring = keyring()
    assert sorted(ring.complainants) == list(range(2024, 2030))

    assert renew(2029) == ([2030], [2024, 2025, 2026])

    anew = keyring()
    assert sorted(anew.complainants) == [2027, 2028, 2029, 2030]
    assert anew.complainants[2028] == ring.complainants[2028]
    assert (anew.sealing, anew.tagging) == (ring.sealing, ring.tagging)
    with pytest.raises(KeyUnavailable):
        anew.complainant_key(2026)
    for key in (ring.complainants[2026], ring.complainants[2024]):
        assert key not in anew.complainants.values()


def test_a_destruction_is_on_record_and_doing_it_again_is_nothing(month: Month) -> None:
    renew(2029)
    assert renew(2029) == ([], [])
    (event,) = AuditEvent.objects.filter(action="keys.renew")
    assert event.details == {"made": [2030], "destroyed": [2024, 2025, 2026]}
    assert event.object_id == str(Department.objects.get().pk)
    assert list(audit.verify_chain()) == []


def test_the_year_is_that_of_the_province(month: Month) -> None:
    new_year = datetime(2029, 12, 31, 17, 30, tzinfo=UTC)
    assert keys.renew_complainant_keys(now=new_year) == ([2030, 2031], [2024, 2025, 2026, 2027])
