"""Printing a plan's papers from what is stored, and handing them out. Restricted ones are sealed at rest."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies
from inspections.documents import draw_minutes, monthly_plan, restricted_appendix
from inspections.documents.content import Commitments, Letterhead, Signature, Stratum
from inspections.documents.fonts import Fonts, load
from inspections.documents.wording import month
from inspections.errors import NotFound, WrongState
from inspections.models import (
    Department,
    Document,
    DocumentKind,
    Plan,
    Role,
    Session,
    Signatory,
    UnitKind,
    User,
)
from inspections.sealing import keyring
from inspections.services import audit, frames, rosters
from inspections.services.frames import period_end
from inspections.services.keys import document_context
from inspections.states import WITH_ROSTER, PlanState

LAW = "Căn cứ Luật Cán bộ, công chức ngày 24 tháng 6 năm 2025"
WEIGHTED_BY = (
    "nhiệm vụ quá hạn",
    "phản ánh, kiến nghị của người dân, doanh nghiệp",
    "hồ sơ thủ tục hành chính quá hạn",
    "kết quả các lần kiểm tra trước",
)
SESSIONS = {Session.MORNING: "Sáng", Session.AFTERNOON: "Chiều"}
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
ENDORSED_ON = frozenset(PlanState) - {PlanState.DRAFT, PlanState.FROZEN, PlanState.CANCELLED}
# From which states on a paper can be printed.
PRINTABLE = {
    DocumentKind.MONTHLY_PLAN: ENDORSED_ON,
    DocumentKind.COMMITMENT_MINUTES: ENDORSED_ON,
    DocumentKind.DRAW_MINUTES: ENDORSED_ON - {PlanState.ENDORSED},
    DocumentKind.RESTRICTED_APPENDIX: WITH_ROSTER - {PlanState.DRAWN},
}


def print_paper(*, actor: User, plan: Plan, kind: DocumentKind, now: datetime) -> Document:
    """Render a paper and store it in place of the one printed before.

    Raises:
        NotFound: the paper is restricted and the actor reads no rosters.
        WrongState: the plan has not come to this paper yet.
    """
    policies.require(actor, Role.PLANNER, Role.APPROVER, Role.CLERK)
    restricted = kind is DocumentKind.RESTRICTED_APPENDIX
    if restricted and not policies.may_read_roster(actor):
        audit.record(actor=actor, action="roster.denied", obj=plan, now=now)
        raise NotFound
    if plan.state not in PRINTABLE[kind]:
        raise WrongState(_("The plan has not come to this paper yet."), state=plan.state)
    content = _RENDER[kind](plan, fonts())
    document = Document(id=uuid4(), plan=plan, kind=kind, is_restricted=restricted, created_at=now)
    if restricted:
        document.content = keyring().seal(content, context=document_context(document))
    else:
        document.content, document.sha256 = content, hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        Plan.objects.select_for_update().get(pk=plan.pk)  # of two who print one waits
        Document.objects.filter(plan=plan, kind=kind).delete()
        document.save(force_insert=True)
        audit.record(
            actor=actor,
            action="document.print",
            obj=document,
            now=now,
            details={"kind": kind.value, "plan": str(plan.pk)},
        )
    return document


def read_document(*, actor: User, document: Document, now: datetime) -> bytes:
    """Return a paper's bytes; reading a restricted one is on record as a reading of its roster."""
    if not document.is_restricted:
        return bytes(document.content)
    if not policies.may_read_roster(actor):
        audit.record(actor=actor, action="roster.denied", obj=document.plan, now=now)
        raise NotFound
    content = keyring().open(document.content, context=document_context(document))
    audit.record(actor=actor, action="roster.print_read", obj=document.plan, now=now)
    return content


@cache
def fonts() -> Fonts:
    """Return the faces for papers, chosen once a process."""
    return load(folder=settings.FONT_DIR, cache=settings.VAR_DIR / "fonts")


def _monthly_plan(plan: Plan, faces: Fonts) -> bytes:
    department = Department.objects.get()
    return monthly_plan.render(
        monthly_plan.MonthlyPlan(
            letterhead=_letterhead(department, plan, f"KH-{department.abbreviation}"),
            period=_period(plan),
            first_day=plan.first_day,
            last_day=period_end(plan.period),
            grounds=(LAW, _decision(department)),
            strata=_strata(plan),
            commitments=_commitments(plan),
            reveal_on=plan.reveal_on,
            signature=_signature(),
            recipients=(
                f"Chủ tịch, các Phó Chủ tịch {department.superior} (để báo cáo)",
                "Thành viên Đoàn kiểm tra",
                f"Lưu: VT, {department.drafting_office}",
            ),
            cut_off=plan.risk_run.as_of if plan.risk_run else None,
            weighted_by=WEIGHTED_BY if plan.risk_run else (),
            synthetic=department.is_synthetic,
        ),
        faces,
    )


def _commitment_minutes(plan: Plan, faces: Fonts) -> bytes:
    return draw_minutes.render(_minutes(plan, outcome=None), faces)


def _draw_minutes(plan: Plan, faces: Fonts) -> bytes:
    if plan.drawn_at is None:
        raise WrongState(_("The plan has not come to this paper yet."), state=plan.state)
    outcome = draw_minutes.Outcome(
        drawn_at=timezone.localtime(plan.drawn_at), public_value=plan.public_value or ""
    )
    return draw_minutes.render(_minutes(plan, outcome=outcome), faces)


def _minutes(plan: Plan, outcome: draw_minutes.Outcome | None) -> draw_minutes.DrawMinutes:
    department = Department.objects.get()
    if plan.endorsed_at is None or plan.frozen_by is None or plan.endorsed_by is None:
        raise WrongState(_("The plan has not come to this paper yet."), state=plan.state)
    started = plan.endorsed_at if outcome is None else outcome.drawn_at
    witnesses = tuple(str(name) for name in plan.witnesses)
    people = [
        (plan.frozen_by.full_name, "người lập"),
        (plan.endorsed_by.full_name, "người phê duyệt"),
        *((name, "người chứng kiến") for name in witnesses),
    ]
    return draw_minutes.DrawMinutes(
        letterhead=_letterhead(department, plan, f"BB-{department.abbreviation}", place=""),
        period=_period(plan),
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
        recipients=(f"Lưu: VT, {department.drafting_office}",),
        public_rule=_public_rule(plan),
        outcome=outcome,
        synthetic=department.is_synthetic,
    )


def _restricted_appendix(plan: Plan, faces: Fonts) -> bytes:
    department = Department.objects.get()
    return restricted_appendix.render(
        restricted_appendix.RestrictedAppendix(
            agency=department.name,
            code=f"KH-{department.abbreviation}",
            period=_period(plan),
            year=plan.period.year,
            synthetic=department.is_synthetic,
            visits=tuple(
                restricted_appendix.Visit(
                    unit=entry.unit.name,
                    day=entry.date,
                    session=SESSIONS[entry.session],
                    leader=entry.leader.full_name if entry.leader else "",
                    members=tuple(
                        person.full_name for person in entry.members if person != entry.leader
                    ),
                )
                for entry in rosters.open_roster(plan)
            ),
        ),
        faces,
    )


_RENDER: dict[DocumentKind, Callable[[Plan, Fonts], bytes]] = {
    DocumentKind.MONTHLY_PLAN: _monthly_plan,
    DocumentKind.COMMITMENT_MINUTES: _commitment_minutes,
    DocumentKind.DRAW_MINUTES: _draw_minutes,
    DocumentKind.RESTRICTED_APPENDIX: _restricted_appendix,
}


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


def _decision(department: Department) -> str:
    """Name the decision that formed the team; the dots leave room for its number and date."""
    return (
        f"Căn cứ Quyết định số ……/QĐ-{department.abbreviation} ngày …… tháng …… năm ………"
        f" của Giám đốc {department.name} về việc thành lập Đoàn kiểm tra công vụ"
    )


def _signature() -> Signature:
    signatory = Signatory.objects.order_by("-is_default", "full_name").first()
    if signatory is None:
        return Signature(post=("GIÁM ĐỐC",))
    lines = tuple(line for line in (signatory.authority, signatory.position) if line)
    return Signature(post=lines, name=signatory.full_name)


def _period(plan: Plan) -> str:
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
