import math

import numpy as np
import pytest

from planner import spread as module
from planner.errors import InvalidInput
from planner.spread import spread


def year(findings: list[int], visits: int = 24) -> tuple[list[str], np.ndarray]:
    """So many findings of each inspector in the same number of visits."""
    leaders = [f"Inspector {number}" for number in range(len(findings)) for _ in range(visits)]
    return leaders, np.array([step < count for count in findings for step in range(visits)])


def test_inspectors_who_find_alike_may_be_equal() -> None:
    found = spread(*year([8, 7, 8, 9, 8, 7, 8, 8]))
    assert (found.inspectors, found.visits, found.found) == (8, 192, 63)
    assert found.tau is not None
    assert found.tau.value == found.tau.low == 0
    assert 0 < found.tau.high < 0.15


def test_inspectors_who_find_differently_are_told_apart() -> None:
    found = spread(*year([2, 20, 3, 18, 12, 1, 22, 9])).tau
    assert found is not None
    assert 0.15 < found.low < found.value < found.high
    assert found.value == pytest.approx(
        np.std(np.array([2, 20, 3, 18, 12, 1, 22, 9]) / 24), abs=0.05
    )


def test_the_interval_ends_where_the_likelihood_falls_too_low() -> None:
    counts = [2, 14, 5, 9, 12, 6]
    found = spread(*year(counts)).tau
    assert found is not None
    likelihood = module._profile(np.full(6, 24), np.array(counts))
    lost = 2 * (likelihood.max() - likelihood)
    limit = 2.5706**2  # Student's with five degrees of freedom
    inside, first, last = lost <= limit, round(found.low / 0.005), round(found.high / 0.005)
    assert 0 < first < last < 100
    assert np.flatnonzero(inside).tolist() == list(range(first, last + 1))


def test_names_and_order_tell_nothing() -> None:
    leaders, found = year([2, 20, 3, 18, 12])
    order = np.random.default_rng(1).permutation(found.size)
    renamed = [leaders[index][::-1] for index in order]
    assert spread(renamed, found[order]) == spread(leaders, found)


@pytest.mark.parametrize(
    "findings",
    [[12, 2, 20, 8], [2, 2, 2, 2, 1], [22, 22, 22, 23, 22]],
    ids=["few", "rare", "common"],
)
def test_too_little_gives_counts_alone(findings: list[int]) -> None:
    found = spread(*year(findings))
    assert found.tau is None
    assert found.found == sum(findings)


def test_no_visits_give_counts_of_zero() -> None:
    assert spread([], np.zeros(0, dtype=bool)) == module.Spread(0, 0, 0, None)


def test_a_visit_without_a_leader_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leader"):
        spread(["a"], np.array([True, False]))


def test_the_likelihood_is_the_beta_binomials() -> None:
    visits, found = np.array([20, 31, 8, 24, 12]), np.array([3, 19, 0, 11, 4])
    likelihood = module._profile(visits, found)
    odds = found.sum() / (visits - found).sum() * np.exp(np.linspace(-1.5, 1.5, 61))

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    for index in (20, 40, 60):
        tau, best = 0.005 * index, -math.inf
        for p in odds / (1 + odds):
            total = p * (1 - p) / tau**2 - 1
            if total > 0:
                a, b = p * total, (1 - p) * total
                best = max(
                    best,
                    sum(
                        log_beta(a + x, b + m - x) - log_beta(a, b)
                        for x, m in zip(found, visits, strict=True)
                    ),
                )
        assert likelihood[index] == pytest.approx(best, abs=1e-9)
    binomial = max(
        float((found * np.log(p) + (visits - found) * np.log(1 - p)).sum())
        for p in odds / (1 + odds)
    )
    assert likelihood[0] == pytest.approx(binomial, abs=1e-9)
