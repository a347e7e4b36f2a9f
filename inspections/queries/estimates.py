"""Province-wide rates of a plan that is over, from what was filed at its drawn visits.

What counts as an answer is ruled here, and in `docs/algorithms/estimates.md` §4; the estimates are
`planner.estimates.ratio`'s. Visits that nobody drew carry no weight and are not read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from inspections.errors import SealBroken
from inspections.filing import contents
from inspections.models import (
    Answer,
    AnswerValue,
    Checklist,
    ChecklistItem,
    Department,
    Origin,
    Plan,
    RollCall,
    Stage,
    Submission,
    Visit,
)
from inspections.queries.frames import designs, stored_frame
from inspections.states import VisitState
from inspections.text import match_key
from planner.estimates import Estimate, Outcome, ratio
from planner.poisson import FloatArray

_BY_AGE = ("submission__closes", "submission__received_at", "submission__id")


@dataclass(frozen=True)
class ItemRate:
    """At how many units a core item shows an issue.

    ``asked`` drawn visits went to units of a kind that the item is for: ``answered`` with or without an issue,
    ``not_applicable``, or ``not_answered``; ``found`` are the answers with an issue.
    """

    item: ChecklistItem
    asked: int
    answered: int
    not_applicable: int
    not_answered: int
    found: int
    estimate: Estimate


@dataclass(frozen=True)
class AbsenceRate:
    """How many of the staff were absent without reason: ``unexcused`` of the ``staff`` that were counted.

    ``asked``, ``answered`` and ``not_answered`` are drawn visits, ``found`` those with anybody unexcused.
    """

    asked: int
    answered: int
    not_answered: int
    found: int
    staff: int
    unexcused: int
    estimate: Estimate


@dataclass(frozen=True)
class Rates:
    """The figures of one plan; ``drawn`` and ``filed`` are visits."""

    is_synthetic: bool
    drawn: int
    filed: int
    items: Sequence[ItemRate]
    absence: AbsenceRate


@dataclass(frozen=True)
class _Seen:
    """What is counted at a unit, and of how much: of 1 for a unit, of its staff."""

    part: float
    whole: float


@dataclass(frozen=True)
class _Drawn:
    """A drawn visit, and the code and kind of its unit."""

    pk: UUID
    code: str
    kind: str


@dataclass(frozen=True)
class _Sample:
    """The drawn visits and the design that drew them: of each stratum the odds, and the places of the codes."""

    visits: Sequence[_Drawn]
    strata: Sequence[tuple[FloatArray, Mapping[str, int]]]

    def estimate(
        self, asked: Iterable[_Drawn], seen: Mapping[UUID, _Seen], unseen: float
    ) -> Estimate:
        """Estimate from what was seen at the visits where it was asked; ``unseen`` is the whole of the others."""
        all_seen = {visit.pk: _Seen(0, unseen) for visit in asked} | dict(seen)
        outcomes, parts, wholes = [], [], []
        for odds, places in self.strata:
            own = [visit for visit in self.visits if visit.code in places]
            told = [all_seen.get(visit.pk, _Seen(0, 0)) for visit in own]
            part = np.array([one.part for one in told], dtype=np.float64)
            made = np.array([visit.pk in seen for visit in own], dtype=np.bool_)
            drawn = np.array([places[visit.code] for visit in own], dtype=np.intp)
            outcomes.append(Outcome(odds, drawn, made, part > 0))
            parts.append(part)
            wholes.append(np.array([one.whole for one in told], dtype=np.float64))
        return ratio(outcomes, parts, wholes)


def rates_of(plan: Plan) -> Rates:
    """Return the rates of a plan that is over.

    Raises:
        InvalidInput: the stored frame is not the one that was committed to (``frame_changed``).
        SealBroken: a visit never opened, so that its unit, and with it every chance, is not known.
    """
    sample = _Sample(
        _drawn_visits(plan),
        [
            (one.odds, {unit.code: place for place, unit in enumerate(one.stratum.units)})
            for one in designs(stored_frame(plan))
        ],
    )
    counting = Submission.objects.counting().filter(
        visit__plan=plan, visit__origin=Origin.DRAWN, visit__state=VisitState.FILED
    )
    closings = list(counting.filter(closes=True))
    answers = _answers(counting)
    return Rates(
        is_synthetic=Department.objects.filter(is_synthetic=True).exists(),
        drawn=len(sample.visits),
        filed=len(closings),
        items=[_item_rate(sample, item, answers[item.code]) for item in _core_items(closings)],
        absence=_absence_rate(sample, _staff(counting)),
    )


def _item_rate(sample: _Sample, item: ChecklistItem, answers: Mapping[UUID, str]) -> ItemRate:
    asked = [visit for visit in sample.visits if item.is_for(visit.kind)]
    values = {visit.pk: answers.get(visit.pk, AnswerValue.NOT_CHECKED) for visit in asked}
    seen = {
        pk: _Seen(value == AnswerValue.ISSUE, value != AnswerValue.NOT_APPLICABLE)
        for pk, value in values.items()
        if value != AnswerValue.NOT_CHECKED
    }
    outside = sum(one.whole == 0 for one in seen.values())
    return ItemRate(
        item=item,
        asked=len(asked),
        answered=len(seen) - outside,
        not_applicable=outside,
        not_answered=len(asked) - len(seen),
        found=sum(one.part > 0 for one in seen.values()),
        estimate=sample.estimate(asked, seen, 1),
    )


def _absence_rate(sample: _Sample, staff: Mapping[UUID, _Seen]) -> AbsenceRate:
    """A unit whose staff nobody counted is taken to have as many as the mean unit that was counted."""
    total = sum(int(one.whole) for one in staff.values())
    mean = total / len(staff) if staff else 1.0
    return AbsenceRate(
        asked=len(sample.visits),
        answered=len(staff),
        not_answered=len(sample.visits) - len(staff),
        found=sum(one.part > 0 for one in staff.values()),
        staff=total,
        unexcused=sum(int(one.part) for one in staff.values()),
        estimate=sample.estimate(sample.visits, staff, mean),
    )


def _drawn_visits(plan: Plan) -> list[_Drawn]:
    rows = Visit.objects.filter(plan=plan, origin=Origin.DRAWN).order_by("pk")
    found = []
    for pk, code, kind in rows.values_list("pk", "unit__code", "unit__kind"):
        if code is None:
            raise SealBroken(visit=str(pk))
        found.append(_Drawn(pk, code, kind))
    return found


def _core_items(closings: Iterable[Submission]) -> Sequence[ChecklistItem]:
    """Return what every closing had to answer: core in each version filed under, in the words of the newest."""
    numbers = {contents.loads(one.body)["checklist"] for one in closings}
    versions = Checklist.objects.filter(number__in=numbers).order_by("-number")
    cores = [
        [item for item in version.items.all() if item.is_core]
        for version in versions.prefetch_related("items")
    ]
    codes = [{item.code for item in core} for core in cores]
    return [item for item in cores[0] if all(item.code in one for one in codes)] if cores else []


def _answers(counting: QuerySet[Submission]) -> defaultdict[str, dict[UUID, str]]:
    """Return by item and visit what was answered; the closing has the last word, as in a visit's record."""
    found: defaultdict[str, dict[UUID, str]] = defaultdict(dict)
    rows = Answer.objects.filter(submission__in=counting).order_by(*_BY_AGE)
    for item, visit, value in rows.values_list("item", "submission__visit", "value"):
        found[item][visit] = value
    return found


def _staff(counting: QuerySet[Submission]) -> Mapping[UUID, _Seen]:
    """Return by visit how many were required and how many of them absent without reason.

    What an office counted after evidence was supplied stands for what it counted at the door. A unit where
    nobody was required was not counted.
    """
    offices: dict[tuple[UUID, str], dict[str, tuple[UUID, int, int]]] = defaultdict(dict)
    rows = RollCall.objects.filter(submission__in=counting).order_by(*_BY_AGE)
    for visit, office, stage, source, required, unexcused in rows.values_list(
        "submission__visit", "office", "stage", "submission", "required", "unexcused"
    ):
        said = offices[visit, match_key(office)]
        last, before, absent = said.get(stage, (source, 0, 0))
        if last != source:
            before, absent = 0, 0
        said[stage] = (source, before + required, absent + unexcused)
    found: dict[UUID, _Seen] = {}
    for (visit, _office), said in offices.items():
        _source, required, unexcused = said.get(Stage.AFTER_EVIDENCE) or said[Stage.ON_THE_SPOT]
        so_far = found.get(visit, _Seen(0, 0))
        found[visit] = _Seen(so_far.part + unexcused, so_far.whole + required)
    return {visit: one for visit, one in found.items() if one.whole > 0}
