"""How often the rate's interval holds the truth, and what it says of visits not made.

A cell is 2,000 months: twenty frames with new scores, a hundred months each with new findings.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from worlds import BoolArray, World, findings, world

from planner.estimates import Estimate, Outcome, horvitz_thompson, rate, ratio
from planner.poisson import FloatArray, IntArray

pytestmark = pytest.mark.slow

FRAMES, MONTHS = 20, 100
SLOPES = {"useful": 1, "useless": 0, "inverted": -1}
SIZES = [(120, 24), (3321, 100)]
CELLS = pytest.mark.parametrize(
    ("units", "size", "share", "score"),
    [(*size, share, score) for size, share, score in product(SIZES, (0.05, 0.1, 0.3), SLOPES)],
)


def months(
    units: int, size: int, share: float, score: str
) -> Iterator[tuple[World, IntArray, BoolArray]]:
    """A sample and what would be found at each unit, month by month."""
    rng = np.random.default_rng([units, round(100 * share), SLOPES[score] + 1])
    for _ in range(FRAMES):
        one = world(rng, units, size)
        found = findings(rng, one.scores, share, SLOPES[score], MONTHS)
        for drawn, truth in zip(one.samples(rng, MONTHS), found, strict=True):
            yield one, drawn, truth


def z(errors: FloatArray) -> float:
    return float(errors.mean() / errors.std() * errors.size**0.5)


@CELLS
def test_the_interval_holds_the_truth_in_93_of_100_months(
    units: int, size: int, share: float, score: str
) -> None:
    held, widths = [], []
    for one, drawn, truth in months(units, size, share, score):
        found = rate([one.outcome(drawn, truth)]).of_made
        assert found is not None
        held.append(found.low <= truth.mean() <= found.high)
        widths.append((found.high - found.low) / 2)
    coverage = float(np.mean(held))
    assert coverage >= 0.93
    if share == 0.3:
        assert coverage <= 0.98  # nor wider than it need be
    if (units, share) == (120, 0.3):
        assert np.mean(widths) == pytest.approx(0.19, abs=0.015)  # "20 points either way"


@CELLS
def test_horvitz_and_thompsons_estimate_and_its_variance_are_unbiased(
    units: int, size: int, share: float, score: str
) -> None:
    rng = np.random.default_rng([units, round(100 * share), SLOPES[score] + 1])
    errors, excess = [], []
    for _ in range(FRAMES):  # five times as many months as above: bias is small beside the noise
        one = world(rng, units, size)
        found = findings(rng, one.scores, share, SLOPES[score], 5 * MONTHS)
        drawn = one.samples(rng, 5 * MONTHS)
        seen = np.take_along_axis(found, drawn, axis=1)
        error = (seen / one.probabilities[drawn]).sum(axis=1) / units - found.mean(axis=1)
        errors.append(error)
        for month in range(0, 5 * MONTHS, 5):
            outcome = one.outcome(drawn[month], found[month])
            total, variance = horvitz_thompson(outcome, seen[month].astype(float))
            assert total / units - found[month].mean() == pytest.approx(error[month], abs=1e-9)
            excess.append(variance / units**2 - error[month] ** 2)
    assert abs(z(np.concatenate(errors))) < 4
    assert abs(z(np.array(excess))) < 4


def refusing(rng: np.random.Generator, outcome: Outcome, chances: tuple[float, float]) -> Estimate:
    """The rate where visits without and with a finding fail with these chances."""
    fails = rng.random(outcome.drawn.size) < np.where(outcome.found, chances[1], chances[0])
    return rate([Outcome(outcome.odds, outcome.drawn, ~fails, outcome.found & ~fails)])


@pytest.mark.parametrize(("units", "size"), SIZES)
@pytest.mark.parametrize("score", SLOPES)
@pytest.mark.parametrize("chances", [(0.2, 0.2), (0.05, 0.5), (0.4, 0.1), (0, 1)], ids=str)
def test_the_bounds_for_visits_not_made_hold_the_truth_whatever_their_reason(
    units: int, size: int, score: str, chances: tuple[float, float]
) -> None:
    rng = np.random.default_rng(11)
    held, shown = [], []
    for one, drawn, truth in months(units, size, 0.3, score):
        outcome = one.outcome(drawn, truth)
        found, whole = refusing(rng, outcome, chances), rate([outcome]).of_made
        shown.append(found.least is not None)
        if found.least is None or found.most is None:
            continue
        assert whole is not None
        assert found.least.value <= whole.value <= found.most.value  # in every single month
        held.append(found.least.low <= truth.mean() <= found.most.high)
    assert np.mean(held) >= 0.93
    assert np.mean(shown) > 0.75  # where many visits fail too few may be left for a rate


def test_the_visits_made_alone_mislead_when_those_with_findings_fail() -> None:
    """The reason why the bounds are shown: half of the findings missed, and the same months."""
    rng = np.random.default_rng(12)
    held = []
    for one, drawn, truth in months(3321, 100, 0.3, "useless"):
        found = refusing(rng, one.outcome(drawn, truth), (0.05, 0.5)).of_made
        assert found is not None
        held.append(found.low <= truth.mean() <= found.high)
    assert np.mean(held) < 0.6


@pytest.mark.parametrize("alike", [0.02, 0.1, 0.4])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize(("units", "size"), SIZES)
def test_the_interval_of_a_share_of_staff_holds_the_truth_however_alike_those_of_a_unit_are(
    units: int, size: int, share: float, alike: float
) -> None:
    rng = np.random.default_rng([units, round(100 * share), round(100 * alike)])
    held, tries = [], 0
    for _ in range(FRAMES):
        one = world(rng, units, size)
        staff = np.maximum(5, rng.lognormal(3.4, 0.6, units)).round()
        scale = 1 / alike - 1
        for drawn in one.samples(rng, MONTHS // 4):
            absent = rng.binomial(
                staff.astype(int), rng.beta(share * scale, (1 - share) * scale, units)
            )
            outcome = one.outcome(drawn, absent > 0)
            found = ratio([outcome], [absent[drawn].astype(float)], [staff[drawn]]).of_made
            tries += 1
            if found is not None:
                held.append(found.low <= absent.sum() / staff.sum() <= found.high)
    assert len(held) > 0.9 * tries
    assert np.mean(held) >= 0.98
