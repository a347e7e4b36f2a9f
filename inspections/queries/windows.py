"""The window of a measurement: which days, which units in which places, and what the sources speak for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from inspections.calendar import WorkCalendar
from inspections.models import (
    AbsentMeans,
    Complaint,
    Dossier,
    DossierSummary,
    Load,
    PastResult,
    Source,
    SourceKind,
    Task,
)
from planner.policy import DAYS_PER_MONTH, Policy

Floats = npt.NDArray[np.float64]
FACTS = {
    SourceKind.TASK: Task,
    SourceKind.DOSSIER: Dossier,
    SourceKind.DOSSIER_SUMMARY: DossierSummary,
    SourceKind.COMPLAINT: Complaint,
    SourceKind.RESULT: PastResult,
}
LEAST_COVER = 1e-4


@dataclass(frozen=True)
class Frame:
    """What every measurement needs: the units' places, the day, the calendar."""

    place: dict[UUID, int]
    as_of: date
    calendar: WorkCalendar
    policy: Policy

    @property
    def size(self) -> int:
        return len(self.place)

    def start(self, months: int) -> date:
        """Return the first day of a window of so many months before the cut-off."""
        return self.as_of - timedelta(days=round(months * DAYS_PER_MONTH))

    def spread(self, rows: Iterable[tuple[UUID, float]]) -> Floats:
        """Put per-unit numbers into an array; rows of units outside the frame are dropped."""
        values = np.zeros(self.size)
        for unit, value in rows:
            if unit in self.place:
                values[self.place[unit]] += value
        return values

    def sums(self, places: npt.NDArray[np.int64], amounts: Floats) -> Floats:
        """Sum amounts by the place of their unit."""
        return np.bincount(places, weights=amounts, minlength=self.size).astype(np.float64)


def cover_of(frame: Frame, kinds: Sequence[SourceKind], start: date) -> Floats:
    """Return for each unit the share of the window that the sources of these kinds speak for.

    A load without a stated period is a list of everything up to its cut-off. Where an absent unit means "no
    data", a source speaks only for the units that it names.
    """
    loads = Load.objects.in_effect().filter(source__kind__in=kinds, cutoff__lte=frame.as_of)
    periods: dict[Source, list[tuple[date, date]]] = {}
    for load in loads.select_related("source"):
        periods.setdefault(load.source, []).append(
            (load.period_from or start, load.period_to or load.cutoff or frame.as_of)
        )
    if not periods:
        return np.zeros(frame.size)
    sources = list(periods)
    speaks = np.array([_speaks_for(frame, source) for source in sources])
    # Units for which the same sources speak are covered alike.
    patterns, which = np.unique(speaks, axis=1, return_inverse=True)
    shares = [
        _share(
            [period for source, says in zip(sources, pattern, strict=True) if says
             for period in periods[source]],
            start,
            frame.as_of,
        )
        for pattern in patterns.T
    ]  # fmt: skip
    return np.array(shares)[which]


def _speaks_for(frame: Frame, source: Source) -> npt.NDArray[np.bool_]:
    if source.absent_means == AbsentMeans.ZERO:
        return np.ones(frame.size, dtype=np.bool_)
    rows = FACTS[SourceKind(source.kind)].objects.current(frame.as_of).filter(load__source=source)
    return frame.spread((unit, 1) for unit in rows.values_list("unit_id", flat=True).distinct()) > 0


def _share(periods: Sequence[tuple[date, date]], start: date, end: date) -> float:
    """Return the share of the days from ``start`` to ``end`` that lie in any of the periods; less than a
    day in ten thousand is none."""
    covered, reached = 0, start
    for first, last in sorted(periods):
        first, last = max(first, reached), min(last, end)  # noqa: PLW2901  cut to what is still open
        if last >= first:
            covered += (last - first).days + 1
            reached = last + timedelta(days=1)
    share = covered / ((end - start).days + 1)
    return share if share >= LEAST_COVER else 0.0


def heard(cover: Floats, **counts: Floats) -> dict[str, Floats]:
    """Silence the counts of units for which no source speaks in the window: a few old rows left over from
    another period are not a measurement of this one."""
    return {name: np.where(cover > 0, values, 0.0) for name, values in counts.items()}
