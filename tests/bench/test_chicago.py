"""The harness that measures the score on Chicago's inspections, on a world whose truth is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.chicago_city import City, Known, known_before, read
from bench.chicago_protocol import (
    FIRST,
    LENGTH,
    Window,
    by_score,
    drawn_orders,
    learnt_scores,
    overlap,
    policy_scores,
    windows,
    worth,
)
from planner.parts import Integers
from planner.policy import DEFAULT, Part, Policy

STARTS = (FIRST, FIRST + LENGTH)
UNITS, KINDS, CLUSTERS = 600, 5, 20


def make_city(seed: int = 1, *, rows: int = 4000) -> City:
    """A year of inspections in which a kind of unit, and a unit's own nature, decide what is found."""
    rng = np.random.default_rng(seed)
    kind_of, nature = rng.integers(KINDS, size=UNITS), rng.normal(size=UNITS)
    cluster_of = rng.integers(1, CLUSTERS, size=UNITS)
    unit = rng.integers(UNITS, size=rows)
    inspector = rng.integers(4, size=rows)
    odds = -2.5 + 0.8 * kind_of[unit] / 2 + 0.8 * nature[unit] + 0.5 * (inspector - 1.5)
    critical = rng.random(rows) < 1 / (1 + np.exp(-odds))
    minor = rng.poisson(np.exp(0.7 + 0.5 * nature[unit]))
    serious = rng.random(rows) < 0.2
    return City(
        day=np.sort(rng.integers(FIRST - 365, FIRST + 2 * LENGTH, size=rows)),
        unit=unit,
        kind=kind_of[unit],
        risk=kind_of[unit] // 3,
        cluster=cluster_of[unit],
        ward=cluster_of[unit],
        inspector=inspector,
        findings=np.column_stack([minor, serious, critical]).astype(np.float64),
        scored=rng.random(rows) < 0.9,
        complaint_day=rng.integers(FIRST - 365, FIRST + 2 * LENGTH, size=5000),
        complaint_ward=rng.integers(CLUSTERS, size=5000),
    )


def scrambled_from(city: City, start: int) -> City:
    """The city with everything that happens from a day on dealt out anew: findings, days, inspectors,
    complaints. Units and register stay."""
    rng = np.random.default_rng(99)
    later = np.flatnonzero(city.day >= start)
    dealt = rng.permutation(later)
    day, inspector, findings = city.day.copy(), city.inspector.copy(), city.findings.copy()
    day[later] = day[dealt]
    findings[later] = findings[dealt]
    inspector[later] = inspector[dealt]
    ward = city.complaint_ward.copy()
    after = np.flatnonzero(city.complaint_day >= start)
    ward[after] = ward[rng.permutation(after)]
    return replace(city, day=day, inspector=inspector, findings=findings, complaint_ward=ward)


def leaky(city: City, start: int, planned: Integers, policy: Policy) -> Known:
    """A measurement that knows the window's own inspections."""
    return known_before(city, start + LENGTH, planned, policy)


def plans_of(city: City, plans: list[Window], measure=known_before) -> list[Integers]:
    scores, _ = learnt_scores(city, plans, DEFAULT, measure)
    return by_score(scores)


class TestPlan:
    @pytest.mark.parametrize("place", [0, 1])
    def test_does_not_change_when_all_that_comes_after_its_first_day_does(self, place):
        city = make_city()
        plans = [windows(city, STARTS)[place]]
        other = scrambled_from(city, plans[0].start)
        assert (other.findings != city.findings).any()
        assert (plans_of(city, plans)[0] == plans_of(other, plans)[0]).all()

    def test_changes_when_the_harness_leaks(self):
        city = make_city()
        plans = [windows(city, STARTS)[0]]
        other = scrambled_from(city, plans[0].start)
        clean, dirty = (plans_of(one, plans, leaky)[0] for one in (city, other))
        assert (clean != dirty).any()
        leak = worth(city, plans, [clean]).days
        assert leak > worth(city, plans, plans_of(city, plans)).days + 3

    def test_finds_what_was_planted_earlier_than_chance_and_the_first_policy(self):
        cities = [make_city(seed) for seed in range(4)]
        days = {"chance": [], "first": [], "learnt": []}
        for city in cities:
            plans = windows(city, STARTS)
            chance = [np.arange(len(window.rows)) for window in plans]
            first = by_score(policy_scores(city, plans, DEFAULT, known_before))
            for name, order in (
                ("chance", chance),
                ("first", first),
                ("learnt", plans_of(city, plans)),
            ):
                days[name].append(worth(city, plans, order).days)
        mean = {name: np.mean(values) for name, values in days.items()}
        assert abs(mean["chance"]) < 2
        assert mean["learnt"] > mean["chance"] + 4
        assert mean["learnt"] > mean["first"] - 0.3

    def test_learns_that_findings_tell_and_complaints_do_not(self):
        city = make_city(rows=8000)
        _, policies = learnt_scores(city, windows(city, STARTS), DEFAULT, known_before)
        rule = policies[-1].rule
        told = (Part.FINDINGS, Part.KIND_FINDINGS)
        assert min(rule(part).weight for part in told) > rule(Part.COMPLAINTS).weight


class TestWorth:
    def test_of_a_hand_counted_window_is_right(self):
        # Four inspections on days 0, 0, 1, 3; the last two are critical, found by two inspectors.
        city = replace(
            make_city(rows=4),
            day=np.array([0, 0, 1, 3]),
            findings=np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 0, 1]], dtype=float),
            inspector=np.array([0, 1, 0, 1]),
        )
        found = worth(city, [Window(0, np.arange(4))], [np.array([3, 2, 1, 0])])
        assert [*found.gains] == [1, 3]
        assert found.days == 2
        # Both now fall on day 0, but the days whose running count is below two visits are none.
        assert found.first_half == 0
        # Each inspector has a day early and a day late: 0.5 and 1.5 days earlier than by chance.
        assert found.within == 1
        late = worth(city, [Window(0, np.arange(4))], [np.array([0, 1, 2, 3])])
        assert late.within == -1

    def test_of_the_actual_order_is_nothing(self):
        city = make_city()
        plans = windows(city, STARTS)
        order = [np.argsort(city.day[window.rows], kind="stable") for window in plans]
        found = worth(city, plans, order)
        assert found.days == 0
        assert found.interval() == (0, 0)


class TestDraw:
    def test_visits_every_row_once_and_follows_the_score_the_sharper_the_more(self):
        city = make_city()
        plans = windows(city, STARTS)
        days = [city.day[window.rows] for window in plans]
        scores = policy_scores(city, plans, DEFAULT, known_before)
        hits = []
        for power in (1, 8, 20):
            sharp = [values**power for values in scores]
            orders = drawn_orders(sharp, plans, days, step=7, floor=0.1, cap=0.8, seed=1)
            for order, window in zip(orders, plans, strict=True):
                assert sorted(order) == [*range(len(window.rows))]
            hits.append(overlap(scores, orders))
        assert 0.05 < hits[0] < hits[1] < hits[2] < 1


def test_a_folder_without_the_data_is_told_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "chicago_visits.csv.gz").touch()
    with pytest.raises(SystemExit, match=r"lacks chicago_complaints\S+, chicago_published"):
        read(tmp_path)
