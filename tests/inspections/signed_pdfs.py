"""An issued paper in a few lines, and what people and attackers add to it."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NumberObject,
    StreamObject,
    pdf_name,
    pdf_string,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

Change = Callable[[IncrementalPdfFileWriter], Any]
MM = 72 / 25.4
HEAD = "Sở Nội vụ"


def make_paper(pages: int = 2) -> bytes:
    """A paper as it is issued."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for number in range(pages):
        canvas.drawString(100, 700, f"Muc {number + 1}: phai khac phuc 12 ho so.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def make_signer(name: str = HEAD) -> signers.SimpleSigner:
    """A signer whose certificate nobody but himself vouches for."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(
            certificate.public_bytes(serialization.Encoding.DER)
        ),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def box(left: float, bottom: float, width: float, height: float) -> tuple[int, int, int, int]:
    """A rectangle given in mm, in points."""
    return (
        round(left * MM),
        round(bottom * MM),
        round((left + width) * MM),
        round((bottom + height) * MM),
    )


def sign(
    pdf: bytes,
    *,
    field: str = "GiamDoc",
    at: tuple[int, int, int, int] | None = box(110, 40, 70, 35),
    page: int = -1,
    **options: Any,
) -> bytes:
    """Sign a file, visibly unless there is no place to."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    spec = fields.SigFieldSpec(field, on_page=page, box=at)
    signer = options.pop("signer", make_signer())
    metadata = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm=options.pop("md_algorithm", "sha256"), **options
    )
    signed = signers.PdfSigner(metadata, signer, new_field_spec=spec).sign_pdf(writer)
    return bytes(signed.getvalue())


def stamp_time(pdf: bytes) -> bytes:
    """Add the time stamp of a service to a file."""
    clock = make_signer("Dịch vụ cấp dấu thời gian")
    service = DummyTimeStamper(
        tsa_cert=clock.signing_cert, tsa_key=clock.signing_key, certs_to_embed=clock.cert_registry
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    out = signers.PdfTimeStamper(service).timestamp_pdf(writer, md_algorithm="sha256")
    return bytes(out.getvalue())


def change(pdf: bytes, *changes: Change) -> bytes:
    """Add a revision in which each of the changes is made."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for one in changes:
        one(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def page_of(writer: IncrementalPdfFileWriter, number: int = 0) -> Any:
    """A page, found the short way: reportlab's pages hang on one node."""
    return writer.root["/Pages"]["/Kids"][number]


def annotate(
    at: tuple[int, int, int, int] = box(130, 50, 40, 40),
    *,
    kind: str = "/Stamp",
    page: int = 0,
    look: bool = True,
    **more: Any,
) -> Change:
    """Lay a mark on a page, drawn as a red frame."""

    def make(writer: IncrementalPdfFileWriter) -> None:
        mark = DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name(kind),
                pdf_name("/Rect"): ArrayObject(map(NumberObject, at)),
                pdf_name("/F"): NumberObject(4),
                pdf_name("/Contents"): pdf_string("Số 05, ngày 12/3/2026"),
            }
            | {pdf_name(f"/{key}"): value for key, value in more.items()}
        )
        if look:
            mark["/AP"] = DictionaryObject({pdf_name("/N"): writer.add_object(drawing())})
        lay(writer, writer.add_object(mark), page)

    return make


def lay(writer: IncrementalPdfFileWriter, mark: Any, page: int = 0) -> None:
    """Put an annotation into the list of a page."""
    place = page_of(writer, page)
    if "/Annots" in place:
        place["/Annots"].append(mark)
        writer.update_container(place["/Annots"])
    else:
        place["/Annots"] = ArrayObject([mark])
        writer.update_container(place)


def drawing(content: bytes = b"1 0 0 RG 4 w 0 0 100 100 re S") -> StreamObject:
    """A form XObject."""
    return StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): ArrayObject(map(NumberObject, (0, 0, 100, 100))),
        },
        stream_data=content,
    )


def set_in_root(key: str, value: generic.PdfObject) -> Change:
    """Set an entry of the catalogue."""

    def make(writer: IncrementalPdfFileWriter) -> None:
        writer.root[key] = value
        writer.update_root()

    return make


def script() -> DictionaryObject:
    """An action that runs JavaScript."""
    return DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    )
