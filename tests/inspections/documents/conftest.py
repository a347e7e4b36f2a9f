"""Fonts for setting papers: those of this machine, and those of the package."""

from pathlib import Path

import pytest

from inspections.documents import fonts as font_choice
from inspections.documents.fonts import Fonts


@pytest.fixture(scope="session")
def font_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep one cut of the packaged fonts for the whole run."""
    return tmp_path_factory.mktemp("fonts")


@pytest.fixture(scope="session")
def packaged(font_cache: Path) -> Fonts:
    """Fonts of a machine that has none of its own."""
    return font_choice.load(None, font_cache, ())


@pytest.fixture(scope="session", params=["of the machine", "packaged"])
def fonts(request: pytest.FixtureRequest, font_cache: Path) -> Fonts:
    """Fonts as they are chosen here, then as they are chosen where the system has none."""
    system = font_choice.SYSTEM_FOLDERS if request.param == "of the machine" else ()
    return font_choice.load(None, font_cache, system)
