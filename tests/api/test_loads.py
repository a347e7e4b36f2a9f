"""Files by the API: taken in, checked, switched into effect, undone; and what is refused unread."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.multipartparser import MultiPartParser
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from api import clock
from inspections.models import Job, Load, LoadState, TokenScope, Unit
from inspections.services import jobs
from tests.api.conftest import machine, signed_in
from tests.builders import People, make_department, make_token, make_unit

pytestmark = pytest.mark.django_db
SOURCES = "/api/v1/sources/"
LOADS = "/api/v1/loads/"
JOBS = "/api/v1/jobs/"
GOOD = "Mã đơn vị,Tên đơn vị,Loại\nX01,Xã Tân Hồng,Xã\nX02,Xã Sa Rài,Xã\n"
BAD = GOOD + "X03,Xã Mới,Mặt trăng\n"


@pytest.fixture
def lan(people: People) -> APIClient:
    make_department()
    return signed_in(people.lan)


@pytest.fixture
def source(lan: APIClient) -> dict[str, Any]:
    made = lan.post(SOURCES, {"code": "don-vi", "name": "Danh mục đơn vị", "kind": "unit"})
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


def send(client: APIClient, source: dict[str, Any], content: str, /, **fields: Any) -> Any:
    file = SimpleUploadedFile("don-vi.csv", content.encode(), content_type="text/csv")
    return client.post(LOADS, {"source": source["id"], "file": file} | fields, format="multipart")


def work() -> None:
    """Do all jobs that wait."""
    while jobs.run_next(clock=clock.now, owner="tests"):
        pass


def step(client: APIClient, load: dict[str, Any], name: str, body: Any = None) -> Any:
    return client.post(
        f"{LOADS}{load['id']}/{name}/", body, headers={"if-match": f'"{load["version"]}"'}
    )


def fresh(client: APIClient, load: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{LOADS}{load['id']}/").json()
    return answer


def test_a_file_is_checked_applied_and_undone(lan: APIClient, source: dict[str, Any]) -> None:
    sent = send(lan, source, GOOD, cutoff="2026-02-28")
    assert sent.status_code == 201, sent.text
    load, job = sent.json()["load"], sent.json()["job"]
    assert (load["state"], load["file_name"], job["state"]) == ("checking", "don-vi.csv", "queued")
    work()
    assert lan.get(f"{JOBS}{job['id']}/").json()["state"] == "done"
    load = fresh(lan, load)
    assert (load["state"], load["counts"]["errors"]) == ("checked", 0)
    assert not Unit.objects.exists()
    assert step(lan, load, "apply", {}).status_code == 202
    work()
    load = fresh(lan, load)
    assert (load["state"], Unit.objects.count()) == ("in_effect", 2)
    again = send(lan, source, GOOD, cutoff="2026-02-28")
    assert (again.status_code, again.json()["job"]) == (200, None)
    assert again.json()["load"]["id"] == load["id"]
    undone = step(lan, load, "undo")
    assert undone.json()["state"] == "undone"


def test_each_problem_is_shown_with_its_remedy(lan: APIClient, source: dict[str, Any]) -> None:
    load = send(lan, source, BAD).json()["load"]
    work()
    load = fresh(lan, load)
    problems = lan.get(f"{LOADS}{load['id']}/problems/").json()["results"]
    assert [problem["row"] for problem in problems] == [4]
    assert problems[0]["message"]
    assert problems[0]["remedy"]
    assert problems[0]["severity"] == "error"
    assert lan.get(f"{LOADS}{load['id']}/problems/?severity=warning").json()["results"] == []
    refused = step(lan, load, "apply", {})
    assert (refused.status_code, refused.json()["code"]) == (422, "problems_not_accepted")
    assert step(lan, load, "apply", {"accept_problems": True}).status_code == 202
    work()
    assert Unit.objects.count() == 2


def test_problems_come_in_pages_by_row(lan: APIClient, source: dict[str, Any]) -> None:
    rows = "".join(f"Y{number:02},Xã {number},Mặt trăng\n" for number in range(12))
    load = send(lan, source, GOOD + rows).json()["load"]
    work()
    page = lan.get(f"{LOADS}{load['id']}/problems/?limit=5").json()
    found = [problem["row"] for problem in page["results"]]
    while page["next"]:
        page = lan.get(page["next"]).json()
        found += [problem["row"] for problem in page["results"]]
    assert found == list(range(4, 16))


def test_a_file_is_given_up(lan: APIClient, source: dict[str, Any]) -> None:
    load = send(lan, source, GOOD).json()["load"]
    assert step(lan, load, "cancel").json()["state"] == "cancelled"
    work()
    assert fresh(lan, load)["state"] == "cancelled"
    assert step(lan, fresh(lan, load), "apply", {}).json()["code"] == "wrong_state"


def test_a_job_is_cancelled_by_whoever_asked_for_it(
    lan: APIClient, source: dict[str, Any], people: People
) -> None:
    job = send(lan, source, GOOD).json()["job"]
    minh = signed_in(people.minh)
    assert minh.get(JOBS).json()["results"] == []
    assert minh.post(f"{JOBS}{job['id']}/cancel/").status_code == 404
    assert lan.post(f"{JOBS}{job['id']}/cancel/").json()["state"] == "cancelled"
    assert lan.post(f"{JOBS}{job['id']}/cancel/").json()["code"] == "wrong_state"
    assert len(lan.get(JOBS, {"state": "cancelled"}).json()["results"]) == 1


def test_a_step_names_the_version(lan: APIClient, source: dict[str, Any]) -> None:
    load = send(lan, source, GOOD).json()["load"]
    assert lan.post(f"{LOADS}{load['id']}/apply/", {}).status_code == 428
    stale = {"id": load["id"], "version": 9}
    assert step(lan, stale, "apply", {}).status_code in {409, 412}


def test_a_file_that_is_too_large_is_refused_unread(
    lan: APIClient,
    source: dict[str, Any],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    monkeypatch.setattr(MultiPartParser, "parse", lambda _: pytest.fail("it was read"))
    response = send(lan, source, GOOD + "x" * 70_000)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert not Load.objects.exists()


def test_a_file_just_too_large_is_refused_and_not_kept(
    lan: APIClient, source: dict[str, Any], settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    response = send(lan, source, GOOD + "x" * 200)
    assert (response.status_code, response.json()["code"]) == (422, "file_too_large")
    assert not Load.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"source": "x"}, "source"),
        ({"cutoff": "28/02/2026"}, "cutoff"),
        ({"state": "in_effect"}, "state"),
        ({"file": ""}, "file"),
    ],
)
def test_an_upload_that_cannot_be_names_its_field(
    lan: APIClient, source: dict[str, Any], fields: dict[str, str], field: str
) -> None:
    response = send(lan, source, GOOD, **fields)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_a_file_of_no_source_is_refused(lan: APIClient) -> None:
    response = send(lan, {"id": str(uuid4())}, GOOD)
    assert (response.status_code, response.json()["code"]) == (422, "unknown_object")


def test_a_file_is_no_json(lan: APIClient) -> None:
    assert lan.post(LOADS, {}).status_code == 415


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 5000 + ".csv", "a\x00b.csv", "<b>.csv"])
def test_a_files_name_is_data(lan: APIClient, source: dict[str, Any], name: str) -> None:
    file = SimpleUploadedFile("x.csv", GOOD.encode())
    file.name = name
    response = lan.post(LOADS, {"source": source["id"], "file": file}, format="multipart")
    assert response.status_code in {201, 400}
    if response.status_code == 201:
        shown = response.json()["load"]["file_name"]
        assert "/" not in shown
        assert "\x00" not in shown
        assert len(shown) <= 200


def test_a_machine_loads_and_does_not_undo(people: People, source: dict[str, Any]) -> None:
    _token, text = make_token(people.lan, TokenScope.LOAD)
    client = machine(text)
    load = send(client, source, GOOD).json()["load"]
    work()
    assert step(client, fresh(client, load), "apply", {}).status_code == 202
    work()
    undo = step(client, fresh(client, load), "undo")
    assert (undo.status_code, undo.json()["code"]) == (403, "scope_not_enough")


def test_a_reading_machine_sees_loads_and_brings_none(
    people: People, source: dict[str, Any]
) -> None:
    _token, text = make_token(people.lan, TokenScope.READ)
    assert machine(text).get(LOADS).status_code == 200
    assert send(machine(text), source, GOOD).status_code == 403


@pytest.mark.parametrize("name", ["an", "chi", "phuong", "ha"])
def test_loads_are_for_those_who_plan_approve_lead_and_audit(people: People, name: str) -> None:
    client = signed_in(getattr(people, name))
    for path in (LOADS, SOURCES, f"{LOADS}{uuid4()}/problems/"):
        assert client.get(path).status_code == 403


def test_the_problems_of_no_load_are_not_there(lan: APIClient) -> None:
    assert lan.get(f"{LOADS}{uuid4()}/problems/").status_code == 404


def test_a_source_changes_how_it_is_read(lan: APIClient, source: dict[str, Any]) -> None:
    path = f"{SOURCES}{source['id']}/"
    changed = lan.patch(
        path,
        {"overrides": {"headers": {"code": ["mã của tôi"]}, "date_order": "dmy"}},
        headers={"if-match": '"1"'},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["overrides"]["headers"] == {"code": ["mã của tôi"]}
    unknown = lan.patch(
        path, {"overrides": {"headers": {"moon": ["x"]}}}, headers={"if-match": '"2"'}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_overrides")
    for wrong in ({"overrides": {"statuses": {"x": {"state": []}}}}, {"overrides": {"moon": 1}}):
        assert lan.patch(path, wrong, headers={"if-match": '"2"'}).status_code == 400


def test_a_name_is_settled_for_a_unit(lan: APIClient, source: dict[str, Any]) -> None:
    unit = make_unit("X09")
    path, said = f"{SOURCES}{source['id']}/names/", {"name": "xã chín", "unit": str(unit.pk)}
    first = lan.post(path, said)
    assert (first.status_code, first.json()["name"]) == (201, "xã chín")
    assert lan.post(path, said).json() == first.json()
    assert lan.post(path, said | {"unit": str(uuid4())}).status_code == 422


def test_loads_are_found_by_source_and_state(lan: APIClient, source: dict[str, Any]) -> None:
    send(lan, source, GOOD)
    assert len(lan.get(LOADS, {"source": source["id"], "state": "checking"}).json()["results"]) == 1
    assert lan.get(LOADS, {"state": LoadState.FAILED}).json()["results"] == []


def test_a_job_tells_no_more_than_counts(lan: APIClient, source: dict[str, Any]) -> None:
    send(lan, source, GOOD)
    work()
    job = lan.get(JOBS).json()["results"][0]
    assert "params" not in job
    assert "lease_owner" not in job
    assert Job.objects.get().finished_at <= timezone.now()
