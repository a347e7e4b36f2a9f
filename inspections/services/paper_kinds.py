"""What each kind of official paper is like: one entry a kind.

*Kết luận* (KL) is no kind of paper of Nghị định 30/2020/NĐ-CP and is not among them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from inspections.documents.content import Document
from inspections.models import PaperKind, Plan, Role, Visit
from inspections.services import minutes, narratives, plan_papers, visit_papers
from inspections.standing import Texts
from inspections.states import PlanState, VisitState


class About(StrEnum):
    """What a paper can be about: the name of the column."""

    PLAN = "plan"
    VISIT = "visit"


@dataclass(frozen=True)
class Kind:
    """A kind of paper.

    Attributes:
        name: its Vietnamese name in a sentence.
        about: what it is about.
        compose: makes the paper and its appendices, the first with a letterhead that has no number yet, of its
            subject, the standing texts and the time.
        drafters: who makes the draft, and takes it back.
        narrative: whether its content is edited before it is submitted. What is not is composed anew from the
            record each time, and for the last time when it is submitted.
        needs_second_person: whether somebody else than who wrote it submits it: papers that recommend or report.
        is_ready: whether the subject has come to where the paper can be submitted.
    """

    name: str
    about: About
    compose: Callable[[Any, Texts, datetime], Sequence[Document]]
    drafters: frozenset[Role]
    narrative: bool = False
    needs_second_person: bool = False
    is_ready: Callable[[Any], bool] = lambda _subject: True


#: Who writes the department's letters, reports and notices.
OFFICE: Final = frozenset({Role.PLANNER, Role.CLERK})


def _is_filed(visit: Visit) -> bool:
    return visit.state == VisitState.FILED


def _is_over(plan: Plan) -> bool:
    return plan.state in {PlanState.CLOSED, PlanState.REVEALED}


#: Every kind. Its abbreviation, and whether the series is the department's (KH-SNV) or the team's own
#: (BB-ĐKT, Nghị định 30/2020/NĐ-CP, Phụ lục I, Mục II.3a), stand in the letterhead that its paper is composed with.
KINDS: Final[Mapping[PaperKind, Kind]] = {
    PaperKind.MONTHLY_PLAN: Kind(
        name="Kế hoạch",
        about=About.PLAN,
        compose=plan_papers.compose_monthly_plan,
        drafters=frozenset({Role.PLANNER}),
    ),
    PaperKind.COMMITMENT_MINUTES: Kind(
        name="Biên bản",
        about=About.PLAN,
        compose=plan_papers.compose_commitment_minutes,
        drafters=frozenset({Role.PLANNER}),
    ),
    PaperKind.DRAW_MINUTES: Kind(
        name="Biên bản",
        about=About.PLAN,
        compose=plan_papers.compose_draw_minutes,
        drafters=frozenset({Role.PLANNER}),
    ),
    PaperKind.VISIT_MINUTES: Kind(
        name="Biên bản",
        about=About.VISIT,
        compose=minutes.compose_minutes,
        drafters=frozenset({Role.PLANNER, Role.CLERK, Role.INSPECTOR}),
        is_ready=_is_filed,
    ),
    PaperKind.DEMAND_LETTER: Kind(
        name="Công văn",
        about=About.VISIT,
        compose=visit_papers.compose_demand_letter,
        drafters=OFFICE,
        narrative=True,
        is_ready=_is_filed,
    ),
    PaperKind.HANDLING_SUBMISSION: Kind(
        name="Tờ trình",
        about=About.VISIT,
        compose=visit_papers.compose_handling_submission,
        drafters=OFFICE,
        narrative=True,
        needs_second_person=True,
        is_ready=_is_filed,
    ),
    PaperKind.COMMENDATION_SUBMISSION: Kind(
        name="Tờ trình",
        about=About.PLAN,
        compose=narratives.compose_commendation_submission,
        drafters=OFFICE,
        narrative=True,
        needs_second_person=True,
    ),
    PaperKind.VISIT_REPORT: Kind(
        name="Báo cáo",
        about=About.VISIT,
        compose=narratives.compose_visit_report,
        drafters=OFFICE,
        narrative=True,
        needs_second_person=True,
        is_ready=_is_filed,
    ),
    PaperKind.ROUND_REPORT: Kind(
        name="Báo cáo",
        about=About.PLAN,
        compose=narratives.compose_round_report,
        drafters=OFFICE,
        narrative=True,
        needs_second_person=True,
        is_ready=_is_over,
    ),
    PaperKind.RESULTS_NOTICE: Kind(
        name="Thông báo",
        about=About.PLAN,
        compose=narratives.compose_results_notice,
        drafters=OFFICE,
        narrative=True,
        needs_second_person=True,
        is_ready=_is_over,
    ),
}
