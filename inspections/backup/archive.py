"""The file of a backup: a ZIP of the database's dump, the files kept beside it, and a manifest that names them all.

Whatever is wrong with an archive is found while it is unpacked into a working folder, before anything else
is touched. Names, sizes and hashes are those of the manifest; what it does not name is not unpacked.
"""

import errno
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from inspections.errors import InvalidInput
from planner import canonical
from planner.errors import PlannerError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
_LARGEST_MANIFEST: Final = 64 * 1024 * 1024
_PIECE: Final = 1024 * 1024
#: Folders and files by plain names: nothing that leads out of the folder it is unpacked into.
_NAME: Final = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
#: A dump of PostgreSQL is compressed already.
_COMPRESSED: Final = ".pgdump"


@dataclass(frozen=True)
class Facts:
    """What a backup holds: the product's version, the database's kind, its migrations (``app.name``), and where
    the audit chain ended."""

    product: str
    made_at: datetime
    database: str
    migrations: tuple[str, ...]
    chain_length: int
    chain_head: str


@dataclass(frozen=True)
class Member:
    """One file of the archive."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the archive says of itself; ``sha256`` is that of these words and so of everything they name."""

    facts: Facts
    members: tuple[Member, ...]
    sha256: str


def write(path: Path, facts: Facts, files: Iterable[tuple[str, Path]]) -> None:
    """Write an archive of ``files``, given as names within it and where they lie now."""
    with zipfile.ZipFile(path, "w", compresslevel=1) as archive:
        members = [_add(archive, name, file) for name, file in files]
        archive.writestr(MANIFEST, _document(facts, members))


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> Member:
    info = zipfile.ZipInfo(name)
    if not name.endswith(_COMPRESSED):
        info.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        size, sha256 = _copy(source, target)
    return Member(name, size, sha256)


def _copy(source: IO[bytes], target: IO[bytes], most: int | None = None) -> tuple[int, str]:
    """Copy a stream and return its size and SHA-256; stop once it is longer than ``most``."""
    digest, size = hashlib.sha256(), 0
    while (piece := source.read(_PIECE)) and (most is None or size <= most):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
    return size, digest.hexdigest()


def _document(facts: Facts, members: Iterable[Member]) -> bytes:
    return canonical.dumps(
        {
            "format": FORMAT,
            "product": facts.product,
            "made_at": facts.made_at.isoformat(),
            "database": facts.database,
            "migrations": list(facts.migrations),
            "chain": {"length": facts.chain_length, "head": facts.chain_head},
            "members": [
                {"name": member.name, "size": member.size, "sha256": member.sha256}
                for member in members
            ],
        }
    )


def unpack(path: Path, into: Path) -> Manifest:
    """Unpack an archive into an empty folder, checking every byte against the manifest.

    Raises:
        InvalidInput: there is no such file; or it is cut short, altered, or no backup (``backup_damaged``).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_methods(archive)
            manifest = _manifest(archive)
            _check_names(archive, manifest)
            for member in manifest.members:
                _extract(archive, member, into / member.name)
    except FileNotFoundError:
        raise InvalidInput(
            _("There is no such file: %(path)s") % {"path": path}, code="backup_missing"
        ) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        RuntimeError,  # encrypted, or of a later version of ZIP
        ValueError,
    ):
        raise _unreadable() from None
    except OSError as error:
        # An offset out of the file; one name twice, or as a file and as a folder.
        if error.errno not in {errno.EINVAL, errno.EEXIST, errno.ENOTDIR}:
            raise
        raise _unreadable() from None
    return manifest


def _unreadable() -> InvalidInput:
    return damaged(_("it is no archive, or was cut short or altered"))


def damaged(why: str) -> InvalidInput:
    """Return the refusal of an archive that is not what a backup wrote."""
    return InvalidInput(
        _("This backup is damaged: %(why)s. Nothing was changed.") % {"why": why},
        code="backup_damaged",
    )


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        with archive.open(MANIFEST) as file:
            text = file.read(_LARGEST_MANIFEST)
        document: Any = canonical.loads(text)
        if document["format"] != FORMAT:
            raise InvalidInput(
                _("This backup was written by a newer version of the product."),
                code="backup_newer",
            )
        return Manifest(_facts(document), _members(document), canonical.sha256_hex(text))
    except (KeyError, TypeError, ValueError, PlannerError):
        raise damaged(_("its manifest cannot be read")) from None


def _facts(document: Mapping[str, Any]) -> Facts:
    return Facts(
        product=str(document["product"]),
        made_at=datetime.fromisoformat(document["made_at"]),
        database=str(document["database"]),
        migrations=tuple(map(str, document["migrations"])),
        chain_length=int(document["chain"]["length"]),
        chain_head=str(document["chain"]["head"]),
    )


def _members(document: Mapping[str, Any]) -> tuple[Member, ...]:
    return tuple(
        Member(str(member["name"]), int(member["size"]), str(member["sha256"]))
        for member in document["members"]
    )


def _check_methods(archive: zipfile.ZipFile) -> None:
    if not all(info.compress_type in _METHODS for info in archive.infolist()):
        raise _unreadable()


def _check_names(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    named = [member.name for member in manifest.members]
    if sorted(archive.namelist()) != sorted([*named, MANIFEST]):
        raise damaged(_("it holds other files than its manifest names"))
    for name in named:
        if not _NAME.fullmatch(name):
            raise damaged(_("“%(name)s” is no name of a file in it") % {"name": name[:80]})


def _extract(archive: zipfile.ZipFile, member: Member, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with archive.open(member.name) as source, path.open("xb") as target:
        size, sha256 = _copy(source, target, member.size)
    if (size, sha256) != (member.size, member.sha256):
        raise damaged(_("“%(name)s” was altered") % {"name": member.name})
