"""Inclusion probabilities from scores, and the division of the visits among strata.

π = clip(λ·score, ε·n/N, cap) with λ such that Σπ = n: nobody is safe, nobody is certain.
"""

import math
import sys
from collections.abc import Sequence

import numpy as np

from planner.errors import FitNotReached, Infeasible, InvalidInput
from planner.poisson import FloatArray

DEFAULT_FLOOR = 0.5
DEFAULT_CAP = 0.5
_ROUNDING = 1e-15
_SLACK = 1e-12  # relative: what rounding may add to cap·N, and the error of Σπ that is let pass


def inclusion_probabilities(
    scores: FloatArray, size: int, *, floor: float = DEFAULT_FLOOR, cap: float = DEFAULT_CAP
) -> FloatArray:
    """π of every unit of one stratum.

    Σ clip(λ·score) grows with λ in straight pieces, which end where a unit leaves the floor or
    reaches the cap. Newton's method, bracketed, goes from piece to piece and ends in one step on
    the right one. The scores may differ by 400 powers of ten.

    Args:
        scores: finite and positive, shape (N,); their unit is irrelevant.
        size: n, the number of units to draw.
        floor: ε in (0, 1]: no π lies below ε·n/N.
        cap: the largest π allowed, in (0, 1]. Only a cap of 1 makes certain units possible.

    Returns:
        π, shape (N,), Σπ = n to a relative 1e-12.

    Raises:
        InvalidInput: a score that is NaN, infinite, zero or negative; a floor or cap that is not a
            positive number.
        Infeasible: no units, n < 1, n > N, n > cap·N, a floor or a cap above 1.
        FitNotReached: Σπ missed n.
    """
    scores = check_scores(scores)
    check_bounds(size, scores.size, floor=floor, cap=cap)
    lowest, found = floor * size / scores.size, np.empty(scores.shape)
    for bound in (lowest, cap):
        if abs(bound * scores.size - size) <= _SLACK * size:
            return np.full(scores.shape, bound)
    low, high = lowest / float(scores.max()), min(cap / float(scores.min()), sys.float_info.max)
    factor = size / float(scores.sum())
    while True:
        with np.errstate(over="ignore"):  # what overflows is capped
            np.multiply(scores, factor, out=found)
        np.clip(found, lowest, cap, out=found)
        excess = float(found.sum()) - size
        if abs(excess) <= _ROUNDING * size:
            break
        low, high = (low, factor) if excess > 0 else (factor, high)
        outside = lowest * np.count_nonzero(found == lowest) + cap * np.count_nonzero(found == cap)
        if (inside := size + excess - outside) > 0:
            factor *= 1 - excess / inside
        if not low < factor < high:
            factor = math.sqrt(low) * math.sqrt(high)
            if not low < factor < high:
                break
    if abs(excess) > _SLACK * size:
        raise FitNotReached("The inclusion probabilities do not sum to the size of the sample.")
    return found


def allocate(
    scores: FloatArray,
    strata: Sequence[str],
    size: int,
    *,
    floor: float = DEFAULT_FLOOR,
    cap: float = DEFAULT_CAP,
) -> dict[str, int]:
    """Divide n visits among strata by largest remainder of Σπ, π taken over all units together.

    Every stratum gets at least two (one where the cap allows no more), so that a variance can be
    estimated, and at most cap·N_h; a single stratum gets all. Remainders are compared to nine
    decimals, so that the last bits of a platform decide nothing; equal ones go by name (UTF-8).

    Args:
        scores: shape (N,), as for `inclusion_probabilities`.
        strata: the name of each unit's stratum, length N.

    Returns:
        n_h by name, in the order of names.

    Raises:
        InvalidInput, FitNotReached: as `inclusion_probabilities`.
        Infeasible: likewise, or a stratum so small that the cap allows no visit, or too few visits
            for the least that every stratum gets.
    """
    found = inclusion_probabilities(scores, size, floor=floor, cap=cap)
    members: dict[str, list[int]] = {}
    for index, name in enumerate(strata):
        members.setdefault(name, []).append(index)
    names = sorted(members, key=str.encode)
    if len(names) == 1:
        return {names[0]: size}
    wanted = {name: math.fsum(found[members[name]]) for name in names}
    most = {name: math.floor(cap * len(members[name]) * (1 + _SLACK)) for name in names}
    least = {name: min(2, most[name]) for name in names}
    _check_room(size, least, most, cap=cap)
    sizes = {name: min(max(math.floor(wanted[name]), least[name]), most[name]) for name in names}
    while (missing := size - sum(sizes.values())) != 0:
        short = missing > 0
        limit = most if short else least
        rest = {
            name: round(wanted[name] - sizes[name], 9)
            for name in names
            if sizes[name] != limit[name]
        }
        if short:
            sizes[max(rest, key=rest.__getitem__)] += 1  # the first of equals
        else:
            sizes[min(reversed(rest), key=rest.__getitem__)] -= 1  # the last of equals
    return sizes


def check_scores(scores: FloatArray) -> FloatArray:
    """The scores as doubles. Raises InvalidInput unless all are finite and positive."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.size and not 0 < scores.min() <= scores.max() < math.inf:
        wrong = np.flatnonzero(~((scores > 0) & (scores < math.inf)))
        raise InvalidInput(
            f"Scores must be finite and positive: number {wrong[0] + 1} is {scores[wrong[0]]}."
        )
    return scores


def check_bounds(size: int, count: int, *, floor: float, cap: float) -> None:
    """Raises Infeasible or InvalidInput unless n of N units can be drawn within floor and cap."""
    for name, value in (("floor", floor), ("cap", cap)):
        if not (math.isfinite(value) and value > 0):
            raise InvalidInput(f"The {name} must be a positive number, not {value}.")
    if count < 1:
        raise Infeasible("There are no units to draw from.")
    if size < 1:
        raise Infeasible(f"At least one unit must be drawn, not {size}.")
    if size > count:
        raise Infeasible(f"{size} units cannot be drawn from {count}.")
    if floor > 1:
        raise Infeasible(f"A floor of {floor} times n/N lies above the mean n/N: it is at most 1.")
    if cap > 1:
        raise Infeasible(f"A cap of {cap} is no probability: it is at most 1.")
    if size > cap * count * (1 + _SLACK):
        raise Infeasible(
            f"Drawing {size} of {count} units is a mean probability of {size / count:.4g}, above "
            f"the cap of {cap}: draw at most {math.floor(cap * count)} or raise the cap."
        )


def _check_room(size: int, least: dict[str, int], most: dict[str, int], *, cap: float) -> None:
    for name, limit in most.items():
        if limit < 1:
            raise Infeasible(
                f"Stratum {name!r} is so small that a cap of {cap} allows no visit: merge it."
            )
    if sum(least.values()) > size:
        raise Infeasible(
            f"{size} visits are fewer than the {sum(least.values())} that give every stratum its "
            "two (or the one that the cap allows): draw more, or give the numbers yourself."
        )
    if sum(most.values()) < size:
        raise Infeasible(f"The cap allows {sum(most.values())} visits in all, not {size}.")
