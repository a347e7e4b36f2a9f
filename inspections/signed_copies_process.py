"""Compares one returned file with the paper that was issued, in a process of its own.

What comes back may be built to loop or to swell: here only this process dies. Run as a script, not imported:
it needs nothing of the project. It reads from standard input the length of the issued file (8 bytes, big-endian),
that file and the returned one, and writes a `signed_copies.Verdict` as JSON.

    python signed_copies_process.py BYTES_OF_MEMORY SECONDS

The issued bytes are ours and trusted. Later revisions may add signatures, time stamps with what proves them, and
marks of bounded size (stamp, number, date). pyHanko's difference analysis must find a reason for every object of
every later revision; the checks beside it name what is wrong in words that a clerk understands.

Source of the attacks: Mladenov et al., "1 Trillion Dollar Refund" (2019); Mainka et al., "Shadow Attacks" (2021).
"""

import hashlib
import io
import json
import math
import resource
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    Reference,
    StreamObject,
)
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.commons import compare_dicts, compare_key_refs, qualify_transforming
from pyhanko.sign.diff_analysis.constants import (
    ACROFORM_EXEMPT_STRICT_COMPARISON,
    ROOT_EXEMPT_STRICT_COMPARISON,
)
from pyhanko.sign.diff_analysis.form_rules_api import (
    FieldComparisonContext,
    FormUpdate,
    _list_fields,
)
from pyhanko.sign.diff_analysis.rules_api import (
    QualifiedWhitelistRule,
    ReferenceUpdate,
)
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

MOST_REVISIONS: Final = 40
MOST_OBJECTS: Final = 5000
MOST_PAGES: Final = 2000
MOST_DEPTH: Final = 60
LONGEST_NAME: Final = 200

POINTS_PER_MM: Final = 72 / 25.4
#: A seal is 36 to 42 mm wide, a signature with the signer's name hardly more than twice that.
MOST_WIDTH_MM: Final = 100
MOST_HEIGHT_MM: Final = 60
#: How much of a page all marks together may lie over.
MOST_OF_A_PAGE: Final = 0.25


def _names(text: str) -> frozenset[str]:
    """Return names as they stand in a PDF."""
    return frozenset(f"/{name}" for name in text.split())


#: What a mark may say of itself: nothing that acts, points elsewhere, or shows on screen alone.
_EVERY: Final = _names("Type Subtype Rect P F NM M AP AS Contents C CA Border BS")
_DRAWN: Final = _EVERY | _names("T Subj CreationDate Popup DA DS RC Q IT RD Rotate")
KEYS: Final = {
    "/Stamp": _DRAWN | _names("Name"),
    "/FreeText": _DRAWN,
    "/Widget": _EVERY | _names("FT T TU TM Ff V Lock SV MK H DA DR Q Parent"),
    "/Popup": _names("Type Subtype Rect P F NM M Parent Open"),
}
#: Names under which a file acts, carries files or points outside.
ACTIVE: Final = _names(
    "A AA JS JavaScript OpenAction URI URL EF EmbeddedFiles AF FS RF XFA RichMediaContent RichMediaSettings "
    "3DD Movie Sound OPI Ref Alternates Collection"
)
#: What can be switched on and off, so that screen and paper differ.
SWITCHED: Final = _names("OC OCProperties OCGs")
WEAK_DIGESTS: Final = frozenset({"md2", "md5", "sha1"})
DETACHED: Final = frozenset({"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"})

Finding = tuple[str, int | None]
Page = tuple[Reference, DictionaryObject]


class Found(Exception):
    """What ends the comparing: nothing behind it can be looked at."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Comparison:
    """One comparing: what was found so far."""

    def __init__(self) -> None:
        self.findings: dict[Finding, None] = {}  # each once, in their order
        self.signatures: list[dict[str, Any]] = []
        self.marks: dict[tuple[Any, ...], dict[str, Any]] = {}

    def note(self, code: str, page: int | None = None) -> None:
        """Add a finding."""
        self.findings[code, page] = None

    def as_json(self) -> dict[str, Any]:
        """Return what is handed on."""
        return {
            "findings": [{"code": code, "page": page} for code, page in self.findings],
            "signatures": self.signatures,
            "marks": list(self.marks.values()),
        }

    def run(self, issued: bytes, returned: bytes) -> None:
        """Compare."""
        if not returned.startswith(issued):
            raise Found("not_the_issued_file")
        base = PdfFileReader(io.BytesIO(issued)).xrefs
        number = base.total_revisions - 1
        reader = PdfFileReader(io.BytesIO(returned))
        _check_frame(reader, number, base.get_xref_container_info(number).start_location)
        for later in range(number + 1, reader.xrefs.total_revisions):
            self._look_at(
                reader.get_historical_resolver(number), reader.get_historical_resolver(later)
            )
        reviewed = POLICY.review_file(reader, number)
        if not isinstance(reviewed, DiffResult) and not self.findings:
            self.note("unexplained_change")
        if returned.rpartition(b"%%EOF")[2].strip():
            self.note("unexplained_change")
        self._look_at_signatures(reader)

    def _look_at(self, old: HistoricalResolver, new: HistoricalResolver) -> None:
        """Look at what a later revision shows and does, beside the issued one."""
        changed = new.explicit_refs_in_revision()
        if len(changed) > MOST_OBJECTS:
            raise Found("too_much")
        for ref in changed:
            for keys in _dictionaries(new(ref)):
                if keys & ACTIVE:
                    self.note("active_content")
                if keys & SWITCHED:
                    self.note("hidden_content")
        if "/Names" in new.root.keys() - old.root.keys():
            self.note("active_content")
        before, after = list(_pages(old)), list(_pages(new))
        if [ref for ref, _ in before] != [ref for ref, _ in after]:
            self.note("pages_changed")
            return
        overwritten = {ref for ref in changed if not old.is_ref_unassignable(ref)}
        fields = _signature_fields(new)
        for place, ((_, was), (_, now)) in enumerate(zip(before, after, strict=True), start=1):
            if overwritten & _drawn(old, was) or not _differ_in_marks_alone(was, now):
                self.note("content_changed", place)
            self._look_at_marks(place, was, now, fields)

    def _look_at_marks(
        self, place: int, was: DictionaryObject, now: DictionaryObject, fields: set[Reference]
    ) -> None:
        """Look at what was laid on a page since it was issued."""
        covered = 0.0
        for ref in _annotations(now) - _annotations(was):
            mark = ref.get_object()
            kind = str(_get(mark, "/Subtype")) if isinstance(mark, DictionaryObject) else ""
            if (
                kind not in KEYS
                or mark.keys() - KEYS[kind]
                or (kind == "/Widget" and ref not in fields)
            ):
                self.note("unknown_mark", place)
                continue
            left, bottom, width, height = _rectangle(mark)
            if (
                kind == "/Popup" or not width * height
            ):  # it shows nothing by itself, or nothing at all
                if _get(mark, "/Open"):
                    self.note("unknown_mark", place)
                continue
            covered += width * height
            if width > MOST_WIDTH_MM or height > MOST_HEIGHT_MM:
                self.note("mark_too_large", place)
            if not isinstance(_appearance(mark), StreamObject) and (
                kind != "/Widget" or "/AP" in mark
            ):
                self.note("mark_without_look", place)
            self.marks[place, ref.idnum] = {
                "page": place,
                "kind": kind[1:].lower(),
                "left": round(left, 1),
                "bottom": round(bottom, 1),
                "width": round(width, 1),
                "height": round(height, 1),
            }
        _, _, width, height = _rectangle(now, "/MediaBox")
        if covered > MOST_OF_A_PAGE * width * height:
            self.note("mark_too_large", place)

    def _look_at_signatures(self, reader: PdfFileReader) -> None:
        found = list(reader.embedded_signatures)
        for signature in found:
            try:
                broken = self._look_at_signature(signature)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001  whatever the library stumbles over, the signature does not hold
                broken = True
            if broken:
                self.note("signature_broken")
        signed = [one for one in found if one.sig_object_type != "/DocTimeStamp"]
        if not signed:
            self.note("no_signature")
            return
        # What proves the last signature may follow it, and nothing that anybody sees.
        after = found[-1].diff_result
        if (
            isinstance(after, DiffResult)
            and after.modification_level > ModificationLevel.LTA_UPDATES
        ):
            self.note("changed_after_signing")

    def _look_at_signature(self, signature: EmbeddedPdfSignature) -> bool:
        """Describe a signature and return whether it is broken."""
        signature.compute_integrity_info(diff_policy=POLICY)
        is_intact = signature.coverage >= SignatureCoverageLevel.ENTIRE_REVISION and _holds(
            signature
        )
        at = signature.self_reported_timestamp
        names = signature.signer_cert.subject.native
        self.signatures.append(
            {
                "signer": str(names.get("common_name", ""))[:LONGEST_NAME],
                "at": None if at is None else at.isoformat(),
                "is_timestamp": signature.sig_object_type == "/DocTimeStamp",
                "is_intact": is_intact,
            }
        )
        if (
            signature.md_algorithm in WEAK_DIGESTS
            or signature.external_md_algorithm in WEAK_DIGESTS
        ):
            self.note("signature_weak")
        if is_intact and signature.summarise_integrity_info()["docmdp_ok"] is False:
            self.note("changed_after_signing")
        return not is_intact


def _check_frame(reader: PdfFileReader, base: int, start: int) -> None:
    """Check that the issued revision is one of the file's, at the same place: in front of it is not enough."""
    if reader.encrypted:
        raise Found("encrypted")
    revisions = reader.xrefs.total_revisions
    if revisions > MOST_REVISIONS:
        raise Found("too_much")
    if revisions <= base or reader.xrefs.get_xref_container_info(base).start_location != start:
        raise Found("not_the_issued_file")


def _holds(signature: EmbeddedPdfSignature) -> bool:
    """Tell whether a signature is one over the bytes that it covers."""
    content = signature.signed_data["encap_content_info"]
    kind = content["content_type"].native
    covered = signature.compute_digest()
    if kind == "tst_info":
        stamp = content["content"]
        if stamp.parsed["message_imprint"]["hashed_message"].native != covered:
            return False
        covered = hashlib.new(signature.md_algorithm, bytes(stamp)).digest()
    elif (
        kind != "data"
        or content["content"].native is not None
        or _get(signature.sig_object, "/SubFilter") not in DETACHED
    ):
        return False
    return all(
        validate_sig_integrity(
            signature.signer_info,
            signature.signer_cert,
            expected_content_type=kind,
            actual_digest=covered,
        )
    )


def _pages(view: HistoricalResolver) -> Iterator[Page]:
    """Yield the pages in their order."""
    waiting = [view.root.raw_get("/Pages")]
    seen: set[Reference] = set()
    while waiting:
        ref = waiting.pop().reference
        if ref in seen or len(seen) > MOST_PAGES:
            raise Found("too_much")
        seen.add(ref)
        node = ref.get_object()
        if node["/Type"] == "/Page":
            yield ref, node
        else:
            waiting += reversed(node["/Kids"])


def _differ_in_marks_alone(was: DictionaryObject, now: DictionaryObject) -> bool:
    return bool(compare_dicts(was, now, frozenset({"/Annots"}), raise_exc=False))


def _drawn(view: HistoricalResolver, page: DictionaryObject) -> set[Reference]:
    """Return the objects that a page is drawn with."""
    found: set[Reference] = set()
    for key in page.keys() - {"/Annots", "/Parent"}:
        found |= view.collect_dependencies(page.raw_get(key))
    return found


def _annotations(page: DictionaryObject) -> set[Reference]:
    """Return the annotations of a page."""
    refs = _get(page, "/Annots", ())
    if not all(isinstance(ref, IndirectObject) for ref in refs):
        raise SuspiciousModification("an annotation stands in the page itself")
    return {ref.reference for ref in refs}


def _get(owner: DictionaryObject, key: str, otherwise: Any = None) -> Any:
    """Return what stands under a key, its reference followed."""
    try:
        return owner[key]
    except KeyError:
        return otherwise


def _signature_fields(view: HistoricalResolver) -> set[Reference]:
    """Return the signature fields and their widgets."""
    form = _get(view.root, "/AcroForm", DictionaryObject())
    found = set()
    for ref in _get(form, "/Fields", ()):
        field = ref.get_object()
        if _get(field, "/FT") == "/Sig":
            found.add(ref.reference)
            found |= {kid.reference for kid in _get(field, "/Kids", ())}
    return found


def _rectangle(owner: DictionaryObject, key: str = "/Rect") -> tuple[float, float, float, float]:
    """Return left, bottom, width and height in mm."""
    x1, y1, x2, y2 = (float(edge) / POINTS_PER_MM for edge in owner[key])
    if not math.isfinite(x1 + y1 + x2 + y2):
        raise Found("unreadable")
    return min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2)


def _appearance(mark: DictionaryObject) -> Any:
    """Return the drawing that every viewer shows for a mark, if it has one."""
    looks = _get(mark, "/AP")
    return _get(looks, "/N") if isinstance(looks, DictionaryObject) else None


def _dictionaries(obj: Any, depth: int = 0) -> Iterator[set[str]]:
    """Yield the keys of every dictionary that stands in an object; ``/EF`` for a stream kept in another file."""
    if depth > MOST_DEPTH:
        raise Found("too_much")
    inner: Iterable[Any] = ()
    if isinstance(obj, DictionaryObject):
        yield set(obj) | ({"/EF"} if isinstance(obj, StreamObject) and "/F" in obj else set())
        inner = (obj.raw_get(key) for key in obj)
    elif isinstance(obj, ArrayObject):
        inner = obj
    for one in inner:
        yield from _dictionaries(one, depth + 1)


class Catalogue(QualifiedWhitelistRule):  # type: ignore[misc]
    """Explains what signing changes in the catalogue; the first to certify also names himself there."""

    def apply_qualified(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Any]:
        """Yield the catalogue."""
        allowed = ROOT_EXEMPT_STRICT_COMPARISON
        if "/Perms" not in old.root and _get(new.root, "/Perms", {}).keys() == {"/DocMDP"}:
            allowed |= {"/Perms"}
        yield from CatalogModificationRule(allowed).apply_qualified(old, new)


class Marks(QualifiedWhitelistRule):  # type: ignore[misc]
    """Explains that marks were laid on pages that are otherwise as they were."""

    def apply_qualified(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Any]:
        """Yield the pages, their lists of annotations, and the marks with what they are drawn with."""
        for (ref, was), (_, now) in zip(_pages(old), _pages(new), strict=True):
            added = _annotations(now) - _annotations(was)
            if _annotations(was) - _annotations(now):
                raise SuspiciousModification("an annotation was taken away")
            if not added:
                continue
            compare_dicts(was, now, frozenset({"/Annots"}))
            # Of the signatures' own places on the page the rules of forms say what they are.
            drawn = {mark for mark in added if mark.get_object()["/Subtype"] != "/Widget"}
            level = ModificationLevel.ANNOTATIONS if drawn else ModificationLevel.LTA_UPDATES
            yield level, ReferenceUpdate(ref)
            place = now.raw_get("/Annots")
            if isinstance(place, IndirectObject) and old.is_ref_unassignable(place.reference):
                yield level, ReferenceUpdate(place.reference)
            for mark in drawn:
                anchor = IndirectObject(mark.idnum, mark.generation, new)
                for part in new.collect_dependencies(anchor, since_revision=old.revision + 1):
                    yield level, ReferenceUpdate(part)


class Form(FormUpdatingRule):  # type: ignore[misc]
    """Explains signature fields, also where the older revision has no form at all."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Any]:
        """Yield what was added to the form."""
        if "/AcroForm" in old.root:
            yield from super().apply(old, new)
            return
        _, form = yield from self._new("/AcroForm", old, old.root, new.root)
        if form is None:
            return
        nothing = DictionaryObject()
        compare_dicts(nothing, form, ACROFORM_EXEMPT_STRICT_COMPARISON | {"/SigFlags"})
        _, fields = yield from self._new("/Fields", old, nothing, form)
        _, resources = yield from self._new("/DR", old, nothing, form)
        if resources is not None:
            for part in new.collect_dependencies(resources, since_revision=old.revision + 1):
                yield ModificationLevel.FORM_FILLING, FormUpdate(part, field_name=None)
        specs = dict(_list_fields(ArrayObject(), fields, old_path=None))
        for rule in self.field_rules:
            yield from rule.apply(FieldComparisonContext(specs, old, new))

    @staticmethod
    def _new(key: str, old: HistoricalResolver, was: Any, now: Any) -> Any:
        return qualify_transforming(
            ModificationLevel.LTA_UPDATES,
            compare_key_refs(key, old, was, now),
            transform=FormUpdate.curry_ref(field_name=None),
        )


POLICY: Final = StandardDiffPolicy(
    global_rules=[
        Catalogue(),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (
                DocInfoRule(),
                XrefStreamRule(),
                ObjectStreamRule(),
                DSSCompareRule(),
                MetadataUpdateRule(),
            )
        ),
        Marks(),
    ],
    form_rule=Form(
        field_rules=[
            SigFieldCreationRule(
                approve_widget_bindings=False, allow_new_visible_after_certify=True
            ),
            SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
        ]
    ),
)


def examine(issued: bytes, returned: bytes) -> dict[str, Any]:
    """Return what `signed_copies.Verdict` reads."""
    comparison = Comparison()
    try:
        comparison.run(issued, returned)
    except Found as found:
        comparison.note(found.code)
    except MemoryError:
        comparison.note("too_much")
    except Exception:  # noqa: BLE001  a file that the library cannot read is a finding, whatever it says
        comparison.note("unreadable")
    return comparison.as_json()


def main(memory: int, seconds: int) -> None:
    """Write the verdict."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    (length,) = struct.unpack(">Q", sys.stdin.buffer.read(8))
    json.dump(examine(sys.stdin.buffer.read(length), sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
