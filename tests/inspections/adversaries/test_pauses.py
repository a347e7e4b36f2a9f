"""Pause and re-open dossiers: a unit that makes late work look punctual in its system's own figures."""

from datetime import date

import pytest

from inspections.models import Dossier, Load, RiskRun, Source, SourceKind
from planner.policy import Part
from tests.inspections.adversaries.data import DATA_OF, Province
from tests.inspections.importers.files import csv_bytes

pytestmark = pytest.mark.django_db

HEADERS = (
    "Mã hồ sơ",
    "Đơn vị xử lý",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày có kết quả",
    "Trạng thái",
    "Số ngày tạm dừng",
    "Ngày hẹn trả ban đầu",
)
LATE = (Part.DOSSIER_RATE, Part.DOSSIER_DAYS)
Row = tuple[str, ...]


@pytest.fixture
def province(db: None) -> Province:
    return Province()


def row(
    code: str,
    unit: str,
    *,
    due: str = "15/01/2026",
    done: str = "14/01/2026",
    received: str = "05/01/2026",
    pause: str = "",
    first_due: str = "",
) -> Row:
    status = "Đã trả kết quả" if done else "Đang xử lý"
    return (code, unit, received, due, done, status, pause, first_due)


def usual(province: Province) -> list[Row]:
    """Twenty dossiers of each other unit, one of them a week late."""
    return [
        row(f"K{place}-{number}", unit.name, done="22/01/2026" if number == 0 else "14/01/2026")
        for place, unit in enumerate(province.others)
        for number in range(20)
    ]


def of_friend(province: Province, **told: str) -> list[Row]:
    """Twenty dossiers of the friend, ten of which were done three weeks late and are told of in some way."""
    late = {"done": "05/02/2026"} | told
    return [row(f"H{number}", province.friend.name, **late) for number in range(10)] + [
        row(f"H{number}", province.friend.name) for number in range(10, 20)
    ]


def points(run: RiskRun, province: Province) -> dict[str, float]:
    parts = run.scores.get(unit=province.friend).parts["parts"]
    return {one["part"]: one["points"] for one in parts}


def score(province: Province, *files: tuple[date, list[Row]]) -> RiskRun:
    """Load one file after the other and score what then counts."""
    source = province.source(SourceKind.DOSSIER)
    for cutoff, rows in files:
        province.loaded(source, csv_bytes([HEADERS, *rows]), cutoff=cutoff)
    return province.compute()


@pytest.mark.parametrize(
    "told",
    [
        {"due": "05/02/2026", "pause": "21"},
        {"due": "05/02/2026", "first_due": "15/01/2026"},
        {"due": "05/02/2026", "first_due": "15/01/2026", "pause": "21"},
    ],
    ids=["paused", "appointed anew", "paused and appointed anew"],
)
def test_a_clock_that_was_stopped_or_set_back_counts_as_if_it_had_run(
    province: Province, told: dict[str, str]
) -> None:
    """The same late work, told as it is and told as punctual: the second never scores less."""
    run = score(province, (DATA_OF, [*of_friend(province, **told), *usual(province)]))
    gamed = points(run, province)
    late = Dossier.objects.filter(unit=province.friend, late_days__gt=0).count()
    assert late == 0, "the system itself calls nothing late"

    plain = points(told_as_it_is(province), province)

    for part in LATE:
        assert gamed[part] == pytest.approx(plain[part], rel=1e-12), part
    assert gamed[Part.PAUSES] >= plain[Part.PAUSES]
    if "pause" in told:
        assert gamed[Part.PAUSES] > 2 * plain[Part.PAUSES]


def told_as_it_is(province: Province) -> RiskRun:
    """Take back what was told, and score the same work told without a trick."""
    for load in Load.objects.in_effect():
        province.undo(load)
    province.loaded(
        Source.objects.get(),
        csv_bytes([HEADERS, *of_friend(province), *usual(province)]),
        cutoff=DATA_OF,
    )
    return province.compute()


def test_a_dossier_closed_in_time_and_opened_again_goes_on_from_its_first_dates(
    province: Province,
) -> None:
    """Closed on paper on the last day, opened again the week after under a new deadline, then done."""
    closed = [
        row(f"H{number}", province.friend.name, done="15/01/2026" if number < 10 else "14/01/2026")
        for number in range(20)
    ]
    opened = [
        row(
            f"H{number}",
            province.friend.name,
            received="20/01/2026",
            due="06/02/2026",
            done="05/02/2026",
        )
        for number in range(10)
    ]
    gamed = points(
        score(province, (date(2026, 1, 18), closed), (DATA_OF, [*opened, *usual(province)])),
        province,
    )
    again = Dossier.objects.current().filter(unit=province.friend, reopened=True)
    assert {(one.first_received, one.original_due) for one in again} == {
        (date(2026, 1, 5), date(2026, 1, 15))
    }
    assert again.count() == 10

    plain = points(told_as_it_is(province), province)
    for part in LATE:
        assert gamed[part] == pytest.approx(plain[part], rel=1e-12), part
    assert gamed[Part.PAUSES] > 2 * plain[Part.PAUSES]


def test_opened_again_after_the_thirty_days_it_is_a_dossier_of_its_own(province: Province) -> None:
    first = [row("H1", province.friend.name, done="15/01/2026")]
    later = [row("H1", province.friend.name, received="20/02/2026", due="27/02/2026", done="")]
    score(province, (date(2026, 1, 31), first), (DATA_OF, later))
    (dossier,) = Dossier.objects.current()
    assert (dossier.reopened, dossier.original_due) == (False, None)
