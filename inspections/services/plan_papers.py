"""Composing a plan's papers from what is stored. None of them names a unit."""

import json
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.documents import draw_minutes, monthly_plan
from inspections.documents.content import Commitments, Document, Letterhead, Signature, Stratum
from inspections.documents.wording import month
from inspections.errors import WrongState
from inspections.models import Department, Plan, Signatory, UnitKind
from inspections.services import frames
from inspections.services.frames import period_end
from inspections.standing import Texts
from inspections.states import PlanState

WEIGHTED_BY = (
    "nhiệm vụ quá hạn",
    "phản ánh, kiến nghị của người dân, doanh nghiệp",
    "hồ sơ thủ tục hành chính quá hạn",
    "kết quả các lần kiểm tra trước",
)
# The papers name the groups in Vietnamese, whatever language the screen shows.
GROUP_NAMES = {
    frames.ONE_STRATUM: "Các cơ quan, đơn vị thuộc diện kiểm tra",
    UnitKind.DEPARTMENT: "Sở",
    UnitKind.OFFICE: "Văn phòng",
    UnitKind.INSPECTORATE: "Thanh tra tỉnh",
    UnitKind.BOARD: "Ban quản lý",
    UnitKind.SERVICE_CENTRE: "Trung tâm Phục vụ hành chính công cấp tỉnh",
    UnitKind.COMMUNE: "Xã",
    UnitKind.WARD: "Phường",
    UnitKind.SPECIAL_ZONE: "Đặc khu",
    UnitKind.COMMUNE_OFFICE: "Phòng chuyên môn cấp xã",
    UnitKind.COMMUNE_SERVICE_CENTRE: "Trung tâm Phục vụ hành chính công cấp xã",
    UnitKind.PUBLIC_SERVICE_UNIT: "Đơn vị sự nghiệp công lập",
}
ENDORSED_ON: Final = frozenset(PlanState) - {
    PlanState.DRAFT,
    PlanState.FROZEN,
    PlanState.CANCELLED,
}
DRAWN_ON: Final = ENDORSED_ON - {PlanState.ENDORSED}


def compose_monthly_plan(plan: Plan, texts: Texts, now: datetime) -> list[Document]:  # noqa: ARG001
    """Return the month's plan."""
    _require(plan, ENDORSED_ON)
    department = Department.objects.get()
    paper = monthly_plan.compose(
        monthly_plan.MonthlyPlan(
            letterhead=_letterhead(department, plan, f"KH-{department.abbreviation}"),
            period=period(plan),
            first_day=plan.first_day,
            last_day=period_end(plan.period),
            grounds=texts.grounds,
            strata=_strata(plan),
            commitments=_commitments(plan),
            reveal_on=plan.reveal_on,
            signature=signature(),
            recipients=texts.recipients,
            texts=monthly_plan.PlanTexts(**texts.parts, closing=texts.closing),
            cut_off=plan.risk_run.as_of if plan.risk_run else None,
            weighted_by=WEIGHTED_BY if plan.risk_run else (),
            synthetic=department.is_synthetic,
        )
    )
    return [paper]


def compose_commitment_minutes(plan: Plan, texts: Texts, now: datetime) -> list[Document]:  # noqa: ARG001
    """Return the minutes of the random draw as they stand at the endorsement."""
    _require(plan, ENDORSED_ON)
    return [draw_minutes.compose(_minutes(plan, texts, outcome=None))]


def compose_draw_minutes(plan: Plan, texts: Texts, now: datetime) -> list[Document]:  # noqa: ARG001
    """Return the minutes of the random draw with its public value."""
    _require(plan, DRAWN_ON)
    if plan.drawn_at is None:
        raise _not_yet(plan)
    outcome = draw_minutes.Outcome(
        drawn_at=timezone.localtime(plan.drawn_at), public_value=plan.public_value or ""
    )
    return [draw_minutes.compose(_minutes(plan, texts, outcome=outcome))]


def _require(plan: Plan, states: frozenset[PlanState]) -> None:
    if plan.state not in states:
        raise _not_yet(plan)


def _not_yet(plan: Plan) -> WrongState:
    return WrongState(_("The plan has not come to this paper yet."), state=plan.state)


def _minutes(
    plan: Plan, texts: Texts, outcome: draw_minutes.Outcome | None
) -> draw_minutes.DrawMinutes:
    department = Department.objects.get()
    if plan.endorsed_at is None or plan.frozen_by is None or plan.endorsed_by is None:
        raise _not_yet(plan)
    started = plan.endorsed_at if outcome is None else outcome.drawn_at
    witnesses = tuple(str(name) for name in plan.witnesses)
    people = [
        (plan.frozen_by.full_name, "người lập"),
        (plan.endorsed_by.full_name, "người phê duyệt"),
        *((name, "người chứng kiến") for name in witnesses),
    ]
    return draw_minutes.DrawMinutes(
        letterhead=_letterhead(department, plan, f"BB-{department.abbreviation}", place=""),
        period=period(plan),
        plan_serial=plan.serial,
        started=timezone.localtime(started),
        place=f"trụ sở {department.name}",
        participants=tuple(
            draw_minutes.Participant(name=name, post="", part=part) for name, part in people
        ),
        strata=_strata(plan),
        commitments=_commitments(plan),
        endorsement=plan.endorsement_sha256 or "",
        audit_head=plan.audit_head or "",
        reveal_on=plan.reveal_on,
        signatures=(
            Signature(post=("NGƯỜI LẬP",), name=plan.frozen_by.full_name),
            Signature(post=("NGƯỜI CHỨNG KIẾN",), name=witnesses[0] if witnesses else ""),
            Signature(post=("NGƯỜI PHÊ DUYỆT",), name=plan.endorsed_by.full_name),
        ),
        recipients=texts.recipients,
        closing=texts.closing,
        public_rule=_public_rule(plan),
        outcome=outcome,
        synthetic=department.is_synthetic,
    )


def _letterhead(
    department: Department, plan: Plan, code: str, place: str | None = None
) -> Letterhead:
    return Letterhead(
        superior=department.superior,
        agency=department.name,
        code=code,
        year=plan.period.year,
        place=department.place if place is None else place,
        draft=True,
    )


def signature() -> Signature:
    """Return the place to sign of whoever signs unless another is chosen."""
    signatory = Signatory.objects.order_by("-is_default", "full_name").first()
    if signatory is None:
        return Signature(post=("GIÁM ĐỐC",))
    lines = tuple(line for line in (signatory.authority, signatory.position) if line)
    return Signature(post=lines, name=signatory.full_name)


def period(plan: Plan) -> str:
    """Return the month of a plan as it reads in a sentence."""
    return month(plan.period.year, plan.period.month)


def _strata(plan: Plan) -> tuple[Stratum, ...]:
    frame: dict[str, Any] = json.loads(plan.frame or "")
    return tuple(
        Stratum(
            name=GROUP_NAMES.get(stratum["name"], stratum["name"]),
            units=len(stratum["units"]),
            drawn=stratum["n"],
        )
        for stratum in frame["strata"]
    )


def _commitments(plan: Plan) -> Commitments:
    return Commitments(
        frame=plan.frame_sha256 or "",
        first=plan.commitment_one or "",
        second=plan.commitment_two or "",
    )


def _public_rule(plan: Plan) -> draw_minutes.PublicRule | None:
    rule = plan.public_rule
    if rule is None:
        return None
    return draw_minutes.PublicRule(
        source=rule["source"],
        day=date.fromisoformat(rule["date"]),
        encoding=rule["encoding"],
        fallback=rule["fallback"],
    )
