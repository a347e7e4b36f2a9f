"""A province whose data are loaded from files, scored and planned by the services."""

from datetime import date, datetime, timedelta

import numpy as np

from inspections.models import Plan, RiskRun, Role, Unit, User
from inspections.services import plans, scoring
from planner import inclusion
from tests.builders import HANOI, make_department, make_unit, make_user
from tests.inspections.services.loading import Loading

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
DATA_OF = date(2026, 2, 28)


def task(code: str, unit: str, *, due: str, done: str = "") -> tuple[str, ...]:
    """Write a row of a list of tasks: open, or done on a day."""
    return (code, unit, "05/01/2026", due, done, "Hoàn thành" if done else "Đang thực hiện")


class Province(Loading):
    """Twenty-four communes of one kind, a policy in force, a planner and an approver."""

    def __init__(self, units: int = 24) -> None:
        self.lan = make_user("Lan", Role.PLANNER)
        self.minh: User = make_user("Minh", Role.APPROVER)
        self.now = NOW
        make_department()
        self.units: dict[str, Unit] = {
            f"X{number:02}": make_unit(f"X{number:02}", f"Xã Số {number}")
            for number in range(1, units + 1)
        }
        self.friend, *self.others = self.units.values()
        earlier = NOW - timedelta(days=40)
        policy = scoring.propose_policy(
            actor=self.lan, name="Mặc định", reason="Năm đầu", now=earlier
        )
        scoring.endorse_policy(actor=self.minh, policy=policy, version=1, now=earlier)

    def compute(self, *, days_earlier: int = 0) -> RiskRun:
        """Score the units on the loaded data."""
        as_of = DATA_OF - timedelta(days=days_earlier)
        return scoring.compute_risk(actor=self.lan, as_of=as_of, now=self.now)

    def draft(self, run: RiskRun) -> Plan:
        """Open the draft of April on a run."""
        return plans.create_plan(
            actor=self.lan, period=date(2026, 4, 1), size=5, now=self.now, risk_run=run
        )

    def chances(self, run: RiskRun, size: int = 5) -> dict[str, float]:
        """Return each unit's inclusion probability in a plan on a run."""
        scores = dict(run.scores.order_by("unit__code").values_list("unit__code", "score"))
        found = inclusion.inclusion_probabilities(np.array(list(scores.values())), size)
        return dict(zip(scores, found.tolist(), strict=True))
