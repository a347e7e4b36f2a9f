"""``manage.py purge``: tell what has outlived its period, and remove it when told so."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.management.tables import day, table
from inspections.services import retention
from inspections.services.retention import Due


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Tell what has outlived its period of retention, and with --yes remove it. The audit log and what "
            "verification needs always stay."
        )
        parser.add_argument("--yes", action="store_true", help=_("remove it for good"))

    def handle(self, *_args: Any, yes: bool, **_options: Any) -> None:
        now = timezone.now()
        if not yes:
            self._tell(retention.due(now=now))
            self.stdout.write(_("Nothing was changed. With --yes it is removed for good."))
            return
        purged = retention.purge(now=now)
        self._tell(purged.due)
        if purged.sha256 is None:
            self.stdout.write(_("There was nothing to remove."))
        else:
            self.stdout.write(
                _("Removed and on record; SHA-256 of the ids: %(digest)s")
                % {"digest": purged.sha256}
            )

    def _tell(self, due: list[Due]) -> None:
        heads = (_("kind"), _("days"), _("period"), _("number"), _("oldest"), _("newest"))
        self.stdout.write(table(heads, [_row(one) for one in due]))


def _row(one: Due) -> tuple[object, ...]:
    return (
        one.label,
        one.days,
        _("own choice") if one.rule.is_own_choice else _("unverified"),
        len(one.since),
        day(one.oldest) if one.oldest else "–",
        day(one.newest) if one.newest else "–",
    )
