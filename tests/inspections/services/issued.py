"""An issued paper, and what comes back of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inspections import evidence
from inspections.models import Paper, PaperKind, Plan, SignedCopy, User
from inspections.services import issuing, signed_copies
from tests.inspections.services import months
from tests.inspections.services.months import DRAW_DAY, Month, make_month


@dataclass(frozen=True)
class Issued:
    """Lan drafted the month's plan as a paper, Chi numbered it."""

    month: Month
    plan: Plan
    paper: Paper

    @property
    def lan(self) -> User:
        return self.month.lan

    @property
    def minh(self) -> User:
        return self.month.minh

    @property
    def chi(self) -> User:
        return self.month.people.chi

    @property
    def pdf(self) -> bytes:
        """The issued bytes."""
        assert self.paper.pdf is not None
        return bytes(self.paper.pdf)


def make_draft(month: Month, plan: Plan, **given: Any) -> Paper:
    facts = {"actor": month.lan, "kind": PaperKind.MONTHLY_PLAN, "plan": plan, "now": DRAW_DAY}
    return issuing.draft(**(facts | given))


def submit(month: Month, paper: Paper) -> Paper:
    return issuing.submit(actor=month.lan, paper=paper, version=paper.version, now=DRAW_DAY)


def number(month: Month, paper: Paper, number: int = 5) -> Paper:
    return issuing.number(
        actor=month.people.chi,
        paper=paper,
        version=paper.version,
        number=number,
        dated=DRAW_DAY.date(),
        now=DRAW_DAY,
    )


def make_issued() -> Issued:
    month = make_month()
    plan = months.approved(month)
    return Issued(month, plan, number(month, submit(month, make_draft(month, plan))))


def hand_in(
    actor: User,
    paper: Paper,
    content: bytes,
    *,
    code: str | None = None,
    media_type: str = evidence.PDF,
    now: datetime = DRAW_DAY,
) -> SignedCopy:
    copy, _new = signed_copies.receive(
        actor=actor,
        paper=paper,
        file=signed_copies.Arriving(
            hashlib.sha256(content).hexdigest(), len(content), media_type, [content]
        ),
        printed_code=code,
        now=now,
    )
    return copy
