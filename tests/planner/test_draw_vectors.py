import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference_draw import canonical as plain_canonical
from reference_draw import exact_probabilities, redraw

from planner import canonical, dates, draw, inclusion, poisson, seed
from planner.dates import PARTS, Session, Visit, schedule
from planner.frame import read_frame
from planner.record import draw_frame
from planner.verify import verify

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "draw.md"
VECTORS: dict[str, Any] = json.loads((PAGE.parent / "vectors" / "draw.json").read_bytes())
RECORDS = VECTORS["records"]
WORKED = RECORDS["worked example"]


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: str(case["value"]))
def test_canonical_bytes_are_those_published(case: dict[str, Any]) -> None:
    assert canonical.dumps(case["value"]).hex() == case["hex"]


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: "-".join(case["scores"]))
def test_inclusion_probabilities_are_those_published(case: dict[str, Any]) -> None:
    scores = np.array([float(score) for score in case["scores"]])
    found = inclusion.inclusion_probabilities(
        scores, case["n"], floor=case["floor"], cap=case["cap"]
    )
    np.testing.assert_allclose(found, case["probabilities"], rtol=1e-12)


@pytest.mark.parametrize("case", VECTORS["allocation_of_equal_scores"])
def test_the_division_is_the_published_one(case: dict[str, Any]) -> None:
    names = [name for name, count in case["units"].items() for _ in range(count)]
    found = inclusion.allocate(
        np.ones(len(names)), names, case["n"], floor=case["floor"], cap=case["cap"]
    )
    assert found == case["sizes"]


@pytest.mark.parametrize("case", VECTORS["designs"], ids=lambda case: str(case["probabilities"]))
def test_designs_are_those_published(case: dict[str, Any]) -> None:
    odds, size = draw.odds_of(case["thresholds"]), case["n"]
    found = poisson.inclusion_probabilities(odds, size)
    np.testing.assert_allclose(found, case["probabilities"], rtol=1e-9)
    joint = poisson.joint_probabilities(odds, size)
    np.testing.assert_allclose(joint, case["joint"], rtol=1e-9, atol=1e-15)
    assert poisson.size_probability(odds, size) == pytest.approx(case["size_probability"], rel=1e-9)
    assert draw.attempt_bound(odds, size) == case["max_attempts"]
    free = np.isfinite(odds)
    taken, _ = exact_probabilities(odds[None, free], np.array([size - np.sum(~free)]))
    np.testing.assert_allclose(taken[0], np.array(case["probabilities"])[free], rtol=1e-9)


@pytest.mark.parametrize("case", VECTORS["seeds"], ids=lambda case: str(case["plan_id"]))
def test_seeds_are_those_published(case: dict[str, Any]) -> None:
    found = seed.seed(
        [bytes.fromhex(secret) for secret in case["secrets"]],
        plan_id=case["plan_id"],
        frame_sha256=case["frame_sha256"],
        public_value=case["public_value"],
    )
    assert found.hex() == case["seed"]
    assert seed.derived_key(found, draw.LABEL).hex() == case["draw_key"]
    assert seed.derived_key(found, dates.LABEL).hex() == case["dates_key"]


@pytest.mark.parametrize("case", VECTORS["numbers"], ids=lambda case: str(case["code"]))
def test_numbers_are_those_published(case: dict[str, Any]) -> None:
    inner, outer = seed.hmac_states(bytes.fromhex(case["draw_key"]))
    inner.update(bytes.fromhex(case["message_hex"]))
    outer.update(inner.digest())
    assert outer.digest()[:8].hex() == case["number"]
    sizes = [seed.sized(case["stratum"]), seed.sized(case["code"])]
    assert case["attempt"].to_bytes(4, "big").join(sizes).hex() == case["message_hex"]


@pytest.mark.parametrize("case", VECTORS["survivals"], ids=str)
def test_survivals_are_those_published(case: dict[str, Any]) -> None:
    found = dates.survival(case["probability"], case["days"])
    assert abs(int(found, 16) - int(case["survival"], 16)) <= 1e-9 * 2**64


@pytest.mark.parametrize("case", VECTORS["weights"], ids=lambda case: str(case["survival"]))
def test_days_weigh_what_is_published(case: dict[str, Any]) -> None:
    sessions = [Session(f"2026-12-0{day}", part, "w", 400) for day in range(1, 5) for part in PARTS]
    weights = [int(weight, 16) for weight in case["weights"]]
    visits = [Visit(str(number), case["survival"], frozenset({"w"})) for number in range(400)]
    found = schedule(visits, sessions, bytes(32))
    for visit in visits:
        mark = int.from_bytes(_hash(visit.code)[16:], "big") * 2 * sum(weights) >> 128
        index = next(i for i in range(8) if mark < sum(weights[j // 2] for j in range(i + 1)))
        assert found[visit.code] == sessions[index]


def _hash(code: str) -> bytes:
    inner, outer = seed.hmac_states(bytes(32))
    inner.update(seed.sized(code))
    outer.update(inner.digest())
    return outer.digest()


@pytest.mark.parametrize("name", RECORDS)
def test_published_records_verify_and_are_drawn_again(name: str) -> None:
    record = RECORDS[name]
    assert verify(record) == []
    expected = (record["seed"], record["sample"], record["attempts"], record["dates"])
    assert redraw(record) == expected
    secrets = [bytes.fromhex(secret) for secret in record["secrets"].values() if secret]
    drawn = draw_frame(read_frame(record["frame"]), secrets, record["public_value"])
    assert list(drawn.sample) == record["sample"]


def test_the_worked_example_is_the_published_record() -> None:
    page = PAGE.read_text(encoding="utf-8")
    frame = plain_canonical(WORKED["frame"])
    assert f"\n    {frame.decode()}\n" in page
    assert f"{len(frame)} bytes" in page
    for digest in (
        canonical.sha256_hex(frame),
        WORKED["endorsement"]["commitments"]["s1"],
        WORKED["endorsement_sha256"],
        WORKED["seed"],
        seed.derived_key(bytes.fromhex(WORKED["seed"]), draw.LABEL).hex(),
    ):
        assert digest in page
    assert WORKED["attempts"] == {"all": 3}


def test_the_page_names_every_field() -> None:
    page = PAGE.read_text(encoding="utf-8")
    record = RECORDS["two persons, calendar, compounds"]
    frame = record["frame"]
    stratum, session = frame["strata"][0], frame["calendar"]["sessions"][0]
    parts = [record, frame, stratum, stratum["units"][0], session, record["endorsement"]]
    for name in {name for part in parts for name in part}:
        assert f"`{name}`" in page, name
