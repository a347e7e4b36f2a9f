"""Every way to be without the right keyring."""

import dataclasses
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from inspections import sealing
from inspections.sealing import keyring, read_keyring, write_keyring
from inspections.services import keys
from tests.builders import NOW


def file() -> Path:
    return Path(settings.KEY_FILE)


def missing() -> None:
    file().unlink()


def empty() -> None:
    file().write_text("")


def truncated() -> None:
    file().write_text(file().read_text()[:-30])


def without_keys() -> None:
    file().write_text(json.dumps(json.loads(file().read_text()) | {"sealing": {}}))


def exposed() -> None:
    file().chmod(0o644)


def a_folder() -> None:
    missing()
    file().mkdir(0o700)


def of_another() -> None:
    missing()
    sealing.create_keyring(file(), years=range(2024, 2030))


def tagging_of_another() -> None:
    ring = read_keyring(file())
    write_keyring(dataclasses.replace(ring, tagging=secrets.token_bytes(32)), file())


def an_old_copy() -> None:
    """Rotate, and put back the copy from before."""
    old = read_keyring(file())
    keys.rotate(now=NOW)
    write_keyring(old, file())


#: Each way with the code that tells it.
LOSSES: dict[str, tuple[Callable[[], None], str]] = {
    "missing": (missing, "keyring_missing"),
    "empty": (empty, "keyring_damaged"),
    "truncated": (truncated, "keyring_damaged"),
    "without keys": (without_keys, "keyring_damaged"),
    "exposed": (exposed, "keyring_exposed"),
    "a folder": (a_folder, "keyring_unreadable"),
    "of another": (of_another, "keyring_foreign"),
    "tagging of another": (tagging_of_another, "keyring_foreign"),
    "an old copy": (an_old_copy, "keyring_outdated"),
}


def put_in_use() -> None:
    """Let the database know its keyring, as the first use does."""
    keyring()
