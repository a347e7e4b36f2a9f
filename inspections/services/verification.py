"""Checking the whole audit log: long work, so it is a job, and its result is kept with the job."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from inspections import policies
from inspections.chain import Break
from inspections.errors import InvalidInput
from inspections.models import Job, Role, User
from inspections.services import audit, jobs
from inspections.services.jobs import HANDLERS, Handler, Run

VERIFY: Final = "audit.verify"
MOST_HEADS: Final = 100
#: So many breaks are kept by place; all are counted.
MOST_BREAKS: Final = 100
_HEAD: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class PrintedHead:
    """A head as it stands on a paper, and how many events the chain had then; None: it was never its head."""

    hash: str
    length: int | None


@dataclass(frozen=True)
class Finding:
    """What a check of the chain found.

    ``length`` and ``hash`` are the head when it began; events appended meanwhile were checked too.
    """

    length: int
    hash: str
    count: int
    breaks: Sequence[Break]
    heads: Sequence[PrintedHead]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is broken and every printed head belongs to the chain."""
        return not self.count and all(head.length is not None for head in self.heads)


def start(*, actor: User, now: datetime, heads: Iterable[str] = ()) -> Job:
    """Queue a check of the whole chain; ``heads`` are those printed on papers, to be looked for in it.

    Raises:
        NotAllowed: the actor is no auditor.
        InvalidInput: a head is not one, or there are too many.
    """
    policies.require(actor, Role.AUDITOR)
    params = {"heads": read_heads(heads)}
    with transaction.atomic():
        job = jobs.enqueue(actor=actor, kind=VERIFY, params=params, now=now)
        audit.record(actor=actor, action=VERIFY, obj=job, now=now)
    return job


def read_heads(typed: Iterable[str]) -> list[str]:
    """Read printed heads as people type them, with spaces and in capitals too.

    Raises ``InvalidInput``.
    """
    heads = ["".join(head.split()).lower() for head in typed]
    if len(heads) > MOST_HEADS:
        raise InvalidInput(_("That is too many heads."), field="heads")
    if not all(map(_HEAD.fullmatch, heads)):
        raise InvalidInput(_("A head is 64 hexadecimal digits."), field="heads")
    return heads


def verify(
    heads: Iterable[str],
    *,
    watch: audit.Watch | None = None,
    tell: Callable[[Break], None] | None = None,
) -> Finding:
    """Check the whole chain; ``tell`` hears of each break at once, and of those too that are not kept."""
    head = audit.head()
    kept: list[Break] = []
    count = 0
    for found in audit.verify_chain(watch):
        count += 1
        if len(kept) < MOST_BREAKS:
            kept.append(found)
        if tell is not None:
            tell(found)
    printed = [PrintedHead(hash=one, length=audit.length_at(one)) for one in heads]
    return Finding(length=head.length, hash=head.hash, count=count, breaks=kept, heads=printed)


def _run(run: Run) -> dict[str, Any]:
    finding = verify(run.job.params["heads"], watch=run.report)
    return {"is_whole": finding.is_whole, **asdict(finding)}


def _ended_badly(*_: Any) -> None:
    """Leave everything as it is: a check changes nothing."""


HANDLERS[VERIFY] = Handler(_run, _ended_badly)
