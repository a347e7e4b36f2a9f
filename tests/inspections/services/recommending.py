"""A visit that was filed with a finding about somebody, and what is recommended for it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from inspections.models import (
    Finding,
    HandlingKind,
    HandlingRecommendation,
    HandlingResult,
    Official,
    OfficialCategory,
    User,
)
from inspections.services import form_naming, handling
from inspections.services.handling import Act, Decision
from tests.builders import make_official
from tests.inspections.services.filings import LATER, Door, closing, make_door, send
from tests.inspections.services.test_records import finding

SIGNED = date(2026, 3, 2)
NEXT_DAY = LATER + timedelta(days=1)


@dataclass(frozen=True)
class Matter:
    """An found at Tân Hồng what Bảy, who leads an office there, is responsible for."""

    door: Door
    bay: Official
    finding: Finding

    @property
    def an(self) -> User:
        return self.door.an

    @property
    def lan(self) -> User:
        return self.door.people.lan

    @property
    def minh(self) -> User:
        return self.door.people.minh

    @property
    def chi(self) -> User:
        return self.door.people.chi

    @property
    def act(self) -> Act:
        return Act(self.finding, SIGNED)


def make_matter(**said: Any) -> Matter:
    door = make_door()
    stated = {"findings": [finding()], "signed_on": SIGNED.isoformat()} | said
    send(door.an, closing(door, **stated))
    door.visit.refresh_from_db()
    assert door.visit.unit is not None
    bay = make_official(
        "Lê Thị Bảy", door.visit.unit, OfficialCategory.CIVIL_SERVANT_LEADER, post="Trưởng phòng"
    )
    return Matter(door, bay, Finding.objects.get())


def propose(matter: Matter, actor: User | None = None, **changes: Any) -> HandlingRecommendation:
    """Let An recommend discipline of Bảy, unless told otherwise."""
    facts: dict[str, Any] = {
        "kind": HandlingKind.DISCIPLINE,
        "visit": matter.door.visit,
        "official": matter.bay,
        "acts": [matter.act],
        "legal_basis": "Nghị định 172/2025/NĐ-CP",
        "reasons": "Để hồ sơ quá hạn nhiều lần.",
        "now": LATER,
    }
    return handling.propose(actor=actor or matter.an, **(facts | changes))


def supported(matter: Matter, **changes: Any) -> HandlingRecommendation:
    made = propose(matter, **changes)
    return handling.review(
        actor=matter.minh,
        recommendation=made,
        version=made.version,
        supported=True,
        reason="Có căn cứ",
        now=NEXT_DAY,
    )


def forwarded(matter: Matter, **changes: Any) -> HandlingRecommendation:
    made = supported(matter, **changes)
    return handling.forward(
        actor=matter.chi,
        recommendation=made,
        version=made.version,
        to="Chủ tịch UBND xã",
        on=NEXT_DAY.date(),
        now=NEXT_DAY,
    )


def decision(**changes: Any) -> Decision:
    facts: dict[str, Any] = {
        "number": "15/QĐ-UBND",
        "day": NEXT_DAY.date(),
        "authority": "Chủ tịch UBND xã",
        "result": HandlingResult.APPLIED,
        "form": "reprimand",
        "effective_on": NEXT_DAY.date(),
    }
    return Decision(**(facts | changes))


def decide(
    matter: Matter, made: HandlingRecommendation, actor: User | None = None, **changes: Any
) -> HandlingRecommendation:
    return handling.record_decision(
        actor=actor or matter.chi,
        recommendation=made,
        version=made.version,
        decision=decision(**changes),
        now=NEXT_DAY,
    )


def let_name_forms(matter: Matter, user: User) -> None:
    form_naming.let_name_forms(actor=matter.minh, user=user, now=LATER)
