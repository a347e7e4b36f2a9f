"""``manage.py backup``: one file of everything but the keys, cheap enough for every five minutes."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError
from inspections.management.tables import decimal
from inspections.services import backups


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Back up the database and the files beside it, without the keys, into KYCUONG_BACKUP_DIR, "
            "and drop the backups that the rule no longer keeps."
        )

    def handle(self, *_args: Any, **_options: Any) -> None:
        begun = time.monotonic()
        try:
            made, gone = backups.back_up(now=timezone.now())
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(path)s: %(size)s MB in %(seconds)s s; %(gone)s old ones dropped.")
            % {
                "path": made.path,
                "size": decimal(made.size / 2**20),
                "seconds": decimal(time.monotonic() - begun),
                "gone": gone,
            }
        )
