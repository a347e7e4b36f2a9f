"""Commendations: proposed, reviewed, decided or refused, and never while something stands against them."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import (
    DomainError,
    InvalidInput,
    NotAllowed,
    NotFound,
    SamePerson,
    VersionConflict,
    WrongState,
)
from inspections.models import (
    AuditEvent,
    Commendation,
    Finding,
    HandlingKind,
    HandlingRecommendation,
    Role,
    User,
)
from inspections.services import audit, commendations, handling
from inspections.services.commendations import Evidence
from inspections.services.handling import Act
from inspections.states import CommendationState, FindingState
from tests.builders import NOW, make_official, make_unit, make_user
from tests.inspections.database import refused
from tests.inspections.services.commending import (
    NEXT_DAY,
    Praise,
    decide,
    found,
    make_praise,
    propose,
    review,
)
from tests.inspections.services.filings import LATER
from tests.inspections.services.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db
MINOR = "minor"


@pytest.fixture
def praise() -> Praise:
    return make_praise(found("Lê Thị Bảy", MINOR))


def recommend(praise: Praise, **changes: Any) -> HandlingRecommendation:
    """Let Cúc recommend discipline of Ơn, unless told otherwise."""
    facts: dict[str, Any] = {
        "kind": HandlingKind.DISCIPLINE,
        "official": praise.on,
        "acts": [Act(Finding.objects.get(), NOW.date())],
        "discovered_on": NOW.date(),
    }
    return handling.propose(
        actor=praise.door.cuc,
        visit=praise.door.visit,
        legal_basis="Nghị định 172/2025/NĐ-CP",
        reasons="Vi phạm",
        now=LATER,
        **(facts | changes),
    )


def codes(press: Any) -> list[str]:
    """Return the codes of what stands against a step."""
    error = refused(press)
    assert (type(error), error.code) == (WrongState, "commendation_blocked")
    assert all(UUID(one["object"]) and one["detail"] for one in error.params["blocks"])
    return [one["code"] for one in error.params["blocks"]]


def test_a_unit_is_commended_by_the_hands_of_three(praise: Praise) -> None:
    made = decide(praise, review(praise, propose(praise)))
    assert (made.state, made.decision_number) == (CommendationState.GRANTED, "31/QĐ-UBND")
    events = AuditEvent.objects.filter(action__startswith="commendation").order_by("position")
    assert [(one.action, one.details) for one in events] == [
        ("commendation.propose", {"evidence": 2, "collective": True}),
        ("commendation.review", {"supported": True}),
        ("commendation.decide", {}),
    ]
    assert not list(audit.verify_chain())


def test_somebody_is_commended_as_he_was(praise: Praise) -> None:
    made = propose(praise, official=praise.on)
    assert (made.official, made.post, made.is_collective) == (praise.on, "Chuyên viên", False)


def test_a_refusal_has_its_reason(praise: Praise) -> None:
    made = review(praise, propose(praise))
    facts: dict[str, Any] = {"actor": praise.door.people.chi, "on": NEXT_DAY.date()}
    with pytest.raises(InvalidInput):
        commendations.refuse(
            commendation=made, version=made.version, reason=" ", now=NEXT_DAY, **facts
        )
    commendations.refuse(
        commendation=made, version=made.version, reason="Chưa đủ", now=NEXT_DAY, **facts
    )
    assert (made.state, made.refusal_reason) == (CommendationState.REFUSED, "Chưa đủ")


def test_the_same_proposal_again_is_the_one_that_was_made(praise: Praise) -> None:
    one = uuid4()
    assert propose(praise, id=one) == propose(praise, id=one)
    recommend(praise, official=None)
    assert propose(praise, id=one).pk == one, "what came up since does not unmake it"
    for changes in ({"reasons": "Khác"}, {"evidence": [Evidence(praise.door.visit, praise.id)]}):
        with pytest.raises(WrongState) as caught:
            propose(praise, id=one, **changes)
        assert caught.value.code == "id_taken"


def test_evidence_is_in_the_record_of_a_visit_to_the_unit(praise: Praise) -> None:
    visit = praise.door.visit
    for evidence, code in (
        ([], "evidence_missing"),
        ([Evidence(visit, praise=uuid4())], "evidence_elsewhere"),
        ([Evidence(visit, sha256="0" * 64)], "evidence_elsewhere"),
    ):
        assert refused(lambda told=evidence: propose(praise, evidence=told)).code == code
    elsewhere = make_unit("X09")
    assert refused(lambda: propose(praise, unit=elsewhere)).code == "evidence_elsewhere"
    stranger = make_official("An", elsewhere)
    assert refused(lambda: propose(praise, official=stranger)).code == "official_elsewhere"


def test_inspectors_propose_for_visits_of_theirs(praise: Praise) -> None:
    people = praise.door.people
    for actor in (praise.door.an, praise.door.cuc, people.lan):
        propose(praise, actor)
    with pytest.raises(NotFound):
        propose(praise, people.binh)
    for actor in (people.minh, people.chi, people.dung):
        with pytest.raises(NotAllowed):
            propose(praise, actor)


def test_nobody_decides_on_what_he_proposed(praise: Praise) -> None:
    praise.door.an.grants.create(role=Role.APPROVER, granted_at=NOW)
    an = User.objects.get(pk=praise.door.an.pk)
    made = propose(praise, an)
    with pytest.raises(SamePerson):
        review(praise, made, actor=an)
    review(praise, made)
    with pytest.raises(SamePerson):
        decide(praise, made, actor=an)
    rows = Commendation.objects.filter(pk=made.pk)
    for changes in (
        {"reviewed_by": an},
        {
            "decided_by": an,
            "state": "granted",
            "decision_number": "1",
            "decided_on": NOW.date(),
        },
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changes)


def test_steps_come_in_their_order(praise: Praise) -> None:
    made = propose(praise)
    with pytest.raises(WrongState):
        decide(praise, made)
    with pytest.raises(VersionConflict):
        review(
            praise,
            Commendation(pk=made.pk, version=7, unit=made.unit, proposed_by=made.proposed_by),
        )
    review(praise, made, supported=False)
    assert made.state == CommendationState.DECLINED
    with pytest.raises(WrongState):
        decide(praise, made)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"number": " "}, "invalid_input"), ({"on": NEXT_DAY.date() + timedelta(1)}, "day_to_come")],
)
def test_a_decision_has_a_number_and_a_day(
    praise: Praise, changes: dict[str, Any], code: str
) -> None:
    made = review(praise, propose(praise))
    assert refused(lambda: decide(praise, made, **changes)).code == code


# --- What stands against it --------------------------------------------------------------------


def test_nobody_is_commended_while_discipline_is_considered(praise: Praise) -> None:
    proposed, about_him = propose(praise), propose(praise, official=praise.on)
    reviewed = review(praise, propose(praise, official=praise.on))
    against = recommend(praise)
    for press in (
        lambda: propose(praise, official=praise.on),
        lambda: review(praise, about_him),
        lambda: decide(praise, reviewed),
    ):
        assert codes(press) == ["under_discipline"]
    review(praise, proposed)  # the unit as a whole is another subject
    handling.withdraw(
        actor=praise.door.cuc, recommendation=against, version=1, reason="Nhầm", now=NEXT_DAY
    )
    decide(praise, reviewed)


def test_a_unit_is_not_commended_while_its_discipline_is_considered(praise: Praise) -> None:
    recommend(praise, official=None)
    assert codes(lambda: propose(praise)) == ["under_discipline"]
    propose(praise, official=praise.on)


def test_other_measures_stand_against_nothing(praise: Praise) -> None:
    recommend(praise, kind=HandlingKind.CRITICISM, discovered_on=None)
    propose(praise, official=praise.on)


@pytest.mark.parametrize("severity", ["major", "critical"])
def test_a_unit_is_not_commended_while_signs_of_violation_are_not_settled(severity: str) -> None:
    praise = make_praise(found("Lê Thị Bảy", severity))
    assert codes(lambda: propose(praise)) == ["signs_of_violation"]
    for state, is_free in (
        (FindingState.REPORTED, False),
        (FindingState.CLOSED, True),
        (FindingState.OPEN, False),
        (FindingState.WITHDRAWN, True),
    ):
        Finding.objects.update(state=state)
        if is_free:
            propose(praise)
        else:
            assert codes(lambda: propose(praise)) == ["signs_of_violation"]


def test_what_is_taken_back_or_small_stands_against_nothing(praise: Praise) -> None:
    propose(praise)
    taken_back = {"severity": "critical", "taken_back_at": LATER}
    Finding.objects.update(**taken_back)
    propose(praise)


@pytest.mark.parametrize("said", ["Trần Văn Ơn", "Ông TRẦN  VĂN ƠN", "đồng chí Trần Văn Ơn"])
def test_somebody_is_not_commended_while_a_finding_names_him(said: str) -> None:
    praise = make_praise(found(said))
    assert codes(lambda: propose(praise, official=praise.on)) == ["signs_of_violation"]
    other = make_official("Văn Ơn Hai", praise.unit)
    propose(praise, official=other)


def test_what_was_found_follows_whoever_moves() -> None:
    praise = make_praise(found("Trần Văn Ơn"))
    assert Finding.objects.count() == 1
    praise.on.former_units.add(praise.unit)
    praise.on.unit = make_unit("X09")
    praise.on.save()
    assert codes(lambda: propose(praise, official=praise.on)) == ["signs_of_violation"]


def test_a_refusal_is_never_hindered(praise: Praise) -> None:
    made = review(praise, propose(praise, official=praise.on))
    recommend(praise)
    commendations.refuse(
        actor=praise.door.people.chi,
        commendation=made,
        version=made.version,
        reason="Đang xem xét kỷ luật",
        on=NEXT_DAY.date(),
        now=NEXT_DAY,
    )
    assert made.state == CommendationState.REFUSED


# --- At once -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("about_a_person", [True, False], ids=["person", "unit"])
def test_a_recommendation_made_at_the_same_moment_does_not_slip_through(
    praise: Praise, monkeypatch: pytest.MonkeyPatch, about_a_person: bool
) -> None:
    official = praise.on if about_a_person else None
    made = review(praise, propose(praise, official=official))
    looked, written = threading.Event(), threading.Event()
    real = commendations.blocks

    def held_up(*subject: Any) -> Any:
        found = real(*subject)
        looked.set()
        written.wait(PATIENCE)  # in vain: nobody writes until the commendation is through
        return found

    def recommending() -> None:
        looked.wait(60)
        recommend(praise, official=official)
        written.set()

    monkeypatch.setattr(commendations, "blocks", held_up)
    at_once(lambda: decide(praise, Commendation.objects.get(pk=made.pk)), recommending)

    order = AuditEvent.objects.filter(action__in=["commendation.decide", "handling.propose"])
    assert list(order.order_by("position").values_list("action", flat=True)) == [
        "commendation.decide",
        "handling.propose",
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins(praise: Praise) -> None:
    made = review(praise, propose(praise))

    def grant() -> str:
        try:
            decide(praise, Commendation.objects.get(pk=made.pk))
        except DomainError as error:
            return error.code
        return "granted"

    def refuse() -> str:
        try:
            commendations.refuse(
                actor=praise.door.people.lan,
                commendation=Commendation.objects.get(pk=made.pk),
                version=made.version,
                reason="Chưa đủ",
                on=NEXT_DAY.date(),
                now=NEXT_DAY,
            )
        except DomainError as error:
            return error.code
        return "refused"

    said = set(at_once(grant, refuse))
    assert len(said & {"granted", "refused"}) == 1
    assert said & {"version_conflict", "wrong_state"}


# --- Who reads ---------------------------------------------------------------------------------


def test_persons_are_named_to_whose_work_needs_them(praise: Praise) -> None:
    made, people = propose(praise, official=praise.on), praise.door.people
    for actor in (people.lan, people.minh, people.chi, people.an):
        commendations.read_commendation(actor=actor, commendation=made, now=LATER)
    assert AuditEvent.objects.filter(action="commendation.read").count() == 4
    for actor in (praise.door.cuc, people.binh, people.dung, people.giang):
        with pytest.raises(NotFound):
            commendations.read_commendation(actor=actor, commendation=made, now=LATER)
    assert Commendation.objects.visible_to(people.dung).count() == 1


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER, Role.APPROVER, Role.CLERK}))
def test_others_decide_nothing(praise: Praise, role: Role) -> None:
    made = review(praise, propose(praise))
    with pytest.raises(NotAllowed):
        decide(praise, made, actor=make_user("Sơn", role))
