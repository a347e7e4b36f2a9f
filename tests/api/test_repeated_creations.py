"""Creations that can be asked for again: one id and one content make one thing, other content is a conflict."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from inspections.models import (
    AuditEvent,
    Demand,
    Finding,
    Inspector,
    Job,
    Letter,
    Load,
    LoadState,
    Origin,
    Paper,
    Plan,
    Policy,
    RiskRun,
    Role,
    Session,
    Source,
    SourceKind,
    StandingTexts,
    Submission,
    Unit,
    Visit,
)
from inspections.services import commitment, jobs, scoring, sources
from inspections.services.staging import upload_path
from inspections.states import PlanState, VisitState
from tests.api.conftest import Clock, signed_in
from tests.builders import NOW, make_user
from tests.inspections.services import months
from tests.inspections.services.months import RULE, Month, make_month

pytestmark = pytest.mark.django_db

Body = dict[str, Any]
Send = Callable[[APIClient, Body], Any]


@pytest.fixture
def month() -> Month:
    month = make_month()
    earlier = NOW - timedelta(days=40)
    policy = scoring.propose_policy(actor=month.lan, name="Mặc định", reason="Đầu", now=earlier)
    scoring.endorse_policy(actor=month.minh, policy=policy, version=1, now=earlier)
    sources.create_source(
        actor=month.lan, code="nhiem-vu", name="Nhiệm vụ", kind=SourceKind.TASK, now=NOW
    )
    plan = months.frozen(month, period=date(2026, 5, 1))
    commitment.endorse(actor=month.minh, plan=plan, version=plan.version, now=NOW, rule=RULE)
    _file_a_visit(month)
    return month


def _file_a_visit(month: Month) -> None:
    """File a visit with one finding, for what follows it."""
    visit = Visit.objects.create(
        origin=Origin.DIRECTED,
        state=VisitState.FILED,
        unit=month.units[0],
        date=date(2026, 2, 20),
        session=Session.MORNING,
    )
    submission = Submission.objects.create(
        visit=visit,
        visit_ref=visit.pk,
        body=b'{"signed_on": null, "explanations": []}',
        sha256="0" * 64,
        format="kycuong/submission/1",
        closes=True,
        from_paper=True,
        received_at=NOW,
        sent_by=month.lan,
    )
    Finding.objects.create(
        visit=visit, ref=uuid4(), submission=submission, position=0, facts="x", severity="minor"
    )


def post(path: str) -> Send:
    return lambda client, body: client.post(f"/api/v1/{path}/", body)


def about_the_visit(path: str) -> Send:
    """Send what is about the visit that was filed, and its finding."""

    def send(client: APIClient, body: Body) -> Any:
        found = Finding.objects.get()
        about = {"visit": str(found.visit_id), "findings": [str(found.pk)]}
        if path == "demands":
            about["unit"] = str(found.visit.unit_id)
        return client.post(f"/api/v1/{path}/", body | about)

    return send


def send_file(client: APIClient, body: Body) -> Any:
    content = body.get("content", "Mã nhiệm vụ;Đơn vị chủ trì\nNV1;Xã 1\n")
    file = SimpleUploadedFile("nhiem-vu.csv", content.encode(), content_type="text/csv")
    fields = {name: value for name, value in body.items() if name != "content"}
    fields["source"] = str(Source.objects.get(code="nhiem-vu").pk)
    return client.post("/api/v1/loads/", fields | {"file": file}, format="multipart")


def send_paper(client: APIClient, body: Body) -> Any:
    """Send a paper about a plan that has come to it."""
    plan = Plan.objects.get(state=PlanState.ENDORSED)
    return client.post("/api/v1/papers/", body | {"plan": str(plan.pk)})


def open_visit(client: APIClient, body: Body) -> Any:
    """Open a directed visit; ``body`` says who ordered it, and under which id."""
    team = [str(pk) for pk in Inspector.objects.order_by("code").values_list("pk", flat=True)[:2]]
    order = {
        "channel": "telephone",
        "ordered_by": body["ordered_by"],
        "ordered_at": "2026-03-02T08:50:00+07:00",
        "proof": "Cúc cùng nghe",
        "written_order_due": "2026-03-04",
    }
    unit = str(Unit.objects.order_by("code")[0].pk)
    given = {"unit": unit, "members": team, "leader": team[0], "order": order}
    return client.post("/api/v1/visits/", given | {"id": body["id"]})


# For each: its rows, how it is sent, what it says, and what the same request with other content says.
MADE: dict[str, tuple[Any, Send, Body, Body]] = {
    "policy": (
        Policy,
        post("policies"),
        {"name": "Trọng số", "reason": "Theo kế hoạch"},
        {"reason": "Khác"},
    ),
    "risk run": (RiskRun, post("risk-runs"), {"as_of": "2026-02-28"}, {"as_of": "2026-02-27"}),
    "source": (
        Source,
        post("sources"),
        {"code": "ho-so", "name": "Hồ sơ", "kind": "dossier"},
        {"absent_means": "zero"},
    ),
    "plan": (
        Plan,
        post("plans"),
        {"period": "2026-04-01", "size": 4, "session_capacity": 1, "strata_sizes": None},
        {"size": 5},
    ),
    "standing texts": (
        StandingTexts,
        post("standing-texts"),
        {"kind": "monthly_plan"},
        {"kind": "draw_minutes"},
    ),
    "paper": (Paper, send_paper, {"kind": "monthly_plan"}, {"kind": "commitment_minutes"}),
    "letter": (
        Letter,
        about_the_visit("letters"),
        {
            "kind": "remedy",
            "number": "",
            "dated_on": "2026-02-27",
            "received_on": "2026-02-27",
            "summary": "Đã khắc phục",
            "scans": [],
        },
        {"number": "12/UBND"},
    ),
    "demand": (
        Demand,
        about_the_visit("demands"),
        {
            "kind": "remedy",
            "concerned": [],
            "due_on": "2026-04-01",
            "form_of_answer": "Bằng văn bản",
        },
        {"due_on": "2026-04-02"},
    ),
    "directed visit": (
        Visit,
        open_visit,
        {"ordered_by": "Lê Văn Sáu, Giám đốc"},
        {"ordered_by": "Trần Thị Bảy, Phó Giám đốc"},
    ),
    "load": (Load, send_file, {"cutoff": "2026-02-28"}, {"content": "Mã nhiệm vụ\nNV2\n"}),
    "load of another day": (
        Load,
        send_file,
        {"cutoff": "2026-02-28"},
        {"cutoff": "2026-02-27"},
    ),
}


@pytest.mark.parametrize(("model", "send", "body", "other"), MADE.values(), ids=MADE)
def test_the_same_request_under_one_id_is_answered_as_it_was_and_another_is_a_conflict(
    month: Month, moment: Clock, model: Any, send: Send, body: Body, other: Body
) -> None:
    lan, mine = signed_in(month.lan), body | {"id": str(uuid4())}
    first = send(lan, mine)
    assert first.status_code == 201, first.text
    made, events = model.objects.count(), AuditEvent.objects.count()
    moment.pass_by(days=3)

    again = send(lan, mine)

    assert (again.status_code, again.json()) == (201, first.json())
    conflict = send(lan, mine | other)
    assert (conflict.status_code, conflict.json()["code"]) == (409, "id_taken")
    assert (model.objects.count(), AuditEvent.objects.count()) == (made, events)


@pytest.mark.parametrize("name", sorted(MADE.keys() - {"source"}))
def test_an_id_of_somebody_elses_is_a_conflict(month: Month, name: str) -> None:
    """A source has no author: like a unit it is the department's."""
    _model, send, body, _other = MADE[name]
    mine = body | {"id": str(uuid4())}
    assert send(signed_in(month.lan), mine).status_code == 201
    theirs = send(signed_in(make_user("Sơn", Role.PLANNER)), mine)
    assert (theirs.status_code, theirs.json()["code"]) == (409, "id_taken")


def test_a_file_sent_again_leaves_the_first_one_where_it_waits(month: Month) -> None:
    lan, mine = signed_in(month.lan), {"cutoff": "2026-02-28", "id": str(uuid4())}
    send_file(lan, mine)
    path = upload_path(Load.objects.get())
    content = path.read_bytes()
    send_file(lan, mine)
    send_file(lan, mine | {"content": "x\n"})
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]
    assert Job.objects.count() == 1


def test_a_file_sent_again_after_its_check_is_the_load_as_it_is_now(
    month: Month, moment: Clock
) -> None:
    lan, mine = signed_in(month.lan), {"cutoff": "2026-02-28", "id": str(uuid4())}
    first = send_file(lan, mine).json()
    while jobs.run_next(clock=moment.now, owner="tests"):
        pass
    again = send_file(lan, mine).json()
    assert (again["load"]["id"], again["job"]["id"]) == (first["load"]["id"], first["job"]["id"])
    assert again["load"]["state"] != LoadState.CHECKING
    assert again["job"]["state"] == "done"


def test_a_draft_changed_meanwhile_is_another_content(month: Month) -> None:
    lan = signed_in(month.lan)
    mine = {"period": "2026-04-01", "size": 4, "id": str(uuid4())}
    plan = lan.post("/api/v1/plans/", mine).json()
    lan.patch(f"/api/v1/plans/{plan['id']}/", {"size": 5}, headers={"if-match": '"1"'})
    again = lan.post("/api/v1/plans/", mine)
    assert (again.status_code, again.json()["code"]) == (409, "id_taken")


@pytest.mark.parametrize("send", [post("policies"), post("plans"), send_file], ids=range(3))
def test_an_id_is_a_uuid(month: Month, send: Send) -> None:
    response = send(signed_in(month.lan), {"id": "7"})
    assert response.status_code == 400
    assert "id" in {error["field"] for error in response.json()["errors"]}
