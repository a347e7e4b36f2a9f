"""``manage.py work``: run queued jobs until told to stop."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from inspections.services import (
    jobs,
    keys,
    loads,  # noqa: F401  a worker does the kinds of job whose modules it has loaded
    verification,  # noqa: F401  likewise
)


class Command(BaseCommand):
    help = "Run queued jobs, on this machine or any other that reaches the database and the keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-idle", action="store_true", help="end when no job is waiting any more"
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
            signal.signal(number, lambda *_: stop.set())
        jobs.run_forever(clock=timezone.now, stop=stop)
