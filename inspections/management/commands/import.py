# ruff: noqa: N999  the command is called so
"""``manage.py import``: check a file, show every doubt about it, load it; undo a load; settle a name."""

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
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
    Unit,
    User,
)
from inspections.services import jobs, loads, sources
from inspections.services.staging import LIVE

PROBLEMS = 2
_PIECE = 1024 * 1024
_EXAMPLES = 3
_NEWEST = 20
_UNKNOWN = 20


class Command(BaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.description = _(
            "Load a file, undo a load, or say which unit a name means. Loading ends with 0 when all is "
            "well, 1 when the file cannot be loaded, 2 when it has problems that nobody has accepted."
        )
        steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
        for kind in SourceKind:
            _add_load(_step(steps, kind.value, str(kind.label)))
        _step(steps, "list", _("list the newest loads"))
        _add_undo(
            _step(steps, "undo", _("take a load out of effect; what it replaced counts again"))
        )
        _add_name(_step(steps, "name", _("say which unit a name in the files means")))

    def handle(self, *_args: Any, step: str, **options: Any) -> None:
        try:
            match step:
                case "list":
                    self._list()
                case "undo":
                    self._undo(options)
                case "name":
                    self._name(options)
                case kind:
                    self._load(SourceKind(kind), options)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        heads = [_("file"), _("source"), _("as of"), _("state"), _("rows"), _("load")]
        rows = [
            [
                load.file_name,
                load.source.code,
                day(load.cutoff) if load.cutoff else "–",
                load.get_state_display(),
                load.counts.get("stored", "–"),
                load.pk,
            ]
            for load in Load.objects.select_related("source").order_by("-number")[:_NEWEST]
        ]
        self.stdout.write(table(heads, rows))

    def _undo(self, options: dict[str, Any]) -> None:
        load = Load.objects.filter(pk=options["load"]).first()
        if load is None:
            raise InvalidInput(_("There is no such load."))
        loads.undo(actor=_actor(options), load=load, version=load.version, now=timezone.now())
        self.stdout.write(
            _("“%(file)s” is out of effect; what it had replaced counts again.")
            % {"file": load.file_name}
        )

    def _name(self, options: dict[str, Any]) -> None:
        source = Source.objects.filter(code=options["source"]).first()
        if source is None:
            raise InvalidInput(_("There is no source with this code."))
        unit = Unit.objects.filter(code=options["unit"]).first()
        if unit is None:
            raise InvalidInput(_("There is no unit with this code."))
        alias = sources.resolve_unit_name(
            actor=_actor(options),
            source=source,
            name=options["name"],
            unit=unit,
            now=timezone.now(),
            valid_from=_day_or_none(options["valid_from"]),
            valid_to=_day_or_none(options["valid_to"]),
        )
        self.stdout.write(
            _("“%(name)s” now means %(unit)s (%(code)s); load the file again.")
            % {"name": alias.name, "unit": unit.name, "code": unit.code}
        )

    def _load(self, kind: SourceKind, options: dict[str, Any]) -> None:
        actor = _actor(options)
        load, job = loads.upload(
            actor=actor,
            source=_source(options["source"] or kind.value, kind, actor),
            file_name=options["file"].name,
            pieces=_pieces(options["file"]),
            now=timezone.now(),
            cutoff=_day_or_none(options["cutoff"]),
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
        unknown = counts.get("unmatched", [])[:_UNKNOWN]
        for unmatched in unknown:
            self.stdout.write(
                _("Unknown unit “%(name)s”: %(rows)s rows; candidates: %(candidates)s")
                % {**unmatched, "candidates": ", ".join(unmatched["candidates"]) or "–"}
            )
        if unknown:
            command = f'manage.py import name "…" --unit … --source {load.source.code}'
            self.stdout.write(_("Say which unit a name means: %(command)s") % {"command": command})

    def _give_up(self, load: Load, actor: User) -> None:
        if load.state in LIVE:
            loads.cancel(actor=actor, load=load, version=load.version, now=timezone.now())


def _step(
    steps: "argparse._SubParsersAction[Any]", name: str, what: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = steps.add_parser(name, help=what, description=what)
    return parser


def _add_load(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help=_("CSV or XLSX"))
    parser.add_argument(
        "--source", metavar="CODE", help=_("where it comes from (default: named like the kind)")
    )
    parser.add_argument("--cutoff", metavar="dd/mm/yyyy", help=_("the day its data stand on"))
    parser.add_argument("--dry-run", action="store_true", help=_("check only, store nothing"))
    parser.add_argument(
        "--accept-problems", action="store_true", help=_("leave rows with problems out")
    )
    _add_user(parser)


def _add_undo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("load", type=UUID, metavar="LOAD", help=_("as listed"))
    _add_user(parser)


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("as it stands in the files"))
    parser.add_argument("--unit", required=True, metavar="CODE", help=_("the unit's code"))
    parser.add_argument("--source", required=True, metavar="CODE", help=_("the source's code"))
    parser.add_argument(
        "--from", dest="valid_from", metavar="dd/mm/yyyy", help=_("the first day of the name")
    )
    parser.add_argument(
        "--to", dest="valid_to", metavar="dd/mm/yyyy", help=_("the last day of the name")
    )
    _add_user(parser)


def _add_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--user", metavar="NAME", help=_("the planner who acts (default: the only one)")
    )


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
        return problem.column
    place = _("row %(row)s") % {"row": problem.row}
    if problem.column:
        place += ", " + _("column “%(column)s”") % {"column": problem.column}
    return place + f": “{problem.value}”" * bool(problem.value)


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        message = _("The file cannot be read: %(reason)s") % {"reason": error.strerror}
        raise InvalidInput(message) from None


def _day_or_none(text: str | None) -> date | None:
    return parse_day(text) if text else None


def _actor(options: dict[str, Any]) -> User:
    return account(options["user"]) if options["user"] else _only_planner()


def _only_planner() -> User:
    planners = User.objects.filter(
        is_active=True, grants__role=Role.PLANNER, grants__ended_at=None
    ).distinct()
    if len(planners) != 1:
        raise InvalidInput(_("Name the planner with --user."))
    return planners[0]


def _source(code: str, kind: SourceKind, actor: User) -> Source:
    source = Source.objects.filter(code=code).first()
    if source is None:
        return sources.create_source(
            actor=actor,
            code=code,
            name=str(kind.label),
            kind=kind,
            now=timezone.now(),
        )
    if source.kind != kind:
        raise InvalidInput(
            _("The source “%(code)s” holds something else: %(kind)s.")
            % {"code": code, "kind": source.get_kind_display()}
        )
    return source
