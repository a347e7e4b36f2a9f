"""`python -m planner learn`: from a table of visits to a proposal on paper."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from planner import canonical
from planner.__main__ import _visits, main
from planner.policy import DEFAULT, Part, Policy

HEADER = ["visit", "date", "unit", "team", "found", "probability", "size", "units", *Part]


def rows_of(count: int, seed: int = 1) -> list[list[str]]:
    """Visits that find something where many dossiers were paused."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        estimates = [rule.half * rng.choice([0.3, 1.0, 3.0]) for rule in DEFAULT.rules]
        paused = estimates[-1] > DEFAULT.rule(Part.PAUSES).half
        found = int(rng.random() < (0.5 if paused else 0.08))
        day = np.datetime64("2026-01-01") + number // 4
        rows.append(
            [
                *(f"V{number}", str(day), f"X{rng.integers(80)}", f"Đoàn {number % 5}", str(found)),
                *(f"{rng.uniform(0.1, 0.5):.4f}", "24", "120"),
                *(f"{estimate:.6f}" for estimate in estimates),
            ]
        )
    return rows


def write(tmp_path: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    path = tmp_path / "visits.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def test_prints_both_policies_and_writes_the_proposed_one(tmp_path, capsys):
    out = tmp_path / "proposed.json"
    assert main(["learn", str(write(tmp_path, rows_of(600))), "--out", str(out)]) == 0
    proposed = Policy.from_document(json.loads(out.read_bytes()))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("Of 100 later visits")
    for part, line in zip(Part, lines[2:], strict=False):
        weights = f"{DEFAULT.rule(part).weight:.2f}", f"{proposed.rule(part).weight:.2f}"
        assert line.split() == [part, *weights]
    assert proposed.rule(Part.PAUSES).weight > 3 * DEFAULT.rule(Part.PAUSES).weight


def test_starts_from_the_policy_in_force(tmp_path, capsys):
    rules = tuple(rule for rule in reversed(DEFAULT.rules))
    policy = tmp_path / "policy.json"
    policy.write_bytes(canonical.dumps(Policy(rules=rules).to_document()))
    path = write(tmp_path, rows_of(400))
    assert main(["learn", str(path), "--policy", str(policy)]) == 0
    assert f"{'task_rate':20}{rules[0].weight:>26.2f}" in capsys.readouterr().out


def test_counts_each_visit_by_its_probability_and_takes_the_halves_of_the_policy(tmp_path):
    rows = rows_of(2)
    rows[0][5:8], rows[1][5:8] = ["0.1", "24", "120"], ["0.5", "6", "40"]
    visits = _visits(write(tmp_path, rows), DEFAULT)
    assert visits.weight == pytest.approx([2, 0.3])
    shares = [
        1 / (1 + (rule.half / float(x)) ** 2)
        for rule, x in zip(DEFAULT.rules, rows[0][8:], strict=True)
    ]
    assert visits.parts[0] == pytest.approx(shares, abs=1e-4)


def test_says_so_where_nothing_is_shown(tmp_path, capsys):
    rows = rows_of(320)
    rng = np.random.default_rng(3)
    for row, found in zip(rows, rng.random(320) < 0.3, strict=True):
        row[4] = str(int(found))
    assert main(["learn", str(write(tmp_path, rows))]) == 0
    assert "This does not show that the proposal is better." in capsys.readouterr().out


def test_never_writes_over_a_file(tmp_path, capsys):
    out = tmp_path / "proposed.json"
    out.touch()
    assert main(["learn", str(write(tmp_path, rows_of(300))), "--out", str(out)]) == 2
    assert "never overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("found", "yes", "column found: 'yes' is neither 0 nor 1"),
        ("date", "31/12/2026", "is no date yyyy-mm-dd"),
        ("probability", "0", "do not fit together"),
        ("probability", "1.5", "do not fit together"),
        ("size", "130", "do not fit together"),
        ("pauses", "-1", "column pauses: '-1' is no number from 0"),
        ("pauses", "nan", "is no number from 0"),
        ("visit", "V0", "stands in row 2 already"),
    ],
)
def test_names_the_row_and_column_at_fault(tmp_path, capsys, column, value, says):
    rows = rows_of(300)
    rows[7][HEADER.index(column)] = value
    assert main(["learn", str(write(tmp_path, rows))]) == 2
    problem = capsys.readouterr().err
    assert "row 9" in problem
    assert says in problem


def test_needs_three_hundred_visits(tmp_path, capsys):
    assert main(["learn", str(write(tmp_path, rows_of(299)))]) == 2
    assert "299 drawn visits are too few to learn from" in capsys.readouterr().err


def test_needs_every_part(tmp_path, capsys):
    path = write(tmp_path, [row[:-1] for row in rows_of(300)], HEADER[:-1])
    assert main(["learn", str(path)]) == 2
    assert "column 'pauses' is missing" in capsys.readouterr().err
