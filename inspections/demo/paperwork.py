"""The clerk's desk in the demo: last month's papers are numbered, but for one that waits and one that is a draft."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.demo import cast
from inspections.demo.outcome import write_private
from inspections.demo.story import Say, actor
from inspections.models import Paper, PaperKind, Plan, Visit
from inspections.services import issuing
from inspections.states import PaperState, VisitState

PLAN_PAPERS = (PaperKind.MONTHLY_PLAN, PaperKind.COMMITMENT_MINUTES, PaperKind.DRAW_MINUTES)
FOLDER = "thang-truoc"


def issue(say: Say, plan: Plan, now: datetime) -> None:
    """Bring the papers of a closed month to the clerk, and leave a copy of each in ``var/papers``."""
    is_new = not Paper.objects.filter(plan=plan).exists()
    if is_new:
        drawn_on = timezone.localdate(plan.drawn_at)
        for kind in PLAN_PAPERS:
            _number(_submitted(kind, now, plan=plan), drawn_on, now)
        for visit, step in _visits_and_how_far(plan):
            paper = issuing.draft(
                actor=actor(cast.CLERK), kind=PaperKind.VISIT_MINUTES, visit=visit, now=now
            )
            if step is not PaperState.DRAFT:
                issuing.submit(actor=actor(cast.PLANNER), paper=paper, version=1, now=now)
            if step is PaperState.ISSUED and visit.date is not None:
                _number(paper, visit.date, now)
    papers = Paper.objects.filter(plan=plan) | Paper.objects.filter(visit__plan=plan)
    for paper in papers.order_by("series", "number", "id"):
        path = _path(paper)
        if not path.exists():
            write_private(path, issuing.read_pdf(actor=actor(cast.CLERK), paper=paper, now=now))
    waiting = papers.filter(state=PaperState.SUBMITTED).count()
    facts = {"folder": settings.VAR_DIR / "papers" / FOLDER, "waiting": waiting}
    say(_("Last month's papers: %(folder)s (awaiting number: %(waiting)s)") % facts, is_new)


def _visits_and_how_far(plan: Plan) -> Iterator[tuple[Visit, PaperState]]:
    visits = plan.visits.filter(state=VisitState.FILED).order_by("date", "session", "unit__code")
    last = len(visits) - 1
    for index, visit in enumerate(visits):
        steps = {last - 1: PaperState.SUBMITTED, last: PaperState.DRAFT}
        yield visit, steps.get(index, PaperState.ISSUED)


def _submitted(kind: PaperKind, now: datetime, *, plan: Plan) -> Paper:
    paper = issuing.draft(actor=actor(cast.PLANNER), kind=kind, plan=plan, now=now)
    return issuing.submit(actor=actor(cast.PLANNER), paper=paper, version=1, now=now)


def _number(paper: Paper, dated: date, now: datetime) -> None:
    """Let the clerk count on in the paper's series."""
    taken = Paper.objects.filter(series=paper.series, year=dated.year).count()
    issuing.number(
        actor=actor(cast.CLERK), paper=paper, version=2, number=taken + 1, dated=dated, now=now
    )


def _path(paper: Paper) -> Path:
    series = str(paper.series or "du-thao").replace("/", "-")
    name = f"{paper.number:02}-{series}" if paper.number else f"{series}-{paper.code or paper.pk}"
    path: Path = settings.VAR_DIR / "papers" / FOLDER / f"{name}.pdf"
    return path
