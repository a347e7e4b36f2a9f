"""``manage.py keys``: make, rotate and renew the keys outside the database."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError
from inspections.sealing import create_keyring, keyring
from inspections.services import keys


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Make, check, rotate and renew the keys that are kept outside the database, or replace them "
            "when they are lost for ever."
        )
        parser.add_argument("action", choices=list(_ACTIONS), help=_("what to do with the keys"))

    def handle(self, *_args: Any, action: str, **_options: Any) -> None:
        try:
            self.stdout.write(_ACTIONS[action](timezone.now()))
        except DomainError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        except OSError as error:  # a full disk, a folder that is not ours: the keyring is as it was
            raise CommandError(str(error)) from error


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


_ACTIONS: dict[str, Callable[[datetime], str]] = {
    "create": _create,
    "check": _check,
    "rotate": _rotate,
    "renew": _renew,
    "replace": _replace,
}
