"""Running long work: taken on lease, reported as it goes, cancelled on request, taken again after a death."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from inspections.errors import DomainError, NotAllowed, WrongState, disk_is_full
from inspections.models import Job, JobState, User
from inspections.services import audit

logger = logging.getLogger("kycuong.jobs")

Clock = Callable[[], datetime]
#: Is told how much of how much is done.
Watch = Callable[[int, int], None]

#: What a database says that is locked or restarting; the second once its connection is gone.
DATABASE_AWAY: Final = (OperationalError, InterfaceError)
#: A worker that was not heard of for so long is taken for dead.
LEASE: Final = timedelta(seconds=120)
#: The clocks of two machines differ less than this; a worker that lives renews its lease within seconds.
MOST_SKEW: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 3
#: Progress is written at most so often, and an idle worker looks for work so often.
_HEARTBEAT_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 1.0


class JobCancelled(DomainError):
    """Somebody asked for the job to be cancelled."""

    code = "job_cancelled"


class LeaseLost(Exception):
    """Another worker has taken the job; this one must leave it alone."""


class Run:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, job: Job, clock: Clock, watch: Watch | None = None) -> None:
        self.job = job
        self.clock = clock
        self._watch = watch
        self._mine = Job.objects.filter(
            pk=job.pk, state=JobState.RUNNING, lease_owner=job.lease_owner
        )
        self._last = time.monotonic()

    def report(self, done: int, total: int) -> None:
        """Tell how far the work is, and keep the lease; cheap enough to call after every chunk.

        Raises ``JobCancelled`` when somebody asked for that, ``LeaseLost`` when the job is another's.
        """
        if time.monotonic() - self._last < _HEARTBEAT_SECONDS:
            return
        self._last = time.monotonic()
        if self._watch is not None:
            self._watch(done, total)
        if not self._mine.update(progress=done, total=total, lease_until=self.clock() + LEASE):
            raise LeaseLost
        if self._mine.filter(cancel_requested_at__isnull=False).exists():
            raise JobCancelled(_("The job was cancelled."))

    def hold(self) -> None:
        """Make sure, inside a transaction, that nobody else takes the job before it commits.

        A worker that slept through its lease must not write into the work of the one that replaced it.

        Raises ``LeaseLost``.
        """
        if not self._mine.update(lease_until=self.clock() + LEASE):
            raise LeaseLost


@dataclass(frozen=True)
class Handler:
    """What does a kind of job. ``run`` must start over cleanly after a death; it returns the result.

    ``ended_badly`` tidies up after a job that was cancelled, failed, or lost its worker too often.
    """

    run: Callable[[Run], Mapping[str, Any]]
    ended_badly: Callable[[Job, JobState, datetime], None]


HANDLERS: Final[dict[str, Handler]] = {}


def enqueue(*, actor: User, kind: str, params: Mapping[str, Any], now: datetime) -> Job:
    """Queue a job, inside the transaction of whatever needs it."""
    return Job.objects.create(kind=kind, params=dict(params), requested_by=actor, queued_at=now)


def request_cancel(*, actor: User, job: Job, now: datetime) -> Job:
    """Cancel a job: at once while it waits, else as soon as its worker looks up.

    Raises:
        NotAllowed: somebody else asked for the job.
        WrongState: the job is over.
    """
    if job.requested_by_id != actor.pk:
        raise NotAllowed
    if not cancel(job, now=now):
        raise WrongState(_("The job is over."), state=job.state)
    audit.record(actor=actor, action="job.cancel", obj=job, now=now)
    return job


def cancel(job: Job, *, now: datetime) -> bool:
    """Cancel a job on behalf of whoever may cancel what it works for; return False when it is over."""
    waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
    running = Job.objects.filter(pk=job.pk, state=JobState.RUNNING)
    with transaction.atomic():
        changed = waiting.update(
            state=JobState.CANCELLED, finished_at=now, version=F("version") + 1
        )
        if changed:
            HANDLERS[job.kind].ended_badly(job, JobState.CANCELLED, now)
        else:
            changed = running.update(cancel_requested_at=now, version=F("version") + 1)
    job.refresh_from_db()
    return bool(changed)


def owner_name() -> str:
    """Return a name for a worker that no other worker has."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}:{time.monotonic_ns()}"


def claim(*, owner: str, now: datetime) -> Job | None:
    """Take the longest waiting job, or one whose worker died; return None when there is none."""
    for job in Job.objects.filter(_is_free(now)).order_by("queued_at")[:10]:
        if claim_one(job, owner=owner, now=now):
            return job
    return None


def claim_one(job: Job, *, owner: str, now: datetime) -> bool:
    """Take a job that waits or has lost its worker; of several that try, one does."""
    unchanged = Job.objects.filter(_is_free(now), pk=job.pk, attempts=job.attempts)
    claimed = unchanged.update(
        state=JobState.RUNNING,
        lease_owner=owner,
        lease_until=now + LEASE,
        started_at=now,
        progress=0,
        attempts=F("attempts") + 1,
        version=F("version") + 1,
    )
    job.refresh_from_db()
    return bool(claimed)


def _is_free(now: datetime) -> Q:
    # A lease that ends so late was taken before the clock was set back: nobody would wait for a dead worker till then.
    past, impossible = Q(lease_until__lt=now), Q(lease_until__gt=now + LEASE + MOST_SKEW)
    return Q(state=JobState.QUEUED) | Q(Q(state=JobState.RUNNING), past | impossible)


def run_here(job: Job, *, clock: Clock, watch: Watch | None = None) -> None:
    """Run a job at once; where another worker was faster, wait for that one."""
    owner = owner_name()
    while not claim_one(job, owner=owner, now=clock()):
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            return
        time.sleep(_IDLE_SECONDS)
    run_claimed(job, clock=clock, watch=watch)


def run_next(*, clock: Clock, owner: str) -> Job | None:
    """Take the next job and run it to its end; return it, or None when nothing waits."""
    job = claim(owner=owner, now=clock())
    if job is not None:
        run_claimed(job, clock=clock)
    return job


def run_claimed(job: Job, *, clock: Clock, watch: Watch | None = None) -> None:
    """Run a job that was just taken. What goes wrong ends up in the job, never in the caller."""
    handler = HANDLERS[job.kind]
    if job.attempts > MOST_ATTEMPTS:
        message = _("The worker died each time it tried.")
        _finish(job, JobState.FAILED, clock(), code="worker_lost", message=message)
        return
    try:
        result = handler.run(Run(job, clock, watch))
    except LeaseLost:
        logger.warning("job %s was taken over by another worker", job.pk)
    except JobCancelled as reason:
        _finish(job, JobState.CANCELLED, clock(), code=reason.code, message=str(reason))
    except DomainError as error:
        _finish(job, JobState.FAILED, clock(), code=error.code, message=str(error))
    except KeyboardInterrupt:
        _finish(job, JobState.CANCELLED, clock(), code=JobCancelled.code)
        raise
    except Exception as error:
        # A fault of ours must not stop the worker.
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        if disk_is_full(error):
            message = _("The disk was full. Make room on it, then begin the work again.")
            _finish(job, JobState.FAILED, clock(), code="disk_full", message=message)
        elif not isinstance(error, DATABASE_AWAY):  # else the lease runs out, and it is taken again
            message = _("An unexpected error occurred; it is in the server's log.")
            _finish(job, JobState.FAILED, clock(), code="internal", message=message)
    else:
        _finish(job, JobState.DONE, clock(), result=result)


def _finish(
    job: Job,
    state: JobState,
    now: datetime,
    *,
    result: Mapping[str, Any] | None = None,
    code: str = "",
    message: str = "",
) -> None:
    mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_owner=job.lease_owner)
    if state != JobState.DONE and mine.exists():
        # Tidied first: killed in between, the job is taken again and its handler finds the work undone.
        HANDLERS[job.kind].ended_badly(job, state, now)
    mine.update(
        state=state,
        finished_at=now,
        lease_until=None,
        result=None if result is None else dict(result),
        error_code=code,
        error=message[:500],
        version=F("version") + 1,
    )
    job.refresh_from_db()


def run_forever(*, clock: Clock, stop: threading.Event) -> None:
    """Run jobs until ``stop`` is set; a job that has begun is finished first."""
    owner = owner_name()
    while not stop.is_set():
        close_old_connections()
        try:
            job = run_next(clock=clock, owner=owner)
        except DATABASE_AWAY:
            logger.exception("the queue of jobs could not be read")
            job = None
        if job is None:
            stop.wait(_IDLE_SECONDS)
