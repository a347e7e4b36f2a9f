"""A worker that stops at one point of its job and waits to be killed; run in a process with Django set up."""

import signal
import sys
from collections.abc import Callable
from typing import Any

from inspections.importers import tables
from inspections.services import jobs, loads, staging
from tests.inspections.services.loading import NOW

ROWS_AT_ONCE = 10
POINTS = {
    "reading": (staging, "read_rows", 0),
    # Within the transaction of the third chunk; two are committed.
    "storing": (staging, "_insert_many", 2),
    "copying": (staging, "_copy_in", 2),
    # Within the one transaction that brings the rows into effect.
    "switching": (loads, "_told", 0),
    "switched": (staging, "discard_upload", 0),
}


def main(point: str) -> None:
    """Take the next job and stop at a point of it."""
    module, name, after = POINTS[point]
    tables.ROWS_AT_ONCE = ROWS_AT_ONCE  # type: ignore[misc]
    setattr(module, name, _stopping(getattr(module, name), after))
    jobs.run_next(clock=lambda: NOW, owner="killed")


def _stopping(real: Callable[..., Any], after: int) -> Callable[..., Any]:
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            signal.pause()
        return real(*args, **kwargs)

    return call
