"""``manage.py password USERNAME``: a new one-time password, for when no administrator can sign in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.models import User
from inspections.services import users


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Give an account a new one-time password; it opens nothing until it is admitted again."
        )
        parser.add_argument("username", help=_("the account's user name"))

    def handle(self, *_args: Any, username: str, **_options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no such account."))
        self.stdout.write(users.reset_password(actor=None, user=user, now=timezone.now()))
