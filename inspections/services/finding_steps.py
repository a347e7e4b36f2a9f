"""Writing the steps of findings."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from inspections.models import Finding, FindingStep, StepKind, User


def write(
    finding_ids: Iterable[UUID],
    *,
    kind: StepKind,
    person: User,
    now: datetime,
    **fields: Any,
) -> None:
    """Add one step to each finding, which gets a new version by it.

    It runs in the transaction of what the step tells of.
    """
    for pk in finding_ids:
        Finding.objects.filter(pk=pk).update(version=F("version") + 1)
        version = Finding.objects.values_list("version", flat=True).get(pk=pk)
        FindingStep.objects.create(
            finding_id=pk, version=version, kind=kind, person=person, at=now, **fields
        )
