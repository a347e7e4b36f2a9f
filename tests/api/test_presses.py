"""Several who press one button at once: one takes the step, the others learn that they came too late."""

import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection

from inspections.models import AuditEvent, Plan, Role, User
from inspections.services import audit
from inspections.states import STEPS
from tests.api.conftest import Clock, signed_in
from tests.builders import make_user
from tests.inspections.services.months import PRESSES, make_month, ready_for

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4
PATIENCE = 60


def pressed_by(user: User, plan: Plan, step: str, start: threading.Barrier) -> Any:
    """Press a step's button in a browser of one's own."""
    _, _, given = PRESSES[step]
    try:
        client = signed_in(user)
        start.wait(PATIENCE)
        return client.post(
            f"/api/v1/plans/{plan.pk}/{step}/",
            given or None,
            headers={"if-match": f'"{plan.version}"'},
        )
    finally:
        connection.close()


@pytest.mark.parametrize("step", STEPS)
def test_of_several_who_press_at_once_one_takes_the_step(
    transactional_db: None, moment: Clock, step: str
) -> None:
    month = make_month()
    plan = ready_for(month, step)
    _, moment.at, _ = PRESSES[step]
    role = Role.PLANNER if Role.PLANNER in STEPS[step].roles else Role.APPROVER
    first = month.lan if role is Role.PLANNER else month.minh
    actors = [first, *(make_user(f"Người {n}", role) for n in range(1, AT_ONCE))]
    start = threading.Barrier(AT_ONCE)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda actor: pressed_by(actor, plan, step, start), actors))

    won = [answer for answer in answers if answer.status_code == HTTPStatus.OK]
    lost = [answer for answer in answers if answer not in won]
    assert len(won) == 1, [answer.text for answer in answers]
    assert won[0].json()["state"] == STEPS[step].target
    for answer in lost:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) in {
            (HTTPStatus.CONFLICT, "wrong_state"),
            (HTTPStatus.PRECONDITION_FAILED, "version_conflict"),
        }
    assert AuditEvent.objects.filter(action=f"plan.{step}").count() == 1
    assert list(audit.verify_chain()) == []
