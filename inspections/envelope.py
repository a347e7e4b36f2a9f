"""The keyring under a passphrase, for the memory stick in the sealed envelope.

An envelope is ``magic ‖ salt ‖ nonce ‖ AES-256-GCM ciphertext`` in base64; its key comes from the passphrase by scrypt
(RFC 7914) with N = 2¹⁷, r = 8, p = 1: 128 MB and about half a second for each guess.
"""

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext as _

from inspections import text
from inspections.errors import InvalidInput, KeyUnavailable
from inspections.sealing import NONCE_BYTES, Keyring, from_text, to_text

LEAST_LETTERS: Final = 16
_MAGIC: Final = b"kycuong-envelope-1"
_SALT_BYTES: Final = 16
_COST: Final = 2**17


def close(ring: Keyring, passphrase: str) -> str:
    """Return the keyring under a passphrase.

    Raises ``InvalidInput`` when the passphrase is shorter than ``LEAST_LETTERS``.
    """
    if len(passphrase) < LEAST_LETTERS:
        raise InvalidInput(
            _("The passphrase needs at least %(least)s characters: take five words or more.")
            % {"least": LEAST_LETTERS},
            code="passphrase_too_short",
        )
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, to_text(ring).encode(), _MAGIC)
    return base64.encodebytes(_MAGIC + salt + nonce + sealed).decode()


def open(envelope: str, passphrase: str) -> Keyring:  # noqa: A001  the word for what is done
    """Return the keyring of an envelope.

    Raises ``KeyUnavailable`` when the passphrase is another or the envelope was altered.
    """
    try:
        document = base64.b64decode("".join(envelope.split()), validate=True)
    except (binascii.Error, ValueError):
        document = b""
    rest = document.removeprefix(_MAGIC)
    salt, nonce = rest[:_SALT_BYTES], rest[_SALT_BYTES : _SALT_BYTES + NONCE_BYTES]
    sealed = rest[_SALT_BYTES + NONCE_BYTES :]
    if not document.startswith(_MAGIC) or not sealed:
        raise KeyUnavailable(_("This is no envelope of a keyring."), code="envelope_damaged")
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, _MAGIC)
    except InvalidTag:
        raise KeyUnavailable(
            _("The envelope does not open: the passphrase is another, or it was altered."),
            code="envelope_shut",
        ) from None
    return from_text(plain.decode())


def _key(passphrase: str, salt: bytes) -> bytes:
    # Two keyboards may write one letter in two ways.
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(text.nfc(passphrase).encode())
