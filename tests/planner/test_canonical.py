import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import canonical
from planner.errors import InvalidInput

TEXT = st.text().map(lambda value: unicodedata.normalize("NFC", value))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(VALUES)
def test_what_is_written_reads_back(value: object) -> None:
    assert canonical.loads(canonical.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None, -5]}, '{"a":[true,null,-5],"b":1}'),
        # UTF-16 puts U+1F600, which is d83d de00 there, before U+E000.
        (
            {"\ue000": 1, "😀": 2, "€": 3, "\r": 4, "1": 5, "\x80": 6, "ö": 7},
            '{"\\r":4,"1":5,"\x80":6,"ö":7,"€":3,"😀":2,"\ue000":1}',
        ),
        ('"\\/\b\f\n\r\t\x0f\x7f\u2028', '"\\"\\\\/\\b\\f\\n\\r\\t\\u000f\x7f\u2028"'),
        ((), "[]"),
        ("Ủy ban", '"Ủy ban"'),
    ],
)
def test_the_bytes_are_those_of_rfc_8785(value: object, expected: str) -> None:
    assert canonical.dumps(value) == expected.encode()


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        float("nan"),
        2**53,
        -(2**53),
        "\ud800",
        "a\u0301",
        {"a\u0301": 1},
        {1: 2},
        {"a": {1}},
        b"",
    ],
    ids=repr,
)
def test_a_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        canonical.dumps(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":1.5}', "not an integer"),
        (b"NaN", "not an integer"),
        (b"1e3", "not an integer"),
        (b"9007199254740992", "2^53"),
        (b"9" * 5000, "2^53"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper than 64"),
        (b"[" * 65 + b"]" * 65, "deeper than 64"),
        (b'"\\ud800"', "normal form C"),
        (b'"\xff"', "not UTF-8"),
        ('{"a": "a\u0301"}'.encode(), "normal form C"),
        (b"{", "Not JSON"),
        (b"\xef\xbb\xbf1", "Not JSON"),
        ("1".encode("utf-16"), "not UTF-8"),
        (b"", "Not JSON"),
    ],
)
def test_text_that_is_not_strict_json_is_refused(text: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput, match="(?s)" + problem.replace("^", r"\^")):
        canonical.loads(text)


def test_sixty_four_levels_are_read() -> None:
    assert canonical.dumps(canonical.loads(b"[" * 64 + b"]" * 64)) == b"[" * 64 + b"]" * 64


def test_white_space_and_order_are_free_when_reading() -> None:
    assert canonical.dumps(canonical.loads(b' { "b" : 1 , "a" : 2 } ')) == b'{"a":2,"b":1}'


def test_ordinary_json_agrees_where_keys_are_plain() -> None:
    value = {"z": ["x", 1], "a": {"k": None}}
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"))
    assert canonical.dumps(value) == plain.encode()


def test_the_hash_is_sha256_in_hexadecimal() -> None:
    assert canonical.sha256_hex(b"abc").startswith("ba7816bf8f01cfea")
