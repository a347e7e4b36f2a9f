"""How often a year's lift is what it says, and how often a useful score is recognised."""

import numpy as np
import pytest
from worlds import BoolArray, World, world

from planner.estimates import WINDOW, Interval, lift
from planner.poisson import FloatArray

pytestmark = pytest.mark.slow

FRAMES, YEARS = 20, 50
TOO_FEW = (120, 0.05)  # units and rate where a year holds nineteen findings: see `most_recognised`


def chances(one: World, share: float, wanted: float) -> FloatArray:
    """The chance of a finding at each unit: `share` on average, `wanted` times that when drawn."""
    logs = np.log(one.probabilities) - np.log(one.probabilities).mean()
    low, high = 0.0, 6.0
    for _ in range(50):
        slope = (low + high) / 2
        found = np.exp(slope * logs)
        for _ in range(50):  # to the mean, and no chance above one
            found = np.minimum(1, found * share / found.mean())
        if found @ one.probabilities / one.size < wanted * share:
            low = slope
        else:
            high = slope
    return found


def years(
    units: int, size: int, share: float, wanted: float
) -> tuple[list[Interval | None], FloatArray]:
    """1,000 lifts and their truths."""
    rng = np.random.default_rng([units, round(100 * share), round(10 * wanted)])
    found, truth = [], []
    for _ in range(FRAMES):
        one = world(rng, units, size)
        chance = chances(one, share, wanted)
        for drawn in one.samples(rng, YEARS * WINDOW).reshape(YEARS, WINDOW, size):
            present: BoolArray = rng.random((WINDOW, units)) < chance
            outcomes = [one.outcome(*month) for month in zip(drawn, present, strict=True)]
            found.append(lift([[outcome] for outcome in outcomes]).of_made)
            truth.append(float((present @ (one.probabilities / size - 1 / units)).mean()))
    return found, np.array(truth)


def most_recognised(units: int, size: int, share: float, wanted: float, alarms: float) -> float:
    """The share of years in which no test recognises the lift more often.

    Of all tests that take a useless score for a useful one in `alarms` of the years, Neyman and
    Pearson's is the best. It is told here what nobody knows: each unit's chance of a finding if the
    score is useful, and the rate if it is useless. A test that keeps to `alarms` whatever the rate
    keeps to them at the one taken here, which leaves the number of findings no witness.
    """
    rng = np.random.default_rng([units, round(100 * share)])
    found, years = [], 20 * YEARS
    for _ in range(FRAMES):
        one = world(rng, units, size)
        drawn = one.samples(rng, years * WINDOW).reshape(years, WINDOW * size)
        useful, useless = chances(one, share, wanted)[drawn], wanted * share
        finding, none = np.log(useful / useless), np.log((1 - useful) / (1 - useless))
        evidence = [
            np.where(rng.random(drawn.shape) < truth, finding, none).sum(axis=1)
            for truth in (useful, useless)
        ]
        found.append(np.mean(evidence[0] > np.quantile(evidence[1], 1 - alarms)))
    return float(np.mean(found))


@pytest.mark.parametrize(("units", "size"), [(120, 24), (3321, 100)])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("wanted", [1.0, 1.3])
def test_a_years_interval_holds_the_lift_in_93_of_100_years(
    units: int, size: int, share: float, wanted: float
) -> None:
    found, truth = years(units, size, share, wanted)
    assert truth.mean() == pytest.approx((wanted - 1) * share, abs=0.001)
    shown = [(one, true) for one, true in zip(found, truth, strict=True) if one is not None]
    assert len(shown) >= 0.85 * len(found)  # the rest had fewer than ten findings in a year
    assert np.mean([one.low <= true <= one.high for one, true in shown]) >= 0.93
    errors = np.array([one.value - true for one, true in shown])
    assert abs(errors.mean() / errors.std() * errors.size**0.5) < 4
    recognised = np.mean([one is not None and one.low > 0 for one in found])
    if wanted == 1:
        assert recognised <= 0.07  # an alarm that is false, or true by that year's chance
    elif (units, share) == TOO_FEW:
        assert recognised >= 0.9 * most_recognised(units, size, share, wanted, alarms=0.06)
    else:
        assert recognised >= 0.85


@pytest.mark.parametrize(("share", "most"), [(0.05, 0.7), (0.1, 0.95)])
def test_no_test_recognises_in_85_of_100_years_what_nineteen_findings_hardly_show(
    share: float, most: float
) -> None:
    bound = most_recognised(120, 24, share, 1.3, alarms=0.07)
    assert bound == pytest.approx(most, abs=0.03)
    assert (bound < 0.85) == (share == 0.05)
