"""Is the score worth anything on real inspections? Chicago's, 2012 to 2014, planned anew by the product.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python -m bench.chicago FOLDER

FOLDER holds the city's published inspections and complaints (github.com/Chicago/food-inspections-evaluation),
as chicago_visits.csv.gz, chicago_complaints.csv.gz and chicago_published_test.csv.gz. bench/README.md says how
to read what is printed.
"""

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.chicago_city import COMPLAINTS, City, known_before, read
from bench.chicago_protocol import (
    LENGTH,
    Window,
    Worth,
    by_score,
    drawn_orders,
    learnt_scores,
    overlap,
    policy_scores,
    windows,
    worth,
)
from planner.parts import Floats, Integers
from planner.policy import DEFAULT, Part, Policy, Rule
from planner.score import sharpened

HELD_OUT = 3
SEEDS = 20
REFERENCE = (
    ("city's model, told the inspector", "10.93", "", "75.8", "2.97"),
    ("city's model without the leak", "3.98", "", "57.6", "2.62"),
    ("ridge logistic, decayed history", "5.31", "4.3–6.3", "61.6", "4.33"),
    ("points rule", "2.81", "", "56.5", "1.97"),
    ("complaints alone", "0.2", "", "", ""),
    ("random order", "0.1", "", "48.8", "0"),
    ("actual order", "0", "", "47.7", ""),
)
DRAWS = (  # days between two draws, floor, cap, sharpness
    (7, 0.5, 0.5, 1),
    (7, 0.5, 0.5, 4),
    (7, 0.5, 0.5, 20),
    (7, 0.1, 0.5, 4),
    (7, 0.1, 0.5, 8),
    (7, 0.1, 0.5, 20),
    (7, 0.1, 0.8, 4),
    (7, 0.1, 0.8, 8),
    (7, 0.1, 0.8, 12),
    (7, 0.1, 0.8, 14),
    (7, 0.1, 0.8, 16),
    (7, 0.1, 0.8, 20),
    (7, 0.1, 1.0, 12),
    (1, 0.1, 0.8, 12),
    (30, 0.1, 0.8, 14),
)


def main() -> None:
    """Print every row of the table, then the draws."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    city = read(parser.parse_args().folder)
    start = time.perf_counter()
    plans = windows(city)
    positives = sum(int(city.found[window.rows].sum()) for window in plans)
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {sys.platform}: "
        f"{len(city.day):,} inspections of {city.unit.max() + 1:,} licences, "
        f"{len(city.complaint_day):,} complaints ({COMPLAINTS}); {len(plans)} windows of {LENGTH} days, "
        f"{sum(len(window.rows) for window in plans):,} inspections planned, {positives:,} critical"
    )
    print(_row("", "days", "95 %", "1st half", "within", f"last {HELD_OUT} windows"))
    print("elsewhere:")
    for row in REFERENCE:
        print(_row(*row, ""))
    print("here, the same windows:")
    learnt = orders_fixed_in_advance(city, plans)
    draws(city, plans, learnt)
    print(f"{time.perf_counter() - start:.0f} s, {time.process_time():.0f} s of processor")


def orders_fixed_in_advance(city: City, plans: Sequence[Window]) -> list[Floats]:
    """Print what each scorer is worth; return the scores under learnt weights."""

    def show(name: str, orders: Sequence[Integers]) -> Worth:
        found = worth(city, plans, orders)
        low, high = found.interval()
        late = found.gains[found.windows >= len(plans) - HELD_OUT]
        figures = f"{found.days:.2f}", f"{low:.1f}–{high:.1f}", f"{100 * found.first_half:.1f}"
        print(_row(name, *figures, f"{found.within:.2f}", f"{late.mean():.2f}"))
        return found

    show("actual order", [np.argsort(city.day[window.rows], kind="stable") for window in plans])
    show_random(city, plans)
    points = [points_rule(city, window) for window in plans]
    in_days = [np.argsort(window.rows) for window in plans]
    show(
        "points rule, equals by their day",
        [
            order[np.argsort(-values[order], kind="stable")]
            for order, values in zip(in_days, points, strict=True)
        ],
    )
    show("points rule", by_score(points))
    for name, policy in (
        ("complaints alone", only(Part.COMPLAINTS, half=300)),
        ("the unit's own findings alone", only(Part.FINDINGS)),
        ("first policy of a department", DEFAULT),
        ("  and complaints told apart", with_half(DEFAULT, Part.COMPLAINTS, 300)),
    ):
        show(name, by_score(policy_scores(city, plans, policy, known_before)))
    scores, policies = learnt_scores(city, plans, DEFAULT, known_before)
    show("learnt weights", by_score(scores))
    for name, policy, with_teams in (
        ("  inspectors not set apart", DEFAULT, False),
        ("  no findings of other units", without_others(DEFAULT), True),
        ("  and complaints told apart", with_half(DEFAULT, Part.COMPLAINTS, 300), True),
        ("  cluster's half-life 18 months", replace(DEFAULT, cluster_half_life=18), True),
    ):
        others, _ = learnt_scores(city, plans, policy, known_before, with_teams=with_teams)
        show(name, by_score(others))
    told = (
        *(Part.COMPLAINTS, Part.FINDINGS, Part.KIND_FINDINGS),
        *(Part.CLUSTER_FINDINGS, Part.SINCE_VISIT),
    )
    for number, policy in ((1, policies[0]), (len(plans), policies[-1])):
        weights = ", ".join(f"{part} {policy.rule(part).weight:.1f}" for part in told)
        print(f"learnt for window {number}: base {policy.base:.1f}, {weights}")
    return scores


def show_random(city: City, plans: Sequence[Window]) -> None:
    """Print the mean over random orders."""
    rng = np.random.default_rng(1)
    found = [
        worth(city, plans, [rng.permutation(len(window.rows)) for window in plans])
        for _ in range(SEEDS)
    ]
    days, half, within = (
        np.mean([getattr(one, name) for one in found]) for name in ("days", "first_half", "within")
    )
    print(
        _row(
            f"random order, {SEEDS} seeds",
            f"{days:.2f}",
            "",
            f"{100 * half:.1f}",
            f"{within:.2f}",
            "",
        )
    )


def draws(city: City, plans: Sequence[Window], scores: Sequence[Floats]) -> None:
    """Print what remains of the gain when the product draws, and how often a guesser would be right.

    `scores` have a sharpness of 1.
    """
    whole = worth(city, plans, by_score(scores)).days
    days = [city.day[window.rows] for window in plans]
    print(f"\nthe product's draw from learnt scores, mean of {SEEDS} seeds:")
    print(f"{'every':>8}{'floor':>7}{'cap':>6}{'sharp':>7}{'days':>8}{'of gain':>9}{'overlap':>9}")
    for step, floor, cap, sharpness in DRAWS:
        policy = replace(DEFAULT, sharpness=sharpness)
        sharp = [sharpened(values, policy) for values in scores]
        gains, hits = [], []
        for seed in range(SEEDS):
            orders = drawn_orders(sharp, plans, days, step=step, floor=floor, cap=cap, seed=seed)
            gains.append(worth(city, plans, orders).days)
            hits.append(overlap(sharp, orders))
        mean = float(np.mean(gains))
        print(
            f"{step:>6} d{floor:>7}{cap:>6}{sharpness:>7}{mean:>8.2f}"
            f"{mean / whole:>9.0%}{np.mean(hits):>9.0%}",
            flush=True,
        )


def points_rule(city: City, window: Window) -> Floats:
    """2 for a critical finding in the last inspection before, 1 for a serious one, and years since then (2 at most,
    and for none)."""
    last = np.full(int(city.unit.max()) + 1, -1)
    earlier = np.flatnonzero(city.day < window.start)
    last[city.unit[earlier]] = earlier
    row = last[city.unit[window.rows]]
    years = np.minimum((window.start - city.day[row]) / 365, 2)
    points = 2 * city.found[row] + (city.findings[row, 1] > 0) + years
    return np.where(row < 0, 2.0, points)


def only(part: Part, half: float | None = None) -> Policy:
    """The first policy with one part alone."""
    rules = tuple(
        Rule(rule.weight if one is part else 0, half or rule.half)
        for one, rule in zip(Part, DEFAULT.rules, strict=True)
    )
    return replace(DEFAULT, rules=rules)


def with_half(policy: Policy, part: Part, half: float) -> Policy:
    """A policy with another half of one part."""
    return replace(
        policy,
        rules=tuple(
            Rule(rule.weight, half if one is part else rule.half)
            for one, rule in zip(Part, policy.rules, strict=True)
        ),
    )


def without_others(policy: Policy) -> Policy:
    """A policy for which findings of other units are never near its halves: their parts are 0."""
    for part in (Part.KIND_FINDINGS, Part.CLUSTER_FINDINGS):
        policy = with_half(policy, part, 999_999)
    return policy


def _row(name: str, *figures: str) -> str:
    widths = (7, 11, 10, 8, 16)
    return f"{name:36}" + "".join(f"{x:>{width}}" for x, width in zip(figures, widths, strict=True))


if __name__ == "__main__":
    main()
