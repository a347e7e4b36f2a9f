"""Verification: rebuild everything that a record claims and name what differs.

Each link is checked against what the record states for the next one, so that one altered field is
named as itself and does not make everything after it look wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from planner import draw, inclusion, poisson
from planner.dates import survival
from planner.errors import InvalidInput, PlannerError
from planner.frame import LARGEST_REMAINDER, Frame, Stratum, days
from planner.freeze import TOLERANCE
from planner.poisson import FloatArray
from planner.record import (
    Record,
    date_rows,
    date_sample,
    draw_stratum,
    policy_sha256,
    proof_statement,
    read_record,
)
from planner.seed import commitment, seed
from planner.shape import Malformed

_CENTRED = 1e-6  # relative: how far ΣT may lie from n·2⁶⁴


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree: the field, and a sentence that says how."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def verify(record: object) -> list[Difference]:
    """All differences in a record, none if it proves what it states.

    Whether `endorsement_sha256` is the hash that was printed before the draw is for the reader to
    compare: nothing inside a record can show it.

    Args:
        record: as `canonical.loads` or `build_record` yields it.
    """
    try:
        found = read_record(record)
    except Malformed as error:
        return [Difference(error.where, error.problem)]
    except InvalidInput as error:
        return [Difference("record", str(error))]
    checks: list[Callable[[Record], Iterator[Difference]]] = [
        _endorsed, _committed, _allocated, _designed, _drawn,
    ]  # fmt: skip
    return [difference for check in checks for difference in check(found)]


def _endorsed(record: Record) -> Iterator[Difference]:
    frame, endorsement = record.frame, record.endorsement
    if frame.sha256 != endorsement.frame_sha256:
        yield Difference("frame", "is not the frame that was endorsed: its hash differs.")
    if policy_sha256(frame) != endorsement.policy_sha256:
        yield Difference("policy", "is not the policy that was endorsed: its hash differs.")
    if frame.plan_id != endorsement.plan_id:
        yield Difference("plan_id", "is not the plan that was endorsed.")
    if record.endorsement_sha256 != endorsement.sha256:
        yield Difference("endorsement", "does not have the hash that the record states.")
    if record.proof != proof_statement(endorsement, record.public_value):
        yield Difference("proof", "claims another proof than the public value and its rule give.")


def _committed(record: Record) -> Iterator[Difference]:
    pairs = zip(("s1", "s2"), record.secrets, record.endorsement.commitments, strict=True)
    for name, secret, committed in pairs:
        if (None if secret is None else commitment(secret)) != committed:
            yield Difference(f"commitments.{name}", "does not commit to the revealed secret.")
    derived = seed(
        [secret for secret in record.secrets if secret is not None],
        plan_id=record.endorsement.plan_id,
        frame_sha256=record.endorsement.frame_sha256,
        public_value=record.public_value,
    )
    if derived != record.seed:
        yield Difference(
            "seed", "does not follow from the secrets, the plan, the frame and the public value."
        )


def _allocated(record: Record) -> Iterator[Difference]:
    frame = record.frame
    if frame.allocation != LARGEST_REMAINDER:
        return
    scores = np.concatenate([_scores(stratum) for stratum in frame.strata])
    names = [stratum.name for stratum in frame.strata for _ in stratum.units]
    try:
        sizes = inclusion.allocate(scores, names, frame.size, floor=frame.floor, cap=frame.cap)
    except PlannerError as error:
        yield Difference("allocation", f"cannot be rebuilt: {error}")
        return
    for stratum in frame.strata:
        if stratum.size != sizes[stratum.name]:
            yield Difference(
                "allocation",
                f"gives stratum {stratum.name!r} {stratum.size} visits, the scores give "
                f"{sizes[stratum.name]}.",
            )


def _designed(record: Record) -> Iterator[Difference]:
    for stratum in record.frame.strata:
        name = f"stratum {stratum.name!r}"
        if not _centred(stratum):
            yield Difference("thresholds", f"of {name} do not sum to {stratum.size} times 2^64.")
            continue
        odds = draw.odds_of(stratum.thresholds)
        yield from _bounded(stratum, odds)
        try:
            expected = inclusion.inclusion_probabilities(
                _scores(stratum), stratum.size, floor=record.frame.floor, cap=record.frame.cap
            )
        except PlannerError as error:
            yield Difference("probabilities", f"of {name} cannot be rebuilt: {error}")
            continue
        reached = poisson.inclusion_probabilities(odds, stratum.size)
        gap = np.abs(reached / expected - 1)
        worst = int(gap.argmax())
        if gap[worst] > TOLERANCE:
            yield Difference(
                "probabilities",
                f"of {name}: the thresholds give unit {stratum.units[worst].code!r} "
                f"{reached[worst]:.10g}, its score gives {expected[worst]:.10g}.",
            )
        yield from _surviving(record.frame, stratum, expected)


def _bounded(stratum: Stratum, odds: FloatArray) -> Iterator[Difference]:
    bound = draw.attempt_bound(odds, stratum.size)
    if abs(stratum.max_attempts - bound) > 1:  # ⌈x⌉ where platforms differ in the last bit of x
        yield Difference(
            "max_attempts", f"of stratum {stratum.name!r} is not the {bound} that it must be."
        )


def _surviving(frame: Frame, stratum: Stratum, expected: FloatArray) -> Iterator[Difference]:
    if frame.sessions is None:
        return
    for unit, probability in zip(stratum.units, expected, strict=True):
        wanted = survival(float(probability), days(frame.sessions, unit.kinds))
        if abs(int(wanted, 16) - int(unit.survival or "", 16)) > TOLERANCE * draw.FULL:
            yield Difference(
                "survival", f"of unit {unit.code!r} does not follow from its probability and days."
            )


def _drawn(record: Record) -> Iterator[Difference]:
    frame = record.frame
    if not all(_centred(stratum) for stratum in frame.strata):
        return  # named already; without it an attempt might succeed never
    sample: list[str] = []
    attempts = {}
    try:
        for stratum in frame.strata:
            bound = draw.attempt_bound(draw.odds_of(stratum.thresholds), stratum.size)
            limit = min(stratum.max_attempts, bound + 1)
            codes, attempts[stratum.name] = draw_stratum(stratum, record.seed, limit)
            sample += codes
    except PlannerError as error:
        yield Difference("sample", f"cannot be rebuilt: {error}")
        return
    sample.sort(key=str.encode)
    if sample != record.sample:
        yield Difference("sample", "is not what the seed and the thresholds draw.")
    if attempts != record.attempts:
        yield Difference("attempts", "are not those that the draw takes.")
    yield from _dated(record, sample)


def _dated(record: Record, sample: list[str]) -> Iterator[Difference]:
    try:
        rows = date_rows(date_sample(record.frame, sample, record.seed))
    except PlannerError as error:
        yield Difference("dates", f"cannot be rebuilt: {error}")
        return
    if rows != record.dates:
        yield Difference("dates", "are not those that the seed gives.")


def _centred(stratum: Stratum) -> bool:
    """Whether ΣT is n·2⁶⁴: then P(S = n) is as large as it can be and the draw soon ends."""
    size, count, certain = stratum.size, len(stratum.units), stratum.thresholds.count(draw.CERTAIN)
    total = sum(draw.FULL if text == draw.CERTAIN else int(text, 16) for text in stratum.thresholds)
    possible = certain < size < count or certain == size == count
    return possible and abs(total - size * draw.FULL) <= _CENTRED * size * draw.FULL


def _scores(stratum: Stratum) -> FloatArray:
    return np.array([unit.score for unit in stratum.units])
