"""Keys: changed without losing what they sealed, missed without damage, destroyed when their time is over."""

import dataclasses
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from inspections.errors import SealBroken
from inspections.models import AuditEvent, Department, Document, DocumentKind, Plan, Visit
from inspections.sealing import Keyring, context, keyring
from inspections.services import audit, keys, papers, release, rosters, schedule
from inspections.services.keys import document_context, plan_context
from planner import canonical
from planner.verify import verify
from tests.builders import HANOI, NOW
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


def opened(ring: Keyring | None = None) -> dict[str, bytes]:
    ring = ring or keyring()
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

    only_new = dataclasses.replace(keyring(), sealing={2: keyring().sealing[2]})

    assert opened(only_new) == before
    with pytest.raises(SealBroken):
        only_new.open(event.sealed_details or b"", context=place)


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

    def killed(ring: Keyring, row: Any, fields: dict[str, bytes]) -> int:
        rows.append(row)
        if len(rows) > done:
            raise KeyboardInterrupt
        return seal_anew(ring, row, fields)

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
    ring = dataclasses.replace(ring, sealing={**ring.sealing, 2: secrets.token_bytes(32)})

    counts = {
        row.pk: keys._seal_anew(ring, row, fields) for row, fields in rows if isinstance(row, Visit)
    }

    assert counts.pop(entry.visit_id) == 0
    assert set(counts.values()) == {1}
    assert plan.visits.get(pk=entry.visit_id).open_payload(ring)["leader"] == str(an)


def test_an_empty_installation_rotates_too(db: None) -> None:
    assert keys.rotate(now=NOW) == 0
    assert max(keyring().sealing) == 2


def test_the_key_file_stays_its_owners(plan: Plan) -> None:
    keys.rotate(now=NOW)
    keys.renew_complainant_keys(now=NOW)
    assert Path(settings.KEY_FILE).stat().st_mode & 0o777 == 0o600


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
