"""Chicago's food inspections as the planner sees units: their history at any day, and nothing later.

A licence is a unit; facility type, risk class and kinds of licence make its kind, the zip code its cluster. What is
known of a unit on a day comes from inspections and complaints before that day, and from the register.
"""

import csv
import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from planner.parts import Booleans, Floats, Integers, decayed_sums
from planner.policy import DAYS_PER_MONTH, Policy, Severity
from planner.score import Inputs

VISITS, COMPLAINTS, SCORED = (
    f"chicago_{name}.csv.gz" for name in ("visits", "complaints", "published_test")
)
LICENCES = (
    "consumption_on_premises_incidental_activity",
    "tobacco",
    "package_goods",
    "limited_business_license",
)
SEVERITIES = {
    "minorCount": Severity.MINOR,
    "seriousCount": Severity.MAJOR,
    "criticalCount": Severity.CRITICAL,
}


@dataclass(frozen=True)
class City:
    """Inspections in the order of their days, one entry each, and complaints.

    day: days since 1970. unit, kind, risk, cluster, ward, inspector: numbers from 0. findings: (V, 3)
    minor, serious, critical. scored: whether the city scored the inspection. The last two arrays
    are those of the complaints.
    """

    day: Integers
    unit: Integers
    kind: Integers
    risk: Integers
    cluster: Integers
    ward: Integers
    inspector: Integers
    findings: Floats
    scored: Booleans
    complaint_day: Integers
    complaint_ward: Integers

    @property
    def found(self) -> Booleans:
        """Whether an inspection met a critical violation."""
        return np.asarray(self.findings[:, -1] > 0)


@dataclass(frozen=True)
class Known:
    """What is known at the start of a day: the score's inputs, and each planned row's place in them."""

    inputs: Inputs
    place: Integers


Measure = Callable[[City, int, Integers, Policy], Known]


def read(folder: Path) -> City:
    """Read the three files; say which are missing."""
    missing = [name for name in (VISITS, COMPLAINTS, SCORED) if not (folder / name).is_file()]
    if missing:
        raise SystemExit(f"{folder} lacks {', '.join(missing)}.")
    visits = sorted(_rows(folder / VISITS), key=lambda row: row["Inspection_Date"])
    complaints = [row for row in _rows(folder / COMPLAINTS) if not row["Status"].endswith("Dup")]
    scored = {row["Inspection_ID"] for row in _rows(folder / SCORED)}
    wards = _numbers([row["WARD"] for row in visits] + [row["Ward"] for row in complaints])
    kind = [
        (row["Facility_Type"], row["Risk"], *(float(row[name] or 0) > 0 for name in LICENCES))
        for row in visits
    ]
    return City(
        day=_days([row["Inspection_Date"] for row in visits]),
        unit=_numbers([row["License"] for row in visits]),
        kind=_numbers(kind),
        risk=_numbers([row["Risk"] for row in visits]),
        cluster=_numbers([row["Zip"] for row in visits]),
        ward=wards[: len(visits)],
        inspector=_numbers([row["sanitarian_cluster"] for row in visits]),
        findings=np.array([[float(row[name]) for name in SEVERITIES] for row in visits]),
        scored=np.array([row["Inspection_ID"] in scored for row in visits]),
        complaint_day=_days([row["Creation_Date"] for row in complaints]),
        complaint_ward=wards[len(visits) :],
    )


def known_before(city: City, start: int, planned: Integers, policy: Policy) -> Known:
    """Measure every unit inspected before the day `start`, and those planned, as the product does.

    planned: (P,) rows of the inspections to be planned; of them only unit and register are read.
    """
    earlier = np.flatnonzero(city.day < start)
    # The register: the last entry before the day; for units not inspected before, the planned one.
    entry = np.full(int(city.unit.max()) + 1, -1)
    entry[city.unit[planned[::-1]]] = planned[::-1]
    entry[city.unit[earlier]] = earlier
    units = np.flatnonzero(entry >= 0)
    place_of = np.full(len(entry), -1)
    place_of[units] = np.arange(len(units))
    entry = entry[units]

    months = (start - city.day[earlier]) / DAYS_PER_MONTH
    within = months <= policy.visit_months
    place, months, earlier = place_of[city.unit[earlier[within]]], months[within], earlier[within]
    points_of = dict(zip(Severity, policy.severity_points, strict=True))
    points = city.findings @ [points_of[severity] for severity in SEVERITIES.values()]
    all_ones, critical_ones = np.ones(len(earlier)), city.found[earlier].astype(np.float64)

    def total(amount: Floats, half_life: int) -> Floats:
        return decayed_sums(place, months, amount, len(units), half_life)

    since = np.full(len(units), np.inf)
    np.minimum.at(since, place, months)
    silent = np.zeros(len(units))
    return Known(
        Inputs(
            codes=tuple(map(str, units)),
            peer=city.kind[entry],
            parent=city.risk[entry],
            cluster=city.cluster[entry],
            complaint_cover=np.ones(len(units)),
            complainants=_complaints(city, start, policy)[city.ward[entry]],
            history_known=np.ones(len(units), dtype=np.bool_),
            finding_points=total(points[earlier], policy.finding_half_life),
            visit_weight=total(all_ones, policy.finding_half_life),
            critical_weight=total(critical_ones, policy.finding_half_life),
            recent_visit_weight=total(all_ones, policy.cluster_half_life),
            recent_critical_weight=total(critical_ones, policy.cluster_half_life),
            months_since_visit=since,
            months_since_draw=np.full(len(units), np.inf),
            **dict.fromkeys(_SILENT, silent),
        ),
        place_of[city.unit[planned]],
    )


_SILENT = (
    "task_cover",
    "tasks",
    "tasks_overdue",
    "task_days",
    "dossier_cover",
    "dossiers",
    "dossiers_overdue",
    "dossiers_detailed",
    "dossier_days",
    "dossiers_paused",
    "answers_due",
    "answers_late",
)


def _complaints(city: City, start: int, policy: Policy) -> Floats:
    """Sanitation complaints of each ward in the window before the day; those without a ward are nobody's."""
    first = start - round(policy.complaint_months * DAYS_PER_MONTH)
    recent = (city.complaint_day >= first) & (city.complaint_day < start)
    wards = int(max(city.ward.max(), city.complaint_ward.max(initial=0))) + 1
    counts = np.bincount(city.complaint_ward[recent], minlength=wards).astype(np.float64)
    counts[0] = 0.0
    return counts


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _numbers(values: Sequence[object]) -> Integers:
    """Numbers from 0 in the order of the values' texts; the empty text comes first."""
    texts = [str(value) for value in values]
    number = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.array([number[text] for text in texts], dtype=np.int64)


def _days(values: list[str]) -> Integers:
    epoch = date(1970, 1, 1)
    return np.array([(date.fromisoformat(value) - epoch).days for value in values], dtype=np.int64)
