"""``manage.py audit verify``: check the audit log's chain and name each break."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from inspections.chain import Break
from inspections.errors import DomainError
from inspections.services.verification import Finding, read_heads, verify


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Check the audit log. Ends with 0 when its chain is whole and 1 when it is not."
        )
        parser.add_argument("action", choices=["verify"], help=_("what to do with the audit log"))
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="HASH",
            help=_("a head printed on a commitment: is it in the chain? (may be repeated)"),
        )

    def handle(self, *_args: Any, head: list[str], **_options: Any) -> None:
        try:
            heads = read_heads(head)
        except DomainError as error:
            raise CommandError(str(error)) from error
        finding = verify(heads, watch=self._watch, tell=self._tell)
        self._sum_up(finding)
        if not finding.is_whole:
            raise CommandError(_("The audit log is not what was written."))

    def _watch(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done}/{total}", ending="\r")

    def _tell(self, found: Break) -> None:
        places = f"{found.position}" + f"–{found.last}" * (found.last != found.position)
        self.stdout.write(f"{places}: {found.reason.label}")

    def _sum_up(self, finding: Finding) -> None:
        for printed in finding.heads:
            if printed.length is None:
                message = _("The printed head %(head)s is not in the chain.")
            else:
                message = _("The printed head %(head)s is in the chain, behind event %(length)s.")
            self.stdout.write(message % {"head": printed.hash, "length": printed.length})
        self.stdout.write(
            _("Events: %(length)s, breaks: %(count)s, head: %(head)s")
            % {"length": finding.length, "count": finding.count, "head": finding.hash}
        )
