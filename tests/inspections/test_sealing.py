"""What is sealed opens only with its key, only in its place, and tells nothing by its length."""

import dataclasses
import secrets
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections import sealing
from inspections.errors import KeyUnavailable
from inspections.sealing import BLOCK, Keyring, context, pad, unpad

HERE = context(table="visit", row="1", plan="A")


def make_ring(**changes: Any) -> Keyring:
    ring = Keyring(
        sealing={1: secrets.token_bytes(32)}, tagging=secrets.token_bytes(32), complainants={}
    )
    return dataclasses.replace(ring, **changes)


@given(st.binary(max_size=3000))
def test_padding_is_undone_exactly(plain: bytes) -> None:
    assert unpad(pad(plain)) == plain
    assert len(pad(plain)) % BLOCK == 0


def test_a_sealed_value_opens_in_its_own_place() -> None:
    ring = make_ring()
    assert ring.open(ring.seal(b"Sa Dec", context=HERE), context=HERE) == b"Sa Dec"


def test_equal_plaintexts_seal_to_different_bytes_of_one_length() -> None:
    ring = make_ring()
    sealed = {ring.seal(plain, context=HERE) for plain in (b"a", b"a", b"b" * 900)}
    assert len(sealed) == 3
    assert len({len(value) for value in sealed}) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        context(table="document", row="1", plan="A"),
        context(table="visit", row="2", plan="A"),
        context(table="visit", row="1", plan="B"),
    ],
    ids=["another table", "another row", "another plan"],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(elsewhere: bytes) -> None:
    ring = make_ring()
    with pytest.raises(KeyUnavailable):
        ring.open(ring.seal(b"x", context=HERE), context=elsewhere)


@pytest.mark.parametrize("position", [0, 4, 5, 20, -1])
def test_an_altered_value_does_not_open(position: int) -> None:
    ring = make_ring()
    sealed = bytearray(ring.seal(b"x", context=HERE))
    sealed[position] ^= 1
    with pytest.raises(KeyUnavailable):
        ring.open(bytes(sealed), context=HERE)


def test_another_installations_keyring_opens_nothing() -> None:
    with pytest.raises(KeyUnavailable):
        make_ring().open(make_ring().seal(b"x", context=HERE), context=HERE)


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens() -> None:
    old = make_ring()
    sealed = old.seal(b"x", context=HERE)
    both = make_ring(sealing={**old.sealing, 2: secrets.token_bytes(32)})

    assert both.open(sealed, context=HERE) == b"x"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal(b"x", context=HERE))


def test_tags_are_equal_for_equal_parts_alone() -> None:
    ring = make_ring()
    assert ring.tag("team", "a", "bc") == ring.tag("team", "a", "bc")
    assert ring.tag("team", "a", "bc") != ring.tag("team", "ab", "c")
    assert ring.tag("team", "a") != make_ring().tag("team", "a")


def test_a_keyring_is_written_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ring.json"
    made = sealing.create_keyring(path, years=range(2026, 2028))

    assert path.stat().st_mode & 0o777 == 0o600
    assert sealing.read_keyring(path) == made


def test_a_keyring_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    sealing.create_keyring(path, years=range(2026, 2027))
    path.chmod(0o644)
    with pytest.raises(KeyUnavailable):
        sealing.read_keyring(path)


def test_a_keyring_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    made = sealing.create_keyring(path, years=range(2026, 2027))
    with pytest.raises(KeyUnavailable):
        sealing.create_keyring(path, years=range(2026, 2027))
    assert sealing.read_keyring(path) == made


@pytest.mark.parametrize("damage", ["", "{}", '{"sealing": {"1": "AAAA"}}', "[1]"])
def test_a_damaged_keyring_is_a_clear_error(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ring.json"
    path.write_text(damage)
    path.chmod(0o600)
    with pytest.raises(KeyUnavailable):
        sealing.read_keyring(path)


def test_a_missing_keyring_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable):
        sealing.read_keyring(tmp_path / "none.json")
