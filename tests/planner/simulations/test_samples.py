"""100,000 samples drawn as a real plan draws them: frame, secrets, seed, hashes, thresholds."""

import hashlib
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from worlds import samples

from planner import poisson
from planner.freeze import Candidate, Frozen, FrozenStratum, freeze
from planner.poisson import FloatArray
from planner.record import draw_frame
from tests.planner.reference_draw import enumerated

pytestmark = pytest.mark.slow

UNITS, SIZE, DRAWS = 10, 4, 100_000
CHI_SQUARE_209 = 276.3  # exceeded once in 1,000


@pytest.fixture(scope="module")
def frozen() -> Frozen:
    units = [Candidate(f"H26.{index:02d}", 10 + 4.0 * index) for index in range(UNITS)]
    return freeze(units, plan_id="KH-1", code_version="0.1.0", size=SIZE, cap="0.7")


@pytest.fixture(scope="module")
def design(frozen: Frozen) -> FrozenStratum:
    return frozen.strata[0]


@pytest.fixture(scope="module")
def hashed(frozen: Frozen) -> tuple[Counter[tuple[int, ...]], FloatArray]:
    """How often each sample was drawn, and the attempts of each draw."""
    index = {code: number for number, code in enumerate(frozen.strata[0].codes)}
    counts: Counter[tuple[int, ...]] = Counter()
    attempts = np.empty(DRAWS)
    for number in range(DRAWS):
        secret = hashlib.sha256(f"draw {number}".encode()).digest()
        drawn = draw_frame(frozen.frame, [secret], None)
        counts[tuple(index[code] for code in drawn.sample)] += 1
        attempts[number] = drawn.attempts["all"]
    return counts, attempts


def distance(counts: Counter[tuple[int, ...]], design: FrozenStratum) -> float:
    """Pearson's χ² over all samples that can be drawn."""
    expected = enumerated(design.odds.tolist(), SIZE)
    assert len(expected) == 210
    assert min(expected.values()) * DRAWS > 5
    return sum((counts[s] - DRAWS * p) ** 2 / (DRAWS * p) for s, p in expected.items())


def test_every_sample_is_drawn_as_often_as_the_design_says(
    hashed: tuple[Counter[tuple[int, ...]], FloatArray], design: FrozenStratum
) -> None:
    counts, _ = hashed
    assert sum(counts.values()) == DRAWS
    assert distance(counts, design) < CHI_SQUARE_209


def test_every_pair_meets_as_often_as_its_joint_probability(
    hashed: tuple[Counter[tuple[int, ...]], FloatArray], design: FrozenStratum
) -> None:
    counts, _ = hashed
    listed, drawn = np.zeros((UNITS, UNITS)), np.zeros((UNITS, UNITS))
    for sample, probability in enumerated(design.odds.tolist(), SIZE).items():
        listed[np.ix_(sample, sample)] += probability
        drawn[np.ix_(sample, sample)] += counts[sample] / DRAWS
    joint = poisson.joint_probabilities(design.odds, SIZE)
    np.testing.assert_allclose(joint, listed, rtol=1e-12)
    errors = (drawn - joint) / np.sqrt(joint * (1 - joint) / DRAWS)
    assert float(np.abs(errors).max()) < 4


def test_a_draw_takes_as_many_attempts_as_its_chance_says(
    hashed: tuple[Counter[tuple[int, ...]], FloatArray], design: FrozenStratum
) -> None:
    _, attempts = hashed
    chance = poisson.size_probability(design.odds, SIZE)
    assert float(attempts.mean()) == pytest.approx(1 / chance, rel=0.03)
    # And not only on average: the share that needs more than t falls as (1 − chance)^t.
    for most in (1, 2, 5, 10):
        share = float(np.mean(attempts > most))
        assert share == pytest.approx((1 - chance) ** most, abs=4 * (0.25 / DRAWS) ** 0.5)


def test_the_fast_sampler_draws_from_the_same_design(
    hashed: tuple[Counter[tuple[int, ...]], FloatArray], design: FrozenStratum
) -> None:
    drawn = samples(np.random.default_rng(7), design.odds, SIZE, DRAWS)
    counts = Counter(map(tuple, drawn.tolist()))
    assert distance(counts, design) < CHI_SQUARE_209
    slow, _ = hashed
    both = sum(
        (counts[sample] - slow[sample]) ** 2 / (counts[sample] + slow[sample])
        for sample in combinations(range(UNITS), SIZE)
    )
    assert both < CHI_SQUARE_209
