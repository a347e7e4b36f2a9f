"""The world in which routes are asked."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.api.fuzzing.world import World, make_world


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """Make the world, and keep its connection open from one request to the next, as a test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield make_world()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
