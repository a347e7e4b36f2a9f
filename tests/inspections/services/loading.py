"""Files taken in, checked and brought into effect, step by step or all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from inspections.models import Job, JobState, Load, Role, Source, SourceKind, Unit, User
from inspections.services import jobs, loads, sources
from tests.builders import HANOI, make_department, make_unit, make_user
from tests.inspections.importers.files import csv_bytes

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=HANOI)
CUTOFF = date(2026, 10, 31)
TASK_HEADERS = (
    "Mã nhiệm vụ",
    "Đơn vị chủ trì",
    "Ngày giao",
    "Hạn xử lý",
    "Ngày hoàn thành",
    "Trạng thái",
)


@dataclass
class Loading:
    """A department with one planner and three units, and what he loads."""

    lan: User = field(default_factory=lambda: make_user("Lan", Role.PLANNER))
    now: datetime = NOW

    def __post_init__(self) -> None:
        make_department()
        self.units: dict[str, Unit] = {
            code: make_unit(code, name)
            for code, name in (("SYT", "Sở Y tế"), ("TH", "Xã Tân Thạnh"), ("TT", "Xã Tân Thành"))
        }

    def source(self, kind: SourceKind = SourceKind.TASK, **facts: Any) -> Source:
        """Make a source."""
        facts = {"code": kind.value, "name": str(kind.label)} | facts
        return sources.create_source(actor=self.lan, kind=kind, now=self.now, **facts)

    def upload(
        self, source: Source, content: bytes, *, cutoff: date | None = CUTOFF, name: str = "a.csv"
    ) -> Load:
        """Take a file in without checking it."""
        load, _job = loads.upload(
            actor=self.lan,
            source=source,
            file_name=name,
            pieces=[content],
            now=self.now,
            cutoff=cutoff,
        )
        return load

    def checked(self, source: Source, content: bytes, *, cutoff: date | None = CUTOFF) -> Load:
        """Take a file in and check it."""
        load = self.upload(source, content, cutoff=cutoff)
        self.work()
        load.refresh_from_db()
        return load

    def apply(self, load: Load, *, accept_problems: bool = False) -> Job:
        """Ask for a checked file to be brought into effect."""
        return loads.apply(
            actor=self.lan,
            load=load,
            version=load.version,
            now=self.now,
            accept_problems=accept_problems,
        )

    def loaded(
        self,
        source: Source,
        content: bytes,
        *,
        cutoff: date | None = CUTOFF,
        accept_problems: bool = False,
    ) -> Load:
        """Take a file in and bring it into effect."""
        load = self.checked(source, content, cutoff=cutoff)
        job = self.apply(load, accept_problems=accept_problems)
        self.work()
        job.refresh_from_db()
        assert job.state == JobState.DONE, job.error
        load.refresh_from_db()
        return load

    def undo(self, load: Load) -> Load:
        """Take a load out of effect."""
        return loads.undo(actor=self.lan, load=load, version=load.version, now=self.now)

    def work(self) -> list[Job]:
        """Run all waiting jobs."""
        done = []
        while job := jobs.run_next(clock=self.clock, owner="worker"):
            done.append(job)
        return done

    def clock(self) -> datetime:
        """Return the time, a second later each time."""
        self.now += timedelta(seconds=1)
        return self.now


def tasks(*rows: Sequence[object]) -> bytes:
    """Write a list of tasks."""
    return csv_bytes([TASK_HEADERS, *rows])


def task(
    code: str, unit: str = "Sở Y tế", *, due: str = "09/10/2026", done: str = ""
) -> tuple[str, ...]:
    """Write a row of it: open, or done on a day."""
    return (code, unit, "01/10/2026", due, done, "Hoàn thành" if done else "Đang thực hiện")


def codes(rows: Iterable[Any]) -> list[str]:
    """Return the codes of rows, sorted."""
    return sorted(row.code for row in rows)
