"""``manage.py demo``: a department with a year of invented data, up to an approved and verifiable roster."""

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.demo import consequences, follow_up, loading, outcome, paperwork, past_month, story
from inspections.demo.cast import Moments
from inspections.demo.frame import SYNTHETIC
from inspections.errors import DomainError


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Fill an empty database with a demo, show what came of it, and serve it on localhost."
        )
        parser.add_argument("--no-serve", action="store_true", help=_("stop before the web server"))
        parser.add_argument(
            "--port", type=int, default=8000, help=_("of the web server (%(default)s)")
        )

    def handle(self, *_args: Any, no_serve: bool, port: int, **_options: Any) -> None:
        if not no_serve:
            refuse_taken(port)
        call_command("migrate", interactive=False, verbosity=0)
        try:
            self._tell()
        except DomainError as error:
            raise CommandError(str(error)) from error
        if not no_serve:
            self._head(_("Open http://localhost:%(port)s (Ctrl+C ends it)") % {"port": port})
            self.stdout.flush()
            serve(port)

    def _tell(self) -> None:
        story.refuse_real_data()
        moments = Moments(timezone.now())
        self._head(_("Steps (+ done now, = found from an earlier run)"))
        story.set_up(self._say, moments)
        loading.load_registers(self._say, moments)
        story.give_inspectors_accounts(self._say, moments)
        past = past_month.draw(self._say, moments)
        story.bring_policy_into_force(self._say, moments)
        past = past_month.visit(self._say, past, moments)
        follow_up.follow(self._say, past, moments)
        consequences.draw(self._say, past, moments)
        cutoff = loading.load_exports(self._say, moments)
        run = story.compute_risk(self._say, moments, cutoff)
        plan = story.draw_next_month(self._say, moments, run)
        outcome.write_papers(self._say, plan, moments.now)
        paperwork.issue_round(self._say, past, moments.now)
        path = outcome.write_record(self._say, plan)
        self._head(_("Verification"))
        self.stdout.write(outcome.verification(plan, path))
        self._head(_("Roster"))
        self.stdout.write(outcome.roster(plan, moments.now))
        self._head(_("Logins"))
        self.stdout.write(outcome.logins())

    def _head(self, title: str) -> None:
        self.stdout.write(f"\n{title} · {SYNTHETIC}\n")

    def _say(self, sentence: str, is_new: bool) -> None:
        self.stdout.write(f"{'+' if is_new else '='} {sentence}")


def refuse_taken(port: int) -> None:
    """Raise ``CommandError`` where nobody could be served, before anything is done."""
    try:
        socket.create_server(("localhost", port)).close()
    except OSError as error:
        raise CommandError(
            _(
                "Port %(port)s cannot be used. Perhaps the demo runs already: look at"
                " http://localhost:%(port)s. If something else is there, take another port:"
                " make run PORT=8001"
            )
            % {"port": port}
        ) from error


def serve(port: int) -> None:
    """Hand this process over to the web server; the demo's accounts may sign in there."""
    os.environ["KYCUONG_DEMO"] = "1"
    arguments = [
        *("-m", "gunicorn", "api.config.wsgi", f"--chdir={settings.BASE_DIR}"),
        *(f"--bind=localhost:{port}", "--workers=1", "--threads=8", "--no-control-socket"),
    ]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606  no shell is wanted
