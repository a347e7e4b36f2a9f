"""The audit log grows at its end alone, and a change by hand is found and named."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from inspections.models import AuditEvent, AuditHead, User
from inspections.services import audit
from inspections.services.audit import Break
from tests.builders import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lan() -> User:
    return make_user("Lan")


def write(lan: User, count: int) -> list[AuditEvent]:
    return [
        audit.record(
            actor=lan,
            action=f"test.{number}",
            obj=lan,
            now=NOW + timedelta(seconds=number),
            details={"number": number},
        )
        for number in range(count)
    ]


def test_a_chain_as_written_holds(lan: User) -> None:
    events = write(lan, 5)
    assert list(audit.verify_chain()) == []
    assert audit.chain_head() == events[-1].hash


def test_an_empty_log_holds() -> None:
    assert list(audit.verify_chain()) == []
    assert audit.chain_head() == audit.GENESIS


@pytest.mark.parametrize(
    "change",
    [
        {"action": "test.other"},
        {"details": {"number": 99}},
        {"actor_id": None},
        {"object_id": "other"},
        {"at": NOW + timedelta(days=1)},
        {"sealed_details": b"other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_event_is_named(lan: User, change: dict[str, object]) -> None:
    write(lan, 5)
    AuditEvent.objects.filter(position=3).update(**change)
    assert list(audit.verify_chain()) == [Break(position=3, reason="altered")]


def test_an_altered_event_hashed_anew_breaks_the_chain_behind_it(lan: User) -> None:
    write(lan, 5)
    event = AuditEvent.objects.get(position=3)
    event.action = "test.other"
    event.hash = audit.event_hash(event)
    event.save()
    assert list(audit.verify_chain()) == [Break(position=4, reason="unchained")]


def test_a_removed_event_is_named(lan: User) -> None:
    write(lan, 5)
    AuditEvent.objects.filter(position=random.Random(3).randint(2, 4)).delete()
    assert [found.reason for found in audit.verify_chain()] == ["missing"]


def test_a_log_cut_short_is_named(lan: User) -> None:
    write(lan, 5)
    AuditEvent.objects.filter(position__gte=4).delete()
    assert list(audit.verify_chain()) == [Break(position=5, reason="cut off")]


def test_an_event_inserted_by_hand_is_named(lan: User) -> None:
    write(lan, 3)
    last = AuditEvent.objects.get(position=3)
    forged = AuditEvent(
        id=uuid4(),
        position=4,
        at=NOW,
        action="test.forged",
        object_type="user",
        object_id=str(lan.pk),
        previous=last.hash,
    )
    forged.hash = audit.event_hash(forged)
    forged.save()
    assert [found.reason for found in audit.verify_chain()] == ["cut off"]


def test_two_events_cannot_follow_the_same_one(lan: User) -> None:
    first, second = write(lan, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.create(
            position=3, at=NOW, action="x", object_type="user", previous=first.hash, hash="f" * 64
        )
    assert second.previous == first.hash


def test_an_event_of_a_change_that_failed_is_not_kept(lan: User) -> None:
    write(lan, 1)

    def change_and_fail() -> None:
        with transaction.atomic():
            write(lan, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert AuditEvent.objects.count() == AuditHead.objects.get().length == 1


def test_sealed_details_are_not_in_the_clear(lan: User) -> None:
    event = audit.record(actor=lan, action="x", obj=lan, now=NOW, sealed={"unit": "Sa Đéc"})
    event.refresh_from_db()
    assert "Sa Đéc".encode() not in bytes(event.sealed_details or b"")
    assert event.details == {}
    assert list(audit.verify_chain()) == []
