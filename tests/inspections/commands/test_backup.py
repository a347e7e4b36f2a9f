"""``manage.py backup``, ``restore`` and ``keys``: what they say, and how they end."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from pytest_django import Settings

from inspections.chain import Break, Flaw
from inspections.management.commands import keys as keys_command
from inspections.management.commands import restore as restore_command
from inspections.sealing import keyring
from inspections.services import backups
from tests.builders import NOW
from tests.inspections.services import months
from tests.inspections.services.months import make_month

PASSPHRASE = "mưa rừng chiều nay rất to"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    with translation.override("en"):
        yield


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def failure(command: str, *arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(command, *arguments)
    return str(caught.value)


# --- backup and restore ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_made_and_restored_by_one_command_each(settings: Settings) -> None:
    months.approved(make_month())
    said = run("backup")
    made = backups.last_backup()
    assert made is not None
    assert said.startswith(f"{made.path}: ")
    assert "0 old ones dropped" in said

    assert "say --replace" in failure("restore", str(made.path))
    said = run("restore", str(made.path), "--replace")
    assert "Backup of 02/03/2026 09:00:00, version 0.1.0" in said
    assert "The audit chain holds." in said
    assert "Key “sealing 1” is needed and on this keyring." in said
    assert "the goal is 30" in said


@pytest.mark.django_db(transaction=True)
def test_a_missing_keyring_is_told_when_all_else_is_back(settings: Settings) -> None:
    months.approved(make_month())
    run("backup")
    settings.KEY_FILE.unlink()
    said = run("restore", *map(str, settings.BACKUP_DIR.iterdir()), "--replace")
    assert "Key “sealing 1” is needed and not on this keyring" in said


@pytest.mark.django_db
def test_a_file_must_be_named_and_be_there(tmp_path: Path) -> None:
    assert failure("restore") == "Name the backup to restore."
    assert failure("restore", "--drill") == "There is no backup yet."
    assert "There is no such file" in failure("restore", str(tmp_path / "none.zip"))


def restored(monkeypatch: pytest.MonkeyPatch, breaks: list[Break]) -> None:
    """Let a drill bring back an empty chain, whole or not."""
    facts = backups.Facts("0.1.0", NOW, "sqlite", (), 0, "")
    manifest = backups.Manifest(facts, (), "")
    made = backups.Restored(manifest, breaks, {}, is_what_was_backed_up=True, lacking_evidence=0)
    monkeypatch.setattr(backups, "drill", lambda **_: made)


def test_a_chain_that_breaks_ends_the_command_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    restored(monkeypatch, [Break(7, 7, Flaw.ALTERED)])
    out = StringIO()
    with pytest.raises(CommandError, match="Not everything came back"):
        call_command("restore", "x.zip", "--drill", stdout=out)
    assert "The audit chain breaks at event 7: altered: what it says" in out.getvalue()


def test_a_drill_that_misses_its_goal_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    restored(monkeypatch, [])
    monkeypatch.setattr(restore_command, "GOAL_MINUTES", -1)
    assert failure("restore", "x.zip", "--drill") == "The drill took longer than its goal."


# --- the envelope ----------------------------------------------------------------------------


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    answers = iter(lines)
    monkeypatch.setattr(keys_command, "getpass", lambda _prompt: next(answers))


@pytest.mark.django_db
def test_a_keyring_comes_back_from_its_envelope(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, envelope = keyring(), tmp_path / "phong-bi.txt"
    typed(monkeypatch, PASSPHRASE, PASSPHRASE)
    run("keys", "seal", str(envelope))
    assert envelope.stat().st_mode & 0o777 == 0o600

    typed(monkeypatch, PASSPHRASE)
    assert "There is a keyring already." in failure("keys", "open", str(envelope))
    settings.KEY_FILE.unlink()
    typed(monkeypatch, "một câu khác hẳn câu trên")
    assert "does not open" in failure("keys", "open", str(envelope))
    assert not settings.KEY_FILE.exists()
    typed(monkeypatch, PASSPHRASE)
    run("keys", "open", str(envelope))
    assert keyring() == ring
    assert settings.KEY_FILE.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_an_envelope_is_not_written_over_another_nor_under_a_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    envelope = tmp_path / "phong-bi.txt"
    typed(monkeypatch, PASSPHRASE, PASSPHRASE + "!")
    assert "The two passphrases differ." in failure("keys", "seal", str(envelope))
    assert not envelope.exists()
    envelope.write_text("cũ")
    typed(monkeypatch, PASSPHRASE, PASSPHRASE)
    assert "File exists" in failure("keys", "seal", str(envelope))
    assert envelope.read_text() == "cũ"


@pytest.mark.parametrize("arguments", [["seal"], ["open"], ["rotate", "x.txt"]])
def test_a_file_belongs_to_seal_and_open(arguments: list[str]) -> None:
    assert failure("keys", *arguments).startswith("Name a file with seal and open")
