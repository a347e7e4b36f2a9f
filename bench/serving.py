"""Releases a second, and what a server of two processes answers an inspector who fetches his visits.

    python -m bench.serving

The server is gunicorn as deployed; the peer is a view of Django that reads one row and nothing more, on the same
server. The peer of a release is the least that it could be: one row updated and committed.
"""

from bench import databases
from bench.figures import Figure, show


def measure() -> list[Figure]:
    """Measure both on each database."""
    return list(databases.figures("serving_ways"))


if __name__ == "__main__":
    show(measure())
