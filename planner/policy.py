"""The policy: every number of the score that people decide, and nothing that data decide.

A policy is written by one person and endorsed by another before the month's data are loaded.
`to_document` gives the form that is hashed into a plan's frame: strings, integers and objects only,
decimals as plain text ("0.2", never "0.20" or "2e-1"), so that equal policies have equal bytes.
`docs/algorithms/score.md` explains each number with an example.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from planner.errors import InvalidInput

FORMAT = "kycuong/policy/2"

DAYS_PER_MONTH = 30.4375
"""Days in a month of the score: 365.25 / 12."""

_PLAIN_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{0,5}[1-9])?")
_WHOLE_NUMBERS = {
    "task_months": (1, 120),
    "dossier_months": (1, 120),
    "complaint_months": (1, 120),
    "visit_months": (1, 120),
    "days_cap": (1, 3650),
    "finding_half_life": (1, 120),
    "cluster_half_life": (1, 120),
    "complaint_percentile": (50, 100),
    "cooldown_months": (1, 120),
    "min_peers": (2, 1000),
}
_DECIMALS = ("base", "sharpness", "cooldown_factor", "prior_low", "prior_high")


class Part(StrEnum):
    """The parts of a score, in the order in which they are added and in every matrix's columns."""

    TASK_RATE = "task_rate"
    TASK_COUNT = "task_count"
    TASK_DAYS = "task_days"
    DOSSIER_RATE = "dossier_rate"
    DOSSIER_DAYS = "dossier_days"
    DOSSIER_VOLUME = "dossier_volume"
    COMPLAINTS = "complaints"
    LATE_ANSWERS = "late_answers"
    FINDINGS = "findings"
    KIND_FINDINGS = "kind_findings"
    CLUSTER_FINDINGS = "cluster_findings"
    SINCE_VISIT = "since_visit"
    PAUSES = "pauses"


class Severity(StrEnum):
    """Severities of a finding, mildest first."""

    MINOR = "minor"
    MODERATE = "moderate"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one part counts.

    weight: points that the part can add to a score, 0 or more.
    half: the estimate at which the part reaches one half, in the estimate's own unit; above 0.
    """

    weight: float
    half: float


DEFAULT_RULES = (
    Rule(12, 0.2),  # task_rate: one task in five overdue
    Rule(8, 10),  # task_count: ten overdue tasks in the window
    Rule(4, 5),  # task_days: five working days of delay per task
    Rule(9, 0.1),  # dossier_rate: one dossier in ten overdue
    Rule(2, 2),  # dossier_days: two working days of delay per dossier
    Rule(4, 2000),  # dossier_volume: two thousand dossiers in the window
    Rule(17, 20),  # complaints: twenty complainants in the window
    Rule(5, 0.2),  # late_answers: one answer in five late
    Rule(16, 12),  # findings: twelve points a visit
    Rule(5, 0.1),  # kind_findings: a critical finding in one visit of ten to units of its kind
    Rule(2, 0.1),  # cluster_findings: and in one recent visit of ten to its cluster
    Rule(3, 18),  # since_visit: eighteen months
    Rule(3, 0.1),  # pauses: one dossier in ten paused or re-opened
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the score's numbers; the defaults are the policy that a department starts with.

    base: points that every unit has, above 0, so that nobody's score is 0.
    rules: weight and half of each part, in the order of `Part`.
    sharpness: how strongly the draw follows the points, 1 to 20: twice the points make a unit
        2^sharpness times as likely.
    task_months, dossier_months, complaint_months, visit_months: windows before the cut-off, 1 to 120.
    days_cap: working days of delay at which one task or dossier stops counting, 1 to 3650.
    severity_points: points of one finding, in the order of `Severity`, never falling.
    finding_half_life: months after which an earlier visit counts half, 1 to 120.
    cluster_half_life: likewise, where a visit speaks for the whole cluster.
    complaint_percentile: percentile of the peers at which complainants are capped, 50 to 100.
    cooldown_factor: share of the score left just after a drawn visit, in (0, 1].
    cooldown_months: months until the whole score is back, 1 to 120.
    min_peers: units with data that a group needs before it speaks for its members, 2 to 1000.
    prior_low, prior_high: bounds of the number of imaginary cases that peers count for,
        5 ≤ prior_low ≤ prior_high ≤ 200.

    Decimals have at most six digits before and after the point.

    Raises InvalidInput when a number lies outside what is said here, or no part has a weight.
    """

    base: float = 10
    rules: tuple[Rule, ...] = DEFAULT_RULES
    sharpness: float = 1
    task_months: int = 12
    dossier_months: int = 6
    complaint_months: int = 12
    visit_months: int = 60
    days_cap: int = 90
    severity_points: tuple[float, ...] = (1, 2, 4, 8)
    finding_half_life: int = 18
    cluster_half_life: int = 6
    complaint_percentile: int = 95
    cooldown_factor: float = 0.25
    cooldown_months: int = 6
    min_peers: int = 10
    prior_low: float = 5
    prior_high: float = 200

    def __post_init__(self) -> None:
        if len(self.rules) != len(Part) or len(self.severity_points) != len(Severity):
            raise InvalidInput("a policy has one rule for each part and points for each severity")
        for name, (low, high) in _WHOLE_NUMBERS.items():
            if not low <= _whole(getattr(self, name), name) <= high:
                raise InvalidInput(f"{name} must be from {low} to {high}")
        for name in _DECIMALS:
            _check_decimal(name, getattr(self, name))
        for part, rule in zip(Part, self.rules, strict=True):
            _check_decimal(f"weight of {part}", rule.weight)
            _check_decimal(f"half of {part}", rule.half)
        for severity, points in zip(Severity, self.severity_points, strict=True):
            _check_decimal(f"points of {severity}", points)
        self._check_meaning()

    def _check_meaning(self) -> None:
        wrong = {
            "base must be above 0": self.base <= 0,
            "at least one part needs a weight": not any(rule.weight for rule in self.rules),
            "the half of a part must be above 0": any(rule.half <= 0 for rule in self.rules),
            "a graver finding cannot have fewer points": (
                tuple(sorted(self.severity_points)) != self.severity_points
            ),
            "critical findings need points": self.severity_points[-1] <= 0,
            "sharpness must be from 1 to 20": not 1 <= self.sharpness <= 20,
            "cooldown_factor must be above 0 and at most 1": not 0 < self.cooldown_factor <= 1,
            "the prior's bounds must be 5 <= prior_low <= prior_high <= 200": (
                not 5 <= self.prior_low <= self.prior_high <= 200
            ),
        }
        for message, is_wrong in wrong.items():
            if is_wrong:
                raise InvalidInput(message)

    def rule(self, part: Part) -> Rule:
        """The weight and half of one part."""
        return self.rules[tuple(Part).index(part)]

    def to_document(self) -> dict[str, object]:
        """The policy as strings, integers and objects, ready for canonical JSON."""
        return {
            "format": FORMAT,
            **{name: getattr(self, name) for name in _WHOLE_NUMBERS},
            **{name: _text(getattr(self, name)) for name in _DECIMALS},
            "rules": {
                part.value: {"weight": _text(rule.weight), "half": _text(rule.half)}
                for part, rule in zip(Part, self.rules, strict=True)
            },
            "severity_points": {
                severity.value: _text(points)
                for severity, points in zip(Severity, self.severity_points, strict=True)
            },
        }

    @classmethod
    def from_document(cls, document: object) -> "Policy":
        """The policy that `to_document` wrote; both ways round give back exactly what went in.

        Raises InvalidInput for another format, a missing or unknown field, a number in another
        spelling than the one `to_document` uses, and everything that `Policy` itself refuses.
        """
        names = ("format", "rules", "severity_points", *_WHOLE_NUMBERS, *_DECIMALS)
        given = _object(document, names, "policy")
        if given["format"] != FORMAT:
            raise InvalidInput(f"the policy's format must be {FORMAT!r}")
        rules = _object(given["rules"], Part, "rules")
        points = _object(given["severity_points"], Severity, "severity_points")
        whole = {name: _whole(given[name], name) for name in _WHOLE_NUMBERS}
        decimal = {name: _number(given[name], name) for name in _DECIMALS}
        return cls(
            base=decimal["base"],
            rules=tuple(_rule(rules[part], part) for part in Part),
            sharpness=decimal["sharpness"],
            task_months=whole["task_months"],
            dossier_months=whole["dossier_months"],
            complaint_months=whole["complaint_months"],
            visit_months=whole["visit_months"],
            days_cap=whole["days_cap"],
            severity_points=tuple(_number(points[name], name) for name in Severity),
            finding_half_life=whole["finding_half_life"],
            cluster_half_life=whole["cluster_half_life"],
            complaint_percentile=whole["complaint_percentile"],
            cooldown_factor=decimal["cooldown_factor"],
            cooldown_months=whole["cooldown_months"],
            min_peers=whole["min_peers"],
            prior_low=decimal["prior_low"],
            prior_high=decimal["prior_high"],
        )


def _text(value: float) -> str:
    whole, _, fraction = f"{value:.6f}".partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _check_decimal(name: str, value: float) -> None:
    text = _text(value)
    if not _PLAIN_DECIMAL.fullmatch(text) or float(text) != value:
        raise InvalidInput(f"{name} must be a number from 0 to 999999 with at most six decimals")


def _object(value: object, names: Iterable[str], where: str) -> Mapping[str, object]:
    expected = set(map(str, names))
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{where} must be an object")
    for name in sorted(expected.symmetric_difference(value), key=str):
        raise InvalidInput(
            f"{where}: field {name!r} is {'missing' if name in expected else 'unknown'}"
        )
    return value


def _whole(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be a whole number")
    return value


def _number(value: object, name: str) -> float:
    if not isinstance(value, str) or not _PLAIN_DECIMAL.fullmatch(value):
        raise InvalidInput(f'{name} must be a plain decimal in quotes, such as "0.25"')
    return float(value)


def _rule(value: object, part: Part) -> Rule:
    given = _object(value, ("weight", "half"), part)
    return Rule(
        weight=_number(given["weight"], f"weight of {part}"),
        half=_number(given["half"], f"half of {part}"),
    )


DEFAULT = Policy()
"""Overdue backlog and complaints weigh most, and what earlier visits found has real weight."""
