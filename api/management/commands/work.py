"""``manage.py work``: run queued jobs and open visits at their hour, until told to stop."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from api import clock
from api.worker import Worker
from inspections.services import jobs, keys


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Run queued jobs and open visits at their hour, on this machine or any other that reaches the "
            "database and the keys."
        )
        parser.add_argument(
            "--until-idle", action="store_true", help=_("end when no job is waiting any more")
        )

    def handle(self, *_args: Any, until_idle: bool, **_options: Any) -> None:
        if until_idle:
            owner = jobs.owner_name()
            while jobs.run_next(clock=clock.now, owner=owner) is not None:
                pass
            return
        keys.say_at_start()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_ignored: stop.set())
        worker = Worker()
        worker.start()
        stop.wait()
        worker.stop(None)
