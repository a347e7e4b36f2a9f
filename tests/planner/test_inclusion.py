import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import inclusion
from planner.errors import Infeasible, InvalidInput

UNIT = st.floats(0, 1)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(
    st.lists(st.floats(-200, 200), min_size=1, max_size=60),
    UNIT,
    UNIT,
    st.floats(0.001, 1),
    st.sampled_from([1, 0.01]),
)
def test_probabilities_are_clipped_multiples_of_scores_of_any_size(
    exponents: list[float], share: float, slack: float, floor: float, spread: float
) -> None:
    count = len(exponents)
    size = 1 + int(share * (count - 1))
    cap = min(1.0, size / count + slack * (1 - size / count))
    scores = 10.0 ** (np.array(exponents) * spread)
    found = inclusion.inclusion_probabilities(scores, size, floor=floor, cap=cap)
    low, high = floor * size / count, cap
    assert abs(math.fsum(found) - size) <= 1e-12 * size
    assert found.min() >= low * (1 - 1e-15)
    assert found.max() <= high
    inner = (found > low) & (found < high)
    if not inner.any():
        return
    factors = np.log(found[inner]) - np.log(scores[inner])
    assert np.ptp(factors) < 1e-10
    factor = factors.mean()
    assert np.all(np.log(scores[found <= low]) + factor < math.log(low) + 1e-10)
    assert np.all(np.log(scores[found >= high]) + factor > math.log(high) - 1e-10)


def test_the_order_of_units_does_not_matter() -> None:
    scores = np.array([5.0, 0.1, 30.0, 2.0, 2.0, 900.0, 1.0, 1.0])
    found = inclusion.inclusion_probabilities(scores, 3)
    back = inclusion.inclusion_probabilities(scores[::-1], 3)[::-1]
    np.testing.assert_allclose(found, back, rtol=1e-15)


def test_equal_scores_give_everybody_the_same() -> None:
    found = inclusion.inclusion_probabilities(np.full(120, 3.7), 24)
    np.testing.assert_allclose(found, 0.2, rtol=1e-15)


def test_a_floor_of_one_makes_the_draw_equal() -> None:
    found = inclusion.inclusion_probabilities(np.array([1.0, 2.0, 3e9]), 1, floor=1)
    np.testing.assert_allclose(found, 1 / 3, rtol=1e-15)


def test_a_cap_can_be_met_by_everybody() -> None:
    found = inclusion.inclusion_probabilities(np.array([1.0, 7.0, 9.0, 11.0]), 2)
    assert found.tolist() == [0.5] * 4


def test_only_a_cap_of_one_makes_a_unit_certain() -> None:
    scores = np.array([1.0, 1.0, 1.0, 1e200])
    assert inclusion.inclusion_probabilities(scores, 2, cap=1)[3] == 1
    assert inclusion.inclusion_probabilities(scores, 2, cap=0.999)[3] == 0.999


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, 0.0, -1.0])
def test_a_score_that_is_no_score_is_refused(score: float) -> None:
    with pytest.raises(InvalidInput, match=r"number 2 is"):
        inclusion.inclusion_probabilities(np.array([1.0, score, 2.0]), 1)


@pytest.mark.parametrize(
    ("count", "size", "floor", "cap", "problem"),
    [
        (0, 1, 0.5, 0.5, "no units"),
        (3, 0, 0.5, 0.5, "At least one"),
        (3, 4, 0.5, 1, "cannot be drawn from 3"),
        (10, 6, 0.5, 0.5, "draw at most 5"),
        (10, 2, 1.1, 0.5, "above the mean"),
        (10, 2, 0.5, 1.1, "no probability"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused(
    count: int, size: int, floor: float, cap: float, problem: str
) -> None:
    with pytest.raises(Infeasible, match=problem):
        inclusion.inclusion_probabilities(np.ones(count), size, floor=floor, cap=cap)


@pytest.mark.parametrize(("floor", "cap"), [(0, 0.5), (-1, 0.5), (math.nan, 0.5), (0.5, math.inf)])
def test_a_floor_or_cap_that_is_no_number_above_zero_is_refused(floor: float, cap: float) -> None:
    with pytest.raises(InvalidInput, match="positive"):
        inclusion.inclusion_probabilities(np.ones(10), 2, floor=floor, cap=cap)


def test_visits_are_divided_by_largest_remainder() -> None:
    # Equal scores, n/N = 0.2: shares 8.6, 9.4 and 6.0.
    strata = ["a"] * 43 + ["b"] * 47 + ["c"] * 30
    assert inclusion.allocate(np.ones(120), strata, 24) == {"a": 9, "b": 9, "c": 6}


def test_equal_remainders_go_by_name() -> None:
    strata = ["é"] * 25 + ["b"] * 25 + ["a"] * 10
    # Shares 2.5, 2.5 and 1.0, which is raised to 2: one visit is left for b, none for é.
    assert inclusion.allocate(np.ones(60), strata, 6) == {"a": 2, "b": 2, "é": 2}
    assert inclusion.allocate(np.ones(60), strata, 7)["b"] == 3


def test_of_equals_the_last_gives_up_what_the_small_ones_need() -> None:
    # Shares 4.95, 4.95, 0.55 and 0.55; c and d are raised to two, which is one too many in all.
    strata = ["a"] * 45 + ["b"] * 45 + ["c"] * 5 + ["d"] * 5
    assert inclusion.allocate(np.ones(100), strata, 11) == {"a": 4, "b": 3, "c": 2, "d": 2}


def test_every_stratum_gets_two_for_a_variance() -> None:
    strata = ["big"] * 396 + ["small"] * 4
    assert inclusion.allocate(np.ones(400), strata, 40) == {"big": 38, "small": 2}


def test_a_stratum_that_the_cap_keeps_from_two_gets_one() -> None:
    strata = ["big"] * 397 + ["small"] * 3
    assert inclusion.allocate(np.ones(400), strata, 40)["small"] == 1


def test_no_stratum_gets_more_than_its_cap() -> None:
    scores = np.array([1e6] * 10 + [1.0] * 90)
    sizes = inclusion.allocate(scores, ["x"] * 10 + ["y"] * 90, 20)
    assert sizes == {"x": 5, "y": 15}


def test_a_single_stratum_gets_all() -> None:
    assert inclusion.allocate(np.ones(5), ["all"] * 5, 1) == {"all": 1}


@pytest.mark.parametrize(
    ("strata", "size", "problem"),
    [
        (["a"] * 30 + ["b"], 4, "'b' is so small"),
        (["a"] * 30 + ["b"] * 30 + ["c"] * 30, 5, "fewer than the 6"),
        (["a"] * 7 + ["b"] * 7, 7, "allows 6 visits in all"),
    ],
)
def test_a_division_that_cannot_be_is_refused(strata: list[str], size: int, problem: str) -> None:
    with pytest.raises(Infeasible, match=problem):
        inclusion.allocate(np.ones(len(strata)), strata, size)
