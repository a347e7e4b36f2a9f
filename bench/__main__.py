"""Every benchmark of speed, one after the other; the figures go to the page that keeps them.

    make bench

Each file can be run alone as well, as ``python -m bench.draw``: then it prints its figures and writes nothing.
"""

import importlib
import os
import platform
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import databases
from bench.figures import Figure, show

NAMES = ("draw", "paper", "load_csv", "score", "pages", "serving")
PACKAGES = (
    "Django",
    "numpy",
    "reportlab",
    "gunicorn",
    "psycopg",
    "pandas",
    "samplics",
    "weasyprint",
)
PAGE = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def main() -> None:
    """Measure, print, and keep."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.config.settings")
    figures: list[Figure] = []
    for name in NAMES:
        found = importlib.import_module(f"bench.{name}").measure()
        show(found)
        figures += found
    before, rest = PAGE.read_text().split(BEGIN)
    _, after = rest.split(END)
    table = "\n".join([*_circumstances(), "", *_table(figures)])
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


def _circumstances() -> Iterator[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    engines = [f"{engine} {databases.run('versions', engine)}" for engine in databases.engines()]
    cores, load = os.cpu_count(), os.getloadavg()[2]
    yield f"Measured on {datetime.now(UTC):%d/%m/%Y}, {cores} cores, load {load:.1f} over the last quarter of an hour."
    yield f"Python {platform.python_version()}, {versions}, {', '.join(engines)}."


def _table(figures: Iterable[Figure]) -> Iterator[str]:
    yield "| what | ours | peer | times as fast | goal |"
    yield "|---|---|---|---|---|"
    for one in figures:
        times = "" if one.times is None else f"{one.times:,.3g}"
        verdict = {None: "", True: ": reached", False: ": **missed**"}[one.met]
        yield f"| {one.what} | {one.ours} | {one.peer} | {times} | {one.goal}{verdict} |"


if __name__ == "__main__":
    main()
