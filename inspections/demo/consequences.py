"""What became of people and collectives after last month's visits: praise, discipline, a measure beside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.demo import cast
from inspections.demo.cast import Moments
from inspections.demo.paperwork import issue
from inspections.demo.story import Say, actor
from inspections.models import (
    Commendation,
    CommendationForm,
    Finding,
    HandlingKind,
    HandlingRecommendation,
    HandlingResult,
    OfficialCategory,
    PaperKind,
    Plan,
    Unit,
    Visit,
)
from inspections.queries.blocks import blocks
from inspections.queries.records import visit_record
from inspections.services import commendations, handling, officials
from inspections.services.frames import period_end

LAW = "Luật Cán bộ, công chức số 80/2025/QH15; Nghị định số 172/2025/NĐ-CP"
AUTHORITY = "Chủ tịch Ủy ban nhân dân tỉnh"


def draw(say: Say, plan: Plan, moments: Moments) -> None:
    """Recommend, commend and record what was decided, as far as the days since allow."""
    of_plan = {"visit__plan": plan}
    is_new = not HandlingRecommendation.objects.filter(**of_plan).exists()
    if is_new:
        now = min(moments.at(period_end(plan.period) + timedelta(days=4)), moments.yesterday)
        with transaction.atomic():
            _draw(plan, now)
    facts = {
        "handling": HandlingRecommendation.objects.filter(**of_plan).count(),
        "praise": Commendation.objects.count(),
    }
    say(
        _("%(handling)s recommendations for handling, %(praise)s proposals to commend") % facts,
        is_new,
    )


def _draw(plan: Plan, now: datetime) -> None:
    visits = sorted(
        plan.visits.select_related("unit"), key=lambda one: (-one.findings.count(), str(one.pk))
    )
    worst, *others = visits
    found = worst.findings.exclude(responsible_name="").order_by("-item").first()
    if found is not None:
        _discipline(worst, found, now)
    if others and others[0].findings.exists():
        _account(others[0], now + timedelta(hours=1))
    _commend(visits, now + timedelta(hours=2))


def _discipline(visit: Visit, finding: Finding, now: datetime) -> None:
    """Recommend discipline without naming a form, and forward it: the authority has not decided yet."""
    if visit.unit is None or visit.date is None:
        return
    official = officials.create_official(
        actor=actor(cast.PLANNER),
        full_name=finding.responsible_name,
        post=finding.responsible_post,
        category=OfficialCategory.CIVIL_SERVANT,
        unit=visit.unit,
        now=now,
    )
    recommended = handling.propose(
        actor=actor(cast.PLANNER),
        kind=HandlingKind.DISCIPLINE,
        visit=visit,
        legal_basis=LAW,
        reasons="Để xảy ra tồn tại nêu trong biên bản, không báo cáo, không có biện pháp khắc phục.",
        acts=[handling.Act(finding, visit.date, finding.facts)],
        official=official,
        now=now,
    )
    _forward(recommended, now)


def _account(visit: Visit, now: datetime) -> None:
    """Ask a collective to account for its responsibility, and record what was decided."""
    day = visit.date or timezone.localdate(now)
    recommended = handling.propose(
        actor=actor(cast.PLANNER),
        kind=HandlingKind.ACCOUNT,
        visit=visit,
        legal_basis="Quy chế làm việc của Ủy ban nhân dân tỉnh",
        reasons="Nhiều tồn tại kéo dài; người đứng đầu chưa kiểm tra, đôn đốc thường xuyên.",
        acts=[handling.Act(finding, day, finding.facts) for finding in visit.findings.all()[:2]],
        now=now,
    )
    _forward(recommended, now)
    handling.record_decision(
        actor=actor(cast.APPROVER),
        recommendation=recommended,
        version=recommended.version,
        decision=handling.Decision(
            number="215/UBND-NC",
            day=timezone.localdate(now),
            authority=AUTHORITY,
            result=HandlingResult.APPLIED,
            note="Yêu cầu tập thể kiểm điểm, rút kinh nghiệm trong tháng.",
        ),
        now=now,
    )


def _forward(recommended: HandlingRecommendation, now: datetime) -> None:
    handling.review(
        actor=actor(cast.APPROVER),
        recommendation=recommended,
        version=recommended.version,
        supported=True,
        reason="Đủ căn cứ.",
        now=now,
    )
    issue(PaperKind.HANDLING_SUBMISSION, timezone.localdate(now), now, visit=recommended.visit)
    handling.forward(
        actor=actor(cast.CLERK),
        recommendation=recommended,
        version=recommended.version,
        to=AUTHORITY,
        on=timezone.localdate(now),
        now=now,
    )


def _commend(visits: Sequence[Visit], now: datetime) -> None:
    """Commend the units that were praised, but for those with signs of a violation; the last proposal waits."""
    praised = []
    for visit in visits:
        record = visit_record(visit)
        if visit.unit and record and record.said["praise"] and not blocks(visit.unit, None):
            praised.append((visit, visit.unit, record.said["praise"][0]))
    form = CommendationForm.objects.filter(retired_at=None, for_collective=True).first()
    if form is None:
        return
    supported = [_support(*one, form, now) for one in praised]
    if supported:
        plan = visits[0].plan
        issue(PaperKind.COMMENDATION_SUBMISSION, timezone.localdate(now), now, plan=plan)
    for number, commendation in enumerate(supported[:-1], start=1):
        commendations.decide(
            actor=actor(cast.CLERK),
            commendation=commendation,
            version=commendation.version,
            number=f"{number:02d}/TB-VPUB",
            on=timezone.localdate(now),
            now=now,
        )


def _support(
    visit: Visit, unit: Unit, praise: dict[str, Any], form: CommendationForm, now: datetime
) -> Commendation:
    proposed = commendations.propose(
        actor=actor(cast.PLANNER),
        unit=unit,
        form=form,
        reasons=praise["facts"],
        evidence=[commendations.Evidence(visit, praise=UUID(praise["id"]))],
        now=now,
    )
    return commendations.review(
        actor=actor(cast.APPROVER),
        commendation=proposed,
        version=proposed.version,
        supported=True,
        reason="Đúng thành tích, đủ minh chứng.",
        now=now,
    )
