"""The checklist: packaged, copied into a draft, published by another person, then never changed."""

from typing import Any

import pytest

from inspections import reference
from inspections.errors import InvalidInput, NotAllowed, SamePerson, VersionConflict, WrongState
from inspections.models import Checklist, ChecklistItem, FindingSeverity, Role, UnitKind, User
from inspections.models.checklists import MOST_CORE_ITEMS
from inspections.services import audit, checklists
from tests.builders import NOW, People, make_people

pytestmark = pytest.mark.django_db


def item(code: str, **fields: Any) -> dict[str, Any]:
    return {
        "code": code,
        "section": "A. Quân số",
        "text": "Điểm danh",
        "text_en": "",
        "legal_basis": "",
        "basis_verified": False,
        "severity": FindingSeverity.MINOR,
        "evidence": "",
        "kinds": [],
        "is_core": False,
    } | fields


@pytest.fixture
def people() -> People:
    return make_people()


@pytest.fixture
def packaged() -> Checklist:
    return checklists.publish_packaged(now=NOW)


@pytest.fixture
def draft(people: People, packaged: Checklist) -> Checklist:
    return checklists.start_draft(actor=people.lan, now=NOW)


def test_the_package_holds_89_items_of_which_twelve_are_core() -> None:
    items = reference.checklist()
    assert len(items) == len({one.code for one in items}) == 89
    assert sum(one.is_core for one in items) == MOST_CORE_ITEMS
    assert {one.severity for one in items} == set(FindingSeverity)
    assert {kind for one in items for kind in one.kinds} <= set(UnitKind)


def test_the_package_marks_every_legal_basis_that_nobody_verified() -> None:
    unsure = [one for one in reference.checklist() if "chưa kiểm chứng" in one.legal_basis]
    assert unsure
    assert not any(one.basis_verified for one in unsure)


def test_the_first_version_is_the_package(packaged: Checklist) -> None:
    assert (packaged.number, packaged.published_at) == (1, NOW)
    assert [one.code for one in packaged.items.all()] == [one.code for one in reference.checklist()]


def test_an_item_is_for_the_kinds_that_it_names_or_for_all(packaged: Checklist) -> None:
    counter = packaged.items.get(code="D18")
    assert counter.is_for(UnitKind.COMMUNE_SERVICE_CENTRE)
    assert not counter.is_for(UnitKind.INSPECTORATE)
    assert packaged.items.get(code="A01").is_for(UnitKind.INSPECTORATE)


def test_a_draft_is_a_copy_of_the_version_in_force(packaged: Checklist, draft: Checklist) -> None:
    def content(checklist: Checklist) -> list[Any]:
        return list(checklist.items.values_list("code", "text", "kinds", "severity", "is_core"))

    assert draft.number == 2
    assert content(draft) == content(packaged)
    assert Checklist.objects.published().first() == packaged


def test_there_is_one_draft_at_a_time(people: People, draft: Checklist) -> None:
    with pytest.raises(WrongState) as refused:
        checklists.start_draft(actor=people.lan, now=NOW)
    assert refused.value.code == "draft_exists"
    again = checklists.start_draft(actor=people.lan, now=NOW, id=draft.pk)
    assert again == draft


def test_the_draft_is_published_by_somebody_who_did_not_write_in_it(
    people: People, packaged: Checklist, draft: Checklist
) -> None:
    draft = checklists.replace_items(
        actor=people.lan, checklist=draft, version=1, items=[item("Z2"), item("Z1")], now=NOW
    )
    published = checklists.publish(actor=people.minh, checklist=draft, version=2, now=NOW)
    assert Checklist.objects.published().first() == published
    assert [one.code for one in published.items.all()] == ["Z2", "Z1"]
    assert packaged.items.count() == 89
    assert not list(audit.verify_chain())


def test_whoever_wrote_in_the_draft_does_not_publish_it(people: People, draft: Checklist) -> None:
    people.lan.grants.create(role=Role.APPROVER, granted_at=NOW)
    lan = User.objects.get(pk=people.lan.pk)
    with pytest.raises(SamePerson):
        checklists.publish(actor=lan, checklist=draft, version=1, now=NOW)


def test_a_published_version_never_changes(people: People, packaged: Checklist) -> None:
    for press in (
        lambda: checklists.replace_items(
            actor=people.lan, checklist=packaged, version=1, items=[item("Z1")], now=NOW
        ),
        lambda: checklists.discard_draft(actor=people.lan, checklist=packaged, version=1, now=NOW),
        lambda: checklists.publish(actor=people.minh, checklist=packaged, version=1, now=NOW),
    ):
        with pytest.raises(WrongState) as refused:
            press()
        assert refused.value.code == "checklist_published"
    assert packaged.items.count() == 89


def test_a_draft_that_changed_meanwhile_is_not_overwritten(
    people: People, draft: Checklist
) -> None:
    checklists.replace_items(
        actor=people.lan, checklist=draft, version=1, items=[item("Z1")], now=NOW
    )
    with pytest.raises(VersionConflict):
        checklists.replace_items(
            actor=people.lan, checklist=draft, version=1, items=[item("Z2")], now=NOW
        )
    assert draft.items.get().code == "Z1"


def test_a_draft_thrown_away_leaves_its_number(people: People, draft: Checklist) -> None:
    checklists.discard_draft(actor=people.lan, checklist=draft, version=1, now=NOW)
    assert ChecklistItem.objects.filter(checklist__number=2).count() == 0
    assert checklists.start_draft(actor=people.lan, now=NOW).number == 2


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "invalid_input"),
        ([item("Z1"), item("Z1")], "code_taken"),
        (
            [item(f"Z{number}", is_core=True) for number in range(MOST_CORE_ITEMS + 1)],
            "too_many_core_items",
        ),
    ],
    ids=["none", "twice", "core"],
)
def test_what_is_no_checklist_is_refused(
    people: People, draft: Checklist, items: list[dict[str, Any]], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        checklists.replace_items(actor=people.lan, checklist=draft, version=1, items=items, now=NOW)
    assert refused.value.code == code
    assert draft.items.count() == 89


def test_the_checklist_is_edited_by_planners_and_published_by_approvers(
    people: People, draft: Checklist
) -> None:
    with pytest.raises(NotAllowed):
        checklists.start_draft(actor=people.an, now=NOW)
    with pytest.raises(NotAllowed):
        checklists.publish(actor=people.lan, checklist=draft, version=1, now=NOW)
