"""``manage.py demo``: told once it ends with an approved roster, told again it changes nothing."""

import hashlib
import io
import os
import socket
import stat
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pypdf
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from inspections.demo import cast, story, teams
from inspections.demo.exports import RESULTS
from inspections.demo.frame import SYNTHETIC
from inspections.management.commands import demo
from inspections.models import (
    Complaint,
    Department,
    Document,
    Dossier,
    Finding,
    Inspector,
    Load,
    LoadState,
    Paper,
    Plan,
    Policy,
    RiskRun,
    Role,
    Session,
    Submission,
    SubmissionState,
    Task,
    Unit,
    User,
)
from inspections.queries.records import visit_record
from inspections.services import commitment
from inspections.services.audit import verify_chain
from inspections.services.rosters import RosterEntry, open_roster
from inspections.services.schedule import conflicts
from inspections.states import PlanState, VisitState
from planner.__main__ import main as planner
from planner.record import draw_frame
from tests.builders import HANOI, make_department, make_user
from tests.inspections.demo.small import make_small

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=HANOI)
Tell = Callable[..., str]


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Tell the demo with fewer rows than usual, and return what it prints."""
    make_small(monkeypatch)

    def run(now: datetime = NOW) -> str:
        monkeypatch.setattr(timezone, "now", lambda: now)
        out = io.StringIO()
        call_command("demo", no_serve=True, stdout=out)
        return out.getvalue()

    return run


def database() -> dict[str, list[Any]]:
    """Return every row of every table but the audit log's."""
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if not model._meta.label.startswith("inspections.Audit")
    }


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_told_once_it_is_all_there_and_told_again_it_changes_nothing(
    tell: Tell,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One story for all that is looked at: telling it takes longer than looking."""
    printed = tell()
    assert_last_months_visits_are_filed_and_their_month_is_over()
    assert_the_next_roster_is_approved_and_verifies(printed, settings, capsys)
    assert_the_clerks_desk_shows_papers_at_every_step()
    assert_every_fault_is_found()
    assert_each_role_has_a_login(printed)
    assert_told_again_it_changes_nothing(printed, tell, settings)
    assert_the_people_suffice_whatever_is_drawn(monkeypatch)


def assert_the_next_roster_is_approved_and_verifies(
    printed: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan.objects.get(serial=2)
    assert (plan.state, plan.period.isoformat(), plan.size) == ("approved", "2026-12-01", 24)
    assert Department.objects.get().is_synthetic
    entries = open_roster(plan)
    assert len(entries) == 24
    for entry in entries:
        assert entry.unit.name in printed
        assert not conflicts(entry.unit.pk) & {person.pk for person in entry.members}
    assert not plan.visits.filter(unit__isnull=False).exists()

    record = settings.VAR_DIR / "record.json"
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert SYNTHETIC in record.read_text()
    assert planner(["verify", str(record)]) == 0
    assert str(plan.endorsement_sha256) in capsys.readouterr().out
    assert str(plan.endorsement_sha256) in printed

    papers = files(settings.VAR_DIR / "papers")
    assert Document.objects.count() == 4
    assert len(papers) == 4 + Paper.objects.count() + len(["muc-luc.pdf"])
    for content in papers.values():
        pages = pypdf.PdfReader(io.BytesIO(content)).pages
        assert SYNTHETIC in pages[0].extract_text().upper()
    assert list(verify_chain()) == []
    assert_everything_happened_in_its_order(plan)


def assert_the_clerks_desk_shows_papers_at_every_step() -> None:
    states = Counter(Paper.objects.values_list("state", flat=True))
    assert (states["submitted"], states["draft"]) == (1, 1)
    numbers: dict[str, list[int]] = {}
    for paper in Paper.objects.filter(state="issued").order_by("series", "number"):
        numbers.setdefault(str(paper.series), []).append(paper.number or 0)
    # Which units are drawn is not known beforehand, and so not whether one was to be commended.
    always = {"KH-SNV", "BB-SNV", "BB-ĐKT", "SNV-CCVC", "BC-SNV", "TB-SNV"}
    assert always <= numbers.keys() <= always | {"TTr-SNV"}
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def assert_the_people_suffice_whatever_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo draws with secrets of its own each time: it must come to its end with any of them."""
    frame = commitment.stored_frame(Plan.objects.get(serial=2))
    units = {unit.code: unit for unit in Unit.objects.all()}
    barred = {unit.pk: conflicts(unit.pk) for unit in units.values()}
    monkeypatch.setattr(teams, "conflicts", barred.__getitem__)
    for number in range(100):
        secrets = [hashlib.sha256(f"{number} {which}".encode()).digest() for which in "12"]
        visits = [
            RosterEntry(
                visit_id=uuid4(),
                version=1,
                state=VisitState.SEALED,
                unit=units[code],
                date=date.fromisoformat(slot.date),
                session=Session(slot.part),
                release_at=NOW,
                members=[],
                leader=None,
            )
            for code, slot in (draw_frame(frame, secrets).sessions or {}).items()
        ]
        chosen = teams.choose(visits)
        assert [len(chosen[visit.visit_id]) for visit in visits] == [teams.TEAM] * len(visits)


def assert_everything_happened_in_its_order(plan: Plan) -> None:
    """The policy before the data, the commitments before the public value."""
    policy, run = Policy.objects.get(), RiskRun.objects.get()
    first_load = Load.objects.filter(source__code=RESULTS.code).get()
    assert policy.endorsed_at < first_load.uploaded_at < run.computed_at < plan.created_at
    assert policy.in_force_from <= timezone.localdate(run.computed_at)
    assert plan.frozen_at < plan.endorsed_at < plan.drawn_at
    assert timezone.localdate(plan.endorsed_at).isoformat() < plan.public_rule["date"]
    assert SYNTHETIC in plan.public_rule["source"]
    assert SYNTHETIC in plan.public_value


def assert_every_fault_is_found() -> None:
    loads = Load.objects.filter(state=LoadState.IN_EFFECT)
    assert loads.count() == Load.objects.count() == 21
    by_code = {code for load in loads for code in load.counts["by_code"]}
    assert {
        "unit_unknown",
        "unit_ambiguous",
        "date_impossible",
        "date_year",
        "code_damaged",
        "duplicate_code",
        "identity_differs",
        "done_before_received",
        "label_differs",
    } <= by_code
    assert sum(load.counts["left_out"] for load in loads) < 25
    assert Task.objects.count() == 195
    assert Dossier.objects.count() > 590
    complainants = Complaint.objects.values_list("complainant", flat=True)
    assert len(complainants) == 146
    assert all(len(keyed) == 32 for keyed in complainants)


def assert_each_role_has_a_login(printed: str) -> None:
    roles = {role for user in User.objects.all() for role in user.roles}
    assert roles == set(Role)
    for user in User.objects.all():
        assert user.check_password(cast.PASSWORD)
        assert not user.must_change_password
        assert user.closed_at is None
        assert f"\n{user.username} " in printed
    assert Inspector.objects.filter(user__isnull=False).count() == 3


def assert_last_months_visits_are_filed_and_their_month_is_over() -> None:
    plan = Plan.objects.get(serial=1)
    assert (plan.state, plan.period.isoformat()) == ("revealed", "2026-10-01")
    visits = plan.visits.all()
    assert [visit.state for visit in visits] == [VisitState.FILED] * plan.size
    submissions = Submission.objects.filter(visit__plan=plan)
    assert [one.state for one in submissions] == [SubmissionState.COMPLETE] * plan.size
    # Leaders with an account file themselves; for the others the clerk types in what was written.
    assert all(
        one.from_paper is (one.sent_by.username == cast.CLERK)
        and one.received_at > one.visit.released_at
        for one in submissions
    )
    followed = Finding.objects.filter(remedy__isnull=False)
    assert followed.exists()
    assert all(
        finding.demands.exists() and finding.letters.exists() and finding.remedy_due
        for finding in followed
    )
    for visit in visits:
        record = visit_record(visit)
        assert record is not None
        assert record.roll_calls
        assert record.closing is not None


def assert_told_again_it_changes_nothing(first: str, tell: Tell, settings: Settings) -> None:
    before, written = database(), files(settings.VAR_DIR)
    second = tell(NOW + timedelta(days=3))
    assert database() == before
    assert files(settings.VAR_DIR) == written
    assert first.count("\n+ ") > 35
    assert second.count("\n+ ") == 0
    assert first.rsplit("\n\n", maxsplit=1)[-1] == second.split("\n\n")[-1]


@pytest.mark.slow
def test_a_demo_that_was_cut_off_goes_on_where_it_stood(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(**_facts: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(story.commitment, "draw", cut_off)
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert Plan.objects.get(serial=1).state == PlanState.ENDORSED
    loads = set(Load.objects.values_list("pk", flat=True))

    tell(NOW + timedelta(days=1))

    assert Plan.objects.get(serial=2).state == PlanState.APPROVED
    assert loads < set(Load.objects.values_list("pk", flat=True))
    assert Load.objects.count() == 21


@pytest.mark.slow
def test_a_load_that_was_cut_off_is_done_again(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(**_facts: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("inspections.demo.loading.loads.apply", cut_off)
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert Load.objects.get().state == LoadState.CHECKED

    tell()

    assert Load.objects.filter(state=LoadState.CANCELLED).count() == 1
    assert Load.objects.filter(state=LoadState.IN_EFFECT).count() == 21


@pytest.mark.slow
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 31, 23, 30, tzinfo=HANOI),
        datetime(2027, 1, 1, 0, 5, tzinfo=HANOI),
    ],
)
def test_it_can_be_told_on_any_day(tell: Tell, now: datetime) -> None:
    tell(now)
    assert Plan.objects.get(serial=2).state == PlanState.APPROVED


def test_a_real_department_is_left_alone(tell: Tell) -> None:
    make_department()
    before = database()
    with pytest.raises(CommandError) as refusal:
        tell()
    assert refusal.value.__cause__.code == "not_a_demo"
    assert database() == before


def test_a_database_with_real_people_is_left_alone(tell: Tell) -> None:
    make_user("Lan", Role.PLANNER)
    with pytest.raises(CommandError):
        tell()
    assert not Department.objects.exists()


def test_it_hands_over_to_the_web_server_with_the_demos_logins_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[list[str]] = []
    monkeypatch.setenv("KYCUONG_DEMO", "0")
    monkeypatch.setattr(os, "execv", lambda _path, arguments: started.append(arguments))
    monkeypatch.setattr(demo.Command, "_tell", lambda _command: None)
    call_command("demo", port=8123, stdout=io.StringIO())
    assert "--bind=localhost:8123" in started[0]
    assert os.environ["KYCUONG_DEMO"] == "1"


def test_a_port_that_is_taken_is_told_with_the_way_out_before_anything_is_done() -> None:
    with socket.create_server(("localhost", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError) as refusal:
            call_command("demo", port=port, stdout=io.StringIO())
    assert f"http://localhost:{port}" in str(refusal.value)
    assert "make run PORT=" in str(refusal.value)
    assert not Department.objects.exists()
