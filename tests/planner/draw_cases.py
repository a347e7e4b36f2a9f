"""Frames and records that several tests draw from."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from planner import canonical
from planner.dates import Session
from planner.freeze import Candidate, Frozen, freeze
from planner.record import build_record, draw_frame, endorse
from planner.seed import commitment

S1, S2 = bytes(range(32)), bytes(range(32, 64))
RULE = {
    "source": "Xổ số kiến thiết Đồng Tháp, toàn bộ bảng kết quả",
    "date": "2026-11-23",
    "encoding": "các giải từ đặc biệt đến tám, cách nhau một dấu cách",
    "fallback": "kỳ quay kế tiếp",
}
VALUE = "123456 12345 23456 34567 45678 56789 67890 12340 23450 3456 4567 5678 678 78"
WEEK = frozenset({"weekday"})
WEEK_AND_SATURDAY = frozenset({"saturday", "weekday"})


def calendar(days: int = 6, capacity: int = 2) -> list[Session]:
    """Working days from Tuesday 1 December 2026, Saturday the 5th in the morning only."""
    return [
        Session(f"2026-12-{day:02d}", part, "saturday" if day == 5 else "weekday", capacity)
        for day in range(1, days + 1)
        for part in ("morning", "afternoon")
        if day != 6 and (day, part) != (5, "afternoon")
    ]


def candidates() -> list[Candidate]:
    """Sixteen units in two strata with codes that are easily confused, two of them neighbours."""
    codes = ["1", "01", "|", "||", "é", "Sở Nội vụ", "Ủy ban nhân dân xã Mỹ Hòa", "H26.01.02"]
    return [
        Candidate(
            code if stratum == "xã" else f"{code}/sở",
            score=1.5 + index,
            stratum=stratum,
            kinds=WEEK if index % 2 else WEEK_AND_SATURDAY,
            compound="số 1 đường 30/4" if index in {1, 2} else None,
        )
        for stratum in ("xã", "sở")
        for index, code in enumerate(codes)
    ]


def frozen(**changes: Any) -> Frozen:
    """The frame of those units, six to be drawn."""
    wishes: dict[str, Any] = {
        "plan_id": "KH-2026-12",
        "code_version": "0.1.0",
        "size": 6,
        "sessions": calendar(),
        "policy": {"name": "Bộ tiêu chí", "weights": {"overdue": "0.4"}},
        "inputs": {"loads": ["ab" * 32], "unmatched": 3},
        "reveal_on": "2027-02-01",
    }
    return freeze(candidates(), **(wishes | changes))


def record(
    frame: Frozen | None = None,
    *,
    secrets: tuple[bytes, ...] = (S1, S2),
    rule: dict[str, str] | None = RULE,
    value: str | None = VALUE,
) -> dict[str, Any]:
    """The record of a draw as it is read back from its file."""
    frame = frame or frozen()
    endorsement = endorse(frame.frame, [commitment(secret) for secret in secrets], rule)
    drawn = draw_frame(frame.frame, secrets, value)
    document = build_record(frame.frame, endorsement, secrets, value, drawn)
    read: Any = canonical.loads(canonical.dumps(document))
    return dict(read)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every string, number, boolean and null in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def changed(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """A copy of a document with one leaf replaced."""
    result = copy.deepcopy(document)
    target: Any = result
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return result


def leaf(document: Any, path: tuple[str | int, ...]) -> Any:
    """The value at a path."""
    for step in path:
        document = document[step]
    return document


def random_probabilities(
    rng: np.random.Generator, sizes: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.float64]:
    """π of shape (C, N) from 0.001 to 0.999 that sum to the sizes: even, uneven, tied, extreme."""
    cases = sizes.size
    kinds = rng.integers(4, size=(cases, 1))
    logits = np.select(
        [kinds == 0, kinds == 1, kinds == 2],
        [
            rng.normal(0, 1, (cases, count)),
            rng.uniform(-7, 7, (cases, count)),
            rng.choice([-6.9, 0, 6.9], (cases, count)),
        ],
        np.log(rng.pareto(1, (cases, count)) + 1e-9),
    )
    low, high = np.full((cases, 1), -40.0), np.full((cases, 1), 40.0)
    for _ in range(100):
        middle = (low + high) / 2
        found = np.clip(1 / (1 + np.exp(-(logits + middle))), 0.001, 0.999)
        above = found.sum(axis=1, keepdims=True) > sizes[:, None]
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return found
