"""The chain is the published one, to the byte."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from inspections.chain import GENESIS, Break, Flaw, Head, Link, Walk, event_hash

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "audit.md"
VECTORS: dict[str, Any] = json.loads((PAGE.parent / "vectors" / "audit.json").read_bytes())
EVENTS: list[dict[str, Any]] = VECTORS["events"]


def plain(value: Any) -> str:
    """Canonical JSON as a stranger would write it who has only read the page."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{plain(key)}:{plain(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(plain, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sealed_of(event: dict[str, Any]) -> str | None:
    return None if event["sealed_hex"] is None else sha256(bytes.fromhex(event["sealed_hex"]))


def computed(event: dict[str, Any]) -> str:
    kind, object_id = event["object"]
    plain_fields = {name: event[name] for name in ("action", "actor", "at", "details", "position")}
    return event_hash(
        **plain_fields,
        event_id=event["id"],
        object_id=object_id,
        object_type=kind,
        previous=event["previous"],
        sealed=sealed_of(event),
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event["action"]))
def test_an_events_hash_is_the_published_one(event: dict[str, Any]) -> None:
    assert computed(event) == event["hash"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event["action"]))
def test_the_page_is_enough_to_compute_it(event: dict[str, Any]) -> None:
    fields = ("action", "actor", "at", "details", "id", "object", "position", "previous")
    text = plain({name: event[name] for name in fields} | {"sealed": sealed_of(event)})
    assert text == event["canonical"]
    assert sha256(text.encode()) == event["hash"]


def test_the_published_chain_holds() -> None:
    found, walk = [], Walk()
    for event in EVENTS:
        found += walk.follow(
            Link(event["position"], event["previous"], event["hash"], computed(event))
        )
    found += walk.end(Head(**VECTORS["head"]))
    assert found == []
    assert EVENTS[0]["previous"] == GENESIS


def test_the_pages_example_is_in_the_vectors() -> None:
    page = PAGE.read_text()
    assert f"\n    {EVENTS[0]['canonical']}\n" in page
    assert f"`{EVENTS[0]['hash']}`" in page


def test_the_page_names_every_reason() -> None:
    page = PAGE.read_text()
    assert all(f"| `{flaw.value}` |" in page for flaw in Flaw)


def test_two_events_at_one_position_are_named() -> None:
    """The database's own constraint forbids it; somebody who drops it is found all the same."""
    walk = Walk()
    first, second = Link(1, GENESIS, "a" * 64, "a" * 64), Link(1, GENESIS, "b" * 64, "b" * 64)
    assert [*walk.follow(first), *walk.follow(second)] == [Break(1, 1, Flaw.INSERTED)]
    assert list(walk.end(Head(1, "a" * 64))) == []
