"""Protocol B: plans fixed on day 1 of eleven windows, and how much earlier they find critical violations.

The planned inspections of a window keep the window's own days: the highest score gets the first.
Nothing of the window enters its plan but which units are to be inspected.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bench.chicago_city import City, Measure
from planner.inclusion import inclusion_probabilities
from planner.learning import Visits, choose_penalty, fit, weights_of
from planner.parts import Booleans, Floats, Integers
from planner.poisson import fit as fit_odds
from planner.policy import Policy
from planner.score import score

LENGTH = 60
FIRST, LAST = ((date(*day) - date(1970, 1, 1)).days for day in ((2012, 9, 4), (2014, 9, 2)))
STARTS = (*(FIRST + LENGTH * number for number in range(10)), LAST)


@dataclass(frozen=True)
class Window:
    """One window: the day it starts, and the rows of its inspections in a random order, so that rows with equal
    scores do not stand in the order of their days."""

    start: int
    rows: Integers


@dataclass(frozen=True)
class Worth:
    """What a plan is worth: mean days that critical violations are found earlier, the share of them in the
    window's first half (days whose running count is below half), and days earlier than in random order when
    each inspector's rows keep that inspector's days. `gains` (positives,) are the days, `windows` their window."""

    days: float
    first_half: float
    within: float
    gains: Floats
    windows: Integers

    def interval(self, draws: int = 2000) -> tuple[float, float]:
        """95 % interval of `days`: positives drawn again within their windows."""
        rng = np.random.default_rng(0)
        sums = np.zeros(draws)
        for window in np.unique(self.windows):
            gains = self.gains[self.windows == window]
            sums += gains[rng.integers(len(gains), size=(draws, len(gains)))].sum(axis=1)
        low, high = np.quantile(sums / len(self.gains), (0.025, 0.975))
        return float(low), float(high)


def windows(city: City, starts: Sequence[int] = STARTS) -> list[Window]:
    """The windows with the inspections that the city scored."""
    rng = np.random.default_rng(0)
    found = []
    for start in starts:
        inside = (city.day >= start) & (city.day < start + LENGTH) & city.scored
        found.append(Window(start, rng.permutation(np.flatnonzero(inside))))
    return found


def worth(city: City, plans: Sequence[Window], orders: Sequence[Integers]) -> Worth:
    """The worth of an order of each window's rows: places in `rows`, first to be inspected first."""
    gains, halves, within, number = [], [], [], []
    for place, (window, order) in enumerate(zip(plans, orders, strict=True)):
        actual, found = city.day[window.rows], city.found[window.rows]
        planned = _dealt(actual, order)
        gains.append((actual - planned)[found])
        number.append(np.full(int(found.sum()), place))
        days, counts = np.unique(actual, return_counts=True)
        early = days[np.cumsum(counts) < len(actual) / 2]
        halves.append(planned[found] <= early.max(initial=-1))
        inspector = city.inspector[window.rows]
        for one in np.unique(inspector):
            own = order[inspector[order] == one]
            mean = actual[own].mean()
            dealt = np.sort(actual[own])
            within.append((mean - dealt)[found[own]])
    all_gains = np.concatenate(gains)
    return Worth(
        days=float(all_gains.mean()),
        first_half=float(np.concatenate(halves).mean()),
        within=float(np.concatenate(within).mean()),
        gains=all_gains,
        windows=np.concatenate(number),
    )


def by_score(scores: Sequence[Floats]) -> list[Integers]:
    """The order by score, highest first."""
    return [np.argsort(-values, kind="stable") for values in scores]


def policy_scores(
    city: City, plans: Sequence[Window], policy: Policy, measure: Measure
) -> list[Floats]:
    """The product's scores under one policy."""
    found = []
    for window in plans:
        known = measure(city, window.start, window.rows, policy)
        found.append(score(known.inputs, policy).score[known.place])
    return found


def learnt_scores(
    city: City,
    plans: Sequence[Window],
    policy: Policy,
    measure: Measure,
    *,
    with_teams: bool = True,
) -> tuple[list[Floats], list[Policy]]:
    """The product's scores under weights learnt from all inspections before each window, and these policies.

    The past is cut into stretches of 60 days back from the window's start, and every inspection has the parts
    that its unit had when its stretch began: as far ahead as a plan has to look.
    """
    cache: dict[int, tuple[Integers, Floats]] = {}
    scores, policies = [], []
    for window in plans:
        starts = range(window.start - LENGTH, int(city.day.min()) + LENGTH, -LENGTH)
        for start in starts:
            if start not in cache:
                cache[start] = _stretch(city, start, policy, measure)
        past = [cache[start] for start in starts]
        rows = np.concatenate([rows for rows, _ in past])
        visits = Visits(
            day=city.day[rows],
            unit=city.unit[rows],
            team=city.inspector[rows] if with_teams else np.zeros(len(rows), dtype=np.int64),
            found=city.found[rows],
            weight=np.ones(len(rows)),  # a census of what was due, so far as anybody knows
            parts=np.concatenate([parts for _, parts in past]),
        )
        learnt = weights_of(fit(visits, policy, choose_penalty(visits, policy)), policy)
        known = measure(city, window.start, window.rows, learnt)
        scores.append(score(known.inputs, learnt).score[known.place])
        policies.append(learnt)
    return scores, policies


def drawn_orders(
    scores: Sequence[Floats],
    plans: Sequence[Window],
    days: Sequence[Integers],
    *,
    step: int,
    floor: float,
    cap: float,
    seed: int,
) -> list[Integers]:
    """The order in which successive draws visit the rows of each window.

    Every `step` days as many rows as are visited in them are drawn from those left, by the product's inclusion
    probabilities and its conditional Poisson design, and visited in random order. Where more than the cap
    allows are to be drawn, which only the last draws meet, all are equally likely.
    """
    rng = np.random.default_rng(seed)
    orders = []
    for window, values, actual in zip(plans, scores, days, strict=True):
        sizes = np.bincount((actual - window.start) // step)
        left, order = np.arange(len(values)), []
        for size in sizes[sizes > 0]:
            taken = rng.permutation(left)[:size]
            if size < cap * len(left):
                chances = inclusion_probabilities(values[left], int(size), floor=floor, cap=cap)
                taken = left[_conditional_poisson(chances, int(size), rng)]
            order.append(rng.permutation(taken))
            left = np.setdiff1d(left, taken, assume_unique=True)
        orders.append(np.concatenate(order))
    return orders


def overlap(scores: Sequence[Floats], orders: Sequence[Integers]) -> float:
    """The share of the tenth with the highest scores that is visited within the first tenth of visits."""
    hits, size = 0, 0
    for values, order in zip(scores, orders, strict=True):
        tenth = math.ceil(len(values) / 10)
        hits += len(np.intersect1d(np.argsort(-values, kind="stable")[:tenth], order[:tenth]))
        size += tenth
    return hits / size


def _dealt(actual: Integers, order: Integers) -> Integers:
    """The day of each row when the rows, in this order, get the actual days in ascending order."""
    planned = np.empty_like(actual)
    planned[order] = np.sort(actual)
    return planned


def _stretch(city: City, start: int, policy: Policy, measure: Measure) -> tuple[Integers, Floats]:
    rows = np.flatnonzero((city.day >= start) & (city.day < start + LENGTH))
    known = measure(city, start, rows, policy)
    return rows, score(known.inputs, policy).parts[known.place]


def _conditional_poisson(chances: Floats, size: int, rng: np.random.Generator) -> Booleans:
    """One sample of the product's design; the product itself draws it from hashes of a committed secret."""
    odds = fit_odds(chances, size)
    p = 1 / (1 + 1 / odds)  # 1 for a certain unit, whose odds are infinite
    while True:
        taken = rng.random((32, len(p))) < p
        right = np.flatnonzero(taken.sum(axis=1) == size)
        if len(right):
            return np.asarray(taken[right[0]])
