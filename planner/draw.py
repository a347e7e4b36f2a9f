"""The draw: conditional Poisson by rejection, in integers, from hashes.

The thresholds T define the design. They are fitted once, committed in the frame and never fitted
again: two fits differ in their last digits. `docs/algorithms/draw.md` is exact to the byte.
"""

import math
from collections.abc import Sequence

import numpy as np

from planner.errors import AttemptsExhausted, Infeasible
from planner.poisson import FloatArray, size_probability
from planner.seed import hmac_states, sized

LABEL = "kycuong/1/draw"
CERTAIN = "certain"
FULL = 2**64
FAILURE_BITS = 128  # the chance that no attempt within the bound succeeds is 2^−128


def thresholds(odds: FloatArray) -> list[str]:
    """T = ⌊p·2⁶⁴⌋ as 16 lower-case hexadecimal digits, or "certain".

    Args:
        odds: of the working probabilities, shape (N,), infinite for a certain unit.

    Raises:
        Infeasible: a probability so small that its threshold would be zero.
    """
    free = np.isfinite(odds)
    found = [CERTAIN] * odds.size
    for index, value in zip(np.flatnonzero(free), odds[free], strict=True):
        p = min(value / (1 + value), math.nextafter(1, 0))
        threshold = int(p * FULL)  # exact: scaling by a power of two, then cutting off
        if threshold == 0:
            raise Infeasible("An inclusion probability is too small to be drawn: raise the floor.")
        found[index] = f"{threshold:016x}"
    return found


def odds_of(thresholds: Sequence[str]) -> FloatArray:
    """T/(2⁶⁴ − T) for each threshold, infinite for "certain"; each rounded once."""
    return np.array(
        [
            math.inf if text == CERTAIN else (value := int(text, 16)) / (FULL - value)
            for text in thresholds
        ]
    )


def attempt_bound(odds: FloatArray, size: int) -> int:
    """⌈128·ln 2 / −ln(1 − P(S = n))⌉, at least 1: so many attempts fail once in 2^128 draws."""
    probability = size_probability(odds, size)
    if probability >= 1:
        return 1
    return max(1, math.ceil(FAILURE_BITS * math.log(2) / -math.log1p(-probability)))


def draw(
    key: bytes,
    stratum: str,
    codes: Sequence[str],
    thresholds: Sequence[str],
    *,
    size: int,
    max_attempts: int,
) -> tuple[list[str], int]:
    """The sample of one stratum and the number of the attempt that yielded it, from 1.

    Attempt t takes a unit when the first 8 bytes of HMAC-SHA256(key, u16 len(stratum) ‖ stratum ‖
    u32 t ‖ u16 len(code) ‖ code) are below its threshold; a certain unit is always taken. The first
    attempt that takes exactly `size` units is the sample.

    Args:
        key: HMAC-SHA256(seed, "kycuong/1/draw").
        codes, thresholds: of the stratum's units, in the order of codes.

    Returns:
        The drawn codes in the order of `codes`, and t.

    Raises:
        AttemptsExhausted: no attempt up to `max_attempts` took exactly `size`.
    """
    inner, outer = hmac_states(key)
    inner.update(sized(stratum))
    certain = {code for code, text in zip(codes, thresholds, strict=True) if text == CERTAIN}
    free = [
        (code, sized(code), bytes.fromhex(text))
        for code, text in zip(codes, thresholds, strict=True)
        if text != CERTAIN
    ]
    wanted = size - len(certain)
    for attempt in range(1, max_attempts + 1):
        prefix = inner.copy()
        prefix.update(attempt.to_bytes(4, "big"))
        taken = []
        for code, message, threshold in free:
            first = prefix.copy()
            first.update(message)
            second = outer.copy()
            second.update(first.digest())
            # 32 bytes compare below 8 exactly when their first 8 do.
            if second.digest() < threshold:
                taken.append(code)
        if len(taken) == wanted:
            chosen = certain.union(taken)
            return [code for code in codes if code in chosen], attempt
    raise AttemptsExhausted(f"No attempt of {max_attempts} took exactly {size} units.")
