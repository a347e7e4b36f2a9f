"""2,000 months of one frame with real draws and real dates, seen by those who want to foresee them.

Every month has a new first secret. The second one never changes, as if a friend of the units held
it and gave it away.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from worlds import findings

from planner import poisson
from planner.dates import Session
from planner.estimates import Outcome, horvitz_thompson, rate
from planner.freeze import Candidate, FrozenStratum, freeze
from planner.poisson import FloatArray
from planner.record import draw_frame

pytestmark = pytest.mark.slow

MONTHS, UNITS, SIZE, DAYS = 2000, 120, 24, 20
CHI_SQUARE_20 = 45.3  # exceeded once in 1,000
WEEK = frozenset({"weekday"})


class History(NamedTuple):
    """`day` (months, N) is the working day of each visit from 0, DAYS where there is none."""

    design: FrozenStratum
    day: npt.NDArray[np.intp]

    @property
    def hazard(self) -> FloatArray:
        """The chance of a visit on any day, given none before: the same on all of them."""
        return 1 - (1 - self.design.probabilities) ** (1 / DAYS)

    def surprise(self, of: npt.NDArray[np.bool_] | slice = slice(None)) -> FloatArray:
        """Visits less those that the hazard promises to units not yet visited: (months, DAYS)."""
        day, hazard = self.day[:, of], self.hazard[of]
        return np.stack([(day == d).sum(axis=1) - (day >= d) @ hazard for d in range(DAYS)], axis=1)


@pytest.fixture(scope="module")
def history() -> History:
    scores = np.random.default_rng(5).lognormal(0, 0.8, UNITS)
    sessions = [
        Session(f"2026-12-{day:02d}", part, "weekday", 2)
        for day in range(1, DAYS + 1)
        for part in ("morning", "afternoon")
    ]
    frozen = freeze(
        [Candidate(f"{i:03d}", float(score), kinds=WEEK) for i, score in enumerate(scores)],
        plan_id="KH-1",
        code_version="0.1.0",
        size=SIZE,
        sessions=sessions,
    )
    day = np.full((MONTHS, UNITS), DAYS)
    friend = hashlib.sha256(b"friend").digest()
    for month in range(MONTHS):
        secret = hashlib.sha256(f"month {month}".encode()).digest()
        found = draw_frame(frozen.frame, [secret, friend], None).sessions
        for code, session in (found or {}).items():
            day[month, int(code)] = int(session.date[-2:]) - 1
    return History(frozen.strata[0], day)


def z(values: FloatArray) -> FloatArray:
    """Means over months in standard errors."""
    return np.asarray(values.mean(axis=0) / values.std(axis=0) * len(values) ** 0.5)


def test_whoever_was_spared_so_far_has_the_same_chance_on_every_day(history: History) -> None:
    surprise = history.surprise()
    assert float(np.abs(z(surprise)).max()) < 4
    mean, covariance = surprise.mean(axis=0), np.cov(surprise.T) / MONTHS
    assert mean @ np.linalg.solve(covariance, mean) < CHI_SQUARE_20
    trend = z(surprise @ (np.arange(DAYS) - (DAYS - 1) / 2))
    assert abs(float(trend)) < 3


@pytest.mark.parametrize("quarter", range(4))
def test_the_chance_is_the_same_on_every_day_for_high_and_low_scores(
    history: History, quarter: int
) -> None:
    ranks = history.design.probabilities.argsort().argsort()
    assert float(np.abs(z(history.surprise(ranks // (UNITS // 4) == quarter))).max()) < 4


def test_the_units_seen_so_far_tell_nothing_but_how_many_are_left(history: History) -> None:
    """Given who was visited and when, what follows depends on their number alone.

    k of n visits made leave a conditional Poisson draw of n − k among the others, with odds times
    the chance that a drawn unit's day is yet to come.
    """
    stay = 1 - history.hazard
    for d in range(1, DAYS - 1):  # on the last day it is known to the unit
        still = (stay**d - stay**DAYS) / (1 - stay**DAYS)
        today = stay**d * history.hazard / (stay**d - stay**DAYS)
        seen = history.day < d
        left = SIZE - seen.sum(axis=1)
        surprise = np.zeros(MONTHS)
        for month in np.flatnonzero(left):
            rest = ~seen[month]
            odds = history.design.odds[rest] * still[rest]
            chances = poisson.inclusion_probabilities(odds, int(left[month])) * today[rest]
            surprise[month] = (history.day[month, rest] == d).sum() - chances.sum()
        few, many = left < np.median(left), left > np.median(left)
        for months in (few, many, left > 0):
            assert abs(float(z(surprise[months]))) < 4


def test_the_number_of_visits_seen_tells_what_any_fixed_number_tells(history: History) -> None:
    """A limit, not a goal: who knows n and sees every visit knows how many are left.

    Halfway through the month the chance of the others then lies between 0.73 and 1.27 times what it
    was, in nine months of ten; on the last morning all visits are over in a third of the months.
    """
    seen = (history.day < DAYS // 2).sum(axis=1)
    left = (SIZE - seen) / (SIZE - seen.mean())
    assert np.quantile(left, [0.05, 0.95]) == pytest.approx([0.73, 1.27], abs=0.1)
    assert np.mean((history.day < DAYS - 1).sum(axis=1) == SIZE) == pytest.approx(0.35, abs=0.05)


def test_every_unit_is_drawn_as_often_as_its_score_says(history: History) -> None:
    """The friend of one of them has gained nothing for his unit, nor against another."""
    chances = history.design.probabilities
    drawn = np.mean(history.day < DAYS, axis=0)
    errors = (drawn - chances) / np.sqrt(chances * (1 - chances) / MONTHS)
    assert float(np.abs(errors).max()) < 4


def test_all_units_together_are_drawn_as_often_as_they_should(history: History) -> None:
    # The counts of the units are related: their sum is fixed. Hence Hotelling's distance.
    drawn = history.day < DAYS
    joint = poisson.joint_probabilities(history.design.odds, SIZE)
    single = history.design.probabilities
    covariance = (joint - np.outer(single, single)) / MONTHS
    error = drawn.mean(axis=0) - single
    distance = float(error[1:] @ np.linalg.solve(covariance[1:, 1:], error[1:]))
    assert distance < 173.6  # χ² with 119 degrees of freedom exceeds it once in 1,000


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("slope", [1, 0, -1])
def test_what_real_draws_say_of_all_units_is_true(
    history: History, share: float, slope: int
) -> None:
    """The claims of `test_coverage` once more, where nothing but hashes decides who is visited."""
    design = history.design
    rng = np.random.default_rng([round(100 * share), slope + 1])
    held, errors, excess = [], [], []
    truths = findings(rng, design.probabilities, share, slope, MONTHS)
    for drawn, truth in zip(history.day < DAYS, truths, strict=True):
        units = np.flatnonzero(drawn)
        outcome = Outcome(design.odds, units, np.ones(SIZE, dtype=bool), truth[units])
        found = rate([outcome]).of_made
        assert found is not None
        held.append(found.low <= truth.mean() <= found.high)
        total, variance = horvitz_thompson(outcome, truth[units].astype(float))
        errors.append(total - truth.sum())
        excess.append(variance - errors[-1] ** 2)
    assert np.mean(held) >= 0.93
    if share == 0.3:
        assert np.mean(held) <= 0.98
    assert abs(float(z(np.array(errors)))) < 4
    assert abs(float(z(np.array(excess)))) < 4
