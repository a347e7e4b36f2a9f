"""The command line: draw from a CSV file, verify a record, learn weights. Needs numpy and nothing else.

This is the edge of the planner, the only place where it reads files and asks the system for
randomness. One person draws here, at one moment: a record made here says that nothing proves
the secret was not chosen, also when a public value is mixed in.

What explains the commands stands in Vietnamese and English at once: a stranger who checks a record
has neither catalogues nor a set-up.
"""

import argparse
import csv
import io
import math
import os
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from planner import __version__, canonical
from planner.errors import InvalidInput, PlannerError
from planner.freeze import Candidate, freeze
from planner.learning import Proposal, Visits, propose
from planner.parts import Integers, saturate
from planner.policy import DEFAULT, Part, Policy
from planner.record import build_record, draw_frame, endorse, read_record
from planner.seed import SECRET_BYTES, commitment
from planner.shape import text
from planner.verify import verify

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DRAW = (
    "lựa chọn ngẫu nhiên và ghi hồ sơ lựa chọn / draw a sample and write the record that proves it"
)
_CHECK = "đối chiếu hồ sơ lựa chọn, nêu tên mọi điểm khác / rebuild a record and name what differs"
_LEARN = (
    "đề xuất trọng số từ kết quả các cuộc kiểm tra được lựa chọn ngẫu nhiên / "
    "propose weights from what drawn visits found"
)
_VISIT_COLUMNS = ("visit", "date", "unit", "team", "found", "probability", "size", "units")
_PARTS = tuple(part.value for part in Part)
_FIGURES = ("probability", "size", "units", *_PARTS)
_LARGEST = 1e12
_SECRET = re.compile(rf"[0-9a-fA-F]{{{2 * SECRET_BYTES}}}", re.ASCII)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 for success, 1 for a record that differs, 2 for bad input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return {"draw": _draw, "verify": _verify, "learn": _learn}[options.command](options)
    except PlannerError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.filename}: {error.strerror}."
    print(f"python -m planner {options.command}: {problem}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m planner", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    draw = commands.add_parser(
        "draw",
        allow_abbrev=False,
        help=_DRAW,
        description=f"{_DRAW}. In mỗi dòng một mã đơn vị / Prints the drawn codes, one a line.",
    )
    draw.add_argument(
        "frame",
        metavar="FRAME.csv",
        type=Path,
        help="danh sách đơn vị, các cột / the units, columns code,score[,stratum]",
    )
    draw.add_argument(
        "--n", required=True, type=int, help="số đơn vị lựa chọn / how many units to draw"
    )
    draw.add_argument(
        "--out",
        required=True,
        type=Path,
        help="tệp hồ sơ lựa chọn, không bao giờ ghi đè / the record, never overwritten",
    )
    draw.add_argument(
        "--floor",
        default="0.5",
        help="mức tối thiểu của khả năng được chọn, tính theo lần n/N / no probability below this times n/N "
        "(%(default)s)",
    )
    draw.add_argument(
        "--cap",
        default="0.5",
        help="mức tối đa của khả năng được chọn / no probability above this (%(default)s)",
    )
    draw.add_argument(
        "--strata",
        type=Path,
        metavar="FILE",
        help="số đơn vị của từng nhóm, tổng bằng --n, các cột / the number of each stratum, summing "
        "to --n, columns stratum,n",
    )
    seeded = "được đưa vào chuỗi gốc / goes into the seed"
    draw.add_argument("--plan-id", default="command line", help=f"tên kế hoạch, {seeded}")
    draw.add_argument("--public-value", metavar="TEXT", help=f"giá trị công khai, {seeded}")
    draw.add_argument(
        "--secret-stdin",
        action="store_true",
        help="đọc chuỗi bí mật S1, dòng sau là S2, mỗi chuỗi 64 chữ số thập lục phân (nếu không thì "
        "tạo mới) / read S1, and S2 on a second line, each 64 hexadecimal digits (default: drawn "
        "fresh)",
    )
    check = commands.add_parser("verify", allow_abbrev=False, help=_CHECK, description=_CHECK)
    check.add_argument(
        "record", metavar="RECORD.json", type=Path, help="tệp hồ sơ lựa chọn / the record"
    )
    learn = commands.add_parser(
        "learn",
        allow_abbrev=False,
        help=_LEARN,
        description=f"{_LEARN}. In hai bộ tiêu chí cạnh nhau, không quyết định gì / Prints both policies "
        "beside each other and decides nothing.",
    )
    learn.add_argument(
        "visits",
        metavar="VISITS.csv",
        type=Path,
        help="các cuộc kiểm tra, các cột / the visits, columns "
        f"{','.join(_VISIT_COLUMNS)}; số liệu trước cuộc kiểm tra / and the estimates before the visit: "
        f"{','.join(_PARTS)}",
    )
    learn.add_argument(
        "--policy",
        metavar="FILE",
        type=Path,
        help="bộ tiêu chí đang áp dụng (nếu không thì bộ đóng gói sẵn) / the policy in force (default: "
        "the packaged one)",
    )
    learn.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="bộ tiêu chí đề xuất, không bao giờ ghi đè / the proposed policy, never overwritten",
    )
    return parser


def _draw(options: argparse.Namespace) -> int:
    if options.out.exists():
        raise InvalidInput(f"{options.out} exists already and is never overwritten.")
    frozen = freeze(
        _candidates(options.frame),
        plan_id=_nfc(options.plan_id),
        code_version=__version__,
        size=options.n,
        sizes=None if options.strata is None else _sizes(options.strata),
        floor=options.floor,
        cap=options.cap,
    )
    secrets = _read_secrets() if options.secret_stdin else [os.urandom(SECRET_BYTES)]
    value = None if options.public_value is None else _nfc(options.public_value)
    endorsement = endorse(frozen.frame, [commitment(secret) for secret in secrets])
    drawn = draw_frame(frozen.frame, secrets, value)
    record = build_record(frozen.frame, endorsement, secrets, value, drawn)
    _write(options.out, canonical.dumps(record))
    print("\n".join(drawn.sample))
    return 0


def _verify(options: argparse.Namespace) -> int:
    document = canonical.loads(options.record.read_bytes())
    differences = verify(document)
    if differences:
        print("\n".join(map(str, differences)))
        return 1
    record = read_record(document)
    print(
        f"Kết quả khớp mã niêm phong: {len(record.sample)} đơn vị được chọn. Hãy so "
        "endorsement_sha256 dưới đây với mã đã in.\n"
        f"The record agrees: {len(record.sample)} units drawn, {record.proof}. Compare its "
        f"endorsement_sha256 with the printed one: {record.endorsement_sha256}"
    )
    return 0


def _learn(options: argparse.Namespace) -> int:
    if options.out is not None and options.out.exists():
        raise InvalidInput(f"{options.out} exists already and is never overwritten.")
    policy = DEFAULT
    if options.policy is not None:
        policy = Policy.from_document(canonical.loads(options.policy.read_bytes()))
    proposal = propose(_visits(options.visits, policy), policy)
    _print_proposal(policy, proposal)
    if options.out is not None:
        _write(options.out, canonical.dumps(proposal.policy.to_document()))
    return 0


def _print_proposal(policy: Policy, proposal: Proposal) -> None:
    test = proposal.backtest
    print(f"{'':20}{'đang áp dụng / in force':>26}{'đề xuất / proposed':>22}")
    print(f"{'base':20}{policy.base:>26.2f}{proposal.policy.base:>22.2f}")
    for part in Part:
        weights = policy.rule(part).weight, proposal.policy.rule(part).weight
        print(f"{part:20}{weights[0]:>26.2f}{weights[1]:>22.2f}")
    figures = f"{100 * test.in_force:.1f} → {100 * test.proposed:.1f}"
    interval = f"95 %: {100 * test.low:+.1f} … {100 * test.high:+.1f}; n = {test.visits}"
    print(
        "Trong 100 cuộc về sau được chọn theo mức rủi ro, số cuộc có phát hiện, đang áp dụng → đề xuất từ "
        f"các cuộc trước: {figures} ({interval}).\n"
        "Of 100 later visits drawn by the score, those that find something, in force → as proposed from "
        f"earlier ones: {figures} ({interval})."
    )
    if test.low <= 0:
        print(
            "Chưa đủ căn cứ để nói đề xuất là tốt hơn.\n"
            "This does not show that the proposal is better."
        )


def _visits(path: Path, policy: Policy) -> Visits:
    days, found, names, figures = [], [], [], []
    for where, values in _rows(path, [*_VISIT_COLUMNS, *_PARTS], []):
        if values["found"] not in {"0", "1"}:
            raise InvalidInput(f"{where}, column found: {values['found']!r} is neither 0 nor 1.")
        numbers = [_figure(values[name], where, name) for name in _FIGURES]
        if not (0 < numbers[0] <= 1 and 1 <= numbers[1] <= numbers[2]):
            raise InvalidInput(f"{where}: probability, size and units do not fit together.")
        days.append(_day(values["date"], where))
        found.append(values["found"] == "1")
        names.append((values["unit"], values["team"]))
        figures.append(numbers)
    table = np.array(figures, dtype=np.float64).reshape(len(figures), len(_FIGURES))
    halves = np.array([rule.half for rule in policy.rules], dtype=np.float64)
    return Visits(
        day=np.array(days, dtype=np.int64),
        unit=_numbered([unit for unit, _ in names]),
        team=_numbered([team for _, team in names]),
        found=np.array(found, dtype=np.bool_),
        weight=table[:, 1] / (table[:, 2] * table[:, 0]),
        parts=saturate(table[:, 3:], halves),
    )


def _numbered(values: list[str]) -> Integers:
    return np.unique(np.array(values, dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def _day(value: str, where: str) -> int:
    try:
        return date.fromisoformat(value).toordinal()
    except ValueError:
        raise InvalidInput(f"{where}, column date: {value!r} is no date yyyy-mm-dd.") from None


def _figure(value: str, where: str, column: str) -> float:
    if not _NUMBER.fullmatch(value) or not 0 <= float(value) <= _LARGEST:
        raise InvalidInput(f"{where}, column {column}: {value!r} is no number from 0 to 1e12.")
    return float(value)


def _candidates(path: Path) -> Iterator[Candidate]:
    for where, values in _rows(path, ["code", "score"], ["stratum"]):
        number = values["score"]
        if not _NUMBER.fullmatch(number) or not 0 < float(number) < math.inf:
            hint = " Write decimals with a point." if "," in number else ""
            raise InvalidInput(
                f"{where}, column score: {number!r} is no finite number above 0.{hint}"
            )
        yield Candidate(values["code"], float(number), values.get("stratum", "all"))


def _sizes(path: Path) -> dict[str, int]:
    sizes = {}
    for where, values in _rows(path, ["stratum", "n"], []):
        if not _WHOLE.fullmatch(values["n"]):
            raise InvalidInput(f"{where}, column n: {values['n']!r} is no whole number.")
        sizes[values["stratum"]] = int(values["n"])
    return sizes


def _rows(
    path: Path, required: list[str], optional: list[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each row stands and its values in NFC; the first required column is unique."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8: byte {error.start}.") from None
    # Where the comma stands in decimals, spreadsheets put semicolons between the columns.
    first = content.partition("\n")[0]
    separator = ";" if ";" in first and "," not in first else ","
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    seen: dict[str, int] = {}
    try:
        header = _header(path, next(rows, []), required, optional)
        for row in filter(None, rows):
            where = f"{path}, row {rows.line_num}"
            if len(row) != len(header):
                raise InvalidInput(f"{where}: {len(row)} values under {len(header)} columns.")
            values = {
                name: _value(value, where, name) for name, value in zip(header, row, strict=True)
            }
            key = values[required[0]]
            if key in seen:
                raise InvalidInput(
                    f"{where}, column {required[0]}: {key!r} stands in row {seen[key]} already."
                )
            seen[key] = rows.line_num
            yield where, values
    except csv.Error as error:
        raise InvalidInput(f"{path}, row {rows.line_num}: {error}.") from None


def _header(path: Path, row: list[str], required: list[str], optional: list[str]) -> list[str]:
    header = [_nfc(name).strip() for name in row]
    for column, name in enumerate(header, start=1):
        if name not in required + optional:
            raise InvalidInput(f"{path}, row 1, column {column}: {name!r} is an unknown column.")
        if name in header[: column - 1]:
            raise InvalidInput(f"{path}, row 1, column {column}: {name!r} stands twice.")
    for name in required:
        if name not in header:
            raise InvalidInput(f"{path}, row 1: the column {name!r} is missing.")
    return header


def _value(value: str, where: str, column: str) -> str:
    where = f"{where}, column {column}"
    if value != value.strip():
        raise InvalidInput(f"{where}: {value!r} begins or ends with white space.")
    return text(_nfc(value), where)


def _nfc(value: str) -> str:
    return unicodedata.normalize("NFC", value)


def _read_secrets() -> list[bytes]:
    words = sys.stdin.buffer.read().decode("ascii", "replace").split()
    if len(words) not in {1, 2} or not all(_SECRET.fullmatch(word) for word in words):
        raise InvalidInput("Standard input must hold one or two secrets of 64 hexadecimal digits.")
    return [bytes.fromhex(word) for word in words]


def _write(path: Path, content: bytes) -> None:
    """Write all or nothing, for the owner's eyes only, and never over another file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.open("xb").close()  # claims the name: fails where any file has it
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
