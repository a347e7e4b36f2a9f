"""Signed copies over the API: handed in once, read on record, decided on by somebody else."""

import hashlib
from typing import Any

import pytest
from rest_framework.test import APIClient

from inspections.models import AuditEvent, SignedCopy
from tests.api.conftest import signed_in
from tests.inspections.services.issued import Issued, make_issued
from tests.inspections.services.test_minutes import jpeg
from tests.inspections.signed_pdfs import annotate, change, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued() -> Issued:
    return make_issued()


def put(
    client: APIClient,
    issued: Issued,
    content: bytes,
    media_type: str = "application/pdf",
    **headers: str,
) -> Any:
    digest = hashlib.sha256(content).hexdigest()
    return client.generic(
        "PUT",
        f"/api/v1/papers/{issued.paper.pk}/signed-copies/{digest}/",
        content,
        content_type=media_type,
        headers=headers,
    )


def test_a_signed_file_is_handed_in_and_again(issued: Issued) -> None:
    content = sign(issued.pdf)
    first = put(signed_in(issued.chi), issued, content)
    assert first.status_code == 201, first.text
    assert first.json()["state"] == "sound"
    assert first.json()["verdict"]["signatures"][0]["signer"] == "Sở Nội vụ"
    again = put(signed_in(issued.chi), issued, content)
    assert (again.status_code, again.json()) == (200, first.json())


def test_what_was_found_is_said_in_a_sentence(issued: Issued) -> None:
    handed = put(signed_in(issued.chi), issued, change(sign(issued.pdf), annotate())).json()
    assert handed["state"] == "waiting"
    (finding,) = handed["verdict"]["findings"]
    assert finding["code"] == "changed_after_signing"
    assert finding["page"] is None
    assert finding["detail"].endswith(".")


def test_a_scan_names_the_code_printed_on_it(issued: Issued) -> None:
    chi = signed_in(issued.chi)
    without = put(chi, issued, jpeg(), "image/jpeg")
    assert (without.status_code, without.json()["code"]) == (422, "code_missing")
    scan = put(chi, issued, jpeg(), "image/jpeg", **{"Printed-Code": str(issued.paper.code)})
    assert scan.status_code == 201, scan.text
    assert (scan.json()["form"], scan.json()["verdict"]) == ("scan", None)


def test_bytes_under_another_hash_are_refused(issued: Issued) -> None:
    response = signed_in(issued.chi).generic(
        "PUT",
        f"/api/v1/papers/{issued.paper.pk}/signed-copies/{'0' * 64}/",
        b"%PDF-1.4",
        content_type="application/pdf",
    )
    assert (response.status_code, response.json()["code"]) == (422, "wrong_digest")


def test_an_empty_request_is_refused(issued: Issued) -> None:
    response = put(signed_in(issued.chi), issued, b"")
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "length_missing"


def test_a_file_that_is_too_large_is_refused_unread(issued: Issued) -> None:
    response = put(signed_in(issued.chi), issued, b"%PDF-" + bytes(21 * 1024 * 1024))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("media_type", ["text/html", "application/json", "image/gif"])
def test_other_kinds_of_files_are_refused(issued: Issued, media_type: str) -> None:
    response = put(signed_in(issued.chi), issued, b"{}", media_type, **{"Printed-Code": "0" * 32})
    assert response.status_code in {415, 422}
    assert not SignedCopy.objects.exists()


def test_a_copy_is_found_read_and_downloaded_on_record(issued: Issued) -> None:
    content = sign(issued.pdf)
    made = put(signed_in(issued.chi), issued, content).json()
    lan = signed_in(issued.lan)
    listed = lan.get(f"/api/v1/signed-copies/?paper={issued.paper.pk}&state=sound").json()
    assert [one["id"] for one in listed["results"]] == [made["id"]]
    assert "verdict" not in listed["results"][0]
    read = lan.get(f"/api/v1/signed-copies/{made['id']}/")
    assert read.json() == made
    assert read.headers["ETag"] == '"1"'
    file = lan.get(f"/api/v1/signed-copies/{made['id']}/content/")
    assert file.content == content
    assert file.headers["Content-Disposition"].startswith("attachment")
    actions = list(AuditEvent.objects.order_by("-position")[:2].values_list("action", flat=True))
    assert actions == ["signed_copy.read_file", "signed_copy.read"]


def test_a_scan_is_shown_as_a_clean_picture(issued: Issued) -> None:
    code = {"Printed-Code": str(issued.paper.code)}
    scan = put(signed_in(issued.chi), issued, jpeg(), "image/jpeg", **code).json()
    file = signed_in(issued.minh).get(f"/api/v1/signed-copies/{scan['id']}/content/")
    assert file.headers["Content-Type"] == "image/jpeg"
    assert file.content != jpeg()


def test_another_person_decides_on_the_version_he_saw(issued: Issued) -> None:
    made = put(signed_in(issued.chi), issued, issued.pdf).json()
    path = f"/api/v1/signed-copies/{made['id']}/decide/"
    said = {"accept": False, "reason": "Chưa có chữ ký"}
    lan, seen = signed_in(issued.lan), {"if-match": '"1"'}
    assert lan.post(path, said).status_code == 428
    own = signed_in(issued.chi).post(path, said, headers=seen)
    assert (own.status_code, own.json()["code"]) == (403, "same_person")
    decided = lan.post(path, said, headers=seen)
    assert decided.status_code == 200, decided.text
    assert (decided.json()["state"], decided.json()["reason"]) == ("declined", said["reason"])
    again = signed_in(issued.minh).post(path, said, headers={"if-match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
