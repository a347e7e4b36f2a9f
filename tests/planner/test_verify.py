import re
from collections.abc import Callable
from typing import Any

import pytest
from draw_cases import RULE, S1, S2, VALUE, changed, frozen, leaf, leaves, record
from reference_draw import redraw

from planner import canonical
from planner.frame import read_frame
from planner.freeze import Frozen
from planner.record import NOT_PROVEN, PROVEN, draw_frame
from planner.verify import Difference, verify

RECORD = record()
PATHS = sorted(leaves(RECORD), key=str)
HEXADECIMAL = re.compile(r"[0-9a-f]{16}([0-9a-f]{48})?")


def names(found: list[Difference]) -> set[str]:
    return {difference.field for difference in found}


def another(value: Any) -> object:
    """A value of the same type and shape that is far from this one."""
    if value is None:
        return "x"
    if isinstance(value, int):
        return value + 2
    if HEXADECIMAL.fullmatch(value):
        return ("1" if value[0] == "0" else "0") + value[1:]
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return "0.001" if float(value) > 4 else "0.9" if float(value) < 1 else "1000"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    return value + "x"


# What must be named when a leaf is altered, by the dotted path to the leaf; the first match holds.
NAMED = [
    (r"frame\.policy\..*|endorsement\.policy_sha256", "policy"),
    (r"(frame|endorsement)\.plan_id", "plan_id"),
    (r"frame\..*\.(threshold|score)", "probabilities|thresholds"),
    (r"frame\..*\.survival", "survival"),
    (r"frame\..*\.max_attempts", "max_attempts"),
    (r"frame\..*", r"frame.*"),
    (r"endorsement\.frame_sha256", "frame"),
    (r"(endorsement\.commitments|secrets)\.s1", r"commitments\.s1"),
    (r"(endorsement\.commitments|secrets)\.s2", r"commitments\.s2"),
    (r"endorsement.*", r"endorsement.*"),
    (r"public_value|seed", "seed"),
    (r"(attempts|dates|sample)\..*|format|proof", "attempts|dates|sample|format|proof"),
]


def test_a_record_agrees() -> None:
    assert verify(RECORD) == []
    assert RECORD["proof"] == PROVEN


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_every_leaf_that_is_altered_is_named(path: tuple[str | int, ...]) -> None:
    found = verify(changed(RECORD, path, another(leaf(RECORD, path))))
    dotted = ".".join(map(str, path))
    expected = next(field for pattern, field in NAMED if re.fullmatch(pattern, dotted))
    assert any(re.fullmatch(expected, name) for name in names(found)), found
    if path[0] in {"attempts", "dates", "sample", "format", "proof"}:
        assert names(found) == {path[0]}
    if path[0] == "frame" and not any(name.startswith("frame.") for name in names(found)):
        assert "frame" in names(found)


@pytest.mark.parametrize("value", [None, True, 1, "", "x", [], {}, ["x"], 2**60, 0.5, "a\u0301"])
def test_a_leaf_of_another_type_is_named_and_raises_nothing(value: object) -> None:
    for path in PATHS:
        if leaf(RECORD, path) != value:
            assert verify(changed(RECORD, path, value)), path


@pytest.mark.parametrize("path", [(), ("frame",), ("endorsement",), ("secrets",)], ids=str)
def test_a_field_too_many_or_too_few_is_named(path: tuple[str, ...]) -> None:
    prefix = ".".join(path) or "record"
    found = verify(changed(RECORD, (*path, "extra"), 1))
    assert names(found) == {f"{prefix}.extra"}
    for name in leaf(RECORD, path):
        shorter = canonical.loads(canonical.dumps(RECORD))
        del leaf(shorter, path)[name]
        assert names(verify(shorter)) == {f"{prefix}.{name}"}


@pytest.mark.parametrize("document", [None, [], "x", 5, {}], ids=repr)
def test_what_is_no_record_is_said_to_be_none(document: object) -> None:
    assert verify(document)


def test_altering_one_link_does_not_blame_the_others() -> None:
    assert names(verify(changed(RECORD, ("frame", "inputs", "unmatched"), 4))) == {"frame"}
    assert names(verify(changed(RECORD, ("public_value",), "7"))) == {"seed"}
    assert names(verify(changed(RECORD, ("attempts", "xã"), 99))) == {"attempts"}
    assert names(verify(changed(RECORD, ("dates", 0, "session"), "noon"))) == {"dates"}
    assert names(verify(changed(RECORD, ("sample", 0), "nobody"))) == {"sample"}


def test_two_dates_swapped_are_named() -> None:
    swapped = canonical.loads(canonical.dumps(RECORD))
    assert isinstance(swapped, dict)
    swapped["dates"] = swapped["dates"][::-1]
    assert names(verify(swapped)) == {"dates"}


def test_difference_reads_as_a_sentence() -> None:
    (found,) = verify(changed(RECORD, ("sample", 0), "nobody"))
    assert str(found) == "sample: is not what the seed and the thresholds draw."


def forged(path: tuple[str | int, ...], change: Callable[[Any], Any]) -> set[str]:
    """What is named in a record drawn and hashed afresh from a cooked frame."""
    frame: Any = canonical.loads(frozen().content)
    cooked = changed(frame, path, change(leaf(frame, path)))
    read = read_frame(cooked)
    return names(verify(record(Frozen(canonical.dumps(cooked), read, ()))))


def add(amount: int) -> Callable[[str], str]:
    return lambda text: f"{int(text, 16) + amount:016x}"


def test_the_last_bits_of_a_platform_are_let_pass() -> None:
    unit = ("strata", 0, "units", 3)
    assert forged((*unit, "threshold"), add(2**20)) == set()
    assert forged((*unit, "survival"), add(-(2**20))) == set()
    assert forged(("strata", 0, "max_attempts"), lambda bound: bound + 1) == set()


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (("strata", 0, "units", 3, "threshold"), add(2**40), {"probabilities"}),
        (("strata", 0, "units", 3, "threshold"), add(2**58), {"thresholds"}),
        (("strata", 0, "units", 3, "threshold"), lambda _: "certain", {"thresholds"}),
        (("strata", 0, "units", 2, "score"), lambda _: "0.1", {"probabilities", "survival"}),
        (("strata", 0, "units", 3, "survival"), add(-(2**40)), {"survival"}),
        (("strata", 0, "max_attempts"), lambda bound: bound + 2, {"max_attempts"}),
        (("strata", 0, "max_attempts"), lambda bound: bound // 2, {"max_attempts"}),
        (("floor",), lambda _: "0.9", {"probabilities", "survival"}),
        (("cap",), lambda _: "0.3", {"probabilities", "allocation"}),
    ],
)
def test_a_cooked_frame_is_named_though_every_hash_is_right(
    path: tuple[str | int, ...], change: Callable[[Any], Any], expected: set[str]
) -> None:
    assert forged(path, change) == expected


def test_a_division_that_the_scores_do_not_give_is_named() -> None:
    given = frozen(sizes={"xã": 2, "sở": 4})
    document = changed(dict(given.frame.document), ("allocation",), "largest remainder")
    read = read_frame(document)
    assert names(verify(record(Frozen(b"", read, ())))) == {"allocation"}
    assert verify(record(given)) == []


def test_thresholds_scaled_to_never_hit_are_named_at_once() -> None:
    frame: Any = canonical.loads(frozen().content)
    for unit in frame["strata"][0]["units"]:
        unit["threshold"] = f"{int(unit['threshold'], 16) >> 30:016x}"
    frame["strata"][0]["max_attempts"] = 2**32 - 1
    altered = changed(RECORD, ("frame",), frame)
    assert "thresholds" in names(verify(altered))


@pytest.mark.parametrize(
    ("secrets", "rule", "value", "proof"),
    [
        ((S1, S2), RULE, VALUE, PROVEN),
        ((S1, S2), RULE, None, NOT_PROVEN),
        ((S1, S2), None, VALUE, NOT_PROVEN),
        ((S1, S2), None, None, NOT_PROVEN),
        ((S1,), RULE, VALUE, PROVEN),
        ((S1,), None, None, NOT_PROVEN),
    ],
)
def test_a_record_says_what_it_proves(
    secrets: tuple[bytes, ...], rule: dict[str, str] | None, value: str | None, proof: str
) -> None:
    found = record(secrets=secrets, rule=rule, value=value)
    assert found["proof"] == proof
    assert (found["secrets"]["s2"] is None) == (len(secrets) == 1)
    assert verify(found) == []
    other = NOT_PROVEN if proof == PROVEN else PROVEN
    assert names(verify(changed(found, ("proof",), other))) == {"proof"}


@pytest.mark.parametrize("number", range(20))
def test_another_hand_draws_the_same(number: int) -> None:
    secret = number.to_bytes(32, "big")
    wishes: dict[str, Any] = {"cap": "1"} if number % 3 == 0 else {}
    if number % 2:
        wishes["sessions"] = None
    found = record(frozen(**wishes), secrets=(secret, S2), value=None if number % 5 else VALUE)
    expected = (found["seed"], found["sample"], found["attempts"], found["dates"])
    assert redraw(found) == expected


def test_every_secret_and_the_public_value_move_the_sample() -> None:
    frame = frozen().frame
    samples = {
        draw_frame(frame, secrets, value).sample
        for secrets, value in [((S1, S2), "1"), ((S2, S1), "1"), ((S1,), "1"), ((S1, S2), None)]
    }
    assert len(samples) == 4


def test_neighbours_drawn_together_are_visited_together() -> None:
    together = 0
    for number in range(30):
        drawn = draw_frame(frozen().frame, [number.to_bytes(32, "big")])
        assert drawn.sessions is not None
        pairs = {"01", "|", "01/sở", "|/sở"} & set(drawn.sample)
        together += len(pairs) > 1
        assert len({drawn.sessions[code] for code in pairs}) <= 1
    assert together > 5
