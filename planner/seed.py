"""Secrets, their commitments, the seed, and the keys that are derived from it.

Everything random in a plan follows from one seed, and the seed from secrets that were committed to
before the public value existed. Purposes have labels of their own, so that no two share a stream.
"""

import hashlib
import hmac
from collections.abc import Sequence

from planner import canonical
from planner.errors import InvalidInput

SECRET_BYTES = 32


def commitment(secret: bytes) -> str:
    """SHA-256 of a secret, in hexadecimal. Raises InvalidInput unless it has 32 bytes."""
    return canonical.sha256_hex(_secret(secret))


def seed(
    secrets: Sequence[bytes], *, plan_id: str, frame_sha256: str, public_value: str | None
) -> bytes:
    """HMAC-SHA256(S1 ‖ S2, canonical({frame_sha256, plan_id, public_value})), 32 bytes.

    Args:
        secrets: S1 and S2 of 32 bytes each; S1 alone where one person draws.
        public_value: B, or None.

    Raises:
        InvalidInput: another number of secrets, or one of another length.
    """
    if len(secrets) not in {1, 2}:
        raise InvalidInput("A draw takes one secret or two.")
    message = {"frame_sha256": frame_sha256, "plan_id": plan_id, "public_value": public_value}
    key = b"".join(_secret(secret) for secret in secrets)
    return hmac.digest(key, canonical.dumps(message), "sha256")


def derived_key(seed: bytes, label: str) -> bytes:
    """The key of one purpose: HMAC-SHA256(seed, label), 32 bytes."""
    return hmac.digest(seed, label.encode(), "sha256")


def sized(text: str) -> bytes:
    """A string inside a hashed message: its length in bytes as a big-endian u16, then UTF-8."""
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def hmac_states(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """SHA-256 after the inner and after the outer padded key of HMAC, for a key of ≤ 64 bytes.

    Copying the two halves the time of an HMAC that is taken many thousand times under one key.
    """
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))


def _secret(secret: bytes) -> bytes:
    if len(secret) != SECRET_BYTES:
        raise InvalidInput(f"A secret has {SECRET_BYTES} bytes, not {len(secret)}.")
    return secret
