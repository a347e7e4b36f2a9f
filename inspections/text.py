"""Vietnamese text: cleaning at the boundary, and the keys it is matched, searched and sorted by.

Text is kept as it was entered, cleaned by `nfc`; keys are stored or computed beside it and never
shown. The keys differ in what they forgive:

===============  =========================  ======================  ==========================
key              forgives                   keeps                   used for
===============  =========================  ======================  ==========================
`match_key`      case, tone placement,      every diacritic         deciding that two names
                 spaces, punctuation                                are one name
`search_key`     the same, and diacritics   the bare letters        finding, never deciding
`sort_key`       as `match_key`             Vietnamese order        lists
`name_sort_key`  as `match_key`             the same, given name    lists of persons
                                            first
===============  =========================  ======================  ==========================
"""

import re
import unicodedata
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from vn_collate import collate_key

from inspections.errors import InvalidInput

# What `nfc` acts on; text without any of it (nearly all text) skips the table below.
_UNCLEAN = re.compile(
    "["
    "\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # controls except TAB and LF
    "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"  # spaces other than U+0020
    "\u2028\u2029"  # line and paragraph separator
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible
    "\ufffe\uffff\U000e0000-\U000e007f"  # not characters, tags
    "\u00d0\u00f0\u0189\u0256"  # look-alikes of đ
    "\ud800-\udfff"  # surrogates
    "]"
)
_LINE_ENDS = frozenset("\r\u000b\u000c\u0085\u2028\u2029")
_LOOK_ALIKES = {"\u00d0": "Đ", "\u00f0": "đ", "\u0189": "Đ", "\u0256": "đ"}

_APOSTROPHES = re.compile("['‘’ʼ`´′]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = "aăâeêioôơuưy"
_WITH_MODIFIER = frozenset("ăâêôơư")
_SYLLABLE = re.compile(rf"([^\W{_VOWELS}]*)([{_VOWELS}]+)([^\W{_VOWELS}]*)")


class UnreadableText(InvalidInput):
    """The text holds half of a surrogate pair, which no encoding can store."""

    code = "unreadable_text"


def nfc(text: str) -> str:
    """Return `text` cleaned for storing: NFC, and nothing in it that cannot be seen.

    - ``Ð`` (U+00D0) and the other look-alikes of ``Đ`` become ``Đ``/``đ``;
    - every kind of space becomes U+0020, every kind of line end ``\\n``; TAB stays;
    - zero-width, bidirectional and other invisible format characters, soft hyphens, control
      characters and tags are dropped: they are not visible, so nothing that a person wrote is lost.

    Spaces are neither collapsed nor trimmed. Bytes in TCVN3 must be decoded before, since its ``ư``
    is the soft hyphen. The function is idempotent.

    Raises `UnreadableText` for a lone surrogate.
    """
    if text.isascii() and text.isprintable():
        return text
    if _UNCLEAN.search(text):
        text = _UNCLEAN.sub(_clean, text.replace("\r\n", "\n"))
    return unicodedata.normalize("NFC", text)


def _clean(found: re.Match[str]) -> str:
    char = found[0]
    if "\ud800" <= char <= "\udfff":
        raise UnreadableText(_("The text contains a damaged character."), position=found.start())
    if char in _LINE_ENDS:
        return "\n"
    if unicodedata.category(char) == "Zs":
        return " "
    return _LOOK_ALIKES.get(char, "")


def match_key(text: str) -> str:
    """Return the key under which two spellings of one name agree; diacritics are kept.

    Case, the placement of the tone mark (``Ủy``/``Uỷ``, ``Hòa``/``Hoà``, ``Quảng``/``Qủang``),
    punctuation and the width of spaces do not count; an apostrophe counts for nothing (``M'Drắk``,
    ``MDrắk``) and any other punctuation as a space. Words are separated by one space; a text
    without a letter or digit has the empty key. The key is NFC, idempotent, and spells
    words correctly where the text did, with the tone of ``oa oe uy`` on the second vowel.

    Raises `UnreadableText` as `nfc` does.
    """
    return " ".join([_place_tone(word) for word in _words(text)])


def search_key(text: str) -> str:
    """Return the key for finding text typed without accents: ``Phố Tháp Mười`` → ``pho thap muoi``.

    As `match_key`, and tones, diacritics and the stroke of ``đ`` are folded away. Different names
    share a search key (``Mỹ Tho``, ``Mỹ Thọ``), so it never decides that two names are one.

    Raises `UnreadableText` as `nfc` does.
    """
    return " ".join([_fold(word) for word in _words(text)])


def sort_key(text: str) -> str:
    """Return the key by which texts sort in Vietnamese order, as ICU's ``vi`` collation has it.

    Letters first (a ă â b c d đ e ê ...), then tones (ngang, huyền, hỏi, ngã, sắc, nặng). Words
    are separated by the lowest weight, so that ``An Giang`` precedes ``Anh``. What `match_key`
    forgives does not count: texts that are one to a reader have equal keys, and whoever sorts
    breaks the tie.

    The key is lower-case hexadecimal, three characters a letter and four more: Python, SQLite, and
    PostgreSQL under the C, English and Vietnamese collations put those in one order.

    Raises `UnreadableText` as `nfc` does.
    """
    levels = [_weights(_place_tone(word)) for word in _words(text)]
    # No letter weighs zero, so a word's end sorts before any letter and the text's end before all.
    letters = "00".join(letters for letters, _tones in levels)
    return letters + "0000" + "".join(tones for _letters, tones in levels)


def name_sort_key(full_name: str) -> str:
    """Return the key by which persons are listed: given name, then family name, then the middle.

    ``Nguyễn Văn An`` is compared as ``An``, ``Nguyễn``, ``Văn``. A key of `sort_key`'s form.

    Raises `UnreadableText` as `nfc` does.
    """
    words = nfc(full_name).split()
    if len(words) < 2:
        return sort_key(full_name)
    family, *middle, given = words
    # A key tells its own length, so keys in a row compare one after the other.
    return sort_key(given) + sort_key(family) + sort_key(" ".join(middle))


def _words(text: str) -> list[str]:
    """The words of `text`: NFC, case-folded, without punctuation."""
    folded = unicodedata.normalize("NFC", nfc(text).casefold())
    return _NOT_ALPHANUMERIC.sub(" ", _APOSTROPHES.sub("", folded)).split()


@lru_cache(maxsize=16_384)
def _weights(word: str) -> tuple[str, str]:
    """The collation weights of `word`: two hexadecimal digits a letter, and one for its tone."""
    key = collate_key(word)  # letters, tones, cases: two digits each, every level closed by "00"
    level = len(key) // 3
    return key[: level - 2], key[level + 1 : 2 * level - 2 : 2]


@lru_cache(maxsize=16_384)
def _place_tone(word: str) -> str:
    """Move the one tone mark of a lower-case syllable to where the new spelling puts it.

    A word that is no Vietnamese syllable with one tone (``đắklắk``, ``ea2``) is left alone.
    """
    bare, tones = _split_tones(word)
    syllable = _SYLLABLE.fullmatch(bare)
    if len(tones) != 1 or syllable is None:
        return word
    onset, vowels, coda = syllable.groups()
    if len(vowels) > 1 and onset + vowels[0] in {"qu", "gi"}:
        onset, vowels = onset + vowels[0], vowels[1:]
    at = _tone_position(vowels, closed=bool(coda))
    placed = onset + vowels[: at + 1] + tones + vowels[at + 1 :] + coda
    return unicodedata.normalize("NFC", placed)


def _tone_position(vowels: str, *, closed: bool) -> int:
    modified = [index for index, vowel in enumerate(vowels) if vowel in _WITH_MODIFIER]
    if modified:
        return modified[-1]
    if len(vowels) == 1:
        return 0
    if closed or len(vowels) > 2 or vowels in {"oa", "oe", "uy"}:
        return 1
    return 0


def _split_tones(word: str) -> tuple[str, str]:
    """Return `word` (NFC) without its tone marks, and the tone marks in their order."""
    decomposed = unicodedata.normalize("NFD", word)
    tones = "".join(char for char in decomposed if char in _TONES)
    bare = "".join(char for char in decomposed if char not in _TONES)
    return unicodedata.normalize("NFC", bare), tones


@lru_cache(maxsize=16_384)
def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word).replace("đ", "d")
    return "".join(char for char in decomposed if not unicodedata.combining(char))
