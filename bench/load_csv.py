"""A million dossiers from CSV into the database: the product's load, all checks on, beside ``bulk_create`` with none.

    .venv/bin/python -m bench.load_csv [ROWS]

Each way runs in a process of its own, one after the other, on a fresh database: SQLite in a temporary folder, or the
empty one that DATABASE_URL names. The peer reads the same file, converts dates by slicing, looks units
up in a dictionary, and checks nothing. Memory is the peak beyond the interpreter with Django loaded.
"""

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

HEADERS = (
    "STT", "Mã hồ sơ", "Tên thủ tục", "Lĩnh vực", "Chủ hồ sơ", "Số điện thoại", "Đơn vị xử lý",
    "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả", "Trạng thái",
)  # fmt: skip
UNITS = 150
FIRST_DAY = date(2026, 1, 1)
CUTOFF = date(2026, 11, 20)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def main() -> None:
    """Measure both ways and print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dossiers.csv"
        write_file(file, arguments.rows)
        print(f"{arguments.rows:,} rows, {file.stat().st_size / 2**20:.0f} MB of CSV")
        peer, ours = (run_child(way, file, Path(folder)) for way in ("peer", "ours"))
    report(arguments.rows, peer, ours)


def write_file(path: Path, rows: int) -> None:
    """Write synthetic dossiers in the look of a provincial export."""
    rng = random.Random(2026)
    days = [f"{FIRST_DAY + timedelta(day):%d/%m/%Y}" for day in range(400)]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(HEADERS)
        for number in range(1, rows + 1):
            received = rng.randrange(300)
            due = received + rng.randrange(1, 30)
            done = max(received, due + rng.randrange(-6, 5))
            is_done = done < 320 and rng.random() < 0.9
            writer.writerow(
                (
                    number,
                    f"000.00.{rng.randrange(UNITS):02d}.H20-{number:07d}",
                    f"Thủ tục hành chính số {rng.randrange(200)}",
                    f"Lĩnh vực {rng.randrange(20)}",
                    f"Nguyễn Văn {rng.randrange(10_000)}",
                    f"0000{rng.randrange(10**6):06d}",
                    f"UBND xã Thử Nghiệm {rng.randrange(UNITS)}",
                    f"{days[received]} {rng.randrange(7, 17):02d}:{rng.randrange(60):02d}",
                    days[due],
                    days[done] if is_done else "",
                    "Đã trả kết quả" if is_done else "Đang xử lý",
                )
            )


def run_child(way: str, file: Path, folder: Path) -> dict[str, Any]:
    """Measure one way in a process of its own."""
    var = folder / way
    var.mkdir()
    script = (
        "import sys, django; django.setup(); "
        "from bench.load_csv_ways import main; main(sys.argv[1], sys.argv[2])"
    )
    command = [sys.executable, "-c", script, way, str(file)]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "api.config.settings",
        "KYCUONG_VAR": str(var),
    }
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(rows: int, peer: dict[str, Any], ours: dict[str, Any]) -> None:
    """Print both figures with versions and sizes."""
    print(f"Python {platform.python_version()}, Django {ours['django']}, {ours['engine']}")
    for name, result in (("bulk_create, no checks", peer), ("load, all checks", ours)):
        rate = rows / result["store"]
        print(
            f"{name:24} {result['store']:7.1f} s {rate:10,.0f} rows/s"
            f" {result['cpu']:6.1f} s of processor {result['memory']:5.0f} MB beyond the interpreter"
        )
    times = peer["store"] / ours["store"]
    print(f"{'':24} {times:7.2f} times as fast, {peer['cpu'] / ours['cpu']:.2f} by processor time")
    print(
        f"upload {ours['upload']:.1f} s, dry run {ours['check']:.1f} s, "
        f"counting the rows that count {ours['current']:.2f} s"
    )


if __name__ == "__main__":
    main()
