"""Loading the demo's exports as a planner does: upload, look at the problems, accept, switch."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from inspections.demo import cast
from inspections.demo.cast import Moments
from inspections.demo.exports import REGISTERS, RESULTS, UNITS, DemoSource, Export, generate
from inspections.demo.story import Say, actor
from inspections.errors import WrongState
from inspections.importers.problems import Problem
from inspections.models import AbsentMeans, Job, JobState, Load, LoadState, Source, SourceKind, User
from inspections.services import jobs, loads
from inspections.services.sources import create_source

SHOWN_PROBLEMS = 3


def load_registers(say: Say, moments: Moments) -> None:
    """Load the lists of units and inspectors, with which the department begins."""
    day = _begun(UNITS) or moments.founded.date()
    for export in generate(last=day):
        if export.source in REGISTERS:
            for sentence, is_new in _load(export, moments.founded + timedelta(days=1)):
                say(sentence, is_new)


def load_exports(say: Say, moments: Moments) -> date:
    """Make the exports, leave them in ``var/demo``, load them; return the newest cut-off date."""
    begun = _begun(RESULTS)
    cutoff = begun or moments.cutoff
    folder = settings.VAR_DIR / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    exports = generate(last=cutoff)
    for export in exports:
        (folder / export.name).write_bytes(export.content)
    say(
        _("%(count)s exports of a year: %(path)s") % {"count": len(exports), "path": folder},
        not begun,
    )
    for export in exports:
        if export.source not in REGISTERS:
            for sentence, is_new in _load(export, moments.yesterday):
                say(sentence, is_new)
    return cutoff


def _begun(source: DemoSource) -> date | None:
    """Return the cut-off of a load from an earlier run: the demo goes on with it, and so with the same bytes."""
    load = Load.objects.filter(source__code=source.code).order_by("number").first()
    return load.cutoff if load else None


def _load(export: Export, now: datetime) -> Iterator[tuple[str, bool]]:
    planner = actor(cast.PLANNER)
    source = _source(export.source, planner, now)
    digest = hashlib.sha256(export.content).hexdigest()
    known = source.loads.filter(sha256=digest)
    load = known.filter(state__in=(LoadState.IN_EFFECT, LoadState.UNDONE)).first()
    is_new = load is None
    if load is None:
        for left in known.filter(
            state__in=(LoadState.CHECKING, LoadState.CHECKED, LoadState.STAGING)
        ):
            loads.cancel(actor=planner, load=left, version=left.version, now=now)
        load = _take_in(export, source, planner, now)
    facts = {
        "file": load.file_name,
        "stored": load.counts["stored"],
        "left_out": load.counts["left_out"],
        "warnings": load.counts["warnings"],
    }
    yield (
        _("%(file)s: %(stored)s rows, %(left_out)s left out, %(warnings)s warnings") % facts,
        is_new,
    )
    if is_new:
        for problem in load.problems.filter(severity="error")[:SHOWN_PROBLEMS]:
            told = Problem(problem.code, params=problem.params)
            where = {"row": problem.row, "column": problem.column, "value": problem.value}
            yield (
                _("    row %(row)s, %(column)s “%(value)s”:") % where
                + f" {told.message} {told.remedy}",
                is_new,
            )


def _take_in(export: Export, source: Source, planner: User, now: datetime) -> Load:
    load, job = loads.upload(
        actor=planner,
        source=source,
        file_name=export.name,
        pieces=[export.content],
        now=now,
        cutoff=export.last,
    )
    if job is not None:
        _run(job, now)
    load.refresh_from_db()
    _run(
        loads.apply(actor=planner, load=load, version=load.version, now=now, accept_problems=True),
        now,
    )
    load.refresh_from_db()
    return load


def _run(job: Job, now: datetime) -> None:
    """Do a job here and now, as a worker would."""
    if jobs.claim_one(job, owner=jobs.owner_name(), now=now):
        jobs.run_claimed(job, clock=lambda: now)
    if job.state != JobState.DONE:
        raise WrongState(job.error or _("Another worker has taken the job."), state=job.state)


def _source(described: DemoSource, planner: User, now: datetime) -> Source:
    source = Source.objects.filter(code=described.code).first()
    return source or create_source(
        actor=planner,
        code=described.code,
        name=described.name,
        kind=SourceKind(described.kind),
        absent_means=AbsentMeans(described.absent_means),
        now=now,
    )
