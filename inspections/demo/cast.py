"""The demo's people and the moments at which they act."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from inspections.models import Role
from inspections.services.setup import FirstAccount

PASSWORD = "ky-cuong-mo-phong"  # noqa: S105  printed on purpose; it opens nothing but a demo
PLANNER, APPROVER, CLERK, ADMIN = "lan", "minh", "chi", "ha"
ACCOUNTS = (
    FirstAccount(PLANNER, "Nguyễn Thị Lan", [Role.PLANNER]),
    FirstAccount(APPROVER, "Trần Văn Minh", [Role.APPROVER]),
    FirstAccount(CLERK, "Phạm Thị Chi", [Role.CLERK]),
    FirstAccount("phuong", "Lê Thị Phương", [Role.PUBLISHER]),
    FirstAccount("dung", "Võ Văn Dũng", [Role.LEADER]),
    FirstAccount("giang", "Đặng Hoàng Giang", [Role.AUDITOR]),
    FirstAccount(ADMIN, "Bùi Thu Hà", [Role.TECHNICAL_ADMIN]),
)
# Staff codes in the list of inspectors: two who may lead and one who may not get accounts.
INSPECTORS = ("KT001", "KT002", "KT010")
WITNESS = "Hồ Thị Thu (mô phỏng)"


@dataclass(frozen=True)
class Moments:
    """When the steps happen: a first roster two months ago, its visits and the policy in the month after it, data and
    commitment yesterday, the draw of the next roster today.

    So nobody sets weights for data that he has seen, and nobody draws before the public value exists.
    """

    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def yesterday(self) -> datetime:
        return self.at(self.today - timedelta(days=1))

    @property
    def cutoff(self) -> date:
        return self.today - timedelta(days=2)

    @property
    def earlier(self) -> datetime:
        """The beginning of the month before yesterday's."""
        before = self.yesterday.date().replace(day=1) - timedelta(days=1)
        return self.at(before.replace(day=1))

    @property
    def founded(self) -> datetime:
        """The beginning of the month before `earlier`."""
        before = self.earlier.date() - timedelta(days=1)
        return self.at(before.replace(day=1))

    @property
    def next_month(self) -> date:
        return (self.today.replace(day=28) + timedelta(days=4)).replace(day=1)

    @staticmethod
    def at(day: date) -> datetime:
        """Eight o'clock of a day."""
        return timezone.make_aware(datetime.combine(day, time(8, 0)))
