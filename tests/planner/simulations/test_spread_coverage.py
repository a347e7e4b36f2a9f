"""How often τ's interval holds the spread of inspectors that made the findings."""

import numpy as np
import pytest

from planner.poisson import FloatArray
from planner.spread import spread

pytestmark = pytest.mark.slow

YEARS = 500


def rates(
    rng: np.random.Generator, mean: float, tau: float, inspectors: int, kind: str
) -> FloatArray:
    """The chance that each inspector's visits find something."""
    if tau == 0:
        return np.full(inspectors, mean)
    if kind == "two sorts":
        return np.where(rng.random(inspectors) < 0.5, mean - tau, mean + tau)
    total = mean * (1 - mean) / tau**2 - 1
    return rng.beta(mean * total, (1 - mean) * total, inspectors)


@pytest.mark.parametrize("kind", ["beta", "two sorts"])  # what is assumed, and what is not
@pytest.mark.parametrize("inspectors", [6, 12, 24])
@pytest.mark.parametrize(
    ("mean", "tau"), [(0.1, 0.05), (0.1, 0.1), (0.3, 0), (0.3, 0.05), (0.3, 0.1), (0.3, 0.15)]
)
def test_the_interval_holds_the_spread_in_93_of_100_years(
    inspectors: int, mean: float, tau: float, kind: str
) -> None:
    rng = np.random.default_rng([inspectors, round(100 * mean), round(100 * tau)])
    held, lowest = [], []
    for _ in range(YEARS):
        visits = rng.poisson(24, inspectors)
        leaders = np.repeat([f"inspector {number}" for number in range(inspectors)], visits)
        chance = np.repeat(rates(rng, mean, tau, inspectors, kind), visits)
        found = spread(leaders.tolist(), rng.random(leaders.size) < chance).tau
        if found is not None:
            held.append(found.low <= tau <= found.high)
            lowest.append(found.low > 0)
    assert len(held) > 0.6 * YEARS
    assert np.mean(held) >= 0.93
    if (inspectors, tau) == (24, 0.15):
        assert np.mean(lowest) > 0.95  # a real spread is recognised
