"""Letters of the units over HTTP: entered, corrected, and read with their scans on record."""

import hashlib
import io
import json
from typing import Any

import pytest
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from inspections.models import AuditEvent, Finding, LetterKind
from tests.api.conftest import WHO, Clock, signed_in
from tests.inspections.services.filings import Door, make_door
from tests.inspections.services.following import demand, file_findings, write
from tests.inspections.services.test_letters import PDF, scan

pytestmark = pytest.mark.django_db
LETTERS = "/api/v1/letters/"


@pytest.fixture
def door(moment: Clock) -> Door:
    moment.pass_by(days=60)
    return make_door()


@pytest.fixture
def row(door: Door) -> Finding:
    return file_findings(door)[0]


def said(row: Finding, **changes: Any) -> dict[str, Any]:
    return {
        "visit": str(row.visit_id),
        "kind": "remedy",
        "number": "12/UBND",
        "dated_on": "2026-03-11",
        "received_on": "2026-03-12",
        "summary": "Ông Lê Văn Tám đã bị phê bình.",
        "findings": [str(row.pk)],
        "scans": [scan()],
    } | changes


def send_scan(
    client: Any, letter: str, whole: bytes, data: bytes, media_type: str, **headers: str
) -> Any:
    return client.put(
        f"{LETTERS}{letter}/scans/{hashlib.sha256(whole).hexdigest()}/",
        data,
        content_type=media_type,
        headers=headers,
    )


def test_a_letter_is_entered_corrected_and_read_on_record(door: Door, row: Finding) -> None:
    chi, dung = signed_in(door.people.chi), signed_in(door.people.dung)
    entered = chi.post(LETTERS, said(row))
    assert entered.status_code == 201, entered.text
    path = f"{LETTERS}{entered.json()['id']}/"
    corrected = chi.patch(
        path, {"received_on": "2026-03-13"}, headers={"if-match": entered.headers["ETag"]}
    )
    assert corrected.status_code == 200, corrected.text
    read = dung.get(path)
    assert read.json()["received_on"] == "2026-03-13"
    assert read.json()["scans"][0]["received_at"] is None
    event = AuditEvent.objects.get(action="letter.read")
    assert event.actor_id == door.people.dung.pk
    finding = dung.get(f"/api/v1/findings/{row.pk}/").json()
    assert (finding["state"], finding["clocks"]["remedy"]["met_on"]) == ("reported", "2026-03-13")


def test_the_list_of_letters_names_nobody_and_is_filtered(door: Door, row: Finding) -> None:
    asked = demand(door, row)
    write(door, LetterKind.REMEDY, row, demand=asked, summary="Ông Lê Văn Tám")
    write(door, LetterKind.EVIDENCE)
    client = signed_in(door.people.dung)
    assert "Tám" not in json.dumps(client.get(LETTERS).json(), ensure_ascii=False)
    for query, count in (
        (f"visit={door.visit.pk}", 2),
        (f"finding={row.pk}", 1),
        (f"demand={asked.pk}", 1),
        ("kind=evidence", 1),
    ):
        assert len(client.get(f"{LETTERS}?{query}").json()["results"]) == count, query


def test_the_result_of_evidence_is_noted(door: Door, row: Finding) -> None:
    chi = signed_in(door.people.chi)
    letter = chi.post(LETTERS, said(row, kind="evidence", findings=[], scans=[])).json()
    noted = chi.post(
        f"{LETTERS}{letter['id']}/result/",
        {"result": "partly", "note": "2/3 người"},
        headers={"if-match": '"1"'},
    )
    assert noted.status_code == 200, noted.text
    assert (noted.json()["result"], noted.json()["result_by"]["full_name"]) == ("partly", "Chi")


def test_a_pdf_is_downloaded_and_never_shown(door: Door, row: Finding) -> None:
    chi = signed_in(door.people.chi)
    letter = chi.post(LETTERS, said(row)).json()["id"]
    path = f"{LETTERS}{letter}/scans/{scan()['sha256']}/"
    assert chi.get(path).status_code == 404
    sent = send_scan(chi, letter, PDF, PDF, "application/pdf")
    assert sent.status_code == 200, sent.text
    got = signed_in(door.cuc).get(path)
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert signed_in(door.people.binh).get(path).status_code == 404
    assert signed_in(door.people.dung).get(path).status_code == 403
    assert AuditEvent.objects.filter(action="letter.read_scan").count() == 1


def test_a_picture_is_shown_as_a_copy(door: Door, row: Finding) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "WEBP")
    page = out.getvalue()
    chi = signed_in(door.people.chi)
    letter = chi.post(LETTERS, said(row, scans=[scan(page, "image/webp")])).json()["id"]
    half = len(page) // 2
    for start, end in ((0, half), (half, len(page))):
        sent = send_scan(
            chi,
            letter,
            page,
            page[start:end],
            "image/webp",
            **{"content-range": f"bytes {start}-{end - 1}/{len(page)}"},
        )
        assert sent.status_code == 200, sent.text
    got = chi.get(f"{LETTERS}{letter}/scans/{hashlib.sha256(page).hexdigest()}/")
    assert got.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(got.content)).format == "JPEG"


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        (b"<script>", "application/pdf", 422),
        (b"", "application/pdf", 422),
        (PDF, "text/html", 415),
        (b"%PDF-1.7" + b"x" * (4 * 1024 * 1024), "application/pdf", 413),
    ],
)
def test_what_is_no_announced_scan_is_refused(
    door: Door, row: Finding, data: bytes, media_type: str, status: int
) -> None:
    chi = signed_in(door.people.chi)
    letter = chi.post(LETTERS, said(row, scans=[scan(data or b"x")])).json()["id"]
    path = f"{LETTERS}{letter}/scans/{scan(data or b'x')['sha256']}/"
    refused = chi.put(path, data, content_type=media_type)
    assert refused.status_code == status, refused.text


@pytest.mark.parametrize(
    ("field", "changes", "status"),
    [
        ("scans.0.sha256", {"scans": [scan() | {"sha256": "x"}]}, 400),
        ("scans.0.size", {"scans": [scan() | {"size": 52_428_801}]}, 400),
        ("scans.0.media_type", {"scans": [scan() | {"media_type": "text/html"}]}, 400),
        ("scans", {"scans": [scan(), scan()]}, 422),
        ("findings", {"findings": []}, 422),
        ("findings", {"findings": ["11111111-2222-4333-8444-555555555555"]}, 422),
        ("summary", {"summary": " "}, 400),
        ("received_on", {"received_on": "2026-12-31"}, 422),
    ],
)
def test_what_is_no_letter_is_refused(
    door: Door, row: Finding, field: str, changes: dict[str, Any], status: int
) -> None:
    refused = signed_in(door.people.chi).post(LETTERS, said(row, **changes))
    assert refused.status_code == status, refused.text
    problem = refused.json()
    named = problem.get("params", {}).get("field") or problem["errors"][0]["field"]
    assert named == field


def test_what_is_another_teams_is_not_there(door: Door, row: Finding) -> None:
    letter = write(door, LetterKind.REMEDY, row)
    binh = signed_in(door.people.binh)
    assert binh.get(LETTERS).json()["results"] == []
    assert binh.get(f"{LETTERS}{letter.pk}/").status_code == 404


def test_the_list_costs_as_much_with_many_as_with_one(
    door: Door, row: Finding, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        write(door, LetterKind.REMEDY, row)
    lan = signed_in(door.people.lan)
    with django_assert_num_queries(WHO + 2):
        assert len(lan.get(LETTERS).json()["results"]) == 3
