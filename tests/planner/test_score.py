import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import score as score_module
from planner.errors import InvalidInput
from planner.parts import Flag
from planner.policy import DEFAULT, Part, Policy
from planner.score import Scored, equal, score
from tests.planner import reference_score
from tests.planner.score_frames import NEVER, frames, inputs, unit

PAGE = Path(__file__).parents[2] / "docs/algorithms/score.md"
VECTORS = PAGE.parent / "vectors/score.json"
SMALL_GROUPS = replace(DEFAULT, min_peers=3)
"""Groups of three may speak: short frames reach every level."""
FIXED_STRENGTH = replace(SMALL_GROUPS, prior_low=20, prior_high=20)
"""The peers' strength cannot move: where the score is monotone without exception."""
properties = settings(max_examples=150, deadline=None, derandomize=True)
SHARP = replace(SMALL_GROUPS, sharpness=7.5)
policies = st.sampled_from((DEFAULT, SMALL_GROUPS, FIXED_STRENGTH, SHARP))


def column(scored: Scored, part: Part, field: str = "parts") -> np.ndarray[Any, Any]:
    return getattr(scored, field)[:, tuple(Part).index(part)]


class TestScore:
    @properties
    @given(frames(), policies)
    def test_agrees_with_the_page_followed_unit_by_unit(self, rows, policy):
        found = score(inputs(rows), policy)
        for i, wanted in enumerate(reference_score.score(rows, policy.to_document())):
            assert found.estimates[i] == pytest.approx([*wanted.estimates.values()], rel=1e-9)
            assert found.parts[i] == pytest.approx([*wanted.parts.values()], rel=1e-9)
            assert [*found.flags[i]] == [*wanted.flags.values()]
            assert found.score[i] == pytest.approx(wanted.score, rel=1e-9)

    @properties
    @given(frames(), policies)
    def test_is_finite_positive_and_no_more_than_base_and_weights(self, rows, policy):
        found = score(inputs(rows), policy)
        assert np.isfinite(found.score).all()
        assert (found.score > 0).all()
        assert ((found.parts >= 0) & (found.parts <= 1)).all()
        assert (found.total <= policy.base + sum(rule.weight for rule in policy.rules)).all()

    @properties
    @given(frames(), policies)
    def test_is_exactly_its_reasons_added_from_left_to_right(self, rows, policy):
        found = score(inputs(rows), policy)
        for i in range(len(rows)):
            total = float(policy.base)
            for k, rule in enumerate(policy.rules):
                assert found.contributions[i, k] == rule.weight * found.parts[i, k]
                total += found.contributions[i, k]
            assert total == found.total[i]
            if policy.sharpness == 1:
                assert found.score[i] == total * found.cooldown[i]
            exact = math.fsum([policy.base, *found.contributions[i]])
            assert abs(total - exact) <= 12 * math.ulp(exact)

    @properties
    @given(frames(), policies, st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_the_units(self, rows, policy, random):
        order = random.sample(range(len(rows)), len(rows))
        straight = score(inputs(rows), policy)
        turned = score(inputs([rows[i] for i in order]), policy)
        assert turned.score == pytest.approx(straight.score[order], rel=1e-9)
        assert (turned.flags == straight.flags[order]).all()

    @properties
    @given(frames(), st.data())
    def test_never_falls_for_anybody_when_one_unit_gets_worse(self, rows, data):
        i = data.draw(st.integers(0, len(rows) - 1))
        worse = data.draw(st.sampled_from(ways_to_get_worse(rows[i]) or [{}]))
        before = score(inputs(rows), FIXED_STRENGTH)
        after = score(inputs([*rows[:i], {**rows[i], **worse}, *rows[i + 1 :]]), FIXED_STRENGTH)
        assert (after.score >= before.score * (1 - 1e-12)).all()

    def test_hardly_ever_falls_for_the_unit_itself_when_the_strength_is_fitted_anew(self):
        rng = np.random.default_rng(2026)
        for _ in range(40):
            rows = [random_unit(rng, peer) for peer in rng.integers(0, 3, 60)]
            before = score(inputs(rows), DEFAULT)
            i = int(rng.integers(len(rows)))
            for worse in ways_to_get_worse(rows[i]):
                after = score(inputs([*rows[:i], {**rows[i], **worse}, *rows[i + 1 :]]), DEFAULT)
                assert after.score[i] >= before.score[i] * (1 - 1e-12)

    def test_can_fall_where_three_units_are_all_that_the_strength_is_fitted_to(self):
        rows = [
            unit(task_cover=1, tasks=15),
            unit(task_cover=1, tasks=50),
            unit(task_cover=1, tasks=55, tasks_overdue=41, peer=1),
        ]
        more = [{**rows[0], "tasks_overdue": 1}, *rows[1:]]
        rates = [
            column(score(inputs(frame), SMALL_GROUPS), Part.TASK_RATE, "estimates")[0]
            for frame in (rows, more)
        ]
        assert rates == pytest.approx([0.318, 0.169], abs=0.001)

    def test_gives_units_without_data_what_their_peers_have_and_flags_them(self):
        rows = [
            *(unit(task_cover=1, tasks=40, tasks_overdue=x, task_days=9 * x) for x in range(10)),
            unit(),
            unit(task_cover=1),
        ]
        found = score(inputs(rows), DEFAULT)
        rate = column(found, Part.TASK_RATE, "estimates")
        assert rate[10] == rate[11] == pytest.approx(45 / 400)
        assert column(found, Part.TASK_COUNT, "estimates")[10] == pytest.approx(45 / 11)
        flags = column(found, Part.TASK_RATE, "flags")
        assert [*flags] == [0] * 10 + [Flag.NO_DATA] * 2
        assert [*column(found, Part.TASK_COUNT, "flags")] == [0] * 10 + [Flag.NO_DATA, 0]

    def test_is_the_same_for_all_when_nobody_has_data(self):
        found = score(inputs([unit(peer=i % 3) for i in range(30)]), DEFAULT)
        assert (found.score == DEFAULT.base).all()
        assert (found.flags == Flag.NO_DATA).all()

    def test_is_the_same_for_all_when_all_have_the_same_data(self):
        row = unit(
            task_cover=1, tasks=20, tasks_overdue=3, history_known=True, months_since_visit=4
        )
        found = score(inputs([row] * 25), DEFAULT)
        assert np.ptp(found.score) < 1e-12

    def test_of_a_hundred_thousand_units_takes_no_loop_over_them(self, monkeypatch):
        rows = 100_000
        rng = np.random.default_rng(5)
        tasks = rng.integers(0, 80, rows)
        overdue = rng.binomial(tasks, 0.1)
        blank = inputs([unit()])
        frame = replace(
            blank,
            **{name: np.resize(getattr(blank, name), rows) for name in unit()},
            codes=tuple(map(str, range(rows))),
        )
        frame = replace(
            frame,
            peer=rng.integers(0, 9, rows),
            task_cover=np.ones(rows),
            tasks=tasks.astype(float),
            tasks_overdue=overdue.astype(float),
        )
        calls = 0
        fitted = score_module.parts.np.bincount

        def counted(*args, **kwargs):
            nonlocal calls
            calls += 1
            return fitted(*args, **kwargs)

        monkeypatch.setattr(score_module.parts.np, "bincount", counted)
        assert score(frame, DEFAULT).score.shape == (rows,)
        assert calls < 500

    def test_grows_as_the_power_of_the_points_that_the_policy_wants(self):
        rows = [unit(complaint_cover=1, complainants=x) for x in range(0, 60, 5)]
        plain, sharp = (score(inputs(rows), replace(DEFAULT, sharpness=x)) for x in (1, 3))
        assert (plain.total == sharp.total).all()
        wanted = (plain.score / plain.score[0]) ** 3
        assert sharp.score / sharp.score[0] == pytest.approx(wanted)

    def test_stays_positive_with_the_sharpest_policy_and_the_smallest_base(self):
        rules = tuple(replace(rule, weight=999_999) for rule in DEFAULT.rules)
        policy = replace(DEFAULT, base=0.000001, rules=rules, sharpness=20)
        rows = [unit(history_known=True, months_since_visit=0, months_since_draw=0), unit()]
        assert (score(inputs(rows), policy).score > 0).all()

    def test_starts_the_cooldown_only_with_a_drawn_visit(self):
        visited = unit(history_known=True, visit_weight=0.9, months_since_visit=1)
        drawn = {**visited, "months_since_draw": 1}
        found = score(inputs([visited, drawn]), DEFAULT)
        assert found.cooldown == pytest.approx([1, 0.25 + 0.75 / 6])
        assert found.total[0] == found.total[1]

    def test_lets_soft_visits_that_nobody_drew_earn_nothing(self):
        # A visit on order with no finding adds neither points nor weight: there is nothing to pass.
        hard = [unit(history_known=True, finding_points=20, visit_weight=1)] * 10
        found = score(inputs([*hard, unit(history_known=True, finding_points=8)]), DEFAULT)
        estimates = column(found, Part.FINDINGS, "estimates")
        assert estimates[-1] > estimates[0]


def random_unit(rng: np.random.Generator, peer: int) -> dict[str, float]:
    tasks, dossiers, due = (int(most) for most in rng.integers(1, (60, 900, 12)))
    overdue = rng.binomial(tasks, rng.beta(2, 12))
    late = rng.binomial(dossiers, rng.beta(1, 20))
    weight = rng.uniform(0.1, 2) if rng.integers(2) else 0
    critical = weight * (rng.random() < 0.2)
    return unit(
        peer=peer,
        task_cover=1,
        tasks=tasks,
        tasks_overdue=overdue,
        task_days=overdue * rng.integers(1, 40),
        dossier_cover=1,
        dossiers=dossiers,
        dossiers_overdue=late,
        dossiers_detailed=dossiers,
        dossier_days=late * rng.integers(1, 20),
        dossiers_paused=rng.binomial(dossiers, rng.beta(1, 12)),
        complaint_cover=1,
        complainants=rng.poisson(rng.gamma(0.5, 12)),
        answers_due=due,
        answers_late=rng.binomial(due, rng.beta(1, 4)),
        history_known=True,
        finding_points=rng.poisson(rng.gamma(2, 5)) if weight else 0,
        visit_weight=weight,
        critical_weight=critical,
        recent_visit_weight=weight / 3,
        recent_critical_weight=critical / 3,
        months_since_visit=rng.uniform(0, 60) if weight else NEVER,
        cluster=int(rng.integers(12)),
    )


def ways_to_get_worse(row: dict[str, float]) -> list[dict[str, float]]:
    ways = []
    for part, most in (
        ("tasks_overdue", row["tasks"]),
        ("dossiers_overdue", row["dossiers"]),
        ("dossiers_paused", row["dossiers_detailed"]),
        ("answers_late", row["answers_due"]),
    ):
        if row[part] < most:
            ways.append({part: row[part] + 1})
    if row["tasks_overdue"]:
        ways.append({"task_days": row["task_days"] + 5})
    if row["dossiers_overdue"] and row["dossiers_detailed"]:
        ways.append({"dossier_days": row["dossier_days"] + 50})
    if row["complaint_cover"]:
        ways.append({"complainants": row["complainants"] + 3})
    if row["history_known"]:
        ways.append({"finding_points": row["finding_points"] + 4})
        ways.append({"critical_weight": row["visit_weight"]})
        ways.append({"recent_critical_weight": row["recent_visit_weight"]})
        ways.append({"months_since_draw": row["months_since_draw"] + 2})
        if row["months_since_draw"] == NEVER:
            ways.append({"months_since_visit": row["months_since_visit"] + 2})
    return ways


class TestEqual:
    def test_scores_every_unit_alike(self):
        assert [*equal(3)] == [1.0, 1.0, 1.0]

    @pytest.mark.parametrize("units", [0, -1])
    def test_needs_a_unit(self, units):
        with pytest.raises(InvalidInput):
            equal(units)


class TestInputs:
    @pytest.mark.parametrize(
        ("facts", "says"),
        [
            ({"tasks": 3, "task_cover": 1, "tasks_overdue": 4}, "more tasks overdue"),
            ({"tasks": 3.5, "task_cover": 1}, "whole number"),
            ({"tasks": math.nan, "task_cover": 1}, "tasks is not from 0"),
            ({"tasks": math.inf, "task_cover": 1}, "tasks is not from 0"),
            ({"tasks": -1, "task_cover": 1}, "tasks is not from 0"),
            ({"tasks": 2}, "source is silent"),
            ({"task_cover": 1.01}, "neither 0 nor"),
            ({"task_cover": 1e-5}, "neither 0 nor"),
            ({"task_cover": math.nan}, "neither 0 nor"),
            ({"tasks": 3, "task_cover": 1, "task_days": 4}, "without an overdue task"),
            ({"dossiers": 3, "dossier_cover": 1, "dossiers_overdue": 4}, "more dossiers overdue"),
            ({"dossiers": 3, "dossier_cover": 1, "dossiers_detailed": 4}, "known one by one"),
            ({"dossiers": 3, "dossier_cover": 1, "dossiers_paused": 1}, "more dossiers paused"),
            (
                {"dossiers": 3, "dossier_cover": 1, "dossiers_overdue": 1, "dossier_days": 1},
                "dossier_days without",
            ),
            ({"dossiers": 3}, "source is silent"),
            ({"complaint_cover": 1, "answers_late": 1}, "more answers late"),
            ({"complainants": 1}, "source is silent"),
            ({"finding_points": 1}, "no history is known"),
            ({"months_since_draw": 1, "months_since_visit": 1}, "no history is known"),
            ({"history_known": True, "months_since_draw": 1}, "drawn more lately"),
            ({"history_known": True, "months_since_visit": -1}, "months_since_visit"),
            ({"history_known": True, "months_since_visit": math.nan}, "months_since_visit"),
            ({"history_known": True, "visit_weight": 1e-40}, "2\\^-120"),
            ({"history_known": True, "recent_visit_weight": 1e-40}, "2\\^-120"),
            ({"recent_visit_weight": 1}, "no history is known"),
            ({"history_known": True, "critical_weight": 1}, "critical_weight is more than"),
            (
                {"history_known": True, "recent_critical_weight": 1},
                "recent_critical_weight is more than",
            ),
            ({"parent": 1}, "two parent groups"),
        ],
    )
    def test_refuse_what_cannot_be_and_name_the_unit(self, facts, says):
        with pytest.raises(InvalidInput, match=f"'u0001': .*{says}"):
            inputs([unit(), unit(**facts)])

    @pytest.mark.parametrize("codes", [("a", "a"), ("a", ""), ("a",), ("a", "b", "c"), ()])
    def test_need_one_code_for_each_unit(self, codes):
        with pytest.raises(InvalidInput):
            replace(inputs([unit(), unit()]), codes=codes)

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("tasks", np.zeros(2, dtype=np.int64)),
            ("tasks", np.zeros((2, 1))),
            ("tasks", [0.0, 0.0]),
            ("peer", np.zeros(2)),
            ("history_known", np.zeros(2)),
        ],
    )
    def test_need_arrays_of_the_stated_kind(self, name, values):
        with pytest.raises(InvalidInput, match=name):
            replace(inputs([unit(), unit()]), **{name: values})


def vectors() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]


def rows_of(case: dict[str, Any]) -> list[dict[str, float]]:
    return [
        {name: NEVER if value is None else value for name, value in row.items()}
        for row in case["units"]
    ]


@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["name"])
class TestVectors:
    def test_are_reached(self, case):
        found = score(inputs(rows_of(case)), Policy.from_document(case["policy"]))
        for i, wanted in enumerate(case["expected"]):
            for field in ("estimates", "parts", "contributions"):
                assert list(wanted[field]) == [part.value for part in Part]
                values = getattr(found, field)[i]
                assert values == pytest.approx([*wanted[field].values()], rel=1e-9)
            assert [*found.flags[i]] == [*wanted["flags"].values()]
            for field in ("total", "cooldown", "score"):
                assert getattr(found, field)[i] == pytest.approx(wanted[field], rel=1e-9)

    def test_are_what_the_page_says(self, case):
        for unit_, wanted in zip(
            reference_score.score(rows_of(case), case["policy"]), case["expected"], strict=True
        ):
            assert unit_.parts == pytest.approx(wanted["parts"], rel=1e-9)
            assert unit_.flags == wanted["flags"]
            assert unit_.score == pytest.approx(wanted["score"], rel=1e-9)


class TestPage:
    """The numbers printed in docs/algorithms/score.md are those of the product."""

    def test_computes_its_example_right(self):
        example = score(inputs(rows_of(vectors()[0])), DEFAULT)
        printed = table("| part | m | strength | estimate | part | points |")
        assert [row[0] for row in printed] == [part.value for part in Part]
        for k, (_, _, _, estimate, part, points) in enumerate(printed):
            assert shown(estimate, example.estimates[0, k])
            assert shown(part, example.parts[0, k])
            assert shown(points, example.contributions[0, k])
        text = PAGE.read_text(encoding="utf-8")
        assert f"Total = 10 + {example.total[0] - 10:.2f} = {example.total[0]:.2f}." in text
        assert example.cooldown[0] == 1

    def test_prints_the_means_and_strengths_of_its_example(self):
        rows = rows_of(vectors()[0])
        rows[0]["complainants"] = 32.3  # capped, as the page says
        policy = DEFAULT.to_document()
        rates, counts = reference_score.rates, reference_score.counts
        wanted = {
            "task_rate": ("tasks_overdue", "tasks", rates),
            "task_count": ("tasks_overdue", "task_cover", counts),
            "dossier_rate": ("dossiers_overdue", "dossiers", rates),
            "dossier_volume": ("dossiers", "dossier_cover", counts),
            "complaints": ("complainants", "complaint_cover", counts),
            "late_answers": ("answers_late", "answers_due", rates),
            "findings": ("finding_points", "visit_weight", counts),
            "pauses": ("dossiers_paused", "dossiers_detailed", rates),
        }
        printed = {row[0]: row for row in table("| part | m | strength | estimate |")}
        for part, (top, bottom, model) in wanted.items():
            _, mean, strength, *_ = printed[part]
            assert shown(mean, sum(r[top] for r in rows) / sum(r[bottom] for r in rows))
            assert shown(strength, reference_score.strength(rows, policy, top, bottom, model))

    def test_prints_the_weights_and_halves_of_the_default_policy(self):
        printed = table("| part | estimate | weight | half |")
        assert [row[0] for row in printed] == [part.value for part in Part]
        for (*_, weight, half), rule in zip(printed, DEFAULT.rules, strict=True):
            assert (float(weight), float(half)) == (rule.weight, rule.half)

    def test_prints_the_other_numbers_of_the_default_policy(self):
        for names, values, _ in table("| number | default | meaning |"):
            if names != "rules":
                found = [getattr(DEFAULT, name.strip(" `")) for name in names.split(",")]
                flat = found[0] if isinstance(found[0], tuple) else found
                assert [float(value) for value in values.split(",")] == [*flat]

    def test_describes_every_input(self):
        text = PAGE.read_text(encoding="utf-8")
        assert [name for name in unit() if f"`{name}`" not in text] == []


def table(header: str) -> list[list[str]]:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(header)
    lines = rest.splitlines()[2:]
    rows = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def shown(text: str, value: float) -> bool:
    """Whether a printed number is the value rounded to the printed decimals."""
    decimals = len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * 10**-decimals + 1e-9
