"""A process that takes an action in a child which kills itself at one step of it.

A step is the moment before a statement that writes, before and after a commit, and before a file is opened for
writing, when it was emptied, before it is brought to the disk, renamed or removed. Run with
Django set up; see ``test_killed``.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from inspections.models import DocumentKind, Inspector, Paper, Plan, Role, User
from inspections.services import faces, issuing, keys, papers, release, retention, schedule
from inspections.states import STEPS, PaperState
from tests.builders import NOW
from tests.inspections.services.months import AFTER_THE_MONTH, DRAW_DAY, press

LONG_AFTER = NOW.replace(year=2029)


def take(step: str) -> None:
    person = "lan" if Role.PLANNER in STEPS[step].roles else "minh"
    press(step, actor=User.objects.get(username=person), plan=Plan.objects.get())


def name_team() -> None:
    plan = Plan.objects.get()
    visit = plan.visits.select_related("plan").order_by("pk")[0]
    an, cuc = (Inspector.objects.get(code=code).pk for code in ("an", "cuc"))
    schedule.name_team(
        actor=User.objects.get(username="lan"),
        visit=visit,
        version=visit.version,
        members=[an, cuc],
        leader=an,
        now=DRAW_DAY,
    )


def print_paper(kind: DocumentKind) -> None:
    lan = User.objects.get(username="lan")
    papers.print_paper(actor=lan, plan=Plan.objects.get(), kind=kind, now=DRAW_DAY)


def submit_paper() -> None:
    lan = User.objects.get(username="lan")
    paper = Paper.objects.get(state=PaperState.DRAFT)
    issuing.submit(actor=lan, paper=paper, version=paper.version, now=DRAW_DAY)


def number_paper() -> None:
    chi = User.objects.get(username="chi")
    paper = Paper.objects.get(state=PaperState.SUBMITTED)
    given = {"number": 6, "dated": DRAW_DAY.date(), "now": DRAW_DAY}
    issuing.number(actor=chi, paper=paper, version=paper.version, **given)


ACTIONS: dict[str, Callable[[], object]] = {
    **{step: partial(take, step) for step in STEPS},
    "name_team": name_team,
    "print_minutes": partial(print_paper, DocumentKind.DRAW_MINUTES),
    "print_appendix": partial(print_paper, DocumentKind.RESTRICTED_APPENDIX),
    "submit_paper": submit_paper,
    "number_paper": number_paper,
    "release": lambda: release.release_due(now=AFTER_THE_MONTH),
    "purge": lambda: retention.purge(now=LONG_AFTER),
    "rotate": lambda: keys.rotate(now=NOW),
    "renew": lambda: keys.renew_complainant_keys(now=LONG_AFTER),
    "replace": lambda: keys.replace_lost(now=NOW),
}


class Steps:
    """Counts the steps of this process and kills it before one of them."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def count_from_now(self) -> None:
        """Watch database and files."""
        connection.execute_wrappers.append(self._statement)
        kind: Any = type(connections["default"])
        commit, fsync, opened = kind._commit, os.fsync, os.open

        def counted_commit(*args: Any) -> Any:
            self()
            result = commit(*args)
            self()
            return result

        def counted_fsync(descriptor: int) -> None:
            self()
            fsync(descriptor)

        def counted_open(path: Any, flags: int, *rest: int) -> int:
            descriptor = opened(path, flags, *rest)
            if flags & os.O_TRUNC:
                self()  # the file is there, and nothing in it
            return descriptor

        os.open = counted_open  # type: ignore[assignment]
        kind._commit = counted_commit
        os.fsync = counted_fsync  # type: ignore[assignment]
        sys.addaudithook(self._file)

    def _statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            self()
        return execute(sql, params, many, context)

    def _file(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in {"open", "os.rename", "os.remove"}:
            return
        writes = event != "open" or (
            isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if writes and str(args[0]).startswith(str(settings.VAR_DIR)):
            self()


def main() -> None:
    """Read an action, the number of a step and a var/ from each line; answer each with how its child ended."""
    faces.fonts()
    for line in sys.stdin:
        action, at, folder = line.split()
        child = os.fork()
        if not child:
            settings.VAR_DIR = Path(folder)
            settings.KEY_FILE = Path(folder, "keys", "keyring.json")
            do(action, int(at))
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if killed else f"ended {os.WEXITSTATUS(status)}\n")
        sys.stdout.flush()


def do(action: str, at: int) -> None:
    """Take an action in this process, and die at a step of it."""
    try:
        Steps(at).count_from_now()
        ACTIONS[action]()
    except BaseException:  # noqa: BLE001  the parent reads it
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)
