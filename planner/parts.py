"""The parts of a score: pure functions from counts to numbers in [0, 1].

A part has two steps. First an *estimate* in a unit that people know (share of tasks overdue,
complainants in the window, points a visit), drawn toward the unit's peers as far as the unit's own
numbers are few. Then one curve for all parts, x² / (x² + half²), where the policy says at which
estimate the part is one half. Units without data get what their peers have, and a flag.

Rates follow the beta-binomial model, counts the gamma-Poisson. The peers' strength is found by
moments (Williams 1982, Applied Statistics 31:144–148) over all groups together and bounded by the
policy, because a fit to eight peers alone degenerates in half of all cases.
`docs/algorithms/score.md` has every formula.

All arrays have shape (N,), one entry a unit, in the same order.
"""

from dataclasses import dataclass
from enum import IntFlag
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from planner.errors import InvalidInput
from planner.policy import Policy

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

_FAR_TO_NEAR = (2, 1, 0)


class Flag(IntFlag):
    """What a reader must know about one unit's part."""

    NO_DATA = 1  # the estimate is the peers' alone
    PARENT_GROUP = 2  # too few peers with data: their parent group stands in
    ALL_UNITS = 4  # too few there as well: all units stand in
    CAPPED = 8  # the count was cut to the peers' percentile


class Estimate(NamedTuple):
    """Estimates of one part for all units: value (N,), 0 or more; flags (N,), `Flag` bits."""

    value: Floats
    flags: Integers


@dataclass(frozen=True, slots=True)
class Peers:
    """Who is compared with whom, from near to far: peer group, parent group, all units.

    levels: three arrays (N,) of group numbers counted from 0 without gaps.
    sizes: the number of groups at each level.
    """

    levels: tuple[Integers, Integers, Integers]
    sizes: tuple[int, int, int]

    @classmethod
    def of(cls, peer: Integers, parent: Integers) -> "Peers":
        """Number the groups afresh; `peer` and `parent` (N,) hold any integers."""
        peers, peer_index = np.unique(peer, return_inverse=True)
        parents, parent_index = np.unique(parent, return_inverse=True)
        everybody = np.zeros(len(peer), dtype=np.int64)
        return cls((peer_index, parent_index, everybody), (len(peers), len(parents), 1))


_LEVEL_FLAGS = (0, Flag.PARENT_GROUP, Flag.ALL_UNITS)


def saturate(estimate: Floats, half: Floats | float) -> Floats:
    """The curve of every part: 0 at 0, one half at `half`, toward 1 without end.

    x² / (x² + half²), so that twice the half gives 0.8 and half of it 0.2: what is usual adds
    little, and what stands out adds much.
    """
    return estimate**2 / (estimate**2 + half**2)


def rate(cases: Floats, total: Floats, peers: Peers, policy: Policy) -> Estimate:
    """Share of cases among `total`, toward the peers' share: (cases + s·m) / (total + s).

    cases, total: whole numbers, cases ≤ total; total 0 means no data.
    """
    return mean(cases, total, rate_strength(cases, total, peers, policy), peers, policy)


def mean(amount: Floats, total: Floats, strength: float, peers: Peers, policy: Policy) -> Estimate:
    """Amount per case, toward the peers' mean m as if by `strength` more cases at that mean.

    (amount + strength·m) / (total + strength), m = Σ amount / Σ total of the peers. Serves days of
    delay per task with the strength of the rate of overdue tasks: a case is a task in both.

    amount: 0 or more. total: whole numbers; 0 means no data.
    """
    centre = peer_mean(amount, total, peers, policy.min_peers)
    value = (amount + strength * centre.value) / (total + strength)
    return _without_data(value, total == 0, centre)


def count(events: Floats, exposure: Floats, peers: Peers, policy: Policy) -> Estimate:
    """Events for an exposure of 1, toward the peers' mean m: m·(events + a) / (m·exposure + a).

    events: 0 or more. exposure: what part of the window the source covers (0 to 1), or earlier
    visits by their decayed weight. Neither events nor exposure means no data.
    """
    strength = count_strength(events, exposure, peers, policy)
    centre = peer_mean(events, exposure, peers, policy.min_peers)
    m = centre.value
    value = m * (events + strength) / (m * exposure + strength)
    return _without_data(value, (events == 0) & (exposure == 0), centre)


def capped_count(
    events: Floats, exposure: Floats, least: float, peers: Peers, policy: Policy
) -> Estimate:
    """`count` with every unit's events cut to what the peers' percentile allows, flagged `CAPPED`.

    The cap for an exposure of 1 is the `complaint_percentile` of events / exposure among the peers
    (linear between neighbours), and never below `least`: where hardly anybody has complaints, the
    few there are still count.
    """
    allowed = exposure * np.maximum(
        _percentile(events, exposure, peers, policy.complaint_percentile, policy.min_peers), least
    )
    value, flags = count(np.minimum(events, allowed), exposure, peers, policy)
    return Estimate(value, flags | np.where(events > allowed, Flag.CAPPED, 0))


def grouped(events: Floats, exposure: Floats, group: Integers, policy: Policy) -> Estimate:
    """`count` of whole groups among all groups: what the units of its group have had counts for a
    unit, visited itself or not.

    group: (int64) any numbers. A group without events and exposure has no data.
    """
    groups, index = np.unique(group, return_inverse=True)
    all_groups = np.zeros(len(groups), dtype=np.int64)
    value, flags = count(
        _sums(index, events, len(groups)),
        _sums(index, exposure, len(groups)),
        Peers.of(all_groups, all_groups),
        policy,
    )
    return Estimate(value[index], flags[index] & Flag.NO_DATA)


def elapsed(months: Floats, known: Booleans, peers: Peers, policy: Policy) -> Estimate:
    """Months since the last visit, at most the window `visit_months`; the peers' mean if unknown.

    months: 0 or more; inf for a unit never visited. known: False where no history was loaded.
    """
    within = np.where(known, np.minimum(months, policy.visit_months), 0.0)
    centre = peer_mean(within, known.astype(np.float64), peers, policy.min_peers)
    return _without_data(np.where(known, within, centre.value), ~known, centre)


def cooldown(months: Floats, policy: Policy) -> Floats:
    """The factor in (0, 1] on the score of a unit `months` after it was drawn and fully visited.

    Starts at `cooldown_factor`, grows in a straight line and is 1 from `cooldown_months` on.

    months: 0 or more; inf for a unit never drawn.
    """
    done = np.minimum(months / policy.cooldown_months, 1.0)
    return policy.cooldown_factor + (1.0 - policy.cooldown_factor) * done


def decayed_sums(
    unit: Integers, months: Floats, amount: Floats, units: int, half_life: float
) -> Floats:
    """Σ amount · 2^(−months / half_life) for each unit, from a list of earlier visits.

    unit, months, amount: (V,), one entry a visit: the unit's place (0 to units−1), months before
    the cut-off, and finding points or 1. Returns (units,).

    Raises InvalidInput for a place outside the frame and for negative or infinite numbers.
    """
    if ((unit < 0) | (unit >= units)).any():
        raise InvalidInput("a visit belongs to no unit of the frame")
    for name, values in (("months", months), ("amount", amount)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise InvalidInput(f"{name} of a visit must be finite and at least 0")
    return _sums(unit, amount * np.exp2(-months / half_life), units)


def peer_mean(numerator: Floats, denominator: Floats, peers: Peers, min_peers: int) -> Estimate:
    """Σ numerator / Σ denominator over those peers whose denominator is above 0.

    The nearest level with `min_peers` such units speaks; all units together speak even with fewer.
    NaN where not one unit has a denominator.
    """
    has = denominator > 0
    value = np.full(len(has), np.nan)
    flags = np.zeros(len(has), dtype=np.int64)
    for level in _FAR_TO_NEAR:  # the nearer overwrites
        index, size = peers.levels[level], peers.sizes[level]
        units = np.bincount(index[has], minlength=size)
        speaks = (units >= (min_peers if level < 2 else 1))[index]
        top = _sums(index[has], numerator[has], size)
        bottom = _sums(index[has], denominator[has], size)
        value[speaks] = top[index[speaks]] / bottom[index[speaks]]
        flags[speaks] = _LEVEL_FLAGS[level]
    return Estimate(value, flags)


def rate_strength(cases: Floats, total: Floats, peers: Peers, policy: Policy) -> float:
    """How many imaginary cases the peers' rate counts for: α + β of a beta-binomial, by moments.

    One number for all units, from the spread inside the peer groups: so units of one group with
    equal totals keep their order, and nothing jumps when one unit's figures move a little.
    Within [prior_low, prior_high]; the upper bound where there is no spread beyond chance.
    """
    spread, room = _spread(cases, total, peers, binomial=True)
    return _bounded(room - spread, spread, policy) if room > 0 else float(policy.prior_high)


def count_strength(events: Floats, exposure: Floats, peers: Peers, policy: Policy) -> float:
    """How many imaginary events the peers' mean counts for: the shape of a gamma-Poisson.

    By moments, with bounds, as in `rate_strength`.
    """
    spread, room = _spread(events, exposure, peers, binomial=False)
    return _bounded(room, spread, policy)


def _spread(x: Floats, n: Floats, peers: Peers, *, binomial: bool) -> tuple[float, float]:
    """Pearson's X² − (k−1) and the room for differences between units, summed over peer groups.

    Their quotient estimates γ = 1 / (α + β + 1) of rates, or 1 / a of counts.
    """
    has = n > 0
    x, n, group, groups = x[has], n[has], peers.levels[0][has], peers.sizes[0]
    units = np.bincount(group, minlength=groups)
    total = np.where(units > 1, _sums(group, n, groups), 2.0)
    m = _sums(group, x, groups) / total
    noise = m * (1 - m) * total / (total - 1) if binomial else m
    telling = (units > 1) & (noise > 0)
    squares = _sums(group, n * (x / n - m[group]) ** 2, groups)
    room = total - _sums(group, n * n, groups) / total
    room = room - (units - 1) if binomial else m * room
    spread = squares[telling] / noise[telling] - (units[telling] - 1)
    return float(spread.sum()), float(room[telling].sum())


def _bounded(top: float, bottom: float, policy: Policy) -> float:
    """top / bottom within the policy's bounds; the upper one where bottom is not above 0."""
    if bottom <= 0 or top >= policy.prior_high * bottom:
        return float(policy.prior_high)
    return max(top / bottom, float(policy.prior_low))


def _sums(group: Integers, values: Floats, groups: int) -> Floats:
    return np.asarray(np.bincount(group, values, groups), dtype=np.float64)


def _percentile(
    events: Floats, exposure: Floats, peers: Peers, percentile: float, min_peers: int
) -> Floats:
    """The percentile of events / exposure among the peers of each unit; 0 where nobody has any."""
    has = exposure > 0
    values = events[has] / exposure[has]
    result = np.zeros(len(has))
    for level in _FAR_TO_NEAR:
        index, size = peers.levels[level], peers.sizes[level]
        group = index[has]
        units = np.bincount(group, minlength=size)
        speaks = units >= (min_peers if level < 2 else 1)
        ordered = values[np.lexsort((values, group))]
        position = (units[speaks] - 1) * (percentile / 100)
        below = np.floor(position).astype(np.int64)
        first = (np.cumsum(units) - units)[speaks]
        low = ordered[first + below]
        high = ordered[first + np.minimum(below + 1, units[speaks] - 1)]
        at = np.zeros(size)
        at[speaks] = low + (high - low) * (position - below)
        result[speaks[index]] = at[index[speaks[index]]]
    return result


def _without_data(value: Floats, silent: Booleans, centre: Estimate) -> Estimate:
    """Flag the silent units; where not one unit has data, the part is 0 for everybody."""
    nobody = np.isnan(centre.value)
    flags = centre.flags | np.where(silent | nobody, Flag.NO_DATA, 0)
    return Estimate(np.where(nobody, 0.0, value), flags)
