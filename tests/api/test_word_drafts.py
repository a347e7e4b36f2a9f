"""A draft goes to Word over HTTP, comes back, and what was changed is accepted by its version."""

from io import BytesIO
from typing import Any

import docx
import pytest
from rest_framework.test import APIClient

from api.v1.word_drafts import WORD
from inspections.models import Paper, PaperKind
from inspections.services import issuing
from tests.api.conftest import Clock, signed_in
from tests.builders import make_department
from tests.inspections.services.filings import LATER, Door, closing, make_door, send
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db
OLD = "(1) 12 hồ sơ quá hạn chưa có phiếu xin lỗi."


@pytest.fixture
def door(moment: Clock) -> Door:
    moment.at = LATER
    make_department()
    door = make_door()
    send(door.an, closing(door, findings=[finding()]))
    return door


@pytest.fixture
def paper(door: Door) -> Paper:
    return issuing.draft(
        actor=door.people.lan, kind=PaperKind.VISIT_REPORT, visit=door.visit, now=LATER
    )


@pytest.fixture
def chi(door: Door) -> APIClient:
    return signed_in(door.people.chi)


def place(paper: Paper) -> str:
    return f"/api/v1/papers/{paper.pk}/docx/"


def downloaded(client: APIClient, paper: Paper) -> Any:
    return client.get(place(paper), headers={"accept": WORD})


def retyped(data: bytes, text: str) -> bytes:
    word, file = docx.Document(BytesIO(data)), BytesIO()
    next(one for one in word.paragraphs if one.text == OLD).runs[0].text = text
    word.save(file)
    return file.getvalue()


def sent(client: APIClient, paper: Paper, data: bytes) -> Any:
    return client.post(place(paper), data, content_type=WORD)


def accepted(client: APIClient, paper: Paper, sha256: str, *changes: int, version: int = 1) -> Any:
    return client.post(
        f"{place(paper)}{sha256}/acceptance/",
        {"changes": list(changes)},
        headers={"if-match": f'"{version}"'},
    )


def test_a_draft_goes_to_word_and_comes_back(chi: APIClient, paper: Paper) -> None:
    answer = downloaded(chi, paper)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, WORD)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="visit_report.docx"'
    came = sent(chi, paper, retyped(answer.content, "(1) 14 hồ sơ quá hạn."))
    assert came.status_code == 200, came.text
    (change,) = came.json()["changes"]
    assert (change["kind"], change["old"], change["new"]) == (
        "changed",
        OLD,
        "(1) 14 hồ sơ quá hạn.",
    )
    assert {piece["stay"] for piece in change["segments"]} == {"same", "removed", "added"}
    changed = accepted(chi, paper, came.json()["sha256"], 0)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.headers["ETag"]) == (2, '"2"')
    word = docx.Document(BytesIO(downloaded(chi, paper).content))
    assert "(1) 14 hồ sơ quá hạn." in [one.text for one in word.paragraphs]


def test_sending_a_draft_again_is_safe(chi: APIClient, paper: Paper) -> None:
    data = retyped(downloaded(chi, paper).content, "(1) 14 hồ sơ.")
    assert sent(chi, paper, data).json() == sent(chi, paper, data).json()


def test_a_file_that_is_no_draft_is_refused_under_its_code(chi: APIClient, paper: Paper) -> None:
    for data in (b"", b"%PDF-1.7"):
        refused = sent(chi, paper, data)
        assert (refused.status_code, refused.json()["code"]) == (422, "docx_not_docx")


def test_another_media_type_is_not_read(chi: APIClient, paper: Paper) -> None:
    assert chi.post(place(paper), b"x", content_type="application/pdf").status_code == 415


def test_a_step_names_the_version_that_it_means(chi: APIClient, paper: Paper) -> None:
    came = sent(chi, paper, retyped(downloaded(chi, paper).content, "(1) 14 hồ sơ.")).json()
    nameless = chi.post(f"{place(paper)}{came['sha256']}/acceptance/", {"changes": [0]})
    assert nameless.status_code == 428
    assert accepted(chi, paper, came["sha256"], 0, version=9).status_code == 412


def test_a_draft_that_never_came_is_not_found(chi: APIClient, paper: Paper) -> None:
    assert accepted(chi, paper, "0" * 64, 0).status_code == 404


def test_a_change_that_there_is_not_is_refused(chi: APIClient, paper: Paper) -> None:
    came = sent(chi, paper, downloaded(chi, paper).content).json()
    refused = accepted(chi, paper, came["sha256"], 0)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_change")


def test_a_paper_that_follows_from_the_record_does_not_go_to_word(
    chi: APIClient, door: Door
) -> None:
    minutes = issuing.draft(
        actor=door.people.lan, kind=PaperKind.VISIT_MINUTES, visit=door.visit, now=LATER
    )
    assert downloaded(chi, minutes).status_code == 404
    refused = sent(chi, minutes, b"PK")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_narrative")


def test_papers_of_others_are_not_found(door: Door, paper: Paper) -> None:
    binh = signed_in(door.people.binh)
    assert downloaded(binh, paper).status_code == 403
    assert signed_in(door.people.lan).get("/api/v1/papers/").json()["results"] != []
    assert binh.get("/api/v1/papers/").json()["results"] == []
