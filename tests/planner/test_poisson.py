import math

import numpy as np
import pytest
from draw_cases import random_probabilities
from reference_draw import enumerated, exact_probabilities

from planner import inclusion, poisson, quadrature
from planner.errors import FitNotReached, InvalidInput
from planner.poisson import FloatArray


@pytest.mark.parametrize("count", range(2, 61))
def test_the_fit_agrees_with_counting_for_every_size(count: int) -> None:
    # 5,310 cases over all N.
    sizes = np.repeat(np.arange(1, count), 3)
    wanted = random_probabilities(np.random.default_rng(count), sizes, count)
    odds = np.array([poisson.fit(pi, int(n)) for pi, n in zip(wanted, sizes, strict=True)])
    taken, left = exact_probabilities(odds, sizes)
    np.testing.assert_allclose(taken, wanted, rtol=1e-10, atol=0)
    np.testing.assert_allclose(left, 1 - wanted, rtol=1e-10, atol=0)
    np.testing.assert_allclose((odds / (1 + odds)).sum(axis=1), sizes, rtol=1e-6)
    for one, n, pi in zip(odds, sizes, taken, strict=True):
        found = poisson.inclusion_probabilities(one, int(n))
        np.testing.assert_allclose(found, pi, rtol=1e-11, atol=0)


@pytest.mark.parametrize("probabilities", [[0.9, 0.1], [0.999, 0.001], [0.98, 0.01, 0.01]])
def test_the_fit_converges_where_full_steps_do_not(probabilities: list[float]) -> None:
    # One of all: π is proportional to the odds.
    odds = poisson.fit(np.array(probabilities), 1)
    np.testing.assert_allclose(odds / odds.sum(), probabilities, rtol=1e-10)


@pytest.mark.parametrize(("count", "size"), [(1000, 1), (3321, 100), (3321, 1600), (100_000, 900)])
def test_the_fit_reaches_large_frames(count: int, size: int) -> None:
    scores = np.random.default_rng(3).lognormal(0, 1, count)
    wanted = inclusion.inclusion_probabilities(scores, size)
    found = poisson.inclusion_probabilities(poisson.fit(wanted, size), size)
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=0)
    assert abs(math.fsum(found) - size) < 1e-9 * size


@pytest.mark.parametrize(
    ("count", "size", "cap"), [(600, 2, 0.5), (3321, 100, 0.5), (3321, 5, 1), (20_000, 900, 0.9)]
)
def test_nodes_that_stand_for_a_large_frame_change_nothing(
    count: int, size: int, cap: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = np.random.default_rng(6).lognormal(0, 3, count)
    wanted = inclusion.inclusion_probabilities(scores, size, floor=0.1, cap=cap)
    odds = poisson.fit(wanted, size)
    found = poisson.inclusion_probabilities(odds, size)
    chance = poisson.size_probability(odds, size)
    monkeypatch.setattr(quadrature, "FEW", count)  # every unit by itself
    one_by_one = poisson.inclusion_probabilities(odds, size)
    np.testing.assert_allclose(one_by_one, wanted, rtol=1e-11, atol=0)
    np.testing.assert_allclose(found, one_by_one, rtol=1e-12, atol=0)
    assert chance == pytest.approx(poisson.size_probability(odds, size), rel=1e-11)


def test_equal_probabilities_give_equal_odds() -> None:
    odds = poisson.fit(np.full(120, 0.2), 24)
    assert np.unique(odds).size == 1
    np.testing.assert_allclose(odds, 0.25, rtol=1e-10)


def test_certain_units_are_set_aside() -> None:
    wanted = np.array([1.0, 0.4, 1.0, 0.6])
    odds = poisson.fit(wanted, 3)
    assert np.isinf(odds).tolist() == [True, False, True, False]
    np.testing.assert_allclose(poisson.inclusion_probabilities(odds, 3), wanted, rtol=1e-10)
    joint = poisson.joint_probabilities(odds, 3)
    np.testing.assert_allclose(joint[0], wanted, rtol=1e-10)
    assert joint[1, 3] == 0


def test_nobody_uncertain_leaves_nothing_to_draw() -> None:
    odds = poisson.fit(np.ones(4), 4)
    assert np.isinf(odds).all()
    assert poisson.inclusion_probabilities(odds, 4).tolist() == [1] * 4
    assert poisson.size_probability(odds, 4) == 1
    assert poisson.entropy(odds, 4) == 0
    assert poisson.joint_probabilities(odds, 4).tolist() == [[1] * 4] * 4


@pytest.mark.parametrize(("count", "size"), [(2, 1), (5, 1), (6, 2), (6, 3), (8, 7), (9, 5)])
def test_joint_probabilities_entropy_and_size_agree_with_listing(count: int, size: int) -> None:
    odds = np.random.default_rng([count, size]).lognormal(0, 2, count)
    samples = enumerated(odds.tolist(), size)
    expected = np.zeros((count, count))
    for sample, probability in samples.items():
        expected[np.ix_(sample, sample)] += probability
    np.testing.assert_allclose(poisson.joint_probabilities(odds, size), expected, atol=1e-13)
    bits = -sum(p * math.log2(p) for p in samples.values())
    assert poisson.entropy(odds, size) == pytest.approx(bits, rel=1e-10)
    total = sum(math.prod(odds[list(sample)]) for sample in samples)
    assert poisson.size_probability(odds, size) == pytest.approx(
        total / math.prod(1 + odds), rel=1e-10
    )


def test_joint_probabilities_of_a_large_stratum_add_up() -> None:
    scores = np.random.default_rng(4).lognormal(0, 1, 400)
    wanted = inclusion.inclusion_probabilities(scores, 40)
    joint = poisson.joint_probabilities(poisson.fit(wanted, 40), 40)
    np.testing.assert_allclose(joint.sum(axis=1), 40 * wanted, rtol=1e-9)
    np.testing.assert_allclose(joint, joint.T, rtol=1e-12)
    assert np.all(joint <= np.outer(wanted, wanted) + np.diag(wanted))  # never positively related


@pytest.mark.parametrize("certain", [0, 2])
def test_some_pairs_alone_are_those_of_the_whole(certain: int) -> None:
    wanted = inclusion.inclusion_probabilities(np.random.default_rng(5).lognormal(0, 1, 40), 12)
    odds = np.insert(poisson.fit(wanted, 12), [3, 30][:certain], np.inf)
    some = np.array([30, 3, 17, 4, 29])
    whole = poisson.joint_probabilities(odds, 12 + certain)
    found = poisson.joint_probabilities(odds, 12 + certain, some)
    np.testing.assert_allclose(found, whole[np.ix_(some, some)], rtol=1e-13)


@pytest.mark.parametrize(
    ("probabilities", "size", "problem"),
    [
        ([0.5, 0.0, 0.5], 1, "above 0"),
        ([0.5, 1.5], 2, "above 0"),
        ([0.5, math.nan, 0.5], 1, "above 0"),
        ([0.5, 0.4], 1, "sum"),
        ([1 - 1e-12, 1 - 1e-12], 2, "uncertain"),
    ],
)
def test_probabilities_of_no_design_are_refused(
    probabilities: list[float], size: int, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        poisson.fit(np.array(probabilities), size)


@pytest.mark.parametrize(
    ("odds", "size"), [([1.0, 2.0], 2), ([1.0, 2.0], 0), ([math.inf, 1.0], 1), ([0.0, 1.0], 1)]
)
def test_odds_of_no_design_are_refused(odds: list[float], size: int) -> None:
    with pytest.raises(InvalidInput):
        poisson.inclusion_probabilities(np.array(odds), size)


def test_a_fit_that_does_not_converge_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poisson, "MAX_ITERATIONS", 2)
    wanted: FloatArray = np.array([0.9, 0.05, 0.05])
    with pytest.raises(FitNotReached):
        poisson.fit(wanted, 1)
