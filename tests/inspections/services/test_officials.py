"""The personnel list: kept by planners, loaded whole or not at all, read on record."""

from typing import Any
from uuid import uuid4

import pytest

from inspections.errors import DomainError, InvalidInput, NotAllowed, VersionConflict, WrongState
from inspections.models import AuditEvent, Official, OfficialCategory, Role, Unit, User
from inspections.services import audit, officials
from inspections.services.officials import Row
from tests.builders import NOW, make_official, make_unit, make_user
from tests.inspections.database import refused
from tests.inspections.services.filings import closing, make_door, send
from tests.inspections.services.racing import at_once, meet_after

pytestmark = pytest.mark.django_db
CIVIL_SERVANT = OfficialCategory.CIVIL_SERVANT


@pytest.fixture
def lan() -> User:
    return make_user("Lan", Role.PLANNER)


@pytest.fixture
def unit() -> Unit:
    return make_unit("X01")


def create(actor: User, unit: Unit, **changes: Any) -> Official:
    facts = {"full_name": "Lê Thị Bảy", "post": "Trưởng phòng", "category": CIVIL_SERVANT}
    return officials.create_official(actor=actor, unit=unit, now=NOW, **(facts | changes))


def row(name: str, **changes: Any) -> Row:
    facts: dict[str, Any] = {"post": "Chuyên viên", "category": CIVIL_SERVANT, "unit": "X01"}
    return Row(full_name=name, **(facts | changes))


def load(actor: User, *rows: Row) -> list[Official]:
    return officials.load_officials(actor=actor, rows=rows, now=NOW)


def problems(actor: User, *rows: Row) -> list[tuple[int, str, str]]:
    error = refused(lambda: load(actor, *rows))
    assert error.code == "rows_invalid"
    return [(one["row"], one["field"], one["code"]) for one in error.params["problems"]]


def test_somebody_is_entered_once_however_often_he_is_sent(lan: User, unit: Unit) -> None:
    name = uuid4()
    assert create(lan, unit, id=name) == create(lan, unit, id=name)
    with pytest.raises(WrongState) as caught:
        create(lan, unit, id=name, post="Phó phòng")
    assert caught.value.code == "id_taken"
    assert Official.objects.count() == 1


def test_two_of_one_name_and_post_can_be_entered_one_by_one(lan: User, unit: Unit) -> None:
    assert create(lan, unit) != create(lan, unit)


def test_the_list_is_in_the_order_of_given_names(lan: User, unit: Unit) -> None:
    for name in ("Trần Văn Ơn", "Lê Thị Bảy", "Nguyễn An"):
        create(lan, unit, full_name=name)
    assert [str(one) for one in Official.objects.all()] == [
        "Nguyễn An",
        "Lê Thị Bảy",
        "Trần Văn Ơn",
    ]


def test_events_hold_no_names(lan: User, unit: Unit) -> None:
    create(lan, unit)
    load(lan, row("Trần Văn Ơn"))
    assert [(one.action, one.details) for one in AuditEvent.objects.order_by("position")] == [
        ("official.create", {}),
        ("official.load", {"officials": 1, "units": 1}),
    ]


def test_whoever_moves_keeps_the_unit_that_he_left_on_record(lan: User, unit: Unit) -> None:
    official, other = create(lan, unit), make_unit("X02")
    officials.update_official(
        actor=lan, official=official, version=1, changes={"unit": other}, now=NOW
    )
    assert (official.unit, official.version) == (other, 2)
    assert official.belongs_to(unit)
    assert official.belongs_to(other)
    assert not official.belongs_to(make_unit("X03"))


def test_a_changed_name_stands_in_its_new_place(lan: User, unit: Unit) -> None:
    official = create(lan, unit)
    make_official("Trần Bình", unit)
    officials.update_official(
        actor=lan, official=official, version=1, changes={"full_name": "Lê Thị An"}, now=NOW
    )
    assert Official.objects.first() == official


def test_a_stale_change_is_refused(lan: User, unit: Unit) -> None:
    official = create(lan, unit)
    changes = {"actor": lan, "official": official, "changes": {"post": "Phó phòng"}, "now": NOW}
    officials.update_official(version=1, **changes)
    with pytest.raises(VersionConflict):
        officials.update_official(version=1, **changes)


@pytest.mark.parametrize("changes", [{"full_name": " "}, {"name_sort_key": "0"}])
def test_a_change_leaves_a_name_and_touches_nothing_else(
    lan: User, unit: Unit, changes: dict[str, Any]
) -> None:
    official = create(lan, unit)
    with pytest.raises(InvalidInput):
        officials.update_official(actor=lan, official=official, version=1, changes=changes, now=NOW)


def test_a_list_is_entered_in_the_order_of_its_rows(lan: User, unit: Unit) -> None:
    make_unit("X02")
    entered = load(lan, row("Trần Văn Ơn"), row("Lê Thị Bảy", unit="X02"))
    assert [(one.full_name, one.unit.code) for one in entered] == [
        ("Trần Văn Ơn", "X01"),
        ("Lê Thị Bảy", "X02"),
    ]


def test_a_list_with_problems_is_not_entered_and_each_is_named(lan: User, unit: Unit) -> None:
    standing, once = create(lan, unit, post="Chuyên viên"), uuid4()
    assert problems(
        lan,
        row("Nguyễn An", id=once),
        row("Nguyễn Văn Ba", unit="X09"),
        row("LÊ  THỊ BẢY"),
        row("nguyễn an"),
        row("Lý Tám", id=standing.pk),
        row("Lý Chín", id=once),
    ) == [
        (2, "unit", "unknown_unit"),
        (3, "full_name", "listed_already"),
        (4, "full_name", "listed_twice"),
        (5, "id", "id_taken"),
        (6, "id", "id_twice"),
    ]


def test_a_list_whose_answer_was_lost_is_sent_again_under_its_ids(lan: User, unit: Unit) -> None:
    rows = [row("Nguyễn An", id=uuid4()), row("Trần Bình", id=uuid4())]
    first = load(lan, *rows)
    events = AuditEvent.objects.count()
    assert load(lan, *rows) == first
    assert (Official.objects.count(), AuditEvent.objects.count()) == (2, events)


def test_readings_are_on_record(lan: User, unit: Unit) -> None:
    official = create(lan, unit)
    officials.read_official(actor=lan, official=official, now=NOW)
    officials.read_list(actor=lan, officials=[official], now=NOW)
    one, page = AuditEvent.objects.filter(action__in=["official.read", "official.list"]).order_by(
        "position"
    )
    assert (one.object_id, page.details) == (str(official.pk), {"officials": 1})
    assert not list(audit.verify_chain())


def test_an_inspector_sees_the_list_of_the_units_where_he_filed() -> None:
    door = make_door()
    here = make_official("Lê Thị Bảy", door.visit.unit)
    moved = make_official("Trần Bình", make_unit("X08"))
    moved.former_units.add(door.visit.unit)
    make_official("Nguyễn An", make_unit("X09"))
    assert not Official.objects.visible_to(door.an).exists()
    send(door.an, closing(door))
    for actor in (door.an, door.cuc):
        assert set(Official.objects.visible_to(actor)) == {here, moved}
    people = door.people
    for actor in (people.lan, people.minh, people.chi):
        assert Official.objects.visible_to(actor).count() == 3
    for actor in (people.binh, people.dung, people.phuong, people.giang, people.ha):
        assert not Official.objects.visible_to(actor).exists()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER}))
def test_others_do_not_write_in_the_list(unit: Unit, role: Role) -> None:
    actor, official = make_user("Chi", role), make_official("An", unit)
    for press in (
        lambda: create(actor, unit),
        lambda: load(actor, row("An")),
        lambda: officials.update_official(
            actor=actor, official=official, version=1, changes={"post": "x"}, now=NOW
        ),
    ):
        with pytest.raises(NotAllowed):
            press()


@pytest.mark.django_db(transaction=True)
def test_one_list_loaded_twice_at_once_is_entered_once(
    lan: User, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_after(
        monkeypatch, officials, "_List"
    )  # both have looked before either writes, if they can

    def enter() -> str:
        try:
            load(lan, row("Nguyễn An"))
        except DomainError as error:
            return error.code
        return "entered"

    assert sorted(at_once(enter, enter)) == ["entered", "rows_invalid"]
    assert Official.objects.count() == 1
