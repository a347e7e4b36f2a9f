"""The two ways that ``bench.score`` measures, in a process with Django set up."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from bench.figures import medians
from bench.rows import multiply
from bench.score import COMPLAINTS
from inspections.models import (
    AbsentMeans,
    Complaint,
    Department,
    Load,
    LoadState,
    Source,
    SourceKind,
    Task,
    Unit,
    UnitKind,
    User,
)
from inspections.queries.measures import measure
from planner.policy import Policy
from planner.score import score

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CUTOFF = date(2026, 11, 20)
UNITS = 150
REPEATS = 3
DONE = "CASE WHEN i % 10 = 0 THEN NULL ELSE {day:i * 79 % 300 + 1 + i % 35} END"


def main(tasks: str) -> dict[str, Any]:
    """Fill the tables and measure both ways in turns."""
    fill(int(tasks))
    assert ours().sum() > 0
    np.testing.assert_array_equal(grouped(read())["tasks"].to_numpy()[:3] > 0, True)
    rows = read()
    taken = medians(REPEATS, ours=ours, peer=lambda: grouped(read()))
    taken |= medians(REPEATS, grouped=lambda: grouped(rows))
    return taken | {"units": UNITS}


def fill(tasks: int) -> None:
    """Store units, one load of tasks and one of complaints: nine in ten done, a third of them late."""
    Department.objects.create(
        superior="UBND", place="Đồng Tháp", province_code="82", province_name="Đồng Tháp"
    )
    unit = Unit(code="", name="Xã Thử Nghiệm", kind=UnitKind.COMMUNE)
    multiply(unit, UNITS, id="{id}", code="{padded}", sort_key="{padded}")
    person = User.objects.create_user("lan", full_name="Lan")
    matter = {
        "row": "i",
        "code": "{padded}",
        "unit": f"{{id:1 + i % {UNITS}}}",
        "state": "CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END",
        "received": "{day:i * 79 % 300}",
        "due": "{day:i * 79 % 300 + 1 + i % 29}",
        "done": DONE,
    }
    task = Task(load=_load(person, SourceKind.TASK, 1), assigner="chair")
    multiply(task, tasks, **matter)
    complaint = Complaint(load=_load(person, SourceKind.COMPLAINT, 2))
    multiply(complaint, tasks // COMPLAINTS, **matter, complainant="{padded:i / 3}")


def _load(person: User, kind: SourceKind, number: int) -> Load:
    source = Source.objects.create(
        code=kind.replace("_", "-"), name=kind, kind=kind, absent_means=AbsentMeans.ZERO
    )
    return Load.objects.create(
        number=number, source=source, file_name="f.csv", sha256=str(number), size=0, turn=1,
        state=LoadState.IN_EFFECT, cutoff=CUTOFF, switched_by=person, switched_at=NOW,
        uploaded_by=person, uploaded_at=NOW,
    )  # fmt: skip


def ours() -> Any:
    """Measure and score every unit."""
    policy = Policy()
    return score(measure(as_of=CUTOFF, policy=policy).inputs, policy).score


def read() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of both tables."""
    columns = {
        Task: "unit_id, state, due, done",
        Complaint: "unit_id, state, due, done, complainant",
    }
    frames = []
    for model, names in columns.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {model._meta.db_table}")  # noqa: S608  ours
            frames.append(pd.DataFrame(cursor.fetchall(), columns=names.split(", ")))
    return frames[0], frames[1]


def grouped(rows: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """The counts of each unit."""
    tasks, complaints = (_late(frame) for frame in rows)
    by_unit = tasks.groupby("unit_id").agg(
        tasks=("late", "size"), overdue=("late", "sum"), days=("days", "sum")
    )
    sent = complaints.groupby("unit_id").agg(
        complainants=("complainant", "nunique"), due=("late", "size"), late=("late", "sum")
    )
    return by_unit.join(sent)


def _late(frame: pd.DataFrame) -> pd.DataFrame:
    due = pd.to_datetime(frame["due"])
    days = (pd.to_datetime(frame["done"]).fillna(pd.Timestamp(CUTOFF)) - due).dt.days.clip(0)
    return frame.assign(days=days, late=days > 0)
