import numpy as np
import pytest

from planner.quadrature import FEW, LAST, FloatArray, Nodes, Units, rules


def skewed(count: int, seed: int = 0) -> FloatArray:
    """Values in (0, ½), most of them small."""
    found: FloatArray = np.clip(np.random.default_rng(seed).lognormal(-6, 2, count), 1e-9, 0.5)
    return found


def peaked(x: FloatArray, distance: float) -> FloatArray:
    """A function that vanishes at 0 and 1, with poles at ½ ± i·distance."""
    found: FloatArray = x * (1 - x) / ((x - 0.5) ** 2 + distance**2)
    return found


@pytest.mark.parametrize("count", [16, 32, 64])
def test_a_sum_over_the_nodes_is_the_sum_over_the_units(count: int) -> None:
    x = skewed(10_000)
    nodes = Nodes(x, count)
    expected = peaked(x, 1.0).sum()
    values = peaked(nodes.nodes, 1.0)
    assert nodes.weights @ values == pytest.approx(expected, rel=1e-13)
    assert nodes.sum_error(values) < 1e-6 * expected


@pytest.mark.parametrize("distance", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("count", [8, 16, 32])
def test_too_few_nodes_tell_their_error(count: int, distance: float) -> None:
    x = skewed(10_000)
    nodes = Nodes(x, count)
    values = peaked(nodes.nodes, distance)
    missed = abs(nodes.weights @ values - peaked(x, distance).sum())
    assert missed <= 30 * nodes.sum_error(values) + 1e-10
    missed = np.abs(nodes.spread(values) - peaked(x, distance)).max()
    assert missed <= 30 * nodes.error(values) + 1e-12


def test_values_at_the_nodes_spread_to_every_unit() -> None:
    x = skewed(10_000)
    nodes = Nodes(x, 32)
    np.testing.assert_allclose(nodes.spread(np.exp(nodes.nodes)), np.exp(x), rtol=1e-13)


def test_rounding_is_relative_to_the_sum_however_many_units_lie_near_0() -> None:
    x = np.append(np.full(100_000, 1e-12), [0.2, 0.3])
    nodes = Nodes(x, 32)
    expected = peaked(x, 1.0)
    assert nodes.weights @ peaked(nodes.nodes, 1.0) == pytest.approx(expected.sum(), rel=1e-14)


def test_units_that_are_all_alike_have_nodes_around_them() -> None:
    nodes = Nodes(np.full(1000, 0.3), 8)
    assert 0 < nodes.nodes.min() < 0.3 < nodes.nodes.max() < 1
    assert nodes.weights @ (nodes.nodes * (1 - nodes.nodes)) == pytest.approx(210, rel=1e-14)


def test_nodes_double_until_the_units_stand_for_themselves() -> None:
    counts = [rule.nodes.size for rule in rules(skewed(5000))]
    assert counts == [8, 16, 32, 64, 128, 256, LAST, 5000]
    assert [rule.nodes.size for rule in rules(skewed(FEW))] == [FEW]


def test_units_that_stand_for_themselves_miss_nothing() -> None:
    x = skewed(100)
    units = Units(x)
    assert units.weights @ peaked(x, 0.1) == pytest.approx(peaked(x, 0.1).sum(), rel=1e-15)
    assert units.sum_error(peaked(x, 0.1)) == 0
    assert units.error(x) == 0
    assert units.spread(x) is x
