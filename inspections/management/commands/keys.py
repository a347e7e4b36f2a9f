"""``manage.py keys``: make, rotate and renew the keys outside the database."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError
from inspections.sealing import create_keyring
from inspections.services import keys


class Command(BaseCommand):
    help = "Make, rotate and renew the keys that are kept outside the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["create", "rotate", "renew"])

    def handle(self, *_args: Any, action: str, **_options: Any) -> None:
        now = timezone.now()
        try:
            if action == "create":
                create_keyring(
                    settings.KEY_FILE, years=range(now.year - keys.KEPT_YEARS, now.year + 2)
                )
                self.stdout.write(_("Keyring written. Put a copy into its sealed envelope now."))
            elif action == "rotate":
                count = keys.rotate(now=now)
                self.stdout.write(
                    _("New key in force; %(count)s values sealed anew.") % {"count": count}
                )
            else:
                made, destroyed = keys.renew_complainant_keys(now=now)
                self.stdout.write(
                    _("Keys of complainants made for %(made)s, destroyed for %(destroyed)s.")
                    % {"made": made or "–", "destroyed": destroyed or "–"}
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
