"""Keys outside the database, and what they seal.

A sealed value is ``version byte ‖ key number ‖ nonce ‖ AES-256-GCM ciphertext``. Its additional data name
the table, the row and the plan, so that a payload moved to another row no longer opens. Plaintexts are
padded to a whole number of blocks, papers to larger ones than rows: the length of a sealed value tells
nothing about a roster.

The keyring is a JSON file outside the database, readable by its owner alone. It holds numbered sealing keys
(the highest seals, all open), one key for tags, and one key a year for complainants' hashes, which is
destroyed after its window.

The database knows each key by a check value that tells nothing of it, so that nothing is sealed or tagged with
the keyring of another installation, or with an old copy that lacks a key.
"""

import base64
import functools
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from inspections.errors import KeyUnavailable, SealBroken
from planner import canonical

FORMAT: Final = b"\x01"
NONCE_BYTES: Final = 12
BLOCK: Final = 1024
# A paper's length goes with the names in it and the letters of its fonts: any of them fits into one of these.
LARGE_BLOCK: Final = 256 * BLOCK
LARGEST_ROW: Final = 16 * BLOCK
TAG_BYTES: Final = 16
CHECKED: Final = b"kycuong/1/keyring"
SEALING: Final = "sealing"
COMPLAINANTS: Final = "complainants"


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
            SealBroken: the key that sealed it is not on the ring, or the value was altered or moved.
        """
        sealed = bytes(sealed)
        prefix, nonce = sealed[:5], sealed[5 : 5 + NONCE_BYTES]
        key = self.sealing.get(int.from_bytes(prefix[1:], "big"))
        if prefix[:1] != FORMAT or key is None:
            raise SealBroken
        try:
            padded = AESGCM(key).decrypt(nonce, sealed[5 + NONCE_BYTES :], prefix + context)
        except (InvalidTag, ValueError):  # altered or moved; too short to be one at all
            raise SealBroken from None
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

    def checks(self) -> dict[str, str]:
        """Return what the database knows each key by: a hash under the key itself, which tells nothing of it."""
        keys = {"tagging": self.tagging}
        keys |= {key_name(SEALING, number): key for number, key in self.sealing.items()}
        keys |= {key_name(COMPLAINANTS, year): key for year, key in self.complainants.items()}
        return {
            name: hmac.new(key, CHECKED, hashlib.sha256).hexdigest() for name, key in keys.items()
        }

    def known_by(self, checks: Mapping[str, str]) -> "Keyring":
        """Return the ring without the keys that the database does not know.

        Those were written by a change that died before it was on record, or were destroyed and came back with an
        old copy: nothing that is kept needs one of them. Keys of complainants may be missing: they are destroyed
        after their window, also those that an older database still knows.

        Raises:
            KeyUnavailable: the ring is another installation's (``keyring_foreign``), or lacks a key
                (``keyring_outdated``).
        """
        mine = self.checks()
        if any(mine.get(name, check) != check for name, check in checks.items()):
            raise KeyUnavailable(
                _(
                    "The keyring belongs to another installation or database. Put this one's in its place, "
                    "from its sealed envelope."
                ),
                code="keyring_foreign",
            )
        if missing := sorted(
            name for name in checks.keys() - mine.keys() if not name.startswith(COMPLAINANTS)
        ):
            raise outdated(missing)
        return replace(
            self,
            sealing={
                number: key
                for number, key in self.sealing.items()
                if key_name(SEALING, number) in checks
            },
            complainants={
                year: key
                for year, key in self.complainants.items()
                if key_name(COMPLAINANTS, year) in checks
            },
        )


def key_name(kind: str, number: int) -> str:
    """Return the name under which the database knows a key."""
    return f"{kind} {number}"


def outdated(missing: Iterable[str]) -> KeyUnavailable:
    """Return what is said of a keyring that lacks keys which this database knows."""
    return KeyUnavailable(
        _(
            "The keyring is an old copy: it lacks %(keys)s. Put the newest copy in its place, from its sealed "
            "envelope or from the machine where keys were changed."
        )
        % {"keys": ", ".join(missing)},
        code="keyring_outdated",
    )


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(value: str) -> bytes:
    key = base64.b64decode(value, validate=True)
    if len(key) != 32:
        raise ValueError
    return key


def to_text(ring: Keyring) -> str:
    """Return the keyring as its file has it."""
    document = {
        "sealing": {str(number): _encode(key) for number, key in ring.sealing.items()},
        "tagging": _encode(ring.tagging),
        "complainants": {str(year): _encode(key) for year, key in ring.complainants.items()},
    }
    return json.dumps(document, indent=1)


def from_text(text: str) -> Keyring:
    """Read what ``to_text`` wrote.

    Raises ``KeyUnavailable`` when it is something else (``keyring_damaged``).
    """
    try:
        document = json.loads(text)
        ring = Keyring(
            sealing={int(number): _decode(key) for number, key in document["sealing"].items()},
            tagging=_decode(document["tagging"]),
            complainants={
                int(year): _decode(key) for year, key in document["complainants"].items()
            },
        )
        max(ring.sealing)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise KeyUnavailable(
            _("The keyring is damaged: restore it from its sealed envelope."),
            code="keyring_damaged",
        ) from None
    return ring


def write_keyring(ring: Keyring, path: Path) -> None:
    """Write the keyring in one step, readable by its owner alone: at every moment the old one or the new is there.

    It is on the disk when this returns, so that what is sealed with a new key never outlives the key.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(to_text(ring))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_keyring(path: Path) -> Keyring:
    """Read the keyring as it lies in its file.

    Raises:
        KeyUnavailable: the file is missing (``keyring_missing``), damaged (``keyring_damaged``), cannot be read
            (``keyring_unreadable``), or is open to others than its owner (``keyring_exposed``).
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyUnavailable(
                _("Others than its owner can read the keyring; set its mode to 600."),
                code="keyring_exposed",
            )
        text = path.read_text(errors="replace")
    except FileNotFoundError:
        raise KeyUnavailable(
            _("There is no keyring: restore it from its sealed envelope."), code="keyring_missing"
        ) from None
    except OSError as error:
        raise KeyUnavailable(
            _("The keyring cannot be read (%(why)s); it belongs to the account that serves.")
            % {"why": error.strerror},
            code="keyring_unreadable",
        ) from None
    return from_text(text)


def create_keyring(path: Path, *, years: range) -> Keyring:
    """Make a new keyring with keys for complainants of the given years; refuses to replace one."""
    if path.exists():
        raise KeyUnavailable(_("There is a keyring already."), code="keyring_exists")
    ring = new_keyring(number=1, years=years)
    write_keyring(ring, path)
    return ring


def new_keyring(*, number: int, years: Iterable[int]) -> Keyring:
    """Return fresh keys, the sealing key under a number."""
    return Keyring(
        sealing={number: secrets.token_bytes(32)},
        tagging=secrets.token_bytes(32),
        complainants={year: secrets.token_bytes(32) for year in years},
    )


def keyring() -> Keyring:
    """Return the installation's keyring, read anew when its file has changed and compared with what the database
    knows: one small query. Who needs it often holds what this returns.

    Raises:
        KeyUnavailable: as ``read_keyring`` and ``Keyring.known_by`` do.
    """
    ring = read_current()
    return ring.known_by(known_checks(ring))


def read_current() -> Keyring:
    """Return the keyring as it lies in its file now; raises as ``read_keyring`` does."""
    try:
        found = settings.KEY_FILE.stat()
    except OSError:
        return read_keyring(settings.KEY_FILE)  # says what is wrong
    return _read(settings.KEY_FILE, (found.st_mtime_ns, found.st_ctime_ns, found.st_ino))


@functools.lru_cache(maxsize=1)
def _read(path: Path, changed: tuple[int, ...]) -> Keyring:  # noqa: ARG001  part of what the cache goes by
    return read_keyring(path)


def known_checks(ring: Keyring) -> Mapping[str, str]:
    """Return what the database knows of its keys. A database that knows none learns those of ``ring``: with its
    first use a keyring becomes the installation's own."""
    # By name: the models are made of this module.
    mark: Any = apps.get_model("inspections", "KeyringMark")
    known = mark.objects.values_list("checks", flat=True)
    checks: Mapping[str, str] | None = known.first()
    if checks is None:
        mark.objects.bulk_create([mark(checks=ring.checks())], ignore_conflicts=True)
        checks = known.get()
    return checks
