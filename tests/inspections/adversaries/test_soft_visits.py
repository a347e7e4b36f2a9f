"""Soft visits: a leader sends friendly directed visits, or half a checklist, to start a friend's cool-down."""

import pytest

from inspections.models import Load, RiskRun, Source, SourceKind, UnitScore
from planner.policy import DEFAULT, Part
from tests.inspections.adversaries.data import DATA_OF, Province
from tests.inspections.importers.files import csv_bytes

pytestmark = pytest.mark.django_db

HEADERS = (
    "Đơn vị được kiểm tra",
    "Ngày kiểm tra",
    "Nhẹ",
    "Trung bình",
    "Lớn",
    "Đặc biệt",
    "Chọn ngẫu nhiên",
    "Kiểm tra đầy đủ",
)
EVERY_MONTH = ["15/09/2025", "15/10/2025", "14/11/2025", "15/12/2025", "15/01/2026", "13/02/2026"]


@pytest.fixture
def province(db: None) -> Province:
    return Province()


def visited(
    province: Province, days: list[str], *, drawn: str, complete: str, minor: int = 0
) -> RiskRun:
    """Score a province whose units were all drawn and visited two years ago, the friend besides on these days."""
    rows = [
        (unit.name, "15/02/2024", 2, 1, 0, 0, "Có", "Có") for unit in province.units.values()
    ] + [(province.friend.name, day, minor, 0, 0, 0, drawn, complete) for day in days]
    source = Source.objects.first() or province.source(SourceKind.RESULT)
    province.loaded(source, csv_bytes([HEADERS, *rows]), cutoff=DATA_OF)
    return province.compute()


def of_friend(run: RiskRun, province: Province) -> UnitScore:
    return run.scores.get(unit=province.friend)


@pytest.mark.parametrize(
    ("drawn", "complete"),
    [("Không", "Có"), ("Không", "Không"), ("Có", "Không")],
    ids=["directed and full", "directed and in part", "drawn and in part"],
)
def test_nothing_but_a_drawn_visit_with_the_full_checklist_starts_a_cool_down(
    province: Province, drawn: str, complete: str
) -> None:
    run = visited(province, EVERY_MONTH, drawn=drawn, complete=complete)
    assert of_friend(run, province).parts["cooldown"] == 1


def test_a_drawn_visit_with_the_full_checklist_does(province: Province) -> None:
    run = visited(province, EVERY_MONTH[-1:], drawn="Có", complete="Có")
    cooled = of_friend(run, province).parts["cooldown"]
    assert DEFAULT.cooldown_factor < cooled < 0.35  # half a month of six


def test_visits_in_part_without_findings_leave_the_score_as_it_was(province: Province) -> None:
    none = visited(province, [], drawn="Không", complete="Không")
    province.undo(Load.objects.in_effect().get())
    soft = visited(province, EVERY_MONTH, drawn="Không", complete="Không")
    assert of_friend(soft, province).score == pytest.approx(of_friend(none, province).score)


def test_full_directed_visits_lower_the_score_by_no_more_than_the_time_since_the_last_and_its_findings(
    province: Province,
) -> None:
    """A full visit is evidence, whoever ordered it. What a friendly one every month gains has a bound."""
    none = visited(province, [], drawn="Không", complete="Có")
    before = province.chances(none)[province.friend.code]
    province.undo(Load.objects.in_effect().get())
    soft = visited(province, EVERY_MONTH, drawn="Không", complete="Có")
    after = province.chances(soft)[province.friend.code]
    changed = {
        Part(one["part"])
        for one, other in zip(
            of_friend(none, province).parts["parts"],
            of_friend(soft, province).parts["parts"],
            strict=True,
        )
        if one["points"] != pytest.approx(other["points"])
    }
    assert changed == {Part.FINDINGS, Part.SINCE_VISIT}
    # One chance in five becomes one in six, in a province of which nothing else is known.
    assert 0.8 * before < after < before
