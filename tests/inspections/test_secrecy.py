"""Without the key, two databases with one frame and different draws cannot be told apart.

Both worlds grow from one frozen plan; only the second person's secret differs, and so the draw. Whoever holds a
copy of the database sees every table and column, but not what is random to him: new ids, tags, hashes and sealed
bytes. What is left must be equal, down to the length of every sealed value and to which random values stand
together where.
"""

import base64
import copy
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inspections import sealing
from inspections.models import AuditEvent, DocumentKind, Plan, Session, Unit, Visit
from inspections.services import commitment, papers, rosters, schedule
from inspections.services.rosters import RosterEntry
from planner import canonical
from tests.builders import NOW
from tests.inspections.database import Database, Row, contents
from tests.inspections.documents.reading import text
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, RULE, Month, make_month, press

pytestmark = pytest.mark.django_db

RANDOM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{32}")
LETTERS = (
    "ÁÀẢÃẠẮẰẲẴẶẤẦẨẪẬÉÈẺẼẸẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰÝỲỶỸỴĂÂĐÊÔƠƯ"
    "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵăâđêôơư"
)
Stage = Callable[[Month, Plan], object]


@dataclass(frozen=True)
class World:
    """A database after one of the possible draws, and that draw, which only the key opens."""

    database: Database
    roster: list[RosterEntry]


# --- Two worlds ------------------------------------------------------------------------------


@pytest.fixture
def month(db: None) -> Month:
    """Units with long and with short names, so that any text about a drawn one tells by its length."""
    month = make_month()
    for number, unit in enumerate(month.units):
        unit.code = f"ĐV-{number:02}"
        unit.name = (
            f"Xã {'Ỷ Ẫ Ỡ Ữ Ặ Ộ Ẻ Ỹ ' * 10}{number:02}" if number % 2 else f"Xã n-{number:02}"
        )
        unit.save()
    return month


@pytest.fixture
def frozen(month: Month) -> Plan:
    """The plan from which both worlds grow."""
    return months.frozen(month)


def after_draw(month: Month, plan: Plan) -> None:
    """Stop at the drawn roster."""


def after_approval(month: Month, plan: Plan) -> None:
    """Name teams, send the roster back and forth, print every paper, approve."""
    months.name_teams(month, plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    plan = press("return", actor=month.minh, plan=plan)
    plan = press("schedule", actor=month.lan, plan=plan)
    rosters.read_roster(actor=month.minh, plan=plan, now=DRAW_DAY)
    for kind in DocumentKind:
        papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=DRAW_DAY)
    press("approve", actor=month.minh, plan=plan)


def world(month: Month, frozen: Plan, secret: str, stage: Stage) -> World:
    """Let a world grow up to a stage, look at it, and take it back."""
    with transaction.atomic():
        plan = Plan.objects.get(pk=frozen.pk)
        plan = commitment.endorse(
            actor=month.minh, plan=plan, version=plan.version, now=NOW, rule=RULE, secret=secret
        )
        plan = press("draw", actor=month.lan, plan=plan)
        stage(month, plan)
        found = World(contents(), rosters.open_roster(plan))
        transaction.set_rollback(True)
    return found


def facts(roster: list[RosterEntry]) -> tuple[int, int, int]:
    """What a careless row would tell of a draw: mornings, days, long names."""
    return (
        sum(entry.session == Session.MORNING for entry in roster),
        len({entry.date for entry in roster}),
        sum(len(entry.unit.name) > 20 for entry in roster),
    )


def two_worlds(month: Month, frozen: Plan, stage: Stage) -> tuple[World, World]:
    """Return worlds whose draws differ in their units, days, sessions and in the length of their names."""
    secrets = iter(f"{number:064x}" for number in range(400))
    one = next(secrets)
    known = facts(world(month, frozen, one, after_draw).roster)
    for other in secrets:
        found = facts(world(month, frozen, other, after_draw).roster)
        if all(a != b for a, b in zip(known, found, strict=True)):
            return world(month, frozen, one, stage), world(month, frozen, other, stage)
    raise AssertionError("No two draws differ in everything.")


# --- What is seen without the key ------------------------------------------------------------


def words(value: object) -> Iterator[str]:
    """Every id, tag and hash in a value."""
    if not isinstance(value, bytes):
        yield from (found.replace("-", "") for found in RANDOM.findall(str(value)))


def cells(database: Database) -> Iterator[tuple[str, str, object]]:
    for table, rows in database.items():
        for row in rows:
            for column, value in row.items():
                yield table, column, value


def seen(found: World, before: Database) -> tuple[dict[str, Counter[object]], Counter[object]]:
    """Return what whoever has no key sees of a world that grew from ``before``.

    The first part are the rows, with what is random to him left out; the second is how the random values hang
    together: for each, where it stands and how often.
    """
    old = {word for _, _, value in cells(before) for word in words(value)}
    places: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for table, column, value in cells(found.database):
        for word in words(value):
            if word not in old:
                places[word][table, column] += 1

    def veiled(value: object) -> object:
        if isinstance(value, bytes) and value.startswith(b"%PDF"):
            value = text(value)
            for word in places:
                value = value.replace(word, "‹random›")
            return value
        if isinstance(value, bytes):
            return len(value)
        return RANDOM.sub(
            lambda hit: hit[0] if hit[0].replace("-", "") in old else "‹random›", str(value)
        )

    rows: dict[str, Counter[object]] = {
        table: Counter(tuple((name, veiled(value)) for name, value in row.items()) for row in rows)
        for table, rows in found.database.items()
    }
    ties: Counter[object] = Counter(frozenset(where.items()) for where in places.values())
    return rows, ties


@pytest.mark.parametrize("stage", [after_draw, after_approval])
def test_two_worlds_look_alike_without_the_key(month: Month, frozen: Plan, stage: Stage) -> None:
    before = contents()
    one, other = two_worlds(month, frozen, stage)
    rows, ties = seen(one, before)
    other_rows, other_ties = seen(other, before)
    for table, found in rows.items():
        assert found == other_rows[table], table
    assert ties == other_ties


@pytest.mark.parametrize("stage", [after_draw, after_approval])
def test_nothing_of_the_sample_is_told_more_often_in_its_own_world(
    month: Month, frozen: Plan, stage: Stage
) -> None:
    one, other = two_worlds(month, frozen, stage)
    days = {str(entry.date) for found in (one, other) for entry in found.roster}
    told = days | {f"{day[8:]}/{day[5:7]}/{day[:4]}" for day in days}
    for unit in month.units:
        told |= {unit.code, unit.name, unit.search_key, str(unit.pk), unit.pk.hex}
    for word in told:
        assert mentions(one.database, word) == mentions(other.database, word), word


def mentions(database: Database, word: str) -> int:
    return sum(
        value.count(word.encode()) if isinstance(value, bytes) else str(value).count(word)
        for _, _, value in cells(database)
    )


def test_the_audit_log_tells_the_same_story_in_both_worlds(month: Month, frozen: Plan) -> None:
    position = AuditEvent.objects.count()

    def story(found: World) -> list[tuple[object, ...]]:
        return [
            (
                event["action"],
                event["actor_id"],
                event["at"],
                event["object_type"],
                re.sub(RANDOM, "‹random›", str(event["details"])),
                len(bytes(event["sealed_details"] or b"")),
            )
            for event in sorted(found.database["inspections_auditevent"], key=place_in_chain)
            if place_in_chain(event) > position
        ]

    one, other = two_worlds(month, frozen, after_approval)
    assert len(story(one)) > 10
    assert story(one) == story(other)


def place_in_chain(event: Row) -> int:
    return int(str(event["position"]))


def test_sealed_rows_are_written_in_the_order_of_their_random_ids(month: Month) -> None:
    plan = months.endorsed(month, size=6)
    with CaptureQueriesContext(connection) as queries:
        plan = press("draw", actor=month.lan, plan=plan)

    ids = {word for visit in plan.visits.all() for word in (visit.pk.hex, str(visit.pk))}
    (insert,) = [
        query["sql"]
        for query in queries
        if query["sql"].startswith('INSERT INTO "inspections_visit"')
    ]
    written = [word for word in RANDOM.findall(insert) if word in ids]
    assert len(written) == plan.size
    assert written == sorted(written)


def test_the_keys_are_not_in_the_database(month: Month) -> None:
    after_approval(month, months.drawn(month))
    database = contents()
    ring = sealing.keyring()
    for key in (*ring.sealing.values(), ring.tagging, *ring.complainants.values()):
        for shape in (key.hex(), base64.b64encode(key).decode()):
            assert mentions(database, shape) == 0
        assert not any(key in value for *_, value in cells(database) if isinstance(value, bytes))


def test_tags_are_of_the_key_and_cannot_be_tried_without_it(month: Month) -> None:
    plan = months.with_teams(month)
    stored = {str(row["tag"]) for row in contents()["inspections_visittag"]}
    an = month.inspectors[0].pk
    assert sealing.keyring().tag("team", plan.pk, an) in stored
    for guess in (canonical.dumps(["team", str(plan.pk), str(an)]), f"{plan.pk}{an}".encode()):
        assert hashlib.sha256(guess).hexdigest()[:32] not in stored


def test_nothing_of_a_draw_is_logged(
    month: Month, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("INFO"):
        after_approval(month, months.drawn(month))
    told = caplog.text + "".join(capfd.readouterr())
    assert not [unit for unit in month.units if unit.code in told or str(unit.pk) in told]


# --- What would be caught --------------------------------------------------------------------


def release_at(found: World) -> None:
    for row, entry in zip(visit_rows(found), by_id(found), strict=True):
        row["release_at"] = entry.release_at


def unit_in_the_log(found: World) -> None:
    units = sorted(str(entry.unit.pk) for entry in found.roster)
    found.database["inspections_auditevent"][-1]["details"] = ", ".join(units)


def hour_in_the_log(found: World) -> None:
    for event, entry in zip(found.database["inspections_auditevent"], found.roster, strict=False):
        event["at"] = entry.release_at


def version_by_session(found: World) -> None:
    for row, entry in zip(visit_rows(found), by_id(found), strict=True):
        row["version"] = 2 + (entry.session == Session.MORNING)


def tag_by_day(found: World) -> None:
    ids = {entry.visit_id.hex: entry for entry in found.roster}
    for row in found.database["inspections_visittag"]:
        day = ids[str(row["visit_id"]).replace("-", "")].date
        row["tag"] = hashlib.sha256(f"keyed{day}".encode()).hexdigest()[:32]


def drawn_units_touched(found: World) -> None:
    drawn = {entry.unit.code for entry in found.roster}
    for row in found.database["inspections_unit"]:
        row["version"] = 1 + (row["code"] in drawn)


def an_event_more(found: World) -> None:
    events = found.database["inspections_auditevent"]
    for entry in found.roster:
        if entry.session == Session.MORNING:
            events.append(copy.copy(events[-1]))


def a_reason_in_the_clear(found: World) -> None:
    names = " ".join(entry.unit.name for entry in found.roster)
    found.database["inspections_plan"][0]["cancel_reason"] = names


def visit_rows(found: World) -> list[dict[str, object]]:
    return found.database["inspections_visit"]


def by_id(found: World) -> list[RosterEntry]:
    """The roster in the order of its rows."""
    entries = {entry.visit_id.hex: entry for entry in found.roster}
    return [entries[str(row["id"]).replace("-", "")] for row in visit_rows(found)]


PLANTS = [
    release_at,
    unit_in_the_log,
    hour_in_the_log,
    version_by_session,
    tag_by_day,
    drawn_units_touched,
    an_event_more,
    a_reason_in_the_clear,
]


def test_every_planted_leak_is_seen(month: Month, frozen: Plan) -> None:
    before = contents()
    worlds = two_worlds(month, frozen, after_approval)
    assert seen(worlds[0], before) == seen(worlds[1], before)
    for plant in PLANTS:
        one, other = (World(copy.deepcopy(found.database), found.roster) for found in worlds)
        plant(one)
        plant(other)
        assert seen(one, before) != seen(other, before), plant.__name__


def test_a_payload_that_is_not_padded_is_seen(
    month: Month, frozen: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "pad", lambda plain: plain + b"\x80")
    before = contents()
    one, other = two_worlds(month, frozen, after_draw)
    assert seen(one, before) != seen(other, before)


def test_a_team_that_depends_on_the_unit_is_seen(month: Month, frozen: Plan) -> None:
    def stage(month: Month, plan: Plan) -> None:
        for entry in rosters.open_roster(plan):
            name_one_more_for_a_long_name(month, entry)

    before = contents()
    one, other = two_worlds(month, frozen, stage)
    assert seen(one, before) != seen(other, before)


def name_one_more_for_a_long_name(month: Month, entry: RosterEntry) -> None:
    size = 3 if len(entry.unit.name) > 20 else 2
    schedule.name_team(
        actor=month.lan,
        visit=Visit.objects.get(pk=entry.visit_id),
        version=entry.version,
        members=[person.pk for person in month.inspectors[:size]],
        leader=month.inspectors[0].pk,
        now=DRAW_DAY,
    )


def test_the_draws_of_the_two_worlds_differ(month: Month, frozen: Plan) -> None:
    one, other = two_worlds(month, frozen, after_draw)
    assert {entry.unit for entry in one.roster} != {entry.unit for entry in other.roster}
    assert Unit.objects.count() == 12
