"""The server of the benchmarks, gunicorn as deployed, and what its answers took."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from django.db import connections
from django.test import Client

from bench.figures import duration
from inspections.models import User


@contextlib.contextmanager
def running(processes: int) -> Iterator[int]:
    """Serve ``bench.serving_app`` on the database that the process has; give the port."""
    connections.close_all()
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "bench.serving_app", f"--workers={processes}",
         "--threads=8", f"--bind=127.0.0.1:{port}", "--no-control-socket"],
        env=os.environ | {"KYCUONG_WORKER": "0"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_up(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def cookie(user: User) -> str:
    """Sign somebody in."""
    client = Client()
    client.force_login(user, backend="api.accounts.Accounts")
    return f"sessionid={client.cookies['sessionid'].value}"


def answered(times: Sequence[float], span: float) -> str:
    """Requests a second over a span, their median and their 95th percentile."""
    last = statistics.quantiles(times, n=20)[-1]
    median = statistics.median(times)
    return f"{len(times) / span:,.0f} a second, median {duration(median)}, 95 % within {duration(last)}"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _until_up(port: int) -> None:
    for _ in range(300):
        with socket.socket() as link:
            if link.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("The server did not come up.")
