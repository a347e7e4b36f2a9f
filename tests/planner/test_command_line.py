import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from planner import __version__

ROOT = Path(__file__).parents[2]
SECRETS = f"{'11' * 32}\n{'22' * 32}\n"
FRAME = "code,score\n" + "".join(f"{index:02d},{index % 7 + 1}.5\n" for index in range(30))
# A finder of this kind hides Django even where it is installed.
HIDDEN = (
    "import sys; sys.modules['django'] = None; from planner.__main__ import main; sys.exit(main())"
)


def run(*arguments: object, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", HIDDEN, *map(str, arguments)],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def drawn(
    tmp_path: Path, frame: str | bytes, *options: object, n: int = 6
) -> tuple[list[str], Any]:
    """Draw with fixed secrets; the codes printed, and the record."""
    out = tmp_path / "record.json"
    source = write(tmp_path / "frame.csv", frame)
    arguments = ("draw", source, "--n", n, "--out", out, "--secret-stdin", *options)
    done = run(*arguments, stdin=SECRETS)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines(), json.loads(out.read_bytes())


def refused(done: "subprocess.CompletedProcess[str]", problem: str) -> None:
    """Bad input: exit 2 and one sentence that says what."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_draw_prints_its_codes_and_its_record_verifies(tmp_path: Path) -> None:
    codes, record = drawn(tmp_path, FRAME, "--plan-id", "KH-1", "--public-value", "số 7")
    assert codes == record["sample"] == sorted(codes)
    assert len(codes) == 6
    assert record["frame"]["plan_id"] == "KH-1"
    assert record["frame"]["code_version"] == __version__
    assert record["public_value"] == "số 7"
    assert record["secrets"] == {"s1": "11" * 32, "s2": "22" * 32}
    # One moment made the secret and the public value: no hash could be published in between.
    assert record["proof"] == "not proven against choice of secret"
    done = run("verify", tmp_path / "record.json")
    assert (done.returncode, done.stderr) == (0, "")
    vietnamese, english = done.stdout.splitlines()
    assert vietnamese.startswith("Kết quả khớp mã niêm phong: 6 đơn vị")
    assert english.startswith("The record agrees: 6 units drawn")
    assert english.endswith(record["endorsement_sha256"])


def test_the_same_secrets_draw_the_same(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert drawn(tmp_path, FRAME) == drawn(tmp_path / "again", FRAME)


def test_a_fresh_secret_is_drawn_each_time(tmp_path: Path) -> None:
    source, secrets = write(tmp_path / "frame.csv", FRAME), set()
    for name in ("a.json", "b.json"):
        assert run("draw", source, "--n", 3, "--out", tmp_path / name).returncode == 0
        record = json.loads((tmp_path / name).read_bytes())
        assert record["secrets"]["s2"] is None
        secrets.add(record["secrets"]["s1"])
    assert len(secrets) == 2


def test_the_record_is_for_its_owner_alone(tmp_path: Path) -> None:
    drawn(tmp_path, FRAME)
    assert (tmp_path / "record.json").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["frame.csv", "record.json"]


def test_an_altered_record_is_named(tmp_path: Path) -> None:
    _, record = drawn(tmp_path, FRAME)
    record["sample"][0] = "nobody"
    record["proof"] = "trust me"
    done = run("verify", write(tmp_path / "altered.json", json.dumps(record)))
    assert done.returncode == 1
    assert done.stdout.startswith("proof: must be one of")
    record["proof"] = "not proven against choice of secret"
    done = run("verify", write(tmp_path / "altered.json", json.dumps(record)))
    assert (done.returncode, done.stdout) == (
        1,
        "sample: is not what the seed and the thresholds draw.\n",
    )


def test_a_byte_order_mark_and_decomposed_letters_are_read(tmp_path: Path) -> None:
    frame = "\ufeffcode,score\r\n" + "".join(f"xa\u0303 {n},1\r\n" for n in range(9)) + "\r\n"
    codes, record = drawn(tmp_path, frame, n=2)
    assert all(code.startswith("xã ") for code in codes)
    assert len(record["frame"]["strata"][0]["units"]) == 9


def test_semicolons_between_the_columns_are_read(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    semicolons = FRAME.replace(",", ";")
    assert drawn(tmp_path, semicolons) == drawn(tmp_path / "again", FRAME)


def test_strata_are_given_their_numbers(tmp_path: Path) -> None:
    rows = "".join(f"{index:02d},1,{'ấp' if index < 10 else 'xã'}\n" for index in range(30))
    numbers = write(tmp_path / "strata.csv", "n,stratum\n2,ấp\n4,xã\n")
    codes, record = drawn(tmp_path, "code,score,stratum\n" + rows, "--strata", numbers)
    assert sum(code < "10" for code in codes) == 2
    assert record["frame"]["allocation"] == "given"


def test_strata_without_numbers_share_by_largest_remainder(tmp_path: Path) -> None:
    rows = "".join(f"{index:02d},1,{'a' if index < 10 else 'b'}\n" for index in range(30))
    _, record = drawn(tmp_path, "code,score,stratum\n" + rows)
    assert [stratum["n"] for stratum in record["frame"]["strata"]] == [2, 4]
    assert record["frame"]["allocation"] == "largest remainder"


def test_floor_and_cap_are_taken(tmp_path: Path) -> None:
    _, record = drawn(tmp_path, FRAME, "--floor", "1", "--cap", "0.25")
    assert (record["frame"]["floor"], record["frame"]["cap"]) == ("1", "0.25")
    assert len({unit["threshold"] for unit in record["frame"]["strata"][0]["units"]}) == 1


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        ("", "row 1: the column 'code' is missing"),
        ("code\n1\n", "row 1: the column 'score' is missing"),
        ("code,score,name\n1,1,x\n", "row 1, column 3: 'name' is an unknown column"),
        ("code,score,code\n1,1,1\n", "row 1, column 3: 'code' stands twice"),
        ("code;score\n1,1;1\n2;1,5\n", "row 3, column score: '1,5' is no finite number above 0. Write"),
        ("code;score,stratum\n1;1\n", "'code;score' is an unknown column"),
        ("code,score\n", "There are no units"),
        ("code,score\n1,1\n2\n", "row 3: 1 values under 2 columns"),
        ("code,score\n1,1\n2,1\n1,3\n", "row 4, column code: '1' stands in row 2 already"),
        ("code,score\né,1\ne\u0301,1\n", "row 3, column code: 'é' stands in row 2 already"),
        ("code,score\n1,1\n2,nan\n", "row 3, column score: 'nan' is no finite number above 0"),
        ("code,score\n1,inf\n", "row 2, column score: 'inf'"),
        ("code,score\n1,1e999\n", "row 2, column score: '1e999'"),
        ("code,score\n1,0\n", "row 2, column score: '0'"),
        ("code,score\n1,-4\n", "row 2, column score: '-4'"),
        ('code,score\n1,"1,5"\n', "row 2, column score: '1,5'"),
        ("code,score\n1,1_0\n", "row 2, column score: '1_0'"),
        ("code,score\n1,\n", "row 2, column score: must be a string that is not empty"),
        ("code,score\n,1\n", "row 2, column code: must be a string that is not empty"),
        ("code,score\n 1,1\n", "row 2, column code: ' 1' begins or ends with white space"),
        ('code,score\n"1\n2",1\n', "column code: must hold no control characters"),
        ('code,score\n"1,1\n', "row 2: unexpected end of data"),
        (f"code,score\n{'1' * 200_000},1\n", "row 2: field larger than field limit"),
        (b"code,score\n\xff,1\n", "is not UTF-8: byte 11"),
        ("code,score\n1,1\n2,1\n3,1\n", "6 units cannot be drawn from 3"),
        (FRAME.replace("30", "3").split("12,")[0], "draw at most 6"),
        ("code,score,stratum\n" + "".join(f"{n},1,{n}\n" for n in range(20)), "is so small"),
    ],
)  # fmt: skip
def test_a_bad_frame_is_refused(tmp_path: Path, frame: str | bytes, problem: str) -> None:
    source, out = write(tmp_path / "frame.csv", frame), tmp_path / "record.json"
    n = 7 if "at most" in problem else 6
    refused(run("draw", source, "--n", n, "--out", out), problem)
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--n", 0], "At least one unit"),
        (["--n", 31], "31 units cannot be drawn from 30"),
        (["--floor", "0"], "floor: must be a decimal string above 0"),
        (["--floor", "nan"], "floor: must be"),
        (["--cap", "1.5"], "cap: must be"),
        (["--cap", "0.1"], "above the cap of 0.1: draw at most 3"),
        (["--plan-id", ""], "plan_id: must be a string that is not empty"),
        (["--plan-id", b"\xff"], "is not Unicode text"),
        (["--public-value", ""], "public_value: must be"),
        (["--out", "nowhere/record.json"], "No such file"),
        (["--secret-stdin"], "one or two secrets"),
        (["--strata", "strata.csv"], "strata.csv: No such file"),
    ],
    ids=str,
)
def test_a_bad_option_is_refused(tmp_path: Path, options: list[Any], problem: str) -> None:
    source = write(tmp_path / "frame.csv", FRAME)
    options = [os.fsdecode(option) if isinstance(option, bytes) else option for option in options]
    refused(run("draw", source, "--n", 6, "--out", tmp_path / "record.json", *options), problem)
    assert [path.name for path in tmp_path.glob("*.*")] == ["frame.csv"]


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [
        ("stratum,n\nall,5\n", "sum to 5, not to 6"),
        ("stratum,n\nall,6\nxã,0\n", "'xã' has no units"),
        ("stratum,n\nall,3\nall,3\n", "row 3, column stratum: 'all' stands in row 2 already"),
        ("stratum,n\nall,six\n", "row 2, column n: 'six' is no whole number"),
        ("stratum,n\nall,-6\n", "'-6' is no whole number"),
        ("stratum\nall\n", "the column 'n' is missing"),
    ],
)
def test_bad_numbers_of_strata_are_refused(tmp_path: Path, numbers: str, problem: str) -> None:
    source = write(tmp_path / "frame.csv", FRAME)
    strata = write(tmp_path / "strata.csv", numbers)
    out = tmp_path / "record.json"
    refused(run("draw", source, "--n", 6, "--out", out, "--strata", strata), problem)


@pytest.mark.parametrize("text", ["", "11" * 31, "zz" * 32, SECRETS + "33" * 32, "\u0661" * 64])
def test_bad_secrets_are_refused(tmp_path: Path, text: str) -> None:
    source, out = write(tmp_path / "frame.csv", FRAME), tmp_path / "record.json"
    done = run("draw", source, "--n", 6, "--out", out, "--secret-stdin", stdin=text)
    refused(done, "one or two secrets of 64 hexadecimal digits")


def test_a_record_is_never_overwritten(tmp_path: Path) -> None:
    source, out = write(tmp_path / "frame.csv", FRAME), write(tmp_path / "record.json", "mine")
    refused(run("draw", source, "--n", 6, "--out", out), "is never overwritten")
    assert out.read_text() == "mine"


def test_a_name_that_is_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    # A dangling link looks free until the name is claimed.
    source, out = write(tmp_path / "frame.csv", FRAME), tmp_path / "record.json"
    out.symlink_to(tmp_path / "elsewhere.json")
    refused(run("draw", source, "--n", 6, "--out", out), "File exists")
    assert out.is_symlink()
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["frame.csv", "record.json"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "Not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "deeper than 64 levels"),
        (b'{"a": NaN}', "not an integer"),
        (b'{"a": 1, "a": 1}', "stands twice"),
    ],
    ids=["empty", "latin", "deep", "nan", "twice"],
)
def test_what_is_no_json_cannot_be_verified(tmp_path: Path, content: bytes, problem: str) -> None:
    refused(run("verify", write(tmp_path / "record.json", content)), problem)


def test_a_record_that_is_not_there_cannot_be_verified(tmp_path: Path) -> None:
    refused(run("verify", tmp_path / "record.json"), "No such file")


@pytest.mark.parametrize(
    "arguments", [[], ["draw"], ["draw", "x.csv", "--n", "many", "--out", "y"], ["audit"]]
)
def test_a_bad_command_line_shows_its_usage(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m planner")


def test_the_module_runs_by_its_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "planner", "--help"], cwd=ROOT, capture_output=True, check=True
    )
    assert b"verify" in done.stdout


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("draw", ["lựa chọn ngẫu nhiên", "draw a sample", "khả năng được chọn", "no probability"]),
        ("verify", ["đối chiếu hồ sơ lựa chọn", "rebuild a record"]),
    ],
)
def test_help_is_told_in_vietnamese_and_in_english(command: str, words: list[str]) -> None:
    told = " ".join(run(command, "--help").stdout.split())
    assert [word for word in words if word not in told] == []


def test_the_version_is_the_distribution_s() -> None:
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text()
