"""What is written in any format comes back letter for letter, or is reported; nothing makes a reader stumble."""

import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from inspections.importers.columns import Cell, clean, read_code, read_text
from inspections.importers.problems import Doubt, FileRefused, Problem, ProblemLog
from inspections.importers.profiles import packaged
from inspections.importers.reading import READERS, OpenedFile, read_rows
from inspections.importers.rows import Context
from inspections.importers.tables import Table, is_total, open_table
from tests.inspections.importers.files import (
    CALENDAR,
    CUTOFF,
    DOSSIER_HEADERS,
    KEY,
    UNITS,
    Reader,
    csv_bytes,
    dossiers,
    match_unit,
    tasks,
    xlsx_bytes,
)

T = TypeVar("T")
HEADERS = (*DOSSIER_HEADERS, "Tên thủ tục")
LETTERS = "aAbđĐêỆơủỦyhòHOÀ0189<>&'\"=;,./-_()|\u0301\u0309 \n\t%"
TEXTS = st.text(st.sampled_from(LETTERS), max_size=30) | st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30
)
DAYS = st.dates(date(2026, 1, 1), CUTOFF)


def steady(examples: int) -> settings:
    """Return settings under which every run sees the same tables."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw dossiers, each with a code of its own that is one."""
    rows: dict[str, list[str]] = {}
    for _ in range(draw(st.integers(1, 6))):
        code = draw(TEXTS)
        received = draw(DAYS)
        row = [
            code,
            draw(st.sampled_from(sorted(UNITS))),
            f"{received:%d/%m/%Y}",
            f"{received + timedelta(draw(st.integers(0, 30))):%d/%m/%Y}",
            "",
            "Đang xử lý",
            draw(TEXTS),
        ]
        try:
            key = read_code(code)
        except Doubt:
            continue
        if key and not is_total(row):
            rows[key] = row
    assume(rows)
    return list(rows.values())


def expected(rows: Sequence[Sequence[str]]) -> list[tuple[str, str, str, str, str]]:
    """Return what must come back."""
    return [
        (
            clean(code),
            UNITS[unit],
            datetime.strptime(received, "%d/%m/%Y").date().isoformat(),  # noqa: DTZ007
            datetime.strptime(due, "%d/%m/%Y").date().isoformat(),  # noqa: DTZ007
            read_text(procedure, 200),
        )
        for code, unit, received, due, _done, _status, procedure in rows
    ]


def came_back(content: bytes) -> list[tuple[Any, ...]]:
    """Read a file and return what the test compares."""
    with tempfile.TemporaryDirectory() as folder:
        result = Reader(Path(folder)).read(content, "dossier", cutoff=None)
    assert result.codes("error") == []
    fields = ("code", "unit", "received", "due", "procedure")
    return [tuple(row[field] for field in fields) for row in result.rows]


@st.composite
def shapes(draw: st.DrawFn) -> tuple[list[list[object]], list[list[str]]]:
    """Draw a table between titles and totals, its columns in any order, its headers in any form."""
    rows = draw(tables())
    order = draw(st.permutations(range(len(HEADERS))))
    form = draw(st.sampled_from(["NFC", "NFD"]))
    spell = draw(st.sampled_from([str, str.upper, lambda name: f" {name.replace(' ', '  ')} "]))
    headers = [unicodedata.normalize(form, spell(HEADERS[place])) for place in order]
    sheet: list[list[object]] = [["UBND TỈNH"], ["Số liệu tính đến ngày 31/10/2026"]]
    sheet += [[]] * draw(st.integers(0, 3))
    if draw(st.booleans()):
        # A parent above some columns, as merged cells leave it.
        place = draw(st.integers(1, len(order) - 2))
        sheet.append([""] * place + ["Thông tin hồ sơ"])
    sheet.append(list(headers))
    if draw(st.booleans()):
        sheet.append([f"({number})" for number in range(1, len(order) + 1)])
    sheet += [[row[place] for place in order] for row in rows]
    if draw(st.booleans()):
        sheet += [["Tổng cộng", len(rows)], [], ["", "", "", "NGƯỜI LẬP BIỂU"]]
    return sheet, rows


@steady(150)
@given(
    shape=shapes(),
    separator=st.sampled_from(";,\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_delimited_text_comes_back(
    shape: tuple[list[list[object]], list[list[str]]], separator: str, encoding: str
) -> None:
    sheet, rows = shape
    content = csv_bytes(sheet, separator=separator, encoding=encoding)
    assert came_back(content) == expected(rows)


@steady(15)
@given(shape=shapes())
def test_a_workbook_comes_back(shape: tuple[list[list[object]], list[list[str]]]) -> None:
    sheet, rows = shape
    assert came_back(xlsx_bytes(sheet)) == expected(rows)


CELLS: st.SearchStrategy[Cell] = st.one_of(
    TEXTS,
    st.text(max_size=5),
    st.sampled_from(["", "Tổng cộng", "Cộng", "(1)", "1.234", "1,5", "01/10/2026", "Sở Y tế", "x"]),
    st.sampled_from(
        ["9" * 400, "1E+300", "\ud800", "\x00", "31/12/9999", "01/10/20226", "00/00/0000"]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.just(time(8, 0)),
    st.timedeltas(),
)


def told(problems: Iterable[Problem]) -> bool:
    """Tell whether every problem has its sentences."""
    return all(problem.message and problem.remedy for problem in problems)


def unless_refused(read: Callable[[], T]) -> T | None:
    """Read a file; None when it is refused with reasons."""
    try:
        return read()
    except FileRefused as refusal:
        return None if told(refusal.problems) else pytest.fail("refused without a reason")


class Rows:
    """A sheet that is not in any file."""

    name, size, position = "", 1, 0

    def __init__(self, rows: list[list[Cell]]) -> None:
        self._rows = rows

    def rows(self) -> Iterator[list[Cell]]:
        yield from self._rows


@steady(60)
@pytest.mark.parametrize("kind", sorted(READERS))
@given(data=st.data())
def test_no_table_makes_a_reader_stumble(kind: str, data: st.DataObject) -> None:
    profile = packaged(kind)
    fields = data.draw(st.lists(st.sampled_from(sorted(profile.headers)), unique=True))
    columns = list(dict.fromkeys([*profile.required, *fields]))
    names: list[Cell] = [data.draw(st.sampled_from(profile.headers[field])) for field in columns]
    rows = data.draw(st.lists(st.lists(CELLS, max_size=len(columns) + 2), max_size=8))
    log = ProblemLog()

    def read() -> tuple[Table, set[int]]:
        table = open_table(Rows([names, *rows]), profile, READERS[kind].anchor)
        context = Context(profile, CUTOFF, None, CALENDAR, match_unit, 10, lambda _year: KEY)
        batches = read_rows(OpenedFile(profile, table, CUTOFF), context, log)
        return table, {row for batch in batches for row in batch.rows}

    read_at_all = unless_refused(read)
    if read_at_all is None:
        return
    table, stored = read_at_all
    # Nothing is dropped in silence: a row is stored, has an error, or was none.
    in_doubt = {problem.row for problem in log.kept if problem.severity == "error"}
    assert table.read == len(
        {*stored} | (in_doubt - {None} - {total.row for total in table.totals})
    )
    assert all(problem.message and problem.remedy for problem in log.kept)


@steady(120)
@given(data=st.data())
def test_no_damaged_byte_makes_a_text_file_fail_otherwise(data: st.DataObject) -> None:
    rows = [(f"H{n}", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang xử lý") for n in range(5)]
    answer_to_damage(data, dossiers(*rows))


@steady(40)
@given(data=st.data())
def test_no_damaged_byte_makes_a_workbook_fail_otherwise(data: st.DataObject) -> None:
    answer_to_damage(data, WORKBOOK)


WORKBOOK = xlsx_bytes(
    [
        HEADERS,
        *([f"H{n}", "Sở Y tế", date(2026, 10, 1), 46304, "", "Đang xử lý"] for n in range(40)),
    ]
)


def answer_to_damage(data: st.DataObject, content: bytes) -> None:
    """Change some bytes of a file and read it: it is refused, or read with whatever problems it has."""
    damaged = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(content))) :]
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder))
        unless_refused(lambda: reader.read(bytes(damaged), "dossier"))


def test_markup_and_formulas_are_text(reader: Reader) -> None:
    for text in ("=1+1", "@SUM(A1)", "<b>x", "<script>alert(1)</script>", "{{ 7*7 }}", "%(a)s"):
        row = (text, "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
        assert reader.read(tasks(row), "task").column("code") == [text]
        unknown = ("NV1", text, *row[2:])
        result = reader.read(tasks(unknown), "task")
        (problem,) = result.log.kept
        assert (problem.code, problem.value) == ("unit_unknown", text)
        assert problem.message
