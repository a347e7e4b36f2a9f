"""Reading JSON strictly: what two readers could understand in two ways is refused."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, Final, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH: Final = 32
PIECE: Final = 64 * 1024


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without NaN, infinities, repeated names, NUL, halves of surrogate pairs, or great depth.

    The size is bounded before: a body longer than the route reads is refused unread.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002  DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  DRF's signature
    ) -> Any:
        """Return the value that the body holds.

        Raises:
            ParseError: it holds none, or not one that every reader would read the same.
        """
        try:
            value = json.loads(
                stream.read().decode("utf-8"),
                parse_constant=_refuse_constant,
                parse_float=_finite,
                object_pairs_hook=_unique,
            )
            _check(value, depth=0)
        except ParseError:
            raise
        except (ValueError, RecursionError):
            raise ParseError(_("The body is not JSON in UTF-8, or nested too deeply.")) from None
        return value


@dataclass(frozen=True)
class Received:
    """A body whose bytes are kept as they came, and what they say."""

    body: bytes
    content: Any


class ReceivedJSONParser(StrictJSONParser):
    """Reads as `StrictJSONParser` does, and hands on the bytes too."""

    def parse(  # type: ignore[override]  # what it returns is for one view
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Received:
        """Return the bytes and the value that they hold. Raises ``ParseError`` as its parent."""
        body = stream.read()
        return Received(body, super().parse(BytesIO(body), media_type, parser_context))


class PicturePieces(BaseParser):
    """Hands a picture's bytes on as they come, unread."""

    media_type = "image/*"

    def parse(  # type: ignore[override]  # what it returns is for one view
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002  DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  DRF's signature
    ) -> Iterator[bytes]:
        """Return the pieces."""
        return iter(lambda: stream.read(PIECE), b"")


class PdfPieces(PicturePieces):
    """Hands a PDF's bytes on as they come, unread."""

    media_type = "application/pdf"


def _refuse_constant(name: str) -> NoReturn:
    raise ParseError(_("%(name)s is not a JSON number.") % {"name": name})


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ParseError(_("A number is too large."))
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("An object names a member twice."))
    return found


def _check(value: Any, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(_("The body is nested more than %(most)s deep.") % {"most": MAX_DEPTH})
    match value:
        case str():
            if "\x00" in value or (not value.isascii() and _has_half_pair(value)):
                raise ParseError(_("A text contains a damaged character."))
        case list():
            for inner in value:
                _check(inner, depth=depth + 1)
        case dict():
            for name, inner in value.items():
                _check(name, depth=depth + 1)
                _check(inner, depth=depth + 1)


def _has_half_pair(value: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in value)
