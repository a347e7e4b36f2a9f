"""Tables for office programs: no text in them is ever a formula, whoever wrote it."""

import csv
import io
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from inspections.exports.sheets import Sheet, delimited, xlsx

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("x")')


@given(TEXTS)
@example("=cmd|' /C calc'!A0")
@example("\ufeff=1")
@settings(max_examples=200, deadline=None)
def test_a_workbook_holds_texts_as_texts(text: str) -> None:
    data = xlsx([Sheet("Bảng", [("Tên",), (text,), (7,)])])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
    sheet = load_workbook(io.BytesIO(data))["Bảng"]
    assert sheet["A2"].data_type in {"inlineStr", "s", "n"}  # an empty text may be an empty cell
    assert sheet["A3"].value == 7


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_text_stays_a_text_once_it_is_edited(text: str) -> None:
    cell = load_workbook(io.BytesIO(xlsx([Sheet("Bảng", [(text,)])])))["Bảng"]["A1"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


@given(TEXTS)
@example("=1")
@example("\n=1")
@example("a,=1")
@example('a,"=1"')
@example("a\t =1\r@x")
@settings(max_examples=200, deadline=None)
def test_no_field_of_a_delimited_file_begins_a_formula_wherever_it_is_split(text: str) -> None:
    data = delimited([Sheet("Bảng", [("Tên", text)])]).decode("utf-8-sig")
    _, (name, field) = csv.reader(io.StringIO(data, newline=""), delimiter=";")
    assert name == "Tên"
    assert field.replace("'", "") == text.replace("\0", "").replace("'", "")
    for delimiter in ";,\t":
        for row in csv.reader(io.StringIO(data, newline=""), delimiter=delimiter):
            assert not [one for one in row if one.strip(' \t\r\n"')[:1] in set("=+-@＝＋－＠")]


def test_a_sign_within_a_text_stays_as_it_is() -> None:
    data = delimited([Sheet("Bảng", [("Tổ 1-2 (a=b), c",)])]).decode("utf-8-sig")
    assert "Tổ 1-2 (a=b), c" in data


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_text_has_an_apostrophe_before_it(text: str) -> None:
    data = delimited([Sheet("Bảng", [(text,)])]).decode("utf-8-sig")
    _, (field,) = csv.reader(io.StringIO(data, newline=""), delimiter=";")
    assert (field[0], field.replace("'", "")) == ("'", text)


def test_sheets_stand_below_each_other_in_a_delimited_file() -> None:
    data = delimited([Sheet("Một", [("a", 1)]), Sheet("Hai", [("ơ", 2)])])
    assert data == "\ufeffMột\r\na;1\r\n\r\nHai\r\nơ;2\r\n".encode()
