"""Narrative papers from what was filed: what the drafts take up, and what they leave out."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from inspections.documents.content import Document, texts
from inspections.errors import NotFound, SamePerson, WrongState
from inspections.models import (
    AuditEvent,
    CommendationForm,
    Finding,
    LetterKind,
    Paper,
    PaperKind,
    Plan,
    Visit,
)
from inspections.services import (
    commendation_forms,
    commendations,
    issuing,
    narratives,
    paper_content,
    plans,
    previews,
    standing_texts,
)
from inspections.states import FindingState, PaperState
from tests.builders import NOW, make_department, make_unit
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    make_door,
    make_visit,
    send,
    signature,
)
from tests.inspections.services.following import demand, file_findings, write
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


@pytest.fixture
def plan(door: Door) -> Plan:
    """A plan of the month after, into which the directed visit is moved."""
    make_unit("X08", "Xã Tháp Mười")
    plan = plans.create_plan(
        actor=door.people.lan, period=date(2026, 4, 1), size=1, session_capacity=1, now=NOW
    )
    Visit.objects.update(date=date(2026, 4, 7))
    return plan


def file(door: Door, **said: Any) -> None:
    """Two findings, of which the unit explained one, and praise of a person."""
    late = finding(facts="12 hồ sơ quá hạn; Lê Thị Bảy phụ trách")
    book = finding(item="B02", facts="Sổ tiếp công dân bỏ trống cột kết quả", responsible=None)
    praise = {
        "id": str(uuid4()),
        "facts": "Ông Võ Văn Tám trả kết quả trước hạn",
        "collective": False,
        "person": {"name": "Võ Văn Tám", "position": "Chuyên viên"},
        "evidence": [],
    }
    explained = {"finding": late["id"], "text": "Hệ thống bị lỗi", "outcome": "rejected"}
    given = {
        "findings": [late, book],
        "praise": [praise],
        "explanations": [explained],
        "signatures": [signature()],
    }
    send(door.an, closing(door, **(given | said)))


def told(documents: list[Document]) -> str:
    return " ".join(texts(tuple(documents)))


def visit_report(door: Door) -> str:
    filled = standing_texts.of(PaperKind.VISIT_REPORT)
    return told(narratives.compose_visit_report(door.visit, filled, LATER))


def round_report(plan: Plan) -> str:
    filled = standing_texts.of(PaperKind.ROUND_REPORT)
    return told(narratives.compose_round_report(plan, filled, LATER))


def commendation_submission(plan: Plan) -> str:
    filled = standing_texts.of(PaperKind.COMMENDATION_SUBMISSION)
    return told(narratives.compose_commendation_submission(plan, filled, LATER))


def notice(plan: Plan) -> str:
    filled = standing_texts.of(PaperKind.RESULTS_NOTICE)
    return told(narratives.compose_results_notice(plan, filled, LATER))


def test_a_report_says_what_was_filed(door: Door) -> None:
    file(door)
    said = visit_report(door)
    for part in (
        "Kết quả kiểm tra công vụ theo chỉ đạo tại xã Tân Hồng",
        "BC-SNV",
        "Ngày 02 tháng 3 năm 2026, Đoàn kiểm tra công vụ đã kiểm tra theo chỉ đạo tại xã Tân Hồng.",
        (
            "Tại thời điểm kiểm tra (09 giờ 05 phút), có mặt 08/12 người; vắng 04 người, trong đó 03 có"
            " lý do, 01 không có lý do."
        ),
        "- Ông Võ Văn Tám trả kết quả trước hạn.",
        "(1) 12 hồ sơ quá hạn; Lê Thị Bảy phụ trách.",
        "Giải trình của đơn vị: Hệ thống bị lỗi.",
        "(2) Sổ tiếp công dân bỏ trống cột kết quả.",
        "Giải trình của đơn vị: chưa có.",
        "- Trưởng phòng, Xã Tân Hồng.",
        "Sở Nội vụ kính báo cáo, đề nghị xem xét, chỉ đạo./.",
    ):
        assert part in said, part


def test_a_report_of_a_visit_where_nothing_was_filed_is_refused(door: Door) -> None:
    with pytest.raises(NotFound):
        visit_report(door)


def test_a_finding_that_was_withdrawn_is_no_longer_told(door: Door) -> None:
    file(door)
    Finding.objects.filter(item="B02").update(state=FindingState.WITHDRAWN)
    assert "Sổ tiếp công dân" not in visit_report(door)
    assert "12 hồ sơ quá hạn" in visit_report(door)


def test_a_unit_that_was_shut_is_told_as_such(door: Door) -> None:
    send(
        door.an,
        closing(door, outcome="closed_at_arrival", roll_calls=[], answers=[]),
    )
    assert "trụ sở đơn vị đóng cửa" in visit_report(door)


def test_a_round_takes_up_what_was_ordered_in_its_month(door: Door, plan: Plan) -> None:
    file(door)
    said = round_report(plan)
    assert "Kết quả kiểm tra công vụ tháng 4 năm 2026" in said
    assert "Xã Tân Hồng" in said
    assert "12 hồ sơ quá hạn" in said


def test_a_round_tells_nothing_of_visits_that_were_not_filed(door: Door, plan: Plan) -> None:
    file(door)
    other = make_visit(leader=None, code="X02")
    Visit.objects.filter(pk=other.pk).update(plan=plan, date=date(2026, 4, 9))
    said = round_report(plan)
    assert "Ngày 07 tháng 4 năm 2026" in said
    assert "09/04/2026" not in said


def test_a_round_tells_nothing_of_another_month(door: Door, plan: Plan) -> None:
    file(door)
    Visit.objects.update(date=date(2026, 3, 31))
    with pytest.raises(WrongState) as refused:
        round_report(plan)
    assert refused.value.code == "nothing_filed"


def test_a_notice_groups_findings_by_section_of_the_checklist(door: Door, plan: Plan) -> None:
    file(door)
    sections = dict(door.checklist.items.values_list("code", "section"))
    said = notice(plan)
    for number, code in enumerate(("D04", "B02"), start=1):
        letter, name = sections[code].split(". ", 1)
        assert f"2.{number}. {name}" in said
        assert f"{letter}. {name}" not in said
    assert "- Xã Tân Hồng (theo chỉ đạo, ngày 07/04/2026)." in said


def test_a_notice_names_no_person_that_the_record_knows(door: Door, plan: Plan) -> None:
    file(door)
    said = notice(plan)
    for name in ("Lê Thị Bảy", "Võ Văn Tám", "Trần Văn Năm"):
        assert name not in said
    assert "12 hồ sơ quá hạn; […] phụ trách." in said
    assert "Ông […] trả kết quả trước hạn." in said


def test_a_finding_without_an_item_stands_in_a_group_of_its_own(door: Door, plan: Plan) -> None:
    send(door.an, closing(door, findings=[finding(item=None)]))
    assert "2.1. Nội dung khác" in notice(plan)


def test_what_the_unit_wrote_later_stands_in_place_of_what_it_said(door: Door) -> None:
    _first, second = file_findings(door, finding(facts="Một."), finding(facts="Hai."))
    write(door, LetterKind.EXPLANATION, second, summary="Đã bổ sung sổ.")
    said = visit_report(door)
    assert "(1) Một. Giải trình của đơn vị: chưa có." in said.replace("  ", " ")
    assert "(2) Hai. Giải trình của đơn vị: Đã bổ sung sổ." in said.replace("  ", " ")


def test_a_notice_tells_the_day_by_which_a_unit_remedies(door: Door, plan: Plan) -> None:
    (row,) = file_findings(door)
    demand(door, row, due_on=date(2026, 5, 15))
    assert "Thời hạn khắc phục: chậm nhất ngày 15/05/2026." in notice(plan)


# --- As papers -------------------------------------------------------------------------------


def drafted(door: Door, kind: PaperKind, **subject: Any) -> Paper:
    return issuing.draft(actor=door.people.lan, kind=kind, now=LATER, **subject)


def test_a_draft_keeps_what_it_says_when_the_record_goes_on(door: Door) -> None:
    file(door)
    paper = drafted(door, PaperKind.VISIT_REPORT, visit=door.visit)
    Finding.objects.update(state=FindingState.WITHDRAWN)
    assert "12 hồ sơ quá hạn" in told(list(paper_content.content_of(paper, LATER)))


def test_a_report_is_submitted_by_another_person_than_its_writer(door: Door) -> None:
    file(door)
    door.visit.refresh_from_db()
    paper = drafted(door, PaperKind.VISIT_REPORT, visit=door.visit)
    with pytest.raises(SamePerson) as refused:
        issuing.submit(actor=door.people.lan, paper=paper, version=1, now=LATER)
    assert refused.value.code == "same_person"
    issuing.submit(actor=door.people.minh, paper=paper, version=1, now=LATER)
    assert paper.state == PaperState.SUBMITTED


def test_a_round_is_reported_when_it_is_over(door: Door, plan: Plan) -> None:
    file(door)
    paper = drafted(door, PaperKind.ROUND_REPORT, plan=plan)
    with pytest.raises(WrongState) as refused:
        issuing.submit(actor=door.people.minh, paper=paper, version=1, now=LATER)
    assert refused.value.code == "not_closed"


def test_papers_that_name_units_are_for_the_office_alone(door: Door, plan: Plan) -> None:
    file(door)
    drafted(door, PaperKind.ROUND_REPORT, plan=plan)
    drafted(door, PaperKind.VISIT_REPORT, visit=door.visit)
    people = door.people
    seen = {
        person.username
        for person in vars(people).values()
        if Paper.objects.visible_to(person).exists()
    }
    assert seen == {people.lan.username, people.minh.username, people.chi.username}


def test_looking_at_texts_on_a_paper_that_names_units_is_on_record(door: Door, plan: Plan) -> None:
    file(door)
    lan = door.people.lan
    draft = standing_texts.start_draft(actor=lan, kind=PaperKind.ROUND_REPORT, now=LATER)
    previews.preview(actor=lan, texts=draft, plan=plan, now=LATER)
    event = AuditEvent.objects.get(action="plan.preview_paper")
    assert (event.object_id, event.details) == (str(plan.pk), {"kind": "round_report"})


def test_a_submission_names_those_whom_a_second_person_supports(door: Door, plan: Plan) -> None:
    praise = {
        "id": str(uuid4()),
        "facts": "Trả kết quả sớm",
        "collective": True,
        "person": None,
        "evidence": [],
    }
    send(door.an, closing(door, praise=[praise]))
    commendation_forms.enter_packaged(now=LATER)
    with pytest.raises(WrongState) as refused:
        commendation_submission(plan)
    assert refused.value.code == "nobody_commended"

    door.visit.refresh_from_db()
    proposed = commendations.propose(
        actor=door.an,
        unit=door.visit.unit,
        form=CommendationForm.objects.get(name="Giấy khen"),
        reasons="Giải quyết hồ sơ trước hạn cả quý.",
        evidence=[commendations.Evidence(door.visit, praise=UUID(praise["id"]))],
        now=LATER,
    )
    with pytest.raises(WrongState):
        commendation_submission(plan)
    commendations.review(
        actor=door.people.minh,
        commendation=proposed,
        version=proposed.version,
        supported=True,
        reason="Đúng thành tích.",
        now=LATER,
    )
    said = commendation_submission(plan)
    for part in (
        "TTr-SNV",
        "1. Xã Tân Hồng.",
        "Hình thức đề nghị: Giấy khen.",
        "Thành tích: Giải quyết hồ sơ trước hạn cả quý.",
    ):
        assert part in said, part

    paper = drafted(door, PaperKind.COMMENDATION_SUBMISSION, plan=plan)
    commendations.refuse(
        actor=door.people.minh,
        commendation=proposed,
        version=proposed.version,
        reason="Đã khen cùng thành tích.",
        on=LATER.date(),
        now=LATER,
    )
    with pytest.raises(WrongState) as refused:
        issuing.submit(actor=door.people.minh, paper=paper, version=1, now=LATER)
    assert refused.value.code == "nobody_commended"
