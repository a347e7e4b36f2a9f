"""``manage.py keys``: make, rotate and renew the keys outside the database, and put them into an envelope."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import envelope
from inspections.errors import DomainError, InvalidInput, KeyUnavailable
from inspections.sealing import create_keyring, keyring, write_keyring
from inspections.services import keys


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Make, check, rotate and renew the keys that are kept outside the database, or replace them "
            "when they are lost for ever; write them to a file under a passphrase (seal) and take them "
            "from there (open)."
        )
        parser.add_argument(
            "action", choices=[*_ACTIONS, *_WITH_FILE], help=_("what to do with the keys")
        )
        parser.add_argument("file", type=Path, nargs="?", help=_("the envelope, for seal and open"))

    def handle(self, *_args: Any, action: str, file: Path | None, **_options: Any) -> None:
        if (file is None) == (action in _WITH_FILE):
            raise CommandError(_("Name a file with seal and open, and with nothing else."))
        try:
            said = _WITH_FILE[action](file) if file else _ACTIONS[action](timezone.now())
        except DomainError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        except OSError as error:  # a full disk, a folder that is not ours: the keyring is as it was
            raise CommandError(str(error)) from error
        self.stdout.write(said)


def _create(now: datetime) -> str:
    create_keyring(settings.KEY_FILE, years=keys.years_ahead(now))
    return _("Keyring written. Put a copy into its sealed envelope now.")


def _check(now: datetime) -> str:  # noqa: ARG001  the same for all actions
    numbers = ", ".join(map(str, sorted(keyring().sealing)))
    return _("The keyring is this database's; its sealing keys: %(numbers)s.") % {
        "numbers": numbers
    }


def _rotate(now: datetime) -> str:
    count = keys.rotate(now=now)
    return _("New key in force; %(count)s values sealed anew.") % {"count": count}


def _renew(now: datetime) -> str:
    made, destroyed = keys.renew_complainant_keys(now=now)
    return _("Keys of complainants made for %(made)s, destroyed for %(destroyed)s.") % {
        "made": made or "–",
        "destroyed": destroyed or "–",
    }


def _replace(now: datetime) -> str:
    number = keys.replace_lost(now=now)
    return _(
        "New keyring written, sealing key %(number)s. What the old keys sealed stays shut: cancel the plans that "
        "have begun. Put a copy into its sealed envelope now."
    ) % {"number": number}


def _seal(file: Path) -> str:
    ring = keyring()
    passphrase = getpass(_("Passphrase: "))
    if getpass(_("Once more: ")) != passphrase:
        raise InvalidInput(_("The two passphrases differ."))
    sealed = envelope.close(ring, passphrase)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(sealed)
    return _("Written under the passphrase, which nobody can recover: %(path)s") % {"path": file}


def _open(file: Path) -> str:
    if settings.KEY_FILE.exists():
        raise KeyUnavailable(_("There is a keyring already."), code="keyring_exists")
    ring = envelope.open(file.read_text(errors="replace"), getpass(_("Passphrase: ")))
    write_keyring(ring, settings.KEY_FILE)
    return _("The keyring is back: %(path)s") % {"path": settings.KEY_FILE}


_ACTIONS: dict[str, Callable[[datetime], str]] = {
    "create": _create,
    "check": _check,
    "rotate": _rotate,
    "renew": _renew,
    "replace": _replace,
}
_WITH_FILE: dict[str, Callable[[Path], str]] = {"seal": _seal, "open": _open}
