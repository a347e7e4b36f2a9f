"""``manage.py work``: run queued jobs until told to stop."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.services import (
    jobs,
    keys,
    loads,  # noqa: F401  a worker does the kinds of job whose modules it has loaded
    verification,  # noqa: F401  likewise
)


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Run queued jobs, on this machine or any other that reaches the database and the keys."
        )
        parser.add_argument(
            "--until-idle", action="store_true", help=_("end when no job is waiting any more")
        )

    def handle(self, *_args: Any, until_idle: bool, **_options: Any) -> None:
        if until_idle:
            owner = jobs.owner_name()
            while jobs.run_next(clock=timezone.now, owner=owner) is not None:
                pass
            return
        keys.say_at_start()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_ignored: stop.set())
        jobs.run_forever(clock=timezone.now, stop=stop)
