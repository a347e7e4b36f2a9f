"""``manage.py import`` shows every doubt before it loads, and says by its exit code how it went."""

from collections.abc import Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inspections.models import Load, LoadState, Role, Source, Task, UnitAlias, User
from tests.builders import make_department, make_unit, make_user
from tests.inspections.services.loading import NOW, Loading, task, tasks

pytestmark = pytest.mark.django_db
CUTOFF = ("--cutoff", "31/10/2026")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def lan() -> User:
    make_department()
    make_unit("SYT", "Sở Y tế")
    return make_user("Lan", Role.PLANNER)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Nhiệm vụ.csv"


def run(file: Path, *options: str, kind: str = "task") -> str:
    out = StringIO()
    call_command("import", kind, str(file), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def refusal(file: Path, *options: str) -> tuple[int, str, str]:
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import", "task", str(file), *options, stdout=out, stderr=StringIO())
    return refused.value.returncode, str(refused.value), out.getvalue()


def write(file: Path, *rows: Sequence[object]) -> None:
    file.write_bytes(tasks(*rows))


def test_a_clean_file_is_loaded(lan: User, file: Path) -> None:
    write(file, task("NV1"), task("NV2"))
    out = run(file, *CUTOFF)
    assert "2" in out
    assert "31/10/2026" in out
    load = Load.objects.in_effect().get()
    assert (load.file_name, load.uploaded_by, load.source.code) == ("Nhiệm vụ.csv", lan, "task")
    assert Task.objects.current().count() == 2


def test_a_file_with_problems_is_told_and_not_loaded(lan: User, file: Path, tmp_path: Path) -> None:
    write(
        file, task("NV1"), task("NV2", "Sở Lạ"), task("NV3", "Sở Lạ"), task("NV4", due="31/02/2026")
    )
    code, _message, out = refusal(file, *CUTOFF)
    assert code == 2
    assert "dòng 3, cột “Đơn vị chủ trì”: “Sở Lạ”" in out
    assert "dòng 5, cột “Hạn xử lý”: “31/02/2026”" in out
    assert 'manage.py import name "…" --unit … --source task' in out
    assert Load.objects.get().state == LoadState.CANCELLED
    assert not Task.objects.exists()
    assert not list((tmp_path / "uploads").iterdir())


def test_rows_with_problems_are_left_out_on_request(lan: User, file: Path) -> None:
    write(file, task("NV1"), task("NV2", "Sở Lạ"))
    run(file, *CUTOFF, "--accept-problems")
    assert [row.code for row in Task.objects.current()] == ["NV1"]


@pytest.mark.parametrize(("unit", "code"), [("Sở Y tế", 0), ("Sở Lạ", 2)])
def test_a_dry_run_stores_nothing(lan: User, file: Path, unit: str, code: int) -> None:
    write(file, task("NV1"), task("NV2", unit))
    if code:
        assert refusal(file, *CUTOFF, "--dry-run", "--accept-problems")[0] == code
    else:
        run(file, *CUTOFF, "--dry-run")
    assert Load.objects.get().state == LoadState.CANCELLED
    assert not Task.objects.exists()


def test_the_same_file_again_changes_nothing(lan: User, file: Path) -> None:
    write(file, task("NV1"))
    run(file, *CUTOFF)
    run(file, *CUTOFF)
    assert Load.objects.count() == 1


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(lan: User, file: Path) -> None:
    file.write_bytes(b"%PDF-1.7")
    code, _message, out = refusal(file, *CUTOFF)
    assert code == 1
    assert "PDF" in out


def test_a_file_without_a_cutoff_date_is_refused(lan: User, file: Path) -> None:
    write(file, task("NV1"))
    assert refusal(file)[0] == 1
    assert refusal(file, "--cutoff", "2026-10-31")[0] == 1


def test_a_file_that_is_not_there_is_refused(lan: User, file: Path) -> None:
    assert refusal(file, *CUTOFF)[0] == 1
    assert not Load.objects.exists()


def test_the_person_must_be_named_when_there_are_several(lan: User, file: Path) -> None:
    other = make_user("Mai", Role.PLANNER)
    write(file, task("NV1"))
    assert refusal(file, *CUTOFF)[0] == 1
    run(file, *CUTOFF, "--user", "mai")
    assert Load.objects.get().uploaded_by == other


def test_whoever_does_not_plan_does_not_load(lan: User, file: Path) -> None:
    make_user("Minh", Role.APPROVER)
    write(file, task("NV1"))
    assert refusal(file, *CUTOFF, "--user", "minh")[0] == 1
    assert not Source.objects.exists()


def test_a_source_holds_one_kind(lan: User, file: Path) -> None:
    write(file, task("NV1"))
    run(file, *CUTOFF, "--source", "qlnv")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import", "dossier", str(file), "--source", "qlnv", *CUTOFF, stdout=out)


def step(*arguments: str) -> str:
    out = StringIO()
    call_command("import", *arguments, stdout=out)
    return out.getvalue()


def test_loads_are_listed_the_newest_first(lan: User, file: Path) -> None:
    for code in ("NV1", "NV2"):
        write(file, task(code))
        run(file, *CUTOFF)
    newest, older = Load.objects.all()
    lines = step("list").splitlines()[2:]
    assert [str(newest.pk) in lines[0], str(older.pk) in lines[1]] == [True, True]
    assert "Nhiệm vụ.csv" in lines[0]
    assert "31/10/2026" in lines[0]


def test_a_load_is_undone_and_what_it_replaced_counts_again(lan: User, file: Path) -> None:
    for code in ("NV1", "NV2"):
        write(file, task(code))
        run(file, *CUTOFF)
    assert "Nhiệm vụ.csv" in step("undo", str(Load.objects.all()[0].pk))
    call_command("work", "--until-idle")
    assert [row.code for row in Task.objects.current()] == ["NV1"]
    assert Load.objects.all()[0].undone_by == lan


def test_a_load_is_not_undone_twice_nor_by_one_who_does_not_plan(lan: User, file: Path) -> None:
    make_user("Minh", Role.APPROVER)
    write(file, task("NV1"))
    run(file, *CUTOFF)
    load = str(Load.objects.get().pk)
    with pytest.raises(CommandError):
        step("undo", load, "--user", "minh")
    step("undo", load)
    with pytest.raises(CommandError):
        step("undo", load)
    with pytest.raises(CommandError):
        step("undo", "00000000-0000-4000-8000-000000000000")


def test_a_name_that_was_settled_is_known_to_the_next_load(lan: User, file: Path) -> None:
    write(file, task("NV1"), task("NV2", "Sở Lạ"))
    assert refusal(file, *CUTOFF)[0] == 2
    assert "Sở Y tế" in step("name", "Sở Lạ", "--unit", "SYT", "--source", "task")
    run(file, *CUTOFF)
    assert {(row.code, row.unit.code) for row in Task.objects.current()} == {
        ("NV1", "SYT"),
        ("NV2", "SYT"),
    }


def test_a_name_holds_for_the_days_that_are_given(lan: User, file: Path) -> None:
    write(file, task("NV1"))
    run(file, *CUTOFF)
    known = ("--unit", "SYT", "--source", "task")
    step("name", "Sở Lạ", *known, "--from", "01/01/2020", "--to", "30/06/2025")
    alias = UnitAlias.objects.get()
    assert (alias.valid_from, alias.valid_to) == (date(2020, 1, 1), date(2025, 6, 30))


@pytest.mark.parametrize(
    ("unit", "source", "options"),
    [
        ("SYT", "dossier", ()),
        ("SXD", "task", ()),
        ("SYT", "task", ("--from", "2020-01-01")),
        ("SYT", "task", ("--user", "minh")),
    ],
)
def test_a_name_is_not_settled_for_what_is_not_there_nor_by_one_who_does_not_plan(
    lan: User, file: Path, unit: str, source: str, options: tuple[str, ...]
) -> None:
    make_user("Minh", Role.APPROVER)
    write(file, task("NV1"))
    run(file, *CUTOFF)
    with pytest.raises(CommandError):
        step("name", "Sở Lạ", "--unit", unit, "--source", source, *options)
    assert not UnitAlias.objects.exists()


def test_a_worker_ends_what_waits(file: Path) -> None:
    loading = Loading()
    load = loading.upload(loading.source(), tasks(task("NV1")))
    call_command("work", "--until-idle")
    load.refresh_from_db()
    assert load.state == LoadState.CHECKED
