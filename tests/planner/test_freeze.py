import math
from typing import Any

import numpy as np
import pytest
from draw_cases import WEEK, calendar, candidates, changed, frozen

from planner import canonical, draw, inclusion, poisson
from planner.dates import Session
from planner.errors import Infeasible, InvalidInput, PlannerError
from planner.frame import read_frame
from planner.freeze import Candidate, freeze


def freeze_scores(scores: list[float], **wishes: Any) -> Any:
    units = [Candidate(f"{index:02d}", score) for index, score in enumerate(scores)]
    return freeze(units, **({"plan_id": "1", "code_version": "1", "size": 2} | wishes))


def document() -> dict[str, Any]:
    return dict(canonical.loads(frozen().content))  # type: ignore[arg-type]


def test_the_content_is_the_canonical_frame() -> None:
    found = frozen()
    assert canonical.dumps(found.frame.document) == found.content
    assert found.frame.sha256 == canonical.sha256_hex(found.content)
    assert read_frame(found.content) == found.frame


def test_the_order_of_the_units_does_not_matter() -> None:
    wishes: dict[str, Any] = {"plan_id": "1", "code_version": "1", "size": 6}
    forward, backward = freeze(candidates(), **wishes), freeze(reversed(candidates()), **wishes)
    assert forward.content == backward.content


def test_units_stand_by_stratum_and_code_in_utf8() -> None:
    strata = frozen().frame.strata
    assert [stratum.name for stratum in strata] == ["sở", "xã"]
    assert strata[1].codes == [
        "01", "1", "H26.01.02", "Sở Nội vụ", "|", "||", "é", "Ủy ban nhân dân xã Mỹ Hòa",
    ]  # fmt: skip


def test_thresholds_give_the_probabilities_of_the_scores() -> None:
    for stratum, listed in zip(frozen().strata, frozen().frame.strata, strict=True):
        scores = np.array([unit.score for unit in listed.units])
        wanted = inclusion.inclusion_probabilities(scores, listed.size)
        np.testing.assert_array_equal(stratum.probabilities, wanted)
        odds = draw.odds_of(listed.thresholds)
        reached = poisson.inclusion_probabilities(odds, listed.size)
        np.testing.assert_allclose(reached, wanted, rtol=1e-10)
        total = sum(int(text, 16) for text in listed.thresholds)
        assert total == pytest.approx(listed.size * 2**64, rel=1e-9)
        assert listed.max_attempts == draw.attempt_bound(odds, listed.size)


def test_scores_are_written_to_their_last_bit() -> None:
    found = freeze_scores([0.1, 1e200, 1 / 3, 2e-200], size=1, cap="0.9")
    texts = [unit["score"] for unit in found.frame.document["strata"][0]["units"]]
    assert texts == ["0.1", "1e+200", "0.3333333333333333", "2e-200"]


def test_survivals_follow_from_probabilities_and_days() -> None:
    found = frozen()
    for stratum, listed in zip(found.strata, found.frame.strata, strict=True):
        for unit, probability in zip(listed.units, stratum.probabilities, strict=True):
            days = 4 if unit.kinds == WEEK else 5
            stay = int(unit.survival or "", 16) / 2**64
            assert stay**days == pytest.approx(1 - probability, rel=1e-12)


def test_numbers_can_be_given() -> None:
    found = frozen(sizes={"xã": 2, "sở": 4})
    assert found.frame.allocation == "given"
    assert [stratum.size for stratum in found.strata] == [4, 2]


def test_a_certain_unit_is_frozen_as_such() -> None:
    found = freeze_scores([1.0, 1.0, 1.0, 1e9], cap="1")
    assert found.strata[0].thresholds[3] == "certain"
    assert found.strata[0].probabilities[3] == 1


@pytest.mark.parametrize(
    ("wishes", "problem"),
    [
        ({"size": 0}, "At least one"),
        ({"size": 20}, "cannot be drawn from 16"),
        ({"size": 10}, "above the cap"),
        ({"size": 3}, "fewer than the 4"),
        ({"floor": "0"}, "floor: must be"),
        ({"floor": "1.5"}, "floor: must be"),
        ({"floor": "nan"}, "floor: must be"),
        ({"cap": "50%"}, "cap: must be"),
        ({"cap": "1e-1"}, "cap: must be"),
        ({"cap": "2"}, "cap: must be"),
        ({"sizes": {"xã": 6}}, "'sở' is not given a number"),
        ({"sizes": {"xã": 3, "sở": 3, "ấp": 0}}, "'ấp' has no units"),
        ({"sizes": {"xã": 3, "sở": 4}}, "sum to 7, not to 6"),
        ({"sizes": {"xã": 1, "sở": 5}}, "'sở': Drawing 5 of 8"),
        ({"sizes": {"xã": 0, "sở": 6}, "cap": "1"}, "'xã': At least one"),
        ({"plan_id": ""}, "plan_id: must be a string"),
        ({"plan_id": "a\nb"}, "control"),
        ({"plan_id": "a\u0301"}, "normal form C"),
        ({"plan_id": "x" * 65536}, "65,535"),
        ({"policy": {"weight": 0.5}}, "float"),
        ({"reveal_on": "01/02/2027"}, "yyyy-mm-dd"),
        ({"reveal_on": "20270201"}, "yyyy-mm-dd"),
        ({"sessions": []}, "holds no session that suits all of unit"),
        ({"sessions": calendar(capacity=1)[:5]}, "room for 5 of 6"),
        ({"sessions": calendar()[::-1]}, "order of time"),
        ({"sessions": [*calendar(), calendar()[-1]]}, "order of time"),
        ({"sessions": [Session("2026-12-01", "evening", "weekday", 9)]}, "one of morning"),
        ({"sessions": [Session("2026-12-01", "morning", "weekday", 2**32)]}, "4294967295"),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_frozen_is_refused(wishes: dict[str, Any], problem: str) -> None:
    with pytest.raises(PlannerError, match=problem):
        frozen(**wishes)


def test_a_floor_too_low_to_be_drawn_is_refused() -> None:
    with pytest.raises(Infeasible, match="raise the floor"):
        freeze_scores([1.0] * 5 + [1e-200], floor="0." + "0" * 30 + "1")


@pytest.mark.parametrize("score", [math.nan, math.inf, 0.0, -2.0])
def test_a_score_that_is_no_score_is_refused(score: float) -> None:
    with pytest.raises(InvalidInput, match="The score of unit '01' must be"):
        freeze_scores([1.0, score, 1.0, 1.0])


@pytest.mark.parametrize(
    ("units", "error", "problem"),
    [
        ([], Infeasible, "no units"),
        ([Candidate("a", 1), Candidate("a", 2, "b")], InvalidInput, "stands twice"),
        ([Candidate("a\u0301", 1)], InvalidInput, "normal form C"),
        ([Candidate("\ud800", 1)], InvalidInput, "normal form C"),
        ([Candidate("", 1), Candidate("b", 1)], InvalidInput, "not empty"),
        ([Candidate("a\tb", 1), Candidate("b", 1)], InvalidInput, "control"),
    ],
    ids=str,
)
def test_units_that_are_none_are_refused(
    units: list[Candidate], error: type[PlannerError], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        freeze(units, plan_id="1", code_version="1", size=1)


def test_a_compound_that_shares_no_session_is_refused() -> None:
    units = [
        Candidate("a", 1, kinds=WEEK, compound="số 1"),
        Candidate("b", 1, kinds=frozenset({"saturday"}), compound="số 1"),
    ]
    with pytest.raises(InvalidInput, match="suits all of compound 'số 1'"):
        freeze(units, plan_id="1", code_version="1", size=1, sessions=calendar())


UNIT = ("strata", 0, "units", 1)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("format",), "kycuong/2", "frame.format"),
        (("inputs",), [], "frame.inputs"),
        (("strata",), [], "frame.strata"),
        (("strata",), {}, "frame.strata"),
        (("calendar",), [], "frame.calendar"),
        (("n",), True, "frame.n"),
        (("n",), 7, "frame.n"),
        (("allocation",), "by hand", "frame.allocation"),
        (("strata", 0, "name"), "xã", "frame.strata"),
        (("strata", 0, "n"), 9, "frame.strata[0].n"),
        (("strata", 0, "max_attempts"), 0, "frame.strata[0].max_attempts"),
        ((*UNIT, "code"), "é", "frame.strata[0].units"),
        (("strata", 0, "units", 7, "code"), "Ủy ban nhân dân xã Mỹ Hòa", "frame.strata"),
        ((*UNIT, "score"), "0", "frame.strata[0].units[1].score"),
        ((*UNIT, "score"), "-1", "frame.strata[0].units[1].score"),
        ((*UNIT, "score"), "1e999", "frame.strata[0].units[1].score"),
        ((*UNIT, "score"), "nan", "frame.strata[0].units[1].score"),
        ((*UNIT, "score"), 3, "frame.strata[0].units[1].score"),
        ((*UNIT, "threshold"), "0" * 16, "frame.strata[0].units[1].threshold"),
        ((*UNIT, "threshold"), "8" * 15, "frame.strata[0].units[1].threshold"),
        ((*UNIT, "threshold"), "A" * 16, "frame.strata[0].units[1].threshold"),
        ((*UNIT, "survival"), "certain", "frame.strata[0].units[1].survival"),
        ((*UNIT, "sessions"), [], "frame.strata[0].units[1].sessions"),
        ((*UNIT, "sessions"), ["weekday", "saturday"], "frame.strata[0].units[1].sessions"),
        ((*UNIT, "sessions"), ["sunday"], "frame.strata[0].units[1].sessions"),
        ((*UNIT, "compound"), "", "frame.strata[0].units[1].compound"),
        ((*UNIT, "note"), "x", "frame.strata[0].units[1].note"),
        (("calendar", "sessions", 0, "capacity"), 0, "frame.calendar.sessions[0].capacity"),
        (("calendar", "sessions", 0, "date"), "2026-13-01", "frame.calendar.sessions[0].date"),
    ],
)
def test_a_malformed_frame_is_named_by_its_field(
    path: tuple[str | int, ...], value: object, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_frame(changed(document(), path, value))
    assert str(caught.value).startswith(field + ": ")


def test_a_missing_field_is_named() -> None:
    frame = document()
    del frame["policy"]
    with pytest.raises(InvalidInput, match=r"frame\.policy: is missing"):
        read_frame(frame)
