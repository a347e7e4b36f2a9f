"""A process killed with SIGKILL at any step of an action: all of it was done, or nothing, and it is done again."""

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from inspections.errors import VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Document,
    Job,
    KeyringMark,
    Paper,
    PaperKind,
    PaperPicture,
    Plan,
    TagKind,
    Visit,
    VisitMember,
    VisitTag,
)
from inspections.sealing import Keyring, keyring, read_keyring, write_keyring
from inspections.services import audit, issuing
from inspections.services.keys import document_context, plan_context
from inspections.states import STEPS
from tests.inspections import processes
from tests.inspections.database import contents
from tests.inspections.faults.killed import ACTIONS
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, Month, make_month

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MOST_STEPS = 300  # an action that takes more does not end
Kill = Callable[[str, int], bool]


@pytest.fixture(scope="module")
def process(django_db_setup: None) -> Iterator[subprocess.Popen[str]]:
    """A process that has everything loaded and takes each action in a child of its own."""
    script = (
        "import django; django.setup(); from tests.inspections.faults import killed; killed.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**processes.environment(), "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()


@pytest.fixture
def kill(process: "subprocess.Popen[str]") -> Kill:
    """Return what lets another process take an action and kills it before a step; False when it came to its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    to, answers = process.stdin, process.stdout

    def kill_at(action: str, at: int) -> bool:
        to.write(f"{action} {at} {settings.VAR_DIR}\n")
        to.flush()
        outcome = answers.readline().strip()
        assert outcome in {"killed", "ended 0"}, outcome
        return outcome == "killed"

    return kill_at


def begin(make: Callable[[Month], object], ring: Keyring) -> None:
    """Empty the database and take a month to where an action begins, each time under the same keys."""
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    write_keyring(ring, settings.KEY_FILE)
    make(make_month())
    if settings.KEY_FILE.exists():
        keyring()


def files() -> dict[str, bytes]:
    folder = Path(settings.VAR_DIR)
    found = (path for path in folder.rglob("*") if path.is_file() and "fonts" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def state() -> object:
    return contents(), files()


def shape() -> dict[str, object]:
    """Return what an action leaves behind, without ids, times and bytes that differ from run to run."""
    return {
        "plan": list(Plan.objects.values_list("state", "version")),
        "visits": Counter(Visit.objects.values_list("state", "version")),
        "sealed": Visit.objects.filter(payload__isnull=False).count(),
        "tags": Counter(VisitTag.objects.values_list("kind", flat=True)),
        "members": VisitMember.objects.count(),
        "prints": Counter(Document.objects.values_list("kind", flat=True)),
        "papers": Counter(Paper.objects.values_list("state", "version", "series", "number")),
        "pictures": PaperPicture.objects.count(),
        "jobs": Job.objects.count(),
        "events": Counter(AuditEvent.objects.values_list("action", flat=True)),
        "keys": sorted(KeyringMark.objects.get().checks),
        # What lies half written beside the keyring is written over by the next try.
        "files": sorted(name for name in files() if not name.endswith(".new")),
    }


def assert_whole() -> None:
    """See that the chain holds and that everything sealed opens with the keyring that lies there."""
    assert list(audit.verify_chain()) == []
    ring = keyring()
    for visit in Visit.objects.filter(payload__isnull=False):
        visit.open_payload(ring)
    for plan in Plan.objects.all():
        for field in ("secret_one", "secret_two"):
            if (sealed := getattr(plan, field)) is not None:
                ring.open(sealed, context=plan_context(plan, field))
    for paper in Document.objects.filter(is_restricted=True):
        ring.open(paper.content, context=document_context(paper))
    for numbered in Paper.objects.filter(pdf__isnull=False):
        assert hashlib.sha256(bytes(numbered.pdf or b"")).hexdigest() == numbered.sha256


def assert_each_visit_is_open_or_shut() -> None:
    for visit in Visit.objects.all():
        kinds = Counter(visit.tags.values_list("kind", flat=True))
        opened = AuditEvent.objects.filter(action="visit.release", object_id=str(visit.pk)).count()
        is_open = visit.unit is not None
        assert (opened, visit.members.count(), kinds[TagKind.TEAM]) == (
            (1, 2, 0) if is_open else (0, 0, 2)
        )


# --- All or nothing --------------------------------------------------------------------------


def with_a_draft(month: Month) -> Paper:
    kind = PaperKind.MONTHLY_PLAN
    return issuing.draft(actor=month.lan, kind=kind, plan=months.endorsed(month), now=DRAW_DAY)


def with_a_paper_that_replaces(month: Month) -> None:
    """One paper is in force; another that replaces it, with a picture, waits for its number."""
    paper = with_a_draft(month)
    given: dict[str, Any] = {"now": DRAW_DAY}
    issuing.submit(actor=month.lan, paper=paper, version=1, **given)
    given |= {"number": 5, "dated": DRAW_DAY.date()}
    issuing.number(actor=month.people.chi, paper=paper, version=2, **given)
    new = issuing.draft(
        actor=month.lan, kind=PaperKind(paper.kind), plan=paper.plan, replaces=paper, now=DRAW_DAY
    )
    issuing.submit(actor=month.lan, paper=new, version=1, now=DRAW_DAY)
    new.pictures.create(sha256="0" * 64, data=b"a photograph")


BEGINNINGS: dict[str, Callable[[Month], object]] = {
    **{step: partial(months.ready_for, step=step) for step in STEPS},
    "name_team": months.drawn,
    "print_minutes": months.drawn,
    "print_appendix": months.approved,
    "renew": months.drawn,
    "submit_paper": with_a_draft,
    "number_paper": with_a_paper_that_replaces,
    "release": months.approved,
    "purge": months.revealed,
}
# These open one visit after the other, each in a transaction of its own.
VISIT_BY_VISIT = {"release", "close"}


@pytest.mark.parametrize("action", BEGINNINGS)
def test_an_action_killed_at_any_step_is_done_or_not_begun_and_can_be_done_again(
    kill: Kill, action: str
) -> None:
    ring = read_keyring(settings.KEY_FILE)
    start = partial(begin, BEGINNINGS[action], ring)
    start()
    undone = shape()
    assert not kill(action, MOST_STEPS)
    done = shape()
    start()
    before, changed = state(), 0
    for at in range(MOST_STEPS):
        if not kill(action, at):
            break
        if state() == before:
            continue  # nothing has happened, so doing it again is doing it for the first time
        changed += 1
        assert_whole()
        found = shape()
        if action in VISIT_BY_VISIT:
            assert_each_visit_is_open_or_shut()
        else:
            assert found in (undone, done)
        if found != done:
            ACTIONS[action]()
        elif action in STEPS:
            with pytest.raises((WrongState, VersionConflict)):
                ACTIONS[action]()
        assert shape() == done
        start()
        before = state()
    assert at > 3
    assert changed > 0
    assert shape() == done
    assert_whole()


# --- Keys ------------------------------------------------------------------------------------


def opened(ring: Keyring) -> dict[object, bytes]:
    """Return every sealed value, opened."""
    values: dict[object, bytes] = {
        visit.pk: ring.open(visit.payload or b"", context=visit.sealing_context())
        for visit in Visit.objects.all()
    }
    plan = Plan.objects.get()
    for field in ("secret_one", "secret_two"):
        values[field] = ring.open(getattr(plan, field), context=plan_context(plan, field))
    return values


def test_at_every_step_of_a_rotation_everything_opens_and_it_can_be_gone_on_with(
    kill: Kill,
) -> None:
    first = read_keyring(settings.KEY_FILE)
    begin(months.drawn, first)
    before = opened(keyring())
    for at in range(MOST_STEPS):
        if not kill("rotate", at):
            break
        ring = read_keyring(settings.KEY_FILE)
        assert ring.sealing.items() >= first.sealing.items()
        assert opened(keyring()) == before
        rotations = AuditEvent.objects.filter(action="keys.rotate").count()
        # A key that was written and not yet in force is the next one: killed often, it leaves no keys behind.
        assert len(keyring().sealing) == 1 + rotations
        assert len(ring.sealing) <= 2 + rotations
    assert at > 8
    assert opened(keyring()) == before
    sealed = Visit.objects.values_list("payload", flat=True)
    assert all(keyring().is_current(value) for value in sealed if value)
    assert list(files()) == ["keys/keyring.json"]
    assert list(audit.verify_chain()) == []


def without_keyring(month: Month) -> None:
    months.drawn(month)
    settings.KEY_FILE.unlink()


def test_a_lost_keyring_is_replaced_or_still_missing_at_every_step(kill: Kill) -> None:
    begin(without_keyring, read_keyring(settings.KEY_FILE))
    for at in range(MOST_STEPS):
        if not kill("replace", at):
            break
        if settings.KEY_FILE.exists():
            keyring()  # the database knows it
            settings.KEY_FILE.unlink()
    assert at > 5
    assert list(keyring().sealing) == [1 + AuditEvent.objects.filter(action="keys.replace").count()]
    assert list(files()) == ["keys/keyring.json"]
    assert list(audit.verify_chain()) == []
