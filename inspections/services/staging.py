"""The long part of loading: checking a file, and storing its rows where nobody sees them yet.

Both start over cleanly when a worker dies: what an earlier attempt left is removed first.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import sealing
from inspections.errors import DomainError
from inspections.importers.headers import Period
from inspections.importers.problems import Doubt, FileRefused, Problem, ProblemLog
from inspections.importers.reading import DATED_KINDS, OpenedFile, open_file, read_rows
from inspections.importers.rows import Batch, Context
from inspections.matching import Candidates, KnownAlias, KnownUnit, Match, UnitMatcher
from inspections.models import (
    Complaint,
    Department,
    Dossier,
    DossierSummary,
    FactState,
    Job,
    JobState,
    Load,
    LoadProblem,
    LoadState,
    PastResult,
    SourceKind,
    StagedRecord,
    Task,
    Unit,
    UnitAlias,
)
from inspections.models.facts import Fact
from inspections.queries.calendars import work_calendar
from inspections.services import registers
from inspections.services.jobs import Run
from inspections.services.sources import profile_of

FACTS: Final[Mapping[str, type[Fact]]] = {
    SourceKind.TASK: Task,
    SourceKind.DOSSIER: Dossier,
    SourceKind.DOSSIER_SUMMARY: DossierSummary,
    SourceKind.COMPLAINT: Complaint,
    SourceKind.RESULT: PastResult,
}
#: States in which the bytes of a load are still needed.
LIVE: Final = (LoadState.CHECKING, LoadState.CHECKED, LoadState.STAGING)
#: A dossier that opens again within so many days of its result continues.
REOPENED_WITHIN_DAYS: Final = 30
_DELETED_AT_ONCE: Final = 20_000
_CANDIDATES_SHOWN: Final = 8


class ProblemsAppeared(DomainError):
    """Rows that were in order when the file was checked no longer are."""

    code = "problems_appeared"


def upload_path(load: Load) -> Path:
    """Return where the bytes of a load lie until its rows are in effect or it is given up."""
    return Path(settings.VAR_DIR) / "uploads" / str(load.pk)


def discard_upload(load: Load) -> None:
    """Delete the bytes of a load: they name citizens, and nobody needs them any more."""
    upload_path(load).unlink(missing_ok=True)


# --- Checking --------------------------------------------------------------------------------


def check(run: Run) -> dict[str, Any]:
    """Read a file from end to end without storing a row; note every problem."""
    load = Load.objects.select_related("source").get(pk=run.job.params["load"])
    if load.state != LoadState.CHECKING:
        return {"load": str(load.pk), "state": load.state}
    reading = _Reading(load, run)
    try:
        for batch in reading.batches():
            reading.stored += len(batch)
    except FileRefused as refusal:
        _refuse(load, refusal)
        return {"load": str(load.pk), "state": LoadState.FAILED}
    with transaction.atomic():
        reading.save()
        Load.objects.filter(pk=load.pk, state=LoadState.CHECKING).update(
            state=LoadState.CHECKED, version=F("version") + 1
        )
    return {"load": str(load.pk), "state": LoadState.CHECKED, "rows": reading.stored}


def _refuse(load: Load, refusal: FileRefused) -> None:
    with transaction.atomic():
        load.problems.all().delete()
        LoadProblem.objects.bulk_create(_stored(load, problem) for problem in refusal.problems)
        Load.objects.filter(pk=load.pk, state=LoadState.CHECKING).update(
            state=LoadState.FAILED,
            counts={"errors": len(refusal.problems), "warnings": 0},
            version=F("version") + 1,
        )
    discard_upload(load)


# --- Storing ---------------------------------------------------------------------------------


def stage(run: Run, switch: Callable[[Run, Load], None]) -> dict[str, Any]:
    """Store the rows of a load in short transactions, then let ``switch`` bring them into effect.

    Raises ``ProblemsAppeared`` when rows must be left out and nobody has agreed to that.
    """
    load = Load.objects.select_related("source").get(pk=run.job.params["load"])
    if load.state == LoadState.STAGING:
        remove_rows(load)
        reading = _Reading(load, run)
        store = _record_store(load) if load.source.kind in registers.KINDS else _fact_store(load)
        with _roomy_cache():
            for batch in reading.batches():
                with transaction.atomic():
                    run.hold()
                    store(batch)
                reading.stored += len(batch)
        with transaction.atomic():
            reading.save()
        _renew_statistics(load)
        if reading.log.total("error") and not load.accept_problems:
            raise ProblemsAppeared(
                _("Rows that were in order when the file was checked no longer are.")
            )
        switch(run, load)
    discard_upload(load)
    return {"load": str(load.pk), "state": LoadState.IN_EFFECT, "rows": load.counts.get("stored")}


def ended_badly(job: Job, state: JobState, now: datetime) -> None:  # noqa: ARG001  the same for all jobs
    """Tidy up after a job that did not bring a load to its goal.

    A checked file goes back to being checked: it is still there, and the person may try again or give it up.
    """
    load = Load.objects.select_related("source").get(pk=job.params["load"])
    remove_rows(load)
    lost = LoadState.CANCELLED if state == JobState.CANCELLED else LoadState.FAILED
    for before, after in ((LoadState.STAGING, LoadState.CHECKED), (LoadState.CHECKING, lost)):
        if load.state == before:
            Load.objects.filter(pk=load.pk, state=before).update(
                state=after, version=F("version") + 1
            )
    load.refresh_from_db()
    if load.state not in LIVE:
        discard_upload(load)


def sweep(run: Run) -> dict[str, Any]:
    """Delete the rows of a load that was undone; nobody sees them any more."""
    load = Load.objects.get(pk=run.job.params["load"])
    if load.state == LoadState.UNDONE:
        remove_rows(load)
    return {"load": str(load.pk)}


def remove_rows(load: Load) -> None:
    """Delete the rows of a load that is not in effect, some at a time."""
    if load.state == LoadState.IN_EFFECT:
        return
    load.records.all().delete()
    model = FACTS.get(load.source.kind)
    while model is not None:
        some = model.objects.filter(load=load).order_by("row").values("pk")[:_DELETED_AT_ONCE]
        with transaction.atomic():
            deleted, _by_model = model.objects.filter(pk__in=some).delete()
        if not deleted:
            break


class _Reading:
    """One pass over the file of a load, with its problems and counts."""

    _opened: OpenedFile

    def __init__(self, load: Load, run: Run) -> None:
        self.load = load
        self.log = ProblemLog()
        self.stored = 0
        self._run = run
        self._candidates: dict[str, list[str]] = {}
        self._added: dict[str, int] = {}
        self._last_visit: date | None = None

    def batches(self) -> Iterator[Batch]:
        """Yield the rows that can be stored, reporting progress."""
        today = timezone.localdate(self._run.clock())
        profile = profile_of(self.load.source)
        opened = open_file(upload_path(self.load), profile, cutoff=self.load.cutoff, today=today)
        self._opened = opened
        context = _context(opened, self._candidates)
        sheet = opened.table.sheet
        for batch in read_rows(opened, context, self.log):
            self._run.report(sheet.position, sheet.size)
            if self.load.source.kind in registers.KINDS:
                yield self._checked_records(batch)
            else:
                self._note_visits(batch)
                yield batch

    def _note_visits(self, batch: Batch) -> None:
        days = map(date.fromisoformat, batch.columns.get("visited_on", ()))
        self._last_visit = max(filter(None, [self._last_visit, *days]), default=None)

    def _checked_records(self, batch: Batch) -> Batch:
        """Leave out units that would be added without a kind; count what the others change."""
        if not len(batch):
            return batch
        kind = self.load.source.kind
        codes, records = batch.columns["code"], batch.columns["data"]
        lacking = registers.lacks_kind(kind, codes, records)
        for row, lacks in zip(batch.rows, lacking, strict=True):
            if lacks:
                self.log.add(Problem("kind_missing", row=row))
        keep = [not lacks for lacks in lacking]
        columns = {
            field: list(itertools.compress(values, keep)) for field, values in batch.columns.items()
        }
        self._added = dict(registers.preview(kind, columns["code"], columns["data"]))
        return Batch(list(itertools.compress(batch.rows, keep)), columns)

    def _cutoff(self) -> date | None:
        """Return the day the rows stand on. Lists have none; earlier visits are known to the last of them."""
        kind = self.load.source.kind
        if kind in DATED_KINDS or self.load.cutoff or self._opened.period:
            return self._opened.cutoff
        return self._last_visit if kind == SourceKind.RESULT else None

    def save(self) -> None:
        """Write problems, counts, cut-off and period to the load."""
        opened, log, load = self._opened, self.log, self.load
        load.problems.all().delete()
        LoadProblem.objects.bulk_create(
            (_stored(load, problem) for problem in log.kept), batch_size=500
        )
        load.counts = {
            "rows": opened.table.read,
            "stored": self.stored,
            "left_out": opened.table.read - self.stored,
            "remarks": opened.table.remarks,
            "errors": log.total("error"),
            "warnings": log.total("warning"),
            "by_code": {code: count for (code, _severity), count in sorted(log.counts.items())},
            "unmatched": [
                {"name": name, "rows": rows, "candidates": self._candidates.get(name, [])}
                for name, rows in log.unmatched.most_common()
            ],
            "columns": opened.columns(),
            **self._added,
        }
        load.cutoff = self._cutoff()
        period = opened.period or Period(None, opened.cutoff)
        load.period_from, load.period_to = period.first, period.last
        load.save(update_fields=["counts", "cutoff", "period_from", "period_to"])


def _stored(load: Load, problem: Problem) -> LoadProblem:
    return LoadProblem(
        load=load,
        row=problem.row,
        column=problem.column[:200],
        value=problem.value,
        code=problem.code,
        severity=problem.severity,
        params=dict(problem.params),
    )


def _context(opened: OpenedFile, candidates: dict[str, list[str]]) -> Context:
    """Gather what rows are read against; ``candidates`` collects the codes that a doubtful name may mean."""
    department = Department.objects.first() or Department()
    province = [department.province_name] if department.province_name else []
    # Files also name units that cannot be inspected, such as the department itself.
    units = Unit.objects.all()
    matcher = UnitMatcher(
        [KnownUnit(*unit) for unit in units.values_list("code", "name", "kind")],
        [
            KnownAlias(*alias)
            for alias in UnitAlias.objects.values_list(
                "name", "unit__code", "valid_from", "valid_to"
            )
        ],
        province_names=province,
    )

    def match_unit(name: str) -> str:
        outcome = matcher.match(name, opened.cutoff)
        if isinstance(outcome, Match):
            return outcome.code
        if not isinstance(outcome, Candidates):
            raise Doubt("unit_unknown")
        nearest = outcome.candidates[:_CANDIDATES_SHOWN]
        candidates[name] = [candidate.code for candidate in nearest]
        raise Doubt("unit_ambiguous", candidates=", ".join(near.name for near in nearest))

    return Context(
        profile=opened.profile,
        cutoff=opened.cutoff,
        period=opened.period,
        calendar=work_calendar(),
        match_unit=match_unit,
        answer_days=department.complaint_answer_days,
        complainant_key=_complainant_keys(),
    )


def _complainant_keys() -> Callable[[int], bytes | None]:
    """Return what finds a year's key, None outside its window. A keyring that is missing or another's is an error;
    it is asked for with the first complaint, once a file."""
    ring = cache(sealing.keyring)

    def find(year: int) -> bytes | None:
        return ring().complainants.get(year)

    return find


def _record_store(load: Load) -> Callable[[Batch], None]:
    def store(batch: Batch) -> None:
        columns = (batch.columns.get(field, []) for field in ("code", "data"))
        StagedRecord.objects.bulk_create(
            (
                StagedRecord(load=load, row=row, code=code, data=data)
                for row, code, data in zip(batch.rows, *columns, strict=True)
            ),
            batch_size=500,
        )

    return store


def _fact_store(load: Load) -> Callable[[Batch], None]:
    """Return what writes a batch: values in bulk, past the ORM, inside the caller's short transaction."""
    model = FACTS[load.source.kind]
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    unit_id = Unit._meta.pk
    unit_ids = {
        code: unit_id.get_db_prep_value(pk, connection)
        for code, pk in Unit.objects.values_list("code", "pk")
    }
    insert = _copy_in if connection.vendor == "postgresql" else _insert_many
    continues = model is Dossier and load.source.loads.in_effect().exists()

    def store(batch: Batch) -> None:
        columns = batch.columns | {
            "row": batch.rows,
            "load": [load.number] * len(batch),
            "unit": [unit_ids[code] for code in batch.columns["unit"]],
        }
        if model is Dossier:
            columns["reopened"] = [False] * len(batch)
        if continues:
            _continue_dossiers(load, columns)
        insert(model, fields, zip(*(columns[field.name] for field in fields), strict=True))

    return store


@contextmanager
def _roomy_cache() -> Iterator[None]:
    """Give SQLite 16 MB of pages: the codes' index is written to all over, and 2 MB would be written twice."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute("PRAGMA cache_size = -16384")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {int(before)}")


def _renew_statistics(load: Load) -> None:
    """Let PostgreSQL know of the rows before they are asked for: it would plan for a table that it thinks empty,
    and go through a million rows once for each of them, until its own housekeeping comes by."""
    if connection.vendor == "postgresql" and load.source.kind in FACTS:
        table = connection.ops.quote_name(FACTS[load.source.kind]._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")


def _insert_many(model: type[Fact], fields: list[Any], rows: Iterator[tuple[Any, ...]]) -> None:
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = quote(model._meta.db_table)
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  names of our own columns
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)  # type: ignore[arg-type]  # any iterable will do


def _copy_in(model: type[Fact], fields: list[Any], rows: Iterator[tuple[Any, ...]]) -> None:
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    statement = f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _continue_dossiers(load: Load, columns: dict[str, list[Any]]) -> None:
    """Let a dossier that an earlier load had as done, and that opens again, go on from its first dates."""
    known = Dossier.objects.filter(
        load__source=load.source, load__state=LoadState.IN_EFFECT, code__in=columns["code"]
    )
    fields = ("code", "first_received", "original_due", "due", "done", "state", "reopened")
    rows = known.order_by("load__turn").values_list(*fields)
    earlier = {code: rest for code, *rest in rows.iterator()}
    for place, code in enumerate(columns["code"]):
        if code not in earlier:
            continue
        first, original_due, due, done, state, reopened = earlier[code]
        received = date.fromisoformat(columns["received"][place])
        is_done = state == FactState.DONE and done is not None
        if reopened or (is_done and _opens_again(columns["state"][place], received, done)):
            columns["reopened"][place] = True
            columns["first_received"][place] = min(first or received, received).isoformat()
            if first_due := original_due or due:
                columns["original_due"][place] = first_due.isoformat()


def _opens_again(state: str, received: date, done: date) -> bool:
    is_new_start = received > done or state == FactState.OPEN
    return is_new_start and (received - done).days <= REOPENED_WITHIN_DAYS
