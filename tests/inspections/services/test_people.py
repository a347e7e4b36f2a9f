"""Inspectors, their relations and their leave."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import InvalidInput, NotAllowed, NotFound, VersionConflict, WrongState
from inspections.models import AuditEvent, Inspector, RelationKind, Role, Skill, User
from inspections.services import people
from tests.builders import NOW, make_inspector, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lan() -> User:
    return make_user("Lan", Role.PLANNER)


def create(actor: User, **changes: Any) -> Inspector:
    facts = {"full_name": "Nguyễn Văn An", "code": "an", "now": NOW}
    return people.create_inspector(actor=actor, **(facts | changes))


def test_an_inspector_is_created_with_what_belongs_to_him(lan: User) -> None:
    unit, skill = make_unit("X01"), Skill.objects.create(code="land", name="Đất đai")
    an = create(lan, former_units=[unit], skills=[skill], may_lead=True)
    assert (list(an.former_units.all()), list(an.skills.all())) == ([unit], [skill])
    assert AuditEvent.objects.get().action == "inspector.create"


def test_the_same_creation_again_returns_the_one_that_it_made(lan: User) -> None:
    name = uuid4()
    assert create(lan, id=name) == create(lan, id=name)
    with pytest.raises(WrongState):
        create(lan, id=name, full_name="Trần Bình")
    assert Inspector.objects.count() == 1


def test_a_staff_code_is_taken_once(lan: User) -> None:
    make_inspector("An", code="an")
    with pytest.raises(InvalidInput) as caught:
        create(lan)
    assert caught.value.code == "code_taken"


def test_an_account_belongs_to_one_inspector(lan: User) -> None:
    account = make_user("Bình", Role.INSPECTOR)
    make_inspector("Bình", user=account)
    an = make_inspector("An")
    with pytest.raises(InvalidInput):
        people.update_inspector(
            actor=lan, inspector=an, version=1, changes={"user": account}, now=NOW
        )


def test_a_change_replaces_former_units_and_skills(lan: User) -> None:
    old, new = make_unit("X01"), make_unit("X02")
    an = make_inspector("An", former_units=[old])
    people.update_inspector(
        actor=lan,
        inspector=an,
        version=1,
        changes={"full_name": "Lê An", "former_units": [new], "skills": []},
        now=NOW,
    )
    fresh = Inspector.objects.get()
    assert (fresh.full_name, list(fresh.former_units.all()), fresh.version) == ("Lê An", [new], 2)


def test_a_stale_change_is_refused(lan: User) -> None:
    an = make_inspector("An")
    with pytest.raises(VersionConflict):
        people.update_inspector(actor=lan, inspector=an, version=2, changes={"title": "x"}, now=NOW)


def test_a_relation_is_declared_once_and_ended(lan: User) -> None:
    an, unit = make_inspector("An"), make_unit("X01")
    said = {"actor": lan, "inspector": an, "unit": unit, "kind": RelationKind.RELATIVE, "now": NOW}
    people.declare_relation(version=1, **said)
    people.declare_relation(version=1, **said)
    relation = an.relations.get()
    assert an.version == 2
    ended = {"actor": lan, "inspector": an, "relation_id": relation.pk, "now": NOW}
    people.end_relation(version=2, **ended)
    relation.refresh_from_db()
    assert relation.ended_at == NOW
    with pytest.raises(NotFound):
        people.end_relation(version=3, **ended)


def test_leave_is_entered_once_and_taken_back(lan: User) -> None:
    an = make_inspector("An")
    days = {"first_day": date(2026, 3, 9), "last_day": date(2026, 3, 11)}
    for _ in range(2):
        people.enter_leave(actor=lan, inspector=an, version=1, now=NOW, **days)
    leave = an.leaves.get()
    people.cancel_leave(actor=lan, inspector=an, version=2, leave_id=leave.pk, now=NOW)
    assert (an.leaves.count(), an.version) == (0, 3)
    with pytest.raises(InvalidInput):
        people.enter_leave(
            actor=lan,
            inspector=an,
            version=3,
            first_day=date(2026, 3, 9),
            last_day=date(2026, 3, 8),
            now=NOW,
        )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER, Role.TECHNICAL_ADMIN}))
def test_others_change_no_inspectors(role: Role) -> None:
    with pytest.raises(NotAllowed):
        create(make_user("Chi", role))
