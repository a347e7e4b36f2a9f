"""Two who act at once, held up at the moment at which it matters."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

#: How long the first waits for the other before it takes it that he is kept out.
PATIENCE = 1.0


def meet_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let whoever has called a function wait for the other to have called it too.

    Where a lock keeps the other out nobody comes, and the first goes on alone: so two that are not kept apart
    have both looked before either writes, every time.
    """
    real, both = getattr(owner, name), threading.Barrier(2)

    def held_up(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(PATIENCE)
        return result

    monkeypatch.setattr(owner, name, held_up)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start acts together, each on a connection of its own, and return what they return."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(60)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
