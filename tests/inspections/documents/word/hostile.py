"""Word documents that were edited, damaged or built to do harm."""

import zipfile
from collections.abc import Callable
from io import BytesIO

MAIN = "word/document.xml"
RELATIONS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def rewritten(data: bytes, changes: dict[str, Callable[[str], str]]) -> bytes:
    """The document with the text of some parts changed."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename in changes:
                content = changes[entry.filename](content.decode()).encode()
            new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def with_entry(data: bytes, name: str, content: bytes) -> bytes:
    """The document with one more entry."""
    target = BytesIO(data)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def instead(content: bytes) -> Callable[[bytes], bytes]:
    """Another file in place of the document."""
    return lambda _data: content


def with_relation(kind: str, target: str, mode: str = "Internal") -> Callable[[bytes], bytes]:
    """The document whose text refers to something more."""
    relation = f'<Relationship Id="x9" Type="{kind}" Target="{target}" TargetMode="{mode}"/>'
    return lambda data: rewritten(
        data,
        {RELATIONS: lambda xml: xml.replace("</Relationships>", relation + "</Relationships>")},
    )


def office_relation(name: str, target: str, mode: str = "Internal") -> Callable[[bytes], bytes]:
    return with_relation(f"{_OFFICE}/{name}", target, mode)


def with_type(kind: str) -> Callable[[bytes], bytes]:
    """The document that declares a part of some kind."""
    declared = f'<Override PartName="/word/x.bin" ContentType="{kind}"/>'
    return lambda data: rewritten(
        data, {TYPES: lambda xml: xml.replace("</Types>", declared + "</Types>")}
    )


def as_type(kind: str) -> Callable[[bytes], bytes]:
    """The document whose main part says that it is another kind."""
    plain = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return lambda data: rewritten(data, {TYPES: lambda xml: xml.replace(plain, kind)})


def in_paragraph(xml: str, text: str = "Câu một.") -> Callable[[bytes], bytes]:
    """The document with something before the words of a paragraph."""
    found = f"<w:t>{text}</w:t>"
    return lambda data: rewritten(data, {MAIN: lambda main: main.replace(found, found + xml, 1)})


def around_run(before: str, after: str, text: str = "Câu một.") -> Callable[[bytes], bytes]:
    """The document with the run of a paragraph put inside something."""

    def change(main: str) -> str:
        end = main.index("</w:r>", main.index(f"<w:t>{text}</w:t>")) + len("</w:r>")
        start = main.rindex("<w:r>", 0, end)
        return main[:start] + before + main[start:end] + after + main[end:]

    return lambda data: rewritten(data, {MAIN: change})


def before_body_end(xml: str) -> Callable[[bytes], bytes]:
    """The document with something behind everything else."""
    return lambda data: rewritten(
        data, {MAIN: lambda main: main.replace("<w:sectPr", xml + "<w:sectPr", 1)}
    )


def with_doctype(data: bytes) -> bytes:
    """Entities that would unfold into a billion words."""
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return rewritten(data, {MAIN: lambda xml: xml.replace("?>", "?>" + bomb, 1)})


def zeros(data: bytes) -> bytes:
    """An entry that unpacks to sixty megabytes."""
    return with_entry(data, "word/media/image1.bin", bytes(60 << 20))


def deep(data: bytes) -> bytes:
    """Runs within runs within runs."""
    return in_paragraph("<w:r>" * 5_000 + "</w:r>" * 5_000)(data)


def understated(data: bytes) -> bytes:
    """An entry that says that it is shorter than it is."""
    changed = bytearray(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        start = archive.start_dir
    changed[start + 24 : start + 28] = (10).to_bytes(4, "little")
    return bytes(changed)


def encrypted(data: bytes) -> bytes:
    """An entry that is marked as encrypted."""
    changed = bytearray(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        start = archive.start_dir
    changed[start + 8] |= 1
    return bytes(changed)


def doubled(data: bytes) -> bytes:
    """A second main part under the same name, which another program might read."""
    return with_entry(data, MAIN.upper(), b"<x/>")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
