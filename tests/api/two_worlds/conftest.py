"""A universe that begins where a test says."""

from collections.abc import Callable

import pytest

from tests.api.conftest import Clock
from tests.api.two_worlds.comparing import Universe
from tests.api.two_worlds.past import Stage

Begin = Callable[..., Universe]


@pytest.fixture
def begin(db: None, monkeypatch: pytest.MonkeyPatch, moment: Clock) -> Begin:
    """Return what stops chance and time and makes a past with plans for some stages, for all unless told."""

    def begin(*stages: Stage, ideal_cipher: bool = True) -> Universe:
        return Universe.begin(monkeypatch, moment, *(stages or Stage), ideal_cipher=ideal_cipher)

    return begin
