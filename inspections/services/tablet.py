"""Handing an inspector's tablet what it needs to work without a network."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inspections import policies
from inspections.models import Role, User
from inspections.queries.tablet import holdings
from inspections.services import audit
from planner import canonical


@dataclass(frozen=True)
class Download:
    """What a tablet should hold and its SHA-256; ``content`` is None when the tablet holds it already."""

    sha256: str
    content: dict[str, Any] | None


def download(*, actor: User, held: Collection[str], now: datetime) -> Download:
    """Return what the actor's tablet should hold. Handing out visits is on record, finding them unchanged is not.

    Args:
        held: SHA-256 of what the tablet has.
    """
    policies.require(actor, Role.INSPECTOR)
    content = holdings(actor, now)
    sha256 = hashlib.sha256(canonical.dumps(content)).hexdigest()
    if sha256 in held:
        return Download(sha256, None)
    if content["visits"]:
        audit.record(
            actor=actor,
            action="tablet.download",
            obj=actor,
            now=now,
            details={"visits": [visit["id"] for visit in content["visits"]]},
        )
    return Download(sha256, content)
