"""A reader for each test."""

from pathlib import Path

import pytest

from tests.inspections.importers.files import Reader


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Return what reads files of this test."""
    return Reader(tmp_path)
