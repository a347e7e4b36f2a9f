"""Backups: made and rotated while others work, restored all or nothing, and tried out in a drill.

The folder of backups is the only account of them: what is not there is not told. A backup is no event of the audit
log, which twelve an hour would drown; a restoring is.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import evidence
from inspections.backup import archive
from inspections.backup.archive import Facts, Manifest
from inspections.backup.databases import database, holds_data, scratch
from inspections.chain import GENESIS, Break, Head
from inspections.errors import DomainError, InvalidInput, WrongState
from inspections.models import Attachment, LetterScan, SignedCopy
from inspections.services import audit, keys
from planner import __version__

#: Folders of ``VAR_DIR`` that hold what the database refers to.
FOLDERS: Final = ("uploads",)
#: All backups of the last hours stay, then the first of each hour, then the first of each day.
KEEP_ALL: Final = timedelta(hours=2)
KEEP_HOURLY: Final = timedelta(days=2)
KEEP_DAILY: Final = timedelta(days=30)
#: A restored installation must work again after so many minutes.
GOAL_MINUTES: Final = 30

_NAME: Final = "kycuong-%Y%m%dT%H%M%SZ.zip"
_NAMED: Final = re.compile(r"kycuong-\d{8}T\d{6}Z\.zip", re.ASCII)
_PIECE: Final = 1024 * 1024
_UNFINISHED: Final = ".unfinished"


@dataclass(frozen=True)
class Backup:
    """A backup in the folder; ``verified_at`` is when a drill last restored it."""

    path: Path
    made_at: datetime
    size: int
    verified_at: datetime | None


@dataclass(frozen=True)
class Restored:
    """What came back: where the audit chain does not hold, whether each key that is needed is here, and how many
    files of evidence are not."""

    manifest: Manifest
    breaks: Sequence[Break]
    keys: dict[str, bool]
    is_what_was_backed_up: bool
    lacking_evidence: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing but, perhaps, keys."""
        return self.is_what_was_backed_up and not self.breaks and not self.lacking_evidence


# --- Making ----------------------------------------------------------------------------------


def back_up(*, now: datetime) -> tuple[Backup, int]:
    """Write a backup, then drop those that the rule no longer keeps; return it and how many went.

    Killed or out of space it leaves no half file, and what it was working on is swept by the next.

    Raises:
        WrongState: another backup is being made, or there is nothing to back up.
        ToolFailed: a program of PostgreSQL's is missing, too old, or failed.
        DomainError: the disk is full (``disk_full``).
    """
    folder = settings.BACKUP_DIR
    path = folder / now.astimezone(UTC).strftime(_NAME)
    with _full_disk_told(), _alone_in(folder) as unfinished:
        source = database()
        dump, new = unfinished / source.dump_name, unfinished / path.name
        # Before and after: a file that is there at the snapshot's moment is met at least once.
        _link_files(unfinished)
        snapshot = source.dump(dump)
        _link_files(unfinished)
        _copy_evidence(unfinished)
        facts = Facts(
            product=__version__,
            made_at=now,
            database=source.kind,
            migrations=snapshot.migrations,
            chain_length=snapshot.chain_length,
            chain_head=snapshot.chain_head,
        )
        archive.write(new, facts, [(dump.name, dump), *_files(unfinished)])
        new.chmod(0o600)
        _sync(new)
        _mark(path).unlink(missing_ok=True)
        new.rename(path)
        _sync(folder)
        return _backup(path, now), _rotate(now)


def _link_files(unfinished: Path) -> None:
    for name, path in _files(settings.VAR_DIR):
        link = unfinished / name
        link.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError, FileNotFoundError):  # met before; its load is over
            try:
                link.hardlink_to(path)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                shutil.copyfile(path, link)


def _copy_evidence(unfinished: Path) -> None:
    """Copy the evidence that no earlier backup has met; each file is immutable and named by its hash.

    After the snapshot: what the snapshot calls received was here before it.
    """
    for path in (settings.EVIDENCE_DIR / "kept").glob("*/*"):
        place = _evidence_beside(settings.BACKUP_DIR, path.name)
        if not place.exists():
            copy = unfinished / path.name
            shutil.copyfile(path, copy)
            _sync(copy)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy.rename(place)


def _evidence_beside(folder: Path, sha256: str) -> Path:
    return folder / "evidence" / sha256[:2] / sha256


def _lacking_evidence(backup: Path, *, bring: bool) -> int:
    """Return how many received files do not lie whole beside a backup; with ``bring`` take those that lack here."""
    lacking = 0
    attached, scans, signed = (
        model.objects.filter(received_at__isnull=False).order_by().values_list("sha256", "size")
        for model in (Attachment, LetterScan, SignedCopy)
    )
    for sha256, size in attached.union(scans, signed).iterator():
        if bring and evidence.is_kept(sha256):
            continue
        place = _evidence_beside(backup.parent, sha256)
        try:
            with place.open("rb") as file:
                if bring:
                    pieces = iter(partial(file.read, _PIECE), b"")
                    evidence.keep(pieces, sha256=sha256, size=size)
                elif hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    lacking += 1
        except (FileNotFoundError, InvalidInput):
            lacking += 1
    return lacking


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file():
                yield path.relative_to(root).as_posix(), path


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone_in(folder: Path) -> Iterator[Path]:
    """Yield an empty working folder that nobody else uses; what a killed process left in it goes first.

    Raises ``WrongState`` while another process is at work there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = folder / _UNFINISHED
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # The lock ends with its process, however that ends.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except BlockingIOError:
        raise WrongState(
            _("Another backup or restoring is at work in %(folder)s.") % {"folder": folder},
            code="backup_running",
        ) from None
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        code = getattr(error, "errno", None) or getattr(error, "sqlite_errorcode", None)
        if code not in {errno.ENOSPC, errno.EDQUOT, sqlite3.SQLITE_FULL}:
            raise
        raise DomainError(
            _("The disk is full. Nothing was kept of this, and nothing was changed."),
            code="disk_full",
        ) from None


# --- The folder ------------------------------------------------------------------------------


def last_backup() -> Backup | None:
    """Return the newest backup in the folder, if there is any."""
    made = _made()
    return _backup(*max(made.items(), key=lambda item: item[1])) if made else None


def _made() -> dict[Path, datetime]:
    """Return the backups in the folder and when each was made."""
    return {
        path: datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
        for path in settings.BACKUP_DIR.glob("kycuong-*.zip")
        if _NAMED.fullmatch(path.name)
    }


def _backup(path: Path, made_at: datetime) -> Backup:
    mark = _mark(path)
    verified_at = datetime.fromisoformat(mark.read_text()) if mark.exists() else None
    return Backup(path, made_at, path.stat().st_size, verified_at)


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _rotate(now: datetime) -> int:
    made = _made()
    kept = keep(made.values(), now=now)
    gone = [path for path, at in made.items() if at not in kept]
    for path in gone:
        _mark(path).unlink(missing_ok=True)
        path.unlink()
    return len(gone)


def keep(made: Collection[datetime], *, now: datetime) -> set[datetime]:
    """Return which backups stay: all of two hours, the first of each hour of two days and of each day of thirty."""
    hours: dict[tuple[date, int], datetime] = {}
    days: dict[date, datetime] = {}
    for at in sorted(made):
        local = timezone.localtime(at)
        hours.setdefault((local.date(), local.hour), at)
        days.setdefault(local.date(), at)
    periods = ((made, KEEP_ALL), (hours.values(), KEEP_HOURLY), (days.values(), KEEP_DAILY))
    return {at for moments, longest in periods for at in moments if now - at <= longest}


# --- Restoring -------------------------------------------------------------------------------


def restore(*, path: Path, now: datetime, replace: bool = False) -> Restored:
    """Replace the installation's data by a backup's; with ``replace`` also where there are any.

    Everything is checked before anything is touched. The database comes back in one transaction; it is then
    brought to this version's tables, its audit chain is verified, and the restoring goes on record.

    Raises:
        InvalidInput: the file is missing (``backup_missing``), damaged (``backup_damaged``), of a newer version
            (``backup_newer``) or of another kind of database (``backup_other_database``).
        WrongState: there are data (``target_not_empty``), or another restoring is at work.
        ToolFailed: a program of PostgreSQL's is missing, too old, or failed; the database is as it was.
    """
    with _full_disk_told(), _alone_in(settings.VAR_DIR) as work:
        manifest = _unpack(path, work)
        if holds_data() and not replace:
            raise WrongState(
                _("There are data here already. Restore into an empty database, or say --replace."),
                code="target_not_empty",
            )
        replaced_length, replaced_head = _chain_that_goes()
        for name, file in _files(work):
            place = settings.VAR_DIR / name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.replace(place)
        target = database()
        target.load(work / target.dump_name)
    _migrate()
    restored = _examine(manifest, lacking=_lacking_evidence(path, bring=True))
    audit.append(
        actor_id=None,
        action="backup.restore",
        object_type="backup",
        object_id=manifest.sha256,
        now=now,
        details={
            "made_at": manifest.facts.made_at.isoformat(),
            "chain_length": manifest.facts.chain_length,
            "chain_head": manifest.facts.chain_head,
            "replaced_length": replaced_length,
            "replaced_head": replaced_head,
        },
    )
    return restored


def _chain_that_goes() -> Head:
    """Return the end of the chain that a restoring replaces: an older backup takes events away, on record."""
    try:
        return audit.head()
    except DatabaseError:  # nothing was ever set up here
        return Head(0, GENESIS)


def drill(*, path: Path, now: datetime) -> Restored:
    """Restore a backup into a fresh database that is thrown away, and mark it as verified when all holds.

    Raises what ``restore`` raises.
    """
    with _full_disk_told(), _alone_in(settings.VAR_DIR) as work:
        manifest = _unpack(path, work)
        with scratch(work):
            target = database()
            target.load(work / target.dump_name)
            _migrate()
            restored = _examine(manifest, lacking=_lacking_evidence(path, bring=False))
    if restored.is_whole:
        _mark(path).write_text(now.isoformat())
    return restored


def _unpack(path: Path, work: Path) -> Manifest:
    manifest = archive.unpack(path, work)
    facts, target = manifest.facts, database()
    if facts.database != target.kind:
        raise InvalidInput(
            _(
                "This backup is of %(theirs)s and this installation runs on %(ours)s: "
                "restore it where DATABASE_URL names such a database."
            )
            % {"theirs": facts.database, "ours": target.kind},
            code="backup_other_database",
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if _newer(facts.product) or not known.issuperset(facts.migrations):
        raise InvalidInput(
            _(
                "This backup was written by a newer version of the product (%(version)s): "
                "install that one first."
            )
            % {"version": facts.product},
            code="backup_newer",
        )
    names = [member.name for member in manifest.members]
    if target.dump_name not in names:
        raise archive.damaged(_("the database is not in it"))
    for name in names:
        if name != target.dump_name and not name.startswith(tuple(f"{top}/" for top in FOLDERS)):
            raise archive.damaged(_("“%(name)s” is no name of a file in it") % {"name": name})
    target.check(work / target.dump_name)
    return manifest


def _newer(version: str) -> bool:
    try:
        theirs, ours = (tuple(map(int, text.split("."))) for text in (version, __version__))
    except ValueError:
        raise archive.damaged(_("its manifest cannot be read")) from None
    return theirs > ours


def _migrate() -> None:
    """Bring a restored database to this version's tables."""
    call_command("migrate", interactive=False, verbosity=0)


def _examine(manifest: Manifest, *, lacking: int) -> Restored:
    """Look at a restored database: at its chain, and at the keys that it needs."""
    head = audit.head()
    return Restored(
        manifest=manifest,
        breaks=list(audit.verify_chain()),
        keys=keys.needed_keys(),
        is_what_was_backed_up=head == (manifest.facts.chain_length, manifest.facts.chain_head),
        lacking_evidence=lacking,
    )
