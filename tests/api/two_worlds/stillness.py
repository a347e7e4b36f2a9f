"""A process in which nothing happens by chance: two worlds that take the same steps are equal bit for bit.

What is random to everybody is not left out of the comparison but made equal, so that nothing can hide in it:

- ids, tokens, passwords, nonces come from a stream that follows from a label;
- the clock of the process stands still;
- the cipher is an ideal one: what it returns is random, as long as the real one's, and its vault remembers
  what was sealed. Two worlds that seal different things of one length then hold the same bytes, and everything
  that follows from these bytes, as the chain of the audit log, is equal too;
- a commitment to a fresh secret is a random value that either of two secrets may turn out to answer.
"""

import os
import random
import time
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from cryptography.exceptions import InvalidTag
from django.utils import timezone

from inspections import sealing
from inspections.services import commitment
from tests.api.conftest import Clock

TAG_BYTES = 16


class Stream:
    """Bytes that follow from a label, in the place of the system's random ones."""

    def __init__(self) -> None:
        self.start("the beginning")

    def start(self, label: str) -> None:
        """Go on with the bytes of another label."""
        self._source = random.Random(label)

    def __call__(self, count: int) -> bytes:
        return self._source.randbytes(count)


class Vault:
    """What was sealed, by what the ideal cipher returned for it: the one place where worlds differ."""

    def __init__(self) -> None:
        self._sealed: dict[tuple[bytes, bytes, bytes], bytes] = {}

    def cipher(self, key: bytes) -> "IdealCipher":
        """Return what stands in the place of AES-GCM under a key."""
        return IdealCipher(self._sealed, key)

    def change(self, stored: bytes, plain: bytes) -> None:
        """Let a stored value have sealed something else of the same length."""
        (place,) = (place for place in self._sealed if stored.endswith(place[1]))
        padded = sealing.pad(plain)
        assert len(padded) == len(self._sealed[place])
        self._sealed[place] = padded


@dataclass(frozen=True)
class IdealCipher:
    """Returns random bytes and remembers what they stand for."""

    sealed: dict[tuple[bytes, bytes, bytes], bytes]
    key: bytes

    def encrypt(self, nonce: bytes, plain: bytes, place: bytes) -> bytes:
        found = os.urandom(len(plain) + TAG_BYTES)
        self.sealed[self.key, nonce + found, place] = plain
        return found

    def decrypt(self, nonce: bytes, found: bytes, place: bytes) -> bytes:
        try:
            return self.sealed[self.key, nonce + found, place]
        except KeyError:
            raise InvalidTag from None


@dataclass
class Stillness:
    """The handles of what was stopped."""

    stream: Stream
    clock: Clock
    vault: Vault
    answers_to: dict[bytes, bytes] = field(default_factory=dict)

    def at(self, moment: datetime) -> None:
        """Move every clock to a moment."""
        self.clock.at = moment

    def commits_alike(self, secret: bytes, other: bytes) -> None:
        """Let a secret answer to the commitment that was made with another."""
        self.answers_to[secret] = other


def be_still(patch: pytest.MonkeyPatch, clock: Clock, *, ideal_cipher: bool = True) -> Stillness:
    """Stop chance and time in this process."""
    still = Stillness(Stream(), clock, Vault())
    patch.setattr(os, "urandom", still.stream)
    patch.setattr(random, "_urandom", still.stream)  # what ``secrets`` takes its bytes from
    patch.setattr(time, "time", lambda: clock.now().timestamp())
    patch.setattr(timezone, "now", clock.now)
    if ideal_cipher:
        patch.setattr(sealing, "AESGCM", still.vault.cipher)
    commit = commitment.commitment
    patch.setattr(
        commitment, "commitment", lambda secret: commit(still.answers_to.get(secret, secret))
    )
    return still
