"""A demo with fewer rows."""

import pytest

from inspections.demo import complaints, dossiers, tasks


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the generator make fewer rows than it does for people."""
    monkeypatch.setattr(dossiers, "COUNT", 600)
    monkeypatch.setattr(tasks, "COUNT", 200)
    monkeypatch.setattr(complaints, "COUNT", 150)
