"""The list of what a round leaves on file: issued papers, and what the units wrote."""

from datetime import datetime
from typing import Any, Final, cast

from django.db.models import Q

from inspections import policies
from inspections.documents import file_list
from inspections.documents.file_list import Filed
from inspections.documents.wording import short_date, unit_first
from inspections.errors import NotFound
from inspections.models import (
    Department,
    Letter,
    LetterKind,
    Paper,
    PaperKind,
    Plan,
    Role,
    Unit,
    User,
)
from inspections.services import audit
from inspections.services.faces import fonts
from inspections.services.frames import period_end
from inspections.services.paper_kinds import KINDS
from inspections.services.plan_papers import period
from inspections.states import PaperState

# Papers are Vietnamese, whatever language the screen shows.
LETTERS: Final = {
    LetterKind.EXPLANATION: "Văn bản giải trình",
    LetterKind.REMEDY: "Báo cáo kết quả khắc phục",
    LetterKind.EVIDENCE: "Văn bản bổ sung minh chứng vắng mặt",
    LetterKind.RECONSIDERATION: "Văn bản đề nghị xem xét lại",
}


def print_list(*, actor: User, plan: Plan, now: datetime) -> bytes:
    """Return the list of a plan's round as PDF, on record: it names units.

    Raises:
        NotFound: nothing of the round is on file yet.
    """
    policies.require(actor, Role.PLANNER, Role.APPROVER, Role.CLERK)
    filed = sorted(
        [*map(_paper, _papers(plan)), *map(_letter, _letters(plan))],
        key=lambda one: (one.dated is None, one.dated, one.code),
    )
    if not filed:
        raise NotFound
    audit.record(
        actor=actor, action="plan.file_list", obj=plan, now=now, details={"papers": len(filed)}
    )
    return file_list.render(
        file_list.FileList(
            subject=f"Hồ sơ kiểm tra công vụ {period(plan)}",
            filed=tuple(filed),
            synthetic=Department.objects.get().is_synthetic,
        ),
        fonts(),
    )


def _of_round(plan: Plan) -> Q:
    """Return what tells visits of a plan, and those that were ordered in its month."""
    month = (plan.period, period_end(plan.period))
    return Q(visit__plan=plan) | Q(visit__isnull=False, visit__plan=None, visit__date__range=month)


def _papers(plan: Plan) -> Any:
    issued = Paper.objects.filter(state__in=[PaperState.ISSUED, PaperState.REPLACED])
    return issued.filter(Q(plan=plan) | _of_round(plan)).defer("pdf", "signing_pdf", "texts")


def _letters(plan: Plan) -> Any:
    return Letter.objects.filter(_of_round(plan)).select_related("visit__unit")


def _paper(paper: Paper) -> Filed:
    content = cast("dict[str, Any]", paper.content)["papers"][
        0
    ]  # an issued paper has it, by a constraint
    name = KINDS[PaperKind(paper.kind)].name
    return Filed(
        code=f"{paper.number:02}/{paper.series}",
        dated=paper.dated,
        subject=f"{name}: {content['title']['subject']}",
        author=content["letterhead"]["agency"],
        note="Đã được thay thế" if paper.state == PaperState.REPLACED else "",
    )


def _letter(letter: Letter) -> Filed:
    unit = unit_first(cast(Unit, letter.visit.unit).name)
    return Filed(
        code=letter.number,
        dated=letter.dated_on,
        subject=LETTERS[LetterKind(letter.kind)],
        author=unit,
        note=f"Nhận ngày {short_date(letter.received_on)}",
    )
