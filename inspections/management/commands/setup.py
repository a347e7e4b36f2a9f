"""``manage.py setup``: the first hour of a new installation."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError, InvalidInput
from inspections.models import Role
from inspections.sealing import create_keyring
from inspections.services.keys import years_ahead
from inspections.services.setup import FirstAccount, set_up_department


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Make the department of a province with its units, calendar, keys and first accounts."
        )
        parser.add_argument(
            "--province", required=True, metavar="CODE", help=_("the province, for example 82")
        )
        parser.add_argument(
            "--account",
            action="append",
            required=True,
            metavar="USERNAME:FULL NAME:ROLE[,ROLE]",
            help=_(
                "may be given several times; at least a planner, an approver and a technical_admin"
            ),
        )

    def handle(self, *_args: Any, province: str, account: list[str], **_options: Any) -> None:
        now = timezone.now()
        try:
            accounts = [_parse(text) for text in account]
            if not settings.KEY_FILE.exists():
                create_keyring(settings.KEY_FILE, years=years_ahead(now))
            made = set_up_department(province_code=province, accounts=accounts, now=now)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("Passwords for the first sign-in; each person chooses a new one then:"))
        for user, password in made:
            self.stdout.write(f"  {user.username:<16} {password}  {user.full_name}")
        self.stdout.write(
            _("Keyring: %(path)s. Put a copy into its sealed envelope now.")
            % {"path": settings.KEY_FILE}
        )


def _parse(text: str) -> FirstAccount:
    parts = text.split(":")
    roles = parts[2].split(",") if len(parts) == 3 else []
    if not roles or not set(roles) <= set(Role.values):
        raise InvalidInput(
            _("An account is given as USERNAME:FULL NAME:ROLE[,ROLE], with roles among %(roles)s.")
            % {"roles": ", ".join(Role.values)}
        )
    return FirstAccount(username=parts[0], full_name=parts[1], roles=[Role(role) for role in roles])
