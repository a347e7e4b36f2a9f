import math
from collections import Counter

import pytest
from draw_cases import S1, S2, WEEK, WEEK_AND_SATURDAY, calendar

from planner.dates import Session, Visit, schedule, survival
from planner.errors import CalendarFull

EVEN = "f" * 16


def visits(count: int, **changes: object) -> list[Visit]:
    facts: dict[str, object] = {"survival": EVEN, "kinds": WEEK, "compound": None}
    return [Visit(code=f"{number:05d}", **(facts | changes)) for number in range(count)]  # type: ignore[arg-type]


def test_dates_do_not_depend_on_the_order_of_visits() -> None:
    forward = schedule(visits(16), calendar(), S1)
    assert forward == schedule(reversed(visits(16)), calendar(), S1)
    assert forward.keys() == {visit.code for visit in visits(16)}


def test_another_key_gives_other_dates() -> None:
    assert schedule(visits(16), calendar(), S1) != schedule(visits(16), calendar(), S2)


def test_no_session_takes_more_than_its_capacity() -> None:
    sessions = calendar(days=4, capacity=3)
    found = schedule(visits(24), sessions, S1)
    assert Counter(found.values()) == dict.fromkeys(sessions, 3)


def test_one_visit_too_many_raises() -> None:
    with pytest.raises(CalendarFull, match="has room"):
        schedule(visits(25), calendar(days=4, capacity=3), S1)


def test_saturday_is_for_those_who_admit_it() -> None:
    sessions = calendar(capacity=100)
    week = schedule(visits(100), sessions, S1)
    assert {session.kind for session in week.values()} == {"weekday"}
    both = schedule(visits(100, kinds=WEEK_AND_SATURDAY), sessions, S1)
    assert "saturday" in {session.kind for session in both.values()}


def test_a_unit_that_only_works_on_saturday_waits_for_it() -> None:
    found = schedule(visits(2, kinds=frozenset({"saturday"})), calendar(), S1)
    assert {session.date for session in found.values()} == {"2026-12-05"}


@pytest.mark.parametrize("key", [S1, S2])
def test_a_compound_goes_together_when_all_of_it_works(key: bytes) -> None:
    neighbours = [
        Visit("a", EVEN, frozenset({"saturday"}), "số 1"),
        Visit("b", EVEN, WEEK_AND_SATURDAY, "số 1"),
        Visit("c", EVEN, WEEK_AND_SATURDAY, "số 1"),
    ]
    found = schedule([*neighbours, *visits(3)], calendar(), key)
    assert {found[code].date for code in "abc"} == {"2026-12-05"}


def test_a_compound_enters_a_session_whole_that_has_room_for_one() -> None:
    sessions = [Session("2026-12-01", "morning", "weekday", 1)]
    found = schedule(visits(3, compound="số 1"), sessions, S1)
    assert len(found) == 3


def test_a_compound_fills_the_session_that_it_entered() -> None:
    sessions = calendar(days=1, capacity=2)
    found = schedule([*visits(2, compound="số 1"), Visit("x", EVEN, WEEK)], sessions, S1)
    assert found["00000"] == found["00001"] != found["x"]


def test_a_compound_without_a_common_session_raises() -> None:
    neighbours = [
        Visit("a", EVEN, frozenset({"saturday"}), "số 1"),
        Visit("b", EVEN, WEEK, "số 1"),
    ]
    with pytest.raises(CalendarFull):
        schedule(neighbours, calendar(), S1)


def test_the_hazard_is_the_same_on_every_day() -> None:
    probability, days = 0.4, 10
    stay = int(survival(probability, days), 16) / 2**64
    shares = [stay**day for day in range(days)]
    drawn = [probability * share / sum(shares) for share in shares]
    for day, chance in enumerate(drawn):
        assert chance / (1 - sum(drawn[:day])) == pytest.approx(1 - stay, rel=1e-12)


def test_days_come_as_often_as_the_hazard_says() -> None:
    sessions = [
        Session(f"2026-12-{day:02d}", part, "weekday", 20_000)
        for day in range(1, 11)
        for part in ("morning", "afternoon")
    ]
    stay = survival(0.9, 10)
    found = schedule(visits(20_000, survival=stay), sessions, S1)
    counts = Counter(found.values())
    shares = [(1 - 0.9) ** (index // 2 / 10) for index in range(20)]
    statistic = 0.0
    for session, share in zip(sessions, shares, strict=True):
        expected = 20_000 * share / sum(shares)
        statistic += (counts[session] - expected) ** 2 / expected
    assert statistic < 43.8  # chi-square with 19 degrees of freedom exceeds it once in 1,000


def test_a_saturday_morning_weighs_as_much_as_a_whole_day() -> None:
    found = schedule(visits(6000, kinds=WEEK_AND_SATURDAY), calendar(capacity=6000), S1)
    counts = Counter(session.date for session in found.values())
    assert counts["2026-12-05"] == pytest.approx(1200, abs=4 * math.sqrt(1200 * 0.8))


def test_full_sessions_leave_the_odds_of_the_others_alone() -> None:
    # Eight sessions have room for one each; the rest divides between the last two.
    sessions = calendar(days=4, capacity=1) + [
        Session("2026-12-07", part, "weekday", 5000) for part in ("morning", "afternoon")
    ]
    counts = Counter(schedule(visits(4000), sessions, S1).values())
    assert all(counts[session] == 1 for session in sessions[:8])
    assert counts[sessions[8]] == pytest.approx(1996, abs=4 * math.sqrt(1000))


@pytest.mark.parametrize(
    ("probability", "days", "expected"),
    [(1.0, 20, EVEN), (0.75, 2, "8000000000000000"), (1e-300, 5, EVEN), (0.5, 1, "8" + "0" * 15)],
)
def test_survival_is_the_root_of_not_being_drawn(
    probability: float, days: int, expected: str
) -> None:
    assert abs(int(survival(probability, days), 16) - int(expected, 16)) < 2**13


def test_the_smallest_survival_still_finds_the_last_free_day() -> None:
    sessions = calendar(days=4, capacity=1)
    found = schedule(visits(8, survival=f"{1:016x}"), sessions, S1)
    assert set(found.values()) == set(sessions)
