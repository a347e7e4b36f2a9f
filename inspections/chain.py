"""The chain of the audit log: what the hash of an event covers, and where a chain does not hold.

Pure: rows come in one by one, in the order of their positions, and nothing but the last one is kept. The exact
definition, for a verifier in any language, is `docs/algorithms/audit.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from planner import canonical

#: What the first event names as the hash before it, and the head of a log without events.
GENESIS: Final = "0" * 64


class Flaw(TextChoices):
    """What is wrong with a place of the chain."""

    ALTERED = "altered", _("altered: what it says does not have its hash")
    REPLACED = "replaced", _("replaced: the event behind it names another hash")
    MISSING = "missing", _("missing")
    INSERTED = "inserted", _("inserted: it has no place in the chain")
    CUT_OFF = "cut_off", _("cut off: the head of the chain says that there were more events")
    HEAD = "head", _("the head of the chain does not name the last event")
    NO_HEAD = "no_head", _("the head of the chain is gone")


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: the events from ``position`` to ``last``, most often one."""

    position: int
    last: int
    reason: Flaw


class Link(NamedTuple):
    """An event as the chain sees it; ``computed`` is None where what is stored has no canonical form."""

    position: int
    previous: str
    stored: str
    computed: str | None


class Head(NamedTuple):
    """Where the chain ends: how many events, and the hash of the last."""

    length: int
    hash: str


def event_hash(
    *,
    action: str,
    actor: str | None,
    at: str,
    details: canonical.JSON,
    event_id: str,
    object_id: str,
    object_type: str,
    position: int,
    previous: str,
    sealed: str | None,
) -> str:
    """Return the SHA-256 that chains an event to the one before it, as 64 lower-case hexadecimal digits.

    Ids are in lower case with hyphens; ``at`` is in UTC as 2026-03-02T02:00:00.000000+00:00; ``sealed`` is the
    SHA-256 of the sealed bytes.

    Raises:
        planner.errors.InvalidInput: something has no canonical form.
    """
    facts = canonical.dumps(
        {
            "action": action,
            "actor": actor,
            "at": at,
            "details": details,
            "id": event_id,
            "object": [object_type, object_id],
            "position": position,
            "previous": previous,
            "sealed": sealed,
        }
    )
    return canonical.sha256_hex(facts)


class Walk:
    """Goes along a chain from its first event and names each break when it is certain where it is.

    An event vouches for the one before it by naming its hash. Where two neighbours, each in agreement with its own
    hash, do not fit together, either can be the wrong one; the event behind them decides: if it fits the
    second, the first was replaced, and if it does not, the second was.
    """

    def __init__(self) -> None:
        self.reached = 0
        self._hash = GENESIS
        self._is_sound = True
        # How many links in a row have just failed, up to the last event.
        self._failed = 0

    def follow(self, link: Link) -> Iterator[Break]:
        """Take the next event; positions count from 1 and never fall."""
        if link.position == self.reached:
            yield Break(link.position, link.position, Flaw.INSERTED)
            return
        has_gap = link.position > self.reached + 1
        is_sound = link.stored == link.computed
        # An event that was altered testifies to nothing; behind a gap nobody knows what should be named.
        can_tell = is_sound and self._is_sound and not has_gap
        yield from self._judge(True if link.previous == self._hash else False if can_tell else None)
        if has_gap:
            yield Break(self.reached + 1, link.position - 1, Flaw.MISSING)
        if not is_sound:
            yield Break(link.position, link.position, Flaw.ALTERED)
        self.reached, self._hash, self._is_sound = link.position, link.stored, is_sound

    def end(self, head: Head | None) -> Iterator[Break]:
        """Compare the last event with the head, which is None when it is not there."""
        if head is None:
            yield from self._judge(None)
            if self.reached:
                yield Break(self.reached, self.reached, Flaw.NO_HEAD)
        elif head.hash == self._hash:
            yield from self._judge(True)
            if head.length != self.reached:
                yield Break(self.reached, self.reached, Flaw.HEAD)
        elif head.length > self.reached:
            yield from self._judge(None)
            yield Break(self.reached + 1, head.length, Flaw.CUT_OFF)
        elif self._failed:
            yield from self._judge(False)
        elif self._is_sound or head.length != self.reached:
            yield Break(self.reached, self.reached, Flaw.HEAD)

    def _judge(self, holds: bool | None) -> Iterator[Break]:
        """Take the link behind the last event: it holds, fails, or cannot be told. Name what that makes certain."""
        if holds is False:
            if self._failed:
                yield Break(self.reached, self.reached, Flaw.REPLACED)
            self._failed += 1
            return
        if self._failed == 1:
            # Nothing stands before the first event; and an event that nobody vouches for accuses nobody.
            replaced = self.reached - 1 if holds and self.reached > 1 else self.reached
            yield Break(replaced, replaced, Flaw.REPLACED)
        self._failed = 0
