"""Flood letters: somebody who sends letters by the thousand to have a rival visited."""

from collections.abc import Iterable

import pytest

from inspections.models import Complaint, Load, RiskRun, Source, SourceKind
from planner.policy import Part
from tests.inspections.adversaries.data import DATA_OF, Province
from tests.inspections.importers.files import csv_bytes

pytestmark = pytest.mark.django_db

HEADERS = (
    "Mã PAKN",
    "Cơ quan xử lý",
    "Ngày gửi",
    "Trạng thái",
    "Ngày trả lời",
    "Họ và tên",
    "CCCD",
)
#: How many people write about each of the other units in a year: uneven, as real ones are.
USUAL = (0, 1, 2, 4, 8, 16, 40)


@pytest.fixture
def province(db: None) -> Province:
    return Province()


def letters(province: Province, rival: Iterable[int]) -> RiskRun:
    """Score a year in which the rival's letters come from the persons numbered, each answered in time."""
    senders = [(province.friend.name, person) for person in rival]
    for number, unit in enumerate(province.others):
        senders += [
            (unit.name, 10_000 + 100 * number + one) for one in range(USUAL[number % len(USUAL)])
        ]
    rows = [
        (
            f"PA{number}",
            unit,
            "05/01/2026",
            "Đã trả lời",
            "06/01/2026",
            f"Người {person}",
            f"{person:012}",
        )
        for number, (unit, person) in enumerate(senders)
    ]
    source = Source.objects.first() or province.source(SourceKind.COMPLAINT)
    province.loaded(source, csv_bytes([HEADERS, *rows]), cutoff=DATA_OF)
    return province.compute()


def part(run: RiskRun, province: Province) -> dict[str, object]:
    parts = run.scores.get(unit=province.friend).parts["parts"]
    return next(one for one in parts if one["part"] == Part.COMPLAINTS)


def chance(run: RiskRun, province: Province) -> float:
    return province.chances(run)[province.friend.code]


def test_a_thousand_letters_of_one_person_are_one_complainant(province: Province) -> None:
    run = letters(province, [7] * 1000)
    assert Complaint.objects.filter(unit=province.friend).count() == 1000
    assert part(run, province)["capped"] is False
    stored = set(
        Complaint.objects.filter(unit=province.friend).values_list("complainant", flat=True)
    )
    assert len(stored) == 1


def test_a_thousand_letters_of_one_person_gain_nothing_over_one(province: Province) -> None:
    one = letters(province, [7])
    before = part(one, province), chance(one, province)
    province.undo(Load.objects.in_effect().get())
    flood = letters(province, [7] * 1000)
    assert (part(flood, province), chance(flood, province)) == before


def test_what_many_persons_gain_is_what_the_peer_of_the_most_letters_has_anyway(
    province: Province,
) -> None:
    usual = letters(province, [7, 8, 9, 10])
    before = chance(usual, province)
    province.undo(Load.objects.in_effect().get())

    flood = letters(province, range(1000))

    found = part(flood, province)
    assert found["capped"] is True
    assert found["estimate"] <= max(USUAL)
    chances = province.chances(flood)
    assert chances[province.friend.code] <= max(chances[unit.code] for unit in province.others) * (
        1 + 1e-9
    )
    # From four complainants to a thousand: less than twice the chance, whatever the number.
    assert before < chances[province.friend.code] < 2 * before
