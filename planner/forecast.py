"""What a design means for people, in figures they can read before they endorse it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.poisson import FloatArray, entropy


@dataclass(frozen=True, slots=True)
class Forecast:
    """The outlook of one plan.

    Attributes:
        units: N, over all strata.
        visits: n, over all strata.
        unvisited_12, unvisited_24: the share of units expected without a visit after 12 and after
            24 months with these same probabilities.
        entropy: of the sample, in bits.
        largest: the largest inclusion probability.
        best_guess: how many of the n units with the largest probabilities are drawn on average:
            what the best guesser hits who knows every probability.
    """

    units: int
    visits: int
    unvisited_12: float
    unvisited_24: float
    entropy: float
    largest: float
    best_guess: float


def forecast(strata: Sequence[tuple[FloatArray, FloatArray, int]]) -> Forecast:
    """The outlook of a plan from (π, odds, n) of each of its strata, as a freeze yields them.

    Raises:
        InvalidInput: a size that odds cannot have.
    """
    probabilities = np.concatenate([found for found, _, _ in strata])
    visits = sum(size for _, _, size in strata)
    spared = 1 - probabilities
    return Forecast(
        units=probabilities.size,
        visits=visits,
        unvisited_12=float(np.mean(spared**12)),
        unvisited_24=float(np.mean(spared**24)),
        entropy=sum(entropy(odds, size) for _, odds, size in strata),
        largest=float(probabilities.max()),
        best_guess=float(np.sort(probabilities)[-visits:].sum()),
    )
