"""A million dossiers from CSV into the database: the product's load, all checks on, beside ``bulk_create`` with none.

    python -m bench.load_csv [ROWS]

Each way runs in a process of its own, one after the other, on a fresh database. The peer reads the same
file, converts dates by slicing, looks units up in a dictionary, and checks nothing. Memory is the peak beyond
the interpreter with Django loaded.
"""

import csv
import random
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import databases
from bench.figures import Figure, duration, show

HEADERS = (
    "STT", "Mã hồ sơ", "Tên thủ tục", "Lĩnh vực", "Chủ hồ sơ", "Số điện thoại", "Đơn vị xử lý",
    "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả", "Trạng thái",
)  # fmt: skip
UNITS = 150
FIRST_DAY = date(2026, 1, 1)
CUTOFF = date(2026, 11, 20)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


TIMES = {"SQLite": 3, "PostgreSQL": 1}  # as fast as the peer, at least
MEMORY = 100  # MB at most


def measure(rows: int = 1_000_000) -> list[Figure]:
    """Measure both ways on each database."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dossiers.csv"
        write_file(file, rows)
        return [figure for engine in databases.engines() for figure in _on(engine, rows, file)]


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


def _on(engine: str, rows: int, file: Path) -> list[Figure]:
    peer, ours = (
        databases.run("load_csv_ways", engine, way, str(file)) for way in ("peer", "ours")
    )
    times = peer["store"] / ours["store"]
    size = f"{rows:,} rows of CSV"
    steps = ", ".join(f"{name} {duration(ours[name])}" for name in ("upload", "check", "current"))
    return [
        Figure(
            f"Load of {size}, all checks, {engine}",
            _stored(rows, ours),
            f"bulk_create, no checks {_stored(rows, peer)}",
            times,
            f"{TIMES[engine]} times as fast",
            times >= TIMES[engine],
        ),
        Figure(
            f"Memory beyond the interpreter, {size}, {engine}",
            f"{ours['memory']:.0f} MB",
            f"bulk_create {peer['memory']:.0f} MB",
            peer["memory"] / ours["memory"],
            f"below {MEMORY} MB",
            ours["memory"] < MEMORY,
        ),
        Figure(f"Other steps of that load, {engine}", steps),
    ]


def _stored(rows: int, way: dict[str, Any]) -> str:
    rate = f"{rows / way['store']:,.0f} rows/s"
    return f"{duration(way['store'])}, {rate}, {way['cpu']:.1f} s of processor"


if __name__ == "__main__":
    show(measure(*map(int, sys.argv[1:])))
