"""Opening a .docx that anybody may have made: within bounds, and nothing that runs, links out or hides.

What Word of next year adds to its files is harmless here and let pass: only known dangers are refused, and only the
text of the main part is ever read.
"""

import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import Final
from xml.parsers import expat

from inspections.documents.word.refusal import DocxRefused
from inspections.importers.archive import unpacked
from inspections.importers.problems import FileRefused

MOST_BYTES: Final = 8 << 20
_MOST_ENTRIES: Final = 500
_MOST_UNPACKED: Final = 48 << 20
_MOST_DEPTH: Final = 100
_MOST_ELEMENTS: Final = 400_000
_PIECE: Final = 64 * 1024

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/"
_RELATION: Final = f"{{{_PACKAGE}relationships}}Relationship"
_MAIN: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_DOCUMENT_RELATION: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
)
#: Kinds of relationships, by the last step of their name, and what they are refused for.
_REFUSED_RELATIONS: Final = {
    "vbaproject": "docx_macros",
    "wordvbadata": "docx_macros",
    "keymapcustomizations": "docx_macros",
    "attachedtoolbars": "docx_macros",
    "attachedtemplate": "docx_external",
    "subdocument": "docx_external",
    "frame": "docx_external",
    "mailmergesource": "docx_external",
    "oleobject": "docx_embedded",
    "package": "docx_embedded",
    "afchunk": "docx_embedded",
    "control": "docx_embedded",
    "activexcontrolbinary": "docx_embedded",
}
#: Parts of content types, in lower case.
_REFUSED_TYPES: Final = {
    "macroenabled": "docx_macros",
    "vbaproject": "docx_macros",
    "vbadata": "docx_macros",
    "oleobject": "docx_embedded",
    "activex": "docx_embedded",
}


@dataclass(frozen=True)
class Package:
    """The parts of a Word document that are read: ``main``, and those that it refers to, by kind."""

    main: ET.Element
    parts: tuple[tuple[str, ET.Element], ...]

    def of_kind(self, kind: str) -> Iterator[ET.Element]:
        """Yield the parts that the main part refers to as ``kind`` (``styles``, ``header``)."""
        return (root for name, root in self.parts if name == kind)


def open_package(data: bytes) -> Package:
    """Return the parts of a Word document.

    Raises `DocxRefused`: ``docx_not_docx``, ``docx_damaged``, ``docx_protected``, ``docx_too_large``,
    ``docx_macros``, ``docx_external``, ``docx_embedded``, ``docx_doctype``.
    """
    if len(data) > MOST_BYTES:
        raise DocxRefused("docx_too_large")
    if data.startswith(_OLE):
        raise DocxRefused("docx_protected" if _ENCRYPTED in data else "docx_not_docx")
    if not data.startswith(b"PK\x03\x04"):
        raise DocxRefused("docx_not_docx")
    try:
        entries = _unpack(data)
        _refuse_types(entries)
        relations = _relations(entries)
        return _parts(entries, relations)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        ValueError,
        KeyError,
    ):
        raise DocxRefused("docx_damaged") from None
    except (ET.ParseError, expat.ExpatError):
        raise DocxRefused("docx_damaged") from None


def _unpack(data: bytes) -> dict[str, bytes]:
    """Return every entry that holds XML, unpacked within bounds and without declarations."""
    found: dict[str, bytes] = {}
    raw = BytesIO(data)
    with zipfile.ZipFile(raw) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(entries) > _MOST_ENTRIES or sum(one.file_size for one in entries) > _MOST_UNPACKED:
            raise DocxRefused("docx_too_large")
        if len({name.lower() for name in names}) != len(names):
            raise DocxRefused("docx_damaged")  # two readers would see two documents
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise DocxRefused("docx_macros")
        if any("/embeddings/" in name.lower() for name in names):
            raise DocxRefused("docx_embedded")
        for entry in entries:
            content = _whole(raw, entry)
            if entry.filename.lower().endswith((".xml", ".rels")):
                _look_over(content)
                found[entry.filename] = content
    return found


def _whole(raw: BytesIO, entry: zipfile.ZipInfo) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in unpacked(raw, entry):
            size += len(piece)
            if size > entry.file_size:
                raise DocxRefused("docx_too_large")
            pieces.append(piece)
    except FileRefused as refused:
        code = refused.problems[0].code
        raise DocxRefused(
            "docx_protected" if code == "password_protected" else "docx_damaged"
        ) from None
    if size != entry.file_size:
        raise DocxRefused("docx_damaged")
    return b"".join(pieces)


def _look_over(xml: bytes) -> None:
    """Refuse a document type, great depth and too many elements, before a tree is built."""
    depth = elements = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > _MOST_DEPTH or elements > _MOST_ELEMENTS:
            raise DocxRefused("docx_too_large")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_said: object) -> None:
        raise DocxRefused("docx_doctype")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    for place in range(0, len(xml), _PIECE):
        parser.Parse(xml[place : place + _PIECE], False)
    parser.Parse(b"", True)


def _refuse_types(entries: dict[str, bytes]) -> None:
    for declared in ET.fromstring(entries["[Content_Types].xml"]):  # noqa: S314  looked over
        kind = declared.get("ContentType", "").lower()
        for part, code in _REFUSED_TYPES.items():
            if part in kind:
                raise DocxRefused(code)


def _relations(entries: dict[str, bytes]) -> dict[str, list[tuple[str, str]]]:
    """Return for each part (``""`` is the package) the kind and the target of what it refers to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, xml in entries.items():
        if not name.lower().endswith(".rels"):
            continue
        folder = dirname(dirname(name))
        source = join(folder, name.rpartition("/")[2].removesuffix(".rels")).strip("/")
        for relation in ET.fromstring(xml).iter(_RELATION):  # noqa: S314  looked over
            kind = relation.get("Type", "")
            code = _REFUSED_RELATIONS.get(kind.rpartition("/")[2].lower())
            if code is not None:
                raise DocxRefused(code)
            if relation.get("TargetMode", "Internal") != "Internal":
                raise DocxRefused("docx_external")
            target = relation.get("Target", "")
            place = target[1:] if target.startswith("/") else normpath(join(folder, target))
            found.setdefault(source, []).append((kind, place))
    return found


def _parts(entries: dict[str, bytes], relations: dict[str, list[tuple[str, str]]]) -> Package:
    mains = [place for kind, place in relations.get("", []) if kind == _DOCUMENT_RELATION]
    declared = ET.fromstring(entries["[Content_Types].xml"])  # noqa: S314  looked over
    types = {one.get("PartName", "").lstrip("/"): one.get("ContentType", "") for one in declared}
    if len(mains) != 1 or types.get(mains[0]) != _MAIN:
        raise DocxRefused("docx_not_docx")
    return Package(
        main=ET.fromstring(entries[mains[0]]),  # noqa: S314  looked over
        parts=tuple(
            (kind.rpartition("/")[2], ET.fromstring(entries[place]))  # noqa: S314  looked over
            for kind, place in relations.get(mains[0], [])
            if place in entries
        ),
    )
