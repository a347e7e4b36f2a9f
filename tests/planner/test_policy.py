import copy
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InvalidInput
from planner.policy import DEFAULT, Part, Policy, Rule, Severity

decimals = st.integers(0, 999_999_999_999).map(lambda millionths: millionths / 1e6)
above_zero = st.integers(1, 999_999_999_999).map(lambda millionths: millionths / 1e6)
rules = st.builds(Rule, weight=decimals, half=above_zero)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    low, high = sorted(draw(st.tuples(*[st.integers(5_000_000, 200_000_000)] * 2)))
    parts = draw(st.lists(rules, min_size=len(Part), max_size=len(Part)))
    parts[draw(st.integers(0, len(Part) - 1))] = Rule(draw(above_zero), draw(above_zero))
    return Policy(
        base=draw(above_zero),
        rules=tuple(parts),
        task_months=draw(st.integers(1, 120)),
        days_cap=draw(st.integers(1, 3650)),
        severity_points=tuple(sorted(draw(st.tuples(decimals, decimals, decimals, above_zero)))),
        cooldown_factor=draw(st.integers(1, 1_000_000)) / 1e6,
        prior_low=low / 1e6,
        prior_high=high / 1e6,
    )


class TestDocument:
    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(policies())
    def test_gives_back_exactly_the_policy(self, policy):
        document = policy.to_document()
        assert Policy.from_document(document) == policy
        assert Policy.from_document(json.loads(json.dumps(document))).to_document() == document

    def test_holds_only_what_canonical_json_accepts(self):
        def leaves(value):
            if isinstance(value, dict):
                assert all(isinstance(name, str) for name in value)
                return [leaf for inner in value.values() for leaf in leaves(inner)]
            return [value]

        assert {type(leaf) for leaf in leaves(DEFAULT.to_document())} == {str, int}

    def test_writes_decimals_as_plain_text(self):
        document = replace(DEFAULT, base=0.000001, prior_high=150.5).to_document()
        assert (document["base"], document["prior_high"]) == ("0.000001", "150.5")
        assert document["rules"]["task_rate"] == {"weight": "12", "half": "0.2"}

    @pytest.mark.parametrize("name", sorted(DEFAULT.to_document()))
    def test_refuses_to_miss_a_field(self, name):
        document = DEFAULT.to_document()
        del document[name]
        with pytest.raises(InvalidInput, match=f"'{name}' is missing"):
            Policy.from_document(document)

    @pytest.mark.parametrize(
        ("path", "says"),
        [
            (("extra",), "'extra' is unknown"),
            (("rules", "extra"), "'extra' is unknown"),
            (("rules", "pauses", "extra"), "'extra' is unknown"),
            (("severity_points", "extra"), "'extra' is unknown"),
        ],
    )
    def test_refuses_a_field_that_it_does_not_know(self, path, says):
        with pytest.raises(InvalidInput, match=says):
            Policy.from_document(changed(path, "1"))

    @pytest.mark.parametrize("path", [("rules", "pauses"), ("severity_points", "major")])
    def test_refuses_to_miss_a_part_or_severity(self, path):
        document = copy.deepcopy(DEFAULT.to_document())
        del document[path[0]][path[1]]
        with pytest.raises(InvalidInput, match="missing"):
            Policy.from_document(document)

    @pytest.mark.parametrize(
        "text",
        [
            *("nan", "inf", "-1", "+1", "1.0", "1.50", "01", ".5", "1.", "1e1", " 1", "1 ", "1,5"),
            *("", "1_0", "٣", "1000000", "0.0000001", 1, 1.5, None, True, {}),
        ],
    )
    def test_refuses_a_decimal_in_any_other_spelling(self, text):
        for path in (("base",), ("rules", "pauses", "weight"), ("severity_points", "minor")):
            with pytest.raises(InvalidInput, match="plain decimal"):
                Policy.from_document(changed(path, text))

    @pytest.mark.parametrize("value", ["12", 12.0, True, None, math.nan])
    def test_refuses_a_whole_number_of_another_type(self, value):
        with pytest.raises(InvalidInput, match="task_months must be a whole number"):
            Policy.from_document(changed(("task_months",), value))

    @pytest.mark.parametrize("document", [None, [], "policy", 3, {1: 2}, {"format": 1}])
    def test_refuses_what_is_no_policy(self, document):
        with pytest.raises(InvalidInput):
            Policy.from_document(document)

    def test_refuses_another_format(self):
        with pytest.raises(InvalidInput, match="format"):
            Policy.from_document(changed(("format",), "kycuong/policy/1"))


class TestPolicy:
    @pytest.mark.parametrize(
        "numbers",
        [
            {"base": 0.0},
            {"base": -1.0},
            {"base": math.nan},
            {"base": math.inf},
            {"base": 1e-7},
            {"base": 1e6},
            {"rules": tuple(Rule(0, 1) for _ in Part)},
            {"rules": tuple(Rule(-1, 1) for _ in Part)},
            {"rules": tuple(Rule(1, 0) for _ in Part)},
            {"rules": tuple(Rule(math.nan, 1) for _ in Part)},
            {"rules": tuple(Rule(1, math.inf) for _ in Part)},
            {"rules": DEFAULT.rules[1:]},
            {"severity_points": (1, 2, 4)},
            {"severity_points": (2, 1, 4, 8)},
            {"severity_points": (0, 0, 0, 0)},
            {"severity_points": (-1, 0, 1, 2)},
            {"task_months": 0},
            {"visit_months": 121},
            {"finding_half_life": 0},
            {"complaint_percentile": 49},
            {"complaint_percentile": 101},
            {"sharpness": 0.9},
            {"sharpness": 20.1},
            {"cooldown_factor": 0.0},
            {"cooldown_factor": 1.1},
            {"cooldown_months": 0},
            {"min_peers": 1},
            {"prior_low": 4.9},
            {"prior_high": 200.1},
            {"prior_low": 30.0, "prior_high": 20.0},
        ],
    )
    def test_refuses_numbers_that_mean_nothing(self, numbers):
        with pytest.raises(InvalidInput):
            replace(DEFAULT, **numbers)

    def test_weighs_backlog_and_complaints_most_and_findings_heavily(self):
        weight = {part: DEFAULT.rule(part).weight for part in Part}
        backlog = sum(
            weight[part]
            for part in (
                Part.TASK_RATE,
                Part.TASK_COUNT,
                Part.TASK_DAYS,
                Part.DOSSIER_RATE,
                Part.DOSSIER_DAYS,
            )
        )
        assert backlog > max(weight.values()) == weight[Part.COMPLAINTS] > weight[Part.FINDINGS]
        assert weight[Part.FINDINGS] > sum(weight.values()) / 6
        assert DEFAULT.base + sum(weight.values()) == 100

    def test_knows_as_many_points_as_severities(self):
        assert len(DEFAULT.severity_points) == len(Severity)


def changed(path, value):
    document = copy.deepcopy(DEFAULT.to_document())
    *parents, name = path
    inner = document
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    return document
