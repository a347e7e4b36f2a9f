"""Recommendations for handling: proposed by one, reviewed by another, decided by the authority, recorded here."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from inspections import reference
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
    DisciplineForm,
    Finding,
    HandlingKind,
    HandlingRecommendation,
    HandlingResult,
    OfficialCategory,
    Role,
    User,
)
from inspections.services import audit, form_naming, handling
from inspections.services.handling import Act
from inspections.states import FindingState, HandlingState, VisitState
from tests.builders import NOW, make_official, make_unit, make_user
from tests.inspections.database import refused
from tests.inspections.services.filings import LATER, make_door
from tests.inspections.services.racing import at_once
from tests.inspections.services.recommending import (
    NEXT_DAY,
    SIGNED,
    Matter,
    decide,
    forwarded,
    let_name_forms,
    make_matter,
    propose,
    supported,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CIVIL_SERVANT_FORMS = {"reprimand", "warning", "dismissal"}


@pytest.fixture
def matter() -> Matter:
    return make_matter()


def name(matter: Matter, made: HandlingRecommendation, form: str | None, by: User) -> None:
    handling.name_form(
        actor=by,
        recommendation=made,
        version=made.version,
        form=None if form is None else DisciplineForm(form),
        now=LATER,
    )


def test_an_inspector_recommends_discipline_and_its_form_is_blank(matter: Matter) -> None:
    made = propose(matter)
    assert (made.state, made.form, made.post) == ("proposed", None, "Trưởng phòng")
    assert (made.discovered_on, made.limit_days, made.due_on) == (SIGNED, 90, date(2026, 5, 31))
    assert made.days_left(SIGNED + 100 * DAY) == -10
    assert made.acts.get().limitation == {
        "reprimand": date(2031, 3, 2),
        "others": date(2036, 3, 2),
    }


def test_events_hold_no_names(matter: Matter) -> None:
    propose(matter)
    event = AuditEvent.objects.get(action="handling.propose")
    assert event.details == {"kind": "discipline", "acts": 1, "collective": False}
    assert not list(audit.verify_chain())


def test_the_same_recommendation_again_is_the_one_that_was_made(matter: Matter) -> None:
    one = uuid4()
    assert propose(matter, id=one) == propose(matter, id=one)
    for changes in (
        {"reasons": "Khác"},
        {"acts": [Act(matter.finding, SIGNED - DAY)]},
        {"actor": matter.lan},
    ):
        with pytest.raises(WrongState) as caught:
            propose(matter, id=one, **changes)
        assert caught.value.code == "id_taken"
    assert HandlingRecommendation.objects.count() == 1


def test_only_the_visits_own_inspectors_and_planners_recommend(matter: Matter) -> None:
    for actor in (matter.an, matter.door.cuc, matter.lan):
        propose(matter, actor, kind=HandlingKind.CRITICISM, acts=[])
    with pytest.raises(NotFound):
        propose(matter, matter.door.people.binh)
    for actor in (matter.minh, matter.chi, matter.door.people.dung):
        with pytest.raises(NotAllowed):
            propose(matter, actor)


def test_nothing_is_recommended_before_the_visit_is_filed() -> None:
    door = make_door()
    with pytest.raises(WrongState) as caught:
        handling.propose(
            actor=door.an,
            kind=HandlingKind.CRITICISM,
            visit=door.visit,
            legal_basis="x",
            reasons="x",
            now=LATER,
        )
    assert caught.value.code == "visit_not_filed"
    assert door.visit.state == VisitState.RELEASED


def test_the_person_is_of_the_visited_unit_or_was(matter: Matter) -> None:
    stranger = make_official("Trần Văn Ơn", make_unit("X09"))
    with pytest.raises(InvalidInput) as caught:
        propose(matter, official=stranger)
    assert caught.value.code == "official_elsewhere"
    assert matter.door.visit.unit is not None
    stranger.former_units.add(matter.door.visit.unit)
    assert propose(matter, official=stranger).official == stranger


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"acts": []}, "act_missing"),
        ({"reasons": " "}, "invalid_input"),
        ({"legal_basis": ""}, "invalid_input"),
        ({"discovered_on": SIGNED + DAY}, "discovery_impossible"),
        ({"discovered_on": SIGNED - DAY}, "discovery_impossible"),
        ({"kind": HandlingKind.REFERRAL}, "invalid_input"),
        ({"kind": HandlingKind.CRITICISM, "discovered_on": SIGNED}, "no_clock"),
    ],
)
def test_what_is_no_recommendation_is_refused(
    matter: Matter, changes: dict[str, Any], code: str
) -> None:
    assert refused(lambda: propose(matter, **changes)).code == code


def test_an_act_rests_on_a_finding_that_stands_and_was_done_by_the_visit(matter: Matter) -> None:
    with pytest.raises(InvalidInput) as caught:
        propose(matter, acts=[Act(matter.finding, SIGNED + DAY)])
    assert caught.value.code == "act_after_visit"
    matter.finding.taken_back_at = NOW
    with pytest.raises(InvalidInput) as caught:
        propose(matter)
    assert caught.value.code == "finding_elsewhere"


def test_nothing_rests_on_a_finding_that_was_withdrawn_on_reconsideration(matter: Matter) -> None:
    Finding.objects.filter(pk=matter.finding.pk).update(state=FindingState.WITHDRAWN)
    assert refused(lambda: propose(matter)).code == "finding_withdrawn"


def test_a_finding_is_listed_once(matter: Matter) -> None:
    assert refused(lambda: propose(matter, acts=[matter.act] * 2)).code == "act_twice"
    made = propose(matter)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.acts.create(finding=matter.finding, day=SIGNED)


@pytest.mark.parametrize("collective", [False, True])
def test_the_same_is_recommended_once_for_a_finding_while_it_is_open(
    matter: Matter, collective: bool
) -> None:
    subject = {"official": None} if collective else {}
    made = propose(matter, **subject)
    assert refused(lambda: propose(matter, matter.lan, **subject)).code == "recommended_already"
    propose(matter, kind=HandlingKind.CRITICISM, **subject)
    handling.withdraw(actor=matter.an, recommendation=made, version=1, reason="Nhầm", now=NEXT_DAY)
    propose(matter, **subject)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("one_id", [False, True])
def test_of_two_who_recommend_the_same_at_once_one_does(matter: Matter, one_id: bool) -> None:
    under = uuid4() if one_id else None

    def recommend() -> str:
        try:
            return propose(matter, id=under).state
        except DomainError as error:
            return error.code

    said = at_once(recommend, recommend)
    second = "proposed" if one_id else "recommended_already"
    assert sorted(said) == sorted(["proposed", second])
    assert HandlingRecommendation.objects.count() == 1


def test_what_was_known_before_the_visit_was_discovered_then(matter: Matter) -> None:
    made = propose(matter, acts=[Act(matter.finding, SIGNED - 9 * DAY)], discovered_on=SIGNED - DAY)
    assert (made.discovered_on, made.due_on) == (SIGNED - DAY, date(2026, 5, 30))


def test_where_the_minutes_name_no_day_the_discovery_is_stated() -> None:
    matter = make_matter(signed_on=None)
    with pytest.raises(InvalidInput) as caught:
        propose(matter)
    assert caught.value.code == "discovery_missing"
    assert propose(matter, discovered_on=SIGNED).discovered_on == SIGNED


def test_other_measures_have_neither_form_nor_clock(matter: Matter) -> None:
    made = propose(matter, kind=HandlingKind.REFERRAL, addressee="Công an tỉnh", acts=[])
    assert (made.form, made.limit_days, made.due_on, made.days_left(SIGNED)) == (None,) * 4
    let_name_forms(matter, matter.an)
    with pytest.raises(InvalidInput) as caught:
        name(matter, made, "reprimand", matter.an)
    assert caught.value.code == "form_does_not_exist"


# --- The form ----------------------------------------------------------------------------------


def test_naming_a_form_takes_leave_that_an_approver_gives(matter: Matter) -> None:
    made = propose(matter)
    for actor in (matter.an, matter.lan, matter.minh):
        with pytest.raises(NotAllowed) as caught:
            name(matter, made, "removal", actor)
        assert caught.value.code == "form_naming_not_allowed"
    let_name_forms(matter, matter.lan)
    name(matter, made, "removal", matter.lan)
    assert (made.form, made.acts.get().limitation["reprimand"]) == ("removal", None)
    name(matter, made, None, matter.lan)
    assert (made.form, made.form_named_by) == (None, None)


def test_leave_to_name_forms_is_given_by_another_and_ends(matter: Matter) -> None:
    with pytest.raises(SamePerson):
        let_name_forms(matter, matter.minh)
    with pytest.raises(NotAllowed):
        form_naming.let_name_forms(actor=matter.lan, user=matter.an, now=NOW)
    for _ in range(2):
        let_name_forms(matter, matter.an)
    form_naming.end_form_naming(actor=matter.minh, user=matter.an, now=NOW)
    with pytest.raises(NotAllowed):
        name(matter, propose(matter), "warning", matter.an)
    let_name_forms(matter, matter.an)
    events = AuditEvent.objects.filter(action__startswith="user.form_naming").order_by("position")
    assert [event.action.rpartition("_")[2] for event in events] == ["granted", "ended", "granted"]


@pytest.mark.parametrize(
    ("category", "day", "forms"),
    [
        ("civil_servant", "2025-07-01", CIVIL_SERVANT_FORMS),
        ("civil_servant", "2025-06-30", set()),
        ("civil_servant_leader", "2026-03-02", CIVIL_SERVANT_FORMS | {"removal"}),
        ("cadre", "2026-03-02", {"reprimand", "warning", "removal", "recall"}),
        ("retired", "2026-03-02", {"reprimand", "warning", "stripping"}),
        ("public_employee", "2026-06-30", set()),
        ("public_employee", "2026-07-01", CIVIL_SERVANT_FORMS),
        ("public_employee_manager", "2026-07-01", CIVIL_SERVANT_FORMS | {"removal"}),
    ],
)
def test_forms_exist_for_a_category_since_their_decree(
    category: str, day: str, forms: set[str]
) -> None:
    found = reference.forms_for(category, date.fromisoformat(day))
    assert {rule.form for rule in found} == forms


def test_the_package_names_categories_and_forms_that_there_are() -> None:
    for rule in reference.discipline_forms():
        assert rule.category in OfficialCategory.values
        assert rule.form in DisciplineForm.values


def test_only_a_form_that_exists_for_the_person_is_named(matter: Matter) -> None:
    let_name_forms(matter, matter.an)
    made = propose(matter)
    with pytest.raises(InvalidInput) as caught:
        name(matter, made, "recall", matter.an)
    assert caught.value.code == "form_does_not_exist"
    assert set(caught.value.params["forms"]) == CIVIL_SERVANT_FORMS | {"removal"}
    collective = propose(matter, official=None)
    with pytest.raises(InvalidInput):
        name(matter, collective, "reprimand", matter.an)


# --- Second persons ----------------------------------------------------------------------------


def test_whoever_proposed_or_named_the_form_neither_reviews_nor_records(matter: Matter) -> None:
    matter.an.grants.create(role=Role.APPROVER, granted_at=NOW)
    an = User.objects.get(pk=matter.an.pk)
    let_name_forms(matter, matter.lan)
    made = propose(matter, an)
    name(matter, made, "warning", matter.lan)
    review: dict[str, Any] = {"recommendation": made, "supported": True, "reason": "x", "now": NOW}
    for actor in (an, matter.lan):
        with pytest.raises(SamePerson):
            handling.review(actor=actor, version=made.version, **review)
    handling.review(actor=matter.minh, version=made.version, **review)
    to = {"to": "UBND xã", "on": LATER.date(), "now": LATER}
    handling.forward(actor=an, recommendation=made, version=made.version, **to)
    for actor in (an, matter.lan):
        with pytest.raises(SamePerson):
            decide(matter, made, actor)
    assert decide(matter, made).state == HandlingState.DECIDED


def test_the_database_refuses_the_same_person_twice(matter: Matter) -> None:
    made = forwarded(matter)
    rows = HandlingRecommendation.objects.filter(pk=made.pk)
    for column in ("reviewed_by", "decided_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{column: made.proposed_by})


def test_what_is_not_supported_ends_there(matter: Matter) -> None:
    made = propose(matter)
    handling.review(
        actor=matter.lan,
        recommendation=made,
        version=1,
        supported=False,
        reason="Chưa đủ căn cứ",
        now=NOW,
    )
    assert made.state == HandlingState.DECLINED
    with pytest.raises(WrongState):
        handling.forward(
            actor=matter.chi, recommendation=made, version=2, to="x", on=NOW.date(), now=NOW
        )
    assert not HandlingRecommendation.objects.disciplining().exists()


def test_a_recommendation_is_taken_back_by_whoever_made_it_before_it_is_forwarded(
    matter: Matter,
) -> None:
    made = supported(matter)
    facts: dict[str, Any] = {"recommendation": made, "reason": "Nhầm người", "now": NEXT_DAY}
    with pytest.raises(NotAllowed):
        handling.withdraw(actor=matter.lan, version=2, **facts)
    handling.withdraw(actor=matter.an, version=2, **facts)
    assert made.state == HandlingState.WITHDRAWN
    other = forwarded(matter)
    with pytest.raises(WrongState):
        handling.withdraw(
            actor=matter.an, version=other.version, **(facts | {"recommendation": other})
        )


# --- The decision ------------------------------------------------------------------------------


def test_the_authoritys_decision_is_recorded_with_its_number_and_day(matter: Matter) -> None:
    made = decide(matter, forwarded(matter), ends_on=NEXT_DAY.date() + 365 * DAY)
    assert (made.decision_number, made.decision_form) == ("15/QĐ-UBND", "reprimand")
    assert made.days_left(SIGNED) is None
    with pytest.raises(WrongState):
        decide(matter, made)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"form": None}, "invalid_input"),
        ({"form": "recall"}, "form_does_not_exist"),
        ({"effective_on": None}, "invalid_input"),
        ({"ends_on": NEXT_DAY.date() - DAY}, "day_too_early"),
        ({"effective_on": NEXT_DAY.date() - DAY}, "day_too_early"),
        ({"day": NEXT_DAY.date() - DAY}, "day_too_early"),
        (
            {"effective_on": None, "form": None, "result": "not_applied", "ends_on": SIGNED},
            "invalid_input",
        ),
        ({"number": ""}, "invalid_input"),
        ({"authority": " "}, "invalid_input"),
        ({"day": NEXT_DAY.date() + DAY}, "day_to_come"),
        ({"result": HandlingResult.NOT_APPLIED}, "form_without_person"),
        ({"result": HandlingResult.OTHER, "form": None}, "invalid_input"),
    ],
)
def test_a_decision_that_lacks_something_is_refused(
    matter: Matter, changes: dict[str, Any], code: str
) -> None:
    made = forwarded(matter)
    assert refused(lambda: decide(matter, made, **changes)).code == code


def test_a_recommendation_is_forwarded_after_it_was_made(matter: Matter) -> None:
    made = supported(matter)
    error = refused(
        lambda: handling.forward(
            actor=matter.chi,
            recommendation=made,
            version=made.version,
            to="x",
            on=LATER.date() - DAY,
            now=NEXT_DAY,
        )
    )
    assert error.code == "day_too_early"


def test_the_database_refuses_days_out_of_their_order(matter: Matter) -> None:
    made = decide(matter, forwarded(matter))
    rows = HandlingRecommendation.objects.filter(pk=made.pk)
    for column, day in (
        ("forwarded_on", NEXT_DAY.date() + DAY),
        ("effective_on", NEXT_DAY.date() - DAY),
        ("extension_on", SIGNED - DAY),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{column: day})


def test_no_discipline_is_a_decision_too(matter: Matter) -> None:
    result = HandlingResult.NOT_APPLIED
    made = decide(matter, forwarded(matter), result=result, form=None, effective_on=None)
    assert (made.state, made.result, made.decision_form) == ("decided", "not_applied", None)


def test_a_collective_is_disciplined_without_a_form(matter: Matter) -> None:
    made = forwarded(matter, official=None)
    with pytest.raises(InvalidInput):
        decide(matter, made)
    assert decide(matter, made, form=None).result == "applied"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_record_a_decision_at_once_one_wins(matter: Matter) -> None:
    made = forwarded(matter)

    def record(actor: User) -> str:
        try:
            decide(matter, HandlingRecommendation.objects.get(pk=made.pk), actor)
        except DomainError as error:
            return error.code
        return "decided"

    said = at_once(lambda: record(matter.chi), lambda: record(matter.minh))
    assert "decided" in said
    assert set(said) <= {"decided", "version_conflict", "wrong_state"}
    assert AuditEvent.objects.filter(action="handling.decide").count() == 1


def test_a_stale_step_is_refused(matter: Matter) -> None:
    made = supported(matter)
    with pytest.raises(VersionConflict):
        handling.forward(
            actor=matter.chi, recommendation=made, version=1, to="x", on=NOW.date(), now=NOW
        )


# --- Who reads ---------------------------------------------------------------------------------


def test_persons_are_named_to_whose_work_needs_them(matter: Matter) -> None:
    made, people = propose(matter), matter.door.people
    for actor in (matter.lan, matter.minh, matter.chi, matter.an):
        handling.read_recommendation(actor=actor, recommendation=made, now=LATER)
    assert AuditEvent.objects.filter(action="handling.read").count() == 4
    for actor in (matter.door.cuc, people.binh, people.dung, people.giang, people.phuong):
        with pytest.raises(NotFound):
            handling.read_recommendation(actor=actor, recommendation=made, now=LATER)
    assert HandlingRecommendation.objects.visible_to(people.dung).count() == 1
    assert not HandlingRecommendation.objects.visible_to(matter.door.cuc).exists()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER, Role.APPROVER, Role.CLERK}))
def test_others_carry_nothing_on(matter: Matter, role: Role) -> None:
    made, actor = forwarded(matter), make_user("Sơn", role)
    with pytest.raises(NotAllowed):
        decide(matter, made, actor)
