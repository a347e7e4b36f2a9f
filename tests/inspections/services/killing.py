"""Killing a process at one point of its work."""

import signal
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def kill_at(module: ModuleType, point: str, environment: dict[str, str]) -> None:
    """Let ``module.main(point)`` run in a process with Django set up until it says that it is there, and kill it."""
    name = module.__name__
    script = f"import django; django.setup(); import {name} as module; module.main({point!r})"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stderr is not None
        said = worker.stdout.readline()
        worker.send_signal(signal.SIGKILL)
        assert said == "here\n", worker.stderr.read()
    assert worker.returncode == -signal.SIGKILL


def stop_here(*_: Any) -> None:
    """Say that the point is reached, and wait to be killed."""
    sys.stdout.write("here\n")
    sys.stdout.flush()
    signal.pause()


def stopping(real: Callable[..., Any], after: int = 0) -> Callable[..., Any]:
    """Return a function that works as often as told and stops then, before it does anything."""
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            stop_here()
        return real(*args, **kwargs)

    return call
