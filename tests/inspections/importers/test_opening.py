"""Formats are told apart by their bytes; what is damaged or built to do harm is refused by name."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from inspections.importers import archive
from inspections.importers.opening import open_sheets
from inspections.importers.problems import FileRefused
from tests.inspections.importers.files import csv_bytes, with_entries, with_sheet_xml, xlsx_bytes

ROWS = [["Mã hồ sơ", "Đơn vị"], ["H1", "Sở Y tế"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def read(path: Path, content: bytes) -> list[list[list[object]]]:
    path.write_bytes(content)
    return [[list(row) for row in sheet.rows()] for sheet in open_sheets(path)]


def refusal(path: Path, content: bytes) -> tuple[str, dict[str, object]]:
    with pytest.raises(FileRefused) as refused:
        read(path, content)
    (problem,) = refused.value.problems
    assert problem.message
    assert problem.remedy
    return problem.code, dict(problem.params)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_text_is_read_in_any_encoding_and_with_any_separator(
    path: Path, encoding: str, separator: str
) -> None:
    assert read(path, csv_bytes(ROWS, separator=separator, encoding=encoding)) == [ROWS]


def test_the_separator_is_the_one_that_makes_even_rows(path: Path) -> None:
    rows = [["Mã", "Nội dung"], ["1", "một, hai, ba"], ["2", "bốn, năm"], ["3", "sáu"]]
    assert read(path, csv_bytes(rows)) == [rows]


def test_a_line_that_names_the_separator_is_no_row_of_its_own(path: Path) -> None:
    sheets = read(path, b"sep=,\r\na,b;c\r\n")
    assert sheets == [[[], ["a", "b;c"]]]


def test_a_quoted_line_break_stays_in_its_cell(path: Path) -> None:
    rows = [["Mã", "Nội dung"], ["1", "dòng một\ndòng hai; ba"]]
    assert read(path, csv_bytes(rows)) == [rows]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing(path: Path) -> None:
    content = 'Mã;Tên\n1;"Sở Y tế\n2;Sở Nội vụ\n'.encode()
    assert refusal(path, content) == ("csv_quotes", {"row": 2})


def test_text_in_a_legacy_encoding_names_the_first_row_that_cannot_be_read(path: Path) -> None:
    content = b"a;b\n" * 30_000 + "Đơn vị;x\n".encode("cp1258", "replace") + b"\xd0\xff\n"
    code, params = refusal(path, content)
    assert code == "encoding_unknown"
    assert 0 < int(str(params["row"])) <= 30_002


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "XLS (Excel 97–2003)"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "HTML"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", "HTML"),
        ("\ufeff<table>".encode("utf-16-le"), "HTML"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML Spreadsheet 2003",
        ),
        (b"<?xml version='1.0'?><report/>", "XML"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
    ],
)
def test_a_format_that_is_not_read_is_named(path: Path, content: bytes, name: str) -> None:
    assert refusal(path, content) == ("format_not_read", {"format": name})


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("content.xml", "ODS"),
        ("word/document.xml", "DOCX"),
        ("xl/workbook.bin", "XLSB"),
        ("a", "ZIP"),
    ],
)
def test_an_archive_that_is_no_workbook_is_named(path: Path, entry: str, name: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(entry, b"x")
    assert refusal(path, stream.getvalue()) == ("format_not_read", {"format": name})


def test_a_workbook_under_a_password_is_told_from_an_old_one(path: Path) -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
    content += "EncryptedPackage".encode("utf-16-le")
    assert refusal(path, content)[0] == "password_protected"


@pytest.mark.parametrize("content", [b"", b"  \r\n "])
def test_an_empty_file_is_refused(path: Path, content: bytes) -> None:
    assert refusal(path, content)[0] == "file_empty"


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    assert refusal(path, b"MZ\x00\x01\x00\x00\x02" * 20)[0] == "text_binary"


def test_a_workbook_is_read_from_its_first_row_on(path: Path) -> None:
    assert read(path, xlsx_bytes([[None], *ROWS])) == [[["", ""], *ROWS]]


def test_a_hidden_sheet_is_not_read(path: Path) -> None:
    assert read(path, xlsx_bytes(ROWS, [["ẩn"]], hidden=[1])) == [ROWS]


@pytest.mark.parametrize("cut", [40, 400, 2000])
def test_a_truncated_workbook_is_damaged(path: Path, cut: int) -> None:
    assert refusal(path, xlsx_bytes(ROWS)[:cut])[0] == "xlsx_damaged"


def test_a_workbook_of_broken_xml_is_damaged(path: Path) -> None:
    assert refusal(path, with_sheet_xml(b"<row><c r='A1'><v>1</row>"))[0] == "xlsx_damaged"


def test_a_cell_that_unpacks_a_thousandfold_is_a_bomb(path: Path) -> None:
    text = (
        b"<row r='1'><c r='A1' t='inlineStr'><is><t>" + b"a" * 20_000_000 + b"</t></is></c></row>"
    )
    content = with_sheet_xml(text)
    assert len(content) < 100_000
    assert refusal(path, content)[0] == "zip_bomb"


def test_thousands_of_entries_are_a_bomb(path: Path) -> None:
    entries = {f"xl/media/{number}.png": b"" for number in range(2100)}
    assert refusal(path, with_entries(xlsx_bytes(ROWS), entries))[0] == "zip_bomb"


def test_an_entry_that_lies_about_its_size_is_a_bomb(path: Path) -> None:
    content = bytearray(with_sheet_xml(b"<row/>" * 10_000))
    # The size stands in the central directory, where readers look, 24 bytes behind its signature.
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    struct.pack_into("<L", content, directory + 24, 100)
    assert refusal(path, bytes(content))[0] == "zip_bomb"


def test_the_last_cell_of_a_sheet_is_out_of_bounds(path: Path) -> None:
    cells = b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
    assert refusal(path, with_sheet_xml(cells)) == ("cell_out_of_bounds", {"cell": "XFD1048576"})


def test_a_reference_cut_in_two_by_a_piece_is_still_seen(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
    for size in (7, 16, 31):
        monkeypatch.setattr(archive, "_PIECE", size)
        assert refusal(path, with_sheet_xml(cells))[0] == "cell_out_of_bounds"


@pytest.mark.parametrize(
    "cells",
    [
        b"<row r='1'><c r='A1'><v>1</v></c></row><row r='999999'><c r='ZZ999999'><v>1</v></c></row>",
        # No cell says where it stands, so that only laying the sheet out shows its size.
        b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'/><row>"
        + b"<c><v>1</v></c>" * 3000
        + b"</row>",
    ],
)
def test_a_sheet_too_large_to_lay_out_kills_only_its_own_process(path: Path, cells: bytes) -> None:
    assert refusal(path, with_sheet_xml(cells))[0] == "sheet_too_large"


def test_empty_cells_at_the_end_of_a_sheet_do_no_harm(path: Path) -> None:
    cells = (
        b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576' s='1'/></row>"
    )
    assert read(path, with_sheet_xml(cells)) == [[[1.0]]]


def test_a_workbook_that_defines_entities_is_refused(path: Path) -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b"<row r='1'><c r='A1' t='inlineStr'><is><t>&b;</t></is></c></row></sheetData></worksheet>"
    )
    content = with_entries(xlsx_bytes(ROWS), {"xl/worksheets/sheet1.xml": bomb})
    assert refusal(path, content)[0] == "xlsx_damaged"
