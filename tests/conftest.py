"""What every test stands on: a keyring and a language of its own, and a var/ that is thrown away."""

from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import Settings

from inspections import sealing


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, settings: Settings) -> None:
    """Give each test its own var/ and keyring, so that none reads what another left."""
    settings.VAR_DIR = tmp_path
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.KEY_FILE = tmp_path / "keys" / "keyring.json"
    # Hashing a password slowly is Django's own and not what is tested here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    sealing.create_keyring(settings.KEY_FILE, years=range(2024, 2030))


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Give each test the installation's language: a request leaves behind the one it was answered in."""
    translation.deactivate()
