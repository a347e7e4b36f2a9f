import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import learning
from planner.errors import InvalidInput, TooFewVisits
from planner.learning import PENALTIES, Visits, backtest, choose_penalty, fit, propose, weights_of
from planner.policy import DEFAULT, Part, Policy

PLACE = {part: place for place, part in enumerate(Part)}
WEIGHTS = np.array([rule.weight for rule in DEFAULT.rules])
properties = settings(max_examples=40, deadline=None, derandomize=True)


def visits_of(
    count: int,
    seed: int = 1,
    *,
    effects: dict[Part, float] | None = None,
    intercept: float = -1.5,
    team_spread: float = 0.0,
) -> Visits:
    """Visits on 200 days whose log-odds are the intercept, the effects of parts, and a team's own."""
    rng = np.random.default_rng(seed)
    parts = rng.beta(0.7, 1.5, (count, len(Part)))
    odds = np.full(count, float(intercept))
    for part, effect in (effects or {}).items():
        odds += effect * parts[:, PLACE[part]]
    team = rng.integers(8, size=count)
    odds += rng.normal(scale=team_spread, size=8)[team]
    return Visits(
        day=np.sort(rng.integers(200, size=count)),
        unit=rng.integers(max(2, count // 3), size=count),
        team=team,
        found=rng.random(count) < 1 / (1 + np.exp(-odds)),
        weight=rng.uniform(0.5, 2, count),
        parts=parts,
    )


def wanted_effects(visits: Visits, policy: Policy) -> np.ndarray:
    weights = np.array([rule.weight for rule in policy.rules])
    means = np.average(visits.parts, axis=0, weights=visits.weight)
    return policy.sharpness * weights / (policy.base + means @ weights)


def slow_fit(visits: Visits, policy: Policy, penalty: float) -> tuple[float, np.ndarray]:
    """The page's minimum by coordinate descent in extended precision: one unknown at a time, each
    by bisection of its slope."""
    wide = np.longdouble
    teams = sorted(set(visits.team.tolist()))
    columns = [
        np.ones(len(visits.found)),
        *visits.parts.T,
        *(visits.team == team for team in teams),
    ]
    design = np.array(columns, dtype=wide).T
    centre = np.array([0, *wanted_effects(visits, policy), *[0] * len(teams)], dtype=wide)
    ridge = np.array([1e-3, *[penalty] * len(Part), *[4] * len(teams)], dtype=wide)
    at = centre.copy()
    odds = design @ at
    for _ in range(3000):
        before = at.copy()
        for k in range(len(at)):
            low, high = (wide(0) if 1 <= k <= len(Part) else wide(-60)), wide(60)
            for _ in range(70):
                middle = (low + high) / 2
                moved = odds + design[:, k] * (middle - at[k])
                p = 1 / (1 + np.exp(-moved))
                slope = (visits.weight * (p - visits.found)) @ design[:, k]
                slope += ridge[k] * (middle - centre[k])
                low, high = (low, middle) if slope > 0 else (middle, high)
            odds += design[:, k] * (low - at[k])
            at[k] = low
        if np.abs(at - before).max() < 1e-11:
            break
    return float(at[0]), at[1 : 1 + len(Part)].astype(float)


class TestFit:
    @pytest.mark.parametrize("penalty", [1.0, 30.0])
    def test_is_that_of_a_solver_that_shares_nothing_with_it(self, penalty):
        visits = visits_of(160, effects={Part.FINDINGS: 3, Part.TASK_RATE: -2}, team_spread=1)
        found = fit(visits, DEFAULT, penalty)
        intercept, effects = slow_fit(visits, DEFAULT, penalty)
        assert found.intercept == pytest.approx(intercept, abs=1e-7)
        assert found.effects == pytest.approx(effects, abs=1e-7)
        assert (effects == 0).any()  # the bound was reached, or it was not tested

    @properties
    @given(st.integers(0, 10_000), st.sampled_from(PENALTIES), st.integers(20, 400))
    def test_lies_where_nothing_allowed_lowers_the_loss(self, seed, penalty, count):
        visits = visits_of(count, seed, effects={Part.FINDINGS: 2, Part.COMPLAINTS: -3})
        found = fit(visits, DEFAULT, penalty)
        assert (found.effects >= 0).all()
        teams = visits.team == np.arange(8)[:, None]

        def slope(team_effects):
            odds = found.intercept + visits.parts @ found.effects + team_effects @ teams
            return visits.weight * (1 / (1 + np.exp(-odds)) - visits.found)

        team_effects = np.zeros(8)
        for _ in range(300):
            p = slope(team_effects)
            team_effects -= (teams @ p + 4 * team_effects) / (4 + teams @ visits.weight / 4)
        by_part = visits.parts.T @ slope(team_effects)
        by_part += penalty * (found.effects - wanted_effects(visits, DEFAULT))
        enough = 1e-6 * visits.weight.sum()
        assert (np.abs(by_part[found.effects > 0]) <= enough).all()
        assert (by_part[found.effects == 0] >= -enough).all()

    def test_is_the_policy_in_force_when_the_penalty_is_out_of_proportion(self):
        visits = visits_of(400, effects={Part.PAUSES: 4})
        wanted = pytest.approx(wanted_effects(visits, DEFAULT), rel=1e-3)
        assert fit(visits, DEFAULT, 1e6).effects == wanted

    def test_finds_the_effects_that_a_world_was_made_with(self):
        truth = {Part.FINDINGS: 2.0, Part.COMPLAINTS: 1.0}
        found = fit(visits_of(40_000, effects=truth, team_spread=0.7), DEFAULT, 1.0)
        for part in Part:
            assert found.effects[PLACE[part]] == pytest.approx(truth.get(part, 0), abs=0.2)

    def test_does_not_depend_on_the_order_of_the_visits_or_the_names_of_teams(self):
        visits = visits_of(300, effects={Part.FINDINGS: 2}, team_spread=1)
        turned = replace(visits.of(np.arange(299, -1, -1)), team=visits.team[::-1] * 17 - 5)
        one, other = fit(visits, DEFAULT, 3.0), fit(turned, DEFAULT, 3.0)
        assert one.effects == pytest.approx(other.effects, abs=1e-7)

    def test_lays_a_hard_team_at_no_units_door(self):
        # The hard team was sent to units with many complaints, which are no worse for it.
        visits = visits_of(6000, seed=3)
        rng = np.random.default_rng(4)
        hard = rng.random(6000) < 0.05 + 0.9 * visits.parts[:, PLACE[Part.COMPLAINTS]]
        found = rng.random(6000) < np.where(hard, 0.5, 0.1)
        told = replace(visits, found=found, team=hard.astype(np.int64))
        untold = replace(told, team=np.zeros(6000, dtype=np.int64))
        effect = {
            name: fit(one, DEFAULT, 1.0).effects[PLACE[Part.COMPLAINTS]]
            for name, one in (("told", told), ("untold", untold))
        }
        assert effect["told"] < 0.2
        assert effect["untold"] > 1.5

    def test_with_weights_is_the_census_where_the_model_is_wrong(self):
        # Findings jump at one half of a part; the draw went for high parts. Only the weights undo it.
        rng = np.random.default_rng(7)
        size = 60_000
        parts = np.zeros((size, len(Part)))
        parts[:, PLACE[Part.FINDINGS]] = rng.random(size)
        chance = np.clip(parts[:, PLACE[Part.FINDINGS]] ** 2, 0.1, None)
        census = Visits(
            day=rng.integers(100, size=size),
            unit=np.arange(size),
            team=np.zeros(size, dtype=np.int64),
            found=rng.random(size) < np.where(parts[:, PLACE[Part.FINDINGS]] > 0.5, 0.6, 0.1),
            weight=np.ones(size),
            parts=parts,
        )
        drawn = rng.random(size) < chance
        sample = replace(census.of(drawn), weight=(chance.mean() / chance)[drawn])
        unweighted = replace(sample, weight=np.ones(int(drawn.sum())))
        whole, right, wrong = (
            fit(one, DEFAULT, 1.0).effects[PLACE[Part.FINDINGS]]
            for one in (census, sample, unweighted)
        )
        assert right == pytest.approx(whole, abs=0.25)
        assert abs(wrong - whole) > 0.5

    def test_of_visits_that_found_nothing_ends_as_well(self):
        visits = visits_of(200)
        silent = replace(visits, found=np.zeros(200, dtype=np.bool_))
        assert fit(silent, DEFAULT, 1.0).intercept < -5


class TestWeightsOf:
    @properties
    @given(
        st.lists(st.integers(0, 99_99), min_size=len(Part), max_size=len(Part)),
        st.integers(100, 5000),
        st.sampled_from((1.0, 4.5, 20.0)),
    )
    def test_gives_back_the_policy_whose_effects_they_are(self, hundredths, base, sharpness):
        weights = [value / 100 for value in hundredths]
        if not any(weights):
            weights[0] = 1.0
        rules = tuple(
            replace(rule, weight=weight)
            for rule, weight in zip(DEFAULT.rules, weights, strict=True)
        )
        policy = replace(DEFAULT, base=base / 100, rules=rules, sharpness=sharpness)
        visits = visits_of(50)
        means = np.average(visits.parts, axis=0, weights=visits.weight)
        model = learning.Fit(0.0, wanted_effects(visits, policy), means)
        if policy.base >= 0.101 * (policy.base + means @ weights):
            assert weights_of(model, policy) == policy

    @properties
    @given(st.integers(0, 10_000), st.sampled_from(PENALTIES), st.sampled_from((1.0, 6.0)))
    def test_keep_every_constraint_of_a_policy(self, seed, penalty, sharpness):
        policy = replace(DEFAULT, sharpness=sharpness)
        visits = visits_of(200, seed, effects={Part.FINDINGS: 9}, intercept=-5)
        proposed = weights_of(fit(visits, policy, penalty), policy)
        assert Policy.from_document(proposed.to_document()) == proposed
        assert proposed.base + math.fsum(r.weight for r in proposed.rules) == pytest.approx(100)
        assert proposed.base > 0
        weights = np.array([rule.weight for rule in proposed.rules])
        points = proposed.base + visits.parts @ weights
        mean = np.average(points, weights=visits.weight)
        assert proposed.base >= learning.LEAST_BASE * mean - 0.1
        assert replace(proposed, base=policy.base, rules=policy.rules) == policy

    def test_need_an_effect(self):
        model = learning.Fit(0.0, np.zeros(len(Part)), np.full(len(Part), 0.5))
        with pytest.raises(InvalidInput, match="at least one part"):
            weights_of(model, DEFAULT)


class TestChoosePenalty:
    def test_stays_with_a_policy_that_is_right(self):
        effects = dict(zip(Part, wanted_effects(visits_of(500), DEFAULT), strict=True))
        worlds = [visits_of(500, seed, effects=effects) for seed in range(7)]
        assert np.median([choose_penalty(visits, DEFAULT) for visits in worlds]) >= 30

    def test_lets_go_of_a_policy_that_is_wrong(self):
        assert choose_penalty(visits_of(5000, effects={Part.PAUSES: 4}), DEFAULT) <= 10

    def test_never_looks_at_a_later_day(self, monkeypatch):
        seen = []
        fitted = learning.fit

        def watched(visits, policy, penalty):
            seen.append((visits.day.min(), visits.day.max()))
            return fitted(visits, policy, penalty)

        monkeypatch.setattr(learning, "fit", watched)
        visits = visits_of(600, effects={Part.FINDINGS: 2})
        tested = [(later.day.min(), later.day.max()) for _, later in learning._periods(visits)]
        choose_penalty(visits, DEFAULT)
        assert len(seen) == len(tested) * len(PENALTIES)
        for place, (start, _) in enumerate(tested):
            trained = seen[place * len(PENALTIES) : (place + 1) * len(PENALTIES)]
            assert all(last < start for _, last in trained)


class TestBacktest:
    def test_sees_a_planted_gain(self):
        test = backtest(visits_of(3000, effects={Part.PAUSES: 4}, intercept=-3), DEFAULT)
        assert test.low > 0
        assert test.proposed > test.in_force

    def test_claims_nothing_where_nothing_can_be_known(self):
        claims = [backtest(visits_of(400, seed), DEFAULT) for seed in range(30)]
        assert sum(test.low > 0 for test in claims) <= 3

    def test_of_the_policy_itself_is_nothing(self, monkeypatch):
        monkeypatch.setattr(learning, "weights_of", lambda _, policy: policy)
        test = backtest(visits_of(400), DEFAULT)
        assert (test.low, test.high, test.proposed - test.in_force) == (0, 0, 0)

    def test_is_what_a_draw_in_proportion_to_the_score_would_find(self):
        visits = visits_of(900, effects={Part.FINDINGS: 3})
        policy = replace(DEFAULT, sharpness=3)
        test = backtest(visits, policy)
        found, count = 0.0, 0
        for _, later in learning._periods(visits):
            drawn = later.weight * (policy.base + later.parts @ WEIGHTS) ** 3
            found += len(later.found) * (drawn @ later.found) / drawn.sum()
            count += len(later.found)
        assert test.visits == count
        assert test.in_force == pytest.approx(found / count, rel=1e-12)


class TestPropose:
    def test_needs_three_hundred_visits(self):
        with pytest.raises(TooFewVisits, match="299 drawn visits are too few"):
            propose(visits_of(299), DEFAULT)

    @pytest.mark.parametrize("found", [0, 9, 291, 300])
    def test_needs_visits_with_and_without_findings(self, found):
        visits = replace(visits_of(300), found=np.arange(300) < found)
        with pytest.raises(TooFewVisits, match=f"{found} of 300 visits found"):
            propose(visits, DEFAULT)

    def test_needs_earlier_and_later_days(self):
        with pytest.raises(TooFewVisits, match="too few days"):
            propose(replace(visits_of(300), day=np.zeros(300, dtype=np.int64)), DEFAULT)

    def test_moves_points_to_the_part_that_tells(self):
        proposal = propose(visits_of(2000, effects={Part.PAUSES: 4}, intercept=-3), DEFAULT)
        weight = {part: proposal.policy.rule(part).weight for part in Part}
        assert max(weight, key=weight.__getitem__) is Part.PAUSES
        assert proposal.penalty in PENALTIES
        assert proposal.backtest.low > 0


class TestVisits:
    @pytest.mark.parametrize(
        ("name", "values", "says"),
        [
            ("team", np.zeros(2, dtype=np.int64), "team must have"),
            ("parts", np.zeros((3, 2)), "one column for each part"),
            ("parts", np.full((3, len(Part)), 1.1), "in \\[0, 1\\]"),
            ("parts", np.full((3, len(Part)), np.nan), "in \\[0, 1\\]"),
            ("weight", np.zeros(3), "above 0"),
            ("weight", np.full(3, np.inf), "finite"),
        ],
    )
    def test_refuse_what_cannot_be(self, name, values, says):
        with pytest.raises(InvalidInput, match=says):
            replace(visits_of(3), **{name: values})
