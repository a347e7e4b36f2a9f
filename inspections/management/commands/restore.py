"""``manage.py restore``: bring a backup back, all or nothing, or try in a drill whether it would."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError
from inspections.management.tables import decimal
from inspections.services import backups
from inspections.services.backups import GOAL_MINUTES, Restored


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Restore a backup into an empty database, or with --replace into any; verify its audit chain "
            "and say which keys it needs."
        )
        parser.add_argument(
            "archive", type=Path, nargs="?", help=_("the backup; with --drill by default the last")
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--replace", action="store_true", help=_("replace the data that are here"))
        how.add_argument(
            "--drill",
            action="store_true",
            help=_("restore into a fresh database that is thrown away, against the clock"),
        )

    def handle(
        self, *_args: Any, archive: Path | None, replace: bool, drill: bool, **_options: Any
    ) -> None:
        begun = time.monotonic()
        path = archive or (_last() if drill else None)
        if path is None:
            raise CommandError(_("Name the backup to restore."))
        try:
            if drill:
                restored = backups.drill(path=path, now=timezone.now())
            else:
                restored = backups.restore(path=path, now=timezone.now(), replace=replace)
        except DomainError as error:
            raise CommandError(str(error)) from error
        minutes = (time.monotonic() - begun) / 60
        self._tell(restored)
        self.stdout.write(
            _("%(minutes)s minutes; the goal is %(goal)s.")
            % {"minutes": decimal(minutes), "goal": GOAL_MINUTES}
        )
        if not restored.is_whole:
            raise CommandError(_("Not everything came back as it was: see above."))
        if drill and minutes > GOAL_MINUTES:
            raise CommandError(_("The drill took longer than its goal."))

    def _tell(self, restored: Restored) -> None:
        facts = restored.manifest.facts
        self.stdout.write(
            _("Backup of %(at)s, version %(version)s: %(events)s audit events, the last %(head)s")
            % {
                "at": f"{timezone.localtime(facts.made_at):%d/%m/%Y %H:%M:%S}",
                "version": facts.product,
                "events": facts.chain_length,
                "head": facts.chain_head,
            }
        )
        for found in restored.breaks:
            self.stdout.write(
                _("The audit chain breaks at event %(position)s: %(reason)s")
                % {"position": found.position, "reason": found.reason.label}
            )
        if not restored.breaks:
            self.stdout.write(_("The audit chain holds."))
        if not restored.is_what_was_backed_up:
            self.stdout.write(_("The audit chain does not end where the backup says."))
        if restored.lacking_evidence:
            self.stdout.write(
                _("Files of evidence that are not beside the backup: %(count)s.")
                % {"count": restored.lacking_evidence}
            )
        for name, is_here in restored.keys.items():
            sentence = (
                _("Key “%(name)s” is needed and on this keyring.")
                if is_here
                else _(
                    "Key “%(name)s” is needed and not on this keyring: "
                    "restore it from its sealed envelope."
                )
            )
            self.stdout.write(sentence % {"name": name})


def _last() -> Path:
    made = backups.last_backup()
    if made is None:
        raise CommandError(_("There is no backup yet."))
    return made.path
