"""The clerk's desk in the demo: last month's papers are numbered, but for one that waits and one that is a draft."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.demo import cast
from inspections.demo.outcome import write_private
from inspections.demo.story import Say, actor
from inspections.models import Paper, PaperKind, Plan, Visit
from inspections.services import file_lists, issuing
from inspections.states import PaperState, VisitState

PLAN_PAPERS = (PaperKind.MONTHLY_PLAN, PaperKind.COMMITMENT_MINUTES, PaperKind.DRAW_MINUTES)
ROUND_PAPERS = (PaperKind.ROUND_REPORT, PaperKind.RESULTS_NOTICE)
FOLDER = "thang-truoc"


def issue_round(say: Say, plan: Plan, now: datetime) -> None:
    """Issue the papers of a closed month: what it was drawn by, what was found, what is asked and proposed."""
    is_new = not Paper.objects.filter(plan=plan, kind=PLAN_PAPERS[0]).exists()
    if is_new:
        drawn_on = timezone.localdate(plan.drawn_at)
        for kind in PLAN_PAPERS:
            issue(kind, drawn_on, now, plan=plan)
        for visit, step in _visits_and_how_far(plan):
            if step is PaperState.ISSUED and visit.date is not None:
                issue(PaperKind.VISIT_MINUTES, visit.date, now, visit=visit)
            else:
                paper = _draft(PaperKind.VISIT_MINUTES, now, visit=visit)
                if step is PaperState.SUBMITTED:
                    issuing.submit(actor=actor(cast.APPROVER), paper=paper, version=1, now=now)
        for kind in ROUND_PAPERS:
            issue(kind, timezone.localdate(now), now, plan=plan)
    papers = Paper.objects.filter(plan=plan) | Paper.objects.filter(visit__plan=plan)
    for paper in papers.order_by("series", "number", "id"):
        path = _path(paper)
        if not path.exists():
            write_private(path, issuing.read_pdf(actor=actor(cast.CLERK), paper=paper, now=now))
    listed = _folder() / "muc-luc.pdf"
    if not listed.exists():
        write_private(listed, file_lists.print_list(actor=actor(cast.CLERK), plan=plan, now=now))
    waiting = papers.filter(state=PaperState.SUBMITTED).count()
    facts = {"folder": _folder(), "waiting": waiting}
    say(_("Last month's papers: %(folder)s (awaiting number: %(waiting)s)") % facts, is_new)


def issue(kind: PaperKind, dated: date, now: datetime, **subject: Any) -> Paper:
    """Draft a paper as the planner, submit it as the approver, and let the clerk count on in its series."""
    paper = _draft(kind, now, **subject)
    issuing.submit(actor=actor(cast.APPROVER), paper=paper, version=1, now=now)
    taken = Paper.objects.filter(series=paper.series, year=dated.year).count()
    return issuing.number(
        actor=actor(cast.CLERK), paper=paper, version=2, number=taken + 1, dated=dated, now=now
    )


def _draft(kind: PaperKind, now: datetime, **subject: Any) -> Paper:
    return issuing.draft(actor=actor(cast.PLANNER), kind=kind, now=now, **subject)


def _visits_and_how_far(plan: Plan) -> Iterator[tuple[Visit, PaperState]]:
    visits = plan.visits.filter(state=VisitState.FILED).order_by("date", "session", "unit__code")
    last = len(visits) - 1
    for index, visit in enumerate(visits):
        steps = {last - 1: PaperState.SUBMITTED, last: PaperState.DRAFT}
        yield visit, steps.get(index, PaperState.ISSUED)


def _path(paper: Paper) -> Path:
    series = str(paper.series or "du-thao").replace("/", "-")
    name = f"{paper.number:02}-{series}" if paper.number else f"{series}-{paper.code or paper.pk}"
    return _folder() / f"{name}.pdf"


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "papers" / FOLDER
    return folder
