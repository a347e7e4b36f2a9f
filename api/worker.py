"""The work beside answering: jobs, and opening visits at their hour. A web process does it, or `manage.py work`.

Any number of processes may do it at once. Jobs are taken on lease and releasing is idempotent, so none
knows of the others.
"""

import atexit
import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import close_old_connections, connections

from api import clock
from inspections.services import (
    jobs,
    loads,  # noqa: F401  a worker does the kinds of job whose modules it has loaded
    release,
    verification,  # noqa: F401  likewise
)

logger = logging.getLogger("kycuong.worker")

RELEASE_SECONDS: Final = 60.0
#: A job that has begun may be long; what is not done then is taken up again when its lease is over.
STOP_SECONDS: Final = 5.0


class Worker:
    """Two threads that end with the process."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(task,), name=task.__name__, daemon=True)
            for task in (self.do_jobs, self.open_visits)
        ]

    def start(self) -> None:
        """Begin, and stop when the process exits."""
        for thread in self._threads:
            thread.start()
        atexit.register(self.stop)

    def stop(self, patience: float | None = STOP_SECONDS) -> None:
        """Ask both threads to end and wait for what they are at: so many seconds, or until it is done."""
        self._stop.set()
        for thread in self._threads:
            thread.join(patience)

    def do_jobs(self) -> None:
        """Run jobs as they come."""
        jobs.run_forever(clock=clock.now, stop=self._stop)

    def open_visits(self) -> None:
        """Open the visits whose hour has come, every minute."""
        while not self._stop.is_set():
            close_old_connections()
            release.release_due(now=clock.now())
            self._stop.wait(RELEASE_SECONDS)

    def _run(self, task: Callable[[], None]) -> None:
        """Do a task until told to stop; a fault (a database that restarts, a key that is missing) is no end."""
        while not self._stop.is_set():
            try:
                task()
            except Exception:
                logger.exception("%s failed and begins anew", task.__name__)
                self._stop.wait(RELEASE_SECONDS)
        connections.close_all()
