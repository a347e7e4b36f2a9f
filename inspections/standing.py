"""Standing texts: what the papers of one kind always say, with names in braces that the department fills.

As JSON they are ``{"grounds": [...], "parts": {name: [...]}, "closing": "...", "recipients": [...]}``. Which parts a
kind has is told by the packaged texts of that kind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from inspections import reference
from inspections.errors import InvalidInput
from inspections.text import nfc

#: What a text may name in braces.
NAMES: Final = frozenset({"department", "superior", "abbreviation", "drafting_office", "place"})
MOST_TEXTS: Final = 50
LONGEST_TEXT: Final = 2_000
LONGEST_LINE: Final = 200  # of a recipient

_NAME = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Texts:
    """Standing texts whose names are filled in."""

    grounds: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]
    closing: str
    recipients: tuple[str, ...]


def filled(texts: Mapping[str, Any], names: Mapping[str, str]) -> Texts:
    """Return stored texts with every name in braces replaced by what it stands for."""

    def fill(text: str) -> str:
        return _NAME.sub(lambda found: names[found[1]], text)

    return Texts(
        grounds=tuple(map(fill, texts["grounds"])),
        parts={name: tuple(map(fill, part)) for name, part in texts["parts"].items()},
        closing=fill(texts["closing"]),
        recipients=tuple(map(fill, texts["recipients"])),
    )


def checked(kind: str, texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return texts for papers of a kind, cleaned.

    Raises:
        InvalidInput: a part that the kind does not have, too many or too long texts, an empty one, or a name in
            braces that nothing stands for (``unknown_part``, ``text_missing``, ``text_too_long``,
            ``too_many_items``, ``unknown_name``).
    """
    packaged = reference.standing_texts()[kind]
    if texts["parts"].keys() != packaged["parts"].keys():
        raise InvalidInput(
            _("The parts of these texts are: %(names)s.")
            % {"names": ", ".join(packaged["parts"]) or "–"},
            code="unknown_part",
            field="parts",
        )
    closing = texts["closing"]
    if bool(closing.strip()) != bool(packaged["closing"]):
        raise _wrong("text_missing" if packaged["closing"] else "unknown_part", "closing")
    return {
        "grounds": _checked_list(texts["grounds"], "grounds", may_be_empty=not packaged["grounds"]),
        "parts": {
            name: _checked_list(texts["parts"][name], f"parts.{name}") for name in packaged["parts"]
        },
        "closing": _checked(closing, "closing", LONGEST_TEXT) if closing else "",
        "recipients": _checked_list(texts["recipients"], "recipients", longest=LONGEST_LINE),
    }


def _checked_list(
    texts: list[str], field: str, *, longest: int = LONGEST_TEXT, may_be_empty: bool = False
) -> list[str]:
    if not texts and not may_be_empty:
        raise _wrong("text_missing", field)
    if len(texts) > MOST_TEXTS:
        raise _wrong("too_many_items", field)
    return [_checked(text, field, longest) for text in texts]


def _checked(text: str, field: str, longest: int) -> str:
    clean = " ".join(nfc(text).split())
    if not clean:
        raise _wrong("text_missing", field)
    if len(clean) > longest:
        raise _wrong("text_too_long", field)
    bare = _NAME.sub("", clean)
    unknown = {name for name in _NAME.findall(clean) if name not in NAMES}
    if unknown or "{" in bare or "}" in bare:
        raise InvalidInput(
            _("Between braces stands one of these names: %(names)s.")
            % {"names": ", ".join(sorted(NAMES))},
            code="unknown_name",
            field=field,
        )
    return clean


def _wrong(code: str, field: str) -> InvalidInput:
    sentences = {
        "text_missing": _("A text that the paper needs is missing."),
        "text_too_long": _("The text is too long for its place on the paper."),
        "too_many_items": _("Too many entries for one paper."),
        "unknown_part": _("Papers of this kind have no such text."),
    }
    return InvalidInput(sentences[code], code=code, field=field)
