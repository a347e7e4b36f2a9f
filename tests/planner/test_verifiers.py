"""Three verifiers, two of them written from `docs/algorithms/draw.md` alone, name the same."""

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from draw_cases import RULE, VALUE, changed, frozen, leaf, leaves, record
from random_records import random_frame, random_record
from test_verify import another

from planner import canonical
from planner.errors import InvalidInput
from planner.frame import read_frame
from planner.freeze import Candidate, Frozen, freeze
from planner.record import NOT_PROVEN, PROVEN
from planner.verify import verify

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "api" / "static" / "api"
VECTORS: dict[str, Any] = json.loads(
    (HERE.parents[1] / "docs" / "algorithms" / "vectors" / "draw.json").read_bytes()
)
RECORD = record()

Named = list[set[str]]
Verifier = Callable[[list[str]], Named]


def python(texts: list[str]) -> Named:
    """What the planner names in each of these texts of records."""
    named = []
    for text in texts:
        try:
            named.append(
                {difference.field for difference in verify(canonical.loads(text.encode()))}
            )
        except InvalidInput:
            named.append({"record"})
    return named


def node(script: str, given: str = "") -> str:
    """What a script prints. Skips where there is no node; in CI there must be one."""
    program = shutil.which("node")
    if program is None:
        assert "CI" not in os.environ, "node is not installed, which the JavaScript verifier needs"
        pytest.skip("node is not installed, which the JavaScript verifier needs")
    run = subprocess.run(
        [program, HERE / script], input=given, capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def javascript(texts: list[str]) -> Named:
    found = json.loads(node("verify_records.mjs", json.dumps(texts)))
    return [{problem["field"] for problem in problems} for problems in found]


@pytest.fixture
def _database(db: None) -> None:
    """The functions of the SQL verifier, in a transaction that is rolled back."""
    if connection.vendor != "postgresql":
        pytest.skip("the SQL verifier is of PostgreSQL, and this suite runs on another database")
    with connection.cursor() as cursor:
        for name in ("verify_record.sql", "verify_draw.sql"):
            cursor.execute((STATIC / name).read_text(encoding="utf-8"))


def query(statement: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def sql(texts: list[str]) -> Named:
    statement = "select field from kycuong.verify(%s)"
    return [{field for (field,) in query(statement, text)} for text in texts]


@pytest.fixture(params=["python", "javascript", "sql"])
def verifier(request: pytest.FixtureRequest) -> Verifier:
    """Each of the three: takes texts of records, returns the names of what differs in each."""
    if request.param == "sql":
        request.getfixturevalue("_database")
    return {"python": python, "javascript": javascript, "sql": sql}[request.param]


@pytest.fixture(params=["javascript", "sql"])
def stranger(request: pytest.FixtureRequest) -> Verifier:
    """Each of the two that know nothing of the planner."""
    if request.param == "sql":
        request.getfixturevalue("_database")
    return {"javascript": javascript, "sql": sql}[request.param]


def dumps(document: object) -> str:
    """A document as another program might write it: neither canonical nor all of it ASCII."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def far(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A record with one leaf far from what it was."""
    values = {path: leaf(document, path) for path in sorted(leaves(document), key=str)}
    path = chance.choice([path for path, value in values.items() if another(value) != value])
    return changed(document, path, another(values[path]))


def cook(text: str, change: int) -> str:
    """Hexadecimal digits with their number moved, within what 64 bits hold."""
    return f"{min(max(int(text, 16) + change, 1), 2**64 - 1):016x}"


def on_another_platform(frame: Frozen, chance: random.Random) -> dict[str, Any]:
    """The record of a frame whose floats came out otherwise in their last bits."""
    document: Any = canonical.loads(frame.content)
    for stratum in document["strata"]:
        stratum["max_attempts"] = max(1, stratum["max_attempts"] + chance.choice([0, 1]))
        for unit in stratum["units"]:
            digits = [name for name in ("threshold", "survival") if name in unit]
            for name in digits:
                if unit[name] != "certain":
                    last = 2 ** max(0, int(unit[name], 16).bit_length() - 53)
                    unit[name] = cook(unit[name], chance.choice([-last, 0, last]))
    return record(Frozen(canonical.dumps(document), read_frame(document), ()))


def test_published_records_agree(verifier: Verifier) -> None:
    assert verifier([dumps(one) for one in VECTORS["records"].values()]) == [
        set() for _ in VECTORS["records"]
    ]


@pytest.mark.parametrize(
    "count", [20, pytest.param(1000, marks=pytest.mark.slow)], ids=lambda count: f"{count}"
)
def test_strangers_agree_with_the_planner_on_random_records(stranger: Verifier, count: int) -> None:
    chance = random.Random(count)
    records = [random_record(number) for number in range(count)]
    assert stranger([dumps(one) for one in records]) == [set()] * count
    altered = [dumps(far(one, chance)) for one in records]
    expected = python(altered)
    assert all(expected)
    assert stranger(altered) == expected


def test_random_records_are_of_every_sort() -> None:
    records = [random_record(number) for number in range(20)]
    frames = [one["frame"] for one in records]
    units = [unit for one in frames for stratum in one["strata"] for unit in stratum["units"]]
    assert {"1", "01", "|", "Đ", "Ủy ban nhân dân xã Mỹ Hòa"} <= {unit["code"] for unit in units}
    assert "certain" in {unit["threshold"] for unit in units}
    assert {unit.get("compound") for unit in units} == {None, "số 1 đường 30/4", "|"}
    assert {len(one["strata"]) for one in frames} == {1, 2, 3, 4}
    for field in ("calendar", "policy", "inputs", "reveal_on"):
        assert {one[field] is None for one in frames} == {False, True}, field
    assert {one["public_value"] is None for one in records} == {False, True}
    assert {one["secrets"]["s2"] is None for one in records} == {False, True}
    assert {one["allocation"] for one in frames} == {"given", "largest remainder"}


def test_every_leaf_that_is_altered_is_named_alike(stranger: Verifier) -> None:
    altered = [
        dumps(changed(RECORD, path, another(leaf(RECORD, path))))
        for path in sorted(leaves(RECORD), key=str)
    ]
    expected = python(altered)
    assert all(expected)
    assert stranger(altered) == expected


@pytest.mark.parametrize("value", [None, True, 0, "", "x", [], {}, ["x"], 2**33], ids=repr)
def test_a_leaf_of_another_type_is_named_alike(stranger: Verifier, value: object) -> None:
    # Of the many units that are alike one will do.
    paths = [
        path
        for path in sorted(leaves(RECORD), key=str)
        if not re.search(r"'units', [1-9]", str(path)) and leaf(RECORD, path) != value
    ]
    altered = [dumps(changed(RECORD, path, value)) for path in paths]
    expected = python(altered)
    assert all(expected)
    assert stranger(altered) == expected


@pytest.mark.parametrize(
    "path",
    [
        (), ("frame",), ("frame", "calendar"), ("frame", "calendar", "sessions", 0),
        ("frame", "strata", 0), ("frame", "strata", 1, "units", 2), ("endorsement",),
        ("endorsement", "commitments"), ("endorsement", "public_value_rule"), ("secrets",),
        ("dates", 0),
    ],
    ids=str,
)  # fmt: skip
def test_a_field_too_many_or_too_few_is_named(
    verifier: Verifier, path: tuple[str | int, ...]
) -> None:
    prefix = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    prefix = prefix.removeprefix(".") or "record"
    names = ["extra", *leaf(RECORD, path)]
    documents = []
    for name in names:
        document = changed(RECORD, (*path, name), 1)
        if name != "extra":
            del leaf(document, path)[name]
        documents.append(dumps(document))
    assert verifier(documents) == [{f"{prefix}.{name}"} for name in names]


def test_items_out_of_order_are_named(verifier: Verifier) -> None:
    lists: list[tuple[tuple[str | int, ...], str]] = [
        (("frame", "strata"), "frame.strata"),
        (("frame", "strata", 0, "units"), "frame.strata[0].units"),
        (("frame", "calendar", "sessions"), "frame.calendar.sessions"),
        (("frame", "strata", 0, "units", 1, "sessions"), "frame.strata[0].units[1].sessions"),
        (("sample",), "sample"),
        (("dates",), "dates"),
    ]
    altered = [dumps(changed(RECORD, path, leaf(RECORD, path)[::-1])) for path, _ in lists]
    assert verifier(altered) == [{name} for _, name in lists]


TEXT = dumps(RECORD)


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "nonsense", "\ufeff" + TEXT, TEXT + "x", "[]", "null", '"x"', "5",
        TEXT.replace('"unmatched": 3', '"unmatched": 3.0'),
        TEXT.replace('"unmatched": 3', '"unmatched": 3e0'),
        TEXT.replace('"unmatched": 3', '"unmatched": 03'),
        TEXT.replace('"unmatched": 3', '"unmatched": NaN'),
        TEXT.replace('"unmatched": 3', '"unmatched": 9007199254740992'),
        TEXT.replace('"unmatched": 3', '"unmatched": 3, "unmatched": 3'),
        TEXT.replace('"unmatched": 3', '"unmatched": 3, "unm\\u0061tched": 3'),
        TEXT.replace('"unmatched": 3', '"unmatched": "e\u0301"'),
        TEXT.replace('"unmatched": 3', '"unmatched": "\\ud800"'),
        TEXT.replace('"unmatched": 3', '"\\udc00": 3'),
        TEXT.replace('"unmatched": 3', '"unmatched": "\n"'),
        TEXT.replace('"unmatched": 3', '"unmatched": ' + "[" * 62 + "]" * 62),
        TEXT.replace('"unmatched": 3', '"unmatched": ' + "[" * 100_000),
    ],
    ids=range(22),
)  # fmt: skip
def test_what_has_no_canonical_form_is_no_record(verifier: Verifier, text: str) -> None:
    assert text != TEXT
    assert verifier([text]) == [{"record"}]


def test_what_has_a_canonical_form_is_hashed_by_it(verifier: Verifier) -> None:
    policy = {
        "\ue000": 1, "\U0001f600": 2, "€": 3, "\r": 4, "1": 5, "ö": 6, "": -(2**53) + 1,
        "deep": [[[]]], "text": '"\\/\b\f\n\r\t\x01\x7f\u2028\U0001f600',
    }  # fmt: skip
    document = dumps(record(frozen(policy=policy)))
    zero = dumps(record(frozen(policy={"a": 0}))).replace('"a": 0', '"a": -0')
    deepest: Any = []
    for _ in range(60):
        deepest = [deepest]
    assert verifier([document, zero]) == [set(), set()]
    assert verifier([dumps(record(frozen(inputs={"a": deepest})))]) == [set()]


@pytest.mark.parametrize(
    "count", [20, pytest.param(200, marks=pytest.mark.slow)], ids=lambda count: f"{count}"
)
def test_the_last_bits_of_a_platform_are_let_pass(verifier: Verifier, count: int) -> None:
    chance = random.Random(53)
    moved = [dumps(on_another_platform(random_frame(chance), chance)) for _ in range(count)]
    assert verifier(moved) == [set()] * count


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        (("strata", 0, "units", 3, "threshold"), lambda text: cook(text, 2**20), set()),
        (("strata", 0, "units", 3, "threshold"), lambda text: cook(text, 2**40), {"probabilities"}),
        (("strata", 0, "units", 3, "threshold"), lambda text: cook(text, 2**58), {"thresholds"}),
        (("strata", 0, "units", 3, "threshold"), lambda _: "certain", {"thresholds"}),
        (("strata", 0, "units", 2, "score"), lambda _: "0.1", {"probabilities", "survival"}),
        (("strata", 0, "units", 3, "survival"), lambda text: cook(text, -(2**20)), set()),
        (("strata", 0, "units", 3, "survival"), lambda text: cook(text, -(2**40)), {"survival"}),
        (("strata", 0, "max_attempts"), lambda bound: bound + 1, set()),
        (("strata", 0, "max_attempts"), lambda bound: bound + 2, {"max_attempts"}),
        (("floor",), lambda _: "0.9", {"probabilities", "survival"}),
        (("cap",), lambda _: "0.3", {"probabilities", "allocation"}),
    ],
)
def test_a_cooked_frame_is_named_though_every_hash_is_right(
    verifier: Verifier,
    path: tuple[str | int, ...],
    change: Callable[[Any], Any],
    expected: set[str],
) -> None:
    document: Any = canonical.loads(frozen().content)
    cooked = changed(document, path, change(leaf(document, path)))
    forged = record(Frozen(canonical.dumps(cooked), read_frame(cooked), ()))
    assert verifier([dumps(forged)]) == [expected]


@pytest.mark.parametrize("rule", [RULE, None], ids=["a rule", "no rule"])
@pytest.mark.parametrize("value", [VALUE, None], ids=["a value", "no value"])
def test_another_claim_of_proof_is_named(
    verifier: Verifier, rule: dict[str, str] | None, value: str | None
) -> None:
    right = record(rule=rule, value=value)
    other = NOT_PROVEN if right["proof"] == PROVEN else PROVEN
    wrong = changed(right, ("proof",), other)
    assert verifier([dumps(right), dumps(wrong)]) == [set(), {"proof"}]


def test_dates_that_cannot_be_given_are_not_blamed_on_the_sample(verifier: Verifier) -> None:
    first = RECORD["frame"]["calendar"]["sessions"][0] | {"capacity": 1}
    full = changed(RECORD, ("frame", "calendar", "sessions"), [first])
    assert verifier([dumps(full)]) == [{"frame", "survival", "dates"}]


def test_a_draw_that_ends_too_soon_is_named_by_the_sample(verifier: Verifier) -> None:
    assert RECORD["attempts"]["sở"] > 1
    cut = changed(RECORD, ("frame", "strata", 0, "max_attempts"), 1)
    assert verifier([dumps(cut)]) == [{"frame", "max_attempts", "sample"}]


def test_of_strata_that_are_alike_the_last_gives_up(verifier: Verifier) -> None:
    units = [
        Candidate(f"{name}{number}", 1.0, name)
        for name, count in {"a": 20, "b": 20, "c": 4, "d": 4}.items()
        for number in range(count)
    ]
    drawn = record(freeze(units, plan_id="KH-1", code_version="0.1.0", size=9))
    assert [stratum["n"] for stratum in drawn["frame"]["strata"]] == [3, 2, 2, 2]
    assert verifier([dumps(drawn)]) == [set()]


@pytest.mark.slow
def test_a_draw_of_a_whole_province_is_rebuilt(verifier: Verifier) -> None:
    chance = random.Random(3321)
    units = [Candidate(f"H26.{number:04d}", chance.lognormvariate(0, 1)) for number in range(3321)]
    drawn = record(freeze(units, plan_id="KH-1", code_version="0.1.0", size=100))
    other = changed(drawn, ("seed",), another(drawn["seed"]))
    assert verifier([dumps(drawn), dumps(other)]) == [set(), {"seed", "sample", "attempts"}]


def test_the_parts_of_the_javascript_meet_the_vectors() -> None:
    assert node("verify_vectors.mjs") == ""


@pytest.mark.usefixtures("_database")
def test_the_parts_of_the_sql_meet_the_vectors() -> None:
    for case in VECTORS["canonical"]:
        ((text,),) = query("select kycuong.canonical(%s::json)", json.dumps(case["value"]))
        assert text.encode().hex() == case["hex"]
    for case in VECTORS["inclusion"]:
        statement = "select kycuong.inclusion(%s::numeric[], %s, %s::numeric, %s::numeric)"
        ((found,),) = query(statement, case["scores"], case["n"], case["floor"], case["cap"])
        assert found == pytest.approx(case["probabilities"], rel=1e-9)
    for case in VECTORS["allocation_of_equal_scores"]:
        counts = list(case["units"].values())
        ((found,),) = query(
            "select kycuong.allocate(%s::numeric[], %s::int[], %s, %s::numeric, %s::numeric)",
            [1] * sum(counts), counts, case["n"], case["floor"], case["cap"],
        )  # fmt: skip
        assert found == list(case["sizes"].values())
    for case in VECTORS["designs"]:
        statement = (
            "select probabilities, size_probability, kycuong.max_attempts(size_probability) "
            "from kycuong.design(%s, %s)"
        )
        ((found, chance, most),) = query(statement, case["thresholds"], case["n"])
        assert found == pytest.approx(case["probabilities"], rel=1e-9)
        assert chance == pytest.approx(case["size_probability"], rel=1e-9)
        assert most == case["max_attempts"]


@pytest.mark.usefixtures("_database")
def test_the_hashes_of_the_sql_meet_the_vectors() -> None:
    for case in VECTORS["seeds"]:
        statement = "select kycuong.seed_message(%s, %s, %s)"
        named = (case["plan_id"], case["frame_sha256"], case["public_value"])
        assert bytes(query(statement, *named)[0][0]).hex() == case["message_hex"]
        key = bytes.fromhex("".join(case["secrets"]))
        ((seed,),) = query("select kycuong.hmac(%s, %s)", key, bytes.fromhex(case["message_hex"]))
        assert bytes(seed).hex() == case["seed"]
        for purpose in ("draw", "dates"):
            ((derived,),) = query("select kycuong.subkey(%s, %s)", seed, purpose)
            assert bytes(derived).hex() == case[f"{purpose}_key"]
    for case in VECTORS["survivals"]:
        ((found,),) = query("select kycuong.survival(%s, %s)", case["probability"], case["days"])
        assert found == pytest.approx(int(case["survival"], 16), rel=1e-9)
    for case in VECTORS["weights"]:
        weights = [int(weight, 16) for weight in case["weights"]]
        statement = "select kycuong.date_weights(kycuong.number(%s), %s)"
        assert query(statement, case["survival"], len(weights)) == [(weights,)]
    for case in VECTORS["numbers"]:
        statement = "select kycuong.draw_head(%s, %s) || kycuong.sized(%s)"
        ((message,),) = query(statement, case["stratum"], case["attempt"], case["code"])
        assert bytes(message).hex() == case["message_hex"]
        ((found,),) = query("select kycuong.hmac(%s, %s)", bytes.fromhex(case["draw_key"]), message)
        assert bytes(found)[:8].hex() == case["number"]
        # A unit is taken where its number is below its threshold, and not where it is the same.
        for above, attempts in ((0, None), (1, 1)) if case["attempt"] == 1 else ():
            unit = {"code": case["code"], "threshold": cook(case["number"], above)}
            stratum = {"name": case["stratum"], "n": 1, "max_attempts": 1, "units": [unit]}
            statement = "select attempts from kycuong.draw_stratum(%s::jsonb, %s)"
            key = bytes.fromhex(case["draw_key"])
            assert query(statement, json.dumps(stratum), key) == [(attempts,)]
