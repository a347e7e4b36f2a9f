"""Lists of a million rows: the API's page at depth 900,000 beside its first, and beside offset pagination.

    python -m bench.pages [ROWS]

The peer is Django REST framework's ``LimitOffsetPagination`` on the same view and table.
"""

import sys

from bench import databases
from bench.figures import Figure, show

ROWS = 1_000_000


def measure(rows: int = ROWS) -> list[Figure]:
    """Measure every list that can grow so long, on each database."""
    return list(databases.figures("pages_ways", str(rows)))


if __name__ == "__main__":
    show(measure(*map(int, sys.argv[1:])))
