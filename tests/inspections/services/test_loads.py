"""A file's rows count all at once or not at all, and stop counting when its load is undone."""

import os
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from inspections.errors import DomainError, InvalidInput, NotAllowed, VersionConflict, WrongState
from inspections.models import (
    AuditEvent,
    Complaint,
    Dossier,
    DossierSummary,
    Job,
    JobState,
    Load,
    LoadState,
    PastResult,
    Role,
    SourceKind,
    Task,
)
from inspections.services import jobs, loads, staging
from inspections.services.sources import resolve_unit_name
from inspections.services.staging import upload_path
from tests.builders import make_user
from tests.inspections.database import contents
from tests.inspections.importers.files import csv_bytes, with_sheet_xml
from tests.inspections.services.loading import (
    CUTOFF,
    NOW,
    TASK_HEADERS,
    Loading,
    codes,
    task,
    tasks,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def loading() -> Loading:
    return Loading()


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("position").values_list("action", flat=True))


def test_a_file_goes_from_upload_to_effect(loading: Loading) -> None:
    source = loading.source()
    load = loading.upload(source, tasks(task("NV1", done="12/10/2026"), task("NV2")))
    assert load.state == LoadState.CHECKING
    assert stat.S_IMODE(upload_path(load).stat().st_mode) == 0o600

    loading.work()
    load.refresh_from_db()
    assert load.state == LoadState.CHECKED
    assert (load.counts["rows"], load.counts["stored"], load.counts["errors"]) == (2, 2, 0)
    assert load.counts["columns"]["read"]["due"] == "Hạn xử lý"
    assert not Task.objects.exists()

    loading.apply(load)
    assert not Task.objects.current().exists()
    loading.work()
    load.refresh_from_db()
    assert (load.state, load.turn, load.cutoff) == (LoadState.IN_EFFECT, 1, CUTOFF)
    assert load.switched_by == loading.lan
    stored = Task.objects.current().get(code="NV1")
    assert (stored.row, stored.unit.code, stored.late_days) == (2, "SYT", 1)
    assert (stored.received, stored.due, stored.done) == (
        date(2026, 10, 1),
        date(2026, 10, 9),
        date(2026, 10, 12),
    )
    assert not upload_path(load).exists()
    assert actions() == ["source.create", "load.upload", "load.apply", "load.switch"]


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite plans without such statistics"
)
def test_the_database_knows_how_many_rows_came(loading: Loading) -> None:
    loading.loaded(loading.source(), tasks(task("NV1"), task("NV2")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'inspections_task'")
        assert cursor.fetchone() == (2,)


def test_the_same_file_again_changes_nothing(loading: Loading) -> None:
    source = loading.source()
    first = loading.loaded(source, tasks(task("NV1")))
    before = (actions(), Task.objects.count(), Load.objects.count())
    load, job = loads.upload(
        actor=loading.lan, source=source, file_name="b.csv", pieces=[tasks(task("NV1"))], now=NOW
    )
    assert (load, job) == (first, None)
    assert (actions(), Task.objects.count(), Load.objects.count()) == before
    assert not list(upload_path(load).parent.iterdir())


def test_the_same_file_counts_for_another_source(loading: Loading) -> None:
    loading.loaded(loading.source(), tasks(task("NV1")))
    other = loading.source(code="party", name="Tỉnh ủy")
    loading.loaded(other, tasks(task("NV9")))
    loading.loaded(other, tasks(task("NV1")))
    assert codes(Task.objects.current()) == ["NV1", "NV1", "NV9"]


def test_the_later_of_two_loads_counts_and_its_undo_brings_the_older_rows_back(
    loading: Loading,
) -> None:
    source = loading.source()
    loading.loaded(source, tasks(task("NV1"), task("NV2")))
    before = list(Task.objects.current().order_by("code").values())
    later = loading.loaded(source, tasks(task("NV2", done="12/10/2026"), task("NV3")))
    current = Task.objects.current()
    assert codes(current) == ["NV1", "NV2", "NV3"]
    assert current.get(code="NV2").state == "done"

    loading.undo(later)
    assert later.state == LoadState.UNDONE
    assert list(Task.objects.current().order_by("code").values()) == before
    loading.work()
    assert Task.objects.count() == 2


def test_undoing_the_earlier_of_two_loads_keeps_the_later(loading: Loading) -> None:
    source = loading.source()
    earlier = loading.loaded(source, tasks(task("NV1"), task("NV2")))
    loading.loaded(source, tasks(task("NV2", done="12/10/2026")))
    loading.undo(earlier)
    assert codes(Task.objects.current()) == ["NV2"]


def test_a_file_that_was_undone_can_be_loaded_again(loading: Loading) -> None:
    source = loading.source()
    loading.undo(loading.loaded(source, tasks(task("NV1"))))
    again = loading.loaded(source, tasks(task("NV1")))
    assert (again.state, again.turn) == (LoadState.IN_EFFECT, 2)
    assert codes(Task.objects.current()) == ["NV1"]


def test_the_data_as_they_stood_know_nothing_of_later_loads(loading: Loading) -> None:
    source = loading.source()
    loading.loaded(source, tasks(task("NV1")), cutoff=date(2026, 9, 30))
    loading.loaded(source, tasks(task("NV1", done="12/10/2026"), task("NV2")))
    then = Task.objects.current(date(2026, 9, 30))
    assert [(row.code, row.state) for row in then] == [("NV1", "open")]
    assert codes(Task.objects.current(date(2026, 10, 31))) == ["NV1", "NV2"]
    assert not Task.objects.current(date(2026, 9, 29)).exists()


def test_problems_must_be_accepted_and_are_counted(loading: Loading) -> None:
    content = tasks(
        task("NV1"), task("NV2", "Xa Tan Thanh"), task("NV3", "Sở Lạ"), task("NV3", "Sở Lạ")
    )
    load = loading.checked(loading.source(), content)
    assert load.counts["by_code"] == {"unit_ambiguous": 1, "unit_unknown": 2}
    assert load.counts["unmatched"] == [
        {"name": "Sở Lạ", "rows": 2, "candidates": []},
        {"name": "Xa Tan Thanh", "rows": 1, "candidates": ["TH", "TT"]},
    ]
    problem = load.problems.get(code="unit_ambiguous")
    assert (problem.row, problem.column, problem.value) == (3, "Đơn vị chủ trì", "Xa Tan Thanh")
    assert "Xã Tân Thạnh" in problem.message

    with pytest.raises(InvalidInput) as refused:
        loading.apply(load)
    assert refused.value.code == "problems_not_accepted"
    assert not Task.objects.exists()

    loading.apply(load, accept_problems=True)
    loading.work()
    load.refresh_from_db()
    assert (load.state, load.counts["left_out"]) == (LoadState.IN_EFFECT, 3)
    assert codes(Task.objects.current()) == ["NV1"]
    event = AuditEvent.objects.get(action="load.switch")
    assert event.details["accept_problems"] is True
    assert event.details["counts"]["left_out"] == 3


def test_a_file_without_a_row_that_can_be_stored_is_not_switched(loading: Loading) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1", "Sở Lạ")))
    with pytest.raises(InvalidInput) as refused:
        loading.apply(load, accept_problems=True)
    assert refused.value.code == "nothing_to_store"


def test_a_settled_name_is_matched_at_the_next_check(loading: Loading) -> None:
    source = loading.source()
    load = loading.checked(source, tasks(task("NV1", "Xa Tan Thanh")))
    resolve_unit_name(
        actor=loading.lan, source=source, name="Xa Tan Thanh", unit=loading.units["TH"], now=NOW
    )
    loads.check_again(actor=loading.lan, load=load, version=load.version, now=NOW)
    loading.work()
    load.refresh_from_db()
    assert (load.state, load.counts["errors"], load.problems.count()) == (LoadState.CHECKED, 0, 0)
    loading.apply(load)
    loading.work()
    assert Task.objects.current().get().unit == loading.units["TH"]


def test_a_row_that_lost_its_unit_since_the_check_stops_the_load(loading: Loading) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1"), task("NV2", "Xã Tân Thạnh")))
    job = loading.apply(load)
    loading.units["TH"].name = "Xã Mỹ Quý"
    loading.units["TH"].save()
    loading.work()
    job.refresh_from_db()
    load.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "problems_appeared")
    assert (load.state, load.counts["errors"]) == (LoadState.CHECKED, 1)
    assert not Task.objects.exists()
    assert upload_path(load).exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7", "format_not_read"),
        (csv_bytes([["Mã nhiệm vụ", "Hạn xử lý"], ["NV1", "09/10/2026"]]), "header_missing"),
        (csv_bytes([[*TASK_HEADERS, "Hạn xử lý"], ["NV1"]]), "header_double"),
        (with_sheet_xml(b"<row r='1'><c r='XFD1048576'><v>1</v></c></row>"), "cell_out_of_bounds"),
        (with_sheet_xml(b"<c>" + b" " * 20_000_000 + b"</c>"), "zip_bomb"),
        (tasks(), "no_rows"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_a_problem_and_nothing_else(
    loading: Loading, content: bytes, code: str
) -> None:
    load = loading.checked(loading.source(), content)
    assert load.state == LoadState.FAILED
    assert [problem.code for problem in load.problems.all()] == [code]
    assert not Task.objects.exists()
    assert not upload_path(load).exists()


def test_a_file_over_the_limit_is_refused_before_it_is_whole(
    loading: Loading, settings: Settings
) -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        for number in range(300):
            taken.append(number)
            yield b"x" * 10

    settings.UPLOAD_MAX_BYTES = 200
    with pytest.raises(InvalidInput) as refused:
        loads.upload(
            actor=loading.lan,
            source=loading.source(),
            file_name="a.csv",
            pieces=pieces(),
            now=NOW,
        )
    assert refused.value.code == "file_too_large"
    assert len(taken) == 21
    assert not Load.objects.exists()
    assert not list((Path(settings.VAR_DIR) / "uploads").iterdir())


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Tài liệu\\Nhiệm vụ.csv", "Nhiệm vụ.csv"),
        ("a\x00b.csv", "ab.csv"),
        ("x" * 5000 + ".csv", "x" * 196 + ".csv"),
        ("", "?"),
        ("<img src=x>.csv", "<img src=x>.csv"),
    ],
)
def test_the_files_name_is_only_a_name(loading: Loading, name: str, kept: str) -> None:
    load = loading.upload(loading.source(), tasks(task("NV1")), name=name)
    load.refresh_from_db()
    assert load.file_name == kept
    assert upload_path(load).name == str(load.pk)


@pytest.mark.parametrize("cutoff", [None, date(2026, 11, 23)])
def test_the_day_on_which_the_data_stand_must_be_known_and_past(
    loading: Loading, cutoff: date | None
) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1")), cutoff=cutoff)
    assert load.state == LoadState.FAILED
    assert [problem.code for problem in load.problems.all()] == [
        "cutoff_future" if cutoff else "cutoff_unknown"
    ]


def test_the_day_and_the_period_come_from_the_file(loading: Loading) -> None:
    content = csv_bytes([["Từ ngày 01/10/2026 đến ngày 15/10/2026"], TASK_HEADERS, task("NV1")])
    load = loading.checked(loading.source(), content, cutoff=None)
    assert (load.cutoff, load.period_from, load.period_to) == (
        date(2026, 10, 15),
        date(2026, 10, 1),
        date(2026, 10, 15),
    )


@pytest.mark.parametrize("state", ["checking", "checked"])
def test_a_file_can_be_given_up(loading: Loading, state: str) -> None:
    load = loading.upload(loading.source(), tasks(task("NV1")))
    if state == "checked":
        loading.work()
        load.refresh_from_db()
    loads.cancel(actor=loading.lan, load=load, version=load.version, now=NOW)
    assert load.state == LoadState.CANCELLED
    assert not upload_path(load).exists()
    assert loading.work() == []
    assert not Job.objects.filter(state=JobState.QUEUED).exists()


def test_a_load_given_up_while_its_rows_are_stored_leaves_none(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1"), task("NV2")))
    job = loading.apply(load)
    real = staging._fact_store

    def give_up_after_storing(load: Load) -> Any:
        store = real(load)

        def storing(batch: Any) -> None:
            store(batch)
            fresh = Load.objects.get(pk=load.pk)
            loads.cancel(actor=loading.lan, load=fresh, version=fresh.version, now=NOW)

        return storing

    monkeypatch.setattr(staging, "_fact_store", give_up_after_storing)
    loading.work()
    load.refresh_from_db()
    job.refresh_from_db()
    assert load.state == LoadState.CANCELLED
    assert job.state in {JobState.CANCELLED, JobState.FAILED}
    assert not Task.objects.exists()


def test_two_loads_of_the_same_bytes_race_and_one_wins(loading: Loading) -> None:
    source = loading.source()
    content = tasks(task("NV1"))
    first, second = loading.checked(source, content), loading.checked(source, content)
    jobs_of = [loading.apply(first), loading.apply(second)]
    loading.work()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (LoadState.IN_EFFECT, LoadState.CANCELLED)
    states = []
    for job in jobs_of:
        job.refresh_from_db()
        states.append((job.state, job.error_code))
    assert states == [(JobState.DONE, ""), (JobState.FAILED, "in_effect_already")]
    assert Task.objects.count() == 1
    assert not upload_path(second).exists()


def test_a_switch_that_comes_twice_happens_once(loading: Loading) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1")))
    job = loading.apply(load)
    loading.work()
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, lease_until=loading.now - timedelta(days=1), finished_at=None
    )
    (again,) = loading.work()
    assert (again.pk, again.state) == (job.pk, JobState.DONE)
    assert actions().count("load.switch") == 1
    assert Task.objects.count() == 1


def test_only_a_planner_loads(loading: Loading) -> None:
    source = loading.source()
    load = loading.checked(source, tasks(task("NV1")))
    facts: dict[str, Any] = {"load": load, "version": load.version, "now": NOW}
    for role in set(Role) - {Role.PLANNER}:
        other = make_user(f"Người {role.value}", role)
        with pytest.raises(NotAllowed):
            loads.upload(actor=other, source=source, file_name="a", pieces=[b"x"], now=NOW)
        for service in (loads.apply, loads.cancel, loads.undo, loads.check_again):
            with pytest.raises(NotAllowed):
                service(actor=other, **facts)
    load.refresh_from_db()
    assert load.state == LoadState.CHECKED
    assert Load.objects.count() == 1


@pytest.mark.parametrize("service", [loads.apply, loads.cancel, loads.check_again])
def test_a_load_that_changed_meanwhile_is_left_alone(loading: Loading, service: Any) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1")))
    with pytest.raises(VersionConflict):
        service(actor=loading.lan, load=load, version=load.version - 1, now=NOW)


@pytest.mark.parametrize("service", [loads.apply, loads.cancel, loads.check_again, loads.undo])
def test_a_step_out_of_turn_is_refused(loading: Loading, service: Any) -> None:
    load = loading.undo(loading.loaded(loading.source(), tasks(task("NV1"))))
    with pytest.raises(WrongState):
        service(actor=loading.lan, load=load, version=load.version, now=NOW)


def test_a_list_that_never_counted_is_not_undone(loading: Loading) -> None:
    load = loading.upload(loading.source(SourceKind.UNIT), tasks(task("NV1")))
    with pytest.raises(WrongState):
        loads.undo(actor=loading.lan, load=load, version=load.version, now=NOW)


def test_loads_are_seen_by_those_who_plan_approve_lead_and_audit(loading: Loading) -> None:
    load = loading.upload(loading.source(), tasks(task("NV1")))
    for role in Role:
        seen = Load.objects.visible_to(make_user(f"Người {role.value}", role))
        is_reader = role in {Role.PLANNER, Role.APPROVER, Role.LEADER, Role.AUDITOR}
        assert list(seen) == ([load] if is_reader else [])


def test_bytes_that_no_load_waits_for_are_swept(loading: Loading, settings: Settings) -> None:
    folder = Path(settings.VAR_DIR) / "uploads"
    folder.mkdir()
    for name, age in (("old", 7200), ("new", 60)):
        (folder / name).write_bytes(b"x")
        then = (folder / name).stat().st_mtime - age
        os.utime(folder / name, (then, then))
    load = loading.upload(loading.source(), tasks(task("NV1")))
    assert {path.name for path in folder.iterdir()} == {"new", str(load.pk)}


def test_a_dossier_that_opens_again_within_thirty_days_continues(loading: Loading) -> None:
    headers = [
        "Mã hồ sơ",
        "Đơn vị xử lý",
        "Ngày tiếp nhận",
        "Ngày hẹn trả",
        "Ngày có kết quả",
        "Trạng thái",
    ]

    def dossier(code: str, received: str, done: str, due: str = "") -> list[str]:
        return [code, "Sở Y tế", received, due, done, "Đã trả kết quả" if done else "Đang xử lý"]

    source = loading.source(SourceKind.DOSSIER)
    first = [
        dossier("H1", "01/09/2026", "10/09/2026", due="08/09/2026"),
        dossier("H2", "01/08/2026", "10/08/2026"),
        dossier("H3", "01/09/2026", ""),
        dossier("H4", "01/09/2026", "10/09/2026"),
    ]
    second = [
        dossier("H1", "05/10/2026", "", due="20/10/2026"),  # 25 days after its result
        dossier("H2", "05/10/2026", ""),  # 56 days after
        dossier("H3", "01/09/2026", "06/10/2026"),  # was still open
        dossier("H4", "01/09/2026", "11/09/2026"),  # a corrected date is no new start
    ]
    third = [dossier("H1", "05/10/2026", "20/10/2026", due="20/10/2026")]
    loading.loaded(source, csv_bytes([headers, *first]), cutoff=date(2026, 9, 30))
    loading.loaded(source, csv_bytes([headers, *second]), cutoff=date(2026, 10, 10))
    found = Dossier.objects.current().order_by("code")
    assert [(row.code, row.reopened, row.first_received) for row in found] == [
        ("H1", True, date(2026, 9, 1)),
        ("H2", False, date(2026, 10, 5)),
        ("H3", False, date(2026, 9, 1)),
        ("H4", False, date(2026, 9, 1)),
    ]
    loading.loaded(source, csv_bytes([headers, *third]))
    again = Dossier.objects.current().get(code="H1")
    assert (again.reopened, again.first_received) == (True, date(2026, 9, 1))
    assert (again.original_due, again.due) == (date(2026, 9, 8), date(2026, 10, 20))


def test_complaints_are_stored_without_their_senders(loading: Loading) -> None:
    headers = [
        "Mã PAKN",
        "Cơ quan xử lý",
        "Ngày gửi",
        "Trạng thái",
        "Họ và tên",
        "Số điện thoại",
        "Nội dung",
    ]
    start = ["Sở Y tế", "01/10/2026", "Đang xử lý"]
    rows = [
        ["PA1", *start, "Trần Thị Mười Hai", "0912345678", "Bà Mười Hai phản ánh"],
        ["PA2", *start, "Trần Thị Mười Hai", "+84 912 345 678", ""],
        ["PA3", "0912345678", "01/10/2026", "Đang xử lý", "Trần Thị Mười Hai", "0912345678", ""],
        ["PA4", "Sở Y tế", "Trần Thị Mười Hai 0912345678", "Đang xử lý", "", "", ""],
    ]
    load = loading.loaded(
        loading.source(SourceKind.COMPLAINT), csv_bytes([headers, *rows]), accept_problems=True
    )
    first, second = Complaint.objects.current().order_by("code")
    assert first.complainant == second.complainant != ""
    assert len(first.complainant) == 32
    assert first.due == date(2026, 10, 15)
    assert load.counts["columns"]["personal"] == ["Nội dung"]
    stored = str(contents())
    assert "PA1" in stored
    for personal in ("345678", "345 678", "Mười Hai"):
        assert personal not in stored


def test_summaries_and_results_are_stored(loading: Loading) -> None:
    summary = csv_bytes(
        [["Tháng 10 năm 2026"], ["Cơ quan", "Tổng", "Tiếp nhận"], ["Sở Y tế", "1.250", "1.200"]]
    )
    loading.loaded(loading.source(SourceKind.DOSSIER_SUMMARY), summary, cutoff=None)
    stored = DossierSummary.objects.current().get()
    assert (stored.total, stored.received, stored.late) == (1250, 1200, None)
    assert (stored.period_from, stored.period_to) == (date(2026, 10, 1), date(2026, 10, 31))

    result = csv_bytes(
        [["Đơn vị", "Ngày kiểm tra", "Lớn", "Bốc thăm"], ["Sở Y tế", "12/05/2026", "2", "có"]]
    )
    load = loading.loaded(loading.source(SourceKind.RESULT), result, cutoff=None)
    visit = PastResult.objects.current().get()
    assert (visit.major, visit.minor, visit.drawn, visit.complete) == (2, 0, True, False)
    # What is known of earlier visits reaches to the last of them.
    assert load.cutoff == date(2026, 5, 12)


def test_a_corrected_summary_of_the_same_month_replaces_the_first(loading: Loading) -> None:
    source = loading.source(SourceKind.DOSSIER_SUMMARY)
    for total in ("10", "12"):
        content = csv_bytes(
            [["Tháng 10/2026"], ["Cơ quan", "Tổng"], ["Sở Y tế", total], ["TH", "5"]]
        )
        loading.loaded(source, content, cutoff=None)
    assert sorted(DossierSummary.objects.current().values_list("total", flat=True)) == [5, 12]


def test_an_unexpected_fault_fails_the_check_without_telling_the_file(
    loading: Loading, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    load = loading.upload(loading.source(), tasks(task("NV1")))

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(staging, "open_file", fail)
    (job,) = loading.work()
    load.refresh_from_db()
    assert (job.state, job.error_code, load.state) == (JobState.FAILED, "internal", "failed")
    assert not upload_path(load).exists()
    assert "load.check" in caplog.text


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = loading.checked(loading.source(), tasks(task("NV1")))
    job = loading.apply(load)
    real = staging.read_rows

    def taken_over(*args: Any) -> Any:
        Job.objects.filter(pk=job.pk).update(lease_owner="another")
        yield from real(*args)

    monkeypatch.setattr(staging, "read_rows", taken_over)
    jobs.run_next(clock=loading.clock, owner="slow")
    job.refresh_from_db()
    load.refresh_from_db()
    assert (job.state, job.lease_owner, load.state) == ("running", "another", LoadState.STAGING)
    assert not Task.objects.exists()


def test_a_domain_error_is_told_in_the_job(loading: Loading) -> None:
    source = loading.source()
    load = loading.upload(source, tasks(task("NV1")))
    type(source).objects.filter(pk=source.pk).update(overrides={"colour": "red"})
    (job,) = loading.work()
    load.refresh_from_db()
    assert (job.state, job.error_code, load.state) == ("failed", "invalid_overrides", "failed")
    assert issubclass(InvalidInput, DomainError)
