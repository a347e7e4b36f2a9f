"""The score of every unit from its tasks and complaints, beside pandas on the same rows.

    python -m bench.score [TASKS]

Ours measures lateness in working days, windows, cover and distinct complainants, and computes the score with all
its parts; pandas reads the same rows from the same database and groups them by unit into the same counts, with
every day a working day and nothing scored.
"""

import itertools
import math
import sys

from bench import databases
from bench.figures import Figure, duration, show

TASKS = 1_000_000
COMPLAINTS = 5  # tasks for each complaint


def measure(tasks: int = TASKS) -> list[Figure]:
    """Measure at a hundredth, a tenth and all of the rows, each on a fresh database."""
    return [figure for engine in databases.engines() for figure in _on(engine, tasks)]


def _on(engine: str, tasks: int) -> list[Figure]:
    sizes = (tasks // 100, tasks // 10, tasks)
    found = [databases.run("score_ways", engine, str(size)) for size in sizes]
    figures = [
        Figure(
            f"Score of {one['units']} units from {size:,} tasks and {size // COMPLAINTS:,} complaints",
            duration(one["ours"]),
            f"pandas, read and grouped {duration(one['peer'])}, grouped alone {duration(one['grouped'])}",
            one["peer"] / one["ours"],
        ).on(engine)
        for size, one in zip(sizes, found, strict=True)
    ]
    growth = [math.log10(b["ours"] / a["ours"]) for a, b in itertools.pairwise(found)]
    shown = ", ".join(f"{exponent:.2f}" for exponent in growth)
    figures.append(Figure("Score, exponent of its growth between these", shown).on(engine))
    return figures


if __name__ == "__main__":
    show(measure(*map(int, sys.argv[1:])))
