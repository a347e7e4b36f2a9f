"""What is the same in all worlds: a department with people, reference data, loads, and plans before their draws."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from inspections.models import (
    CalendarDay,
    Compound,
    DayKind,
    FieldOfWork,
    Inspector,
    PaperKind,
    Plan,
    RelationKind,
    RiskRun,
    Role,
    Signatory,
    Skill,
    SourceKind,
    Unit,
    User,
)
from inspections.services import (
    commitment,
    issuing,
    jobs,
    loads,
    people,
    plans,
    release,
    scoring,
    sources,
    standing_texts,
)
from inspections.services.plans import period_end
from tests.api.two_worlds.filed import Office, file_a_month, open_office
from tests.builders import HANOI, NOW, make_inspector, make_user
from tests.inspections.services import months
from tests.inspections.services.months import RULE, Month, make_month

SIZE = 4
UNITS = 24
# So few days that draws which agree in a session are found.
DAYS_LEFT = 11


class Stage(StrEnum):
    """How far a plan has come when the worlds are compared."""

    REVEALED = "revealed"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    PARTLY_RELEASED = "partly released"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    STAFFED = "with teams"
    DRAWN = "drawn"
    ENDORSED = "endorsed"
    FROZEN = "frozen"
    DRAFT = "draft"


#: Those that hold a secret: each world draws them for itself.
SECRET = (
    Stage.CLOSED,
    Stage.PARTLY_RELEASED,
    Stage.APPROVED,
    Stage.SCHEDULED,
    Stage.STAFFED,
    Stage.DRAWN,
)


@dataclass(frozen=True)
class Past:
    """The department, and its plans by how far they will come."""

    month: Month
    plans: dict[Stage, Plan]
    risk_run: RiskRun
    office: Office
    others: dict[str, User] = field(default_factory=dict)

    @property
    def staff(self) -> list[Inspector]:
        """The inspectors: An and Cúc, whom the first world sends, Bình and Đào, and Sơn, who stays at home."""
        an, binh, cuc, dao = self.month.inspectors
        return [an, cuc, binh, dao, Inspector.objects.get(code="son")]


def make_past(*stages: Stage) -> Past:
    """Make the department, and a plan for each stage, up to where the worlds part."""
    month = make_month(UNITS)
    for unit in month.units:
        # Long and short names, so that any text about a drawn one tells by its length.
        if int(unit.code) % 2:
            unit.name = f"Xã {'Ỷ Ẫ Ỡ Ữ Ặ Ộ Ẻ Ỹ ' * 10}{unit.code}"
            unit.save()
    others = _other_people(month)
    _reference_data(month)
    run = _risk(month)
    _load(month.lan)
    office = open_office(month, NOW)
    made = {stage: _plan(office, stage, period) for stage, period in _periods(stages)}
    return Past(month, made, run, office, others)


def _other_people(month: Month) -> dict[str, User]:
    """Accounts that open nothing, and an inspector who is never on duty."""
    son = make_user("Sơn", Role.INSPECTOR)
    make_inspector("Sơn", user=son)
    return {
        "son": son,
        "khach": make_user("Khách"),
        "quy": make_user("Quý", Role.PLANNER, closed_at=NOW, closed_by=month.people.ha),
        "moi": make_user("Mới", Role.PLANNER, must_change_password=True),
    }


def _reference_data(month: Month) -> None:
    """One row of every other kind, so that each route has something to show."""
    an, unit = month.inspectors[0], month.units[0]
    Skill.objects.create(code="dat-dai", name="Đất đai")
    FieldOfWork.objects.create(code="tu-phap", name="Tư pháp")
    unit.compound = Compound.objects.create(code="tru-so", name="Trụ sở chung")
    unit.save()
    unit.aliases.create(name="Xã cũ")
    Signatory.objects.create(full_name="Lê Văn Ký", position="GIÁM ĐỐC", is_default=True)
    CalendarDay.objects.create(date=date(2026, 9, 2), kind=DayKind.HOLIDAY, name="Quốc khánh")
    given: dict[str, Any] = {"actor": month.lan, "inspector": an, "now": NOW}
    standing_texts.start_draft(actor=month.lan, kind=PaperKind.MONTHLY_PLAN, now=NOW)
    people.declare_relation(**given, version=1, unit=make_unit_aside(), kind=RelationKind.RELATIVE)
    day = date(2026, 12, 1)
    people.enter_leave(**given, version=2, first_day=day, last_day=day)


def make_unit_aside() -> Unit:
    """A unit that no plan knows, because it is closed: conflicts with it keep nobody from a visit."""
    return Unit.objects.create(code="90000", name="Xã đã giải thể", kind="commune", is_active=False)


def _risk(month: Month) -> RiskRun:
    before = NOW - timedelta(days=40)
    policy = scoring.propose_policy(actor=month.lan, name="Mặc định", reason="Đầu", now=before)
    scoring.endorse_policy(actor=month.minh, policy=policy, version=1, now=before)
    scoring.propose_policy(actor=month.lan, name="Mới", reason="Thử", now=NOW)
    return scoring.compute_risk(actor=month.lan, as_of=NOW.date(), now=NOW)


def _load(lan: User) -> None:
    """A file with a doubt, checked; and one that waits."""
    source = sources.create_source(
        actor=lan, code="don-vi", name="Danh mục đơn vị", kind=SourceKind.UNIT, now=NOW
    )
    for row in ("X1,Xã Mới,Mặt trăng", "X2,Xã Nữa,Xã"):
        text = f"Mã đơn vị,Tên đơn vị,Loại\n{row}\n"
        loads.upload(
            actor=lan,
            source=source,
            file_name="don-vi.csv",
            pieces=[text.encode()],
            now=NOW,
            cutoff=NOW.date(),
        )
    jobs.run_next(clock=lambda: NOW, owner="máy")


def _periods(stages: tuple[Stage, ...]) -> list[tuple[Stage, date]]:
    """The plans' months, from April on; a cancelled one leaves its month to the next."""
    months_ = count(4)
    found = []
    for stage in Stage:
        if stage in stages:
            number = next(months_)
            found.append((stage, date(2026 + (number - 1) // 12, (number - 1) % 12 + 1, 1)))
    return found


def _plan(office: Office, stage: Stage, period: date) -> Plan:
    month = office.month
    plan = plans.create_plan(
        actor=month.lan,
        period=period,
        size=SIZE,
        session_capacity=1,
        first_day=period_end(period) - timedelta(days=DAYS_LEFT),
        now=NOW,
    )
    if stage is Stage.DRAFT:
        return plan
    plan = commitment.freeze(actor=month.lan, plan=plan, version=plan.version, now=NOW)
    if stage is Stage.FROZEN:
        return plan
    plan = commitment.endorse(
        actor=month.minh,
        plan=plan,
        version=plan.version,
        now=NOW,
        rule=RULE,
        witnesses=["Trần Thị Thu"],
    )
    _papers(month, plan)
    if stage is Stage.CANCELLED:
        return months.cancelled(month, months.press("draw", actor=month.lan, plan=plan))
    return _revealed(office, plan) if stage is Stage.REVEALED else plan


def _papers(month: Month, plan: Plan) -> None:
    """Papers of a plan: one that waits for its number, and a draft that is set when it is read."""
    kind = PaperKind.MONTHLY_PLAN
    paper = issuing.draft(actor=month.lan, kind=kind, plan=plan, now=NOW)
    issuing.submit(actor=month.lan, paper=paper, version=paper.version, now=NOW)
    kind = PaperKind.COMMITMENT_MINUTES
    issuing.draft(actor=month.lan, kind=kind, plan=plan, now=NOW)


def _revealed(office: Office, plan: Plan) -> Plan:
    """Take a plan to its end, with what was filed at its visits: nothing about it is secret any more."""
    month = office.month
    lan, minh = month.lan, month.minh
    plan = months.press("draw", actor=lan, plan=plan)
    months.name_teams(month, plan)
    plan = months.press("schedule", actor=lan, plan=plan)
    plan = months.press("approve", actor=minh, plan=plan)
    after = morning(period_end(plan.period) + timedelta(days=1))
    release.release_due(now=after)
    file_a_month(office, plan.visits.all(), after)
    plan.refresh_from_db()
    plan = plans.close(actor=lan, plan=plan, version=plan.version, now=after)
    return commitment.reveal(
        actor=lan, plan=plan, version=plan.version, now=morning(plan.reveal_on)
    )


def morning(day: date) -> datetime:
    """Eight o'clock."""
    return datetime.combine(day, time(8), HANOI)
