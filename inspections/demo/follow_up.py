"""What followed last month's visits: demands, the units' letters with scans, re-checks, a reconsideration.

Each visit is followed whole or not at all, so that a demo that was cut off goes on with the next one.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.demo import cast
from inspections.demo.at_the_door import drawn
from inspections.demo.cast import Moments
from inspections.demo.exports import SEED
from inspections.demo.frame import DemoUnit, make_world
from inspections.demo.paperwork import issue
from inspections.demo.story import Say, actor
from inspections.models import (
    DemandKind,
    Finding,
    FindingSeverity,
    LetterKind,
    PaperKind,
    Plan,
    Visit,
)
from inspections.services import closure, demands, letters
from inspections.services.closure import Looked
from inspections.states import FindingState, Outcome

DAYS_TO_ANSWER = 14
FORM = "Báo cáo bằng văn bản, kèm tài liệu chứng minh, gửi về Sở Nội vụ."
SUMMARIES = {
    LetterKind.EXPLANATION: "Đơn vị giải trình nguyên nhân: hệ thống một cửa nâng cấp, cán bộ kiêm nhiệm.",
    LetterKind.REMEDY: "Đơn vị báo cáo đã khắc phục các tồn tại, kèm danh sách và ảnh chụp.",
    LetterKind.RECONSIDERATION: "Đơn vị đề nghị xem xét lại mức độ của tồn tại thứ nhất.",
}


def follow(say: Say, plan: Plan, moments: Moments) -> None:
    """Carry the findings of each visit as far as the time since then allows."""
    world = make_world(SEED, plan.period)
    units = {unit.code: unit for unit in world.units}
    is_new = False
    for visit in plan.visits.select_related("unit").order_by("date", "session", "pk"):
        findings = list(visit.findings.filter(remedy__isnull=False))
        if findings and visit.unit is not None and not visit.demands.exists():
            is_new = True
            chance = world.stream(f"after the visit to {visit.unit.code}")
            with transaction.atomic():
                _follow(visit, findings, units[visit.unit.code], chance, moments)
    states = Finding.objects.filter(visit__plan=plan, remedy__isnull=False).values_list(
        "state", flat=True
    )
    facts = {
        "count": len(states),
        "closed": sum(state == FindingState.CLOSED for state in states),
        "reported": sum(state == FindingState.REPORTED for state in states),
    }
    say(
        _("%(count)s findings followed: %(closed)s remedied, %(reported)s reported by their units")
        % facts,
        is_new,
    )


def _follow(
    visit: Visit, findings: Sequence[Finding], unit: DemoUnit, chance: Random, moments: Moments
) -> None:
    if visit.unit is None or visit.date is None:
        return
    asked = moments.at(visit.date + timedelta(days=2))
    demand = demands.make(
        actor=actor(cast.PLANNER),
        visit=visit,
        kind=DemandKind.REMEDY,
        unit=visit.unit,
        concerned=[],
        findings=findings,
        due_on=visit.date + timedelta(days=DAYS_TO_ANSWER),
        form_of_answer=FORM,
        now=asked,
    )
    issue(PaperKind.DEMAND_LETTER, timezone.localdate(asked), asked, visit=visit)
    explained = visit.date + timedelta(days=chance.randrange(4, 9))
    _write(visit, LetterKind.EXPLANATION, findings, explained, moments)
    if unit.diligence > 0.3:
        request = explained + timedelta(days=1)
        _write(visit, LetterKind.RECONSIDERATION, findings[:1], request, moments)
        _reconsider(findings[0], moments.at(request + timedelta(days=2)), moments)
    late = chance.random() < unit.chance_of_delay(0.35, 0.9)
    if late and unit.diligence < -0.5:  # the worst never answer, and stay overdue
        return
    remedied = visit.date + timedelta(days=DAYS_TO_ANSWER + (9 if late else -3))
    if _write(visit, LetterKind.REMEDY, findings, remedied, moments, demand=demand):
        for finding in findings[:-1] if late else findings:
            _recheck(finding, remedied + timedelta(days=3), moments)


def _write(
    visit: Visit,
    kind: LetterKind,
    findings: Sequence[Finding],
    received: date,
    moments: Moments,
    **answered: Any,
) -> bool:
    """Enter a letter with its scan when its day has come; return whether it has."""
    now = moments.at(received) + timedelta(hours=1)
    if now > moments.yesterday:
        return False
    scan = drawn(f"CONG VAN CUA DON VI  {kind.value}", now)
    sha256 = hashlib.sha256(scan).hexdigest()
    clerk = actor(cast.CLERK)
    letter = letters.enter(
        actor=clerk,
        visit=visit,
        kind=kind,
        number=f"{100 + received.day}/UBND-VP",
        dated_on=received - timedelta(days=1),
        received_on=received,
        summary=SUMMARIES[kind],
        findings=findings,
        scans=[{"sha256": sha256, "size": len(scan), "media_type": "image/jpeg"}],
        now=now,
        **answered,
    )
    letters.receive_scan(actor=clerk, letter=letter, sha256=sha256, pieces=[scan], now=now)
    return True


def _reconsider(finding: Finding, now: datetime, moments: Moments) -> None:
    """Lower a finding's severity by a step, where its unit asked for it."""
    if now > moments.yesterday or finding.severity == FindingSeverity.MINOR:
        return
    finding.refresh_from_db()
    closure.propose_reconsideration(
        actor=actor(cast.PLANNER),
        finding=finding,
        version=finding.version,
        outcome=Outcome.CHANGED,
        reason="Đơn vị đã chứng minh phần lớn trường hợp do lỗi phần mềm.",
        words={"severity": FindingSeverity.MINOR},
        now=now,
    )
    _decide(finding, "Đồng ý với đề xuất.", now)


def _recheck(finding: Finding, day: date, moments: Moments) -> None:
    now = moments.at(day) + timedelta(hours=2)
    if now > moments.yesterday:
        return
    finding.refresh_from_db()
    closure.propose_recheck(
        actor=actor(cast.PLANNER),
        finding=finding,
        version=finding.version,
        fixed=True,
        looked=Looked(on=timezone.localdate(now)),
        note="Đã đối chiếu trên hệ thống và hồ sơ đơn vị gửi.",
        now=now,
    )
    _decide(finding, "Đồng ý kết thúc theo dõi.", now)


def _decide(finding: Finding, reason: str, now: datetime) -> None:
    finding.refresh_from_db()
    closure.decide(
        actor=actor(cast.APPROVER),
        finding=finding,
        version=finding.version,
        accept=True,
        reason=reason,
        now=now + timedelta(hours=2),
    )
