"""The record: what is endorsed before a draw, what is revealed after it, and how both are read.

The endorsement's hash is the one line to print before the public value exists: it covers the frame,
the policy, both commitments and the rule for the public value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner import canonical, dates, draw
from planner.dates import Session, Visit, schedule
from planner.frame import FORMAT, Frame, Stratum, read_frame
from planner.seed import derived_key, seed
from planner.shape import choice, date, fields, hexadecimal, integer, items, mapping, text

PROVEN = (
    "proven against choice of secret, provided that endorsement_sha256 was published "
    "before the public value existed"
)
NOT_PROVEN = "not proven against choice of secret"

_RECORD = (
    "attempts", "dates", "endorsement", "endorsement_sha256", "format", "frame", "proof",
    "public_value", "sample", "secrets", "seed",
)  # fmt: skip
_ENDORSEMENT = ("commitments", "frame_sha256", "plan_id", "policy_sha256", "public_value_rule")
_RULE = ("date", "encoding", "fallback", "source")
_DATE = ("code", "date", "session")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw yields.

    Attributes:
        seed: 32 bytes, from which everything follows.
        sample: the drawn codes over all strata, by their UTF-8 bytes.
        attempts: by stratum, the number of the attempt that yielded its sample.
        sessions: by code, when each drawn unit is visited; None without a calendar.
    """

    seed: bytes
    sample: tuple[str, ...]
    attempts: Mapping[str, int]
    sessions: Mapping[str, Session] | None


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What the second person endorses before the public value exists.

    Attributes:
        document: its fields; `sha256` is the hash of their canonical bytes, the one to print.
        commitments: SHA-256 of S1 and of S2, None where one person draws.
        rule: for the public value, None without one.
    """

    document: Mapping[str, object]
    sha256: str
    commitments: tuple[str, str | None]
    frame_sha256: str
    plan_id: str
    policy_sha256: str | None
    rule: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Record:
    """A record whose every field has the right shape; whether they agree is another matter."""

    frame: Frame
    endorsement: Endorsement
    endorsement_sha256: str
    secrets: tuple[bytes, bytes | None]
    public_value: str | None
    proof: str
    seed: bytes
    sample: list[str]
    attempts: Mapping[str, int]
    dates: list[dict[str, str]] | None


def endorse(
    frame: Frame, commitments: Sequence[str], rule: Mapping[str, str] | None = None
) -> Endorsement:
    """Bind frame, policy, commitments and the rule for the public value together.

    Args:
        frame: as frozen.
        commitments: SHA-256 of S1 and of S2 in hexadecimal; of S1 alone where one person draws.
        rule: for the public value: its source, date (yyyy-mm-dd), encoding and fallback. Without
            one nothing is proven against choice of the secrets.

    Raises:
        InvalidInput: a commitment that is no hash, or a rule of another shape.
    """
    return read_endorsement(
        {
            "commitments": _pair(commitments),
            "frame_sha256": frame.sha256,
            "plan_id": frame.plan_id,
            "policy_sha256": policy_sha256(frame),
            "public_value_rule": rule,
        }
    )


def policy_sha256(frame: Frame) -> str | None:
    """SHA-256 of the policy's canonical bytes, or None where the frame names no policy."""
    policy = frame.document["policy"]
    return None if policy is None else canonical.sha256_hex(canonical.dumps(policy))


def draw_frame(frame: Frame, secrets: Sequence[bytes], public_value: str | None = None) -> Drawn:
    """Draw the sample of every stratum, and the dates where the frame has a calendar.

    Args:
        frame: from `freeze`, or read from its stored bytes by `read_frame`.
        secrets: S1 and S2 of 32 bytes each; S1 alone where one person draws.
        public_value: B, or None.

    Raises:
        InvalidInput: secrets of another number or length, a public value that is not NFC.
        AttemptsExhausted, CalendarFull: see `draw` and `dates`.
    """
    if public_value is not None:
        text(public_value, "public_value")
    root = seed(
        secrets, plan_id=frame.plan_id, frame_sha256=frame.sha256, public_value=public_value
    )
    sample: list[str] = []
    attempts = {}
    for stratum in frame.strata:
        codes, attempts[stratum.name] = draw_stratum(stratum, root, stratum.max_attempts)
        sample += codes
    sample.sort(key=str.encode)
    return Drawn(root, tuple(sample), attempts, date_sample(frame, sample, root))


def draw_stratum(stratum: Stratum, root: bytes, max_attempts: int) -> tuple[list[str], int]:
    """The sample of one stratum from the seed, and its attempt. Raises AttemptsExhausted."""
    return draw.draw(
        derived_key(root, draw.LABEL),
        stratum.name,
        stratum.codes,
        stratum.thresholds,
        size=stratum.size,
        max_attempts=max_attempts,
    )


def date_sample(frame: Frame, sample: Sequence[str], root: bytes) -> dict[str, Session] | None:
    """The session of each drawn unit, None without a calendar. Raises CalendarFull."""
    if frame.sessions is None:
        return None
    drawn = set(sample)
    visits = [
        Visit(unit.code, unit.survival or "", unit.kinds, unit.compound)
        for stratum in frame.strata
        for unit in stratum.units
        if unit.code in drawn
    ]
    return schedule(visits, frame.sessions, derived_key(root, dates.LABEL))


def build_record(
    frame: Frame,
    endorsement: Endorsement,
    secrets: Sequence[bytes],
    public_value: str | None,
    drawn: Drawn,
) -> dict[str, object]:
    """The record of a draw, to be sealed until the reveal; `verify` checks it."""
    return {
        "attempts": dict(drawn.attempts),
        "dates": date_rows(drawn.sessions),
        "endorsement": endorsement.document,
        "endorsement_sha256": endorsement.sha256,
        "format": FORMAT,
        "frame": frame.document,
        "proof": proof_statement(endorsement, public_value),
        "public_value": public_value,
        "sample": list(drawn.sample),
        "secrets": _pair([secret.hex() for secret in secrets]),
        "seed": drawn.seed.hex(),
    }


def proof_statement(endorsement: Endorsement, public_value: str | None) -> str:
    """What the record proves. A public value without a rule fixed beforehand proves nothing."""
    return NOT_PROVEN if endorsement.rule is None or public_value is None else PROVEN


def date_rows(sessions: Mapping[str, Session] | None) -> list[dict[str, str]] | None:
    """The dates as a record holds them, in the order of codes."""
    if sessions is None:
        return None
    return [
        {"code": code, "date": sessions[code].date, "session": sessions[code].part}
        for code in sorted(sessions, key=str.encode)
    ]


def read_endorsement(document: object) -> Endorsement:
    """An endorsement from its document. Raises InvalidInput where it has another shape."""
    where = "endorsement"
    sha256 = canonical.sha256_hex(canonical.dumps(document))
    found = fields(document, where, _ENDORSEMENT)
    policy = found["policy_sha256"]
    return Endorsement(
        document=found,
        sha256=sha256,
        commitments=_read_pair(found["commitments"], f"{where}.commitments"),
        frame_sha256=hexadecimal(found["frame_sha256"], f"{where}.frame_sha256", digits=64),
        plan_id=text(found["plan_id"], f"{where}.plan_id"),
        policy_sha256=policy
        if policy is None
        else hexadecimal(policy, f"{where}.policy_sha256", digits=64),
        rule=_rule(found["public_value_rule"], f"{where}.public_value_rule"),
    )


def read_record(document: object) -> Record:
    """A record from its document. Raises InvalidInput where it has another shape."""
    found = fields(document, "record", _RECORD)
    choice(found["format"], "format", [FORMAT])
    first, second = _read_pair(found["secrets"], "secrets")
    value = found["public_value"]
    attempts = found["attempts"]
    return Record(
        frame=read_frame(found["frame"]),
        endorsement=read_endorsement(found["endorsement"]),
        endorsement_sha256=hexadecimal(
            found["endorsement_sha256"], "endorsement_sha256", digits=64
        ),
        secrets=(bytes.fromhex(first), None if second is None else bytes.fromhex(second)),
        public_value=None if value is None else text(value, "public_value"),
        proof=choice(found["proof"], "proof", [PROVEN, NOT_PROVEN]),
        seed=bytes.fromhex(hexadecimal(found["seed"], "seed", digits=64)),
        sample=[text(code, "sample") for code in items(found["sample"], "sample")],
        attempts={
            name: integer(attempt, f"attempts.{name}", least=1)
            for name, attempt in mapping(attempts, "attempts").items()
        },
        dates=_read_dates(found["dates"]),
    )


def _pair(values: Sequence[str]) -> dict[str, str | None]:
    first, *second = values
    return {"s1": first, "s2": second[0] if second else None}


def _read_pair(value: object, where: str) -> tuple[str, str | None]:
    found = fields(value, where, ("s1", "s2"))
    second = found["s2"]
    return (
        hexadecimal(found["s1"], f"{where}.s1", digits=64),
        None if second is None else hexadecimal(second, f"{where}.s2", digits=64),
    )


def _rule(value: object, where: str) -> dict[str, str] | None:
    if value is None:
        return None
    found = fields(value, where, _RULE)
    date(found["date"], f"{where}.date")
    return {name: text(found[name], f"{where}.{name}") for name in _RULE}


def _read_dates(value: object) -> list[dict[str, str]] | None:
    if value is None:
        return None
    rows = []
    for index, item in enumerate(items(value, "dates")):
        found = fields(item, f"dates[{index}]", _DATE)
        rows.append({name: text(found[name], f"dates[{index}].{name}") for name in _DATE})
    return rows
