"""What stands against commending a unit or somebody (NĐ 152/2025/NĐ-CP, Điều 4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inspections import text
from inspections.models import Finding, FindingSeverity, HandlingRecommendation, Official, Unit
from inspections.states import FindingState, VisitState

SIGNS = (FindingSeverity.MAJOR, FindingSeverity.CRITICAL)
#: A remedy that the unit reports is not accepted yet.
UNSETTLED = (FindingState.OPEN, FindingState.REPORTED)


@dataclass(frozen=True)
class Block:
    """One reason against: a code, a sentence, and the recommendation or the finding that it is."""

    code: str
    sentence: Promise
    object_id: UUID


def blocks(unit: Unit, official: Official | None) -> list[Block]:
    """Return what stands against commending somebody of a unit, or without an ``official`` the unit as a whole."""
    return [*_consideration(unit, official), *_signs(unit, official)]


def _consideration(unit: Unit, official: Official | None) -> Iterator[Block]:
    against = HandlingRecommendation.objects.disciplining()
    against = (
        against.filter(official=None, visit__unit=unit)
        if official is None
        else against.filter(official=official)
    )
    for recommendation in against:
        yield Block(
            "under_discipline",
            _("Discipline is being considered: no commendation meanwhile."),
            recommendation.pk,
        )


def _signs(unit: Unit, official: Official | None) -> Iterator[Block]:
    standing = Finding.objects.filter(
        visit__state=VisitState.FILED,
        taken_back_at=None,
        state__in=UNSETTLED,
        severity__in=SIGNS,
    )
    if official is None:
        standing = standing.filter(visit__unit=unit)
    else:
        # What was found where he used to be follows him.
        units = [unit.pk, official.unit_id, *official.former_units.values_list("pk", flat=True)]
        standing = standing.filter(visit__unit__in=units)
    for finding in standing:
        if official is None or _names(finding.responsible_name, official.full_name):
            yield Block(
                "signs_of_violation",
                _(
                    "An inspection with signs of violation is not settled: no commendation meanwhile."
                ),
                finding.pk,
            )


def _names(said: str, full_name: str) -> bool:
    """Tell whether what inspectors wrote is a person's name, with or without a word of address before it."""
    return f" {text.match_key(said)}".endswith(f" {text.match_key(full_name)}")
