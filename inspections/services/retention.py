"""Retention: what has outlived its period goes, and one event of the audit log says how much of what.

Never among it are audit events, plans with their published records, loads, submissions, findings with what followed
them, and evidence that is whole: what somebody answers for, and what verification reads, stays.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inspections import evidence, reference
from inspections.models import (
    ApiToken,
    Complaint,
    DeclaredRelation,
    Department,
    Document,
    Job,
    KeyringMark,
    Leave,
    Load,
    LoadProblem,
    LoadState,
    Paper,
    Policy,
    SignedCopy,
    StagedRecord,
    Visit,
    VisitTag,
)
from inspections.reference import RetentionRule
from inspections.sealing import COMPLAINANTS
from inspections.services import audit, staging
from inspections.services.loads import sweep_uploads
from inspections.states import PaperState, PlanState
from planner.policy import DAYS_PER_MONTH

PURGED: Final = "retention.purge"
#: Files of evidence that came in part; all other kinds are rows.
PIECE: Final = "piece"
UPLOAD: Final = "upload"
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Due:
    """What of one kind is past its period: each row's or file's key, and the moment or day its period ran from."""

    rule: RetentionRule
    label: Promise
    days: int
    since: Mapping[Any, date]

    @property
    def oldest(self) -> date | None:
        return min(map(_day, self.since.values()), default=None)

    @property
    def newest(self) -> date | None:
        return max(map(_day, self.since.values()), default=None)


@dataclass(frozen=True)
class Purge:
    """What a purge removed, and the SHA-256 over the sorted ids, one a line; None where nothing was due."""

    due: list[Due]
    sha256: str | None


@dataclass(frozen=True)
class _Kind:
    """A kind of row: which of them have a period at ``now``, what it runs from, and what its end means."""

    label: Promise
    rows: Callable[[datetime], QuerySet[Any]]
    since: Combinable
    by_day: bool = False
    end: Callable[[QuerySet[Any]], object] = lambda rows: rows.delete()


def _over(prefix: str = "") -> tuple[Q, Combinable]:
    """Return which plans are over and since when; a cancelled plan is revealed when it is cancelled."""
    plan = f"{prefix}plan"
    states = (PlanState.REVEALED, PlanState.CANCELLED)
    # Without its record nobody could tell any more what was drawn.
    over = Q(**{f"{plan}__state__in": states, f"{plan}__record__isnull": False})
    return over, Coalesce(f"{plan}__revealed_at", f"{plan}__cancelled_at")


_PLAN_OVER, _REVEALED = _over()
_VISIT_OVER, _VISIT_REVEALED = _over("visit__")
# A file that was only checked has been given up by then: its period is the shorter one.
_OUT_OF_EFFECT = Q(
    load__state__in=(
        LoadState.UNDONE,
        LoadState.CANCELLED,
        LoadState.FAILED,
        LoadState.CHECKED,
    )
)
_LOAD_OVER = Coalesce("load__undone_at", "load__uploaded_at")


def _keyless(now: datetime) -> QuerySet[Complaint]:
    """Return the complaints whose complainant's key is destroyed and whom no policy counts any more."""
    mark = KeyringMark.objects.first()
    if mark is None:
        return Complaint.objects.none()
    years = [
        int(name.removeprefix(COMPLAINANTS))
        for name in mark.checks
        if name.startswith(COMPLAINANTS)
    ]
    policies = Policy.objects.values_list("parameters", flat=True)
    months = max((parameters["complaint_months"] for parameters in policies), default=0)
    longest = timedelta(days=round(months * DAYS_PER_MONTH))
    return (
        Complaint.objects.exclude(complainant="")
        .exclude(received__year__in=years)
        .filter(received__lt=timezone.localdate(now) - longest)
    )


# In the order in which whoever locks several rows takes them.
_KINDS: Final[Mapping[str, _Kind]] = {
    "payload": _Kind(
        _("sealed visits of plans, from their reveal on"),
        lambda _now: Visit.objects.filter(_PLAN_OVER, payload__isnull=False),
        _REVEALED,
        end=lambda rows: rows.update(payload=None),
    ),
    "tag": _Kind(
        _("tags of sealed visits, from the reveal on"),
        lambda _now: VisitTag.objects.filter(_VISIT_OVER),
        _VISIT_REVEALED,
    ),
    "paper": _Kind(
        _("restricted papers of plans, from their reveal on"),
        lambda _now: Document.objects.filter(_PLAN_OVER, is_restricted=True),
        _REVEALED,
    ),
    "withdrawn": _Kind(
        _("official papers that were withdrawn, from then on"),
        lambda _now: Paper.objects.filter(state=PaperState.WITHDRAWN).exclude(
            pk__in=SignedCopy.objects.values("paper")
        ),
        F("withdrawn_at"),
    ),
    UPLOAD: _Kind(
        _("files that were checked and never stored, from their upload on"),
        lambda _now: Load.objects.filter(state=LoadState.CHECKED),
        F("uploaded_at"),
        end=lambda rows: rows.update(state=LoadState.CANCELLED, version=F("version") + 1),
    ),
    "problem": _Kind(
        _("problems of loads out of effect, from their upload or undoing on"),
        lambda _now: LoadProblem.objects.filter(_OUT_OF_EFFECT),
        _LOAD_OVER,
    ),
    "record": _Kind(
        _("what lists of units and inspectors changed, from their loading or undoing on"),
        lambda _now: StagedRecord.objects.filter(
            _OUT_OF_EFFECT | Q(load__state=LoadState.IN_EFFECT)
        ),
        Coalesce("load__undone_at", "load__switched_at", "load__uploaded_at"),
    ),
    "job": _Kind(
        _("finished jobs, from their end on"),
        lambda _now: Job.objects.filter(finished_at__isnull=False),
        F("finished_at"),
    ),
    "session": _Kind(
        _("sessions, from when they ran out"),
        lambda _now: Session.objects.all(),
        F("expire_date"),
    ),
    "token": _Kind(
        _("tokens, from when they ran out or were revoked"),
        lambda _now: ApiToken.objects.all(),
        Coalesce("revoked_at", "expires_at"),
    ),
    "attempt": _Kind(
        _("failed sign-ins, from the attempt on"),
        lambda _now: AccessAttempt.objects.all(),
        F("attempt_time"),
    ),
    "leave": _Kind(
        _("leave, from its last day on"),
        lambda _now: Leave.objects.all(),
        F("last_day"),
        by_day=True,
    ),
    "relation": _Kind(
        _("declared relations, from their end on"),
        lambda _now: DeclaredRelation.objects.filter(ended_at__isnull=False),
        F("ended_at"),
    ),
    "complainant": _Kind(
        _("hashes of complainants whose key is destroyed, from the complaint's receipt on"),
        _keyless,
        F("received"),
        by_day=True,
        end=lambda rows: rows.update(complainant=""),
    ),
}
_PIECES: Final = _("files of evidence that came in part, from the last piece on")


def due(*, now: datetime) -> list[Due]:
    """Return what a purge would remove at ``now``, kind by kind; nothing is changed."""
    department = Department.objects.first() or Department()
    return [_due(rule, department, now) for rule in reference.retention()]


def purge(*, now: datetime) -> Purge:
    """Remove what is past its period, all or nothing, and put on record how much of what it was.

    Files go once the record stands: killed in between, those received in part go with the next purge, and those
    of loads with the next upload or purge.
    """
    with transaction.atomic(durable=True):
        found = due(now=now)
        for one in found:
            if one.rule.kind != PIECE:
                _end(_KINDS[one.rule.kind], one, now)
        digest = _put_on_record(found, now)
    for one in found:
        for key in one.since:
            if one.rule.kind == PIECE:
                evidence.discard_growing(key, _limit(now, one.days))
            elif one.rule.kind == UPLOAD:
                staging.discard_upload(Load(pk=key))
    sweep_uploads()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # the log of writes still holds the pages as they were
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Purge(found, digest)


def _due(rule: RetentionRule, department: Department, now: datetime) -> Due:
    days = getattr(department, rule.setting) if rule.days is None else rule.days
    limit = _limit(now, days)
    if rule.kind == PIECE:
        return Due(rule, _PIECES, days, evidence.left_growing(limit))
    kind = _KINDS[rule.kind]
    rows = kind.rows(now).annotate(since=kind.since)
    rows = rows.filter(since__lt=timezone.localdate(limit) if kind.by_day else limit)
    if connection.in_atomic_block:  # what is counted is what goes
        rows = rows.select_for_update(of=("self",))
    return Due(rule, kind.label, days, dict(rows.order_by().values_list("pk", "since")))


def _end(kind: _Kind, one: Due, now: datetime) -> None:
    rows, keys = kind.rows(now).model.objects, list(one.since)
    for start in range(0, len(keys), _AT_ONCE):
        kind.end(rows.filter(pk__in=keys[start : start + _AT_ONCE]))


def _put_on_record(found: list[Due], now: datetime) -> str | None:
    counts = Counter({one.rule.kind: len(one.since) for one in found if one.since})
    if not counts:
        return None
    ids = sorted(f"{one.rule.kind} {key}" for one in found for key in one.since)
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    audit.append(
        actor_id=None,
        action=PURGED,
        object_type="retention",
        object_id=digest,
        now=now,
        details={"removed": dict(counts)},
    )
    return digest


def _limit(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _day(value: date) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value
