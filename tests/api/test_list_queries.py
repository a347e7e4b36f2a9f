"""Every list of the API, whoever reads it: a few queries, however many rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from api import clock
from inspections.models import DocumentKind, PaperKind, Role, SourceKind, TokenScope, User
from inspections.models.officials import PERSONNEL
from inspections.services import (
    issuing,
    jobs,
    loads,
    papers,
    release,
    rosters,
    scoring,
    sources,
    standing_texts,
)
from tests.api.conftest import WHO, Clock, signed_in
from tests.api.test_routes import ROUTES, TABLE
from tests.builders import NOW, make_token, make_user
from tests.inspections.services import months

MOST = 3
# Each page of names is on record: the event, the head of its chain, and the savepoint around both.
MORE = {("official-list", role): 4 for role in (*PERSONNEL, Role.INSPECTOR)}
LISTS = sorted(
    name for name, (_, pattern) in ROUTES.items()
    if getattr(pattern.callback, "actions", {}).get("get") == "list"
)  # fmt: skip
UNITS = "Mã đơn vị,Tên đơn vị,Loại\nX01,Xã Tân Hồng,Mặt trăng\nX02,Xã Sa Rài,Sao Hỏa\n"


@pytest.fixture
def world(moment: Clock) -> dict[str, Any]:
    """A month half over, a computed score, papers, tokens, and a file with doubts."""
    month = months.make_month()
    plan = months.active(month)
    earlier = NOW - timedelta(days=40)
    policy = scoring.propose_policy(actor=month.lan, name="Mặc định", reason="Đầu", now=earlier)
    scoring.endorse_policy(actor=month.minh, policy=policy, version=1, now=earlier)
    run = scoring.compute_risk(actor=month.lan, as_of=NOW.date(), now=NOW)
    for kind in DocumentKind:
        papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=months.DRAW_DAY)
    for kind in PaperKind.MONTHLY_PLAN, PaperKind.DRAW_MINUTES:
        issuing.draft(actor=month.lan, kind=kind, plan=plan, now=months.DRAW_DAY)
    standing_texts.start_draft(actor=month.lan, kind=PaperKind.MONTHLY_PLAN, now=NOW)
    make_token(month.lan, TokenScope.READ)
    source = sources.create_source(
        actor=month.lan, code="don-vi", name="Đơn vị", kind=SourceKind.UNIT, now=NOW
    )
    load, _ = loads.upload(
        actor=month.lan, source=source, file_name="f.csv", pieces=[UNITS.encode()], now=NOW
    )
    jobs.run_next(clock=clock.now, owner="tests")
    moment.at = min(entry.release_at for entry in rosters.open_roster(plan))
    release.release_due(now=moment.at)
    assert {"sealed", "released"} <= set(plan.visits.values_list("state", flat=True))
    return {
        "load-problems": load.pk,
        "plan-endorsement-view-units": plan.pk,
        "risk-run-scores": run.pk,
    }


@pytest.mark.django_db
def test_every_list_asks_few_queries(world: dict[str, Any]) -> None:
    asked = {}
    for role in Role:
        client = signed_in(User.objects.filter(grants__role=role).earliest("created_at"))
        for name in LISTS:
            if role in TABLE[name, "GET"][0]:
                path = reverse(f"v1:{name}", args=[world[name]] if name in world else [])
                with CaptureQueriesContext(connection) as queries:
                    response = client.get(path)
                assert response.status_code == 200, (name, role)
                asked[name, role] = len(queries) - WHO
    too_many = {key: n for key, n in asked.items() if n > MOST + MORE.get(key, 0)}
    assert too_many == {}


#: Lists that can grow long.
LONG = (
    "audit-event-list",
    "job-list",
    "load-problems",
    "risk-run-scores",
    "unit-list",
    "visit-list",
)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL sorts where rows are few")
@pytest.mark.parametrize("name", LONG)
def test_a_long_list_is_gone_through_and_not_sorted(world: dict[str, Any], name: str) -> None:
    client = signed_in(make_user("Tất cả", *Role))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse(f"v1:{name}", args=[world[name]] if name in world else []))
    (page,) = (q["sql"] for q in queries.captured_queries if q["sql"].endswith(" LIMIT 51"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {page.replace('%', '%%')}")
        steps = [step for *_, step in cursor.fetchall()]
    assert not [step for step in steps if "FOR ORDER BY" in step], steps
