"""Retention: each kind of record is kept for its period and goes after it; the chain and every proof stay."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models
from django.utils import translation

from inspections import evidence, reference
from inspections.errors import WrongState
from inspections.models import (
    ApiToken,
    AuditEvent,
    Complaint,
    DeclaredRelation,
    Department,
    Document,
    DocumentKind,
    Job,
    KeyringMark,
    Leave,
    Load,
    LoadProblem,
    LoadState,
    Paper,
    PaperKind,
    Plan,
    Policy,
    Role,
    SourceKind,
    StagedRecord,
    Submission,
    TokenScope,
    Visit,
    VisitTag,
)
from inspections.sealing import keyring
from inspections.services import attachments, audit, issuing, loads, papers, retention
from inspections.services.backups import restore
from planner import canonical
from planner.policy import DEFAULT
from planner.verify import verify
from tests.builders import (
    HANOI,
    make_department,
    make_inspector,
    make_load,
    make_token,
    make_unit,
    make_user,
)
from tests.inspections.database import contents, refused
from tests.inspections.importers.files import csv_bytes
from tests.inspections.services import months
from tests.inspections.services.archives import backed_up
from tests.inspections.services.filings import DIGEST, PHOTO, closing, make_door, photo, send
from tests.inspections.services.loading import Loading, task, tasks
from tests.inspections.services.months import DRAW_DAY, make_month

# Files go after the commit, so a purge must be a transaction of its own.
pytestmark = pytest.mark.django_db(transaction=True)

#: Long before the present of every builder, so that nothing else is due.
SINCE = datetime(2022, 3, 1, 9, 0, tzinfo=HANOI)
IN_FIFTY_YEARS = datetime(2076, 3, 2, 9, 0, tzinfo=HANOI)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """Something whose period runs from ``SINCE``, and what tells whether it is still there."""

    is_there: Callable[[], bool]


def there(model: type[models.Model], **facts: Any) -> Kept:
    return Kept(model._default_manager.filter(**facts).exists)


def a_sealed_visit() -> Kept:
    months.revealed(make_month())
    Plan.objects.update(revealed_at=SINCE)
    return there(Visit, payload__isnull=False)


def a_tag_of_a_cancelled_plan() -> Kept:
    month = make_month()
    months.cancelled(month, months.scheduled(month))
    Plan.objects.update(cancelled_at=SINCE)
    return there(VisitTag)


def a_restricted_paper() -> Kept:
    month = make_month()
    plan = months.approved(month)
    for kind in (DocumentKind.RESTRICTED_APPENDIX, DocumentKind.DRAW_MINUTES):
        papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=DRAW_DAY)
    plan = months.press("close", actor=month.lan, plan=plan)
    plan = months.press("reveal", actor=month.lan, plan=plan)
    Plan.objects.update(revealed_at=SINCE)
    return there(Document, is_restricted=True)


def a_withdrawn_paper() -> Kept:
    """Beside one that is issued, which stays."""
    month = make_month()
    given: dict[str, Any] = {"plan": months.drawn(month), "now": DRAW_DAY}
    for kind in (PaperKind.MONTHLY_PLAN, PaperKind.DRAW_MINUTES):
        paper = issuing.draft(actor=month.lan, kind=kind, **given)
        paper = issuing.submit(actor=month.lan, paper=paper, version=1, now=DRAW_DAY)
    issuing.number(
        actor=month.people.chi,
        paper=Paper.objects.get(kind=PaperKind.MONTHLY_PLAN),
        version=2,
        number=1,
        dated=DRAW_DAY.date(),
        now=DRAW_DAY,
    )
    issuing.withdraw(actor=month.lan, paper=paper, version=2, now=DRAW_DAY)
    Paper.objects.filter(pk=paper.pk).update(withdrawn_at=SINCE)
    return there(Paper, pk=paper.pk)


def a_checked_file() -> Kept:
    loading = Loading()
    load = loading.checked(loading.source(), tasks(task("N1")))
    Load.objects.update(uploaded_at=SINCE)
    path = Path(settings.VAR_DIR, "uploads", str(load.pk))

    def is_there() -> bool:
        load.refresh_from_db()
        assert path.exists() == (load.state == LoadState.CHECKED)
        return path.exists()

    return Kept(is_there)


def a_problem_of_a_cancelled_load() -> Kept:
    loading = Loading()
    load = loading.checked(loading.source(), tasks(task("N1", "Sở Không Có")))
    loads.cancel(actor=loading.lan, load=load, version=load.version, now=loading.now)
    Load.objects.update(uploaded_at=SINCE)
    return there(LoadProblem)


def a_list_of_units() -> Kept:
    list_in_effect()
    return there(StagedRecord)


def list_in_effect() -> tuple[Loading, Load]:
    loading = Loading()
    rows = [["Mã đơn vị", "Tên đơn vị"], ["SYT", "Sở Y tế tỉnh"]]
    load = loading.loaded(loading.source(SourceKind.UNIT), csv_bytes(rows), cutoff=None)
    Load.objects.update(switched_at=SINCE)
    return loading, load


def a_finished_job() -> Kept:
    loading = Loading()
    loading.checked(loading.source(), tasks(task("N1")))
    Job.objects.update(finished_at=SINCE)
    return there(Job)


def a_session() -> Kept:
    Session.objects.create(session_key="a" * 40, session_data="", expire_date=SINCE)
    return there(Session)


def a_token() -> Kept:
    make_token(make_user("Lan", Role.PLANNER), TokenScope.READ, days=3, now=SINCE - 3 * DAY)
    return there(ApiToken)


def a_revoked_token() -> Kept:
    make_token(make_user("Lan", Role.PLANNER), TokenScope.READ, now=SINCE - 3 * DAY)
    ApiToken.objects.update(revoked_at=SINCE)
    return there(ApiToken)


def a_failed_sign_in() -> Kept:
    AccessAttempt.objects.create(username="lan", ip_address="192.0.2.1", failures_since_start=3)
    AccessAttempt.objects.update(attempt_time=SINCE)
    return there(AccessAttempt)


def a_leave() -> Kept:
    first, last = (SINCE - 5 * DAY).date(), SINCE.date()
    Leave.objects.create(
        inspector=make_inspector("An"), first_day=first, last_day=last, entered_at=SINCE
    )
    return there(Leave)


def an_ended_relation() -> Kept:
    an, unit = make_inspector("An"), make_unit("X01")
    for ended_at in (SINCE, None):
        DeclaredRelation.objects.create(
            inspector=an, unit=unit, kind="relative", declared_at=SINCE, ended_at=ended_at
        )
    return there(DeclaredRelation, ended_at__isnull=False)


def a_complainant_without_a_key() -> Kept:
    keyring()  # which has the keys from 2024 on
    complaint()
    return there(Complaint, complainant="ab" * 16)


def complaint(year: int = SINCE.year) -> None:
    received = SINCE.date().replace(year=year)
    load = make_load(SourceKind.COMPLAINT, make_user("Lan"), cutoff=received)
    Complaint.objects.create(
        load=load,
        row=1,
        code="PA1",
        unit=make_unit("X01"),
        state="open",
        received=received,
        complainant="ab" * 16,
    )


def a_piece_of_evidence() -> Kept:
    door = make_door()
    submission = send(door.an, closing(door, attachments=[photo()]))
    attachments.receive(
        actor=door.an,
        submission=submission,
        sha256=DIGEST,
        pieces=[PHOTO[:5]],
        now=SINCE,
        piece=attachments.Piece(start=0, whole=len(PHOTO)),
    )
    (piece,) = (settings.EVIDENCE_DIR / "growing").iterdir()
    os.utime(piece, (SINCE.timestamp(), SINCE.timestamp()))
    return Kept(piece.exists)


#: Each kind of the table, and what ends it.
KINDS: dict[str, list[Callable[[], Kept]]] = {
    "payload": [a_sealed_visit],
    "tag": [a_tag_of_a_cancelled_plan],
    "paper": [a_restricted_paper],
    "withdrawn": [a_withdrawn_paper],
    "upload": [a_checked_file],
    "problem": [a_problem_of_a_cancelled_load],
    "record": [a_list_of_units],
    "job": [a_finished_job],
    "session": [a_session],
    "token": [a_token, a_revoked_token],
    "attempt": [a_failed_sign_in],
    "leave": [a_leave],
    "relation": [an_ended_relation],
    "complainant": [a_complainant_without_a_key],
    "piece": [a_piece_of_evidence],
}


def end_of(kind: str) -> datetime:
    (one,) = [one for one in retention.due(now=SINCE) if one.rule.kind == kind]
    return SINCE + one.days * DAY


def removed() -> dict[str, int]:
    """Return what the last purge put on record."""
    event = AuditEvent.objects.filter(action=retention.PURGED).latest("position")
    counts: dict[str, int] = event.details["removed"]
    return counts


def files() -> dict[str, bytes]:
    folder = Path(settings.VAR_DIR)
    found = [path for top in ("uploads", "evidence") for path in (folder / top).rglob("*")]
    return {str(path): path.read_bytes() for path in found if path.is_file()}


# --- The rules -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "make"), [(kind, make) for kind, makes in KINDS.items() for make in makes]
)
def test_a_record_is_kept_through_its_period_and_gone_after_it(
    kind: str, make: Callable[[], Kept]
) -> None:
    kept = make()
    end = end_of(kind)
    retention.purge(now=end - DAY)
    assert kept.is_there()
    retention.purge(now=end + DAY)
    assert not kept.is_there()
    assert removed()[kind] >= 1
    assert list(audit.verify_chain()) == []


def test_every_rule_of_the_table_is_tested_and_named() -> None:
    assert list(KINDS) == [rule.kind for rule in reference.retention()]
    assert len({one.label for one in retention.due(now=SINCE)}) == len(KINDS)


def test_a_file_is_given_up_before_its_problems_go() -> None:
    """Else a purge would leave work to the next."""
    days = {rule.kind: rule.days for rule in reference.retention()}
    assert (days["upload"] or 0) <= min(days["problem"] or 0, days["record"] or 0)


@pytest.mark.parametrize(
    ("setting", "make"), [("keep_rosters_days", a_sealed_visit), ("keep_staff_days", a_leave)]
)
def test_the_department_decides_about_rosters_and_staff(
    setting: str, make: Callable[[], Kept]
) -> None:
    kept = make()
    if not Department.objects.exists():
        make_department()
    Department.objects.update(**{setting: 10})
    retention.purge(now=SINCE + 9 * DAY)
    assert kept.is_there()
    retention.purge(now=SINCE + 11 * DAY)
    assert not kept.is_there()


def test_a_declared_relation_that_holds_is_kept_for_ever() -> None:
    an_ended_relation()
    retention.purge(now=IN_FIFTY_YEARS)
    assert DeclaredRelation.objects.get().ended_at is None


def test_a_complainant_stays_while_his_key_is_there() -> None:
    keyring()
    complaint(year=2024)
    retention.purge(now=IN_FIFTY_YEARS)
    assert Complaint.objects.get().complainant
    mark = KeyringMark.objects.get()
    del mark.checks["complainants 2024"]
    mark.save()
    retention.purge(now=IN_FIFTY_YEARS)
    assert not Complaint.objects.get().complainant


def test_a_complainant_stays_while_a_policy_counts_his_letters() -> None:
    kept = a_complainant_without_a_key()
    Policy.objects.create(
        number=1,
        name="Mười năm",
        reason="Theo kế hoạch",
        parameters=DEFAULT.to_document() | {"complaint_months": 120},
        author=make_user("Minh"),
        created_at=SINCE,
    )
    retention.purge(now=SINCE.replace(year=2032) - 3 * DAY)
    assert kept.is_there()
    retention.purge(now=SINCE.replace(year=2032) + 3 * DAY)
    assert not kept.is_there()


def test_a_list_whose_changes_are_gone_is_not_undone() -> None:
    loading, load = list_in_effect()
    retention.purge(now=end_of("record") + DAY)
    assert refused(lambda: loading.undo(load)).code == "undo_too_late"


def test_a_load_that_was_undone_is_not_undone_again_after_its_problems_went() -> None:
    loading = Loading()
    content = tasks(task("N1"), task("N2", "Sở Không Có"))
    load = loading.undo(loading.loaded(loading.source(), content, accept_problems=True))
    retention.purge(now=IN_FIFTY_YEARS)
    assert not LoadProblem.objects.exists()
    assert refused(lambda: loading.undo(load)).code == WrongState.code


def test_problems_of_a_load_in_effect_stay() -> None:
    loading = Loading()
    content = tasks(task("N1"), task("N2", "Sở Không Có"))
    loading.loaded(loading.source(), content, accept_problems=True)
    retention.purge(now=IN_FIFTY_YEARS)
    assert LoadProblem.objects.exists()


def test_a_file_that_was_given_up_is_not_stored_any_more() -> None:
    loading = Loading()
    load = loading.checked(loading.source(), tasks(task("N1")))
    retention.purge(now=IN_FIFTY_YEARS)
    assert refused(lambda: loading.apply(load)).code in {"version_conflict", "wrong_state"}


def test_work_that_waits_or_runs_is_kept() -> None:
    loading = Loading()
    load = loading.upload(loading.source(), tasks(task("N1")))
    retention.purge(now=IN_FIFTY_YEARS)
    assert Job.objects.count() == 1
    loading.work()
    load.refresh_from_db()
    assert load.state == LoadState.CHECKED


@pytest.mark.parametrize("state", ["drawn", "approved", "active", "closed"])
def test_a_plan_that_is_not_revealed_keeps_its_roster_for_ever(state: str) -> None:
    months.IN_STATE[months.PlanState(state)](make_month())
    before = {name: contents()[name] for name in ("inspections_visit", "inspections_visittag")}
    retention.purge(now=IN_FIFTY_YEARS)
    assert {name: contents()[name] for name in before} == before


def test_what_was_filed_is_kept_for_ever() -> None:
    door = make_door()
    submission = send(door.an, closing(door, attachments=[photo()]))
    attachments.receive(
        actor=door.an, submission=submission, sha256=DIGEST, pieces=[PHOTO], now=SINCE
    )
    before = contents()
    retention.purge(now=IN_FIFTY_YEARS)
    assert contents() == before
    assert evidence.is_kept(DIGEST)
    assert Submission.objects.exists()


# --- What must hold --------------------------------------------------------------------------


def revealed_long_ago() -> Plan:
    a_restricted_paper()
    a_session()
    a_failed_sign_in()
    return Plan.objects.get()


def test_a_revealed_plan_is_verified_after_a_purge() -> None:
    record = revealed_long_ago().record
    retention.purge(now=IN_FIFTY_YEARS)
    plan = Plan.objects.get()
    assert not plan.visits.filter(payload__isnull=False).exists()
    assert plan.record == record is not None
    assert verify(canonical.loads(record.encode())) == []
    minutes = Document.objects.get()
    assert hashlib.sha256(minutes.content).hexdigest() == minutes.sha256


def test_a_purge_adds_one_event_to_the_chain_and_takes_none_away() -> None:
    revealed_long_ago()
    before = contents()["inspections_auditevent"]
    retention.purge(now=IN_FIFTY_YEARS)
    after = contents()["inspections_auditevent"]
    assert [event for event in after if event not in before] == [
        event for event in after if event["action"] == retention.PURGED
    ]
    assert len(after) == len(before) + 1
    assert list(audit.verify_chain()) == []


def test_the_event_tells_how_much_of_what_and_the_hash_of_the_ids() -> None:
    revealed_long_ago()
    ids = [f"payload {visit.pk}" for visit in Visit.objects.all()]
    ids += [f"paper {Document.objects.get(is_restricted=True).pk}", f"session {'a' * 40}"]
    ids += [f"attempt {AccessAttempt.objects.get().pk}"]
    ids += [f"tag {tag.pk}" for tag in VisitTag.objects.all()]
    purged = retention.purge(now=IN_FIFTY_YEARS)
    expected = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    event = AuditEvent.objects.get(action=retention.PURGED)
    assert event.object_id == purged.sha256 == expected
    assert removed() == {"payload": 4, "paper": 1, "session": 1, "attempt": 1}


def test_the_second_purge_does_nothing() -> None:
    revealed_long_ago()
    retention.purge(now=IN_FIFTY_YEARS)
    before = contents(), files()
    again = retention.purge(now=IN_FIFTY_YEARS)
    assert again.sha256 is None
    assert not any(one.since for one in again.due)
    assert (contents(), files()) == before


def test_the_second_purge_of_old_loads_does_nothing() -> None:
    loading = Loading()
    loading.checked(loading.source(), tasks(task("N1", "Sở Không Có")))
    retention.purge(now=IN_FIFTY_YEARS)
    assert removed() == {"upload": 1, "problem": 1, "job": 1}
    assert retention.purge(now=IN_FIFTY_YEARS).sha256 is None


def test_a_purge_that_fails_half_way_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    a_piece_of_evidence()
    a_session()
    a_failed_sign_in()
    before = contents(), files()

    def fail(**_facts: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "append", fail)
    with pytest.raises(RuntimeError):
        retention.purge(now=IN_FIFTY_YEARS)
    assert (contents(), files()) == before


def test_a_piece_that_arrives_meanwhile_is_kept() -> None:
    kept = a_piece_of_evidence()
    (piece,) = (settings.EVIDENCE_DIR / "growing").iterdir()
    os.utime(piece)
    evidence.discard_growing(piece.name, SINCE + DAY)
    assert kept.is_there()
    assert evidence.left_growing(SINCE + DAY) == {}
    evidence.discard_growing("không có", SINCE + DAY)


def test_an_older_backup_brings_back_what_the_next_purge_removes() -> None:
    a_sealed_visit()
    path = backed_up()
    first = retention.purge(now=IN_FIFTY_YEARS)
    restore(path=path, now=IN_FIFTY_YEARS, replace=True)
    assert Visit.objects.filter(payload__isnull=False).exists()
    second = retention.purge(now=IN_FIFTY_YEARS)
    assert not Visit.objects.filter(payload__isnull=False).exists()
    assert first.sha256 == second.sha256
    assert list(audit.verify_chain()) == []


def test_nothing_that_is_deleted_is_what_something_else_stands_on() -> None:
    deleted = [VisitTag, Document, LoadProblem, StagedRecord, Job, Session]
    deleted += [ApiToken, AccessAttempt, Leave, DeclaredRelation]
    for model in deleted:
        for relation in model._meta.related_objects:
            assert relation.on_delete is not models.PROTECT, relation


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL vacuums by itself")
def test_what_was_removed_is_not_left_in_the_file() -> None:
    needle = "kẻ-lạ-mặt" * 20
    AccessAttempt.objects.create(username=needle[:200], failures_since_start=1, post_data=needle)
    AccessAttempt.objects.update(attempt_time=SINCE)
    place = connection.settings_dict["NAME"]

    def is_in_the_files() -> bool:
        found = (Path(f"{place}{end}") for end in ("", "-wal"))
        return any(needle[:20].encode() in path.read_bytes() for path in found if path.exists())

    assert is_in_the_files()
    retention.purge(now=IN_FIFTY_YEARS)
    assert not is_in_the_files()


# --- The command -----------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    with translation.override("en"):
        call_command("purge", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_changes_nothing_and_tells_all() -> None:
    a_failed_sign_in()
    a_piece_of_evidence()
    before = contents(), files()
    said = run()
    assert (contents(), files()) == before
    lines = {line.split("  ")[0]: line.split()[-5:] for line in said.splitlines()}
    date = ["01/03/2022", "01/03/2022"]
    assert lines["failed sign-ins, from the attempt on"] == ["30", "unverified", "1", *date]
    assert lines["finished jobs, from their end on"] == ["90", "own", "choice", "0", "–", "–"][1:]
    assert "Nothing was changed." in said


def test_yes_removes_it_once() -> None:
    kept = a_failed_sign_in()
    said = run("--yes")
    assert not kept.is_there()
    assert AuditEvent.objects.get(action=retention.PURGED).object_id in said
    assert "There was nothing to remove." in run("--yes")
