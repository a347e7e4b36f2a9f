"""The draw: π from scores, the fit of the working probabilities, and the draw itself.

    python -m bench.draw

Peers: one ``numpy.argpartition`` of the same scores, which only finds the n largest, and samplics'
systematic selection with the same probabilities. The error of π is that of polynomials multiplied out
unit by unit where that is possible, and at a million units that of the equations with every unit by itself.
"""

import itertools
import math
import warnings

import numpy as np

from bench.figures import Figure, duration, medians, show
from planner import draw, inclusion, poisson, quadrature
from planner.poisson import FloatArray

SIZES = (10_000, 100_000, 1_000_000)
SHARE = 100  # one unit in so many is drawn
REPEATS = 15


def scores_of(count: int) -> FloatArray:
    """Skewed scores of so many units."""
    return np.random.default_rng(count).lognormal(0, 1, count)


def measure() -> list[Figure]:
    """Measure everything, each beside its peer."""
    figures = [_month()]
    fits = [_fit(count) for count in SIZES]
    figures += [figure for figure, _ in fits]
    growth = [math.log10(after / before) for (_, before), (_, after) in itertools.pairwise(fits)]
    shown = ", ".join(f"{exponent:.2f}" for exponent in growth)
    figures.append(Figure("Fit, exponent of its growth from 10⁴ to 10⁵ and to 10⁶", shown))
    figures += [_error(1000), _error(3321), _residual(SIZES[-1]), _systematic()]
    return figures


def _month() -> Figure:
    """All that a month takes: π, fit, thresholds, draw; and the peer: a weighted sample of numpy's."""
    count, size = 3321, 100
    scores = scores_of(count)
    codes = [f"{number:05}" for number in range(count)]
    turn = iter(range(10**9))
    rng = np.random.default_rng(0)

    def ours() -> None:
        wanted = inclusion.inclusion_probabilities(scores, size)
        thresholds = draw.thresholds(poisson.fit(wanted, size))
        bound = draw.attempt_bound(draw.odds_of(thresholds), size)
        key = next(turn).to_bytes(32, "big")
        draw.draw(key, "all", codes, thresholds, size=size, max_attempts=bound)

    taken = medians(
        31,
        ours=ours,
        peer=lambda: rng.choice(count, size, replace=False, p=scores / scores.sum()),
    )
    return Figure(
        f"Fit and draw, N = {count:,}, n = {size}",
        duration(taken["ours"]),
        f"numpy choice (misses its probabilities) {duration(taken['peer'])}",
        taken["peer"] / taken["ours"],
        "below 0.2 s",
        taken["ours"] < 0.2,
    )


def _fit(count: int) -> tuple[Figure, float]:
    scores, size = scores_of(count), count // SHARE
    wanted = inclusion.inclusion_probabilities(scores, size)
    taken = medians(
        REPEATS,
        fit=lambda: poisson.fit(wanted, size),
        both=lambda: poisson.fit(inclusion.inclusion_probabilities(scores, size), size),
        peer=lambda: np.argpartition(scores, count - size),
    )
    slower, both = taken["fit"] / taken["peer"], taken["both"] / taken["peer"]
    is_goal = count == SIZES[-1]
    figure = Figure(
        f"Fit, N = {count:,}, n = {size:,}",
        f"{duration(taken['fit'])}; from scores {duration(taken['both'])}, {both:.0f} partitions",
        f"numpy argpartition {duration(taken['peer'])}",
        1 / slower,
        "within 25 partitions" if is_goal else "",
        slower <= 25 if is_goal else None,
    )
    return figure, taken["fit"]


def _error(count: int) -> Figure:
    """Against the polynomials of the units before and after each, combined."""
    scores, size = scores_of(count), count // 20
    wanted = inclusion.inclusion_probabilities(scores, size)
    odds = poisson.fit(wanted, size)
    p = odds / (1 + odds)
    before = np.zeros((count + 1, size + 1))
    before[0, 0] = 1
    for i in range(count):
        before[i + 1] = before[i] * (1 - p[i])
        before[i + 1, 1:] += before[i, :-1] * p[i]
    after, taken, left = np.zeros(size + 1), np.empty(count), np.empty(count)
    after[0] = 1
    for i in reversed(range(count)):
        taken[i] = p[i] * (before[i, :size] @ after[size - 1 :: -1])
        left[i] = (1 - p[i]) * (before[i] @ after[::-1])
        after[1:] = after[1:] * (1 - p[i]) + after[:-1] * p[i]
        after[0] *= 1 - p[i]
    return _reached(f"N = {count:,}, polynomials", taken / (taken + left), wanted)


def _residual(count: int) -> Figure:
    scores, size = scores_of(count), count // SHARE
    wanted = inclusion.inclusion_probabilities(scores, size)
    odds = poisson.fit(wanted, size)
    few, quadrature.FEW = quadrature.FEW, count  # every unit by itself, none standing for others
    try:
        found = poisson.inclusion_probabilities(odds, size)
    finally:
        quadrature.FEW = few
    return _reached(f"N = {count:,}, every unit by itself", found, wanted)


def _reached(what: str, found: FloatArray, wanted: FloatArray) -> Figure:
    worst = float(np.abs(found / wanted - 1).max())
    return Figure(f"Error of π, {what}", f"{worst:.1e}", goal="at most 1e-10", met=worst <= 1e-10)


def _systematic() -> Figure:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it is archived, and says so
        from samplics import SampleSelection, SelectMethod  # noqa: PLC0415

    count = 100_000
    scores, size = scores_of(count), count // SHARE
    wanted = inclusion.inclusion_probabilities(scores, size)
    units = np.arange(count)
    selection = SampleSelection(method=SelectMethod.pps_sys, strat=False, wr=False)
    taken = medians(
        3,
        ours=lambda: poisson.fit(wanted, size),
        peer=lambda: selection.select(units, size, mos=wanted),
    )
    times = taken["peer"] / taken["ours"]
    return Figure(
        f"Fit, N = {count:,}",
        duration(taken["ours"]),
        f"samplics systematic selection {duration(taken['peer'])}",
        times,
        "100 times as fast",
        times >= 100,
    )


if __name__ == "__main__":
    show(measure())
