"""Weights learnt from what drawn visits found. It proposes; two people decide.

A logistic regression of "this visit found something" on the parts that the unit had before the visit.
Its ridge penalty pulls toward the policy in force, not toward zero: without evidence the proposal is
that policy. `docs/algorithms/learning.md` defines it to the last step.

Visits were drawn with unequal, known probabilities, so each counts n/(N·π): the fit is that of the
whole frame also where the model is wrong. The floor ε·n/N under π keeps these weights below 1/ε.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import FitNotReached, InvalidInput, TooFewVisits
from planner.parts import Booleans, Floats, Integers
from planner.policy import Part, Policy, Rule
from planner.score import sharpened

LEAST_VISITS = 300
LEAST_OF_EACH = 10
"""Visits that found something, and visits that found nothing, without which there is no fit."""

PENALTIES: tuple[float, ...] = tuple(10.0 ** (step / 2) for step in range(9))
"""The ridge penalties tried, 1 to 10,000: from free to all but the policy in force."""

GOAL = 1e-9  # the gradient at which the fit stops, relative to the sum of the weights
LEAST_BASE = 0.1  # of the mean points: nobody is near 0
_BLOCKS = 6  # the last half of them are tested on, one after the other
_INTERCEPT_PENALTY = 1e-3  # so that a stretch of time without any finding has a fit as well
_TEAM_PENALTY = 4.0
_MAX_ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class Visits:
    """What is known of V drawn visits. All arrays have the length V.

    day: (int64) the day of the visit, counted from any day.
    unit: (int64) any number for the unit.
    team: (int64) any number for who inspected. Serves the fit alone, never a score.
    found: (bool) whether the visit found what is to be foretold, such as a critical finding.
    weight: n / (N·π), above 0: units of the frame for which the visit stands, relative to the mean.
    parts: (V, K) the unit's parts in [0, 1] at the last cut-off before the visit, in the order of
        `Part`, under the halves of the policy in force now.

    Raises InvalidInput when the arrays are not as said here.
    """

    day: Integers
    unit: Integers
    team: Integers
    found: Booleans
    weight: Floats
    parts: Floats

    def __post_init__(self) -> None:
        for name in ("day", "unit", "team", "found", "weight"):
            if getattr(self, name).shape != self.day.shape or self.day.ndim != 1:
                raise InvalidInput(f"{name} must have one entry for each visit")
        if self.parts.shape != (len(self.day), len(Part)):
            raise InvalidInput(
                "parts must have one row for each visit and one column for each part"
            )
        if not ((self.parts >= 0) & (self.parts <= 1)).all():
            raise InvalidInput("parts must lie in [0, 1]")
        if not (np.isfinite(self.weight) & (self.weight > 0)).all():
            raise InvalidInput("the weight of a visit must be finite and above 0")

    def of(self, chosen: Booleans | Integers) -> "Visits":
        """Some of the visits."""
        return Visits(
            day=self.day[chosen],
            unit=self.unit[chosen],
            team=self.team[chosen],
            found=self.found[chosen],
            weight=self.weight[chosen],
            parts=self.parts[chosen],
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: log-odds = intercept + Σ effect · part, in the mean over teams.

    effects: (K,) 0 or more.
    mean_parts: (K,) the weighted mean of the parts that it was fitted to.
    """

    intercept: float
    effects: Floats
    mean_parts: Floats


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the proposals of earlier days would have been worth on later visits.

    visits: visits tested on; each proposal saw only visits of earlier days.
    in_force, proposed: share of visits with a finding if units were drawn in proportion to the score.
    low, high: 95 % interval of proposed − in_force, visits to one unit counted as one.
    """

    visits: int
    in_force: float
    proposed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """The proposed policy: that in force with other weights and base.

    penalty: the ridge penalty that time-ordered cross-validation chose from `PENALTIES`.
    """

    policy: Policy
    penalty: float
    backtest: Backtest


def propose(visits: Visits, policy: Policy) -> Proposal:
    """Propose weights from all visits, with the backtest of the same procedure on earlier ones.

    Raises:
        TooFewVisits: fewer than 300, or fewer than 10 with or without a finding, or all of them in
            so few days that there is no earlier and later.
        FitNotReached: the fit did not converge.
        InvalidInput: nothing that the policy weighs goes with findings: no weight is left.
    """
    found = int(np.count_nonzero(visits.found))
    if len(visits.found) < LEAST_VISITS:
        raise TooFewVisits(
            f"{len(visits.found)} drawn visits are too few to learn from: {LEAST_VISITS} are needed."
        )
    if min(found, len(visits.found) - found) < LEAST_OF_EACH:
        raise TooFewVisits(
            f"{found} of {len(visits.found)} visits found something: at least {LEAST_OF_EACH} with "
            "and without a finding are needed."
        )
    penalty = choose_penalty(visits, policy)
    proposed = weights_of(fit(visits, policy, penalty), policy)
    return Proposal(policy=proposed, penalty=penalty, backtest=backtest(visits, policy))


def fit(visits: Visits, policy: Policy, penalty: float) -> Fit:
    """The minimum of Σ weight · log-loss + ½ · penalty · Σ (effect − the policy's)², effects ≥ 0.

    By projected Newton steps (Bertsekas 1982, SIAM J. Control Optim. 20:221–246) on a strictly convex
    function. The policy's effect of a part is sharpness · weight / mean points: the slope of the log of
    its score.

    Raises FitNotReached when the gradient stays above 1e-9 of the sum of the weights.
    """
    weight, found = visits.weight, visits.found.astype(np.float64)
    mean_parts = weight @ visits.parts / weight.sum()
    wanted = _effects_of(policy, mean_parts)
    teams, team = np.unique(visits.team, return_inverse=True)
    design = np.column_stack([np.ones(len(found)), visits.parts, np.eye(len(teams))[team]])
    centre = np.concatenate([[0.0], wanted, np.zeros(len(teams))])
    ridge = np.concatenate(
        [[_INTERCEPT_PENALTY], np.full(len(wanted), penalty), np.full(len(teams), _TEAM_PENALTY)]
    )
    bounded = np.zeros(len(centre), dtype=np.bool_)
    bounded[1 : 1 + len(wanted)] = True

    def loss(at: Floats) -> float:
        odds = design @ at
        return float(
            weight @ (np.logaddexp(0, odds) - found * odds) + ridge @ (at - centre) ** 2 / 2
        )

    at, value = centre, loss(centre)
    for _ in range(_MAX_ITERATIONS):
        p = 1 / (1 + np.exp(-(design @ at)))
        slope = design.T @ (weight * (p - found)) + ridge * (at - centre)
        free = ~(bounded & (at <= 0) & (slope > 0))
        if np.abs(slope[free]).max() <= GOAL * weight.sum():
            return Fit(float(at[0]), at[bounded], mean_parts)
        columns = design[:, free]
        curve = (columns.T * (weight * p * (1 - p))) @ columns + np.diag(ridge[free])
        step = np.zeros(len(at))
        step[free] = np.linalg.solve(curve, slope[free])
        length = 1.0
        while True:
            tried = at - length * step
            tried[bounded] = np.maximum(tried[bounded], 0)
            reached = loss(tried)
            if reached <= value - 1e-4 * float(slope @ (at - tried)) + 1e-13 * value:
                break
            length /= 2
            if length < 1e-9:
                raise FitNotReached("The fit of the weights makes no step: its slope is too flat.")
        at, value = tried, reached
    raise FitNotReached(f"The fit of the weights did not converge in {_MAX_ITERATIONS} steps.")


def choose_penalty(visits: Visits, policy: Policy) -> float:
    """The penalty with the smallest log-loss on later visits; of equals the largest.

    The teams of later visits are left out: nobody knows them when a plan is made.

    Raises TooFewVisits when all visits lie in so few days that there is no earlier and later.
    """
    losses = np.zeros(len(PENALTIES))
    for earlier, later in _periods(visits):
        for place, penalty in enumerate(PENALTIES):
            model = fit(earlier, policy, penalty)
            odds = model.intercept + later.parts @ model.effects
            losses[place] += float(later.weight @ (np.logaddexp(0, odds) - later.found * odds))
    best = np.flatnonzero(losses == losses.min())
    return PENALTIES[int(best[-1])]


def weights_of(model: Fit, policy: Policy) -> Policy:
    """The policy with the weights and base that a fit implies; their sum stays what it is.

    To first order the expected odds are as (1 + Σ e · (part − mean part))^sharpness with e = effect /
    sharpness, so base and weights are to each other as 1 − Σ e · mean part to the e: the inverse of how
    a policy becomes effects. The base is at least a tenth of the mean points. Two decimals, the base
    takes the rounding.

    Raises InvalidInput when no part has an effect.
    """
    effects = model.effects / policy.sharpness
    reach = float(effects @ model.mean_parts)
    base = max(1 - reach, reach * LEAST_BASE / (1 - LEAST_BASE))
    total = policy.base + math.fsum(rule.weight for rule in policy.rules)
    share = total / (base + float(effects.sum()))
    weights = [round(float(effect) * share, 2) for effect in effects]
    return replace(
        policy,
        base=round(total - math.fsum(weights), 6),
        rules=tuple(
            Rule(weight, rule.half) for weight, rule in zip(weights, policy.rules, strict=True)
        ),
    )


def backtest(visits: Visits, policy: Policy) -> Backtest:
    """Compare earlier days' proposals with the policy in force on later visits.

    A share is Σ w·s·y / Σ w·s with w the visits' weights and s the score without cool-down: what a
    draw in proportion to s would find. The difference is linearised for its variance and the shares
    of the periods are put together by their visits.

    Raises as `propose`.
    """
    shares, terms, units = [], [], []
    for earlier, later in _periods(visits):
        model = fit(earlier, policy, choose_penalty(earlier, policy))
        both = [_share(later, one) for one in (policy, weights_of(model, policy))]
        shares.append([len(later.found) * share for share, _ in both])
        terms.append(len(later.found) * (both[1][1] - both[0][1]))
        units.append(later.unit)
    place = np.unique(np.concatenate(units), return_inverse=True)[1]
    count = len(place)
    in_force, proposed = np.sum(shares, axis=0) / count
    by_unit = np.bincount(place, np.concatenate(terms)) / count
    spread = 1.96 * math.sqrt(float(by_unit @ by_unit) * len(by_unit) / max(len(by_unit) - 1, 1))
    gain = float(proposed - in_force)
    return Backtest(count, float(in_force), float(proposed), gain - spread, gain + spread)


def _effects_of(policy: Policy, mean_parts: Floats) -> Floats:
    weights = np.array([rule.weight for rule in policy.rules], dtype=np.float64)
    return np.asarray(policy.sharpness * weights / (policy.base + weights @ mean_parts))


def _share(visits: Visits, policy: Policy) -> tuple[float, Floats]:
    """The share of findings under a policy, and each visit's term of its linearised error."""
    weights = np.array([rule.weight for rule in policy.rules], dtype=np.float64)
    drawn = visits.weight * sharpened(policy.base + visits.parts @ weights, policy)
    share = float(drawn @ visits.found) / float(drawn.sum())
    return share, drawn * (visits.found - share) / drawn.sum()


def _periods(visits: Visits) -> Iterator[tuple[Visits, Visits]]:
    """Earlier and later visits, block by block; visits of one day stay in one block."""
    ordered = np.sort(visits.day)
    count = len(ordered)
    starts = np.unique(
        [ordered[count * block // _BLOCKS] for block in range(_BLOCKS // 2, _BLOCKS)]
    )
    starts = starts[starts > ordered[0]]
    if len(starts) == 0:
        raise TooFewVisits("The visits lie in too few days: there are no earlier and later ones.")
    for start, end in zip(starts, [*starts[1:], ordered[-1] + 1], strict=True):
        yield (
            visits.of(visits.day < start),
            visits.of((visits.day >= start) & (visits.day < end)),
        )
