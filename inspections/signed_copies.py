"""Tells whether a file that came back is the issued paper with nothing but signatures and marks added to it."""

import json
import struct
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from inspections import text

_SCRIPT: Final = str(Path(__file__).with_name("signed_copies_process.py"))
_MOST_MEMORY: Final = 1 << 30
_MOST_SECONDS: Final = 20
#: The processor's time is bounded within; this bounds a process that waits for its turn.
_LONGEST_WAIT: Final = 6 * _MOST_SECONDS


class Doubt(models.TextChoices):
    """Why a person must look at a returned file, and what of."""

    NOT_THE_ISSUED_FILE = (
        "not_the_issued_file",
        _("It does not begin with the bytes that were issued."),
    )
    UNREADABLE = "unreadable", _("It is damaged, or built as no program for signing builds it.")
    TOO_MUCH = "too_much", _("Reading it takes more memory, time or revisions than signing needs.")
    ENCRYPTED = "encrypted", _("It is encrypted.")
    PAGES_CHANGED = "pages_changed", _("Pages were added, removed or exchanged.")
    CONTENT_CHANGED = "content_changed", _("What stands on the page was changed.")
    ACTIVE_CONTENT = "active_content", _("It carries scripts, actions, files or addresses.")
    HIDDEN_CONTENT = "hidden_content", _("It carries layers that can be switched on and off.")
    UNKNOWN_MARK = (
        "unknown_mark",
        _("Something other than a signature, a stamp or a text lies on the page."),
    )
    MARK_TOO_LARGE = (
        "mark_too_large",
        _("Signatures or stamps cover more of the page than they need."),
    )
    MARK_WITHOUT_LOOK = (
        "mark_without_look",
        _("How a mark looks is left to the program that shows it."),
    )
    UNEXPLAINED_CHANGE = "unexplained_change", _("Something was changed that no signature needs.")
    SIGNED_BEFORE_NUMBER = (
        "signed_before_number",
        _("It is the paper as it went for signing: number and date on it are only marks."),
    )
    NO_SIGNATURE = "no_signature", _("It bears no digital signature.")
    SIGNATURE_BROKEN = "signature_broken", _("A signature does not belong to what it stands under.")
    SIGNATURE_WEAK = "signature_weak", _("A signature uses a method that can be forged.")
    CHANGED_AFTER_SIGNING = (
        "changed_after_signing",
        _(
            "Something was added after a signature that it does not allow, or that no signature covers."
        ),
    )


@dataclass(frozen=True)
class Finding:
    """What a person must look at, and on which page, if it is on one."""

    code: Doubt
    page: int | None


@dataclass(frozen=True)
class Signature:
    """A signature or time stamp whose bytes are whole. Its certificate is compared with no list of trusted ones.

    ``signer`` and ``at`` (ISO 8601) are what the file says of itself.
    """

    signer: str
    at: str | None
    is_timestamp: bool
    is_intact: bool


@dataclass(frozen=True)
class Mark:
    """Something that was laid on a page: where it begins from the left and from the bottom, and its size, in mm."""

    page: int
    kind: str
    left: float
    bottom: float
    width: float
    height: float


@dataclass(frozen=True)
class Verdict:
    """What the comparison found. A file is sound when nothing was."""

    findings: tuple[Finding, ...]
    signatures: tuple[Signature, ...]
    marks: tuple[Mark, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nobody needs to look."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the verdict that was stored."""
        return cls(
            tuple(Finding(Doubt(one["code"]), one["page"]) for one in stored["findings"]),
            tuple(
                Signature(**one | {"signer": text.nfc(one["signer"])})
                for one in stored["signatures"]
            ),
            tuple(Mark(**one) for one in stored["marks"]),
        )


def compare(issued: bytes, returned: bytes, *, signing: bytes | None = None) -> Verdict:
    """Compare a returned file with the paper that was issued, in a process that may die.

    Args:
        signing: the paper as it went for signing, with blanks for number and date. A file made from it can be
            whole, but whether the number and date laid on it are the right ones a person must see.

    Whatever the file is built to do, the answer is a verdict: what cannot be read in bounded time and memory is
    a finding like others.
    """
    if signing is not None and returned.startswith(signing) and not returned.startswith(issued):
        made = compare(signing, returned)
        return replace(made, findings=(Finding(Doubt.SIGNED_BEFORE_NUMBER, None), *made.findings))
    given = struct.pack(">Q", len(issued)) + issued + returned
    try:
        done = subprocess.run(
            [sys.executable, "-I", _SCRIPT, str(_MOST_MEMORY), str(_MOST_SECONDS)],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _only(Doubt.TOO_MUCH)
    if done.returncode != 0:  # its bounds ended it
        return _only(Doubt.TOO_MUCH)
    return Verdict.from_json(json.loads(done.stdout))


def _only(doubt: Doubt) -> Verdict:
    return Verdict((Finding(doubt, None),), (), ())
