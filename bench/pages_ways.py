"""The lists that ``bench.pages`` measures, each of as many rows as the table is to have."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.test import APIRequestFactory, force_authenticate

from api.v1 import events, inspectors, jobs, loads, risk, units, users, visits
from bench.figures import Figure, duration, medians
from bench.rows import multiply
from inspections.models import (
    AuditEvent,
    Inspector,
    Job,
    Load,
    LoadProblem,
    Origin,
    Plan,
    Policy,
    RiskRun,
    Role,
    RoleGrant,
    Source,
    SourceKind,
    Unit,
    UnitKind,
    UnitScore,
    User,
    Visit,
)
from inspections.states import VisitState

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LIMIT = 50
REPEATS = 15
GOAL = 1.2
QUERIES = 3


@dataclass(frozen=True)
class List:
    """A list of the API: its view, what its path names, and its rows."""

    name: str
    view: type[Any]
    path: dict[str, Any]


class Offset(LimitOffsetPagination):
    """The peer's pages, of one size and in the same order."""

    default_limit = LIMIT
    view: Any = None

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        columns = next(iter(view.orderings.values()))
        return super().paginate_queryset(queryset.order_by(*columns, "id"), request, view)


def main(rows: str) -> list[dict[str, Any]]:
    """Fill the tables and measure each list in turn."""
    person = User.objects.create_user("nguoi-xem", full_name="Người xem")
    for role in Role:
        RoleGrant.objects.create(user=person, role=role, granted_at=NOW)
    lists = list(_lists(int(rows), person))
    return [asdict(_measured(one, int(rows), person)) for one in lists]


def _lists(rows: int, person: User) -> Iterator[List]:
    key = {"id": "{id}"}
    unit = Unit(code="", name="Xã Thử Nghiệm", kind=UnitKind.COMMUNE)
    multiply(unit, rows, **key, code="{padded}", sort_key="'xa thu nghiem ' || {padded}")
    yield List("units", units.Units, {})
    inspector = Inspector(code="", full_name="Nguyễn Văn An")
    multiply(inspector, rows, **key, code="{padded}", name_sort_key="'an ' || {padded}")
    yield List("inspectors", inspectors.Inspectors, {})
    user = User(username="", full_name="Nguyễn Văn An", created_at=NOW)
    multiply(user, rows, **key, username="{padded}", name_sort_key="'an ' || {padded}")
    yield List("users", users.Users, {})
    event = AuditEvent(at=NOW, action="visit.release", object_type="visit", object_id="1")
    hashes = {"previous": "'p' || {padded}", "hash": "'h' || {padded}"}
    multiply(event, rows, **key, **hashes, position="i")
    yield List("audit events", events.Events, {})
    policy = Policy.objects.create(
        number=1, name="-", reason="-", parameters={}, author=person, created_at=NOW
    )
    run = RiskRun.objects.create(
        policy=policy, as_of=NOW.date(), computed_at=NOW, computed_by=person, inputs={}
    )
    score = UnitScore(
        run=run, score=1, parts={"base": 1, "cooldown": 1, "parts": []}, has_all_data=True
    )
    multiply(score, rows, **key, unit="{id}", score="1 + i / 1000000.0")
    yield List("scores", risk.Scores, {"pk": run.pk})
    source = Source.objects.create(code="bench", name="bench", kind=SourceKind.DOSSIER)
    load = Load.objects.create(
        number=1, source=source, file_name="f.csv", sha256="", size=0, uploaded_by=person,
        uploaded_at=NOW,
    )  # fmt: skip
    problem = LoadProblem(load=load, code="value_missing", severity="error")
    multiply(problem, rows, row="i")
    yield List("a file's doubts", loads.Problems, {"pk": load.pk})
    job = Job(kind="load.check", requested_by=person)
    multiply(job, rows, **key, queued_at="{moment}")
    yield List("jobs", jobs.Jobs, {})
    plan = Plan.objects.create(
        serial=1, period=date(2026, 4, 1), size=1, first_day=date(2026, 4, 1),
        reveal_on=date(2026, 5, 1), created_by=person, created_at=NOW,
    )  # fmt: skip
    visit = Visit(
        plan=plan, origin=Origin.DRAWN, state=VisitState.RELEASED, session="morning",
        release_at=NOW, released_at=NOW,
    )  # fmt: skip
    multiply(visit, rows, **key, unit="{id}", date="{day:i / 100}")  # a hundred a day
    yield List("visits", visits.Visits, {})


def _measured(one: List, rows: int, person: User) -> Figure:
    depth = rows * 9 // 10
    view = one.view.as_view({"get": "list"})
    peer_class: Any = type(
        "ByOffset",
        (one.view,),
        {
            "pagination_class": Offset,
            "known_parameters": lambda _self: frozenset({"limit", "offset"}),
        },
    )
    peer = peer_class.as_view({"get": "list"})
    cursor = _cursor(one, depth, person)

    def asked(view: Callable[..., Any], **query: Any) -> Callable[[], Any]:
        def ask() -> Any:
            request = APIRequestFactory().get("/", {"limit": LIMIT} | query, HTTP_HOST="localhost")
            force_authenticate(request, person)
            response = view(request, **one.path)
            assert response.status_code == 200, response.data
            assert len(response.data["results"]) == LIMIT
            return response.data["results"]

        return ask

    same = asked(view, cursor=cursor)()[0] == asked(peer, offset=depth)()[0]
    assert same, f"{one.name}: the two deep pages differ"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        asked(view, cursor=cursor)()
    taken = medians(
        REPEATS,
        first=asked(view),
        deep=asked(view, cursor=cursor),
    )
    offset = medians(3, deep=asked(peer, offset=depth))["deep"]
    ratio = taken["deep"] / taken["first"]
    return Figure(
        f"List of {rows:,} {one.name}, page at {depth:,}, {len(queries)} queries",
        f"{duration(taken['deep'])}, {ratio:.2f} of the first page's {duration(taken['first'])}",
        f"limit and offset {duration(offset)}",
        offset / taken["deep"],
        f"{GOAL} of the first page, {QUERIES} queries",
        ratio <= GOAL and len(queries) <= QUERIES,
    )


def _cursor(one: List, depth: int, person: User) -> str:
    """The cursor that stands before the page at a depth."""
    view: Any = one.view()
    view.action, view.kwargs = "list", one.path
    view.request = type("Request", (), {"user": person, "query_params": {}})()
    name, columns = next(iter(view.orderings.items()))
    rows = view.get_queryset().order_by(*columns, "id")
    names = [column.removeprefix("-") for column in columns]
    values = rows.values_list(*names, "id")[depth - 1]
    plain = [
        value.isoformat()
        if isinstance(value, date)
        else str(value)
        if isinstance(value, UUID)
        else value
        for value in values
    ]
    signer = signing.Signer(salt=f"cursor {one.view.__qualname__}")
    return signer.sign_object([name, *plain])
