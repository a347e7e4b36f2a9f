# ruff: noqa: N999  the command is called so
"""``manage.py import``: check a file, show every doubt about it, and load it."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError, InvalidInput
from inspections.management.people import account
from inspections.management.tables import day, parse_day, table
from inspections.models import (
    Job,
    JobState,
    Load,
    LoadProblem,
    Role,
    Severity,
    Source,
    SourceKind,
    User,
)
from inspections.services import jobs, loads, sources
from inspections.services.staging import LIVE

PROBLEMS = 2
_PIECE = 1024 * 1024
_EXAMPLES = 3


class Command(BaseCommand):
    help = (
        "Load a file: tasks, dossiers, complaints, earlier results, units or inspectors. "
        "Ends with 0 when all is well, 1 when the file cannot be loaded, 2 when it has problems "
        "that nobody has accepted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=SourceKind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", metavar="CODE", help="default: one named like the kind")
        parser.add_argument("--cutoff", metavar="dd/mm/yyyy", help="the day its data stand on")
        parser.add_argument("--user", metavar="NAME", help="who loads (default: the only planner)")
        parser.add_argument("--dry-run", action="store_true", help="check only, store nothing")
        parser.add_argument(
            "--accept-problems", action="store_true", help="leave rows with problems out"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            self._load(options)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _load(self, options: dict[str, Any]) -> None:
        actor = account(options["user"]) if options["user"] else _only_planner()
        load, job = loads.upload(
            actor=actor,
            source=_source(options["source"] or options["kind"], options["kind"], actor),
            file_name=options["file"].name,
            pieces=_pieces(options["file"]),
            now=timezone.now(),
            cutoff=parse_day(options["cutoff"]) if options["cutoff"] else None,
        )
        if job is None:
            self.stdout.write(_("The same file is in effect already; nothing was changed."))
            return
        self._run(job, _("checking"))
        load.refresh_from_db()
        self._show(load)
        has_errors = load.counts["errors"] > 0
        if not load.counts.get("stored"):
            self._give_up(load, actor)
            raise CommandError(_("No row of the file can be loaded."))
        if options["dry_run"] or (has_errors and not options["accept_problems"]):
            self._give_up(load, actor)
            if has_errors:
                hint = _("Correct the file, or leave those rows out with --accept-problems.")
                raise CommandError(hint, returncode=PROBLEMS)
            return
        job = loads.apply(
            actor=actor,
            load=load,
            version=load.version,
            now=timezone.now(),
            accept_problems=options["accept_problems"],
        )
        self._run(job, _("loading"))
        load.refresh_from_db()
        self.stdout.write(
            _("Loaded: %(stored)s of %(rows)s rows, as of %(cutoff)s.")
            % {
                "stored": load.counts["stored"],
                "rows": load.counts["rows"],
                "cutoff": day(load.cutoff) if load.cutoff else "–",
            }
        )

    def _run(self, job: Job, what: str) -> None:
        """Run a job here and now, with a line that tells how far it is."""

        def watch(done: int, total: int) -> None:
            self.stderr.write(f"\r{what}: {100 * done // max(total, 1)} %", ending="")

        jobs.run_here(job, clock=timezone.now, watch=watch)
        self.stderr.write("\r", ending="")
        if job.state != JobState.DONE:
            raise CommandError(job.error or _("The database could not be reached; try again."))

    def _show(self, load: Load) -> None:
        counts = load.counts
        if "rows" in counts:
            lines = [_("Rows: %(rows)s, of which %(stored)s can be loaded.") % counts]
            if "added" in counts:
                lines.append(_("Added: %(added)s, changed: %(changed)s, left: %(left)s.") % counts)
            self.stdout.write("\n".join(lines))
        if not load.problems.exists():
            return
        heads = [_("severity"), _("how many"), _("problem"), _("remedy"), _("for example")]
        self.stdout.write(table(heads, list(_grouped(load))))
        for unmatched in counts.get("unmatched", [])[:20]:
            self.stdout.write(
                _("Unknown unit “%(name)s”: %(rows)s rows; candidates: %(candidates)s")
                % {**unmatched, "candidates": ", ".join(unmatched["candidates"]) or "–"}
            )

    def _give_up(self, load: Load, actor: User) -> None:
        if load.state in LIVE:
            loads.cancel(actor=actor, load=load, version=load.version, now=timezone.now())


def _grouped(load: Load) -> Iterator[list[object]]:
    """Yield one line a cause: how often, what, what to do, and where it stands first."""
    by_code: dict[tuple[str, str], list[LoadProblem]] = {}
    for problem in load.problems.all():
        by_code.setdefault((problem.severity, problem.code), []).append(problem)
    for (severity, code), problems in sorted(by_code.items()):
        first = problems[0]
        number = load.counts.get("by_code", {}).get(code, len(problems))
        examples = "; ".join(filter(None, map(_where, problems[:_EXAMPLES])))
        yield [Severity(severity).label, number, first.message, first.remedy, examples]


def _where(problem: LoadProblem) -> str:
    if problem.row is None:
        return ""
    return _("row %(row)s") % {"row": problem.row} + f" “{problem.value}”" * bool(problem.value)


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        message = _("The file cannot be read: %(reason)s") % {"reason": error.strerror}
        raise InvalidInput(message) from None


def _only_planner() -> User:
    planners = User.objects.filter(
        is_active=True, grants__role=Role.PLANNER, grants__ended_at=None
    ).distinct()
    if len(planners) != 1:
        raise InvalidInput(_("Name the planner with --user."))
    return planners[0]


def _source(code: str, kind: str, actor: User) -> Source:
    source = Source.objects.filter(code=code).first()
    if source is None:
        return sources.create_source(
            actor=actor,
            code=code,
            name=str(SourceKind(kind).label),
            kind=SourceKind(kind),
            now=timezone.now(),
        )
    if source.kind != kind:
        raise InvalidInput(
            _("The source “%(code)s” holds something else: %(kind)s.")
            % {"code": code, "kind": source.get_kind_display()}
        )
    return source
