"""What the benchmarks share: ways measured in turns, and figures beside their peer's."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

LEAST, PATIENCE = 3, 30.0  # repeats; seconds


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        what: what was measured, with its size.
        ours, peer: the figures with their units; the peer's name stands before its figure.
        times: how many times as fast as the peer, or the like; None where nothing is compared.
        goal: what was aimed at, in words; empty where nothing was.
        met: whether it was reached.
    """

    what: str
    ours: str
    peer: str = ""
    times: float | None = None
    goal: str = ""
    met: bool | None = None

    def on(self, engine: str) -> "Figure":
        """The figure with the name of its database."""
        return replace(self, what=f"{self.what}, {engine}")


def peak_memory() -> float:
    """Return the peak resident memory of this process in MB.

    Linux only. Unlike ``getrusage``, it does not begin with the peak of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def medians(repeats: int, **ways: Callable[[], object]) -> dict[str, float]:
    """Seconds of each way: the median of repeats taken in turns, so that a busy moment meets all.

    After half a minute three repeats are enough.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    begun = time.perf_counter()
    for repeat in range(repeats):
        if repeat >= LEAST and time.perf_counter() - begun > PATIENCE:
            break
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def duration(seconds: float) -> str:
    """Seconds as people read them."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def show(figures: Iterable[Figure]) -> None:
    """Print figures, a line each."""
    for one in figures:
        verdict = {None: "", True: "reached: ", False: "MISSED: "}[one.met] + one.goal
        times = "" if one.times is None else f"{one.times:,.3g} times"
        print(" | ".join(part for part in (one.what, one.ours, one.peer, times, verdict) if part))
