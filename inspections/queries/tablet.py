"""What an inspector's tablet holds so that he can work without a network: in eight queries, however many visits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from inspections import reference
from inspections.filing import contents
from inspections.models import (
    Checklist,
    ChecklistItem,
    Department,
    Inspector,
    Submission,
    Unit,
    User,
    Visit,
)
from inspections.models.checklists import MOST_CORE_ITEMS
from inspections.states import LIVE_FINDINGS, VisitState

#: So long a visit that was filed stays on the tablet: for annexes and corrections.
KEPT: Final = timedelta(days=60)
_ITEM: Final = (
    "code",
    "section",
    "text",
    "text_en",
    "legal_basis",
    "basis_verified",
    "severity",
    "evidence",
    "kinds",
    "is_core",
)
Fields = dict[str, Any]


def holdings(actor: User, now: datetime) -> Fields:
    """Return what the actor's tablet should hold, as plain JSON in one order: equal holdings are equal bytes.

    ``visits`` are those released to him, one that is due but not yet opened among them; filed ones for `KEPT`.
    ``findings`` are what still stands open at their units, without what may name a person. ``checklists`` are the
    version in force and all that were so since the first of his open visits, newest first. ``submissions`` are his
    own that are not done with.
    """
    visits = _visits(actor, now)
    units, findings = _units({visit["unit"] for visit in visits})
    begun = [visit["release_at"] for visit in visits if visit["state"] != VisitState.FILED]
    return {
        "settings": _settings(),
        "visits": [
            visit | {"unit": units[visit["unit"]], "release_at": _moment(visit["release_at"])}
            for visit in visits
        ],
        "findings": findings,
        "checklists": _checklists(min(begun, default=now)),
        "wordings": [{"item": one.item, "text": one.text} for one in reference.wordings()],
        "submissions": _submissions(actor, now),
    }


def _settings() -> Fields:
    department = Department.objects.first() or Department()
    return {
        "department": department.name,
        "is_synthetic": department.is_synthetic,
        "evidence_days": department.evidence_days,
        "explanation_days": department.explanation_days,
        "remedy_days": department.remedy_days,
        "count_from_next_day": department.count_from_next_day,
        "most_core_items": MOST_CORE_ITEMS,
        "formats": list(contents.FORMATS),
    }


# --- Visits ------------------------------------------------------------------------------


def _visits(actor: User, now: datetime) -> list[Fields]:
    """Return the visits in the order of their dates; units are ids yet, and moments not text."""
    held = (
        Visit.objects.exclude(state=VisitState.NOT_MADE)
        .exclude(state=VisitState.FILED, date__lt=timezone.localdate(now) - KEPT)
        .held_by(actor, now)
    )
    sealed = {visit.pk: payload for visit, payload in held if payload is not None}
    teams = _teams([visit for visit, _payload in held], sealed)
    found = [
        _stored(visit) if payload is None else _opened(visit, payload) for visit, payload in held
    ]
    for one in found:
        one["team"] = teams.get(UUID(one["id"]), [])
    return sorted(found, key=lambda one: (one["date"], one["session"], one["id"]))


def _stored(visit: Visit) -> Fields:
    return {
        "id": str(visit.pk),
        "version": visit.version,
        "origin": visit.origin,
        "state": visit.state,
        "unit": visit.unit_id,
        "date": str(visit.date),
        "session": visit.session,
        "release_at": visit.release_at,
        "arrived_at": _moment(visit.arrived_at),
    }


def _opened(visit: Visit, payload: Mapping[str, Any]) -> Fields:
    """Return a visit as its release will leave it."""
    return {
        "id": str(visit.pk),
        "version": visit.version + 1,
        "origin": visit.origin,
        "state": VisitState.RELEASED.value,
        "unit": UUID(payload["unit"]),
        "date": payload["date"],
        "session": payload["session"],
        "release_at": datetime.fromisoformat(payload["release_at"]),
        "arrived_at": None,
    }


def _teams(
    visits: Sequence[Visit], sealed: Mapping[UUID, Mapping[str, Any]]
) -> Mapping[UUID, list[Fields]]:
    """Return who goes on each visit, the leader first."""
    named = {UUID(member) for payload in sealed.values() for member in payload["team"]}
    people = Inspector.objects.filter(Q(memberships__visit__in=visits) | Q(pk__in=named))
    rows = people.order_by("name_sort_key", "pk").values_list(
        "pk", "full_name", "memberships__visit", "memberships__is_leader"
    )
    names: dict[UUID, str] = {}
    leads: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
    for person, name, visit, is_leader in rows:
        names[person] = name
        leads[visit][person] = is_leader
    for visit, payload in sealed.items():
        leads[visit] = {
            person: str(person) == payload["leader"]
            for person in names
            if str(person) in payload["team"]
        }
    return {
        visit: [
            {"id": str(person), "full_name": names[person], "is_leader": team[person]}
            for person in sorted(team, key=lambda one: not team[one])
        ]
        for visit, team in leads.items()
    }


# --- Units and what was found there --------------------------------------------------------


def _units(ids: Iterable[UUID]) -> tuple[dict[UUID, Fields], list[Fields]]:
    """Return units by id, and the findings of earlier visits that are not over, in the order of their days."""
    units, findings = {}, []
    rows: Any = Unit.objects.filter(pk__in=ids).values_list(
        "pk",
        "code",
        "name",
        "kind",
        "compound__name",
        "visits",
        "visits__date",
        "visits__state",
        "visits__findings",
        "visits__findings__item",
        "visits__findings__severity",
        "visits__findings__legal_basis",
        "visits__findings__remedy",
        "visits__findings__state",
        "visits__findings__taken_back_at",
    )
    for unit, code, name, kind, compound, visit, day, is_at, *finding in rows:
        units[unit] = {
            "id": str(unit),
            "code": code,
            "name": name,
            "kind": kind,
            "compound": compound,
        }
        pk, item, severity, legal_basis, remedy, state, taken_back_at = finding
        if state in LIVE_FINDINGS and taken_back_at is None and is_at == VisitState.FILED:
            findings.append(
                {
                    "id": str(pk),
                    "visit": str(visit),
                    "unit": str(unit),
                    "day": str(day),
                    "item": item,
                    "severity": severity,
                    "legal_basis": legal_basis,
                    "state": state,
                    "deadline": remedy and remedy["deadline"],
                }
            )
    return units, sorted(findings, key=lambda one: (one["day"], one["id"]))


# --- Checklists ----------------------------------------------------------------------------


def _checklists(since: datetime) -> list[Fields]:
    published = Checklist.objects.published()
    first = Subquery(published.filter(published_at__lte=since).values("number")[:1])
    items = ChecklistItem.objects.filter(
        checklist__published_at__isnull=False, checklist__number__gte=Coalesce(first, 0)
    ).order_by("-checklist__number", "position")
    found: dict[int, list[Fields]] = defaultdict(list)
    for number, *values in items.values_list("checklist__number", *_ITEM):
        found[number].append(dict(zip(_ITEM, values, strict=True)))
    return [{"number": number, "items": items} for number, items in found.items()]


# --- Submissions ---------------------------------------------------------------------------


def _submissions(actor: User, now: datetime) -> list[Fields]:
    """Return the actor's submissions that lack files, wait for a person, or were lately declined."""
    not_done = (
        Q(completed_at=None)
        | Q(set_aside__isnull=False, settled_at=None)
        | Q(accepted=False, settled_at__gte=now - KEPT)
    )
    rows: Any = (
        Submission.objects.filter(not_done, sent_by=actor)
        .annotate(file=F("attachments__sha256"), file_at=F("attachments__received_at"))
        .defer("body")
        .order_by("received_at", "pk", "file")
    )
    found: dict[UUID, Fields] = {}
    for one in rows:  # one for each of its files
        receipt = found.setdefault(one.pk, _receipt(one))
        if one.file is not None and one.file_at is None:
            receipt["missing"].append(one.file)
    return list(found.values())


def _receipt(submission: Submission) -> Fields:
    return {
        "id": str(submission.pk),
        "version": submission.version,
        "visit": str(submission.visit_ref),
        "sha256": submission.sha256,
        "state": submission.state.value,
        "set_aside": submission.set_aside,
        "settled_reason": submission.settled_reason,
        "missing": [],
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else timezone.localtime(at).isoformat()
