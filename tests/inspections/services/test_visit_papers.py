"""The letter to the units that are asked, and the submission about handling."""

from datetime import date

import pytest

from inspections.documents.content import Document, texts
from inspections.errors import WrongState
from inspections.models import (
    DemandKind,
    DisciplineForm,
    Finding,
    HandlingKind,
    PaperKind,
    Visit,
)
from inspections.services import demands, handling, issuing, standing_texts, visit_papers
from inspections.states import LIVE_FINDINGS, FindingState, PaperState
from tests.builders import make_department, make_unit
from tests.inspections.services.filings import LATER, Door, make_door
from tests.inspections.services.following import THEN, demand, file_findings
from tests.inspections.services.recommending import (
    Matter,
    forwarded,
    let_name_forms,
    make_matter,
    propose,
    supported,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


@pytest.fixture
def matter() -> Matter:
    make_department()
    return make_matter()


def letter(visit: Visit) -> Document:
    filled = standing_texts.of(PaperKind.DEMAND_LETTER)
    (made,) = visit_papers.compose_demand_letter(visit, filled, THEN)
    return made


def submission(visit: Visit) -> str:
    filled = standing_texts.of(PaperKind.HANDLING_SUBMISSION)
    return told(*visit_papers.compose_handling_submission(visit, filled, LATER))


def told(*documents: Document) -> str:
    return " ".join(texts(documents))


def test_a_letter_asks_for_what_is_demanded(door: Door) -> None:
    remedy = dict.fromkeys(("who", "responsibility", "procedure", "result"), "")
    stated = remedy | {"what": "Ghi đủ sổ", "deadline": None}
    first, second = file_findings(door, finding(facts="Một."), finding(facts="Hai.", remedy=stated))
    demand(door, first, kind=DemandKind.EXPLANATION, due_on=date(2026, 5, 10))
    demand(door, second, due_on=date(2026, 5, 15))
    made = letter(door.visit)
    said = told(made)
    for part in (
        "SNV-CCVC",
        "yêu cầu giải trình, khắc phục tồn tại, hạn chế qua kiểm tra công vụ",
        "1. Một. Thời hạn giải trình: chậm nhất ngày 10 tháng 5 năm 2026.",
        "2. Hai. Yêu cầu khắc phục: rõ việc: Ghi đủ sổ. Thời hạn khắc phục: chậm nhất ngày 15 tháng 5 năm 2026.",
        "Hình thức trả lời: Bằng văn bản.",
    ):
        assert part in said.replace(" body ", " "), part
    assert made.addressees == ("Xã Tân Hồng",)
    assert made.recipients == ("Như trên", "Lưu: VT, CCVC")


def test_a_letter_goes_to_every_unit_that_answers_and_copies_those_concerned(door: Door) -> None:
    (row,) = file_findings(door)
    other, concerned = make_unit("STC", "Sở Tài chính"), make_unit("SXD", "Sở Xây dựng")
    demand(door, row, kind=DemandKind.EXPLANATION)
    demand(door, row, unit=other, concerned=[(concerned, "Giữ hồ sơ")])
    made = letter(door.visit)
    assert made.addressees == ("Xã Tân Hồng", "Sở Tài chính")
    assert made.recipients[:2] == ("Như trên", "Sở Xây dựng (để phối hợp)")
    assert told(made).count("Đơn vị trả lời: Sở Tài chính.") == 1


def test_a_letter_without_a_demand_is_refused(door: Door) -> None:
    (row,) = file_findings(door)
    made = demand(door, row)
    demands.withdraw(
        actor=door.people.lan, demand=made, version=made.version, reason="Nhầm", now=THEN
    )
    with pytest.raises(WrongState) as refused:
        letter(door.visit)
    assert refused.value.code == "nothing_demanded"


@pytest.mark.parametrize("state", sorted(set(FindingState) - LIVE_FINDINGS))
def test_a_letter_asks_nothing_about_a_finding_that_no_longer_stands(
    door: Door, state: FindingState
) -> None:
    gone, standing = file_findings(door, finding(facts="Một."), finding(facts="Hai."))
    demand(door, gone, standing, due_on=date(2026, 5, 15))
    Finding.objects.filter(pk=gone.pk).update(state=state)
    said = told(letter(door.visit))
    assert ("Một." in said, "Hai." in said) == (False, True)
    Finding.objects.update(state=state)
    with pytest.raises(WrongState) as refused:
        letter(door.visit)
    assert refused.value.code == "nothing_demanded"


def test_a_letter_is_not_submitted_when_its_demands_were_withdrawn(door: Door) -> None:
    (row,) = file_findings(door)
    made = demand(door, row)
    paper = issuing.draft(
        actor=door.people.lan, kind=PaperKind.DEMAND_LETTER, visit=door.visit, now=THEN
    )
    demands.withdraw(
        actor=door.people.lan, demand=made, version=made.version, reason="Nhầm", now=THEN
    )
    with pytest.raises(WrongState) as refused:
        issuing.submit(actor=door.people.lan, paper=paper, version=1, now=THEN)
    assert refused.value.code == "nothing_demanded"
    paper.refresh_from_db()
    assert paper.state == PaperState.DRAFT


def test_a_submission_is_not_submitted_when_what_it_recommends_was_withdrawn(
    matter: Matter,
) -> None:
    made = supported(matter)
    paper = issuing.draft(
        actor=matter.lan, kind=PaperKind.HANDLING_SUBMISSION, visit=matter.door.visit, now=LATER
    )
    handling.withdraw(
        actor=matter.an, recommendation=made, version=made.version, reason="Nhầm", now=LATER
    )
    with pytest.raises(WrongState) as refused:
        issuing.submit(actor=matter.minh, paper=paper, version=1, now=LATER)
    assert refused.value.code == "nothing_recommended"


def test_a_submission_tells_acts_and_clock_and_leaves_the_form_blank(matter: Matter) -> None:
    supported(matter)
    said = submission(matter.door.visit)
    for part in (
        "TTr-SNV",
        "1. Lê Thị Bảy, Trưởng phòng, công chức lãnh đạo, quản lý, xã Tân Hồng.",
        "- 12 hồ sơ quá hạn chưa có phiếu xin lỗi.",
        "b) Căn cứ: Nghị định 172/2025/NĐ-CP.",
        "c) Kiến nghị: xem xét xử lý kỷ luật.",
        "d) Ngày phát hiện: ngày 02 tháng 3 năm 2026; thời hạn xử lý kỷ luật đến hết ngày 31 tháng 5",
    ):
        assert part in said, part
    assert "hình thức" not in said


def test_a_form_that_was_named_is_printed(matter: Matter) -> None:
    let_name_forms(matter, matter.lan)
    made = propose(matter)
    handling.name_form(
        actor=matter.lan,
        recommendation=made,
        version=made.version,
        form=DisciplineForm.WARNING,
        now=LATER,
    )
    made.refresh_from_db()
    handling.review(
        actor=matter.minh,
        recommendation=made,
        version=made.version,
        supported=True,
        reason="Có căn cứ",
        now=LATER,
    )
    assert "xem xét xử lý kỷ luật, hình thức: cảnh cáo." in submission(matter.door.visit)


def test_a_submission_that_was_not_forwarded_goes_to_the_superior(matter: Matter) -> None:
    supported(matter, kind=HandlingKind.TRAINING)
    assert "Chủ tịch UBND tỉnh" in submission(matter.door.visit)


def test_one_authority_for_all_is_the_addressee(matter: Matter) -> None:
    forwarded(matter)
    assert "kính trình Chủ tịch UBND xã xem xét" in submission(matter.door.visit)


def test_what_nobody_supported_is_not_submitted(matter: Matter) -> None:
    propose(matter)
    with pytest.raises(WrongState) as refused:
        submission(matter.door.visit)
    assert refused.value.code == "nothing_recommended"


def test_every_word_of_the_choices_has_its_vietnamese() -> None:
    assert set(visit_papers.MEASURES) == set(HandlingKind)
    assert set(visit_papers.FORMS) == set(DisciplineForm)
