"""Loading files: upload, check, switch into effect, undo. The long steps are jobs; see ``staging``."""

import hashlib
import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import DomainError, InvalidInput, VersionConflict, WrongState
from inspections.models import Job, JobState, Load, LoadState, Role, Source, User
from inspections.services import audit, jobs, registers, staging
from inspections.services.creation import made_before
from inspections.services.jobs import HANDLERS, Handler, Run
from inspections.services.staging import LIVE

CHECK: Final = "load.check"
APPLY: Final = "load.apply"
SWEEP: Final = "load.sweep"
_LONGEST_NAME: Final = 200
_TRIES: Final = 5


class InEffectAlready(DomainError):
    """The same bytes of the same source are in effect: there is nothing to do."""

    code = "in_effect_already"


def upload(
    *,
    actor: User,
    source: Source,
    file_name: str,
    pieces: Iterable[bytes],
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    cutoff: date | None = None,
) -> tuple[Load, Job | None]:
    """Take a file in and queue its check. The same bytes that are in effect already: that load, and no job.

    The same call with the same id again returns the load that it made, and the job of its first check.

    Raises:
        NotAllowed: the actor does not plan.
        InvalidInput: the file is too large; nothing of it is kept.
        WrongState: the id is taken by something else.
    """
    policies.require(actor, Role.PLANNER)
    facts = {"source": source, "file_name": _file_name(file_name), "uploaded_by": actor}
    if cutoff is not None:  # else the file's own is stored
        facts["cutoff"] = cutoff
    load = Load(id=id or uuid4(), uploaded_at=now, **facts)
    sweep_uploads()
    # Bytes arrive under a name of their own: the load's may belong to one that was made before.
    arriving = staging.upload_path(Load(id=uuid4()))
    try:
        load.size, load.sha256 = _receive(pieces, arriving)
        facts["sha256"] = load.sha256
        if before := made_before(Load.objects.all(), id, facts):
            return before, _first_check(before)
        if same := source.loads.in_effect().filter(sha256=load.sha256).first():
            return same, None
        with transaction.atomic():
            _number_and_save(load)
            job = jobs.enqueue(actor=actor, kind=CHECK, params={"load": str(load.pk)}, now=now)
            audit.record(
                actor=actor,
                action="load.upload",
                obj=load,
                now=now,
                details={"source": source.code, "sha256": load.sha256, "size": load.size},
            )
            arriving.replace(staging.upload_path(load))
    except IntegrityError:
        before = made_before(Load.objects.all(), id, facts)
        if before is None:
            raise
        return before, _first_check(before)
    finally:
        arriving.unlink(missing_ok=True)
    return load, job


def _first_check(load: Load) -> Job | None:
    checks = Job.objects.filter(kind=CHECK, params__load=str(load.pk))
    return checks.order_by("queued_at", "pk").first()


def check_again(*, actor: User, load: Load, version: int, now: datetime) -> Job:
    """Check a file once more, after names were settled or the source's reading was changed."""
    policies.require(actor, Role.PLANNER)
    with transaction.atomic():
        _step(load, version, LoadState.CHECKED, state=LoadState.CHECKING)
        job = jobs.enqueue(actor=actor, kind=CHECK, params={"load": str(load.pk)}, now=now)
        audit.record(actor=actor, action="load.check", obj=load, now=now)
    return job


def apply(
    *, actor: User, load: Load, version: int, now: datetime, accept_problems: bool = False
) -> Job:
    """Queue the storing of a checked file; at its end one small transaction brings the rows into effect.

    ``accept_problems`` leaves rows with problems out, on record; without it a file with any is refused.

    Raises:
        NotAllowed: the actor does not plan.
        InvalidInput: there are problems that nobody has accepted, or no row is left.
        WrongState, VersionConflict: the load is not checked, or changed since ``version``.
    """
    policies.require(actor, Role.PLANNER)
    load.refresh_from_db()
    if load.state == LoadState.CHECKED:
        _refuse_problems(load, accept_problems=accept_problems)
    with transaction.atomic():
        _step(
            load,
            version,
            LoadState.CHECKED,
            state=LoadState.STAGING,
            accept_problems=accept_problems,
        )
        job = jobs.enqueue(actor=actor, kind=APPLY, params={"load": str(load.pk)}, now=now)
        audit.record(
            actor=actor,
            action="load.apply",
            obj=load,
            now=now,
            details={"accept_problems": accept_problems, "errors": load.counts["errors"]},
        )
    return job


def _refuse_problems(load: Load, *, accept_problems: bool) -> None:
    errors = load.counts["errors"]
    if errors and not accept_problems:
        raise InvalidInput(
            _("The file has %(count)s problems; correct them or agree to leave those rows out.")
            % {"count": errors},
            code="problems_not_accepted",
            by_code=load.counts["by_code"],
        )
    if not load.counts["stored"]:
        raise InvalidInput(_("No row of the file can be stored."), code="nothing_to_store")


def cancel(*, actor: User, load: Load, version: int, now: datetime) -> Load:
    """Give a file up before its rows are in effect; nothing of it stays.

    A worker that is at it stops as soon as it looks up.
    """
    policies.require(actor, Role.PLANNER)
    with transaction.atomic():
        _step(load, version, *LIVE, state=LoadState.CANCELLED)
        for job in _unfinished_jobs(load):
            jobs.cancel(job, now=now)
        audit.record(actor=actor, action="load.cancel", obj=load, now=now)
    load.refresh_from_db()
    staging.discard_upload(load)
    return load


def undo(*, actor: User, load: Load, version: int, now: datetime) -> Load:
    """Take a load out of effect; the rows that it had replaced count again.

    A list of units or inspectors changes those themselves, so such loads are undone in reverse order.

    Raises:
        NotAllowed: the actor does not plan.
        WrongState: the load is not in effect, a later list must be undone first, or what this one replaced has
            outlived its retention (``undo_too_late``).
        VersionConflict: the load changed since ``version``.
    """
    policies.require(actor, Role.PLANNER)
    is_register = load.source.kind in registers.KINDS
    with transaction.atomic():
        _hold(load.source)
        if is_register and _has_later(load):
            raise WrongState(_("Undo the later lists of this kind first."), code="undo_later_first")
        _step(
            load,
            version,
            LoadState.IN_EFFECT,
            state=LoadState.UNDONE,
            undone_by=actor,
            undone_at=now,
        )
        if is_register:
            registers.switch_out(load)
            if not load.records.exists():  # looked at last: what is there now was there all along
                raise WrongState(
                    _("What the list replaced is no longer kept: it cannot be undone any more."),
                    code="undo_too_late",
                )
        jobs.enqueue(actor=actor, kind=SWEEP, params={"load": str(load.pk)}, now=now)
        audit.record(actor=actor, action="load.undo", obj=load, now=now, details=_told(load))
    return load


def _switch(run: Run, load: Load) -> None:
    """Bring a stored load into effect: one small transaction, of two that try one does it."""
    now, actor = run.clock(), run.job.requested_by
    try:
        with transaction.atomic():
            run.hold()
            _hold(load.source)
            last = load.source.loads.aggregate(last=Max("turn"))["last"] or 0
            changed = Load.objects.filter(pk=load.pk, state=LoadState.STAGING).update(
                state=LoadState.IN_EFFECT,
                turn=last + 1,
                switched_by=actor,
                switched_at=now,
                version=F("version") + 1,
            )
            load.refresh_from_db()
            if not changed:
                raise _wrong_state(load)
            if load.source.kind in registers.KINDS:
                registers.switch_in(load)
            audit.record(actor=actor, action="load.switch", obj=load, now=now, details=_told(load))
    except IntegrityError:
        if not load.source.loads.in_effect().filter(sha256=load.sha256).exists():
            raise
        Load.objects.filter(pk=load.pk, state=LoadState.STAGING).update(
            state=LoadState.CANCELLED, version=F("version") + 1
        )
        raise InEffectAlready(
            _("The same file is in effect already; nothing was changed.")
        ) from None


def _told(load: Load) -> dict[str, Any]:
    kept = ("rows", "stored", "left_out", "errors", "added", "changed", "left")
    return {
        "source": load.source.code,
        "sha256": load.sha256,
        "accept_problems": load.accept_problems,
        "counts": {name: load.counts[name] for name in kept if name in load.counts},
    }


def _apply(run: Run) -> dict[str, Any]:
    return staging.stage(run, _switch)


HANDLERS[CHECK] = Handler(staging.check, staging.ended_badly)
HANDLERS[APPLY] = Handler(_apply, staging.ended_badly)
HANDLERS[SWEEP] = Handler(staging.sweep, staging.ended_badly)


def _step(load: Load, version: int, *sources: LoadState, **fields: Any) -> None:
    """Move a load on, if it is where the step begins and nobody has changed it since it was read."""
    changed = Load.objects.filter(pk=load.pk, version=version, state__in=sources).update(
        version=F("version") + 1, **fields
    )
    load.refresh_from_db()
    if not changed:
        raise _wrong_state(load) if load.version == version else VersionConflict()


def _wrong_state(load: Load) -> WrongState:
    return WrongState(
        _("This step is not possible while the load is: %(state)s.")
        % {"state": load.get_state_display()},
        state=load.state,
    )


def _hold(source: Source) -> None:
    """Let one switch of a source follow the other (on SQLite the transaction alone does that)."""
    if connection.features.has_select_for_update:
        Source.objects.select_for_update().get(pk=source.pk)


def _has_later(load: Load) -> bool:
    if load.switched_at is None:
        return False
    # Of one source by their turns, which no clock moves; those of different sources have nothing but the clock.
    later = Q(source=load.source_id, turn__gt=load.turn) | Q(
        ~Q(source=load.source_id), switched_at__gt=load.switched_at
    )
    same_kind = Load.objects.in_effect().filter(source__kind=load.source.kind)
    return same_kind.filter(later).exists()


def _unfinished_jobs(load: Load) -> Iterable[Job]:
    unfinished = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
    return unfinished.filter(kind__in=(CHECK, APPLY), params__load=str(load.pk))


def _number_and_save(load: Load) -> None:
    """Give a load the next number; another upload may take it first."""
    for attempt in range(1, _TRIES + 1):
        load.number = 1 + (Load.objects.aggregate(last=Max("number"))["last"] or 0)
        try:
            with transaction.atomic():
                load.save(force_insert=True)
        except IntegrityError:
            if attempt == _TRIES:
                raise
        else:
            return


def _file_name(name: str) -> str:
    name = text.nfc(name.replace("\\", "/").replace("\x00", "")).replace("\n", " ")
    return PurePosixPath(name).name[-_LONGEST_NAME:] or "?"


def _receive(pieces: Iterable[bytes], path: Path) -> tuple[int, str]:
    """Write what arrives to a file that only its owner can read; return its size and SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > settings.UPLOAD_MAX_BYTES:
                most = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
                raise InvalidInput(
                    _("The file has more than %(most)s MB.") % {"most": most},
                    code="file_too_large",
                    most=most,
                )
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def sweep_uploads() -> None:
    """Delete bytes that no load waits for: a process died between receiving them and saying so."""
    folder = Path(settings.VAR_DIR) / "uploads"
    if not folder.is_dir():
        return
    waiting = {str(pk) for pk in Load.objects.filter(state__in=LIVE).values_list("pk", flat=True)}
    for path in folder.iterdir():
        age = datetime.now().timestamp() - path.stat().st_mtime  # noqa: DTZ005
        if path.name not in waiting and age > 3600:
            path.unlink(missing_ok=True)
