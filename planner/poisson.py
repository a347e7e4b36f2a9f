"""Conditional Poisson sampling: of all designs of one size with given inclusion probabilities the
one of maximum entropy.

Every unit is taken independently with its working probability p, given that exactly n are taken.
Working probabilities are carried as odds o = p/(1−p), which keep their precision near 0 and 1; a
certain unit has odds of infinity. The design depends on the odds up to a common factor only; the
factor chosen here makes Σp = n, where P(S = n) is largest.

What follows from the odds is computed from the characteristic function of S, the number taken,
φ(θ) = Π(1 − p + p·e^{iθ}), by the midpoint rule over M equal steps of the circle. The rule is exact
but for aliasing with S = n ± M, ± 2M, …; M is so large that by Bernstein's inequality their
probability stays below 2·e^{−36}. Nodes where |φ| < e^{−40} are left out, so that 12 to 31 remain
whatever N is. The units enter by p alone, and π and p are smooth functions of each other: a few
weighted values of p stand for a large frame (`planner/quadrature.py`), the fit is solved for those,
and only its solution is spread over the units.

Sources: Chen, Dempster and Liu (1994), Weighted finite population sampling to maximize entropy,
Biometrika 81; Hájek (1981), Sampling from a finite population; Tillé (2006), Sampling algorithms.
"""

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.errors import FitNotReached, InvalidInput
from planner.quadrature import Units, rules

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
IntArray = npt.NDArray[np.intp]

GOAL = 1e-11  # relative error of the odds of π at which the fit stops
LIMIT = 1e-10  # and the error above which it raises
MISSED = 1e-12  # how much of it the nodes that stand for the units may cost
MAX_ITERATIONS = 200
_CHUNK = 16384  # units at a time: the nodes' work arrays then fit the processor's cache


def fit(probabilities: FloatArray, size: int) -> FloatArray:
    """Odds of the working probabilities whose conditional Poisson design has the given π.

    The iteration multiplies every odds by (wanted odds of π) / (odds of π reached), as Newton's
    method would if the units were independent. The error's matrix is I − D⁻¹C with C the covariance
    of the sample's indicators and D its diagonal. The indicators are negatively correlated and sum
    to a constant, so the rows of |D⁻¹C| sum to 2 and its eigenvalues lie in (0, 2] but for the
    common factor. The full step therefore may fail to contract (two units, n = 1), its square root
    always contracts near the solution; it is used from the first step that did not halve the error.

    Args:
        probabilities: π, shape (N,), each in (0, 1], summing to `size`. Exactly 1 means certain.
        size: n, 1 ≤ n ≤ N.

    Returns:
        Odds, shape (N,), infinite where π = 1; Σp = n.

    Raises:
        InvalidInput: probabilities outside (0, 1], or a sum other than n (relative 1e-9).
        FitNotReached: the odds of π were not reached to 1e-10.
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    largest = probabilities.max(initial=0)
    if not (probabilities.min(initial=1) > 0 and largest <= 1):
        raise InvalidInput("Inclusion probabilities must lie above 0 and not above 1.")
    if abs(float(probabilities.sum()) - size) > 1e-9 * size:
        raise InvalidInput("Inclusion probabilities must sum to the size of the sample.")
    if largest < 1:
        return _fit(probabilities, size)
    odds = np.full(probabilities.shape, np.inf)
    free = probabilities < 1
    if free.any():
        odds[free] = _fit(probabilities[free], size - int(np.count_nonzero(~free)))
    return odds


def inclusion_probabilities(odds: FloatArray, size: int) -> FloatArray:
    """π of the design with these odds and size, shape (N,).

    Raises:
        InvalidInput: odds that are not positive, or a size that they cannot have.
    """
    free, size = _set_aside(odds, size)
    found = np.ones(odds.shape)
    if free.any():
        taken, left = _reached(_whole(odds[free], size), odds[free])
        found[free] = taken / (taken + left)
    return found


def joint_probabilities(odds: FloatArray, size: int, among: IntArray | None = None) -> FloatArray:
    """π_ij, the probability that both units are taken, shape (N, N); the diagonal holds π_i.

    Args:
        among: indices of the m units whose pairs are wanted, each once; the result then has shape
            (m, m) and takes O(N + m²) memory. All units without it, which is meant for the strata
            of one province.

    Raises as `inclusion_probabilities`.
    """
    free, free_size = _set_aside(odds, size)
    chosen = np.arange(odds.size) if among is None else among
    single = inclusion_probabilities(odds, size)[chosen]
    joint = np.outer(single, single)  # right wherever one of the two is certain
    loose = np.flatnonzero(free[chosen])
    if loose.size:
        pairs = _joint(_whole(odds[free], free_size), odds[chosen[loose]], free_size)
        joint[np.ix_(loose, loose)] = pairs
    np.fill_diagonal(joint, single)
    return joint


def size_probability(odds: FloatArray, size: int) -> float:
    """P(S = n) when every unit is taken independently. Raises as `inclusion_probabilities`."""
    free, size = _set_aside(odds, size)
    if not free.any():
        return 1.0
    return float(_whole(odds[free], size).values.real.sum())


def entropy(odds: FloatArray, size: int) -> float:
    """Entropy of the sample in bits: −Σ P(s)·log₂ P(s). Raises as `inclusion_probabilities`."""
    free, _ = _set_aside(odds, size)
    if not free.any():
        return 0.0
    single = inclusion_probabilities(odds, size)[free]
    log_odds = np.log(odds[free])
    total = math.log(size_probability(odds, size))
    total += float(np.logaddexp(0, log_odds).sum() - single @ log_odds)
    return max(0.0, total) / math.log(2)


def _set_aside(odds: FloatArray, size: int) -> tuple[npt.NDArray[np.bool_], int]:
    """Which units are not certain, and how many of them are taken."""
    if not np.all(odds > 0):
        raise InvalidInput("Odds must be positive.")
    free = np.isfinite(odds)
    left, count = size - int(np.count_nonzero(~free)), int(np.count_nonzero(free))
    if not (0 < left < count or left == count == 0):
        raise InvalidInput(f"No sample of {size} exists with these odds.")
    return free, left


def _fit(probabilities: FloatArray, size: int) -> FloatArray:
    if not 0 < size < probabilities.size:
        raise InvalidInput(f"{probabilities.size} uncertain units cannot yield exactly {size}.")
    for units in rules(probabilities):
        own = units.nodes / (1 - units.nodes)
        with suppress(FitNotReached):  # more nodes may
            factors = _solved(units, own, size) / own
            if units.error(factors) <= MISSED:
                found = units.spread(factors)
                found *= probabilities
                found /= 1 - probabilities
                return found
    raise FitNotReached(
        "The working probabilities do not reach the inclusion probabilities to 1e-10."
    )


def _solved(units: Units, wanted: FloatArray, size: int) -> FloatArray:
    """The odds at the nodes whose design has the wanted odds of π there."""
    odds, damped, previous = wanted, False, math.inf
    for _ in range(MAX_ITERATIONS):
        at = _transform(units, odds, size)
        taken, left = _reached(at, odds)
        if at.missed > MISSED or not (taken.min() > 0 and left.min() > 0):
            break
        ratio = wanted * left / taken
        error = float(np.abs(ratio - 1).max())
        if error <= GOAL or previous <= error <= LIMIT:  # the latter: rounding allows no better
            return odds
        damped, previous = damped or error > previous / 2, error
        odds = _centred(units, odds * (np.sqrt(ratio) if damped else ratio), size)
    raise FitNotReached("The working probabilities were not found.")


def _centred(units: Units, odds: FloatArray, size: int) -> FloatArray:
    """The odds times the factor that makes Σp = n: Newton's method on its logarithm, bracketed."""
    low, high, shift = -math.inf, math.inf, 0.0
    for _ in range(MAX_ITERATIONS):
        scaled = odds * math.exp(shift)
        p = scaled / (1 + scaled)
        excess = units.total + float(units.weights @ (p - units.nodes)) - size
        low, high = (low, shift) if excess > 0 else (shift, high)
        step = -excess / float(units.weights @ (p / (1 + scaled)))
        if abs(step) < 1e-5:  # the next error is of the order of its square
            return scaled * math.exp(step)
        shift += min(2.0, max(-2.0, step))
        if not low < shift < high:
            shift = (low + high) / 2
    raise FitNotReached("No factor makes the working probabilities sum to the sample's size.")


@dataclass(frozen=True, eq=False, slots=True)
class _Transform:
    """The characteristic function of S at the nodes of the circle, ready to be summed.

    `values` holds φ(θ)·e^{−iθn}·2/M for the nodes `points` = e^{iθ} of the upper half circle;
    the real parts of their sum is P(S = n), of which `missed` is the relative error at most.
    """

    points: ComplexArray
    values: ComplexArray
    missed: float


def _whole(odds: FloatArray, size: int) -> _Transform:
    """The transform of units with these odds, none of them certain."""
    p = odds / (1 + odds)
    for units in rules(p):
        at = _transform(units, units.nodes / (1 - units.nodes), size)
        if at.missed <= MISSED:
            break
    return at


def _transform(units: Units, odds: FloatArray, size: int) -> _Transform:
    """The transform where the nodes of `units` have these odds.

    log φ(θ) − iθn is Σ(log(q + p·e^{iθ}) − iθp) + iθ(Σp − n), in real numbers: |q + p·e^{iθ}|² is
    1 − 4·p·q·sin²(θ/2).
    """
    q = 1 / (1 + odds)
    p = odds * q
    variance = max(0.0, float(units.weights @ (p * q)))
    half = math.ceil((14 + math.sqrt(144 + 72 * variance)) / 2)
    angles = (np.arange(half) + 0.5) * (math.pi / half)
    squares = np.sin(angles / 2) ** 2
    near = 2 * variance * squares < 40
    angles, squares = angles[near, None], squares[near, None]
    sizes = np.log1p(-4 * squares * (p * q)) / 2
    turns = np.arctan2(np.sin(angles) * p, 1 - 2 * squares * p) - angles * p
    excess = units.total + float(units.weights @ (p - units.nodes)) - size
    turned = turns @ units.weights + angles[:, 0] * excess
    values = np.exp(sizes @ units.weights + 1j * turned) / half
    errors = units.sum_error(sizes) + units.sum_error(turns)
    missed = float(np.abs(values) @ errors / abs(values.real.sum()))
    return _Transform(np.exp(1j * angles[:, 0]), values, missed)


def _reached(at: _Transform, odds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """o·P(S without i = n−1) and P(S without i = n): their ratio is the odds of π_i.

    With f = q + p·z the sum over nodes of g·z/f and g/f, g the transform's values, is taken in real
    numbers: 1/f = conj(f)/|f|² and |f|² = 1 − 4·p·q·sin²(θ/2).
    """
    g, z = at.values, at.points
    weights = np.stack([g.real, (g * z.conj()).real, (g * z).real])
    depth = (2 * (z.real - 1))[:, None]  # −4·sin²(θ/2)
    taken, left = np.empty(odds.shape), np.empty(odds.shape)
    for start in range(0, odds.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        q = 1 / (1 + odds[part])
        p = odds[part] * q
        inverse = depth * (p * q)
        inverse += 1
        np.reciprocal(inverse, out=inverse)
        same, back, ahead = weights @ inverse
        taken[part] = odds[part] * (q * ahead + p * same)
        left[part] = q * same + p * back
    return taken, left


def _joint(at: _Transform, odds: FloatArray, size: int) -> FloatArray:
    if size == 1:
        return np.zeros((odds.size, odds.size))
    q = 1 / (1 + odds[:, None])
    p = odds[:, None] * q
    shares = p / (q + p * at.points)
    weighted = shares * (at.values * at.points**2)
    both = np.hstack([weighted.real, -weighted.imag]) @ np.hstack([shares.real, shares.imag]).T
    return np.asarray(np.maximum(both, 0) / at.values.real.sum())
