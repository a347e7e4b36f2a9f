"""Every benchmark of speed, one after the other, or those that are named; their figures go to the page that keeps them.

    make bench
    python -m bench draw paper

Each file can be run alone as well, as ``python -m bench.draw``: then it prints its figures and writes nothing.
"""

import importlib
import os
import platform
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import databases
from bench.figures import Figure, show

#: What is measured, with the packages that matter to it.
NAMES = {
    "draw": ("numpy", "samplics"),
    "paper": ("reportlab", "weasyprint"),
    "minutes": ("reportlab", "weasyprint", "Pillow"),
    "load_csv": ("Django", "psycopg"),
    "score": ("Django", "numpy", "pandas"),
    "pages": ("Django", "djangorestframework"),
    "serving": ("Django", "gunicorn"),
    "submissions": ("Django", "gunicorn"),
}
ON_A_DATABASE = {"load_csv", "score", "pages", "serving", "submissions"}
PAGE = Path(__file__).parent / "README.md"


def main(names: Iterable[str]) -> None:
    """Measure, print, and keep each as soon as it is measured."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "api.config.settings")
    for name in names:
        figures = importlib.import_module(f"bench.{name}").measure()
        show(figures)
        keep(name, figures)


def keep(name: str, figures: Iterable[Figure]) -> None:
    """Put figures in place of those of the same benchmark."""
    lines = [
        _circumstances(name),
        "",
        "| what | ours | peer | times as fast | goal |",
        "|---|---|---|---|---|",
    ]
    for one in figures:
        times = "" if one.times is None else f"{one.times:,.3g}"
        verdict = {None: "", True: ": reached", False: ": **missed**"}[one.met]
        lines.append(f"| {one.what} | {one.ours} | {one.peer} | {times} | {one.goal}{verdict} |")
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    block = re.compile(f"(?<={begin}).*?(?={end})", re.DOTALL)
    table = "\n".join(lines)
    PAGE.write_text(block.sub(lambda _old: table, PAGE.read_text(), count=1))


def _circumstances(name: str) -> str:
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{package} {version(package)}" for package in NAMES[name]]
    if name in ON_A_DATABASE:
        versions += [f"{one} {databases.run('versions', one)}" for one in databases.engines()]
    cores, load = os.cpu_count(), os.getloadavg()[1]
    return f"{datetime.now(UTC):%d/%m/%Y}, {cores} cores, load {load:.1f}. {', '.join(versions)}."


if __name__ == "__main__":
    main(sys.argv[1:] or NAMES)
