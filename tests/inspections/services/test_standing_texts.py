"""Standing texts: packaged, copied into a draft, published by another person, then never changed."""

from copy import deepcopy
from typing import Any

import pytest

from inspections import reference, standing
from inspections.errors import InvalidInput, NotAllowed, SamePerson, VersionConflict, WrongState
from inspections.models import PaperKind, Role, StandingTexts, User
from inspections.services import audit, issuing, paper_kinds, standing_texts
from tests.builders import NOW, People, make_department, make_people
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, make_month

pytestmark = pytest.mark.django_db
KH = PaperKind.MONTHLY_PLAN


@pytest.fixture
def people() -> People:
    make_department()
    return make_people()


@pytest.fixture
def draft(people: People) -> StandingTexts:
    return standing_texts.start_draft(actor=people.lan, kind=KH, now=NOW)


def texts(**changes: Any) -> dict[str, Any]:
    return deepcopy(dict(reference.standing_texts()[KH])) | changes


def change(people: People, draft: StandingTexts, version: int = 1, **changes: Any) -> StandingTexts:
    return standing_texts.change(
        actor=people.lan, draft=draft, version=version, texts=texts(**changes), now=NOW
    )


def publish(people: People, draft: StandingTexts) -> StandingTexts:
    return standing_texts.publish(actor=people.minh, draft=draft, version=draft.version, now=NOW)


def test_every_kind_of_paper_has_an_entry_and_packaged_texts() -> None:
    assert set(paper_kinds.KINDS) == set(PaperKind)
    assert set(reference.standing_texts()) == set(PaperKind)
    assert "kl" not in PaperKind.values


@pytest.mark.parametrize("kind", PaperKind)
def test_packaged_texts_are_such_as_a_department_may_publish(kind: PaperKind) -> None:
    packaged = reference.standing_texts()[kind]
    assert standing.checked(kind, packaged) == packaged


def test_names_in_braces_are_the_departments(people: People) -> None:
    filled = standing_texts.of(KH)
    assert filled.recipients == (
        "Chủ tịch, các Phó Chủ tịch UBND tỉnh Đồng Tháp (để báo cáo)",
        "Thành viên Đoàn kiểm tra",
        "Lưu: VT, CCVC",
    )
    assert "/QĐ-SNV" in filled.grounds[1]


def test_before_a_department_has_its_own_the_packaged_texts_are_in_force(people: People) -> None:
    assert standing_texts.in_force(KH).number == 0
    draft = standing_texts.start_draft(actor=people.lan, kind=KH, now=NOW)
    assert standing_texts.in_force(KH).number == 0
    publish(people, change(people, draft, closing="Giao Phòng theo dõi"))
    assert standing_texts.of(KH).closing == "Giao Phòng theo dõi"
    assert standing_texts.in_force(PaperKind.DRAW_MINUTES).number == 0


def test_a_kind_has_one_draft_at_a_time(people: People, draft: StandingTexts) -> None:
    with pytest.raises(WrongState) as refused:
        standing_texts.start_draft(actor=people.lan, kind=KH, now=NOW)
    assert refused.value.code == "draft_exists"
    standing_texts.start_draft(actor=people.lan, kind=PaperKind.DRAW_MINUTES, now=NOW)
    again = standing_texts.start_draft(actor=people.lan, kind=KH, now=NOW, id=draft.pk)
    assert again == draft


def test_whoever_wrote_in_the_draft_does_not_publish_it(
    people: People, draft: StandingTexts
) -> None:
    people.lan.grants.create(role=Role.APPROVER, granted_at=NOW)
    with pytest.raises(SamePerson):
        standing_texts.publish(
            actor=User.objects.get(pk=people.lan.pk), draft=draft, version=1, now=NOW
        )


def test_published_texts_never_change(people: People, draft: StandingTexts) -> None:
    published = publish(people, draft)
    for press in (
        lambda: change(people, published, published.version),
        lambda: publish(people, published),
        lambda: standing_texts.discard(actor=people.lan, draft=published, version=2, now=NOW),
    ):
        with pytest.raises(WrongState) as refused:
            press()
        assert refused.value.code == "texts_published"
    assert not list(audit.verify_chain())


def test_a_draft_that_changed_meanwhile_is_not_overwritten(
    people: People, draft: StandingTexts
) -> None:
    change(people, draft)
    with pytest.raises(VersionConflict):
        change(people, draft)


def test_a_draft_thrown_away_leaves_its_number(people: People, draft: StandingTexts) -> None:
    standing_texts.discard(actor=people.lan, draft=draft, version=1, now=NOW)
    assert standing_texts.start_draft(actor=people.lan, kind=KH, now=NOW).number == 1


def test_texts_are_edited_by_planners_and_published_by_approvers(
    people: People, draft: StandingTexts
) -> None:
    with pytest.raises(NotAllowed):
        standing_texts.start_draft(actor=people.an, kind=KH, now=NOW)
    with pytest.raises(NotAllowed):
        standing_texts.publish(actor=people.chi, draft=draft, version=1, now=NOW)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"grounds": []}, "text_missing", "grounds"),
        ({"grounds": ["  "]}, "text_missing", "grounds"),
        ({"grounds": ["x" * 2_001]}, "text_too_long", "grounds"),
        ({"grounds": ["x"] * 51}, "too_many_items", "grounds"),
        ({"recipients": ["x" * 201]}, "text_too_long", "recipients"),
        ({"closing": ""}, "text_missing", "closing"),
        ({"closing": "Của {moon}"}, "unknown_name", "closing"),
        ({"closing": "Của {department.name}"}, "unknown_name", "closing"),
        ({"closing": "Của {{department}}"}, "unknown_name", "closing"),
        ({"closing": "Của {}"}, "unknown_name", "closing"),
        ({"closing": "Của {"}, "unknown_name", "closing"),
        ({"parts": {}}, "unknown_part", "parts"),
    ],
)
def test_what_is_no_text_of_such_papers_is_refused(
    people: People, draft: StandingTexts, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(people, draft, **changes)
    assert (refused.value.code, refused.value.params["field"]) == (code, field)


def test_texts_are_kept_clean(people: People, draft: StandingTexts) -> None:
    changed = change(people, draft, closing="  Giao\n\nPho\u0300ng   theo\u200b dõi ")
    assert changed.texts["closing"] == "Giao Phòng theo dõi"


def test_a_paper_keeps_what_it_was_drafted_with() -> None:
    month = make_month()
    plan = months.endorsed(month)
    paper = issuing.draft(actor=month.lan, kind=KH, plan=plan, now=DRAW_DAY)
    draft = standing_texts.start_draft(actor=month.lan, kind=KH, now=NOW)
    publish(month.people, change(month.people, draft, closing="Giao Phòng theo dõi"))
    sent = issuing.submit(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)
    assert sent.texts_number == 0
    assert "Giao Phòng theo dõi" not in str(sent.content)
