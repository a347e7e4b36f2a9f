"""What anybody may know of an issued paper who holds its code."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from inspections.models import Paper, SignedCopy
from inspections.states import PaperState

#: Only what went out is shown; a paper that is not there yet, or never will be, is like one that never was.
_SHOWN: Final = (PaperState.ISSUED, PaperState.REPLACED)
_CODE: Final = re.compile("[0-9a-f]{32}")
_DIGEST: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class PublicPaper:
    """An issued paper as outsiders see it. What follows its number would tell its kind, and is left out."""

    id: UUID
    number: str
    day: date
    issuer: str
    sha256: str
    is_replaced: bool


def issued_under(code: str) -> PublicPaper | None:
    """Return the paper that was issued under a code; one query, whatever becomes of it."""
    if not _CODE.fullmatch(code):
        return None
    columns = ("pk", "number", "dated", "content__papers__0__letterhead__agency", "sha256", "state")
    found = Paper.objects.filter(code=code, state__in=_SHOWN).values_list(*columns).first()
    if found is None:
        return None
    pk, number, day, issuer, sha256, state = found
    return PublicPaper(pk, f"{number:02}", day, issuer, sha256, state == PaperState.REPLACED)


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 as it is written here."""
    return _DIGEST.fullmatch(text) is not None


def is_file_of(paper: PublicPaper, sha256: str) -> bool:
    """Tell whether a file is the issued paper, or a signed copy of it that counts."""
    copies = SignedCopy.objects.counting().filter(paper=paper.id, sha256=sha256)
    return sha256 == paper.sha256 or copies.exists()
