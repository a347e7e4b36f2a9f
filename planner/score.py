"""The score of every unit: `base + Σ weight · part`, sharpened, then cooled down after a drawn visit.

Additive, each part in [0, 1]: a score can be read as a list of reasons, and nothing can run away
with it. `docs/algorithms/score.md` defines it to the last step, with an example.

What keeps a unit from steering its own score lies in the inputs: a dossier's age counts from its
first receipt, pauses included, and a re-opened dossier goes on with its first date; complaints count
by distinct complainants; visits that nobody drew add their findings but open no time of grace.
"""

from dataclasses import dataclass

import numpy as np

from planner import parts
from planner.errors import InvalidInput
from planner.parts import Booleans, Estimate, Floats, Integers, Peers
from planner.policy import Part, Policy

_LARGEST = 1e12  # counts and days beyond this are mistakes, and squares of it stay exact enough


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the score knows of N units at the cut-off. All arrays have shape (N,), in one order.

    Counts are whole numbers held as float64. A cover is the share of a source's window (see
    `Policy`) for which the source speaks about the unit, from 0.0001 to 1, or 0 where it is silent:
    then its counts are 0 and the unit has no data. A unit that the source reports as having nothing
    has a cover and counts of 0.

    codes: N different unit codes.
    peer, parent: (int64) the unit's group of peers, and the larger group that holds that group.
    cluster: (int64) the units that are led from one place, or lie in one.

    task_cover: cover of the task source.
    tasks: tasks due in the window, and older ones still open at the cut-off.
    tasks_overdue: those of them not finished by their deadline.
    task_days: Σ working days of delay of those, each at most `days_cap`.

    dossier_cover: cover of the dossier source.
    dossiers: dossiers handled in the window: received in it, or open when it began.
    dossiers_overdue: those of them not finished by their first appointed day.
    dossiers_detailed: those of `dossiers` that are known one by one, not from a summary alone.
    dossier_days: Σ working days of delay of those known one by one, each at most `days_cap`.
    dossiers_paused: those known one by one that were paused, re-opened or both.

    complaint_cover: cover of the complaint source.
    complainants: distinct complainants in the window.
    answers_due: complaints whose deadline for an answer lies in the window.
    answers_late: those of them answered late or not at all.

    history_known: (bool) earlier visits of the unit, or their absence, are on record.
    finding_points: Σ points of findings in any earlier visit, decayed (`parts.decayed_sums`).
    visit_weight: Σ 1 over full visits that the unit could not arrange, decayed likewise; 0 or at
        least 2^-120, as is recent_visit_weight.
    critical_weight: the same sum over those of them that met a critical finding.
    recent_visit_weight, recent_critical_weight: both sums, decayed by `cluster_half_life`.
    months_since_visit: months since the last such visit; inf for none.
    months_since_draw: months since the last drawn visit with a full checklist; inf for none.

    Raises InvalidInput, naming the first unit at fault, when anything is not as said here.
    """

    codes: tuple[str, ...]
    peer: Integers
    parent: Integers
    cluster: Integers
    task_cover: Floats
    tasks: Floats
    tasks_overdue: Floats
    task_days: Floats
    dossier_cover: Floats
    dossiers: Floats
    dossiers_overdue: Floats
    dossiers_detailed: Floats
    dossier_days: Floats
    dossiers_paused: Floats
    complaint_cover: Floats
    complainants: Floats
    answers_due: Floats
    answers_late: Floats
    history_known: Booleans
    finding_points: Floats
    visit_weight: Floats
    critical_weight: Floats
    recent_visit_weight: Floats
    recent_critical_weight: Floats
    months_since_visit: Floats
    months_since_draw: Floats

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of N units with their reasons; K parts in the order of `Part`.

    estimates: (N, K) each part's estimate in its own unit, see `Policy.rules`.
    parts: (N, K) in [0, 1].
    contributions: (N, K) points, weight · part.
    flags: (N, K) `parts.Flag` bits.
    total: (N,) base + contributions, added from left to right; exactly that sum.
    cooldown: (N,) factor in (0, 1].
    score: (N,) `sharpened` total · cooldown, finite and positive; what inclusion probabilities start
        from.
    """

    estimates: Floats
    parts: Floats
    contributions: Floats
    flags: Integers
    total: Floats
    cooldown: Floats
    score: Floats


def score(inputs: Inputs, policy: Policy) -> Scored:
    """Score all units under a policy.

    A unit's score does not depend on the order of the units (up to rounding, 1e-9).
    """
    found = _estimates(inputs, policy)
    estimates = np.column_stack([found[part].value for part in Part])
    weights = np.array([rule.weight for rule in policy.rules], dtype=np.float64)
    halves = np.array([rule.half for rule in policy.rules], dtype=np.float64)
    shares = parts.saturate(estimates, halves)
    contributions = shares * weights
    total = np.full(len(inputs.codes), float(policy.base))
    for column in contributions.T:
        total += column
    cooldown = parts.cooldown(inputs.months_since_draw, policy)
    return Scored(
        estimates=estimates,
        parts=shares,
        contributions=contributions,
        flags=np.column_stack([found[part].flags for part in Part]),
        total=total,
        cooldown=cooldown,
        score=sharpened(total, policy) * cooldown,
    )


def sharpened(total: Floats, policy: Policy) -> Floats:
    """total · (total / full)^(sharpness − 1), full the points that nobody can exceed: base and all
    weights. With a sharpness of 1 the total itself."""
    full = policy.base + sum(rule.weight for rule in policy.rules)
    return np.asarray(total * (total / full) ** (policy.sharpness - 1))


def equal(units: int) -> Floats:
    """Scores (units,) of a plan without data: every unit alike.

    Raises InvalidInput when `units` is below 1.
    """
    if units < 1:
        raise InvalidInput("an equal-probability plan needs at least one unit")
    return np.ones(units)


def _estimates(x: Inputs, policy: Policy) -> dict[Part, Estimate]:
    peers = Peers.of(x.peer, x.parent)
    task_strength = parts.rate_strength(x.tasks_overdue, x.tasks, peers, policy)
    dossier_strength = parts.rate_strength(x.dossiers_overdue, x.dossiers, peers, policy)
    return {
        Part.TASK_RATE: parts.mean(x.tasks_overdue, x.tasks, task_strength, peers, policy),
        Part.TASK_COUNT: parts.count(x.tasks_overdue, x.task_cover, peers, policy),
        Part.TASK_DAYS: parts.mean(x.task_days, x.tasks, task_strength, peers, policy),
        Part.DOSSIER_RATE: parts.mean(
            x.dossiers_overdue, x.dossiers, dossier_strength, peers, policy
        ),
        Part.DOSSIER_DAYS: parts.mean(
            x.dossier_days, x.dossiers_detailed, dossier_strength, peers, policy
        ),
        Part.DOSSIER_VOLUME: parts.count(x.dossiers, x.dossier_cover, peers, policy),
        Part.COMPLAINTS: parts.capped_count(
            x.complainants,
            x.complaint_cover,
            policy.rule(Part.COMPLAINTS).half,
            peers,
            policy,
        ),
        Part.LATE_ANSWERS: parts.rate(x.answers_late, x.answers_due, peers, policy),
        Part.FINDINGS: parts.count(x.finding_points, x.visit_weight, peers, policy),
        Part.KIND_FINDINGS: parts.grouped(x.critical_weight, x.visit_weight, x.peer, policy),
        Part.CLUSTER_FINDINGS: parts.grouped(
            x.recent_critical_weight, x.recent_visit_weight, x.cluster, policy
        ),
        Part.SINCE_VISIT: parts.elapsed(x.months_since_visit, x.history_known, peers, policy),
        Part.PAUSES: parts.rate(x.dossiers_paused, x.dossiers_detailed, peers, policy),
    }


_INDICES = ("peer", "parent", "cluster")
_COVERS = ("task_cover", "dossier_cover", "complaint_cover")
_COUNTS = (
    "tasks",
    "tasks_overdue",
    "dossiers",
    "dossiers_overdue",
    "dossiers_detailed",
    "dossiers_paused",
    "complainants",
    "answers_due",
    "answers_late",
)
_AMOUNTS = (
    "task_days",
    "dossier_days",
    "finding_points",
    "visit_weight",
    "critical_weight",
    "recent_visit_weight",
    "recent_critical_weight",
)
_MONTHS = ("months_since_visit", "months_since_draw")


def _check(x: Inputs) -> None:
    if not x.codes or "" in x.codes or len(set(x.codes)) != len(x.codes):
        raise InvalidInput("the score needs at least one unit, each with a code of its own")
    for name in _INDICES:
        _check_array(x, name, np.int64)
    _check_array(x, "history_known", np.bool_)
    for name in (*_COVERS, *_COUNTS, *_AMOUNTS, *_MONTHS):
        _check_array(x, name, np.float64)
    for name in (*_COUNTS, *_AMOUNTS):
        values: Floats = getattr(x, name)
        _refuse(x, ~((values >= 0) & (values <= _LARGEST)), f"{name} is not from 0 to 1e12")
    for name in _COUNTS:
        values = getattr(x, name)
        _refuse(x, values != np.floor(values), f"{name} is not a whole number")
    for name in _COVERS:
        values = getattr(x, name)
        wrong = ~((values == 0) | ((values >= 1e-4) & (values <= 1)))
        _refuse(x, wrong, f"{name} is neither 0 nor from 0.0001 to 1")
    for name in _MONTHS:
        _refuse(x, ~(getattr(x, name) >= 0), f"{name} is not 0 or more")
    for message, wrong in _contradictions(x).items():
        _refuse(x, wrong, message)
    _check_nesting(x)


def _contradictions(x: Inputs) -> dict[str, Booleans]:
    any_task = (x.tasks > 0) | (x.task_days > 0)
    any_dossier = (x.dossiers > 0) | (x.dossier_days > 0)
    any_complaint = (x.complainants > 0) | (x.answers_due > 0)
    any_visit = (
        (x.finding_points > 0)
        | (x.visit_weight > 0)
        | (x.recent_visit_weight > 0)
        | np.isfinite(x.months_since_visit)
        | np.isfinite(x.months_since_draw)
    )
    return {
        "more tasks overdue than tasks": x.tasks_overdue > x.tasks,
        "task_days without an overdue task": (x.task_days > 0) & (x.tasks_overdue == 0),
        "more dossiers overdue than dossiers": x.dossiers_overdue > x.dossiers,
        "more dossiers known one by one than dossiers": x.dossiers_detailed > x.dossiers,
        "more dossiers paused than known one by one": x.dossiers_paused > x.dossiers_detailed,
        "dossier_days without an overdue dossier known one by one": (x.dossier_days > 0)
        & ((x.dossiers_overdue == 0) | (x.dossiers_detailed == 0)),
        "more answers late than due": x.answers_late > x.answers_due,
        "tasks where the source is silent": any_task & (x.task_cover == 0),
        "dossiers where the source is silent": any_dossier & (x.dossier_cover == 0),
        "complaints where the source is silent": any_complaint & (x.complaint_cover == 0),
        "visits where no history is known": any_visit & ~x.history_known,
        "visit_weight is below 2^-120": _is_tiny(x.visit_weight),
        "recent_visit_weight is below 2^-120": _is_tiny(x.recent_visit_weight),
        "critical_weight is more than visit_weight": x.critical_weight > x.visit_weight,
        "recent_critical_weight is more than recent_visit_weight": (
            x.recent_critical_weight > x.recent_visit_weight
        ),
        "drawn more lately than visited": x.months_since_draw < x.months_since_visit,
    }


def _is_tiny(weight: Floats) -> Booleans:
    return (weight > 0) & (weight < 2.0**-120)


def _check_array(x: Inputs, name: str, dtype: type[np.generic]) -> None:
    values: object = getattr(x, name)
    if (
        not isinstance(values, np.ndarray)
        or values.dtype != dtype
        or values.shape != (len(x.codes),)
    ):
        raise InvalidInput(f"{name} must be an array of {dtype.__name__}, one entry for each unit")


def _check_nesting(x: Inputs) -> None:
    order = np.argsort(x.peer, kind="stable")
    peer, parent = x.peer[order], x.parent[order]
    torn = np.zeros(len(order), dtype=np.bool_)
    torn[order[1:]] = (peer[1:] == peer[:-1]) & (parent[1:] != parent[:-1])
    _refuse(x, torn, "its peer group lies in two parent groups")


def _refuse(x: Inputs, wrong: Booleans, message: str) -> None:
    if wrong.any():
        raise InvalidInput(f"unit {x.codes[int(np.argmax(wrong))]!r}: {message}")
