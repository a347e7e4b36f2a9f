"""What comes back signed: nothing but signatures and marks is sound, everything else is named."""

import io
import re
import zlib
from collections.abc import Callable

import pytest
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    StreamObject,
    pdf_name,
    pdf_string,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from inspections import signed_copies
from inspections.signed_copies import Doubt, Finding, Verdict, compare
from inspections.signed_copies_process import examine
from tests.inspections.signed_pdfs import (
    Change,
    annotate,
    box,
    change,
    drawing,
    lay,
    make_paper,
    page_of,
    script,
    set_in_root,
    sign,
    stamp_time,
)

PAPER = make_paper()
SIGNED = sign(PAPER)


def look(returned: bytes, issued: bytes = PAPER) -> Verdict:
    """Compare in this process: a hundred files need no hundred processes."""
    return Verdict.from_json(examine(issued, returned))


def codes(verdict: Verdict) -> set[Doubt]:
    return {finding.code for finding in verdict.findings}


# --- What people do --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "returned",
    [
        SIGNED,
        sign(PAPER, at=None),
        sign(SIGNED, field="VanThu", at=box(30, 250, 60, 10), page=0),
        sign(change(PAPER, annotate(), annotate(box(30, 250, 50, 8), kind="/FreeText"))),
        sign(change(change(PAPER, annotate()), annotate(box(30, 250, 50, 8)))),
        stamp_time(SIGNED),
        sign(sign(PAPER, certify=True, docmdp_permissions=MDPPerm.FILL_FORMS), field="VanThu"),
    ],
    ids=[
        "signed",
        "signed invisibly",
        "signed twice",
        "stamped, then signed",
        "number and stamp one after the other, then signed",
        "signed and time-stamped",
        "certified, then signed",
    ],
)
def test_signatures_and_marks_under_them_are_sound(returned: bytes) -> None:
    verdict = look(returned)
    assert verdict.findings == ()
    assert all(one.is_intact for one in verdict.signatures)


def test_a_verdict_says_who_signed_where_the_file_says_so() -> None:
    stamped = change(PAPER, annotate(box(130, 50, 40, 40)))
    verdict = look(sign(stamped, at=box(100, 40, 70, 35), page=0))
    assert [one.signer for one in verdict.signatures] == ["Sở Nội vụ"]
    assert verdict.signatures[0].at is not None
    places = [(one.page, one.kind, round(one.left), round(one.width)) for one in verdict.marks]
    assert places == [(1, "stamp", 130, 40), (1, "widget", 100, 70)]


def test_a_verdict_is_stored_and_read_back() -> None:
    verdict = look(change(SIGNED, annotate()))
    assert Verdict.from_json(verdict.as_json()) == verdict


# --- What is not the paper -------------------------------------------------------------------


def altered(place: int) -> bytes:
    bent = bytearray(SIGNED)
    bent[place] ^= 1
    return bytes(bent)


@pytest.mark.parametrize(
    "returned",
    [altered(len(PAPER) // 2), make_paper(3), sign(make_paper(1)), b"", PAPER[:-1], b"%PDF-1.7\n"],
    ids=["one bit", "another paper", "another paper, signed", "nothing", "cut", "a header"],
)
def test_what_does_not_begin_with_the_issued_bytes_is_another_file(returned: bytes) -> None:
    assert codes(look(returned)) == {Doubt.NOT_THE_ISSUED_FILE}


def test_a_whole_document_behind_the_issued_bytes_is_another_file() -> None:
    other = make_paper(1)
    moved = re.sub(
        rb"(?m)^(\d{10}) (\d{5} n)",
        lambda found: b"%010d %b" % (int(found[1]) + len(PAPER), found[2]),
        other,
    )
    start = other.index(b"xref") + len(PAPER)
    moved = re.sub(rb"startxref\n\d+", b"startxref\n%d" % start, moved)
    assert codes(look(PAPER + moved)) == {Doubt.NOT_THE_ISSUED_FILE}


def test_the_paper_itself_is_not_signed() -> None:
    assert look(PAPER).findings == (Finding(Doubt.NO_SIGNATURE, None),)
    assert codes(look(change(PAPER, annotate()))) == {Doubt.NO_SIGNATURE}


# --- What changes it -------------------------------------------------------------------------


def replace_text(writer: IncrementalPdfFileWriter) -> None:
    page = page_of(writer)
    page["/Contents"] = writer.add_object(StreamObject(stream_data=b"BT (khong phai) Tj ET"))
    writer.update_container(page)


def overwrite_text(writer: IncrementalPdfFileWriter) -> None:
    content = page_of(writer).raw_get("/Contents").reference
    stream = StreamObject(stream_data=b"BT (khong phai) Tj ET")
    writer.objects[content.generation, content.idnum] = stream


def replace_font(writer: IncrementalPdfFileWriter) -> None:
    fonts = page_of(writer)["/Resources"]["/Font"]
    fonts["/F1"]["/BaseFont"] = pdf_name("/Symbol")
    writer.update_container(fonts["/F1"])


def add_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    page = DictionaryObject({key: page_of(writer).raw_get(key) for key in page_of(writer)})
    pages["/Kids"].append(writer.add_object(page))
    pages["/Count"] = NumberObject(3)
    writer.update_container(pages)


def turn_page(writer: IncrementalPdfFileWriter) -> None:
    page_of(writer)["/Rotate"] = NumberObject(180)
    writer.update_container(page_of(writer))


def swap_pages(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Pages"]["/Kids"].reverse()
    writer.update_container(writer.root["/Pages"])


def attach_file(writer: IncrementalPdfFileWriter) -> None:
    files = DictionaryObject(
        {pdf_name("/EF"): DictionaryObject({pdf_name("/F"): writer.add_object(drawing())})}
    )
    names = ArrayObject([pdf_string("a.exe"), writer.add_object(files)])
    tree = DictionaryObject({pdf_name("/Names"): names})
    writer.root["/Names"] = DictionaryObject({pdf_name("/EmbeddedFiles"): tree})
    writer.update_root()


def add_text_field(writer: IncrementalPdfFileWriter) -> None:
    field = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): pdf_string("so"),
            pdf_name("/V"): pdf_string("99 hồ sơ"),
            pdf_name("/Rect"): ArrayObject(map(NumberObject, box(30, 240, 60, 10))),
            pdf_name("/AP"): DictionaryObject({pdf_name("/N"): writer.add_object(drawing())}),
        }
    )
    ref = writer.add_object(field)
    lay(writer, ref)
    writer.root["/AcroForm"] = DictionaryObject({pdf_name("/Fields"): ArrayObject([ref])})
    writer.update_root()


def switch_layers(writer: IncrementalPdfFileWriter) -> None:
    layer = writer.add_object(DictionaryObject({pdf_name("/Type"): pdf_name("/OCG")}))
    look = drawing()
    look["/OC"] = layer
    annotate(look=False, AP=DictionaryObject({pdf_name("/N"): writer.add_object(look)}))(writer)


def draw_from_outside(writer: IncrementalPdfFileWriter) -> None:
    look = drawing()
    look["/F"] = pdf_string("http://127.0.0.1/stamp")
    annotate(look=False, AP=DictionaryObject({pdf_name("/N"): writer.add_object(look)}))(writer)


def cross(*changes: Change) -> bytes:
    """Change the paper, then sign what came of it: the signature is in order, the paper is not."""
    return sign(change(PAPER, *changes))


CHANGES: dict[str, tuple[Change, Doubt]] = {
    "another text": (replace_text, Doubt.CONTENT_CHANGED),
    "the text overwritten": (overwrite_text, Doubt.CONTENT_CHANGED),
    "another font": (replace_font, Doubt.CONTENT_CHANGED),
    "a page turned": (turn_page, Doubt.CONTENT_CHANGED),
    "a page more": (add_page, Doubt.PAGES_CHANGED),
    "pages swapped": (swap_pages, Doubt.PAGES_CHANGED),
    "a script at opening": (set_in_root("/OpenAction", script()), Doubt.ACTIVE_CONTENT),
    "a script of the stamp": (annotate(A=script()), Doubt.ACTIVE_CONTENT),
    "a file within": (attach_file, Doubt.ACTIVE_CONTENT),
    "a drawing from outside": (draw_from_outside, Doubt.ACTIVE_CONTENT),
    "an XFA form": (
        set_in_root("/AcroForm", DictionaryObject({pdf_name("/XFA"): pdf_string("<xdp/>")})),
        Doubt.ACTIVE_CONTENT,
    ),
    "layers": (switch_layers, Doubt.HIDDEN_CONTENT),
    "a link": (annotate(kind="/Link"), Doubt.UNKNOWN_MARK),
    "a patch": (annotate(kind="/Square"), Doubt.UNKNOWN_MARK),
    "crossing out": (annotate(kind="/Redact"), Doubt.UNKNOWN_MARK),
    "a field to fill in": (add_text_field, Doubt.UNKNOWN_MARK),
    "a stamp over the page": (annotate(box(0, 0, 210, 297)), Doubt.MARK_TOO_LARGE),
    "a stamp over a paragraph": (annotate(box(30, 230, 160, 20)), Doubt.MARK_TOO_LARGE),
    "a stamp without a look": (annotate(look=False), Doubt.MARK_WITHOUT_LOOK),
    "another catalogue": (
        set_in_root("/PageLabels", DictionaryObject()),
        Doubt.UNEXPLAINED_CHANGE,
    ),
}


@pytest.mark.parametrize(("made", "doubt"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_before_and_after_signing(made: Change, doubt: Doubt) -> None:
    assert doubt in codes(look(cross(made)))
    assert doubt in codes(look(change(SIGNED, made)))


def test_many_stamps_that_lie_over_a_page_together_are_too_large() -> None:
    wall = [annotate(box(10 + 60 * (n % 3), 20 + 60 * (n // 3), 58, 58)) for n in range(9)]
    assert codes(look(cross(*wall))) == {Doubt.MARK_TOO_LARGE}


def test_what_was_shown_and_hidden_again_is_found_too() -> None:
    issued = page_of(IncrementalPdfFileWriter(io.BytesIO(PAPER))).raw_get("/Contents")

    def put_back(writer: IncrementalPdfFileWriter) -> None:
        page_of(writer)["/Contents"] = IndirectObject(issued.idnum, issued.generation, writer)
        writer.update_container(page_of(writer))

    shown = cross(replace_text)
    assert Doubt.CONTENT_CHANGED in codes(look(sign(change(shown, put_back), field="VanThu")))


def test_the_page_is_named() -> None:
    verdict = look(cross(annotate(kind="/Square", page=1)))
    assert verdict.findings == (Finding(Doubt.UNKNOWN_MARK, 2),)


# --- Signatures ------------------------------------------------------------------------------


def test_a_stamp_that_no_signature_covers_is_named() -> None:
    assert codes(look(change(SIGNED, annotate()))) == {Doubt.CHANGED_AFTER_SIGNING}


def test_what_a_certification_forbids_is_named() -> None:
    certified = sign(PAPER, certify=True, docmdp_permissions=MDPPerm.FILL_FORMS)
    stamped = sign(change(certified, annotate()), field="VanThu")
    assert codes(look(stamped)) == {Doubt.CHANGED_AFTER_SIGNING}


def test_a_stamp_moved_after_signing_is_named() -> None:
    signed = sign(change(PAPER, annotate()))

    def move(writer: IncrementalPdfFileWriter) -> None:
        mark = page_of(writer)["/Annots"][0]
        mark["/Rect"] = ArrayObject(map(NumberObject, box(30, 240, 40, 40)))
        writer.update_container(mark)

    assert Doubt.CHANGED_AFTER_SIGNING in codes(look(sign(change(signed, move), field="B")))


def test_a_signature_over_other_bytes_is_broken() -> None:
    place = SIGNED.index(b"GiamDoc", len(PAPER))
    verdict = look(altered(place))
    assert codes(verdict) == {Doubt.SIGNATURE_BROKEN}
    assert not verdict.signatures[0].is_intact


def test_a_signature_with_an_old_digest_is_weak() -> None:
    assert codes(look(sign(PAPER, md_algorithm="sha1"))) == {Doubt.SIGNATURE_WEAK}


def test_a_signature_that_leaves_bytes_out_is_broken() -> None:
    found = re.search(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) *\]", SIGNED)
    assert found
    shorter = b"/ByteRange [0 %d %d %d" % (int(found[2]), int(found[3]), int(found[4]) - 100)
    bent = SIGNED.replace(found[0], shorter.ljust(len(found[0]) - 1) + b"]")
    assert Doubt.SIGNATURE_BROKEN in codes(look(bent))


# --- What is built to harm -------------------------------------------------------------------


def test_a_file_cut_anywhere_ends_in_a_code() -> None:
    for place in range(len(PAPER) + 1, len(SIGNED), len(SIGNED) // 7):
        verdict = look(SIGNED[:place])
        assert codes(verdict) & {Doubt.UNREADABLE, Doubt.NO_SIGNATURE, Doubt.UNEXPLAINED_CHANGE}


def section(body: bytes, *, size: int, previous: int, root: bytes = b"1 0 R") -> bytes:
    """A revision written by hand."""
    start = len(PAPER) + len(body)
    return (
        body
        + b"xref\n0 0\ntrailer\n<</Size %d /Root %b /Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            root,
            previous,
            start,
        )
    )


def bomb(writer: IncrementalPdfFileWriter) -> None:
    squeezed = zlib.compress(zlib.compress(b"0 " * 60_000_000))
    look = StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): ArrayObject(map(NumberObject, (0, 0, 1, 1))),
            pdf_name("/Filter"): ArrayObject([pdf_name("/FlateDecode")] * 2),
        },
        encoded_data=squeezed,
    )
    annotate(look=False, AP=DictionaryObject({pdf_name("/N"): writer.add_object(look)}))(writer)


def loop_pages(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"].append(writer.root.raw_get("/Pages"))
    writer.update_container(pages)


def loop_fields(writer: IncrementalPdfFileWriter) -> None:
    field = DictionaryObject({pdf_name("/FT"): pdf_name("/Sig"), pdf_name("/T"): pdf_string("a")})
    ref = writer.add_object(field)
    field["/Kids"] = ArrayObject([ref])
    writer.root["/AcroForm"] = DictionaryObject({pdf_name("/Fields"): ArrayObject([ref])})
    writer.update_root()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "an index that names itself": lambda: PAPER + section(b"", size=9, previous=len(PAPER)),
    "an index nowhere": lambda: PAPER + b"startxref\n99999999\n%%EOF\n",
    "an index of letters": lambda: PAPER + b"startxref\nabc\n%%EOF\n",
    "a root that is missing": lambda: (
        PAPER + section(b"", size=9, previous=PAPER.rindex(b"xref\n0"), root=b"77 0 R")
    ),
    "brackets without end": lambda: PAPER + b"[" * 200_000 + b"\nstartxref\n5\n%%EOF\n",
    "pages in a ring": lambda: change(PAPER, loop_pages),
    "fields in a ring": lambda: change(PAPER, loop_fields),
    "junk": lambda: PAPER + bytes(range(256)) * 100,
    "junk behind the end": lambda: SIGNED + b"\n1 0 obj <</Type /Catalog>> endobj\n",
    "sixty revisions": lambda: revisions(60),
}


def revisions(count: int) -> bytes:
    pdf = PAPER
    for _ in range(count):
        pdf = change(pdf, annotate(box(10, 10, 1, 1)))
    return pdf


@pytest.mark.parametrize("build", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_ends_in_a_code(build: Callable[[], bytes]) -> None:
    verdict = compare(PAPER, build())
    assert not verdict.is_sound
    assert codes(verdict) <= set(Doubt)


def test_a_bomb_in_a_drawing_is_not_opened() -> None:
    assert look(cross(bomb)).is_sound


def test_a_process_that_outgrows_its_bounds_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_copies, "_MOST_MEMORY", 1 << 24)
    assert codes(compare(PAPER, SIGNED)) == {Doubt.TOO_MUCH}
