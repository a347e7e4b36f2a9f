"""An archive gives back what was put in, or is refused as a whole."""

import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inspections.backup import archive
from inspections.backup.archive import Facts
from inspections.errors import InvalidInput

FACTS = Facts(
    product="0.1.0",
    made_at=datetime(2026, 11, 22, 4, 0, tzinfo=UTC),
    database="sqlite",
    migrations=("inspections.0001_create_the_domain",),
    chain_length=7,
    chain_head="ab" * 32,
)
CONTENTS = {
    "database.sqlite3": bytes(range(256)) * 4,
    "database.pgdump": b"PGDMP" * 40,
    "uploads/6f9c": "Nguyễn Văn A".encode(),
    "uploads/empty": b"",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive of a few small files."""
    files = []
    for name, content in CONTENTS.items():
        source = tmp_path / "source" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(content)
        files.append((name, source))
    path = tmp_path / "backup.zip"
    archive.write(path, FACTS, files)
    return path


def unpacked(path: Path, into: Path) -> dict[str, bytes]:
    into.mkdir()
    archive.unpack(path, into)
    return {
        file.relative_to(into).as_posix(): file.read_bytes()
        for file in into.rglob("*")
        if file.is_file()
    }


def refused(path: Path, into: Path) -> str:
    into.mkdir(exist_ok=True)
    with pytest.raises(InvalidInput) as caught:
        archive.unpack(path, into)
    return caught.value.code


def forged(path: Path, contents: dict[str, bytes], **changes: Any) -> Path:
    """Write an archive by hand whose manifest agrees with whatever is in it."""
    document = {
        "format": 1,
        "product": "0.1.0",
        "made_at": FACTS.made_at.isoformat(),
        "database": "sqlite",
        "migrations": [],
        "chain": {"length": 0, "head": ""},
        "members": [
            {"name": name, "size": len(content), "sha256": archive.canonical.sha256_hex(content)}
            for name, content in contents.items()
        ],
    } | changes
    with zipfile.ZipFile(path, "w") as written:
        for name, content in contents.items():
            written.writestr(name, content)
        written.writestr("manifest.json", json.dumps(document))
    return path


def test_what_was_put_in_comes_out(path: Path, tmp_path: Path) -> None:
    assert unpacked(path, tmp_path / "out") == CONTENTS
    (tmp_path / "again").mkdir()
    manifest = archive.unpack(path, tmp_path / "again")
    assert manifest.facts == FACTS
    assert [member.name for member in manifest.members] == list(CONTENTS)


def test_an_archive_cut_short_anywhere_is_refused(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    cut = tmp_path / "cut.zip"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        assert refused(cut, tmp_path / f"{length}") == "backup_damaged"


def test_no_altered_byte_alters_what_comes_out(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    altered = tmp_path / "altered.zip"
    unnoticed = 0
    for place in range(0, len(whole), 3):
        altered.write_bytes(whole[:place] + bytes([whole[place] ^ 0x21]) + whole[place + 1 :])
        into = tmp_path / "out" / f"{place}"
        into.mkdir(parents=True)
        with suppress(InvalidInput):
            archive.unpack(altered, into)
            assert {name: (into / name).read_bytes() for name in CONTENTS} == CONTENTS
            unnoticed += 1
    # What goes unnoticed are the ZIP's own notes, such as a file's date.
    assert unnoticed < len(whole) // 12


@pytest.mark.parametrize(
    "name",
    [
        "../out-of-here",
        "uploads/../../out-of-here",
        "/out-of-here",
        "uploads//x",
        "uploads/.hidden",
        "..",
        "C:\\out-of-here",
        "uploads/x\\..\\y",
        "uploads/",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = forged(tmp_path / "forged.zip", {name: b"x"})
    into = tmp_path / "deep" / "out"
    into.mkdir(parents=True)
    assert refused(path, into) == "backup_damaged"
    assert not [found for found in tmp_path.rglob("*") if "out-of-here" in found.name]
    assert not list(into.iterdir())


def test_one_name_as_file_and_as_folder_is_refused(tmp_path: Path) -> None:
    path = forged(tmp_path / "forged.zip", {"uploads": b"x", "uploads/x": b"y"})
    assert refused(path, tmp_path / "out") == "backup_damaged"


def test_a_file_that_the_manifest_does_not_name_is_refused(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("uploads/smuggled", b"x")
    assert refused(path, tmp_path / "out") == "backup_damaged"


def test_a_member_that_is_longer_than_said_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    content = b"\0" * 50 * 2**20
    member = {"name": "uploads/bomb", "size": 10, "sha256": "00" * 32}
    path = forged(tmp_path / "forged.zip", {"uploads/bomb": content}, members=[member])
    assert refused(path, tmp_path / "out") == "backup_damaged"
    assert (tmp_path / "out" / "uploads" / "bomb").stat().st_size < 2 * 2**20


def test_other_bytes_of_the_same_length_are_refused_though_the_zip_agrees(tmp_path: Path) -> None:
    member = {"name": "uploads/x", "size": 1, "sha256": "00" * 32}
    path = forged(tmp_path / "forged.zip", {"uploads/x": b"x"}, members=[member])
    assert refused(path, tmp_path / "out") == "backup_damaged"


@pytest.mark.parametrize(
    "changes",
    [
        {"chain": None},
        {"members": [{"name": "x"}]},
        {"made_at": "gestern"},
        {"migrations": 1},
        {"members": "x"},
        {"product": 0.5},
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = forged(tmp_path / "forged.zip", {}, **changes)
    assert refused(path, tmp_path / "out") == "backup_damaged"


def test_a_later_format_is_told_from_a_damage(tmp_path: Path) -> None:
    path = forged(tmp_path / "forged.zip", {}, format=2)
    assert refused(path, tmp_path / "out") == "backup_newer"


@pytest.mark.parametrize("content", [b"", b"PK", b"SQLite format 3\0", b"PK\x05\x06" + b"\0" * 18])
def test_something_else_is_no_backup(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert refused(path, tmp_path / "out") == "backup_damaged"


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.zip", tmp_path / "out") == "backup_missing"


def test_the_manifests_hash_is_another_when_anything_is(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = archive.unpack(path, tmp_path / "a")
    other = tmp_path / "other.zip"
    files = [(name, tmp_path / "a" / name) for name in CONTENTS]
    archive.write(other, replace(FACTS, chain_length=8), files)
    assert archive.unpack(other, tmp_path / "b").sha256 != one.sha256
