from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import parts
from planner.errors import InvalidInput
from planner.parts import Flag, Peers
from planner.policy import DEFAULT

NEVER = np.inf
properties = settings(max_examples=200, deadline=None, derandomize=True)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def one_group(units: int) -> Peers:
    return Peers.of(np.zeros(units, dtype=np.int64), np.zeros(units, dtype=np.int64))


def groups(peer: list[int], parent: list[int]) -> Peers:
    return Peers.of(np.array(peer), np.array(parent))


class TestSaturate:
    def test_is_one_half_at_the_half(self):
        assert [*parts.saturate(array(0, 1, 2, 4, 1e12), 2)] == [0, 0.2, 0.5, 0.8, 1]

    @properties
    @given(st.lists(st.floats(0, 1e40), min_size=2), st.floats(1e-6, 1e6))
    def test_stays_in_zero_to_one_and_never_falls(self, estimates, half):
        values = parts.saturate(np.sort(array(*estimates)), half)
        assert ((values >= 0) & (values <= 1)).all()
        assert (np.diff(values) >= -1e-15).all()


class TestPeerMean:
    def test_is_the_pooled_mean_of_the_group(self):
        mean = parts.peer_mean(array(1, 3, 0), array(10, 30, 0), one_group(3), min_peers=2)
        assert [*mean.value] == [0.1] * 3
        assert [*mean.flags] == [0] * 3

    def test_comes_from_the_parent_when_the_group_is_too_small(self):
        # Group 0 has two units with data, group 1 one; together they make the parent's three.
        peers = groups([0, 0, 0, 1, 1, 2], [0, 0, 0, 0, 0, 9])
        mean = parts.peer_mean(array(1, 1, 0, 4, 0, 9), array(10, 10, 0, 10, 0, 10), peers, 2)
        assert mean.value == pytest.approx([0.1, 0.1, 0.1, 0.2, 0.2, 0.375])
        assert [*mean.flags] == [0, 0, 0, *[Flag.PARENT_GROUP] * 2, Flag.ALL_UNITS]

    def test_comes_from_all_units_however_few(self):
        mean = parts.peer_mean(array(1, 0), array(4, 0), groups([0, 1], [0, 1]), 10)
        assert [*mean.value] == [0.25, 0.25]
        assert [*mean.flags] == [Flag.ALL_UNITS] * 2

    def test_is_nan_when_nobody_has_data(self):
        assert np.isnan(parts.peer_mean(array(0, 0), array(0, 0), one_group(2), 2).value).all()


class TestStrength:
    @pytest.mark.parametrize("strength", [8, 30, 120])
    def test_of_rates_is_found_where_there_are_many_peers(self, strength):
        rng = np.random.default_rng(strength)
        units = 20_000
        total = rng.integers(20, 200, units)
        share = np.where(np.arange(units) % 2, 0.1, 0.4)
        cases = rng.binomial(total, rng.beta(share * strength, (1 - share) * strength))
        group = np.arange(units, dtype=np.int64) % 2
        found = parts.rate_strength(
            cases.astype(float), total.astype(float), Peers.of(group, group), DEFAULT
        )
        assert found == pytest.approx(strength, rel=0.05)

    @pytest.mark.parametrize("strength", [8, 30, 120])
    def test_of_counts_is_found_where_there_are_many_peers(self, strength):
        rng = np.random.default_rng(strength)
        units = 20_000
        exposure = rng.choice([0.25, 1.0], units)
        average = np.where(np.arange(units) % 2, 20.0, 90.0)
        events = rng.poisson(exposure * average * rng.gamma(strength, 1 / strength, units))
        group = np.arange(units, dtype=np.int64) % 2
        found = parts.count_strength(
            events.astype(float), exposure, Peers.of(group, group), DEFAULT
        )
        assert found == pytest.approx(strength, rel=0.05)

    @pytest.mark.parametrize(
        ("cases", "total"),
        [
            ([0] * 8, [20] * 8),
            ([20] * 8, [20] * 8),
            ([2] * 8, [20] * 8),
            ([1, 0] * 4, [1] * 8),
            ([0] * 8, [0] * 8),
            ([3] + [0] * 7, [9] + [0] * 7),
        ],
        ids=["none", "all", "alike", "one case each", "no data", "one unit"],
    )
    def test_is_the_upper_bound_where_eight_peers_show_no_spread(self, cases, total):
        found = parts.rate_strength(array(*cases), array(*total), one_group(8), DEFAULT)
        assert found == DEFAULT.prior_high

    @pytest.mark.parametrize(("events", "cover"), [([0] * 8, 1), ([4] * 8, 1), ([0] * 8, 0)])
    def test_of_counts_is_the_upper_bound_where_eight_peers_show_no_spread(self, events, cover):
        exposure = np.full(8, float(cover))
        assert parts.count_strength(array(*events), exposure, one_group(8), DEFAULT) == 200

    def test_is_the_lower_bound_where_peers_have_nothing_in_common(self):
        cases, total = array(*[0, 40] * 5), np.full(10, 40.0)
        assert parts.rate_strength(cases, total, one_group(10), DEFAULT) == DEFAULT.prior_low
        assert parts.count_strength(array(*[0, 400] * 5), np.ones(10), one_group(10), DEFAULT) == 5

    @properties
    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=9))
    def test_is_always_within_its_bounds(self, pairs):
        cases = array(*[min(pair) for pair in pairs])
        total = array(*[max(pair) for pair in pairs])
        peers = one_group(len(pairs))
        assert 5 <= parts.rate_strength(cases, total, peers, DEFAULT) <= 200
        assert 5 <= parts.count_strength(cases, total / 50, peers, DEFAULT) <= 200


class TestRate:
    def test_draws_a_small_unit_to_its_peers_and_hardly_moves_a_large_one(self):
        cases, total = array(*[2] * 9, 1, 100), array(*[20] * 9, 1, 400)
        found = parts.rate(cases, total, one_group(11), replace(DEFAULT, prior_high=5))
        average = 119 / 581
        assert found.value[9] == pytest.approx((1 + 5 * average) / 6)
        assert found.value[10] == pytest.approx(0.25, abs=0.001)

    def test_keeps_the_order_of_units_with_equal_totals_in_a_group(self):
        rng = np.random.default_rng(3)
        for _ in range(300):
            units = int(rng.integers(1, 30))
            total = np.full(units, float(rng.integers(1, 40)))
            cases = np.sort(rng.integers(0, total[0] + 1, units)).astype(float)
            assert (np.diff(parts.rate(cases, total, one_group(units), DEFAULT).value) >= 0).all()
            counted = parts.count(cases, np.ones(units), one_group(units), DEFAULT).value
            assert (np.diff(counted) >= 0).all()

    def test_is_the_peers_mean_and_flagged_where_the_denominator_is_zero(self):
        found = parts.rate(array(*[1] * 10, 0), array(*[8] * 10, 0), one_group(11), DEFAULT)
        assert found.value[10] == 0.125
        assert [*found.flags] == [0] * 10 + [Flag.NO_DATA]

    def test_is_zero_and_flagged_for_all_where_nobody_has_data(self):
        found = parts.rate(array(0, 0), array(0, 0), one_group(2), DEFAULT)
        assert [*found.value] == [0, 0]
        assert [*found.flags] == [Flag.NO_DATA] * 2


class TestCount:
    def test_allows_for_a_window_covered_in_part(self):
        # A quarter of the window with a quarter of the events: as many as the peers, not fewer.
        events, cover = array(*[40] * 10, 10), array(*[1] * 10, 0.25)
        found = parts.count(events, cover, one_group(11), DEFAULT)
        assert found.value == pytest.approx([40] * 11)

    def test_reads_a_covered_unit_without_events_as_zero(self):
        found = parts.count(array(*[0, 20] * 5), np.ones(10), one_group(10), DEFAULT)
        assert found.value[0] == pytest.approx(10 * 5 / 15)
        assert not found.flags.any()

    def test_forgets_an_old_visit_toward_the_peers(self):
        months = array(*[1] * 10, 1, 60)
        points = array(*[10, 14] * 5, 60, 60)
        where = np.arange(12)
        decayed = parts.decayed_sums(where, months, points, 12, 12)
        weight = parts.decayed_sums(where, months, np.ones(12), 12, 12)
        found = parts.count(decayed, weight, one_group(12), DEFAULT).value
        peers = parts.peer_mean(decayed, weight, one_group(12), 10).value[0]
        assert peers < found[11] < found[10]


class TestCappedCount:
    def test_cuts_a_flood_to_the_peers_percentile_and_says_so(self):
        events = array(*range(30, 50), 5000)
        found = parts.capped_count(events, np.ones(21), 20, one_group(21), DEFAULT)
        twin = parts.capped_count(
            array(*range(30, 50), 49), np.ones(21), 20, one_group(21), DEFAULT
        )
        assert [*found.flags] == [0] * 20 + [Flag.CAPPED]
        assert found.value[20] == pytest.approx(twin.value[20])  # as if it had its neighbour's 49

    def test_never_cuts_below_the_least(self):
        events = array(*[0] * 39, 18)
        found = parts.capped_count(events, np.ones(40), 20, one_group(40), DEFAULT)
        assert found.value[39] > found.value[0]
        assert not found.flags.any()

    def test_caps_the_same_share_of_a_window_covered_in_part(self):
        events, cover = array(*[40] * 20, 400), array(*[1] * 20, 0.5)
        found = parts.capped_count(events, cover, 20, one_group(21), DEFAULT)
        assert found.value == pytest.approx([40] * 21)

    @pytest.mark.parametrize("percentile", [50, 80, 95, 100])
    @pytest.mark.parametrize("units", [10, 11, 37])
    def test_takes_the_percentile_that_numpy_takes(self, percentile, units):
        rates = np.random.default_rng(units).integers(100, 900, units).astype(float)
        peers = groups([*range(units), units], [0] * units + [1])  # the parent group has them all
        policy = replace(DEFAULT, complaint_percentile=percentile)
        found = parts.capped_count(
            np.append(rates, 0), np.append(np.ones(units), 0), 1, peers, policy
        )
        cut = (found.flags[:units] & Flag.CAPPED) > 0
        assert (cut == (rates > np.percentile(rates, percentile))).all()


class TestGrouped:
    def test_counts_the_whole_group_for_each_of_its_units(self):
        events, exposure = array(2, 0, 0, 0, 1, 0), array(4, 2, 0, 3, 1, 0)
        found = parts.grouped(events, exposure, np.array([7, 7, 7, 3, 3, 5]), DEFAULT)
        wholes = parts.count(array(1, 0, 2), array(4, 0, 6), one_group(3), DEFAULT)
        assert [*found.value] == [*wholes.value[[2, 2, 2, 0, 0, 1]]]
        assert [*found.flags] == [0, 0, 0, 0, 0, Flag.NO_DATA]

    @properties
    @given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1), st.floats(0.01, 9)), min_size=1))
    def test_of_shares_stays_a_share(self, visits):
        group, share, weight = (np.array(column) for column in zip(*visits, strict=True))
        found = parts.grouped(share * weight, weight, group, DEFAULT).value
        assert ((found >= 0) & (found <= 1 + 1e-12)).all()


class TestElapsed:
    def test_stops_at_the_window_and_takes_never_for_the_whole_window(self):
        found = parts.elapsed(array(3, 70, NEVER), np.ones(3, bool), one_group(3), DEFAULT)
        assert [*found.value] == [3, 60, 60]

    def test_is_the_peers_mean_and_flagged_where_history_is_unknown(self):
        months = array(*[10, 20] * 5, NEVER)
        known = np.array([True] * 10 + [False])
        found = parts.elapsed(months, known, one_group(11), DEFAULT)
        assert found.value[10] == 15
        assert [*found.flags] == [0] * 10 + [Flag.NO_DATA]


class TestCooldown:
    def test_ramps_from_its_factor_to_the_whole_score(self):
        found = parts.cooldown(array(0, 3, 6, 60, NEVER), DEFAULT)
        assert found == pytest.approx([0.25, 0.625, 1, 1, 1])


class TestDecayedSums:
    def test_count_half_after_each_half_life(self):
        found = parts.decayed_sums(np.array([2, 0, 2]), array(0, 18, 36), array(4, 4, 4), 3, 18)
        assert [*found] == [2, 0, 5]

    def test_of_no_visits_are_zero(self):
        empty = np.array([], dtype=np.int64)
        assert [*parts.decayed_sums(empty, array(), array(), 2, 18)] == [0, 0]

    @pytest.mark.parametrize(
        ("unit", "months", "amount"),
        [
            (-1, 1, 1),
            (2, 1, 1),
            (0, -1, 1),
            (0, NEVER, 1),
            (0, np.nan, 1),
            (0, 1, -1),
            (0, 1, np.nan),
        ],
    )
    def test_refuse_what_cannot_be(self, unit, months, amount):
        with pytest.raises(InvalidInput):
            parts.decayed_sums(np.array([unit]), array(months), array(amount), 2, 18)
