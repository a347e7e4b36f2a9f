"""Filing over HTTP: put once, put again, put otherwise, and the files that go with it."""

import hashlib
import io
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from tests.api.conftest import WHO, signed_in
from tests.api.storm.tablets import Broken
from tests.inspections.services.filings import (
    Door,
    closing,
    content,
    in_the_format_before,
    make_door,
    send,
    signed,
)

pytestmark = pytest.mark.django_db
SUBMISSIONS = "/api/v1/submissions/"


@pytest.fixture
def door() -> Door:
    return make_door()


def put(client: Any, said: Any, under: UUID, **headers: str) -> Any:
    return client.put(f"{SUBMISSIONS}{under}/", said, format="json", headers=headers)


def photograph() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "JPEG")
    return out.getvalue()


def announced(data: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"sha256": digest, "size": len(data), "media_type": "image/jpeg"}


def put_file(client: Any, under: UUID, data: bytes, digest: str, **headers: str) -> Any:
    return client.put(
        f"{SUBMISSIONS}{under}/attachments/{digest}/",
        data,
        content_type="image/jpeg",
        headers=headers,
    )


def test_a_submission_is_put_once_and_again(door: Door) -> None:
    an, under = signed_in(door.an), uuid4()
    first = put(an, closing(door), under)
    assert first.status_code == 201, first.text
    again = put(an, closing(door), under)
    assert again.status_code == 200
    assert first.json() == again.json() == an.get(f"{SUBMISSIONS}{under}/").json()
    assert (first.json()["state"], first.json()["conflicts"]) == ("complete", 0)
    assert an.get(f"/api/v1/visits/{door.visit.pk}/").json()["state"] == "filed"


def test_other_bytes_are_a_conflict_that_a_person_sees(door: Door) -> None:
    an, under = signed_in(door.an), uuid4()
    put(an, content(door), under)
    refused = put(an, content(door, signed_on="2026-03-02"), under)
    assert (refused.status_code, refused.json()["code"]) == (409, "other_content")
    lan = signed_in(door.people.lan)
    assert lan.get(f"{SUBMISSIONS}{under}/").json()["conflicts"] == 1
    bodies = lan.get(f"{SUBMISSIONS}{under}/bodies/").json()["bodies"]
    assert [one["content"]["signed_on"] for one in bodies] == [None, "2026-03-02"]


def test_equal_content_in_other_bytes_is_other_content(door: Door) -> None:
    an, under, said = signed_in(door.an), uuid4(), content(door)
    put(an, said, under)
    spaced = json.dumps(said, indent=2)
    refused = an.put(f"{SUBMISSIONS}{under}/", spaced, content_type="application/json")
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[" * 100_000, 400),
        ('{"format": NaN}', 400),
        ('{"format": "\\ud800"}', 400),
        ('{"format": "a", "format": "b"}', 400),
        ("[]", 422),
        ("{}", 422),
        ('{"format": "kycuong/submission/1"}', 422),
    ],
)
def test_what_is_no_submission_is_refused(door: Door, body: str, status: int) -> None:
    an = signed_in(door.an)
    refused = an.put(f"{SUBMISSIONS}{uuid4()}/", body, content_type="application/json")
    assert refused.status_code == status, refused.text
    assert an.get(SUBMISSIONS).json()["results"] == []


def test_a_photograph_is_put_whole_and_shown_as_a_copy(door: Door) -> None:
    an, under, data = signed_in(door.an), uuid4(), photograph()
    digest = announced(data)["sha256"]
    waiting = put(an, content(door, attachments=[announced(data)]), under).json()
    assert (waiting["state"], waiting["attachments"][0]["received_bytes"]) == ("waiting", 0)
    for _ in range(2):
        received = put_file(an, under, data, digest)
        assert received.status_code == 200, received.text
        assert received.json()["received_bytes"] == len(data)
    receipt = an.get(f"{SUBMISSIONS}{under}/")
    assert (receipt.json()["state"], receipt.headers["ETag"]) == ("complete", '"2"')
    shown = signed_in(door.cuc).get(f"{SUBMISSIONS}{under}/attachments/{digest}/")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(shown.content)).size == (30, 20)
    hidden = signed_in(door.people.binh).get(f"{SUBMISSIONS}{under}/attachments/{digest}/")
    assert hidden.status_code == 404


def test_a_photograph_comes_in_pieces(door: Door) -> None:
    an, under, data = signed_in(door.an), uuid4(), photograph()
    digest = announced(data)["sha256"]
    put(an, content(door, attachments=[announced(data)]), under)
    whole, half = len(data), len(data) // 2

    def piece(start: int, end: int) -> Any:
        where = f"bytes {start}-{end - 1}/{whole}"
        return put_file(an, under, data[start:end], digest, **{"content-range": where})

    assert piece(0, half).json()["received_bytes"] == half
    gap = piece(half + 1, whole)
    assert (gap.status_code, gap.json()["code"]) == (409, "gap")
    assert gap.json()["params"] == {"received": half}
    assert piece(half, whole).json()["received_bytes"] == whole


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"content-range": "bytes 0-3"}, b"abcd", 400),
        ({"content-range": "bytes 9-3/10"}, b"abcd", 400),
        ({"content-range": "bytes 0-3/9"}, b"abcd", 422),
        ({}, b"abcd", 422),
        ({}, b"", 422),
        ({}, b"x" * (4 * 1024 * 1024 + 1), 413),
    ],
)
def test_bytes_that_were_not_announced_are_refused(
    door: Door, headers: dict[str, str], data: bytes, status: int
) -> None:
    an, under = signed_in(door.an), uuid4()
    good = announced(photograph())
    put(an, content(door, attachments=[good]), under)
    refused = put_file(an, under, data, good["sha256"], **headers)
    assert refused.status_code == status, refused.text


def test_a_scan_is_put_and_downloaded_by_the_office(door: Door) -> None:
    chi, under, data = signed_in(door.people.chi), uuid4(), b"%PDF-1.7 ..."
    listed = announced(data) | {"media_type": "application/pdf"}
    digest = listed["sha256"]
    path = f"{SUBMISSIONS}{under}/attachments/{digest}/"
    said = closing(door, from_paper=True, original=[digest], attachments=[listed])
    assert put(chi, said, under).status_code == 201
    assert chi.put(path, data, content_type="application/pdf").status_code == 200
    copy = chi.get(path)
    assert (copy.status_code, copy.content) == (200, data)
    assert copy.headers["Content-Type"] == "application/pdf"
    assert copy.headers["Content-Disposition"].startswith("attachment")
    assert signed_in(door.an).get(path).status_code == 403
    record = chi.get(f"/api/v1/visits/{door.visit.pk}/record/").json()
    assert record["closing"]["original"] == [digest]


def test_a_receipt_and_the_record_tell_what_was_signed_for_something_else(door: Door) -> None:
    an, under, said = signed_in(door.an), uuid4(), closing(door)
    other = said | {"opinion": {"text": "Đồng ý", "reservations": []}}
    receipt = put(an, signed(other, as_said=said), under).json()
    assert receipt["signatures_match"] is False
    record = an.get(f"/api/v1/visits/{door.visit.pk}/record/").json()
    assert record["signatures_match"] is False


def test_a_body_of_the_format_before_is_taken(door: Door) -> None:
    said = in_the_format_before(closing(door))
    assert put(signed_in(door.an), said, uuid4()).status_code == 201


def test_only_pictures_and_pdfs_are_put(door: Door) -> None:
    an, under = signed_in(door.an), uuid4()
    good = announced(photograph())
    put(an, content(door, attachments=[good]), under)
    refused = an.put(
        f"{SUBMISSIONS}{under}/attachments/{good['sha256']}/", b"x", content_type="text/html"
    )
    assert refused.status_code == 415


@pytest.mark.parametrize("silent", [True, False], ids=["ends early", "breaks off"])
def test_a_file_whose_connection_goes_is_no_fault_of_the_server_and_leaves_nothing(
    door: Door, silent: bool, settings: Settings
) -> None:
    an, under, data = signed_in(door.an), uuid4(), photograph()
    put(an, content(door, attachments=[announced(data)]), under)
    path = f"{SUBMISSIONS}{under}/attachments/{announced(data)['sha256']}/"
    cut = Broken(data[:100], silent=silent)
    answer = an.generic("PUT", path, data, "image/jpeg", **{"wsgi.input": cut})
    assert answer.status_code == (422 if silent else 400), answer.text
    assert not [place for place in settings.EVIDENCE_DIR.rglob("*") if place.is_file()]
    assert put_file(an, under, data, announced(data)["sha256"]).status_code == 200


def test_what_was_set_aside_is_listed_and_settled(door: Door) -> None:
    an, lan, under = signed_in(door.an), signed_in(door.people.lan), uuid4()
    lost = put(an, content(door, visit=str(uuid4())), under).json()
    assert (lost["state"], lost["set_aside"]) == ("set_aside", "visit_not_open")
    listed = lan.get(f"{SUBMISSIONS}?waits_for_a_person=true").json()["results"]
    assert [one["id"] for one in listed] == [str(under)]
    settled = lan.post(
        f"{SUBMISSIONS}{under}/settle/",
        {"accept": True, "reason": "Nhầm mã", "visit": str(door.visit.pk)},
        headers={"if-match": '"1"'},
    )
    assert settled.status_code == 200, settled.text
    assert (settled.json()["state"], settled.json()["accepted"]) == ("complete", True)
    assert lan.get(f"{SUBMISSIONS}?waits_for_a_person=true").json()["results"] == []
    assert len(lan.get(f"{SUBMISSIONS}?visit={door.visit.pk}").json()["results"]) == 1


def test_an_inspector_sees_his_own_and_his_teams(door: Door) -> None:
    under = uuid4()
    put(signed_in(door.an), content(door), under)
    assert signed_in(door.cuc).get(f"{SUBMISSIONS}{under}/").status_code == 200
    binh = signed_in(door.people.binh)
    assert binh.get(SUBMISSIONS).json()["results"] == []
    for path in (f"{under}/", f"{under}/bodies/", f"{uuid4()}/", f"{uuid4()}/bodies/"):
        assert binh.get(SUBMISSIONS + path).status_code == 404


def test_the_list_costs_as_much_with_many_as_with_one(
    door: Door, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        send(door.an, content(door))
    lan = signed_in(door.people.lan)
    with django_assert_num_queries(WHO + 1):
        assert len(lan.get(SUBMISSIONS).json()["results"]) == 3
