import numpy as np
import pytest

from planner import poisson
from planner.forecast import forecast


def test_the_outlook_of_an_equal_draw_is_plain() -> None:
    pi = np.full(120, 0.2)
    found = forecast([(pi, poisson.fit(pi, 24), 24)])
    assert (found.units, found.visits) == (120, 24)
    assert found.unvisited_12 == pytest.approx(0.8**12)
    assert found.unvisited_24 == pytest.approx(0.8**24)
    assert found.largest == pytest.approx(0.2)
    assert found.best_guess == pytest.approx(24 * 0.2)


def test_strata_add_up() -> None:
    first, second = np.array([0.5, 0.25, 0.25]), np.array([0.9, 0.6, 0.3, 0.2])
    parts = [(first, poisson.fit(first, 1), 1), (second, poisson.fit(second, 2), 2)]
    found = forecast(parts)
    assert found.entropy == pytest.approx(sum(poisson.entropy(odds, n) for _, odds, n in parts))
    assert found.best_guess == pytest.approx(0.9 + 0.6 + 0.5)
    assert found.largest == 0.9


def test_the_entropy_of_an_equal_draw_counts_its_samples() -> None:
    pi = np.full(5, 0.4)
    assert forecast([(pi, poisson.fit(pi, 2), 2)]).entropy == pytest.approx(np.log2(10))
