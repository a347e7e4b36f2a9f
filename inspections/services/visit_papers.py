"""What the department writes after a visit: a letter to the units that are asked, a submission about handling."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, cast

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from inspections.documents import demand_letter, handling_submission
from inspections.documents.content import Document
from inspections.documents.wording import demanded, unit_first
from inspections.errors import WrongState
from inspections.models import (
    Demand,
    DemandKind,
    DemandState,
    Department,
    DisciplineForm,
    Finding,
    HandlingKind,
    HandlingRecommendation,
    OfficialCategory,
    Origin,
    Unit,
    Visit,
)
from inspections.services.minutes import KINDS
from inspections.services.narratives import letterhead
from inspections.services.plan_papers import signature
from inspections.standing import Texts
from inspections.states import LIVE_FINDINGS, HandlingState

# Papers are Vietnamese, whatever language the screen shows.
MEASURES: Final = {
    HandlingKind.DISCIPLINE: "xem xét xử lý kỷ luật",
    HandlingKind.CRITICISM: "phê bình",
    HandlingKind.ACCOUNT: "kiểm điểm trách nhiệm",
    HandlingKind.REPLACEMENT: "thay thế",
    HandlingKind.TRANSFER: "điều chuyển vị trí công tác",
    HandlingKind.STREAMLINING: "tinh giản biên chế",
    HandlingKind.TRAINING: "bồi dưỡng",
    HandlingKind.REFERRAL: "chuyển hồ sơ đến",
    HandlingKind.REPORT: "báo cáo",
}
FORMS: Final = {
    DisciplineForm.REPRIMAND: "khiển trách",
    DisciplineForm.WARNING: "cảnh cáo",
    DisciplineForm.REMOVAL: "cách chức",
    DisciplineForm.RECALL: "bãi nhiệm",
    DisciplineForm.DISMISSAL: "buộc thôi việc",
    DisciplineForm.STRIPPING: "xóa tư cách chức vụ đã đảm nhiệm",
}
CATEGORIES: Final = {
    OfficialCategory.CADRE: "cán bộ",
    OfficialCategory.CIVIL_SERVANT: "công chức không giữ chức vụ lãnh đạo, quản lý",
    OfficialCategory.CIVIL_SERVANT_LEADER: "công chức lãnh đạo, quản lý",
    OfficialCategory.PUBLIC_EMPLOYEE: "viên chức",
    OfficialCategory.PUBLIC_EMPLOYEE_MANAGER: "viên chức quản lý",
    OfficialCategory.RETIRED: "đã nghỉ hưu",
}


def compose_demand_letter(visit: Visit, texts: Texts, now: datetime) -> list[Document]:
    """Return the letter that asks for what is demanded after a visit and not answered yet.

    Findings that were withdrawn or remedied since are left out, and demands that stood on nothing else.

    Raises:
        WrongState: nothing is demanded (``nothing_demanded``).
        DocumentError: a text does not fit its place on the paper.
    """
    live = Finding.objects.filter(state__in=LIVE_FINDINGS, taken_back_at=None)
    demands = list(
        visit.demands.filter(state=DemandState.OPEN, findings__in=live)
        .distinct()
        .select_related("unit")
        .prefetch_related(Prefetch("findings", live), "concerned__unit")
        .order_by("made_at", "id")
    )
    if not demands:
        raise WrongState(_("Nothing is demanded after this visit."), code="nothing_demanded")
    department, own = Department.objects.get(), _unit(visit)
    others = dict.fromkeys(one.unit.name for one in demands if one.unit_id != own.pk)
    concerned = dict.fromkeys(
        f"{unit_first(one.unit.name)} (để phối hợp)"
        for demand in demands
        for one in demand.concerned.all()
    )
    forms = dict.fromkeys(one.form_of_answer for one in demands if one.form_of_answer)
    code = f"{department.abbreviation}-{department.drafting_office}"
    return demand_letter.compose(
        demand_letter.DemandLetter(
            letterhead=letterhead(department, code, now),
            unit=own.name,
            kind=KINDS[Origin(visit.origin)],
            inspected_on=cast(date, visit.date),  # a filed visit has one, by a constraint
            asked=tuple(_asked(demands, own)),
            answers=(*texts.parts["answers"], *(f"Hình thức trả lời: {form}" for form in forms)),
            closing=texts.closing,
            signature=signature(),
            recipients=(*concerned, *texts.recipients),
            addressees=tuple(others),
            synthetic=department.is_synthetic,
        )
    )


def compose_handling_submission(visit: Visit, texts: Texts, now: datetime) -> list[Document]:
    """Return the submission of what was recommended after a visit and supported by a second person.

    Raises:
        WrongState: nothing was supported that waits for a decision (``nothing_recommended``).
        DocumentError: a text does not fit its place on the paper.
    """
    supported = list(
        visit.recommendations.filter(state__in=[HandlingState.REVIEWED, HandlingState.FORWARDED])
        .select_related("official")
        .prefetch_related("acts__finding")
        .order_by("proposed_at", "id")
    )
    if not supported:
        raise WrongState(
            _("No recommendation of this visit is supported and undecided."),
            code="nothing_recommended",
        )
    department, own = Department.objects.get(), _unit(visit)
    # Where all were forwarded to one authority, it is the one that decides.
    known = {one.forwarded_to for one in supported}
    addressee = known.pop() if len(known) == 1 and "" not in known else texts.parts["addressees"][0]
    return handling_submission.compose(
        handling_submission.HandlingSubmission(
            letterhead=letterhead(department, f"TTr-{department.abbreviation}", now),
            addressee=addressee,
            grounds=texts.grounds,
            recommended=tuple(_recommended(one, own) for one in supported),
            closing=texts.closing,
            signature=signature(),
            recipients=texts.recipients,
            synthetic=department.is_synthetic,
        )
    )


def _unit(visit: Visit) -> Unit:
    return cast(Unit, visit.unit)  # a filed visit has one, by a constraint


def _asked(demands: list[Demand], own: Unit) -> list[demand_letter.Asked]:
    """Return each finding once for each unit that answers for it, with the last day of each kind."""
    days: dict[tuple[Finding, Unit], dict[str, date]] = {}
    for demand in demands:
        for finding in demand.findings.all():
            days.setdefault((finding, demand.unit), {})[demand.kind] = demand.due_on
    return [
        demand_letter.Asked(
            facts=finding.facts,
            unit="" if unit.pk == own.pk else unit.name,
            basis=finding.legal_basis,
            remedy=_remedy(finding.remedy) if DemandKind.REMEDY in due else "",
            explain_by=due.get(DemandKind.EXPLANATION),
            remedy_by=due.get(DemandKind.REMEDY),
        )
        for (finding, unit), due in sorted(
            days.items(), key=lambda one: (one[0][0].position, str(one[0][0].pk), one[0][1].code)
        )
    ]


def _remedy(remedy: Mapping[str, Any] | None) -> str:
    return "; ".join(demanded(remedy)) if remedy else ""


def _recommended(one: HandlingRecommendation, own: Unit) -> handling_submission.Recommended:
    kind = HandlingKind(one.kind)
    return handling_submission.Recommended(
        unit=own.name,
        name=one.official.full_name if one.official is not None else "",
        post=one.post,
        category=CATEGORIES[OfficialCategory(one.category)] if one.category else "",
        acts=tuple(act.description or act.finding.facts for act in one.acts.all())
        or (one.reasons,),
        measure=" ".join(filter(None, (MEASURES[kind], one.addressee))),
        basis=one.legal_basis,
        form=FORMS[DisciplineForm(one.form)] if one.form else "",
        discovered_on=one.discovered_on,
        decide_by=one.due_on,
    )
