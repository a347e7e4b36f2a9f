"""What the planner refuses is told in the reader's language."""

import pytest
from django.utils import translation

from inspections.errors import planner_says
from planner import errors

KINDS = [errors.InvalidInput, errors.Infeasible, errors.FitNotReached]
KINDS += [errors.AttemptsExhausted, errors.CalendarFull, errors.TooFewVisits]


def test_no_refusal_of_the_planner_is_left_out() -> None:
    assert set(KINDS) == set(errors.PlannerError.__subclasses__())


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_told_with_its_figures(kind: type[errors.PlannerError]) -> None:
    with translation.override("vi"):
        vietnamese = planner_says(kind("200 units cannot be drawn from 117."))
    with translation.override("en"):
        english = planner_says(kind("200 units cannot be drawn from 117."))
    assert vietnamese != english
    assert vietnamese.endswith(" (200 units cannot be drawn from 117.)")
