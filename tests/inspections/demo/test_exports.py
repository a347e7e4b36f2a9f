"""The demo's files: made up, and in the look of real ones."""

import csv
import io
import re
import zipfile
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from inspections.demo import dossiers, summaries
from inspections.demo.exports import COMPLAINTS, DOSSIERS, SUMMARIES, TASKS, Export, generate
from inspections.demo.frame import SYNTHETIC, DemoUnit, World, make_world
from inspections.demo.spelling import HABITS
from inspections.importers.profiles import packaged
from inspections.importers.reading import OpenedFile, open_file
from inspections.matching import KnownUnit, Match, UnitMatcher
from tests.inspections.demo.small import make_small

LAST = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(82, LAST)


@pytest.fixture(scope="module")
def exports() -> list[Export]:
    return generate(last=LAST)


@pytest.fixture(scope="module")
def lives(world: World) -> list[dossiers.Dossier]:
    return dossiers.lives(world)


def opened(export: Export, folder: Path) -> OpenedFile:
    path = folder / export.name
    path.write_bytes(export.content)
    profile = packaged(export.source.kind)
    return open_file(path, profile, cutoff=export.last, today=LAST)


def rows_of(export: Export, separator: str = ";") -> list[dict[str, str]]:
    text = export.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def of(exports: list[Export], source: object) -> list[Export]:
    return [export for export in exports if export.source == source]


def test_equal_seeds_give_equal_bytes_and_others_other_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_small(monkeypatch)
    first, again, other = (generate(last=LAST, seed=seed) for seed in (7, 7, 8))
    assert again == first
    assert all(one.content != two.content for one, two in zip(first, other, strict=True))


def test_a_workbook_does_not_tell_when_it_was_written(exports: list[Export]) -> None:
    (tasks,) = of(exports, TASKS)
    with zipfile.ZipFile(io.BytesIO(tasks.content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        properties = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"(\d{4})-\d\d-\d\dT", properties)) == {"1980"}


def test_every_file_says_that_it_is_made_up(exports: list[Export]) -> None:
    for export in exports:
        if export.name.endswith(".csv"):
            assert all(row["Ghi chú"] == SYNTHETIC for row in rows_of(export, _separator(export)))
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(export.content)).worksheets[0]
            titles = [sheet.cell(row, 1).value for row in range(1, 8)]
            assert f"({SYNTHETIC})" in titles


def _separator(export: Export) -> str:
    return "," if export.source == COMPLAINTS else ";"


def test_every_file_can_be_read(exports: list[Export], tmp_path: Path) -> None:
    rows: Counter[str] = Counter()
    for export in exports:
        table = opened(export, tmp_path).table
        rows[export.source.code] += sum(len(chunk) for chunk in table.chunks())
        assert not table.header.warnings
        assert not table.below_total
    assert rows["nhiem-vu"] == 1500
    assert rows["pakn"] == 1200
    assert rows["don-vi"] == 117
    # A dossier stands in more than one file while it is open.
    assert 15_000 <= rows["mot-cua"] < 17_000


def test_reports_state_their_period(exports: list[Export], tmp_path: Path) -> None:
    for export in [*of(exports, TASKS), *of(exports, SUMMARIES)]:
        period = opened(export, tmp_path).period
        assert period is not None
        assert (period.first, period.last) == (export.first, export.last)


def test_citizens_stand_in_columns_that_are_dropped(exports: list[Export], tmp_path: Path) -> None:
    (sent,) = of(exports, COMPLAINTS)
    header = opened(sent, tmp_path).table.header
    assert {"person_name", "person_phone"} <= {heading.field for heading in header.headings}
    assert header.personal == ("Nội dung",)
    header = opened(of(exports, DOSSIERS)[0], tmp_path).table.header
    assert header.personal == ("Chủ hồ sơ", "Số điện thoại")


def test_telephone_numbers_belong_to_nobody(exports: list[Export]) -> None:
    (sent,) = of(exports, COMPLAINTS)
    numbers = {row["Số điện thoại"] for row in rows_of(sent, ",")}
    assert len(numbers) > 900
    assert all(re.fullmatch(r"0000 \d{3} \d{3}", number) for number in numbers)


def test_some_citizens_write_more_than_once(exports: list[Export]) -> None:
    (sent,) = of(exports, COMPLAINTS)
    times = Counter(row["Số điện thoại"] for row in rows_of(sent, ","))
    assert 50 < sum(count > 1 for count in times.values()) < 400


def test_every_spelling_leads_back_to_its_unit(world: World) -> None:
    matcher = UnitMatcher(
        [KnownUnit(unit.code, unit.name, unit.kind) for unit in world.units],
        province_names=["Tỉnh Đồng Tháp"],
    )
    spellings = [(habit(unit), unit.code) for unit in world.units for habit in HABITS]
    assert len({name for name, _ in spellings}) > 600
    for name, code in spellings:
        found = matcher.match(name, LAST)
        assert isinstance(found, Match), name
        assert found.code == code


def test_a_later_quarter_tells_how_an_open_dossier_went_on(exports: list[Export]) -> None:
    files = [{row["Mã hồ sơ"]: row for row in rows_of(file)} for file in of(exports, DOSSIERS)]
    for earlier, later in pairwise(files):
        still_open = {code for code, row in earlier.items() if not row["Ngày có kết quả"]}
        # Those whose row was spoiled are known under another code.
        assert len(still_open - later.keys()) <= 2
        assert len(still_open) > 50
        assert any(later[code]["Ngày có kết quả"] for code in still_open & later.keys())


def test_deadlines_are_moved_only_when_that_was_known(lives: list[dossiers.Dossier]) -> None:
    moved = [dossier for dossier in lives if dossier.due != dossier.first_due]
    assert len(moved) > 200
    for dossier in moved:
        assert dossier.due_known_on(dossier.received) == dossier.first_due
        assert dossier.due_known_on(date.max) == dossier.due


def test_worse_units_are_later(lives: list[dossiers.Dossier]) -> None:
    ranked = sorted(lives, key=lambda dossier: dossier.unit.diligence)
    third = len(ranked) // 3

    def late(some: list[dossiers.Dossier]) -> float:
        return sum(dossier.done > dossier.first_due for dossier in some) / len(some)

    assert late(ranked[:third]) > 1.5 * late(ranked[-third:])


def test_worse_units_draw_more_complaints(exports: list[Export], world: World) -> None:
    matcher = UnitMatcher([KnownUnit(unit.code, unit.name, unit.kind) for unit in world.units])
    (sent,) = of(exports, COMPLAINTS)
    found = [matcher.match(row["Cơ quan xử lý"], LAST) for row in rows_of(sent, ",")]
    number = Counter(match.code for match in found if isinstance(match, Match))
    ranked = sorted(world.units, key=lambda unit: unit.diligence)

    def rate(some: list[DemoUnit]) -> float:
        return sum(number[unit.code] for unit in some) / sum(unit.size for unit in some)

    assert rate(ranked[:40]) > 2 * rate(ranked[-40:])


def test_what_is_in_progress_is_brought_forward(world: World) -> None:
    told = summaries.months(world)
    for earlier, later in pairwise(told):
        for before, after in zip(earlier, later, strict=True):
            assert after.forward == before.in_progress
            assert after.total == (
                after.resolved + after.in_progress + after.withdrawn + after.returned
            )


@pytest.mark.parametrize("last", [date(2026, 12, 31), date(2027, 3, 1), date(2028, 2, 29)])
def test_files_can_be_made_for_any_day(last: date, monkeypatch: pytest.MonkeyPatch) -> None:
    make_small(monkeypatch)
    assert len(generate(last=last)) == 21
