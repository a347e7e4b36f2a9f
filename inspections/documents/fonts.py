"""Which serif face papers are set in, and how it becomes known to reportlab.

In this order: the folder that the settings name; Times New Roman, Tinos or Liberation Serif of the
system; Noto Serif, cut from the packaged variable fonts. Times New Roman is what the decree asks
for; Tinos and Liberation Serif have its widths. A face is taken only when its four styles have a
glyph for every Vietnamese letter: Liberation Serif 1, for one, does not. reportlab does no shaping,
so texts must be NFC.
"""

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import fontpkg_noto_serif
from django.utils.translation import gettext_lazy as _
from fontTools.ttLib import TTFont, TTLibError
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as ReportlabFont

from inspections.documents.content import DocumentError

SYSTEM_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts/Supplemental"),
    Path("C:/Windows/Fonts"),
)
_FAMILIES = ("Times New Roman", "Tinos", "Liberation Serif")  # best first
_FILE_OF_A_FAMILY = re.compile(r"(times|tinos|liberationserif)", re.IGNORECASE)

VIETNAMESE = (
    "".join(
        unicodedata.normalize("NFC", letter + tone)
        for vowel in "aăâeêioôơuưy"
        for letter in (vowel, vowel.upper())
        for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    )
    + "đĐ"
)
_NEEDED = frozenset(VIETNAMESE + "".join(map(chr, range(0x20, 0x7F))) + "–…“”‘’")
_VISIBLE = _NEEDED - {" "}


@dataclass(frozen=True)
class Faces:
    """The four font files of a family."""

    family: str
    regular: Path
    bold: Path
    italic: Path
    bold_italic: Path

    def files(self) -> tuple[Path, Path, Path, Path]:
        """Return the files, upright before italic, light before bold."""
        return self.regular, self.bold, self.italic, self.bold_italic


@dataclass(frozen=True)
class Fonts:
    """Four faces as reportlab knows them, and the characters that all four have.

    ``sha256`` is that of the four files in a row: papers of equal content and equal ``sha256`` are
    equal bytes.
    """

    family: str
    sha256: str
    regular: str
    bold: str
    italic: str
    bold_italic: str
    characters: frozenset[str] = field(repr=False)


@lru_cache(maxsize=8)
def load(folder: Path | None, cache: Path, system: tuple[Path, ...] = SYSTEM_FOLDERS) -> Fonts:
    """Choose the faces and register them, once a process.

    Parameters
    ----------
    folder
        The settings' own font folder, or None.
    cache
        Where the fallback is kept once it has been cut; made when needed.
    system
        Folders of the system's fonts, searched with all below them.

    Raises
    ------
    DocumentError
        ``font_incomplete``: ``folder`` holds no family with all four styles and every Vietnamese
        letter. Nothing else is taken in its place, since somebody asked for that font.

    """
    return register(choose(folder, cache, system))


def choose(folder: Path | None, cache: Path, system: tuple[Path, ...] = SYSTEM_FOLDERS) -> Faces:
    """Return the faces that `load` registers; raises as it does."""
    if folder is not None:
        for faces in _complete_families(_font_files([folder], re.compile(""))):
            return faces
        raise DocumentError(
            _("The font folder holds no family with four styles and every Vietnamese letter."),
            code="font_incomplete",
            folder=str(folder),
        )
    for faces in _complete_families(_font_files(system, _FILE_OF_A_FAMILY)):
        if faces.family in _FAMILIES:
            return faces
    return _noto_serif(cache)


@lru_cache(maxsize=8)
def register(faces: Faces) -> Fonts:
    """Make ``faces`` known to reportlab under names of their own."""
    digest = sha256(b"".join(file.read_bytes() for file in faces.files())).hexdigest()
    names, characters = [], []
    for style, file in zip(("", "-B", "-I", "-BI"), faces.files(), strict=True):
        font = ReportlabFont(f"{digest[:16]}{style}", str(file), shapable=False)
        pdfmetrics.registerFont(font)
        names.append(font.fontName)
        characters.append(frozenset(map(chr, font.face.charToGlyph)))
    regular, bold, italic, bold_italic = names
    return Fonts(
        faces.family,
        digest,
        regular,
        bold,
        italic,
        bold_italic,
        frozenset.intersection(*characters),
    )


def _font_files(folders: Iterable[Path], name: re.Pattern[str]) -> Iterator[Path]:
    for top in folders:
        for folder, _subfolders, files in os.walk(top):
            for file in sorted(files):
                if file.lower().endswith(".ttf") and name.match(file):
                    yield Path(folder, file)


def _complete_families(files: Iterable[Path]) -> list[Faces]:
    """Families in one folder with four covering styles: the best first, then by name and place."""
    found: dict[tuple[Path, str], dict[str, Path]] = {}
    for file in files:
        described = _describe(file)
        if described is not None:
            family, style = described
            found.setdefault((file.parent, family), {}).setdefault(style, file)
    complete = [
        Faces(family=family, **styles)
        for (_folder, family), styles in found.items()
        if len(styles) == 4
    ]
    return sorted(complete, key=lambda faces: (_rank(faces.family), faces.family, faces.regular))


def _rank(family: str) -> int:
    return _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)


def _describe(file: Path) -> tuple[str, str] | None:
    """Return family and style of a static TrueType font that has all that papers need, else None."""
    try:
        with file.open("rb") as opened, TTFont(opened, lazy=True) as font:
            glyphs = font.getBestCmap()
            if "glyf" not in font or "fvar" in font or not _draws_everything(font, glyphs):
                return None
            bold, italic = font["head"].macStyle & 1, font["head"].macStyle & 2
            style = "_".join(["bold"] * bool(bold) + ["italic"] * bool(italic)) or "regular"
            return str(font["name"].getDebugName(1)), style
    except (TTLibError, OSError, KeyError, ValueError, AttributeError, IndexError):
        return None  # a broken file in a font folder is no reason to fail


def _draws_everything(font: TTFont, glyphs: dict[int, str]) -> bool:
    if any(ord(char) not in glyphs for char in _NEEDED):
        return False
    return all(font["glyf"][glyphs[ord(char)]].numberOfContours for char in _VISIBLE)


def _noto_serif(cache: Path) -> Faces:
    """Return Noto Serif, cut from the packaged variable fonts on first use."""
    folder = cache / f"noto-serif-{version('fontpkg-noto-serif')}"
    faces = Faces(
        "Noto Serif",
        *(folder / f"{style}.ttf" for style in ("regular", "bold", "italic", "bold-italic")),
    )
    for slant, pair in (("", faces.files()[:2]), ("-Italic", faces.files()[2:])):
        source = fontpkg_noto_serif.ROOT / "files" / f"NotoSerif{slant}[wdth,wght].ttf"
        for weight, file in zip((400, 700), pair, strict=True):
            if not file.exists():
                folder.mkdir(parents=True, exist_ok=True)
                _write_whole(file, _cut(source, weight))
    return faces


def _cut(source: Path, weight: int) -> bytes:
    """Return one weight of a variable font as a font of its own; equal input gives equal bytes."""
    with TTFont(source, recalcTimestamp=False) as font:
        for table in ("GDEF", "GPOS", "GSUB"):  # only shaping reads them
            del font[table]
        # The four must differ in their PostScript names, by which a PDF tells its fonts apart.
        instantiateVariableFont(
            font, {"wght": weight, "wdth": 100}, inplace=True, updateFontNames=True
        )
        whole = BytesIO()
        font.save(whole)
    return whole.getvalue()


def _write_whole(file: Path, content: bytes) -> None:
    """Write ``file`` so that no other process ever sees a part of it."""
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
        try:
            part.write(content)
            part.flush()
            Path(part.name).chmod(0o644)
            Path(part.name).replace(file)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
