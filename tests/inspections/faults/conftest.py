"""What the tests of faults share."""

import pytest

from tests.inspections.services.months import Month, make_month


@pytest.fixture
def month(db: None) -> Month:
    """A department of twelve units in the month before the one that is planned."""
    return make_month()
