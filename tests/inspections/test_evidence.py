"""Files of evidence: whole under their hash or not there, and shown as clean copies."""

import hashlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image, ImageOps
from pytest_django import Settings

from inspections import evidence
from inspections.errors import InvalidInput

DATA = bytes(range(256)) * 40
DIGEST = hashlib.sha256(DATA).hexdigest()


def keep(data: bytes = DATA, *, sha256: str = DIGEST, size: int = len(DATA)) -> None:
    evidence.keep([data[:100], data[100:]], sha256=sha256, size=size)


def files(settings: Settings) -> list[Path]:
    return [path for path in settings.EVIDENCE_DIR.rglob("*") if path.is_file()]


def test_a_file_is_kept_once_under_its_hash(settings: Settings) -> None:
    keep()
    keep()
    assert evidence.path_of(DIGEST).read_bytes() == DATA
    assert files(settings) == [evidence.path_of(DIGEST)]


@pytest.mark.parametrize(
    ("data", "size", "code"),
    [
        (DATA + b"x", len(DATA), "wrong_size"),
        (DATA[:-1], len(DATA), "wrong_size"),
        (DATA[:-1] + b"x", len(DATA), "wrong_digest"),
    ],
    ids=["longer", "shorter", "other"],
)
def test_what_was_not_announced_leaves_nothing(
    settings: Settings, data: bytes, size: int, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        keep(data, size=size)
    assert refused.value.code == code
    assert files(settings) == []


def test_a_connection_that_breaks_leaves_nothing(settings: Settings) -> None:
    def broken() -> Iterator[bytes]:
        yield DATA[:100]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        evidence.keep(broken(), sha256=DIGEST, size=len(DATA))
    assert files(settings) == []


def test_a_file_comes_in_pieces_and_a_piece_again_changes_nothing() -> None:
    name = uuid4()

    def piece(start: int, end: int) -> bool:
        return evidence.keep_piece(
            [DATA[start:end]], name=name, start=start, sha256=DIGEST, size=len(DATA)
        )

    assert not piece(0, 4000)
    assert not piece(0, 4000)
    assert evidence.received(name) == 4000
    with pytest.raises(evidence.Gap) as gap:
        piece(5000, 6000)
    assert gap.value.params == {"received": 4000}
    assert not piece(3000, 7000)
    assert piece(7000, len(DATA))
    assert evidence.path_of(DIGEST).read_bytes() == DATA
    assert evidence.received(name) == 0


def test_pieces_that_are_not_the_file_are_thrown_away(settings: Settings) -> None:
    name = uuid4()
    with pytest.raises(InvalidInput):
        evidence.keep_piece([b"x" * len(DATA)], name=name, start=0, sha256=DIGEST, size=len(DATA))
    assert files(settings) == []


def test_a_piece_that_breaks_leaves_what_was_here_before() -> None:
    name = uuid4()
    evidence.keep_piece([DATA[:50]], name=name, start=0, sha256=DIGEST, size=len(DATA))

    def broken() -> Iterator[bytes]:
        yield DATA[50:90]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        evidence.keep_piece(broken(), name=name, start=50, sha256=DIGEST, size=len(DATA))
    assert evidence.received(name) == 50


def test_twenty_senders_of_one_file_leave_one_file(settings: Settings) -> None:
    name, failures = uuid4(), []

    def send() -> None:
        try:
            for start in range(0, len(DATA), 1000):
                evidence.keep_piece(
                    [DATA[start : start + 1000]],
                    name=name,
                    start=start,
                    sha256=DIGEST,
                    size=len(DATA),
                )
        except evidence.Gap:
            pass  # somebody else finished it: this one goes on behind the end of nothing
        except Exception as failure:  # noqa: BLE001  told to the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert evidence.path_of(DIGEST).read_bytes() == DATA


def jpeg(size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, (200, 30, 30))
    image.save(out, "JPEG", **options)
    return out.getvalue()


def shown(data: bytes, media_type: str = "image/jpeg") -> Image.Image:
    digest = hashlib.sha256(data).hexdigest()
    evidence.keep([data], sha256=digest, size=len(data))
    return Image.open(io.BytesIO(evidence.picture(digest, media_type)))


def test_a_copy_is_upright_and_tells_neither_place_nor_camera() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Nokia"
    exif.get_ifd(0x8825)[1] = "N"
    copy = shown(jpeg(exif=exif, comment=b"at home"))
    assert copy.size == (20, 40)
    assert not copy.getexif()
    assert "comment" not in copy.info


def test_a_large_picture_is_shown_smaller_and_printed_smaller_still() -> None:
    data = jpeg((5000, 2500))
    assert shown(data).size == (2000, 1000)
    copy = evidence.printed(hashlib.sha256(data).hexdigest(), "image/jpeg")
    assert Image.open(io.BytesIO(copy)).size == (1000, 500)


@pytest.mark.parametrize(
    ("size", "read_at"),
    [((4000, 3000), (1000, 750)), ((3000, 4000), (750, 1000)), ((4032, 3024), (1008, 756))],
)
def test_a_camera_s_picture_is_read_at_a_quarter_to_be_printed(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], read_at: tuple[int, int]
) -> None:
    read: list[tuple[int, int]] = []
    upright = ImageOps.exif_transpose
    monkeypatch.setattr(
        ImageOps, "exif_transpose", lambda opened: read.append(opened.size) or upright(opened)
    )
    data = jpeg(size)
    digest = hashlib.sha256(data).hexdigest()
    evidence.keep([data], sha256=digest, size=len(data))
    evidence.printed(digest, "image/jpeg")
    assert read == [read_at]


def test_the_thinnest_picture_is_shown() -> None:
    assert shown(jpeg((9000, 1))).size == (2000, 1)


def test_a_picture_with_transparency_is_shown() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    assert shown(out.getvalue(), "image/png").mode == "RGB"


@pytest.mark.parametrize("data", [b"MZ not a picture", jpeg()[:200], b"<svg/>"])
def test_what_is_no_picture_is_kept_and_not_shown(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        shown(data)
    assert refused.value.code == "not_a_picture"
    assert evidence.is_kept(hashlib.sha256(data).hexdigest())


def test_a_picture_of_another_kind_than_announced_is_not_shown() -> None:
    with pytest.raises(InvalidInput):
        shown(jpeg(), "image/png")


def test_a_pixel_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    with pytest.raises(InvalidInput):
        shown(out.getvalue(), "image/png")


def test_what_follows_a_picture_in_its_file_is_not_shown() -> None:
    polyglot = jpeg() + b"<script>alert(1)</script>"
    digest = hashlib.sha256(polyglot).hexdigest()
    evidence.keep([polyglot], sha256=digest, size=len(polyglot))
    assert b"script" not in evidence.picture(digest, "image/jpeg")
