"""A thousand submissions with five photographs each, into two web processes.

    python -m bench.submissions

The server is gunicorn as deployed. The peer is a view of Django on the same server that reads the same bodies and
inserts one row for each. Photographs have 300 KB, so that a run stays short.
"""

from bench import databases
from bench.figures import Figure, show


def measure() -> list[Figure]:
    """Measure on each database."""
    return list(databases.figures("submissions_ways"))


if __name__ == "__main__":
    show(measure())
