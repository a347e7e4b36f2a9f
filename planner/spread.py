"""How differently inspectors find, as one figure for all of them and never one for a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.errors import InvalidInput
from planner.estimates import MINIMUM, BoolArray, Interval, student
from planner.poisson import FloatArray, IntArray

FEWEST_INSPECTORS = 5
_TAU = np.linspace(0, 0.5, 101)
_SHIFTS = np.linspace(-1.5, 1.5, 61)  # of the logit of the mean rate


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts, and τ where they say enough about it.

    Attributes:
        inspectors, visits, found: how many led visits, how many visits, how many with a finding.
        tau: the standard deviation among inspectors of the chance that a visit finds something, in
            steps of 0.005; None for fewer than `FEWEST_INSPECTORS`, or fewer than
            `estimates.MINIMUM` visits of the rarer result.
    """

    inspectors: int
    visits: int
    found: int
    tau: Interval | None


def spread(leaders: Sequence[str], found: BoolArray) -> Spread:
    """τ with its interval, from the visits that were made.

    An inspector's chances are taken as drawn from a beta distribution with unknown mean, so that
    his findings are beta-binomial. The mean is fitted anew for each τ (profile likelihood); the
    interval holds the τ whose likelihood is not too far from the largest.

    Args:
        leaders: who led each visit, by any name; names are compared and nothing else.
        found: shape (visits,), whether it found what is counted.

    Raises:
        InvalidInput: not as many leaders as visits.
    """
    if found.shape != (len(leaders),):
        raise InvalidInput("Every visit needs one leader.")
    names, index = np.unique(np.array(leaders, dtype=str), return_inverse=True)
    positive = int(np.count_nonzero(found))
    counts = names.size, found.size, positive
    if names.size < FEWEST_INSPECTORS or min(positive, found.size - positive) < MINIMUM:
        return Spread(*counts, None)
    likelihood = _profile(np.bincount(index), np.bincount(index[found], minlength=names.size))
    # Student's instead of the normal quantile, because few inspectors show their spread badly.
    near = _TAU[2 * (likelihood.max() - likelihood) <= student(names.size - 1) ** 2]
    best = _TAU[likelihood.argmax()]
    return Spread(*counts, Interval(float(best), float(near[0]), float(near[-1])))


def _profile(visits: IntArray, found: IntArray) -> FloatArray:
    """The largest log-likelihood for each τ.

    With ρ = τ²/(p·(1−p)) and d = ρ/(1−ρ) an inspector with x findings in m visits contributes
    Π_{j<x}(p + j·d) · Π_{j<m−x}(1−p + j·d) / Π_{j<m}(1 + j·d), which needs no gamma function and
    is the binomial at d = 0.
    """
    odds = found.sum() / (visits - found).sum() * np.exp(_SHIFTS[:, None])
    p = odds / (1 + odds)
    rho = _TAU**2 / (p * (1 - p))
    possible = rho < 1
    d = np.where(possible, rho / np.where(possible, 1 - rho, 1), 0)
    steps = np.arange(visits.max())[:, None]
    total = np.zeros(rho.shape)
    for step, more_found, more_clean, more_visits in zip(
        steps.ravel(),
        np.count_nonzero(found > steps, axis=1),
        np.count_nonzero(visits - found > steps, axis=1),
        np.count_nonzero(visits > steps, axis=1),
        strict=True,
    ):
        total += more_found * np.log(p + step * d)
        total += more_clean * np.log(1 - p + step * d)
        total -= more_visits * np.log1p(step * d)
    return np.asarray(np.where(possible, total, -np.inf).max(axis=0))
