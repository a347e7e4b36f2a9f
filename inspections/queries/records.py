"""The record of a visit: what counts of everything that was filed there, the closing first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inspections.filing import contents
from inspections.models import Answer, Finding, RollCall, Submission, Visit


@dataclass(frozen=True)
class VisitRecord:
    """What was filed at a visit.

    ``closing`` is what the leader closed it with, as it was said; the parts that hang on no row (arrival,
    opinion, signatures) are read there. Praise, suggestions, measures and explanations come from all submissions.
    """

    visit: Visit
    submissions: Sequence[Submission]
    closing: dict[str, Any] | None
    roll_calls: Sequence[RollCall]
    answers: Sequence[Answer]
    findings: Sequence[Finding]
    said: dict[str, list[dict[str, Any]]]


#: Lists that are read as they were said, from the closing, the parts and the annexes.
SAID = ("praise", "suggestions", "measures", "explanations")


def visit_record(visit: Visit) -> VisitRecord | None:
    """Return the record of a visit, or None when nothing counts yet.

    Where several submissions answer one item, the closing has the last word, then whichever came last.
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
    answers: dict[str, Answer] = {}
    by_age = Answer.objects.filter(**rows).order_by(
        "submission__closes", "submission__received_at", "submission__id"
    )
    for answer in by_age:
        answers[answer.item] = answer
    return VisitRecord(
        visit=visit,
        submissions=submissions,
        closing=bodies[0] if submissions[0].closes else None,
        roll_calls=list(
            RollCall.objects.filter(**rows)
            .prefetch_related("absences")
            .order_by("at", "submission", "position")
        ),
        answers=sorted(answers.values(), key=lambda answer: answer.item),
        findings=list(visit.findings.filter(taken_back_at=None)),
        said={name: [one for body in bodies for one in body[name]] for name in SAID},
    )
