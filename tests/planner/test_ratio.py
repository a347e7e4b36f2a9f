"""The share that parts have in wholes: of units that something is for, and of their staff."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_estimates import equal, uneven, with_failures

from planner.errors import InvalidInput
from planner.estimates import Outcome, horvitz_thompson, rate, ratio, student, wilson
from planner.poisson import FloatArray

Z = 1.959964


def staff(seed: int) -> tuple[FloatArray, FloatArray]:
    """So many absent of so many, at each of 24 units."""
    rng = np.random.default_rng(seed)
    whole = rng.integers(20, 50, 24)
    return rng.binomial(whole, 0.1).astype(float), whole.astype(float)


def test_the_share_weighs_each_unit_by_those_it_speaks_for_and_by_its_size() -> None:
    one, (part, whole) = uneven(1), staff(1)
    found = ratio([one], [part], [whole])
    assert (found.drawn, found.made, found.found) == (24, 24, np.count_nonzero(part))
    assert found.of_made is not None
    of = one.weights * whole
    assert found.of_made.value == pytest.approx(one.weights @ part / of.sum())
    assert found.effective_size == pytest.approx(of.sum() ** 2 / (of @ of))
    assert found.of_made == found.least == found.most


def test_the_interval_takes_a_unit_for_one_case_at_most() -> None:
    one, (part, whole) = uneven(1), staff(1)
    found = ratio([one], [part], [whole])
    assert found.of_made is not None
    share = found.of_made.value
    residuals = (part - share * whole) / (one.weights @ whole)
    assert share * (1 - share) / horvitz_thompson(one, residuals)[1] > 24  # persons say more
    size = found.effective_size / 0.8 * (Z / student(23)) ** 2
    assert (found.of_made.low, found.of_made.high) == pytest.approx(wilson(share, size), rel=1e-6)


def test_units_that_differ_wholly_widen_the_interval() -> None:
    # All absent where the weights are great, none elsewhere: fewer than so many independent cases.
    one, whole = uneven(2), np.full(24, 30.0)
    part = whole * (one.weights > np.quantile(one.weights, 0.8))
    found = ratio([one], [part], [whole])
    assert found.of_made is not None
    share = found.of_made.value
    residuals = (part - share * whole) / (one.weights @ whole)
    size = share * (1 - share) / horvitz_thompson(one, residuals)[1]
    assert size < found.effective_size / 0.8
    assert (found.of_made.low, found.of_made.high) == pytest.approx(
        wilson(share, size * (Z / student(23)) ** 2), rel=1e-6
    )


def test_units_outside_are_neither_drawn_nor_counted() -> None:
    one = equal(120, 24, 6)
    inside = (np.arange(24) < 20).astype(float)
    found = ratio([one], [one.found.astype(float)], [inside])
    assert (found.drawn, found.made, found.found) == (20, 20, 6)
    assert found.effective_size == pytest.approx(20)
    assert found.of_made is not None
    assert found.of_made.value == pytest.approx(6 / 20)


def test_a_stratum_without_a_unit_inside_plays_no_part() -> None:
    one, other = equal(120, 24, 6), equal(300, 30, 0)
    part, whole = one.found.astype(float), np.ones(24)
    assert ratio([one, other], [part, np.zeros(30)], [whole, np.zeros(30)]) == rate([one])


def test_everybody_counted_is_exactly_one() -> None:
    one, (_, whole) = uneven(3), staff(3)
    found = ratio([one], [whole], [whole]).of_made
    assert found is not None
    assert (found.value, found.high) == (1, 1)


@pytest.mark.parametrize("inside", [0, 9], ids=["none", "nine"])
def test_few_units_inside_show_counts_and_no_share(inside: int) -> None:
    whole = (np.arange(24) < inside).astype(float)
    found = ratio([equal(120, 24, 0)], [np.zeros(24)], [whole])
    assert (found.drawn, found.of_made, found.least, found.most) == (inside, None, None, None)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(
    st.integers(0, 1000),
    st.sets(st.integers(0, 23), max_size=8),
    st.lists(st.integers(20, 50), min_size=24, max_size=24),
    st.lists(st.floats(0, 1), min_size=24, max_size=24),
)
def test_the_bounds_hold_whatever_was_not_seen(
    seed: int, fails: set[int], sizes: list[int], shares: list[float]
) -> None:
    one, whole = uneven(seed), np.array(sizes, dtype=float)
    failed = np.isin(np.arange(24), list(fails))
    part = np.floor(whole * np.array(shares))
    seen = ratio([with_failures(one, failed)], [part * ~failed], [whole])
    everything = ratio([one], [part], [whole]).of_made
    assume(everything and seen.least and seen.most)
    assert everything is not None
    assert seen.least is not None
    assert seen.most is not None
    assert seen.least.value <= everything.value + 1e-12
    assert everything.value <= seen.most.value + 1e-12
    for found in (seen.least, seen.most, everything):
        assert 0 <= found.low <= found.value + 1e-12
        assert found.value <= found.high + 1e-12 <= 1 + 2e-12


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.integers(0, 1000), st.floats(0.5, 50))
def test_it_matters_not_in_what_the_wholes_are_counted(seed: int, factor: float) -> None:
    one, (part, whole) = uneven(seed), staff(seed)
    found = ratio([one], [part], [whole]).of_made
    other = ratio([one], [part * factor], [whole * factor]).of_made
    assume(found is not None)
    assert found is not None
    assert other is not None
    assert (other.value, other.low, other.high) == pytest.approx(
        (found.value, found.low, found.high)
    )


@pytest.mark.parametrize(
    ("part", "whole", "problem"),
    [
        ([0.0] * 23, [1.0] * 24, "as many"),
        ([0.0] * 24, [1.0] * 23, "as many"),
        ([2.0] * 24, [1.0] * 24, "lie between"),
        ([-1.0] * 24, [1.0] * 24, "lie between"),
    ],
)
def test_parts_that_cannot_be_are_refused(
    part: list[float], whole: list[float], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        ratio([equal(120, 24, 0)], [np.array(part)], [np.array(whole)])


def test_a_part_where_no_visit_was_made_is_refused() -> None:
    one: Outcome = equal(120, 24, 0, failed=1)
    with pytest.raises(InvalidInput, match="a visit saw"):
        ratio([one], [np.ones(24)], [np.ones(24)])
