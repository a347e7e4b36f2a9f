"""Thousands of submissions through bad networks: in the end nothing is lost, doubled or altered.

Everything goes over HTTP through the routes that tablets use. Three things do not, for want of a route: enrolling the
tablets, giving a visit another team, and withdrawing it. Requests at the same time run in threads of their own.
Processes that die in the middle are another proof: ``tests/inspections/faults``.
"""

import pytest

from tests.api.conftest import Clock
from tests.api.storm.comparing import compare
from tests.api.storm.storm import FATES, Storm

pytestmark = pytest.mark.django_db(transaction=True)


def blow(seed: int, submissions: int, clock: Clock) -> Storm:
    storm = Storm(seed, submissions, clock)
    storm.blow()
    compare(storm)
    return storm


def test_two_hundred_submissions_through_bad_networks_leave_what_the_model_says(
    moment: Clock,
) -> None:
    storm = blow(1, 200, moment)
    assert {fate.__name__.strip("_") for fate, _ in FATES} <= set(storm.happened)


@pytest.mark.slow
def test_ten_thousand_submissions_through_bad_networks_leave_what_the_model_says(
    moment: Clock,
) -> None:
    storm = blow(2, 10_000, moment)
    reasons = {one.set_aside for one in storm.model.filed.values()}
    assert reasons >= {
        None, "visit_not_open", "closed_already", "not_the_leader", "unknown_checklist",
        "cannot_replace", "stated_elsewhere", "device_not_proven", "device_revoked",
    }  # fmt: skip
    assert storm.model.conflicts
    assert any(one.is_annex for one in storm.model.filed.values())
    assert any(taken_back for _, _, taken_back in storm.model.findings().values())
