"""The record of a visit: what counts of everything that was filed there, the closing first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from inspections.filing import contents
from inspections.models import Answer, Finding, RollCall, Submission, Visit
from inspections.queries.findings import with_repetition
from inspections.text import match_key


@dataclass(frozen=True)
class VisitRecord:
    """What was filed at a visit.

    ``closing`` is what the leader closed it with, as it was said; the parts that hang on no row (arrival,
    opinion, signatures) are read there. ``strangely_signed`` are its drawn signatures that are bound to something
    else, None where none was drawn. Praise, suggestions, measures and explanations come from all submissions, each
    once.
    """

    visit: Visit
    submissions: Sequence[Submission]
    closing: dict[str, Any] | None
    strangely_signed: Sequence[dict[str, Any]] | None
    roll_calls: Sequence[RollCall]
    answers: Sequence[Answer]
    findings: Sequence[Finding]
    said: dict[str, list[dict[str, Any]]]

    @property
    def signatures_match(self) -> bool | None:
        """Tell whether the closing is what was signed on the tablet; None where nobody signed on one."""
        return None if self.strangely_signed is None else not self.strangely_signed


#: Lists that are read as they were said, from the closing, the parts and the annexes.
SAID = ("praise", "suggestions", "measures", "explanations")


def visit_record(visit: Visit) -> VisitRecord | None:
    """Return the record of a visit, or None when nothing counts yet.

    Where several submissions answer one item, count one office or say something under one id, the closing has the
    last word, then whichever came last. What an office counted at the door and after evidence was supplied are two
    counts, and both stay.
    """
    submissions = list(
        Submission.objects.counting()
        .filter(visit=visit)
        .select_related("sent_by")
        .order_by("-closes", "received_at", "id")
    )
    if not submissions:
        return None
    bodies = [contents.loads(one.body) for one in submissions]
    rows = {"submission__in": submissions}
    by_age = ("submission__closes", "submission__received_at", "submission__id")
    answers = {one.item: one for one in Answer.objects.filter(**rows).order_by(*by_age)}
    counted = RollCall.objects.filter(**rows).prefetch_related("absences").order_by(*by_age)
    last_word = {(match_key(one.office), one.stage): one.submission_id for one in counted}
    return VisitRecord(
        visit=visit,
        submissions=submissions,
        closing=bodies[0] if submissions[0].closes else None,
        strangely_signed=contents.strangely_signed(json.loads(bytes(submissions[0].body)))
        if submissions[0].closes
        else None,
        roll_calls=sorted(
            (
                one
                for one in counted
                if last_word[match_key(one.office), one.stage] == one.submission_id
            ),
            key=lambda one: (one.at, one.submission_id, one.position),
        ),
        answers=sorted(answers.values(), key=lambda answer: answer.item),
        findings=list(with_repetition(visit.findings.filter(taken_back_at=None))),
        said={name: _each_once(name, bodies, submissions) for name in SAID},
    )


def _each_once(
    name: str, bodies: Sequence[dict[str, Any]], submissions: Sequence[Submission]
) -> list[dict[str, Any]]:
    """Return the entries of a list, each id from the one submission that has the last word on it."""
    key = "finding" if name == "explanations" else "id"
    first = 1 if submissions[0].closes else 0
    rising = [*bodies[first:], *bodies[:first]]
    last_word = {one[key]: body for body in rising for one in body[name]}
    return [one for body in bodies for one in body[name] if last_word[one[key]] is body]


def signed_on(visit: Visit) -> date | None:
    """Return the day in the signed minutes of a visit; None while nobody closed it or no day stands there."""
    closing = Submission.objects.counting().filter(visit=visit, closes=True).first()
    day = None if closing is None else contents.loads(closing.body)["signed_on"]
    return None if day is None else date.fromisoformat(day)
