"""Reading the names of units as files write them: short forms, type words, the office in front.

All functions but `name_key` work on keys: the words of `inspections.text.match_key`, one space apart.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

from inspections.reference import abbreviations
from inspections.text import match_key, search_key

# Words that tell the kind of place, the longer first where one begins with another.
_TYPE_WORDS = tuple(
    match_key(word)
    for word in (
        *("Phường", "Xã", "Đặc khu"),
        *("Thị trấn", "Thị xã", "Thành phố", "Quận", "Huyện", "Tỉnh"),
    )
)
_FOLDED_TYPE_WORDS = tuple(search_key(word) for word in _TYPE_WORDS)

# "UBND xã Tân Hồng" is the commune itself.
_OFFICES = tuple(
    key(office) + " "
    for key in (match_key, search_key)
    for office in (
        "Ủy ban nhân dân",
        "Hội đồng nhân dân và Ủy ban nhân dân",
        "Hội đồng nhân dân Ủy ban nhân dân",
    )
)


class _ShortForm(NamedTuple):
    words: tuple[str, ...]
    expansions: tuple[str, ...]
    leads: bool


def name_key(text: str) -> str:
    """Return the match key of a unit's name, in which ``&`` is the word *và*."""
    return match_key(text.replace("&", " và "))


def readings(key: str) -> tuple[str, ...]:
    """Return `key` with its short forms written out; one key for each meaning it can have.

    ``ubnd p mỹ tho`` has one reading, ``tt mỹ thọ`` two. Short forms of one letter or so count only in
    front of a name: at the start, or after another short form or what one stands for.
    """
    words = key.split()
    parts: list[tuple[str, ...]] = []
    place = 0
    leading = True
    several = False
    while place < len(words):
        if leading:
            words[place : place + 1] = _split_number(words[place])
        form = _short_form_at(words, place, leading=leading)
        if form is None:
            parts.append((words[place],))
            place += 1
        else:
            parts.append(form.expansions)
            place += len(form.words)
            # One choice at most: readings must not multiply.
            several = several or len(form.expansions) > 1
        leading = form is not None and not several
    return tuple(" ".join(choice) for choice in product(*parts))


def split_type(key: str) -> tuple[str, str]:
    """Split ``xã tân hồng`` into ``xã`` and ``tân hồng``; the first is empty if there is none."""
    return _split(key, _TYPE_WORDS)


def split_folded_type(key: str) -> tuple[str, str]:
    """As `split_type`, of a search key."""
    return _split(key, _FOLDED_TYPE_WORDS)


def without_office(key: str) -> str:
    """Return a match key or search key without the people's committee in front of the place."""
    for office in _OFFICES:
        if key.startswith(office):
            return key.removeprefix(office)
    return key


def _split(key: str, words: tuple[str, ...]) -> tuple[str, str]:
    for word in words:
        if key.startswith(word + " "):
            return word, key[len(word) + 1 :]
    return "", key


@cache
def _short_forms() -> dict[str, list[_ShortForm]]:
    """Short forms by their first word, the longest first; what they stand for is among them."""
    expansions: dict[tuple[str, ...], dict[str, bool]] = {}
    for row in abbreviations():
        short, full = name_key(row.abbreviation), name_key(row.expansion)
        expansions.setdefault(tuple(short.split()), {})[full] = row.leads
        expansions.setdefault(tuple(full.split()), {})[full] = False
    forms: dict[str, list[_ShortForm]] = {}
    for words, meanings in sorted(expansions.items(), key=lambda item: -len(item[0])):
        form = _ShortForm(words, tuple(meanings), leads=all(meanings.values()))
        forms.setdefault(words[0], []).append(form)
    return forms


def _short_form_at(words: list[str], place: int, *, leading: bool) -> _ShortForm | None:
    for form in _short_forms().get(words[place], ()):
        end = place + len(form.words)
        if tuple(words[place:end]) != form.words:
            continue
        if not form.leads or (leading and end < len(words)):
            return form
    return None


def _split_number(word: str) -> Iterator[str]:
    """Split ``p2`` into ``p`` and ``2`` where ``p`` is a short form."""
    letters = word.rstrip("0123456789")
    if letters != word and letters in _short_forms():
        yield letters
        yield word[len(letters) :]
    else:
        yield word
