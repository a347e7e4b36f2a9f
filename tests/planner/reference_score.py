"""The score in plain Python, unit by unit, written from docs/algorithms/score.md alone.

Slow, without numpy, and meant to be read beside the page; the tests hold the product against it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

NO_DATA, PARENT_GROUP, ALL_UNITS, CAPPED = 1, 2, 4, 8

Row = dict[str, float]


@dataclass
class Unit:
    """The reasons of one unit's score, by part."""

    estimates: dict[str, float]
    parts: dict[str, float]
    contributions: dict[str, float]
    flags: dict[str, int]
    total: float
    cooldown: float
    score: float


def score(rows: Sequence[Row], policy: dict[str, object]) -> list[Unit]:
    """Score units given as one dictionary each under a policy's document."""
    return [_score_one(i, rows, policy) for i in range(len(rows))]


def levels(i: int, rows: Sequence[Row]) -> list[list[Row]]:
    return [
        [row for row in rows if row["peer"] == rows[i]["peer"]],
        [row for row in rows if row["parent"] == rows[i]["parent"]],
        list(rows),
    ]


def centre(i, rows, policy, top, bottom):
    for flag, group in zip((0, PARENT_GROUP, ALL_UNITS), levels(i, rows), strict=True):
        speaking = [row for row in group if row[bottom] > 0]
        if len(speaking) >= policy["min_peers"] or (flag == ALL_UNITS and speaking):
            total = math.fsum(row[bottom] for row in speaking)
            return math.fsum(row[top] for row in speaking) / total, flag
    return None, 0


def strength(rows, policy, top, bottom, model) -> float:
    spread = room = 0.0
    for peer in {row["peer"] for row in rows}:
        pairs = [(row[top], row[bottom]) for row in rows if row["peer"] == peer and row[bottom] > 0]
        if len(pairs) > 1:
            gives = model(pairs)
            spread, room = spread + gives[0], room + gives[1]
    if room <= 0 or spread <= 0:
        return float(policy["prior_high"])
    fitted = room / spread - (1 if model is rates else 0)
    return min(max(fitted, float(policy["prior_low"])), float(policy["prior_high"]))


def rates(pairs) -> tuple[float, float]:
    k, n, m, squares = moments(pairs)
    v = m * (1 - m) * n / (n - 1)
    if v == 0:
        return 0.0, 0.0
    return squares / v - (k - 1), n - math.fsum(b * b for _, b in pairs) / n - (k - 1)


def counts(pairs) -> tuple[float, float]:
    k, n, m, squares = moments(pairs)
    if m == 0:
        return 0.0, 0.0
    return squares / m - (k - 1), m * (n - math.fsum(b * b for _, b in pairs) / n)


def moments(pairs) -> tuple[int, float, float, float]:
    n = math.fsum(b for _, b in pairs)
    m = math.fsum(a for a, _ in pairs) / n
    return len(pairs), n, m, math.fsum(b * (a / b - m) ** 2 for a, b in pairs)


def mean(i, rows, policy, amount, total, s) -> tuple[float, int]:
    m, flag = centre(i, rows, policy, amount, total)
    if m is None:
        return 0.0, NO_DATA
    row = rows[i]
    estimate = (row[amount] + s * m) / (row[total] + s)
    return estimate, flag | (NO_DATA if row[total] == 0 else 0)


def rate(i, rows, policy, cases, total) -> tuple[float, int]:
    return mean(i, rows, policy, cases, total, strength(rows, policy, cases, total, rates))


def count(i, rows, policy, events, exposure) -> tuple[float, int]:
    m, flag = centre(i, rows, policy, events, exposure)
    if m is None:
        return 0.0, NO_DATA
    a = strength(rows, policy, events, exposure, counts)
    x, t = rows[i][events], rows[i][exposure]
    return m * (x + a) / (m * t + a), flag | (NO_DATA if x == t == 0 else 0)


def grouped(i, rows, policy, group, events, exposure) -> tuple[float, int]:
    """Whole groups in place of units, all of them peers."""
    names = sorted({row[group] for row in rows})
    wholes = [
        {"peer": 0, "parent": 0}
        | {
            column: math.fsum(row[column] for row in rows if row[group] == name)
            for column in (events, exposure)
        }
        for name in names
    ]
    estimate, flags = count(names.index(rows[i][group]), wholes, policy, events, exposure)
    return estimate, flags & NO_DATA


def complaints(i, rows, policy) -> tuple[float, int]:
    capped = [
        {**row, "complainants": min(row["complainants"], allowed(j, rows, policy))}
        for j, row in enumerate(rows)
    ]
    cut = CAPPED if capped[i]["complainants"] < rows[i]["complainants"] else 0
    estimate, flags = count(i, capped, policy, "complainants", "complaint_cover")
    return estimate, flags | cut


def allowed(i, rows, policy) -> float:
    least = float(policy["rules"]["complaints"]["half"])
    return rows[i]["complaint_cover"] * max(least, percentile(i, rows, policy))


def percentile(i, rows, policy) -> float:
    for distance, group in enumerate(levels(i, rows)):
        values = sorted(
            row["complainants"] / row["complaint_cover"]
            for row in group
            if row["complaint_cover"] > 0
        )
        if len(values) >= (policy["min_peers"] if distance < 2 else 1):
            place = (len(values) - 1) * (policy["complaint_percentile"] / 100)
            low = math.floor(place)
            high = min(low + 1, len(values) - 1)
            return values[low] + (values[high] - values[low]) * (place - low)
    return 0.0


def since_visit(i, rows, policy) -> tuple[float, int]:
    known = [
        {
            **row,
            "months": min(row["months_since_visit"], policy["visit_months"])
            if row["history_known"]
            else 0.0,
        }
        for row in rows
    ]
    m, flag = centre(i, known, policy, "months", "history_known")
    if m is None:
        return 0.0, NO_DATA
    if rows[i]["history_known"]:
        return known[i]["months"], flag
    return m, flag | NO_DATA


def _score_one(i: int, rows: Sequence[Row], policy) -> Unit:
    task_strength = strength(rows, policy, "tasks_overdue", "tasks", rates)
    dossier_strength = strength(rows, policy, "dossiers_overdue", "dossiers", rates)
    found = {
        "task_rate": rate(i, rows, policy, "tasks_overdue", "tasks"),
        "task_count": count(i, rows, policy, "tasks_overdue", "task_cover"),
        "task_days": mean(i, rows, policy, "task_days", "tasks", task_strength),
        "dossier_rate": rate(i, rows, policy, "dossiers_overdue", "dossiers"),
        "dossier_days": mean(
            i, rows, policy, "dossier_days", "dossiers_detailed", dossier_strength
        ),
        "dossier_volume": count(i, rows, policy, "dossiers", "dossier_cover"),
        "complaints": complaints(i, rows, policy),
        "late_answers": rate(i, rows, policy, "answers_late", "answers_due"),
        "findings": count(i, rows, policy, "finding_points", "visit_weight"),
        "kind_findings": grouped(i, rows, policy, "peer", "critical_weight", "visit_weight"),
        "cluster_findings": grouped(
            i, rows, policy, "cluster", "recent_critical_weight", "recent_visit_weight"
        ),
        "since_visit": since_visit(i, rows, policy),
        "pauses": rate(i, rows, policy, "dossiers_paused", "dossiers_detailed"),
    }
    rules = policy["rules"]
    parts, points = {}, {}
    total = float(policy["base"])
    for name, (estimate, _) in found.items():
        parts[name] = estimate**2 / (estimate**2 + float(rules[name]["half"]) ** 2)
        points[name] = float(rules[name]["weight"]) * parts[name]
        total += points[name]
    full = float(policy["base"]) + math.fsum(float(rule["weight"]) for rule in rules.values())
    least = float(policy["cooldown_factor"])
    grown = min(rows[i]["months_since_draw"] / policy["cooldown_months"], 1)
    factor = least + (1 - least) * grown
    return Unit(
        estimates={name: estimate for name, (estimate, _) in found.items()},
        parts=parts,
        contributions=points,
        flags={name: flags for name, (_, flags) in found.items()},
        total=total,
        cooldown=factor,
        score=total * (total / full) ** (float(policy["sharpness"]) - 1) * factor,
    )
