"""The first hour: from nothing to a department with its province's units, calendar and first people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from inspections import reference
from inspections.documents.wording import unit_name
from inspections.errors import InvalidInput
from inspections.models import (
    CalendarDay,
    Department,
    FieldOfWork,
    Role,
    Unit,
    UnitAlias,
    UnitKind,
    User,
)
from inspections.services import audit, checklists, commendation_forms, users

OWN_UNIT = "SNV"
# Without these three nothing can be drawn, and nobody else can be let in.
NEEDED = (Role.PLANNER, Role.APPROVER, Role.TECHNICAL_ADMIN)


@dataclass(frozen=True)
class FirstAccount:
    """A person of the first set-up."""

    username: str
    full_name: str
    roles: Sequence[Role]


def set_up_department(
    *,
    province_code: str,
    accounts: Sequence[FirstAccount],
    now: datetime,
    is_synthetic: bool = False,
) -> list[tuple[User, str]]:
    """Make the department of a province with its units, calendar and first accounts.

    Returns the accounts with their one-time passwords. The communes are the province's own; its departments
    are typical ones and marked so until somebody checks them.

    Raises:
        InvalidInput: the province is unknown, there is a department already, or nobody would plan, approve
            or keep the accounts.
    """
    given = {role for account in accounts for role in account.roles}
    if missing := [role for role in NEEDED if role not in given]:
        raise InvalidInput(
            _("The first accounts lack a role: %(roles)s.") % {"roles": ", ".join(missing)},
            field="accounts",
        )
    try:
        province = reference.province(province_code)
    except KeyError:
        raise InvalidInput(
            _("There is no province with code %(code)s.") % {"code": province_code},
            field="province",
        ) from None
    with transaction.atomic():
        if Department.objects.exists():
            raise InvalidInput(_("This installation has its department already."))
        name = province.name_on(now.date())
        department = Department.objects.create(
            superior=f"UBND {unit_name(name)}",
            place=name.removeprefix("Tỉnh ").removeprefix("Thành phố "),
            province_code=province.code,
            province_name=name,
            is_synthetic=is_synthetic,
        )
        _create_units(province)
        CalendarDay.objects.bulk_create(
            CalendarDay(
                date=day.date,
                kind=day.kind.value,
                name=day.name,
                source=day.source,
                note=day.note,
            )
            for day in reference.holidays()
        )
        checklists.publish_packaged(now=now)
        commendation_forms.enter_packaged(now=now)
        audit.record(
            actor=None,
            action="department.set_up",
            obj=department,
            now=now,
            details={"province": province.code},
        )
        return [
            users.create_user(
                actor=None,
                username=account.username,
                full_name=account.full_name,
                roles=account.roles,
                now=now,
            )
            for account in accounts
        ]


def _create_units(province: reference.Province) -> None:
    fields = {
        field.code: FieldOfWork(code=field.code, name=field.name, named_in_circular=True)
        for field in reference.fields_of_work()
    }
    FieldOfWork.objects.bulk_create(fields.values())
    communes = {
        commune.code: Unit(code=commune.code, name=commune.name, kind=commune.kind).fill_keys()
        for commune in reference.communes_of(province.code)
    }
    typical = [
        (
            Unit(
                code=unit.code,
                name=unit.name_in(province),
                kind=UnitKind(unit.kind),
                is_generic=True,
                # The department that inspects is no unit to be inspected: all its people have a conflict.
                is_active=unit.code != OWN_UNIT,
            ).fill_keys(),
            unit.fields,
        )
        for unit in reference.typical_units()
        if unit.where is reference.Where.PROVINCE
    ]
    Unit.objects.bulk_create([*communes.values(), *(unit for unit, _ in typical)])
    through = Unit.fields_of_work.through
    through.objects.bulk_create(
        through(unit_id=unit.pk, fieldofwork_id=fields[code].pk)
        for unit, codes in typical
        for code in codes
    )
    UnitAlias.objects.bulk_create(
        UnitAlias(
            unit=communes[former.code],
            name=former.former_name,
            valid_from=former.valid_from,
            valid_to=former.valid_to,
            source="",
        ).fill_keys()
        for former in reference.former_units()
        if former.province == province.code
    )
