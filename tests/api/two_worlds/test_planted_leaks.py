"""Every leak that is planted is named by the comparison: where it is, and what gives it away."""

import pytest

from tests.api.two_worlds import leaks
from tests.api.two_worlds.conftest import Begin
from tests.api.two_worlds.leaks import Plant
from tests.api.two_worlds.past import Stage

# The leak, the plan that holds the secret, the route that tells it, the part of the answer by which it does.
PLANTED: list[tuple[Plant, Stage, str, str]] = [
    (leaks.any_lookup, Stage.PARTLY_RELEASED, "unit-list", "body"),
    (leaks.any_ordering, Stage.APPROVED, "unit-list", "body"),
    (leaks.unknown_filter_ignored, Stage.APPROVED, "visit-list", "body"),
    (leaks.search_of_rosters, Stage.APPROVED, "plan-list", "body"),
    (leaks.count_of_all, Stage.APPROVED, "visit-list", "body"),
    (leaks.lookups_of_django, Stage.PARTLY_RELEASED, "inspections_unit_changelist", "body"),
    (leaks.etag_of_the_roster, Stage.APPROVED, "plan-detail", "headers"),
    (leaks.last_modified_of_a_visit, Stage.APPROVED, "plan-detail", "headers"),
    (leaks.forms_with_choices, Stage.APPROVED, "visit-list", "body"),
    (leaks.unique_validator, Stage.APPROVED, "inspector-declare-relation", "status"),
    (leaks.leave_of_somebody_on_duty, Stage.APPROVED, "inspector-enter-leave", "status"),
    (leaks.record_before_the_reveal, Stage.APPROVED, "plan-record", "body"),
    (leaks.duties_by_unit, Stage.APPROVED, "duties", "body"),
    (leaks.early_opening, Stage.APPROVED, "visit-list", "body"),
    (leaks.early_opening, Stage.APPROVED, "tablet", "body"),
    (leaks.log_of_a_request, Stage.APPROVED, "duties", "logged"),
    (leaks.one_more_query, Stage.APPROVED, "plan-list", "queries"),
    (leaks.findings_with_visits_to_come, Stage.PARTLY_RELEASED, "finding-list", "body"),
    (
        leaks.picture_named_after_a_sealed_unit,
        Stage.PARTLY_RELEASED,
        "submission-attachment",
        "headers",
    ),
    (leaks.set_aside_for_what_is_sealed, Stage.PARTLY_RELEASED, "submission-detail", "body"),
    (leaks.number_on_a_paper, Stage.DRAWN, "document-list", "body"),
    (leaks.event_for_each_morning, Stage.STAFFED, "audit-event-list", "body"),
    (leaks.job_that_tells, Stage.DRAWN, "job-list", "body"),
]


#: One for each part of an answer, and one that is stored; with the others `make test` would take too long.
QUICK = {
    leaks.forms_with_choices,
    leaks.etag_of_the_roster,
    leaks.leave_of_somebody_on_duty,
    leaks.log_of_a_request,
    leaks.one_more_query,
    leaks.job_that_tells,
}


@pytest.mark.parametrize(
    ("plant", "stage", "route", "part"),
    [
        pytest.param(*row, id=row[0].__name__, marks=() if row[0] in QUICK else pytest.mark.slow)
        for row in PLANTED
    ],
)
def test_a_planted_leak_is_named(
    begin: Begin,
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    stage: Stage,
    route: str,
    part: str,
) -> None:
    universe = begin(stage)
    plant(monkeypatch)
    found = universe.compare(routes={route}).leaks
    assert (route, part) in {(str(leak.case.route), leak.part) for leak in found}


@pytest.mark.parametrize("leaks_at_the_door", [False, True])
def test_a_door_lets_nothing_through_but_what_it_is_for(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, leaks_at_the_door: bool
) -> None:
    universe = begin(Stage.STAFFED)
    if leaks_at_the_door:
        leaks.schedule_that_tells(monkeypatch)
    compared = universe.compare(routes={"plan-schedule"}, askers={"planner Lan"})
    assert ("planner Lan", "plan-schedule") in compared.opened
    assert {leak.part for leak in compared.leaks} == ({"headers"} if leaks_at_the_door else set())


@pytest.mark.slow
def test_what_is_kept_of_one_for_the_next_is_named(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    universe = begin(Stage.APPROVED)
    leaks.cache_before_the_door(monkeypatch)
    found = universe.compare(routes={"plan-roster"}, askers={"clerk Chi"}).leaks
    assert {(leak.asker, leak.part) for leak in found} >= {("clerk Chi", "body")}


def test_a_log_that_tells_while_the_worlds_grow_is_named(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    universe = begin(Stage.DRAWN)
    leaks.log_of_a_draw(monkeypatch)
    with pytest.raises(AssertionError, match="the log tells the worlds apart"):
        universe.compare(routes={"healthz"})


@pytest.mark.slow
@pytest.mark.parametrize("stage", [Stage.PARTLY_RELEASED, Stage.APPROVED, Stage.DRAWN])
def test_nothing_is_named_where_nothing_is_planted(begin: Begin, stage: Stage) -> None:
    compared = begin(stage).compare(routes={row[2] for row in PLANTED})
    assert not compared.leaks, compared.told()
