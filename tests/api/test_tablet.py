"""A tablet's download over HTTP: one conditional request, and the server's clock with it."""

from datetime import datetime
from typing import Any

import pytest

from tests.api.conftest import Clock, signed_in
from tests.inspections.services.filings import Door, closing, content, make_door, photo, send
from tests.inspections.services.test_records import finding
from tests.inspections.services.test_tablet import earlier

pytestmark = pytest.mark.django_db
TABLET = "/api/v1/tablet/"


@pytest.fixture
def door() -> Door:
    return make_door()


def test_one_request_brings_everything(door: Door) -> None:
    earlier(door)
    send(door.an, content(door, attachments=[photo()]))
    answer = signed_in(door.an).get(TABLET)
    assert answer.status_code == 200, answer.text
    held = answer.json()
    assert [one["id"] for one in held["visits"]] == [str(door.visit.pk)]
    assert {name: len(held[name]) for name in ("findings", "checklists", "submissions")} == {
        "findings": 1,
        "checklists": 1,
        "submissions": 1,
    }
    assert held["settings"]["formats"][0] == "kycuong/submission/2"


def test_what_is_unchanged_is_not_sent_again(door: Door, moment: Clock) -> None:
    an = signed_in(door.an)
    first = an.get(TABLET)
    etag = first.headers["ETag"]
    assert (etag[0], len(etag)) == ('"', 66)
    moment.pass_by(hours=1)
    for held in (etag, f'"x", W/{etag}'):
        again = an.get(TABLET, headers={"if-none-match": held})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert datetime.fromisoformat(again.headers["Server-Time"]) == moment.at
    send(door.an, closing(door, findings=[finding()]))
    assert an.get(TABLET, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("held", ["", "x", '"', '"1"', "*"])
def test_a_tag_that_is_not_ours_brings_everything(door: Door, held: str) -> None:
    answer: Any = signed_in(door.an).get(TABLET, headers={"if-none-match": held})
    assert answer.status_code == 200
