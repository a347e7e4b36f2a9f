import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference_draw import enumerated

from planner import poisson
from planner.draw import odds_of
from planner.errors import InvalidInput
from planner.estimates import (
    MINIMUM,
    WINDOW,
    Estimate,
    Interval,
    Outcome,
    horvitz_thompson,
    lift,
    rate,
    student,
    wilson,
)
from planner.poisson import FloatArray
from planner.quadrature import Units

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "estimates.md"


def outcome(
    odds: FloatArray | list[float],
    findings: list[bool] | np.ndarray,
    *,
    drawn: list[int] | None = None,
    made: np.ndarray | None = None,
) -> Outcome:
    """The first n units drawn and visited, unless said otherwise."""
    found = np.array(findings, dtype=bool)
    return Outcome(
        np.array(odds, dtype=float),
        np.arange(found.size) if drawn is None else np.array(drawn),
        np.ones(found.size, dtype=bool) if made is None else made,
        found,
    )


def equal(units: int, visits: int, findings: int, failed: int = 0) -> Outcome:
    """Units with equal chances: so many with a finding, and the last visits not made."""
    odds = np.full(units, visits / (units - visits))
    return outcome(odds, np.arange(visits) < findings, made=np.arange(visits) < visits - failed)


def centred(odds: FloatArray, visits: int) -> FloatArray:
    """The odds times a factor, so that the working probabilities sum to the visits."""
    return poisson._centred(Units(odds / (1 + odds)), odds, visits)


def uneven(seed: int, units: int = 120, visits: int = 24, share: float = 0.4) -> Outcome:
    """Units with uneven chances, drawn likelier as their odds are higher."""
    rng = np.random.default_rng(seed)
    odds = centred(rng.lognormal(0, 0.8, units), visits)
    drawn = np.argsort(rng.gumbel(size=units) + np.log(odds))[-visits:]
    return outcome(odds, rng.random(visits) < share, drawn=drawn.tolist())


def year(seed: int = 0, **facts: float) -> list[list[Outcome]]:
    return [[uneven(seed + month, **facts)] for month in range(WINDOW)]  # type: ignore[arg-type]


@st.composite
def designs(draw: st.DrawFn) -> tuple[FloatArray, int, FloatArray]:
    """Odds of up to seven units, one of them perhaps certain; n; a quantity known of each."""
    free = draw(st.integers(3, 6))
    left_to_chance = draw(st.integers(1, free - 1))
    wild = draw(st.lists(st.floats(0.01, 100), min_size=free, max_size=free))
    odds = centred(np.array(wild), left_to_chance)
    certain = draw(st.integers(0, 1))
    values = draw(st.lists(st.floats(-10, 10), min_size=free + 1, max_size=free + 1))
    all_odds = np.concatenate([odds, np.full(certain, np.inf)])
    return all_odds, left_to_chance + certain, np.array(values[: all_odds.size])


def all_outcomes(odds: FloatArray, size: int) -> list[tuple[float, Outcome]]:
    """Every sample that can be drawn, with its probability."""
    free = odds[np.isfinite(odds)].tolist()
    certain = list(range(len(free), odds.size))
    return [
        (probability, outcome(odds, [False] * size, drawn=[*sample, *certain]))
        for sample, probability in enumerated(free, size - len(certain)).items()
    ]


@settings(derandomize=True, deadline=None)
@given(designs())
def test_over_all_samples_the_estimate_and_its_variance_are_exactly_right(
    design: tuple[FloatArray, int, FloatArray],
) -> None:
    odds, size, values = design
    total, mean, mean_variance, variance = float(values.sum()), 0.0, 0.0, 0.0
    for probability, one in all_outcomes(odds, size):
        found, spread = horvitz_thompson(one, values[one.drawn])
        mean += probability * found
        mean_variance += probability * spread
        variance += probability * (found - total) ** 2
    assert mean == pytest.approx(total, rel=1e-9, abs=1e-9)
    if size - np.isinf(odds).sum() == 1:
        # No pair to learn from: the variance is bounded and not estimated.
        assert mean_variance >= variance * (1 - 1e-9) - 1e-9
    else:
        assert mean_variance == pytest.approx(variance, rel=1e-7, abs=1e-7)


def test_without_chance_there_is_no_variance() -> None:
    one = outcome(np.full(3, np.inf), [True, False, True])
    assert horvitz_thompson(one, np.array([1.0, 2.0, 3.0])) == (6, 0)


@pytest.mark.parametrize("seed", range(20))
def test_what_every_sample_shows_alike_has_no_variance(seed: int) -> None:
    one = uneven(seed)
    total, variance = horvitz_thompson(one, 1 / one.weights)
    assert total == pytest.approx(24)
    assert variance == pytest.approx(0, abs=1e-12)
    assert variance >= 0  # which rounding alone would not grant


def test_equal_chances_give_the_textbooks_variance() -> None:
    one = equal(120, 24, 7)
    total, variance = horvitz_thompson(one, one.found.astype(float))
    assert total == pytest.approx(35, rel=1e-9)
    spread = 7 / 24 * 17 / 24 * 24 / 23  # s²
    assert variance == pytest.approx(120**2 * (1 - 0.2) * spread / 24, rel=1e-8)


def test_the_rate_weighs_each_visit_by_the_units_it_speaks_for() -> None:
    one = uneven(1)
    found = rate([one])
    assert (found.drawn, found.made, found.found) == (24, 24, int(one.found.sum()))
    assert found.of_made is not None
    weights = 1 / poisson.inclusion_probabilities(one.odds, 24)[one.drawn]
    assert found.of_made.value == pytest.approx(weights @ one.found / weights.sum())
    assert found.effective_size == pytest.approx(weights.sum() ** 2 / (weights @ weights))
    assert found.of_made == found.least == found.most


def test_the_interval_is_wilsons_on_the_least_effective_size() -> None:
    # Findings where the weights are great: their variance is the least of the three.
    one = uneven(2)
    heavy = one.weights > np.quantile(one.weights, 0.8)
    one = outcome(one.odds, heavy, drawn=one.drawn.tolist())
    found = rate([one]).of_made
    assert found is not None
    residuals = (heavy - found.value) / one.weights.sum()
    variance = horvitz_thompson(one, residuals)[1]
    size = found.value * (1 - found.value) / variance
    assert size < rate([one]).effective_size / 0.8
    assert (found.low, found.high) == pytest.approx(
        wilson(found.value, size * (1.95996 / 2.06866) ** 2), rel=1e-4
    )


def test_a_sample_with_a_small_variance_claims_no_more_than_kishs_size() -> None:
    # Findings where the weights are small, as a good score has them.
    one = uneven(2)
    light = one.weights < np.quantile(one.weights, 0.3)
    found = rate([outcome(one.odds, light, drawn=one.drawn.tolist())])
    assert found.of_made is not None
    assert (found.of_made.low, found.of_made.high) == pytest.approx(
        wilson(found.of_made.value, found.effective_size / 0.8 * (1.95996 / 2.06866) ** 2), rel=1e-4
    )


@pytest.mark.parametrize("findings", [0, 24])
def test_nothing_but_one_result_still_leaves_room_for_the_other(findings: int) -> None:
    found = rate([equal(120, 24, findings)]).of_made
    assert found is not None
    assert found.value == findings / 24
    assert found.high - found.low == pytest.approx(0.125, abs=0.001)
    assert found.value in {found.low, found.high}


def test_a_visit_to_every_unit_leaves_no_doubt() -> None:
    found = rate([outcome(np.full(12, np.inf), np.arange(12) < 3)]).of_made
    assert found == Interval(0.25, 0.25, 0.25)


def test_a_stratum_where_the_results_cannot_differ_does_not_divide_by_zero() -> None:
    certain, chance = outcome(np.full(6, np.inf), [True] * 6), equal(60, 20, 0)
    found = rate([certain, chance]).of_made
    assert found is not None
    assert found.value == pytest.approx(6 / 66)
    assert found.low < found.value < found.high


def test_strata_weigh_as_many_units_as_they_have() -> None:
    found = rate([equal(300, 12, 12), equal(100, 12, 0)])
    assert found.of_made is not None
    assert found.of_made.value == pytest.approx(0.75)
    assert found.effective_size == pytest.approx(400**2 / (12 * (25**2 + (100 / 12) ** 2)))


def test_several_months_are_known_better_than_one() -> None:
    month = rate([uneven(3)]).of_made
    half_year = rate([uneven(3) for _ in range(6)]).of_made
    assert month is not None
    assert half_year is not None
    assert half_year.value == pytest.approx(month.value)
    assert half_year.high - half_year.low < 0.45 * (month.high - month.low)


@pytest.mark.parametrize(
    "outcomes",
    [
        [],
        [equal(120, 24, 0, failed=24)],
        [equal(120, 9, 3)],
        [equal(120, 24, 3, failed=15)],
        [equal(30, 2, 1) for _ in range(8)],
    ],
    ids=["nothing", "none made", "nine", "nine made", "eight pairs"],
)
def test_below_the_least_effective_size_there_are_counts_and_no_rate(
    outcomes: list[Outcome],
) -> None:
    found = rate(outcomes)
    assert found.effective_size < MINIMUM + 1e-9
    assert (found.of_made, found.least, found.most) == (None, None, None)
    assert found.drawn == sum(one.drawn.size for one in outcomes)


def with_failures(one: Outcome, failed: np.ndarray) -> Outcome:
    return Outcome(one.odds, one.drawn, ~failed, one.found & ~failed)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.integers(0, 1000), st.lists(st.booleans(), min_size=24, max_size=24))
def test_the_bounds_hold_whatever_the_visits_not_made_would_have_found(
    seed: int, fails: list[bool]
) -> None:
    one, failed = uneven(seed), np.array(fails)
    found, whole = rate([with_failures(one, failed)]), rate([one]).of_made
    assume(whole and found.least and found.most)
    assert whole is not None
    assert found.least is not None
    assert found.most is not None
    assert found.least.value <= whole.value <= found.most.value
    unknown = one.weights @ failed / one.weights.sum()
    assert found.most.value - found.least.value == pytest.approx(unknown, abs=1e-12)


def test_the_rate_of_the_visits_made_leaves_the_others_out() -> None:
    found = rate([equal(120, 24, 6, failed=4)])
    assert (found.drawn, found.made, found.found) == (24, 20, 6)
    assert [one and one.value for one in (found.least, found.of_made, found.most)] == (
        pytest.approx([6 / 24, 6 / 20, 10 / 24])
    )


def test_the_lift_is_the_share_of_the_visits_less_the_weighted_share() -> None:
    months = year()
    found = lift(months)
    outcomes = [one for month in months for one in month]
    weights = np.concatenate([one.weights for one in outcomes])
    positive = np.concatenate([one.found for one in outcomes])
    assert (found.drawn, found.made, found.found) == (288, 288, positive.sum())
    assert found.of_made is not None
    assert found.of_made.value == pytest.approx(
        positive.mean() - weights @ positive / weights.sum()
    )
    assert found.of_made == found.least == found.most
    assert found.effective_size == min(positive.sum(), 288 - positive.sum())


def test_the_lift_has_the_variance_of_its_residuals() -> None:
    rng = np.random.default_rng(8)
    months = [
        [with_failures(one, rng.random(24) < 0.2) for one in month] for month in year(share=0.25)
    ]
    found = lift(months)
    assert found.of_made is not None
    outcomes = [one for month in months for one in month]
    made = np.concatenate([one.made for one in outcomes])
    positive = np.concatenate([one.found for one in outcomes])
    weights = np.concatenate([one.weights for one in outcomes]) * made
    share, equal_share = positive.sum() / made.sum(), weights @ positive / weights.sum()
    variance = 0.0
    for one in outcomes:
        residuals = (one.found - share) / one.weights / made.sum()
        residuals -= (one.found - equal_share) / weights.sum()
        variance += horvitz_thompson(one, residuals * one.made)[1]
    width = student(int(positive.sum()) - 1) * math.sqrt(variance)
    assert found.of_made.value == pytest.approx(share - equal_share)
    assert found.of_made.high - found.of_made.value == pytest.approx(width)
    assert found.of_made.value - found.of_made.low == pytest.approx(width)


def test_equal_chances_have_no_lift() -> None:
    found = lift([[equal(120, 24, 7)]] * WINDOW).of_made
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-8)


def test_findings_where_the_chances_are_high_show_a_lift() -> None:
    def month(seed: int, *, high: bool) -> list[Outcome]:
        one = uneven(seed)
        found = (one.weights < np.median(one.weights)) == high
        return [Outcome(one.odds, one.drawn, one.made, found)]

    good = lift([month(seed, high=True) for seed in range(WINDOW)]).of_made
    bad = lift([month(seed, high=False) for seed in range(WINDOW)]).of_made
    assert good is not None
    assert bad is not None
    assert good.low > 0 > bad.high


def test_months_count_by_their_visits_whatever_share_of_the_units_they_draw() -> None:
    # The rate is 1 in the first months and 0 in the others; neither draw knew more than chance.
    months = [[equal(120, 24, 24)]] * 6 + [[equal(1000, 24, 0)]] * 6
    found = lift(months).of_made
    assert found is not None
    assert found.value == pytest.approx(0, abs=1e-9)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.floats(0.05, 0.5))
def test_the_bounds_of_a_lift_hold_whatever_was_not_found(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    months = year(seed)
    seen = [[with_failures(one, rng.random(24) < share) for one in month] for month in months]
    found, whole = lift(seen), lift(months).of_made
    assert found.least is not None
    assert found.most is not None
    assert whole is not None
    assert found.least.value <= whole.value <= found.most.value


def test_months_without_a_draw_are_part_of_the_year() -> None:
    months: list[list[Outcome]] = [[], *year()[1:]]
    assert lift(months).drawn == 264


@pytest.mark.parametrize("count", [0, 1, 11, 13])
def test_a_lift_of_anything_but_a_year_is_refused(count: int) -> None:
    with pytest.raises(InvalidInput, match="12 months"):
        lift([[equal(120, 24, 7)]] * count)


@pytest.mark.parametrize("findings", [0, 9, 288 - 9, 288])
def test_few_findings_a_year_show_counts_and_no_lift(findings: int) -> None:
    each = [min(24, max(0, findings - 24 * month)) for month in range(WINDOW)]
    found = lift([[equal(120, 24, count)] for count in each])
    assert found == Estimate(288, 288, findings, min(findings, 288 - findings), None, None, None)


def test_a_year_without_draws_has_no_lift() -> None:
    assert lift([[]] * WINDOW) == Estimate(0, 0, 0, 0, None, None, None)


@pytest.mark.parametrize(
    ("drawn", "made", "found", "problem"),
    [
        ([0, 1, 2], [True] * 3, [True] * 2, "as many"),
        ([0, 1], [True] * 3, [True] * 3, "as many"),
        ([0, 1, 1], [True] * 3, [True] * 3, "once"),
        ([0, 1, 6], [True] * 3, [True] * 3, "none of the stratum"),
        ([0, 1, -1], [True] * 3, [True] * 3, "none of the stratum"),
        ([0, 1, 2], [True, True, False], [True] * 3, "not made"),
    ],
)
def test_outcomes_that_cannot_be_are_refused(
    drawn: list[int], made: list[bool], found: list[bool], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        Outcome(np.ones(6), np.array(drawn), np.array(made), np.array(found))


def test_a_sample_that_the_odds_cannot_yield_is_refused() -> None:
    with pytest.raises(InvalidInput, match="No sample"):
        rate([outcome([1.0, np.inf, np.inf], [True])])


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(9, 2.262157), (11, 2.200985), (23, 2.068658), (99, 1.984217), (10**6, 1.959966)],
)
def test_students_quantile_agrees_with_the_tables(degrees: int, expected: float) -> None:
    assert student(degrees) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize(
    ("share", "size", "low", "high"),
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I.
    [(81 / 263, 263, 0.2553, 0.3662), (15 / 148, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)],
)
def test_wilsons_interval_agrees_with_the_literature(
    share: float, size: float, low: float, high: float
) -> None:
    assert wilson(share, size) == pytest.approx((low, high), abs=5e-5)


def test_the_pairs_of_the_drawn_units_suffice() -> None:
    one = uneven(4, units=60, visits=12)
    joint = poisson.joint_probabilities(one.odds, 12)
    terms = one.found * 1.0
    variance = sum(
        (joint[i, i] * joint[j, j] / joint[i, j] - 1)
        * (terms[a] / joint[i, i] - terms[b] / joint[j, j]) ** 2
        for (a, i), (b, j) in itertools.combinations(enumerate(one.drawn.tolist()), 2)
    )
    assert horvitz_thompson(one, terms)[1] == pytest.approx(variance, rel=1e-9)


def test_the_pages_examples_come_out_as_printed() -> None:
    two = outcome(
        odds_of(
            [
                "3b0ba25ab0166c00",
                "56d99710d43cd800",
                "7766482709bca800",
                "7b5a3f36b8f80400",
                "7b5a3f36b8f80400",
            ]
        ),
        [True, False],
        drawn=[1, 4],
    )
    total, variance = horvitz_thompson(two, np.array([1.0, 0.0]))
    month = equal(120, 24, 7)
    found = rate([month]).of_made
    assert found is not None
    spread = horvitz_thompson(month, (month.found - found.value) / 120)[1]
    size = found.value * (1 - found.value) / spread * (1.959964 / student(23)) ** 2
    expected = {
        "e₂": (two.odds.sum() ** 2 - (two.odds**2).sum()) / 2,
        "π_BE": poisson.joint_probabilities(two.odds, 2)[1, 4],
        "total": total,
        "variance": variance,
        "standard error": math.sqrt(variance),
        "rate": found.value,
        "V": spread,
        "first term": found.value * (1 - found.value) / spread,
        "second and third": rate([month]).effective_size / 0.8,
        "t": student(23),
        "n*": size,
        "c": 1.959964**2 / size,
        "low": found.low,
        "high": found.high,
    }
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([0-9.]+) \|$", PAGE.read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == expected.keys()
    for name, printed in rows:
        decimals = len(printed.partition(".")[2])
        assert expected[name] == pytest.approx(float(printed), abs=0.6 * 10**-decimals), name
