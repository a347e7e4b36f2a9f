"""A paper's content as JSON and back, strictly: what is read is what `content` could have made, or an error.

What is read is told by the types of the fields alone, so no text of a file can name a class. Fields that hold their
default are left out: content stored today is still read when a dataclass has gained a field. A picture stands
there by the SHA-256 of its bytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext_lazy as _

from inspections.documents.content import Content, Document, DocumentError, Picture

FORMAT: Final = "kycuong/paper/1"


class ContentUnreadable(DocumentError):
    """What is stored is no content of a paper."""

    code = "content_unreadable"

    def __init__(self, place: str) -> None:
        super().__init__(_("This is no content of a paper."), place=place)


def dumped(papers: Sequence[Document]) -> dict[str, Any]:
    """Return a paper and its appendices as JSON."""
    return {"format": FORMAT, "papers": [_plain(paper) for paper in papers]}


def pictures(papers: Sequence[Document]) -> dict[str, bytes]:
    """Return the pictures of a paper by their hashes."""
    return {
        hashlib.sha256(block.data).hexdigest(): block.data
        for paper in papers
        for block in paper.body
        if isinstance(block, Picture)
    }


def loaded(value: object, pictures: Mapping[str, bytes]) -> tuple[Document, ...]:
    """Return the paper and its appendices that `dumped` wrote.

    Raises `ContentUnreadable` with the place that is wrong, also when a picture is not among ``pictures``, and what
    the dataclasses themselves raise.
    """
    if not isinstance(value, dict) or value.keys() != {"format", "papers"}:
        raise ContentUnreadable("")
    if value["format"] != FORMAT:
        raise ContentUnreadable("format")
    found: tuple[Document, ...] = _read(value["papers"], tuple[Document, ...], "papers", pictures)
    if not found:
        raise ContentUnreadable("papers")
    return found


def _plain(value: object) -> Any:
    match value:
        case Content():
            own = {
                field.name: _plain(held)
                for field in fields(value)
                if (held := getattr(value, field.name)) != field.default
            }
            return {"is": type(value).__name__, **own}
        case tuple():
            return [_plain(item) for item in value]
        case bytes():
            return hashlib.sha256(value).hexdigest()
        case Enum():
            return value.value
        case date():  # a time too
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _read(value: object, hint: Any, place: str, pictures: Mapping[str, bytes]) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        hint, origin = get_args(hint)[0], None
    if origin in {Union, UnionType}:
        return _read_one_of(value, get_args(hint), place, pictures)
    if origin is tuple:
        if not isinstance(value, list):
            raise ContentUnreadable(place)
        inner = get_args(hint)[0]
        return tuple(
            _read(item, inner, f"{place}.{index}", pictures) for index, item in enumerate(value)
        )
    if issubclass(hint, Content):
        return _read_content(value, hint, place, pictures)
    return _read_plain(value, hint, place, pictures)


def _read_one_of(
    value: object, hints: Sequence[Any], place: str, pictures: Mapping[str, bytes]
) -> Any:
    if value is None and NoneType in hints:
        return None
    options = [hint for hint in hints if hint is not NoneType]
    if len(options) > 1:  # all of them contents, told apart by their names
        named = value.get("is") if isinstance(value, dict) else None
        options = [hint for hint in options if hint.__name__ == named]
    if not options:
        raise ContentUnreadable(place)
    return _read(value, options[0], place, pictures)


def _read_content(
    value: object, cls: type[Content], place: str, pictures: Mapping[str, bytes]
) -> Content:
    if not isinstance(value, dict) or value.get("is") != cls.__name__:
        raise ContentUnreadable(place)
    given = {name: held for name, held in value.items() if name != "is"}
    needed = {field.name for field in fields(cls) if field.default is MISSING}
    hints = get_type_hints(cls, include_extras=True)
    if not needed <= given.keys() <= hints.keys():
        raise ContentUnreadable(place)
    return cls(
        **{
            name: _read(held, hints[name], f"{place}.{name}", pictures)
            for name, held in given.items()
        }
    )


def _read_plain(value: object, hint: Any, place: str, pictures: Mapping[str, bytes]) -> Any:
    try:
        if hint is bytes:
            return pictures[value]  # type: ignore[index]  # whatever is no key is no picture
        if hint in {date, datetime} and isinstance(value, str):
            return hint.fromisoformat(value)
        if issubclass(hint, Enum):
            return hint(value)
    except (KeyError, TypeError, ValueError):
        raise ContentUnreadable(place) from None
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ContentUnreadable(place)
    return value
