"""The audit log grows at its end alone, and whatever a hand changes in it is named at its place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspections.chain import Break, Flaw
from inspections.models import AuditEvent, AuditHead, User
from inspections.queries import audit_log
from inspections.services import audit
from tests.builders import NOW, make_user
from tests.inspections.services import tampering
from tests.inspections.services.tampering import OTHER, one, sql, write

pytestmark = pytest.mark.django_db
LENGTH = 7
on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="other databases keep to their types"
)
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite keeps what is written, see above"
)


@pytest.fixture
def lan() -> User:
    return make_user("Lan")


@pytest.fixture
def log(lan: User) -> list[AuditEvent]:
    return write(lan, LENGTH)


def by_place(found: Break) -> tuple[int, str]:
    return found.position, found.reason


def breaks() -> list[Break]:
    return sorted(audit.verify_chain(), key=by_place)


@contextmanager
def undone() -> Iterator[None]:
    """Leave the database as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- As written ------------------------------------------------------------------------------


def test_a_chain_as_written_holds(log: list[AuditEvent]) -> None:
    assert breaks() == []
    assert audit.chain_head() == log[-1].hash


def test_a_log_without_events_holds() -> None:
    assert breaks() == []
    assert audit.chain_head() == audit.GENESIS


def test_a_chain_of_many_windows_holds(lan: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "_WINDOW", 3)
    write(lan, 10)
    told: list[tuple[int, int]] = []
    assert list(audit.verify_chain(lambda done, total: told.append((done, total)))) == []
    assert told == [(3, 10), (6, 10), (9, 10), (10, 10)]


def test_what_is_appended_meanwhile_is_checked_too(lan: User, log: list[AuditEvent]) -> None:
    added: list[AuditEvent] = []
    told: list[int] = []

    def watch(done: int, _total: int) -> None:
        told.append(done)
        if not added:
            added.append(audit.record(actor=lan, action="x", obj=lan, now=NOW))

    assert list(audit.verify_chain(watch)) == []
    assert told == [LENGTH, LENGTH + 1]


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
    assert breaks() == []


# --- One hand, one place ---------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 4, LENGTH], ids=["first", "middle", "last"])
@pytest.mark.parametrize("column", OTHER)
def test_an_altered_event_is_named_whatever_was_altered(
    log: list[AuditEvent], column: str, position: int
) -> None:
    assert breaks() == []
    expected = tampering.alter(column, position, OTHER[column])
    assert breaks() == expected


@pytest.mark.parametrize("column", ["actor_id", "sealed_details"])
def test_an_event_that_lost_a_value_is_named(log: list[AuditEvent], column: str) -> None:
    position = 5  # it has an actor and sealed details
    assert breaks() == []
    assert tampering.alter(column, position, None) == breaks()


@pytest.mark.parametrize("position", [1, 4, LENGTH], ids=["first", "middle", "last"])
def test_a_removed_event_is_named(log: list[AuditEvent], position: int) -> None:
    expected = tampering.remove(position, LENGTH)
    assert breaks() == expected


def test_a_log_cut_short_is_named_by_what_is_gone(log: list[AuditEvent]) -> None:
    tampering.truncate(4, LENGTH)
    assert breaks() == [Break(5, 7, Flaw.CUT_OFF)]


def test_a_log_without_any_event_left_is_named(log: list[AuditEvent]) -> None:
    tampering.truncate(0, LENGTH)
    assert breaks() == [Break(1, 7, Flaw.CUT_OFF)]


def test_several_events_removed_in_a_row_are_one_break(log: list[AuditEvent]) -> None:
    sql("DELETE FROM inspections_auditevent WHERE position IN (2, 3, 4)")
    assert breaks() == [Break(2, 4, Flaw.MISSING)]


def test_a_gap_wider_than_a_window_is_crossed(
    log: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "_WINDOW", 1)
    sql("DELETE FROM inspections_auditevent WHERE position IN (2, 3, 4)")
    sql("DELETE FROM inspections_audithead")
    sql("UPDATE inspections_auditevent SET position = %s WHERE position = 7", 10**15)
    assert breaks() == [
        Break(2, 4, Flaw.MISSING),
        Break(7, 10**15 - 1, Flaw.MISSING),
        one(10**15, Flaw.ALTERED),
        one(10**15, Flaw.NO_HEAD),
    ]


def test_an_event_appended_past_the_product_is_named(log: list[AuditEvent]) -> None:
    expected = tampering.insert(LENGTH + 1, log[-1].hash)
    assert breaks() == expected


def test_an_event_between_two_others_is_named_with_those_that_it_pushed_on(
    log: list[AuditEvent],
) -> None:
    """Room is made for it: those behind it move on by one, and so does the head."""
    for position in range(LENGTH, 3, -1):
        to, at = position + 1, position
        sql("UPDATE inspections_auditevent SET position = %s WHERE position = %s", to, at)
    sql("UPDATE inspections_audithead SET length = length + 1")
    tampering.insert(4, "c" * 64)
    pushed = [one(position, Flaw.ALTERED) for position in (5, 6, 7, 8)]
    assert breaks() == [one(4, Flaw.REPLACED), *pushed]


def test_an_event_that_was_replaced_with_a_fitting_hash_is_named_and_its_neighbours_are_not(
    log: list[AuditEvent],
) -> None:
    expected = tampering.replace(3, {"action": "test.other"}, LENGTH)
    assert breaks() == expected == [one(3, Flaw.REPLACED)]


def test_two_neighbours_that_change_places_with_fitting_hashes_are_both_named(
    log: list[AuditEvent],
) -> None:
    tampering.swap(3, 4)
    for event in AuditEvent.objects.filter(position__in=(3, 4)):
        event.hash = audit.event_hash(event)
        event.save()
    assert breaks() == [one(3, Flaw.REPLACED), one(4, Flaw.REPLACED)]


def test_a_chain_that_begins_elsewhere_is_named(log: list[AuditEvent]) -> None:
    first = AuditEvent.objects.get(position=1)
    first.previous = "e" * 64
    first.save()
    tampering.rewrite(2, 1)
    previous = "e" * 64
    for event in AuditEvent.objects.order_by("position"):
        event.previous = previous
        event.hash = previous = audit.event_hash(event)
        event.save()
    AuditHead.objects.update(hash=previous)
    assert breaks() == [one(1, Flaw.REPLACED)]


def test_a_head_that_is_gone_is_named(log: list[AuditEvent]) -> None:
    expected = tampering.remove_head(LENGTH)
    assert breaks() == expected


def test_nothing_is_appended_to_a_log_whose_head_is_gone(lan: User, log: list[AuditEvent]) -> None:
    tampering.remove_head(LENGTH)
    with pytest.raises(IntegrityError), transaction.atomic():
        write(lan, 1)


@pytest.mark.parametrize(
    "columns",
    [{"hash": "d" * 64}, {"length": 3}, {"length": 0}, {"length": -4}, {"length": 99}],
    ids=str,
)
def test_a_head_that_was_altered_is_named(
    log: list[AuditEvent], columns: dict[str, object]
) -> None:
    expected = tampering.alter_head(LENGTH, **columns)
    assert breaks() == expected


def test_a_head_that_was_set_back_leaves_events_that_nobody_appended(log: list[AuditEvent]) -> None:
    tampering.alter_head(LENGTH, length=4, hash=log[3].hash)
    assert breaks() == [Break(5, 7, Flaw.INSERTED)]


# --- A hand with a pen of its own: what no model accepts ---------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "hôm qua"),
        ("at", "2026-03-02T02:00:04.250000"),
        ("id", "x"),
        ("actor_id", 5),
        ("action", b"\xff\xfe"),
        ("object_id", "e\u0301"),
        ("details", '{"number": 4, "number": 4}'),
        ("details", '{"number": 4.0}'),
        ("details", "[" * 900 + "]" * 900),
        ("previous", b"\xff"),
        ("hash", b"\xff"),
        ("hash", 7),
    ],
)
def test_a_value_that_no_model_accepts_is_an_altered_one(
    log: list[AuditEvent], column: str, value: object
) -> None:
    expected = tampering.alter(column, 4, value)
    if isinstance(value, bytes):
        as_text = f"UPDATE inspections_auditevent SET {column} = CAST({column} AS TEXT)"  # noqa: S608
        sql(as_text + " WHERE position = 4")
    assert breaks() == expected


@on_sqlite
@pytest.mark.parametrize("position", [4.5, "bốn"])
def test_an_event_without_a_whole_position_is_named(
    log: list[AuditEvent], position: object
) -> None:
    sql("UPDATE inspections_auditevent SET position = %s WHERE position = 4", position)
    assert breaks() == [one(0, Flaw.INSERTED), one(4, Flaw.MISSING)]


@on_sqlite
def test_a_head_that_no_model_accepts_is_named(log: list[AuditEvent]) -> None:
    tampering.alter_head(LENGTH, length="bảy", hash=7)
    assert breaks() == [one(LENGTH, Flaw.HEAD)]


@on_postgresql
@pytest.mark.parametrize(
    "at", ["infinity", "-infinity", "2026-03-02 02:00:04.25 BC", "12026-03-02 02:00:00"]
)
def test_a_moment_that_python_does_not_know_is_an_altered_one(
    log: list[AuditEvent], at: str
) -> None:
    expected = tampering.alter("at", 4, at)
    assert breaks() == expected


# --- Any single hand -------------------------------------------------------------------------

Draw = Callable[[st.SearchStrategy[Any]], Any]
OUTSIDE = st.integers(-(10**9), 0) | st.integers(LENGTH + 1, 10**9)
DIGEST = st.text("0123456789abcdef", min_size=64, max_size=64).filter(lambda d: d != audit.GENESIS)


def alter_any(draw: Draw, length: int, place: int) -> tampering.Expected:
    column = draw(st.sampled_from(sorted(OTHER)))
    return tampering.alter(column, place, OTHER[column])


def swap_any(draw: Draw, length: int, place: int) -> tampering.Expected:
    other = draw(st.integers(1, length - 1)) if length > 1 else place
    # With itself is no change.
    return tampering.swap(place, other + (other >= place)) if length > 1 else []


def insert_any(draw: Draw, length: int, place: int) -> tampering.Expected:
    """A forged event names the last one, or one that there never was: two cannot name the same."""
    last = audit.chain_head()
    return tampering.insert(draw(OUTSIDE | st.just(length + 1)), draw(st.just(last) | DIGEST))


HANDS: dict[str, Callable[[Draw, int, int], tampering.Expected]] = {
    "alter": alter_any,
    "move": lambda draw, length, place: tampering.move(place, draw(OUTSIDE), length),
    "remove": lambda _, length, place: tampering.remove(place, length),
    "swap": swap_any,
    "insert": insert_any,
    "replace": lambda _, length, place: tampering.replace(place, {"action": "x"}, length),
    "relink": lambda draw, length, place: tampering.replace(
        place, {"previous": draw(DIGEST)}, length
    ),
    "truncate": lambda _, length, place: tampering.truncate(place - 1, length),
    "truncate with the head's length": lambda _draw, _length, place: tampering.truncate_with_head(
        place - 1, to=None
    ),
    "head's hash": lambda draw, length, _: tampering.alter_head(length, hash=draw(DIGEST)),
    "head's length": lambda draw, length, _: tampering.alter_head(
        length, length=draw(st.integers(-9, 99).filter(lambda other: other != length))
    ),
    "no head": lambda _draw, length, _place: tampering.remove_head(length),
}


@pytest.mark.parametrize("hand", HANDS)
@settings(
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_single_manipulation_is_named_at_its_place_and_nowhere_else(
    lan: User, hand: str, data: st.DataObject
) -> None:
    with undone():
        length = data.draw(st.integers(1, LENGTH), "length")
        place = data.draw(st.integers(1, length), "place")
        write(lan, length)
        expected = HANDS[hand](data.draw, length, place)
        assert breaks() == sorted(expected, key=by_place)


# --- What a chain alone cannot tell ----------------------------------------------------------


def test_a_printed_head_is_found_with_the_length_that_the_chain_had(log: list[AuditEvent]) -> None:
    assert audit.length_at(log[3].hash) == 4
    assert audit.length_at(audit.GENESIS) == 0
    assert audit.length_at("f" * 64) is None


def test_a_log_rewritten_with_its_head_holds_but_has_lost_the_printed_head(
    log: list[AuditEvent],
) -> None:
    printed = audit.chain_head()
    assert tampering.rewrite(5, LENGTH) == breaks() == []
    assert audit.length_at(printed) is None
    assert audit.length_at(log[3].hash) == 4, "what was printed before is still there"


def test_a_log_cut_short_with_its_head_holds_but_has_lost_the_printed_head(
    log: list[AuditEvent],
) -> None:
    printed = audit.chain_head()
    assert tampering.truncate_with_head(4, to=log[3].hash) == breaks() == []
    assert audit.length_at(printed) is None


def test_a_printed_head_cannot_be_lent_to_another_event(log: list[AuditEvent]) -> None:
    printed = audit.chain_head()
    tampering.rewrite(5, LENGTH)
    sql("UPDATE inspections_auditevent SET hash = %s WHERE position = 6", printed)
    assert audit.length_at(printed) == 6
    assert breaks() == [one(6, Flaw.ALTERED)]
