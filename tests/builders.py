"""What tests are made of: each builder makes one thing and says whom it belongs to.

People have names that tell their part, as in ``make_people``: Lan plans, Minh approves, An inspects and is
on the team, Bình inspects and is on another team. Nothing here goes around the database's constraints.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from inspections import text
from inspections.models import (
    AbsentMeans,
    ApiToken,
    Department,
    FormerUnit,
    Inspector,
    Load,
    LoadState,
    Official,
    OfficialCategory,
    Policy,
    RiskRun,
    Role,
    RoleGrant,
    Source,
    SourceKind,
    TokenScope,
    Unit,
    UnitKind,
    UnitScore,
    User,
)
from inspections.queries.measures import loads_that_count
from inspections.services import users
from inspections.services.scoring import load_facts
from planner.policy import DEFAULT

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# A Monday morning in working hours.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
PASSWORD = "mưa-rừng-chiều-nay"


def make_user(name: str, *roles: Role, password: str | None = None, **fields: Any) -> User:
    """Make an account named after its person; it can sign in with a password only when one is given."""
    username = fields.pop("username", text.search_key(name).replace(" ", "."))
    user = User.objects.create_user(username, password, full_name=name, **fields)
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=user, role=role, granted_at=NOW) for role in roles]
    )
    return user


def make_token(
    user: User, scope: TokenScope, *, days: int = 30, now: datetime = NOW
) -> tuple[ApiToken, str]:
    """Make a machine's token of a planner or technical administrator, and return it with its text."""
    return users.create_token(actor=user, name="máy trạm", scope=scope, days=days, now=now)


def make_department(**fields: Any) -> Department:
    """Make the one department, of Đồng Tháp unless told otherwise."""
    defaults = {
        "superior": "UBND tỉnh Đồng Tháp",
        "place": "Đồng Tháp",
        "province_code": "82",
        "province_name": "Đồng Tháp",
    }
    return Department.objects.create(**(defaults | fields))


def make_unit(
    code: str, name: str | None = None, kind: UnitKind = UnitKind.COMMUNE, **fields: Any
) -> Unit:
    """Make a unit that can be inspected."""
    return Unit.objects.create(code=code, name=name or f"Xã {code}", kind=kind, **fields)


def make_inspector(
    name: str,
    *,
    user: User | None = None,
    home_unit: Unit | None = None,
    former_units: Iterable[Unit] = (),
    **fields: Any,
) -> Inspector:
    """Make an inspector; ``user`` is the account that he signs in with, if he has one."""
    code = fields.pop("code", text.search_key(name).replace(" ", "-"))
    inspector = Inspector.objects.create(
        full_name=name, code=code, user=user, home_unit=home_unit, **fields
    )
    FormerUnit.objects.bulk_create(
        [FormerUnit(inspector=inspector, unit=unit) for unit in former_units]
    )
    return inspector


def make_official(
    name: str,
    unit: Unit,
    category: OfficialCategory = OfficialCategory.CIVIL_SERVANT,
    **fields: Any,
) -> Official:
    """Enter somebody in the personnel list of a unit."""
    return Official.objects.create(full_name=name, unit=unit, category=category, **fields)


def make_load(kind: SourceKind, by: User, *, cutoff: date, **fields: Any) -> Load:
    """Make a load in effect of the one source of its kind, where a unit that is absent has none."""
    source, _ = Source.objects.get_or_create(
        code=kind.value.replace("_", "-"),
        defaults={"name": kind.label, "kind": kind, "absent_means": AbsentMeans.ZERO},
    )
    number = Load.objects.count() + 1
    defaults = {
        "number": number,
        "file_name": f"{kind}.csv",
        "sha256": f"{number:064x}",
        "size": 1,
        "state": LoadState.IN_EFFECT,
        "turn": number,
        "uploaded_by": by,
        "uploaded_at": NOW,
        "switched_by": by,
        "switched_at": NOW,
    }
    return Load.objects.create(source=source, cutoff=cutoff, **(defaults | fields))


def make_run(
    by: User, scores: Mapping[Unit, float], *, as_of: date, in_force_from: date | None = None
) -> RiskRun:
    """Store scores as a computation on the loads in effect leaves them, under a policy of its own."""
    number = Policy.objects.count() + 1
    policy = Policy.objects.create(
        number=number,
        name=f"Trọng số {number}",
        reason="Theo kế hoạch",
        parameters=DEFAULT.to_document(),
        author=by,
        created_at=NOW,
        endorsed_by=make_user(f"Người duyệt {number}", Role.APPROVER),
        endorsed_at=NOW,
        in_force_from=in_force_from or as_of,
    )
    run = RiskRun.objects.create(
        policy=policy,
        as_of=as_of,
        computed_at=NOW,
        computed_by=by,
        inputs={"loads": [load_facts(load) for load in loads_that_count()]},
    )
    UnitScore.objects.bulk_create(
        UnitScore(run=run, unit=unit, score=score, parts={}, has_all_data=True)
        for unit, score in scores.items()
    )
    return run


@dataclass(frozen=True)
class People:
    """One person for each part, and two inspectors."""

    lan: User
    minh: User
    an: User
    binh: User
    chi: User
    phuong: User
    dung: User
    giang: User
    ha: User


def make_people() -> People:
    """Make one account for each role."""
    return People(
        lan=make_user("Lan", Role.PLANNER),
        minh=make_user("Minh", Role.APPROVER),
        an=make_user("An", Role.INSPECTOR),
        binh=make_user("Bình", Role.INSPECTOR),
        chi=make_user("Chi", Role.CLERK),
        phuong=make_user("Phương", Role.PUBLISHER),
        dung=make_user("Dũng", Role.LEADER),
        giang=make_user("Giang", Role.AUDITOR),
        ha=make_user("Hà", Role.TECHNICAL_ADMIN),
    )
