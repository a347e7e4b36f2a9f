"""The narrative papers of a visit and of a round, from what was filed. Whoever drafts them goes on in Word.

Only visits that were filed are told of, so a paper drafted in mid-month says nothing of those to come.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, cast

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.documents import commendation_submission, results_notice, results_report
from inspections.documents.content import Document, Letterhead
from inspections.documents.results_report import Attendance, Found, UnitResult
from inspections.documents.wording import unit_first
from inspections.errors import NotFound, WrongState
from inspections.models import (
    ChecklistItem,
    Commendation,
    Department,
    Finding,
    LetterKind,
    Origin,
    Plan,
    RollCall,
    Stage,
    Unit,
    Visit,
)
from inspections.queries.records import VisitRecord, visit_record
from inspections.services.frames import period_end
from inspections.services.minutes import KINDS
from inspections.services.plan_papers import period, signature
from inspections.standing import Texts
from inspections.states import STANDING, CommendationState, VisitState

_OTHER_GROUP: Final = "Nội dung khác"
_NAME_LEFT_OUT: Final = "[…]"


def compose_visit_report(visit: Visit, texts: Texts, now: datetime) -> list[Document]:
    """Return the report on a visit.

    Raises:
        NotFound: nothing was filed yet.
        DocumentError: a text does not fit its place on the paper.
    """
    record = visit_record(visit)
    if record is None:
        raise NotFound
    return _report([record], texts, now, of_period="")


def compose_round_report(plan: Plan, texts: Texts, now: datetime) -> list[Document]:
    """Return the report on all visits of a round.

    Raises:
        WrongState: no visit of it was filed yet.
        DocumentError: a text does not fit its place on the paper.
    """
    return _report(_round(plan), texts, now, of_period=period(plan))


def compose_results_notice(plan: Plan, texts: Texts, now: datetime) -> list[Document]:
    """Return the notice of a round's results; names of persons that the record knows are left out of it.

    Raises:
        WrongState: no visit of it was filed yet.
        DocumentError: a text does not fit its place on the paper.
    """
    records = _round(plan)
    sections = dict(
        ChecklistItem.objects.order_by("checklist__number").values_list("code", "section")
    )
    groups: dict[str, list[results_notice.Noted]] = {}
    praise = []
    for record in records:
        unit, names = _unit(record), _names(record)
        praise += [
            results_notice.Noted(unit, _without_names(one["facts"], names))
            for one in record.said["praise"]
        ]
        for finding in _standing(record):
            # The notice counts its groups itself: the letter of the checklist's section goes.
            group = sections.get(finding.item or "", _OTHER_GROUP).split(". ", 1)[-1]
            facts = _without_names(finding.facts, names)
            due = None if finding.remedied_on else finding.remedy_due
            groups.setdefault(group, []).append(results_notice.Noted(unit, facts, due))
    department = Department.objects.get()
    return results_notice.compose(
        results_notice.ResultsNotice(
            letterhead=letterhead(department, f"TB-{department.abbreviation}", now),
            scope=period(plan),
            visited=tuple(
                results_notice.Visited(_unit(one), KINDS[Origin(one.visit.origin)], _day(one))
                for one in records
            ),
            praise=tuple(praise),
            groups=tuple(
                results_notice.Group(name, tuple(groups[name]))
                for name in sorted(groups, key=lambda name: (name == _OTHER_GROUP, name))
            ),
            demands=texts.parts["demands"],
            closing=texts.closing,
            signature=signature(),
            recipients=texts.recipients,
            synthetic=department.is_synthetic,
        )
    )


def compose_commendation_submission(plan: Plan, texts: Texts, now: datetime) -> list[Document]:
    """Return the submission of those who did well at the visits of a round, where a second person supports it.

    Raises:
        WrongState: no visit was filed yet, or nobody is supported who waits for a decision (``nobody_commended``).
        DocumentError: a text does not fit its place on the paper.
    """
    visits = [record.visit for record in _round(plan)]
    supported = (
        Commendation.objects.filter(state=CommendationState.REVIEWED, evidence__visit__in=visits)
        .select_related("unit", "official", "form")
        .order_by("unit__sort_key", "proposed_at", "id")
        .distinct()
    )
    if not supported:
        raise WrongState(
            _("No commendation of this round is supported and undecided."), code="nobody_commended"
        )
    department = Department.objects.get()
    return commendation_submission.compose(
        commendation_submission.CommendationSubmission(
            letterhead=letterhead(department, f"TTr-{department.abbreviation}", now),
            addressee=texts.parts["addressees"][0],
            grounds=texts.grounds,
            nominees=tuple(
                commendation_submission.Nominee(
                    unit=one.unit.name,
                    form=one.form.name,
                    reasons=one.reasons,
                    name=one.official.full_name if one.official is not None else "",
                    post=one.post,
                )
                for one in supported
            ),
            closing=texts.closing,
            signature=signature(),
            recipients=texts.recipients,
            synthetic=department.is_synthetic,
        )
    )


def letterhead(department: Department, code: str, now: datetime) -> Letterhead:
    """Return the head of one of the department's own papers; ``code`` follows its number (BC-SNV)."""
    return Letterhead(
        superior=department.superior,
        agency=department.name,
        code=code,
        year=timezone.localdate(now).year,
        place=department.place,
        draft=True,
    )


def _report(
    records: list[VisitRecord], texts: Texts, now: datetime, *, of_period: str
) -> list[Document]:
    department = Department.objects.get()
    return results_report.compose(
        results_report.ResultsReport(
            letterhead=letterhead(department, f"BC-{department.abbreviation}", now),
            addressees=texts.parts["addressees"],
            period=of_period,
            grounds=texts.grounds,
            units=tuple(map(_result, records)),
            causes=(),  # nobody files them: whoever finishes the report writes them
            responsibilities=tuple(_responsible(records)),
            proposals=texts.parts["proposals"],
            closing=texts.closing,
            signature=signature(),
            recipients=texts.recipients,
            synthetic=department.is_synthetic,
        )
    )


def _round(plan: Plan) -> list[VisitRecord]:
    """Return the records of a plan's visits, and of those that were ordered in its month."""
    ordered = Q(plan=None, date__range=(plan.period, period_end(plan.period)))
    visits = (
        Visit.objects.filter(Q(plan=plan) | ordered, state=VisitState.FILED)
        .select_related("unit")
        .order_by("date", "session", "unit__code", "id")
    )
    records = [record for visit in visits if (record := visit_record(visit)) is not None]
    if not records:
        raise WrongState(_("No visit of this plan was filed yet."), code="nothing_filed")
    return records


def _result(record: VisitRecord) -> UnitResult:
    closing: Mapping[str, Any] = record.closing or {}
    explained = _explained(record)
    return UnitResult(
        unit=_unit(record),
        kind=KINDS[Origin(record.visit.origin)],
        inspected_on=_day(record),
        shut=closing.get("outcome") == "closed_at_arrival",
        attendance=_attendance(record.roll_calls),
        praise=tuple(one["facts"] for one in record.said["praise"]),
        findings=tuple(
            Found(finding.facts, explained.get(str(finding.ref), ""))
            for finding in _standing(record)
        ),
    )


def _explained(record: VisitRecord) -> dict[str, str]:
    """Return what the unit says about findings: what it wrote last, else what it said on the spot."""
    said = {one["finding"]: one["text"] for one in record.said["explanations"]}
    letters = record.visit.letters.filter(kind=LetterKind.EXPLANATION)
    for letter in letters.prefetch_related("findings").order_by("received_on", "entered_at"):
        said |= {str(finding.ref): letter.summary for finding in letter.findings.all()}
    return said


def _attendance(roll_calls: Iterable[RollCall]) -> Attendance | None:
    """Return all offices together, as they were found at the door."""
    offices = [one for one in roll_calls if one.stage == Stage.ON_THE_SPOT]
    if not offices:
        return None
    return Attendance(
        at=min(one.at for one in offices),
        required=sum(one.required for one in offices),
        present=sum(one.present for one in offices),
        excused=sum(one.excused for one in offices),
    )


def _standing(record: VisitRecord) -> list[Finding]:
    return [finding for finding in record.findings if finding.state in STANDING]


def _responsible(records: list[VisitRecord]) -> list[str]:
    """Return the posts that answer for findings, each once, with their units; names stay in the minutes."""
    posts = {
        (finding.responsible_post, _unit(record)): None
        for record in records
        for finding in _standing(record)
        if finding.responsible_post
    }
    return [f"{post}, {unit_first(unit)}" for post, unit in posts]


def _unit(record: VisitRecord) -> str:
    return cast(
        Unit, record.visit.unit
    ).name  # a visit where something was filed has one, by a constraint


def _day(record: VisitRecord) -> date:
    return cast(date, record.visit.date)  # likewise


def _names(record: VisitRecord) -> set[str]:
    """Return the names that the record knows. One of a single word is also a word, and is left where it stands."""
    closing: Mapping[str, Any] = record.closing or {}
    people = [one["person"] for one in closing.get("signatures", [])]
    people += [one["person"] for one in record.said["praise"] + record.said["suggestions"]]
    people.append((closing.get("arrival") or {}).get("received_by"))
    names = {person["name"] for person in people if person}
    names |= {finding.responsible_name for finding in record.findings}
    names |= {absence.name for one in record.roll_calls for absence in one.absences.all()}
    return {name for name in names if " " in name.strip()}


def _without_names(text: str, names: set[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _NAME_LEFT_OUT, text, flags=re.IGNORECASE)
    return text
