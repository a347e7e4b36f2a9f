"""The draw done again, slowly and plainly, from `docs/algorithms/draw.md` and nothing else.

Nothing of `planner` is imported: inclusion probabilities come from counting with polynomials, hashes
from `hmac.new`, integers from Python. What agrees with this agrees with the page.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
FULL = 2**64


def exact_probabilities(odds: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """π and 1−π of many designs of one N: odds of shape (C, N), one size each.

    The number taken before unit i and the number taken after it are convolved, so nothing is ever
    subtracted.
    """
    cases, count = odds.shape
    p, q = odds / (1 + odds), 1 / (1 + odds)
    before = np.zeros((count + 1, cases, count + 1))
    after = np.zeros((count + 1, cases, count + 1))
    before[0, :, 0] = after[count, :, 0] = 1
    for i in range(count):
        before[i + 1] = _with_one_more(before[i], p[:, i], q[:, i])
    for i in reversed(range(count)):
        after[i] = _with_one_more(after[i + 1], p[:, i], q[:, i])
    taken, left = np.empty_like(odds), np.empty_like(odds)
    for case, size in enumerate(sizes.astype(int)):
        ahead, behind = before[:-1, case], after[1:, case]
        rest = np.einsum("ik,ik->i", ahead[:, :size], behind[:, size - 1 :: -1][:, :size])
        full = np.einsum("ik,ik->i", ahead[:, : size + 1], behind[:, size::-1][:, : size + 1])
        taken[case], left[case] = p[case] * rest, q[case] * full
    return taken / (taken + left), left / (taken + left)


def _with_one_more(counts: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    grown = counts * q[:, None]
    grown[:, 1:] += counts[:, :-1] * p[:, None]
    return grown


def enumerated(odds: Sequence[float], size: int) -> dict[tuple[int, ...], float]:
    """The probability of every sample, by listing all of them."""
    weights = {
        sample: prod(odds[i] for i in sample) for sample in combinations(range(len(odds)), size)
    }
    total = sum(weights.values())
    return {sample: weight / total for sample, weight in weights.items()}


def canonical(value: object) -> bytes:
    """Canonical JSON of values whose keys are ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def redraw(record: dict[str, Any]) -> tuple[str, list[str], dict[str, int], list[Any] | None]:
    """Seed, sample, attempts and dates of a record, from its frame, secrets and public value."""
    frame = record["frame"]
    message = {
        "frame_sha256": hashlib.sha256(canonical(frame)).hexdigest(),
        "plan_id": frame["plan_id"],
        "public_value": record["public_value"],
    }
    secrets = bytes.fromhex(record["secrets"]["s1"] + (record["secrets"]["s2"] or ""))
    seed = _mac(secrets, canonical(message))
    sample: list[str] = []
    attempts = {}
    for stratum in frame["strata"]:
        taken, attempts[stratum["name"]] = _redraw(stratum, _mac(seed, b"kycuong/1/draw"))
        sample += taken
    sample.sort(key=str.encode)
    return seed.hex(), sample, attempts, _dates(frame, sample, seed)


def _redraw(stratum: dict[str, Any], key: bytes) -> tuple[list[str], int]:
    for attempt in range(1, stratum["max_attempts"] + 1):
        taken = []
        for unit in stratum["units"]:
            message = _sized(stratum["name"]) + attempt.to_bytes(4, "big") + _sized(unit["code"])
            number = int.from_bytes(_mac(key, message)[:8], "big")
            if unit["threshold"] == "certain" or number < int(unit["threshold"], 16):
                taken.append(unit["code"])
        if len(taken) == stratum["n"]:
            return taken, attempt
    raise AssertionError


def _dates(frame: dict[str, Any], sample: list[str], seed: bytes) -> list[Any] | None:
    if frame["calendar"] is None:
        return None
    key = _mac(seed, b"kycuong/1/dates")
    sessions = frame["calendar"]["sessions"]
    used = [0] * len(sessions)
    drawn = [u for s in frame["strata"] for u in s["units"] if u["code"] in sample]
    hashes = {unit["code"]: _mac(key, _sized(unit["code"])) for unit in drawn}
    drawn.sort(key=lambda unit: hashes[unit["code"]][:16])
    found: dict[str, dict[str, str]] = {}
    for first in drawn:
        if first["code"] in found:
            continue
        group = [
            unit
            for unit in drawn
            if unit is first or (first["compound"] and unit["compound"] == first["compound"])
        ]
        chosen = _choose(first, group, sessions, used, hashes[first["code"]])
        used[chosen] += len(group)
        for unit in group:
            found[unit["code"]] = {
                "code": unit["code"],
                "date": sessions[chosen]["date"],
                "session": sessions[chosen]["session"],
            }
    return [found[code] for code in sample]


def _choose(
    first: dict[str, Any],
    group: list[dict[str, Any]],
    sessions: list[dict[str, Any]],
    used: list[int],
    digest: bytes,
) -> int:
    suits = [j for j, s in enumerate(sessions) if all(s["kind"] in u["sessions"] for u in group)]
    days = sorted({sessions[j]["date"] for j in suits})
    weight, of_day = FULL, {}
    for day in days:
        of_day[day] = weight
        weight = max(1, weight * int(first["survival"], 16) // FULL)
    on_day = {day: sum(sessions[j]["date"] == day for j in suits) for day in days}
    weights = {
        j: of_day[sessions[j]["date"]] * (2 // on_day[sessions[j]["date"]])
        for j in suits
        if used[j] < sessions[j]["capacity"]
    }
    mark = int.from_bytes(digest[16:], "big") * sum(weights.values()) // 2**128
    for j, weight in weights.items():
        if mark < weight:
            return j
        mark -= weight
    raise AssertionError


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _sized(text: str) -> bytes:
    return len(text.encode()).to_bytes(2, "big") + text.encode()
