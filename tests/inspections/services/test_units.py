"""Units: who may change them, and what a change leaves behind."""

from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import InvalidInput, NotAllowed, NotFound, VersionConflict, WrongState
from inspections.models import AuditEvent, FieldOfWork, Role, Unit, UnitKind, User
from inspections.services import units
from tests.builders import NOW, make_unit, make_user

pytestmark = pytest.mark.django_db


def create(*, actor: User | None = None, **changes: Any) -> Unit:
    facts = {
        "code": "X01",
        "name": "Xã Tân Hồng",
        "kind": UnitKind.COMMUNE,
        "now": NOW,
    }
    actor = actor or make_user("Hà", Role.TECHNICAL_ADMIN)
    return units.create_unit(actor=actor, **(facts | changes))


def test_a_unit_is_created_with_its_keys_and_an_event() -> None:
    land = FieldOfWork.objects.create(code="land", name="Đất đai")
    unit = create(fields_of_work=[land])
    assert (unit.search_key, list(unit.fields_of_work.all())) == ("xa tan hong", [land])
    assert AuditEvent.objects.get().action == "unit.create"


def test_the_same_creation_again_returns_the_unit_that_it_made() -> None:
    ha, name = make_user("Hà", Role.TECHNICAL_ADMIN), uuid4()
    first = create(actor=ha, id=name)
    assert create(actor=ha, id=name) == first
    assert (Unit.objects.count(), AuditEvent.objects.count()) == (1, 1)


def test_another_unit_under_the_same_id_is_a_conflict() -> None:
    ha, name = make_user("Hà", Role.TECHNICAL_ADMIN), uuid4()
    create(actor=ha, id=name)
    with pytest.raises(WrongState) as caught:
        create(actor=ha, id=name, name="Xã Khác")
    assert caught.value.code == "id_taken"


def test_a_code_is_taken_once() -> None:
    make_unit("X01")
    with pytest.raises(InvalidInput) as caught:
        create()
    assert (caught.value.code, caught.value.params["field"]) == ("code_taken", "code")


@pytest.mark.parametrize("field", ["code", "name"])
def test_a_text_of_invisible_letters_is_empty(field: str) -> None:
    with pytest.raises(InvalidInput):
        create(**{field: "\u200b "})


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER, Role.TECHNICAL_ADMIN}))
def test_others_change_no_units(role: Role) -> None:
    with pytest.raises(NotAllowed):
        create(actor=make_user("Chi", role))
    with pytest.raises(NotAllowed):
        units.update_unit(
            actor=make_user("Bình", role), unit=make_unit("X02"), version=1, changes={}, now=NOW
        )


def test_a_new_name_changes_the_keys_and_the_version() -> None:
    unit = make_unit("X01", "Xã Tân Hồng")
    units.update_unit(
        actor=make_user("Lan", Role.PLANNER),
        unit=unit,
        version=1,
        changes={"name": "Xã Sa Rài"},
        now=NOW,
    )
    fresh = Unit.objects.get()
    assert (fresh.name, fresh.search_key, fresh.version) == ("Xã Sa Rài", "xa sa rai", 2)
    assert AuditEvent.objects.get().details == {"changed": ["name"]}


def test_a_stale_change_leaves_nothing_behind() -> None:
    unit = make_unit("X01")
    land = FieldOfWork.objects.create(code="land", name="Đất đai")
    with pytest.raises(VersionConflict):
        units.update_unit(
            actor=make_user("Lan", Role.PLANNER),
            unit=unit,
            version=7,
            changes={"staff_count": 3, "fields_of_work": [land]},
            now=NOW,
        )
    assert (Unit.objects.get().staff_count, land.units.count()) == (None, 0)
    assert not AuditEvent.objects.exists()


def test_a_code_never_changes() -> None:
    with pytest.raises(InvalidInput):
        units.update_unit(
            actor=make_user("Lan", Role.PLANNER),
            unit=make_unit("X01"),
            version=1,
            changes={"code": "X02"},
            now=NOW,
        )


def test_a_unit_does_not_stand_below_itself() -> None:
    top = make_unit("X01")
    below = make_unit("X02", parent=make_unit("X03", parent=top))
    with pytest.raises(InvalidInput):
        units.update_unit(
            actor=make_user("Lan", Role.PLANNER),
            unit=top,
            version=1,
            changes={"parent": below},
            now=NOW,
        )


def test_an_alias_is_added_once_and_taken_away() -> None:
    lan, unit = make_user("Lan", Role.PLANNER), make_unit("X01")
    units.add_alias(actor=lan, unit=unit, version=1, name="Xã Cũ", now=NOW)
    with pytest.raises(InvalidInput) as caught:
        units.add_alias(actor=lan, unit=unit, version=2, name="xã  cũ", now=NOW)
    assert caught.value.code == "alias_exists"
    alias = unit.aliases.get()
    units.remove_alias(actor=lan, unit=unit, version=2, alias_id=alias.pk, now=NOW)
    assert (unit.version, unit.aliases.count()) == (3, 0)
    with pytest.raises(NotFound):
        units.remove_alias(actor=lan, unit=unit, version=3, alias_id=alias.pk, now=NOW)
