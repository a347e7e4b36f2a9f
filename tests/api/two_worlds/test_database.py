"""Without the key, two databases with one frame and different rosters cannot be told apart, column by column."""

import pytest
from pytest_django import Settings

from inspections import sealing
from tests.api.two_worlds.conftest import Begin
from tests.api.two_worlds.past import Stage
from tests.api.two_worlds.worlds import World
from tests.inspections.database import Database, contents

Column = tuple[str, str]

#: The columns that may differ, and why. The lengths of their values may not.
SEALED: dict[Column, str] = {
    ("inspections_visit", "payload"): "where, when and who, encrypted",
    ("inspections_visittag", "tag"): "keyed: who is taken in a session, and who is in a plan",
    ("inspections_plan", "secret_two"): "what the draw follows from, encrypted",
    ("inspections_document", "content"): "the restricted appendix, encrypted",
}
#: What is not sealed, because the risk picture is no secret from whoever keeps the database.
IN_THE_CLEAR: set[Column] = {("inspections_unitscore", "score")}


def different(here: Database, there: Database) -> dict[Column, list[tuple[object, object]]]:
    """Return the values that differ, row by row as they were written."""
    found: dict[Column, list[tuple[object, object]]] = {}
    for table, rows in here.items():
        assert len(rows) == len(there[table]), table
        for row, other in zip(rows, there[table], strict=True):
            for column, value in row.items():
                if value != other[column]:
                    found.setdefault((table, column), []).append((value, other[column]))
    return found


def two_databases(begin: Begin, *stages: Stage, ideal_cipher: bool) -> tuple[Database, Database]:
    universe = begin(*stages, ideal_cipher=ideal_cipher)
    with universe.world(World.FIRST):
        here = contents()
    with universe.world(World.OTHER_ROSTERS):
        return here, contents()


def pattern(database: Database) -> list[int]:
    """Return for each tag the number under which it appeared first: which are equal, and not what they are."""
    numbers: dict[object, int] = {}
    rows = database["inspections_visittag"]
    return [numbers.setdefault(row["tag"], len(numbers)) for row in rows]


def test_only_sealed_columns_differ_and_not_in_length(begin: Begin) -> None:
    here, there = two_databases(begin, ideal_cipher=False)
    found = different(here, there)
    assert found.keys() - IN_THE_CLEAR == SEALED.keys()
    for column in SEALED:
        for value, other in found[column]:
            assert len(value) == len(other), column  # type: ignore[arg-type]
    assert pattern(here) == pattern(there)


def test_what_follows_from_sealed_values_is_equal_where_these_are(begin: Begin) -> None:
    """With a cipher whose output says nothing by itself, nothing in the database says anything."""
    here, there = two_databases(begin, ideal_cipher=True)
    assert different(here, there).keys() - IN_THE_CLEAR == {("inspections_visittag", "tag")}


@pytest.mark.parametrize("ideal_cipher", [False, True])
def test_a_payload_that_is_not_padded_is_seen(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, settings: Settings, ideal_cipher: bool
) -> None:
    monkeypatch.setattr(sealing, "pad", lambda plain: plain + b"\x80")
    here, there = two_databases(begin, Stage.DRAWN, ideal_cipher=ideal_cipher)
    values = different(here, there)["inspections_visit", "payload"]
    assert any(len(value) != len(other) for value, other in values)  # type: ignore[arg-type]
