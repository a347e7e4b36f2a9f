"""What follows a filed visit: its findings, the unit's letters, demands, and decisions of two people."""

from datetime import date, datetime, timedelta
from typing import Any

from inspections.models import Demand, DemandKind, Finding, Letter, LetterKind
from inspections.services import closure, demands, letters
from inspections.services.closure import Looked
from inspections.states import Outcome
from tests.builders import NOW
from tests.inspections.services.filings import Door, closing, send
from tests.inspections.services.test_records import finding

#: Two months after the visit of 2 March: everything that is told here has happened.
THEN = NOW + timedelta(days=60)
SIGNED = date(2026, 3, 2)


def file_findings(
    door: Door, *said: dict[str, Any], signed_on: str | None = "2026-03-02", **changes: Any
) -> list[Finding]:
    """Close the visit with findings (one, unless told which) and return them in their order."""
    send(
        door.an,
        closing(door, findings=list(said or (finding(),)), signed_on=signed_on, **changes),
    )
    door.visit.refresh_from_db()
    return list(door.visit.findings.all())


def write(
    door: Door,
    kind: LetterKind,
    *findings: Finding,
    received_on: date = date(2026, 3, 12),
    now: datetime = THEN,
    **changes: Any,
) -> Letter:
    """Let the clerk enter a letter of the unit."""
    said: dict[str, Any] = {
        "number": "12/UBND",
        "dated_on": received_on,
        "summary": "Đơn vị đã xử lý xong 12 hồ sơ.",
        "scans": [],
    }
    return letters.enter(
        actor=door.people.chi,
        visit=door.visit,
        kind=kind,
        received_on=received_on,
        findings=findings,
        now=now,
        **(said | changes),
    )


def demand(
    door: Door, *findings: Finding, kind: DemandKind = DemandKind.REMEDY, **changes: Any
) -> Demand:
    """Let the planner make a demand of the inspected unit."""
    said: dict[str, Any] = {
        "unit": door.visit.unit,
        "concerned": [],
        "due_on": date(2026, 5, 15),
        "form_of_answer": "Bằng văn bản",
        "now": THEN,
    }
    return demands.make(
        actor=door.people.lan,
        visit=door.visit,
        kind=kind,
        findings=findings,
        **(said | changes),
    )


def recheck(door: Door, row: Finding, *, fixed: bool, **changes: Any) -> Finding:
    """Let the planner propose what a re-check came to."""
    said: dict[str, Any] = {
        "actor": door.people.lan,
        "version": row.version,
        "looked": Looked(on=date(2026, 4, 20)),
        "note": "Đã đối chiếu sổ",
        "now": THEN,
    }
    return closure.propose_recheck(finding=row, fixed=fixed, **(said | changes))


def reconsider(door: Door, row: Finding, outcome: Outcome, **changes: Any) -> Finding:
    """Let the planner propose what a reconsideration came to."""
    said: dict[str, Any] = {
        "actor": door.people.lan,
        "version": row.version,
        "reason": "Đơn vị chứng minh được",
        "now": THEN,
    }
    return closure.propose_reconsideration(finding=row, outcome=outcome, **(said | changes))


def decide(door: Door, row: Finding, *, accept: bool = True, **changes: Any) -> Finding:
    """Let the approver decide."""
    said: dict[str, Any] = {
        "actor": door.people.minh,
        "version": row.version,
        "reason": "" if accept else "Chưa đủ căn cứ",
        "now": THEN,
    }
    return closure.decide(finding=row, accept=accept, **(said | changes))
