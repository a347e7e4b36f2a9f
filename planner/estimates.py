"""What the drawn visits say about all units: rates with intervals, and what the score is worth.

The draw gave every unit a known chance, and every pair, so the sample speaks for the province with
an error that can be computed. Exact formulas, assumptions and limits: `docs/algorithms/estimates.md`.

Sources: Horvitz and Thompson (1952), A generalization of sampling without replacement from a finite
universe, JASA 47; Sen (1953) and Yates and Grundy (1953) for the variance; Särndal, Swensson and
Wretman (1992), Model assisted survey sampling, for the ratio; Korn and Graubard (1998), Confidence
intervals for proportions with small expected number of positive counts, Survey Methodology 24, for
the effective size and its degrees of freedom.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from planner import poisson
from planner.errors import InvalidInput
from planner.poisson import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]

Z = NormalDist().inv_cdf(0.975)  # every interval is meant to hold in 95 of 100 cases
MINIMUM = 10  # the effective size below which counts are given and no rate
WINDOW = 12  # the months that a lift pools, no more and no fewer


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of the draw of one stratum in one month.

    Substitutes and directed visits are no part of it: a drawn visit that was replaced is one that
    was not made.

    Attributes:
        odds: of the committed thresholds (`draw.odds_of`), shape (N,), infinite for a certain unit.
        drawn: indices of the n drawn units, shape (n,), each once.
        made: shape (n,), whether the visit was made.
        found: shape (n,), whether it found what is counted; a visit not made found nothing.

    Raises:
        InvalidInput: shapes or indices that do not fit, a finding of a visit not made; and when an
            estimate is made of it, odds with which no such sample can be drawn.
    """

    odds: FloatArray
    drawn: IntArray
    made: BoolArray
    found: BoolArray

    def __post_init__(self) -> None:
        if not self.drawn.shape == self.made.shape == self.found.shape == (self.drawn.size,):
            raise InvalidInput("Drawn units, visits made and findings must be as many.")
        if np.unique(self.drawn).size != self.drawn.size:
            raise InvalidInput("A unit is drawn once only.")
        if not np.all((self.drawn >= 0) & (self.drawn < self.odds.size)):
            raise InvalidInput("A drawn unit is none of the stratum's.")
        if np.any(self.found & ~self.made):
            raise InvalidInput("A visit that was not made cannot have found anything.")

    @cached_property
    def weights(self) -> FloatArray:
        """1/π of the drawn units, shape (n,): how many units of the stratum each speaks for."""
        return 1 / self._joint.diagonal()

    def variance(self, expanded: FloatArray) -> float:
        """The variance of a sum Σ x over the drawn units, x = z/π, shape (n,).

        That of Sen, Yates and Grundy, Σ_{i<j} g_ij·(x_i − x_j)², g = (π_i·π_j − π_ij)/π_ij. Where a
        single unit was left to chance no pair shows a spread, and x² stands for it: its mean is
        Σ z²/π, which the variance never exceeds.
        """
        return max(0.0, float(expanded @ self._contrasts @ expanded))  # below 0 by rounding only

    @cached_property
    def _contrasts(self) -> FloatArray:
        """The matrix whose quadratic form `variance` is, shape (n, n)."""
        single = self._joint.diagonal()
        shares = np.outer(single, single) / self._joint - 1
        np.fill_diagonal(shares, 0)
        uncertain = single < 1
        if np.count_nonzero(uncertain) == 1:
            return np.diag(uncertain.astype(float))
        return np.diag(shares.sum(axis=1)) - shares

    @cached_property
    def _joint(self) -> FloatArray:
        return poisson.joint_probabilities(self.odds, self.drawn.size, self.drawn)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the limits of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Counts, and what they say where they say enough.

    Attributes:
        drawn, made, found: visits drawn, made, and with a finding.
        effective_size: what is compared with `MINIMUM`; below it the intervals are None.
        of_made: the estimate from the visits that were made: right if those not made would have
            found as much, and always right for the units where visits could be made.
        least, most: the estimates if the visits not made had found what makes it least, and most.
            From `least.low` to `most.high` nothing is assumed about them.
    """

    drawn: int
    made: int
    found: int
    effective_size: float
    of_made: Interval | None
    least: Interval | None
    most: Interval | None


def horvitz_thompson(outcome: Outcome, values: FloatArray) -> tuple[float, float]:
    """The total over all N units of a quantity known of the drawn ones, and its variance.

    Args:
        values: of the drawn units, shape (n,).

    Returns:
        Σ z_i/π_i and its variance of Sen, Yates and Grundy, both unbiased; the variance is too
        large on average where chance drew a single unit.
    """
    expanded = values * outcome.weights
    return float(expanded.sum()), outcome.variance(expanded)


def rate(outcomes: Sequence[Outcome]) -> Estimate:
    """The share of all units at which a visit would have found what is counted.

    Several months are so many more strata; the share is then of all their units together.

    Args:
        outcomes: of every stratum of one month or of several.

    Returns:
        Hájek's estimate with Wilson's interval on the effective size. `effective_size` is the lesser
        of Kish's, (Σw)²/Σw² of the visits made, and of their number less one for every outcome but
        the first.
    """
    ones = [np.ones(outcome.drawn.size) for outcome in outcomes]
    return ratio(outcomes, [outcome.found.astype(float) for outcome in outcomes], ones)


def ratio(
    outcomes: Sequence[Outcome], parts: Sequence[FloatArray], wholes: Sequence[FloatArray]
) -> Estimate:
    """The share that all parts have in all wholes: of the units that something is for, or of their staff.

    Args:
        outcomes: of every stratum of one month or of several; what they found is not read.
        parts: of the drawn units, shape (n,) each: what is counted there, none where no visit was made.
        wholes: what it is counted of, shape (n,) each, 0 for a unit outside; where no visit was made
            what the bounds are to take it for.

    Returns:
        As `rate`, which is this with a whole of 1 for every unit: a unit is one case, however large
        its whole. Weights are w·whole, and units outside are neither drawn nor visits here; nor do
        strata without any unit inside play a part.

    Raises:
        InvalidInput: shapes that do not fit, a part below 0, above its whole or where no visit was made.
    """
    told = list(zip(outcomes, parts, wholes, strict=True))
    for outcome, part, whole in told:
        if not outcome.made.shape == part.shape == whole.shape:
            raise InvalidInput("Drawn units, parts and wholes must be as many.")
        if not np.all((part >= 0) & (part <= whole * outcome.made)):
            raise InvalidInput("A part must lie between 0 and the whole that a visit saw.")
    told = [one for one in told if one[2].any()]
    outcomes = [outcome for outcome, _, _ in told]
    weights = _joined(outcome.weights for outcome in outcomes)
    seen, of_all = _joined(part for _, part, _ in told), _joined(whole for _, _, whole in told)
    made, _ = _answers(outcomes)
    inside = of_all > 0
    visits, units = _count(made & inside), sum(outcome.odds.size for outcome in outcomes)

    def interval(part: FloatArray, whole: FloatArray) -> Interval:
        of, left = weights * whole, 1 - made.size / units
        total = float(of.sum())
        value = float((weights * part).sum()) / total  # exactly 1 if all is counted
        if left == 0:  # every unit was visited
            return Interval(value, value, value)
        counted = _count(whole > 0)
        size = min(counted, _kish(of)) / left
        variance = _variance(outcomes, (weights * part - of * value) / total)
        if 0 < value < 1 and variance > 0:
            size = min(size, value * (1 - value) / variance)
        t = student(counted - len(outcomes))
        return Interval(value, *wilson(value, size * (Z / t) ** 2))

    effective = 0.0
    if visits:
        effective = min(_kish(weights * of_all * made), visits + 1 - len(outcomes))
    counts = _count(inside), visits, _count(seen > 0), effective
    if effective < MINIMUM:
        return Estimate(*counts, None, None, None)
    return Estimate(
        *counts,
        interval(seen, of_all * made),
        interval(seen, of_all),
        interval(np.where(made, seen, of_all), of_all),
    )


def lift(months: Sequence[Sequence[Outcome]]) -> Estimate:
    """How much more the draw by score found than a draw of all units alike would have.

    The share of the visits with a finding, less the share that equal chances would have given:
    above zero the score beats chance. Twelve months are pooled, for a single one says nothing.

    Args:
        months: of each of the last twelve months the outcomes of its strata; none in a month
            without a draw.

    Returns:
        Σ y_i·(1/n − u_i/Σu), u_i = (n_m/N_m)/π_i in month m, with Student's interval.
        `effective_size` is the number of the rarer result, findings or visits without, for it is
        what the variance rests on.

    Raises:
        InvalidInput: not twelve months.
    """
    if len(months) != WINDOW:
        raise InvalidInput(f"A lift pools {WINDOW} months, not {len(months)}.")
    outcomes = [outcome for month in months for outcome in month]
    weights = _joined(one.weights * _fraction(month) for month in months for one in month)
    made, found = _answers(outcomes)

    def interval(counted: BoolArray, positive: BoolArray) -> Interval:
        of, visits, findings = weights * counted, _count(counted), _count(positive)
        total = float(of.sum())
        by_score, by_chance = findings / visits, float(of @ positive) / total
        terms = counted * (positive - by_score) / visits - of * (positive - by_chance) / total
        width = student(min(findings, visits - findings) - 1)
        width *= math.sqrt(_variance(outcomes, terms))
        value = by_score - by_chance
        return Interval(value, value - width, value + width)

    findings = _count(found)
    rarer = min(findings, _count(made) - findings)
    counts = made.size, _count(made), findings, float(rarer)
    if rarer < MINIMUM:
        return Estimate(*counts, None, None, None)
    raising = weights < weights.mean()  # a finding there speaks for the score
    everyone = np.ones_like(made)
    return Estimate(
        *counts,
        interval(made, found),
        interval(everyone, found | (~made & ~raising)),
        interval(everyone, found | (~made & raising)),
    )


def wilson(share: float, size: float) -> tuple[float, float]:
    """Limits of Wilson's 95 % interval of a share seen in `size` independent cases.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference,
    JASA 22.
    """
    pull = Z * Z / size
    middle = (share + pull / 2) / (1 + pull)
    width = Z * math.sqrt((share * (1 - share) + pull / 4) / size) / (1 + pull)
    return max(0.0, middle - width), min(1.0, middle + width)


def student(degrees: int) -> float:
    """The 97.5th percentile of Student's t, to 1e-4 for 9 degrees of freedom and more.

    By the expansion of Cornish and Fisher: Abramowitz and Stegun (1964), formula 26.7.5.
    """
    z, inverse = Z, 1 / degrees
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return sum(term * inverse**power for power, term in enumerate(terms))


def _variance(outcomes: Sequence[Outcome], expanded: FloatArray) -> float:
    """The variance of a sum over independent draws; a month's draw depends on the last through its
    probabilities alone."""
    total, start = 0.0, 0
    for outcome in outcomes:
        part = expanded[start : start + outcome.drawn.size]
        total += outcome.variance(part)
        start += part.size
    return total


def _fraction(month: Sequence[Outcome]) -> float:
    """n/N over all strata of a month."""
    return sum(one.drawn.size for one in month) / sum(one.odds.size for one in month)


def _kish(weights: FloatArray) -> float:
    return float(weights.sum() ** 2 / (weights @ weights))


def _count(flags: BoolArray) -> int:
    return int(np.count_nonzero(flags))


def _answers(outcomes: Sequence[Outcome]) -> tuple[BoolArray, BoolArray]:
    """Over all outcomes, which visits were made and which found something."""
    none: BoolArray = np.zeros(0, dtype=bool)
    made = np.concatenate([none, *(outcome.made for outcome in outcomes)])
    return made, np.concatenate([none, *(outcome.found for outcome in outcomes)])


def _joined(parts: Iterable[FloatArray]) -> FloatArray:
    return np.concatenate([np.zeros(0), *parts])
