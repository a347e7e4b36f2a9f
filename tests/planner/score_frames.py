"""Frames for the score's tests: rows of one unit each, as Inputs and back, and a strategy of them."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from planner.score import Inputs

NEVER = float("inf")
INDICES = ("peer", "parent", "cluster")
BLANK: dict[str, float] = {
    "peer": 0,
    "parent": 0,
    "cluster": 0,
    "task_cover": 0.0,
    "tasks": 0.0,
    "tasks_overdue": 0.0,
    "task_days": 0.0,
    "dossier_cover": 0.0,
    "dossiers": 0.0,
    "dossiers_overdue": 0.0,
    "dossiers_detailed": 0.0,
    "dossier_days": 0.0,
    "dossiers_paused": 0.0,
    "complaint_cover": 0.0,
    "complainants": 0.0,
    "answers_due": 0.0,
    "answers_late": 0.0,
    "history_known": False,
    "finding_points": 0.0,
    "visit_weight": 0.0,
    "critical_weight": 0.0,
    "recent_visit_weight": 0.0,
    "recent_critical_weight": 0.0,
    "months_since_visit": NEVER,
    "months_since_draw": NEVER,
}


def unit(**facts: float) -> dict[str, float]:
    """One unit without data, but for the facts given."""
    assert facts.keys() <= BLANK.keys()
    return {**BLANK, **facts}


def inputs(rows: Sequence[dict[str, float]]) -> Inputs:
    """Inputs of units named u0000, u0001, ..."""
    columns = {
        name: np.array(
            [row[name] for row in rows],
            dtype=np.int64
            if name in INDICES
            else np.bool_
            if name == "history_known"
            else np.float64,
        )
        for name in BLANK
    }
    return Inputs(codes=tuple(f"u{i:04d}" for i in range(len(rows))), **columns)


@st.composite
def units(draw: st.DrawFn, *, peers: int = 4) -> dict[str, float]:
    """A unit with any mixture of sources; two peer groups share each parent group."""
    peer = draw(st.integers(0, peers - 1))
    row = unit(peer=peer, parent=peer // 2, cluster=draw(st.integers(0, 5)))
    if draw(st.booleans()):
        tasks = draw(st.integers(0, 60))
        overdue = draw(st.integers(0, tasks))
        row |= {
            "task_cover": draw(st.sampled_from((1.0, 0.5, 0.25))),
            "tasks": tasks,
            "tasks_overdue": overdue,
            "task_days": draw(st.integers(0, 90 * overdue)),
        }
    if draw(st.booleans()):
        dossiers = draw(st.integers(0, 5000))
        overdue = draw(st.integers(0, dossiers))
        detailed = draw(st.sampled_from((0, dossiers)))
        row |= {
            "dossier_cover": draw(st.sampled_from((1.0, 0.5))),
            "dossiers": dossiers,
            "dossiers_overdue": overdue,
            "dossiers_detailed": detailed,
            "dossier_days": draw(st.integers(0, 90 * overdue)) if detailed else 0,
            "dossiers_paused": draw(st.integers(0, detailed)),
        }
    if draw(st.booleans()):
        due = draw(st.integers(0, 40))
        row |= {
            "complaint_cover": 1.0,
            "complainants": draw(st.integers(0, 300)),
            "answers_due": due,
            "answers_late": draw(st.integers(0, due)),
        }
    if draw(st.booleans()):
        since = draw(st.one_of(st.just(NEVER), st.floats(0, 90)))
        weight = draw(st.floats(0.05, 4)) if since < NEVER else 0.0
        recent = weight * draw(st.sampled_from((0.01, 0.5)))
        critical = draw(st.sampled_from((0.0, 0.3, 1.0)))
        row |= {
            "history_known": True,
            "finding_points": draw(st.floats(0.01, 80) | st.just(0.0)),
            "visit_weight": weight,
            "critical_weight": weight * critical,
            "recent_visit_weight": recent,
            "recent_critical_weight": recent * critical,
            "months_since_visit": since,
            "months_since_draw": draw(st.sampled_from((since, since + 3, NEVER))),
        }
    return row


def frames(most: int = 30, *, peers: int = 4) -> st.SearchStrategy[list[dict[str, float]]]:
    """Frames of 1 to `most` units."""
    return st.lists(units(peers=peers), min_size=1, max_size=most)
