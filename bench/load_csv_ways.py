"""The two ways that ``bench.load_csv`` measures, each in a process with Django set up."""

import csv
import itertools
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench.figures import peak_memory
from bench.load_csv import CUTOFF, NOW, UNITS
from inspections.models import (
    Dossier,
    Job,
    Load,
    LoadState,
    Role,
    RoleGrant,
    Source,
    SourceKind,
    Unit,
    UnitKind,
    User,
)
from inspections.services import jobs, loads, sources

PEER_BATCH = 5000


def main(way: str, file: str) -> dict[str, float]:
    """Load the file one way; return seconds of each step and MB of memory at the peak."""
    make_units()
    before = peak_memory()
    result = dict((ours if way == "ours" else peer)(Path(file)))
    return result | {"memory": peak_memory() - before}


def make_units() -> None:
    """Make the units that the file names."""
    for number in range(UNITS):
        name = f"Xã Thử Nghiệm {number}"
        Unit.objects.create(code=f"U{number:03d}", name=name, kind=UnitKind.COMMUNE)


def ours(file: Path) -> Iterator[tuple[str, float]]:
    """Upload, check and store the file as the product does; yield the seconds of each step."""

    planner = User.objects.create_user("lan", full_name="Lan")
    RoleGrant.objects.create(user=planner, role=Role.PLANNER, granted_at=NOW)
    source = sources.create_source(
        actor=planner, code="bench", name="bench", kind=SourceKind.DOSSIER, now=NOW
    )

    def run(job: Job | None) -> None:
        assert job is not None
        jobs.claim_one(job, owner="bench", now=NOW)
        jobs.run_claimed(job, clock=lambda: NOW)
        assert job.state == "done", job.error

    start = time.perf_counter()
    with file.open("rb") as stream:
        load, job = loads.upload(
            actor=planner,
            source=source,
            file_name=file.name,
            pieces=iter(lambda: stream.read(1 << 20), b""),
            now=NOW,
            cutoff=CUTOFF,
        )
    yield "upload", time.perf_counter() - start
    start = time.perf_counter()
    run(job)
    yield "check", time.perf_counter() - start
    load.refresh_from_db()
    assert not load.counts["errors"], load.counts
    start, cpu = time.perf_counter(), time.process_time()
    run(loads.apply(actor=planner, load=load, version=load.version, now=NOW))
    yield "store", time.perf_counter() - start
    yield "cpu", time.process_time() - cpu
    start = time.perf_counter()
    current = Dossier.objects.current().count()
    yield "current", time.perf_counter() - start
    assert current == load.counts["stored"]


def peer(file: Path) -> Iterator[tuple[str, float]]:
    """Store the rows by ``bulk_create``, with no check at all."""

    person = User.objects.create_user("peer", full_name="Peer")
    load = Load.objects.create(
        number=1,
        source=Source.objects.create(code="bench", name="bench", kind=SourceKind.DOSSIER),
        file_name=file.name,
        sha256="",
        size=0,
        state=LoadState.STAGING,
        uploaded_by=person,
        uploaded_at=NOW,
    )
    units = {
        f"UBND xã Thử Nghiệm {unit.name.rsplit(' ', 1)[1]}": unit for unit in Unit.objects.all()
    }

    def day(text: str) -> date | None:
        return date(int(text[6:10]), int(text[3:5]), int(text[:2])) if text else None

    start, cpu = time.perf_counter(), time.process_time()
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, delimiter=";")
        next(rows)
        objects = (
            Dossier(
                load=load,
                row=number,
                code=row[1],
                unit=units[row[6]],
                state="done" if row[9] else "open",
                received=day(row[7]),
                due=day(row[8]),
                done=day(row[9]),
                first_received=day(row[7]),
                procedure=row[2],
                field=row[3],
            )
            for number, row in enumerate(rows, start=2)
        )
        while batch := list(itertools.islice(objects, PEER_BATCH)):
            Dossier.objects.bulk_create(batch)
    yield "store", time.perf_counter() - start
    yield "cpu", time.process_time() - cpu
