import hashlib
import hmac
from collections import Counter

import numpy as np
import pytest
from draw_cases import S1, S2
from reference_draw import enumerated

from planner import draw, poisson, seed
from planner.errors import AttemptsExhausted, Infeasible, InvalidInput


def test_the_seed_is_an_hmac_of_plan_frame_and_public_value() -> None:
    found = seed.seed([S1, S2], plan_id="KH-1", frame_sha256="ab" * 32, public_value="số 7")
    message = f'{{"frame_sha256":"{"ab" * 32}","plan_id":"KH-1","public_value":"số 7"}}'
    assert found == hmac.digest(S1 + S2, message.encode(), "sha256")


def test_a_draw_without_public_value_says_null() -> None:
    found = seed.seed([S1], plan_id="1", frame_sha256="cd" * 32, public_value=None)
    message = f'{{"frame_sha256":"{"cd" * 32}","plan_id":"1","public_value":null}}'
    assert found == hmac.digest(S1, message.encode(), "sha256")


@pytest.mark.parametrize("secrets", [[], [S1, S2, S1], [S1[:31]], [S1, b""]], ids=len)
def test_secrets_of_another_number_or_length_are_refused(secrets: list[bytes]) -> None:
    with pytest.raises(InvalidInput, match="secret"):
        seed.seed(secrets, plan_id="1", frame_sha256="", public_value=None)


def test_a_commitment_is_the_hash_of_the_secret() -> None:
    assert seed.commitment(S1) == hashlib.sha256(S1).hexdigest()


def test_states_copied_give_the_hmac() -> None:
    inner, outer = seed.hmac_states(S1)
    inner.update(b"message")
    outer.update(inner.digest())
    assert outer.digest() == hmac.digest(S1, b"message", "sha256")


def test_thresholds_are_sixteen_digits_cut_off() -> None:
    odds = np.array([1.0, 1 / 3, 1e-15, np.inf, 1e18])
    assert draw.thresholds(odds) == [
        "8000000000000000",
        "4000000000000000",
        f"{int(1e-15 / (1 + 1e-15) * 2**64):016x}",
        "certain",
        "fffffffffffff800",
    ]


def test_thresholds_give_their_odds_back() -> None:
    odds = np.random.default_rng(1).lognormal(0, 3, 200)
    np.testing.assert_allclose(draw.odds_of(draw.thresholds(odds)), odds, rtol=1e-12)


def test_a_probability_too_small_to_draw_is_refused() -> None:
    with pytest.raises(Infeasible, match="raise the floor"):
        draw.thresholds(np.array([1.0, 1e-20]))


def test_attempts_are_bounded_so_that_one_in_2_to_the_128_fails() -> None:
    odds = np.full(120, 0.25)
    bound = draw.attempt_bound(odds, 24)
    miss = 1 - poisson.size_probability(odds, 24)
    assert miss**bound <= 2.0**-128 < miss ** (bound - 1)


def test_a_unit_is_taken_when_its_number_is_below_its_threshold() -> None:
    codes = [f"{index:02d}" for index in range(30)]
    thresholds = ["4000000000000000"] * 30
    sample, attempt = draw.draw(S1, "xã", codes, thresholds, size=7, max_attempts=1000)
    for number in range(1, attempt + 1):
        taken = [
            code
            for code in codes
            if hmac.digest(
                S1,
                b"\x00\x03x\xc3\xa3" + number.to_bytes(4, "big") + b"\x00\x02" + code.encode(),
                "sha256",
            )[:8]
            < bytes.fromhex("4000000000000000")
        ]
        assert (len(taken) == 7) == (number == attempt)
    assert sample == taken


def test_a_certain_unit_is_always_taken() -> None:
    thresholds = ["certain", "8000000000000000", "8000000000000000"]
    for number in range(20):
        sample, _ = draw.draw(
            bytes([number]) * 32, "s", ["a", "b", "c"], thresholds, size=2, max_attempts=200
        )
        assert len(sample) == 2
        assert sample[0] == "a"


def test_a_stratum_of_certain_units_needs_one_attempt() -> None:
    assert draw.draw(S1, "s", ["a", "b"], ["certain"] * 2, size=2, max_attempts=1) == (
        ["a", "b"],
        1,
    )
    assert draw.attempt_bound(np.array([np.inf, np.inf]), 2) == 1


def test_running_out_of_attempts_raises() -> None:
    with pytest.raises(AttemptsExhausted, match="No attempt of 3 took exactly 2"):
        draw.draw(S1, "s", ["a", "b", "c"], ["0000000000000001"] * 3, size=2, max_attempts=3)


def test_samples_come_as_often_as_the_design_says() -> None:
    wanted = np.array([0.8, 0.5, 0.3, 0.2, 0.15, 0.05])
    odds = poisson.fit(wanted, 2)
    thresholds, codes = draw.thresholds(odds), list("abcdef")
    draws = 6000
    counts: Counter[str] = Counter()
    attempts = 0
    for number in range(draws):
        key = hashlib.sha256(number.to_bytes(4, "big")).digest()
        sample, attempt = draw.draw(key, "s", codes, thresholds, size=2, max_attempts=1000)
        counts["".join(sample)] += 1
        attempts += attempt
    statistic = 0.0
    for (first, second), probability in enumerated(odds.tolist(), 2).items():
        expected = draws * probability
        statistic += (counts[codes[first] + codes[second]] - expected) ** 2 / expected
    assert statistic < 36.1  # chi-square with 14 degrees of freedom exceeds it once in 1,000
    assert attempts / draws == pytest.approx(1 / poisson.size_probability(odds, 2), rel=0.05)


def test_strata_codes_and_attempts_cannot_be_confused() -> None:
    half = "8000000000000000"

    def many(stratum: str, codes: list[str]) -> list[tuple[list[int], int]]:
        results = []
        for number in range(40):
            sample, attempt = draw.draw(
                bytes([number]) * 32, stratum, codes, [half] * 8, size=4, max_attempts=1000
            )
            results.append(([codes.index(code) for code in sample], attempt))
        return results

    plain = many("a", [f"b{digit}" for digit in range(8)])
    assert plain != many("ab", [str(digit) for digit in range(8)])
    assert plain != many("", [f"ab{digit}" for digit in range(8)])
