"""The two measurements of ``bench.serving``: releases by two processes, and requests to two."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, connections, transaction

from bench import web
from bench.figures import Figure
from inspections import sealing
from inspections.models import (
    Department,
    Inspector,
    Origin,
    Plan,
    Role,
    RoleGrant,
    TagKind,
    Unit,
    UnitKind,
    User,
    Visit,
    VisitTag,
)
from inspections.services import release
from inspections.states import PlanState, VisitState

NOW = datetime(2026, 4, 30, 9, 0, tzinfo=UTC)
DAY = date(2026, 4, 1)
VISITS, OWN = 1000, 20  # visits released, and those of the inspector who fetches his
PROCESSES, CLIENTS, ROUNDS = 2, 4, 3
REQUESTS = 40  # of one client in one round


def main() -> list[dict[str, Any]]:
    """Measure on the database that the process has."""
    sealing.create_keyring(settings.KEY_FILE, years=range(2024, 2030))
    plan, inspectors = _month()
    figures = [_releases(plan, inspectors)]
    figures += _requests(web.cookie(User.objects.get(username="an")))
    return [asdict(figure) for figure in figures]


def _month() -> tuple[Plan, list[Inspector]]:
    Department.objects.create(
        superior="UBND", place="Đồng Tháp", province_code="82", province_name="Đồng Tháp"
    )
    lan = User.objects.create_user("lan", full_name="Lan")
    plan = Plan.objects.create(
        serial=1, period=DAY, size=VISITS, first_day=DAY, reveal_on=date(2026, 5, 15), created_by=lan,
        created_at=NOW, state=PlanState.ACTIVE, approved_at=NOW,
    )  # fmt: skip
    people = []
    for name in ("an", "binh"):
        user = User.objects.create_user(name, full_name=name)
        RoleGrant.objects.create(user=user, role=Role.INSPECTOR, granted_at=NOW)
        people.append(Inspector.objects.create(code=name, full_name=name, user=user))
    units = [
        Unit(code=f"{number:05}", name=f"Xã {number}", kind=UnitKind.COMMUNE).fill_keys()
        for number in range(VISITS)
    ]
    Unit.objects.bulk_create(units)
    return plan, people


def _seal(plan: Plan, inspectors: Sequence[Inspector]) -> None:
    """Store the visits as they lie after approval: the first inspector goes on a few of them."""
    ring, visits, tags = sealing.keyring(), [], []
    for place, unit in enumerate(Unit.objects.all()):
        who = inspectors[0] if place < OWN else inspectors[1]
        visit = Visit(id=uuid4(), plan=plan, origin=Origin.DRAWN)
        payload = {
            "date": DAY.isoformat(), "leader": str(who.pk), "release_at": NOW.isoformat(),
            "session": "morning", "team": [str(who.pk)], "unit": str(unit.pk),
        }  # fmt: skip
        visit.payload = ring.seal_json(payload, context=visit.sealing_context())
        visits.append(visit)
        tag = ring.tag(TagKind.TEAM, plan.pk, who.pk)
        tags.append(VisitTag(visit=visit, kind=TagKind.TEAM, tag=tag))
    Visit.objects.bulk_create(visits)
    VisitTag.objects.bulk_create(tags)


def _releases(plan: Plan, inspectors: Sequence[Inspector]) -> Figure:
    _seal(plan, inspectors)
    ours = _together(_release)
    assert Visit.objects.filter(state=VisitState.RELEASED).count() == VISITS
    peer = _together(_touch)
    return Figure(
        f"Releases of {VISITS:,} visits by {PROCESSES} processes",
        f"{VISITS / ours:,.0f} a second",
        f"one row updated and committed {VISITS / peer:,.0f} a second",
        peer / ours,
    )


def _together(work: Any) -> float:
    """Seconds that the processes take when all do the same work at once."""
    connections.close_all()
    context = get_context("fork")
    ready = context.Barrier(PROCESSES + 1)
    processes = [context.Process(target=work, args=(ready, n)) for n in range(PROCESSES)]
    for process in processes:
        process.start()
    ready.wait()
    start = time.perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - start


def _release(ready: Any, _number: int) -> None:
    connection.ensure_connection()
    ready.wait()
    release.release_due(now=NOW)


def _touch(ready: Any, number: int) -> None:
    keys = list(Visit.objects.order_by("pk").values_list("pk", flat=True))[number::PROCESSES]
    ready.wait()
    for key in keys:
        with transaction.atomic():
            Visit.objects.filter(pk=key).update(arrived_at=NOW)


def _requests(cookie: str) -> list[Figure]:
    own = Visit.objects.filter(members__inspector__code="an").values_list("pk", flat=True)
    detail = [f"/api/v1/visits/{key}/" for key in own]
    ways = {
        "bare": ["/bare/"],
        "list": ["/api/v1/visits/"],
        "detail": detail,
    }
    with web.running(PROCESSES) as port:
        taken: dict[str, list[float]] = {name: [] for name in ways}
        spans = dict.fromkeys(ways, 0.0)
        for paths in ways.values():
            _load(port, cookie, paths, [])
        for _ in range(ROUNDS):
            for name, paths in ways.items():
                spans[name] += _load(port, cookie, paths, taken[name])
    words = {"list": f"An inspector's list of his {OWN} visits", "detail": "One of them"}
    return [
        Figure(
            f"{words[name]}, {PROCESSES} web processes, {CLIENTS} clients",
            web.answered(taken[name], spans[name]),
            f"a view that reads one row {web.answered(taken['bare'], spans['bare'])}",
            (len(taken[name]) / spans[name]) / (len(taken["bare"]) / spans["bare"]),
        )
        for name in ("list", "detail")
    ]


def _load(port: int, cookie: str, paths: Sequence[str], times: list[float]) -> float:
    """Ask from several clients at once, a fixed number of times; return the seconds of all."""
    failed: list[int] = []

    def client() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for turn in range(REQUESTS):
            start = time.perf_counter()
            link.request(
                "GET", paths[turn % len(paths)], headers={"Cookie": cookie, "Host": "localhost"}
            )
            answer = link.getresponse()
            answer.read()
            times.append(time.perf_counter() - start)
            if answer.status != http.client.OK:
                failed.append(answer.status)
        link.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return time.perf_counter() - start
