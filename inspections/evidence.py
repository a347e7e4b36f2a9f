"""Files of evidence, each kept once under the hash of its bytes, outside the database.

A file is whole and under its name, or it is not there: it grows beside its place and is renamed when its
hash has been seen to match. What was received is never served; `picture` makes the copy that is.
"""

import contextlib
import fcntl
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from inspections.errors import DomainError, InvalidInput

#: A camera's picture has 12 to 50 million pixels; what claims more is a bomb.
MOST_PIXELS: Final = 60_000_000
#: The longest sides of the copy that people see and of the one that papers print, 100 mm high at 190 dpi. Pictures
#: of 12 million pixels (4000 × 3000) have exact halves and quarters of these sizes, at which a JPEG is read.
SEEN_SIDE: Final = 2000
PRINTED_SIDE: Final = 1000
_KINDS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
PDF: Final = "application/pdf"
#: How a file must begin to be kept as what it is announced to be. A picture is looked at when it is shown.
_BEGINNINGS: Final = {PDF: b"%PDF-"}


class Gap(DomainError):
    """A piece does not follow what is here already; ``received`` says where to go on."""

    code = "gap"


def path_of(sha256: str) -> Path:
    """Return where the file with these bytes is kept."""
    return settings.EVIDENCE_DIR / "kept" / sha256[:2] / sha256


def is_kept(sha256: str) -> bool:
    """Tell whether the whole file is here."""
    return path_of(sha256).exists()


def received(name: UUID) -> int:
    """Return how many bytes of a file that comes in pieces are here."""
    try:
        return _growing(name).stat().st_size
    except FileNotFoundError:
        return 0


def is_picture(media_type: str) -> bool:
    """Tell whether files of this type are shown as copies; all others are handed out as they came."""
    return media_type in _KINDS


def keep(pieces: Iterable[bytes], *, sha256: str, size: int, media_type: str = "") -> None:
    """Keep a file that comes whole.

    Raises:
        InvalidInput: it is longer or shorter than announced, its hash is another, or it is no PDF though it
            is announced as one.
        OSError: the disk is full; nothing of the file stays.
    """
    place = _growing(uuid4())
    with _discarded_on_failure(place):
        with place.open("xb") as file:
            _write(file, pieces, size)
        _finish(place, sha256, size, media_type)


def keep_piece(
    pieces: Iterable[bytes],
    *,
    name: UUID,
    start: int,
    sha256: str,
    size: int,
    media_type: str = "",
) -> bool:
    """Add a piece to the file that grows under ``name``; return whether it is whole now.

    Pieces come in order. One that is here already changes nothing, so that a lost answer is asked for again.

    Raises:
        Gap: the piece begins behind what is here.
        InvalidInput: the whole is not what was announced; its pieces are thrown away.
        OSError: the disk is full; what was here before stays.
    """
    place = _growing(name)
    with place.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not place.exists() or not os.path.samestat(place.stat(), os.fstat(file.fileno())):
            return is_kept(sha256)  # it became whole, or was thrown away, while this one waited
        here = file.seek(0, os.SEEK_END)
        if start > here:
            raise Gap(_("A piece before this one is missing."), received=here)
        try:
            _write(file, _after(pieces, here - start), size)
        except BaseException:
            file.truncate(here)
            raise
        if file.tell() < size:
            return False
        with _discarded_on_failure(place):
            _finish(place, sha256, size, media_type)
    return True


def left_growing(before: datetime) -> dict[str, datetime]:
    """Return the files that were begun and not gone on with since ``before``: name → when last."""
    found = {}
    for place in (settings.EVIDENCE_DIR / "growing").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # it became whole meanwhile
            if (last := _last_piece(place.stat())) < before:
                found[place.name] = last
    return found


def discard_growing(name: str, before: datetime) -> None:
    """Throw away what has come of a file, unless a piece came after ``before``. Its sender begins again."""
    with contextlib.suppress(FileNotFoundError):
        place = settings.EVIDENCE_DIR / "growing" / name
        with place.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _last_piece(os.fstat(file.fileno())) < before:
                place.unlink()


def _last_piece(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, tz=UTC)


def picture(sha256: str, media_type: str) -> bytes:
    """Return the copy of a picture that people see: turned upright, bounded, without EXIF and place.

    It is made once and kept beside the evidence.

    Raises:
        InvalidInput: the bytes are no picture of the announced kind, or one with too many pixels.
    """
    return _copy(sha256, media_type, f"{sha256}.jpg", SEEN_SIDE)


def printed(sha256: str, media_type: str) -> bytes:
    """Return the smaller copy of a picture that papers print, otherwise as `picture` does."""
    return _copy(sha256, media_type, f"{sha256}-printed.jpg", PRINTED_SIDE)


def _copy(sha256: str, media_type: str, name: str, side: int) -> bytes:
    copy = settings.EVIDENCE_DIR / "copies" / sha256[:2] / name
    with contextlib.suppress(FileNotFoundError):
        return bytes(copy.read_bytes())
    made = _reduced(path_of(sha256), _KINDS[media_type], side)
    new = _growing(uuid4())
    with _discarded_on_failure(new):
        new.write_bytes(made)
        copy.parent.mkdir(parents=True, exist_ok=True)
        new.replace(copy)
    return made


def original(sha256: str) -> bytes:
    """Return a file as it came. It is for downloading: nothing here reads or shows what is in it."""
    return path_of(sha256).read_bytes()


def _reduced(place: Path, kind: str, side: int) -> bytes:
    try:
        with Image.open(place, formats=[kind]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise InvalidInput(_("The picture has too many pixels."), code="too_many_pixels")
            # A JPEG is read at a half, a quarter or an eighth of its size where that suffices. What suffices is
            # said in its own shape: in a square, the shorter side alone would decide.
            longest = max(opened.size)
            width, height = (max(1, side * length // longest) for length in opened.size)
            opened.draft("RGB", (width, height))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        upright.thumbnail((side, side))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidInput(_("The file is no picture."), code="not_a_picture") from error
    # A fresh image, so that nothing of the old one's tags travels along.
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=82)
    return out.getvalue()


def _growing(name: UUID) -> Path:
    folder: Path = settings.EVIDENCE_DIR / "growing"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / str(name)


def _write(file: IO[bytes], pieces: Iterable[bytes], size: int) -> None:
    for piece in pieces:
        if file.tell() + len(piece) > size:
            raise InvalidInput(_("The file is longer than announced."), code="wrong_size")
        file.write(piece)
    file.flush()
    os.fsync(file.fileno())


def _after(pieces: Iterable[bytes], skipped: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[skipped:]
        skipped = max(0, skipped - len(piece))


def _finish(place: Path, sha256: str, size: int, media_type: str) -> None:
    """Check the whole and give it its name. Whoever comes second replaces equal bytes by equal bytes."""
    if place.stat().st_size != size:
        raise InvalidInput(_("The file is shorter than announced."), code="wrong_size")
    with place.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise InvalidInput(
                _("The file's SHA-256 is another than announced."), code="wrong_digest"
            )
    beginning = _BEGINNINGS.get(media_type, b"")
    with place.open("rb") as file:
        if file.read(len(beginning)) != beginning:
            raise InvalidInput(_("The file is no PDF."), code="not_a_pdf")
    kept = path_of(sha256)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.replace(kept)


@contextlib.contextmanager
def _discarded_on_failure(place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        place.unlink(missing_ok=True)
        raise
