"""Two worlds that differ only in what is secret answer alike, to the byte and to the query, whatever is asked.

How the worlds are made is told in ``docs/threat-model.md``; who is compared in which in ``askers.py``.
"""

from http import HTTPStatus

import pytest

from inspections.models import Role
from tests.api.two_worlds.askers import NAMES, WORLDS
from tests.api.two_worlds.conftest import Begin
from tests.api.two_worlds.past import Stage

#: What some of those who may not know everything are shown: the rows around the secrets.
ANSWERED = (
    "audit-event-list",
    "audit-head",
    "device-list",
    "document-content",
    "document-list",
    "duties",
    "finding-detail",
    "finding-list",
    "inspections_unit_changelist",
    "paper-list",
    "paper-pdf",
    "plan-detail",
    "plan-list",
    "plan-record",
    "risk-run-scores",
    "standing-texts-detail",
    "submission-attachment",
    "submission-bodies",
    "submission-detail",
    "submission-list",
    "unit-list",
    "visit-blank-minutes",
    "visit-detail",
    "visit-list",
    "visit-minutes",
    "visit-record",
)


def test_whoever_may_not_know_cannot_tell_the_worlds_apart(begin: Begin) -> None:
    compared = begin().compare()
    assert not compared.leaks, compared.told()
    answered = {
        (case.route.name, case.method)
        for (_, case), answer in compared.first.items()
        if answer.status == HTTPStatus.OK
    }
    # Questions that nobody is answered ask nothing: these must have been.
    assert {(name, "GET") for name in ANSWERED} - answered == set()
    taken = {
        (case.route.name, answer.status)
        for (_, case), answer in compared.first.items()
        if case.method == "PUT"
    }
    assert {("submission-detail", 201), ("submission-attachment", 200)} <= taken


def test_whoever_may_know_sees_the_worlds_differ_at_his_doors(begin: Begin) -> None:
    doors = {"plan-roster", "document-content", "risk-run-scores"}
    universe = begin(Stage.PARTLY_RELEASED)
    compared = universe.compare(routes=doors, askers={"planner Lan", "leader Dũng"})
    assert not compared.leaks, compared.told()
    assert compared.opened == {
        ("planner Lan", "plan-roster"),
        ("planner Lan", "document-content"),
        ("planner Lan", "risk-run-scores"),
        ("leader Dũng", "risk-run-scores"),
    }


def test_evaluators_figures_tell_nothing_of_what_is_sealed(begin: Begin) -> None:
    compared = begin().compare(routes={"evaluation-extract"}, askers={"planner Lan"})
    assert not compared.leaks, compared.told()
    given = [case.path for (_, case), answer in compared.first.items() if answer.status == 200]
    assert {one.rpartition("?")[2] for one in given} == {
        "period=2026&by=unit&form=csv",
        "period=2026&by=person&form=csv",
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nobody_learns_more_than_his_doors_tell_from_anything(begin: Begin, name: str) -> None:
    compared = begin().compare(askers={name})
    assert compared.first
    assert not compared.leaks, compared.told()


def test_every_role_has_a_world_that_must_look_to_it_like_the_first(begin: Begin) -> None:
    universe = begin()
    assert set(WORLDS) == set(Role)
    assert [asker.name for asker in universe.askers] == list(NAMES)
