"""Frames, findings and a fast sampler for months by the thousand."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner import draw, inclusion, poisson
from planner.estimates import Outcome
from planner.poisson import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """One stratum: scores as uneven as real ones (log-normal, σ = 0.8), floor and cap as usual."""

    scores: FloatArray
    probabilities: FloatArray
    odds: FloatArray
    size: int

    def samples(self, rng: np.random.Generator, count: int) -> IntArray:
        return samples(rng, self.odds, self.size, count)

    def outcome(
        self, drawn: IntArray, findings: BoolArray, made: BoolArray | None = None
    ) -> Outcome:
        """What the visits find, given what would be found at each of the N units."""
        everyone = np.ones(drawn.size, dtype=bool)
        made = everyone if made is None else made
        return Outcome(self.odds, drawn, made, findings[drawn] & made)


def world(rng: np.random.Generator, units: int, size: int) -> World:
    scores = rng.lognormal(0, 0.8, units)
    probabilities = inclusion.inclusion_probabilities(scores, size)
    thresholds = draw.thresholds(poisson.fit(probabilities, size))
    return World(scores, probabilities, draw.odds_of(thresholds), size)


def samples(rng: np.random.Generator, odds: FloatArray, size: int, count: int) -> IntArray:
    """Samples of a conditional Poisson design by rejection, shape (count, n)."""
    p = odds / (1 + odds)
    chance = poisson.size_probability(odds, size)
    found: list[IntArray] = []
    missing = count
    while missing > 0:
        attempts = min(int(1.2 * missing / chance) + 1, 4_000_000 // p.size)
        taken = rng.random((attempts, p.size)) < p
        taken = taken[np.count_nonzero(taken, axis=1) == size]
        found.append(np.nonzero(taken)[1].reshape(-1, size))
        missing -= len(taken)
    return np.concatenate(found)[:count]


def findings(
    rng: np.random.Generator, scores: FloatArray, rate: float, slope: int, months: int
) -> BoolArray:
    """Exactly a share `rate` of the units, in each month others, shape (months, N).

    The chance of a unit goes with score^slope: 1 makes the score useful, 0 useless, −1 inverted.
    """
    positives = round(rate * scores.size)
    keys = slope * np.log(scores) + rng.gumbel(size=(months, scores.size))
    chosen = np.argpartition(-keys, positives, axis=1)[:, :positives]
    found = np.zeros(keys.shape, dtype=bool)
    np.put_along_axis(found, chosen, values=True, axis=1)
    return found
