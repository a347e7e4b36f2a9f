"""What the adversaries' tests share."""

import pytest

from inspections.models import Plan, Role, Unit, User
from tests.builders import make_run, make_user
from tests.inspections.adversaries.months import CUTOFF
from tests.inspections.services import months
from tests.inspections.services.months import Month, make_month


@pytest.fixture
def month(db: None) -> Month:
    """A department of twelve units in the month before the one that is planned."""
    return make_month()


@pytest.fixture
def friend(month: Month) -> Unit:
    """The unit that a cheat wants to spare."""
    return month.units[7]


@pytest.fixture
def plan(month: Month) -> Plan:
    """A frozen plan of unequal chances: the friend's is among the larger ones."""
    scores = {unit: 10 + 3.0 * number for number, unit in enumerate(month.units)}
    return months.frozen(month, risk_run=make_run(month.lan, scores, as_of=CUTOFF))


@pytest.fixture
def quang(db: None) -> User:
    """One person who may plan and approve, though never the same thing."""
    return make_user("Quang", Role.PLANNER, Role.APPROVER)
