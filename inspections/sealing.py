"""Keys outside the database, and what they seal.

A sealed value is ``version byte ‖ key number ‖ nonce ‖ AES-256-GCM ciphertext``. Its additional data name
the table, the row and the plan, so that a payload moved to another row no longer opens. Plaintexts are
padded to a whole number of blocks, papers to larger ones than rows: the length of a sealed value tells
nothing about a roster.

The keyring is a JSON file outside the database, readable by its owner alone. It holds numbered sealing keys
(the highest seals, all open), one key for tags, and one key a year for complainants' hashes, which is
destroyed after its window.
"""

import base64
import functools
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from inspections.errors import KeyUnavailable
from planner import canonical

FORMAT: Final = b"\x01"
NONCE_BYTES: Final = 12
BLOCK: Final = 1024
# A paper's length goes with the names in it and the letters of its fonts: any of them fits into one of these.
LARGE_BLOCK: Final = 256 * BLOCK
LARGEST_ROW: Final = 16 * BLOCK
TAG_BYTES: Final = 16


def context(*, table: str, row: object, plan: object) -> bytes:
    """Return the additional data that tie a sealed value to its place."""
    return canonical.dumps({"plan": str(plan), "row": str(row), "table": table})


def pad(plain: bytes) -> bytes:
    """Append one 0x80 byte and zeros up to a whole number of blocks."""
    block = BLOCK if len(plain) < LARGEST_ROW else LARGE_BLOCK
    return plain + b"\x80" + b"\x00" * (-(len(plain) + 1) % block)


def unpad(padded: bytes) -> bytes:
    """Undo ``pad``."""
    return padded.rstrip(b"\x00")[:-1]


@dataclass(frozen=True)
class Keyring:
    """The keys of one installation."""

    sealing: Mapping[int, bytes]
    tagging: bytes
    complainants: Mapping[int, bytes]

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """Encrypt ``plain`` for the place named by ``context``."""
        number = max(self.sealing)
        prefix = FORMAT + number.to_bytes(4, "big")
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(self.sealing[number])
        return prefix + nonce + cipher.encrypt(nonce, pad(plain), prefix + context)

    def open(self, sealed: bytes | memoryview, *, context: bytes) -> bytes:
        """Decrypt a sealed value.

        Raises:
            KeyUnavailable: the key that sealed it is not on the ring, or the value was altered or moved.
        """
        sealed = bytes(sealed)
        prefix, nonce = sealed[:5], sealed[5 : 5 + NONCE_BYTES]
        key = self.sealing.get(int.from_bytes(prefix[1:], "big"))
        if prefix[:1] != FORMAT or key is None:
            raise KeyUnavailable(_("The key that sealed this is not on the keyring."))
        try:
            padded = AESGCM(key).decrypt(nonce, sealed[5 + NONCE_BYTES :], prefix + context)
        except InvalidTag:
            raise KeyUnavailable(
                _(
                    "This sealed value does not open: it was altered or moved, or the keyring is another's."
                )
            ) from None
        return unpad(padded)

    def seal_json(self, value: Any, *, context: bytes) -> bytes:
        """Seal a value as canonical JSON."""
        return self.seal(canonical.dumps(value), context=context)

    def open_json(self, sealed: bytes | memoryview, *, context: bytes) -> Any:
        """Open a value sealed by ``seal_json``."""
        return canonical.loads(self.open(sealed, context=context))

    def tag(self, *parts: object) -> str:
        """Return the keyed tag of a combination, 32 hex digits: equal for equal parts, telling nothing."""
        message = canonical.dumps([str(part) for part in parts])
        return hmac.new(self.tagging, message, hashlib.sha256).digest()[:TAG_BYTES].hex()

    def is_current(self, sealed: bytes | memoryview) -> bool:
        """Tell whether the newest key sealed the value."""
        return int.from_bytes(bytes(sealed[1:5]), "big") == max(self.sealing)

    def complainant_key(self, year: int) -> bytes:
        """Return the key that hashes complainants of a year.

        Raises:
            KeyUnavailable: the year's window is over and its key was destroyed, or was never made.
        """
        try:
            return self.complainants[year]
        except KeyError:
            raise KeyUnavailable(
                _(
                    "There is no key for complainants of %(year)s: its window is over or has not begun."
                )
                % {"year": year}
            ) from None


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(value: str) -> bytes:
    key = base64.b64decode(value, validate=True)
    if len(key) != 32:
        raise ValueError
    return key


def write_keyring(ring: Keyring, path: Path) -> None:
    """Write the keyring in one step, readable by its owner alone."""
    document = {
        "sealing": {str(number): _encode(key) for number, key in ring.sealing.items()},
        "tagging": _encode(ring.tagging),
        "complainants": {str(year): _encode(key) for year, key in ring.complainants.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def read_keyring(path: Path) -> Keyring:
    """Read the keyring.

    Raises:
        KeyUnavailable: the file is missing, damaged, or open to others than its owner.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnavailable(
                _("Others than its owner can read the keyring; set its mode to 600.")
            )
        document = json.loads(path.read_text())
        return Keyring(
            sealing={int(number): _decode(key) for number, key in document["sealing"].items()},
            tagging=_decode(document["tagging"]),
            complainants={
                int(year): _decode(key) for year, key in document["complainants"].items()
            },
        )
    except FileNotFoundError:
        raise KeyUnavailable(
            _("There is no keyring: restore it from its sealed envelope.")
        ) from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise KeyUnavailable(
            _("The keyring is damaged: restore it from its sealed envelope.")
        ) from None


def create_keyring(path: Path, *, years: range) -> Keyring:
    """Make a new keyring with keys for complainants of the given years; refuses to replace one."""
    if path.exists():
        raise KeyUnavailable(_("There is a keyring already."))
    ring = Keyring(
        sealing={1: secrets.token_bytes(32)},
        tagging=secrets.token_bytes(32),
        complainants={year: secrets.token_bytes(32) for year in years},
    )
    write_keyring(ring, path)
    return ring


def keyring() -> Keyring:
    """Return the installation's keyring, read anew when its file has changed."""
    try:
        changed = settings.KEY_FILE.stat().st_mtime_ns
    except FileNotFoundError:
        changed = 0
    return _read(settings.KEY_FILE, changed)


@functools.lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> Keyring:  # noqa: ARG001  part of what the cache goes by
    return read_keyring(path)
