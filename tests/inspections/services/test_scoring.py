"""Policies and scores: nobody bends this month's probabilities, and every score is the sum of its parts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inspections.errors import (
    InvalidInput,
    NotAllowed,
    SamePerson,
    VersionConflict,
    WrongState,
)
from inspections.models import (
    AbsentMeans,
    Assigner,
    AuditEvent,
    Complaint,
    FactState,
    Load,
    LoadState,
    Policy,
    RiskRun,
    Role,
    Source,
    SourceKind,
    Task,
    Unit,
    UnitScore,
    User,
)
from inspections.services import audit, scoring, users
from planner.policy import DEFAULT
from tests.builders import HANOI, NOW, make_unit, make_user
from tests.inspections.database import contents, refused
from tests.inspections.services.months import Month

pytestmark = pytest.mark.django_db

APRIL = datetime(2026, 4, 6, 8, 0, tzinfo=HANOI)
MAY = datetime(2026, 5, 4, 8, 0, tzinfo=HANOI)


def document(**changes: Any) -> dict[str, Any]:
    return DEFAULT.to_document() | changes


def propose(month: Month, **more: Any) -> Policy:
    return scoring.propose_policy(
        **{
            "actor": month.lan,
            "name": "Trọng số 2026",
            "reason": "Theo Kế hoạch 100",
            "now": NOW,
        }
        | more
    )


def endorse(month: Month, policy: Policy, **more: Any) -> Policy:
    facts = {"actor": month.minh, "policy": policy, "version": policy.version, "now": NOW}
    return scoring.endorse_policy(**facts | more)


def compute(month: Month, now: datetime = APRIL, **more: Any) -> RiskRun:
    facts = {"actor": month.lan, "as_of": now.date(), "now": now}
    return scoring.compute_risk(**facts | more)


# --- Proposing -------------------------------------------------------------------------------


def test_a_policy_without_numbers_of_its_own_is_the_packaged_one(month: Month) -> None:
    policy = propose(month)
    assert policy.parameters == DEFAULT.to_document()
    assert (policy.number, policy.author, policy.in_force_from) == (1, month.lan, None)
    assert AuditEvent.objects.get(action="policy.propose").object_id == str(policy.pk)


def test_policies_are_numbered_in_the_order_of_their_proposal(month: Month) -> None:
    assert [propose(month).number for _ in range(3)] == [1, 2, 3]


BAD_POLICIES: dict[str, Callable[[], dict[str, Any]]] = {
    "empty": dict,
    "another format": lambda: document(format="kycuong/policy/99"),
    "an unknown field": lambda: document(favourite="00001"),
    "a field missing": lambda: {k: v for k, v in document().items() if k != "base"},
    "no base": lambda: document(base="0"),
    "a negative weight": lambda: with_weight("-1"),
    "a weight that is no number": lambda: with_weight("NaN"),
    "an infinite weight": lambda: with_weight("Infinity"),
    "a weight as a float": lambda: with_weight(1.5),
    "a rule of another shape": lambda: document(rules={"task_rate": 7}),
    "a window of a century": lambda: document(task_months=1200),
    "a switch for a number": lambda: document(task_months=True),
}


def with_weight(weight: object) -> dict[str, Any]:
    rules = dict(DEFAULT.to_document()["rules"])  # type: ignore[call-overload]
    return document(rules=rules | {"task_rate": {"weight": weight, "half": "0.2"}})


@pytest.mark.parametrize("bad", BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_numbers_that_make_no_policy_are_refused(
    month: Month, bad: Callable[[], dict[str, Any]]
) -> None:
    error = refused(lambda: propose(month, parameters=bad()))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "parameters"


@pytest.mark.parametrize("field", ["name", "reason"])
@pytest.mark.parametrize("value", ["", "  ", "\u200b"], ids=repr)
def test_a_policy_has_a_name_and_a_reason(month: Month, field: str, value: str) -> None:
    error = refused(lambda: propose(month, **{field: value}))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == field


@pytest.mark.parametrize("name", ["minh", "an", "chi", "phuong", "dung", "giang", "ha"])
def test_only_a_planner_proposes_and_scores(month: Month, name: str) -> None:
    endorse(month, propose(month))
    actor = getattr(month.people, name)
    assert type(refused(lambda: propose(month, actor=actor))) is NotAllowed
    assert type(refused(lambda: compute(month, actor=actor))) is NotAllowed


# --- Endorsing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (NOW, date(2026, 4, 1)),
        (datetime(2026, 3, 31, 23, 30, tzinfo=HANOI), date(2026, 4, 1)),
        (datetime(2026, 3, 31, 17, 30, tzinfo=UTC), date(2026, 5, 1)),
        (datetime(2026, 12, 1, tzinfo=HANOI), date(2027, 1, 1)),
    ],
    ids=["in March", "late in March", "April here and March in UTC", "in December"],
)
def test_a_policy_is_in_force_from_the_month_after_its_endorsement(
    month: Month, now: datetime, begins: date
) -> None:
    policy = endorse(month, propose(month), now=now)
    assert (policy.endorsed_by, policy.endorsed_at) == (month.minh, now)
    assert policy.in_force_from == begins
    assert list(Policy.objects.in_force(begins - timedelta(days=1))) == []
    assert list(Policy.objects.in_force(begins)) == [policy]
    assert AuditEvent.objects.get(action="policy.endorse").actor_id == month.minh.pk


def test_nobody_endorses_his_own_policy(month: Month) -> None:
    quang = make_user("Quang", Role.PLANNER, Role.APPROVER)
    policy = propose(month, actor=quang)
    assert type(refused(lambda: endorse(month, policy, actor=quang))) is SamePerson
    with (
        pytest.raises(IntegrityError, match="policy_endorsed_by_another_person"),
        transaction.atomic(),
    ):
        Policy.objects.filter(pk=policy.pk).update(
            endorsed_by=quang, endorsed_at=NOW, in_force_from=NOW.date()
        )


@pytest.mark.parametrize("name", ["lan", "an", "chi", "phuong", "dung", "giang", "ha"])
def test_only_an_approver_endorses(month: Month, name: str) -> None:
    policy = propose(month)
    actor = getattr(month.people, name)
    assert type(refused(lambda: endorse(month, policy, actor=actor))) is NotAllowed


def test_a_closed_account_endorses_nothing(month: Month) -> None:
    policy = propose(month)
    users.reset_password(actor=month.people.ha, user=month.minh, now=NOW)
    minh = User.objects.get(pk=month.minh.pk)
    assert refused(lambda: endorse(month, policy, actor=minh)).code == "account_closed"


def test_a_policy_is_endorsed_once(month: Month) -> None:
    policy = endorse(month, propose(month))
    oanh = make_user("Oanh", Role.APPROVER)
    assert type(refused(lambda: endorse(month, policy, actor=oanh))) is WrongState


@pytest.mark.parametrize("off", [-1, 1])
def test_another_version_of_a_policy_is_not_endorsed(month: Month, off: int) -> None:
    policy = propose(month)
    error = refused(lambda: endorse(month, policy, version=policy.version + off))
    assert type(error) is VersionConflict


def test_half_an_endorsement_is_refused_by_the_database(month: Month) -> None:
    policy = Policy.objects.filter(pk=propose(month).pk)
    for values in ({"in_force_from": NOW.date()}, {"endorsed_by": month.minh}):
        with (
            pytest.raises(IntegrityError, match="policy_endorsement_complete"),
            transaction.atomic(),
        ):
            policy.update(**values)


# --- What is in force ------------------------------------------------------------------------


def test_weights_endorsed_now_do_not_touch_this_months_scores(month: Month) -> None:
    first = endorse(month, propose(month))
    run = compute(month)
    scores = dict(run.scores.values_list("unit_id", "score"))

    second = endorse(month, propose(month, parameters=document(base="90"), now=APRIL), now=APRIL)

    assert compute(month).policy == first
    assert dict(compute(month).scores.values_list("unit_id", "score")) == scores
    assert dict(run.scores.values_list("unit_id", "score")) == scores
    assert compute(month, now=MAY).policy == second


def test_of_two_policies_endorsed_in_one_month_the_later_one_counts(month: Month) -> None:
    one, other = propose(month), propose(month)
    endorse(month, other)
    endorse(month, one)
    assert compute(month).policy == other


def test_without_a_policy_in_force_nothing_is_scored(month: Month) -> None:
    assert refused(lambda: compute(month)).code == "no_policy_in_force"
    propose(month)
    assert refused(lambda: compute(month)).code == "no_policy_in_force"
    endorse(month, Policy.objects.get())
    assert refused(lambda: compute(month, now=NOW)).code == "no_policy_in_force"


def test_a_cut_off_date_ahead_is_refused(month: Month) -> None:
    endorse(month, propose(month))
    error = refused(lambda: compute(month, as_of=APRIL.date() + timedelta(days=1)))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "as_of"


def test_a_province_without_units_is_not_scored(month: Month) -> None:
    endorse(month, propose(month))
    Unit.objects.update(is_active=False)
    assert isinstance(refused(lambda: compute(month)), InvalidInput)


# --- Scores ----------------------------------------------------------------------------------


def load(kind: SourceKind, by: User) -> Load:
    source = Source.objects.create(
        code=kind.value, name=kind.label, kind=kind, absent_means=AbsentMeans.ZERO
    )
    return Load.objects.create(
        source=source,
        number=Load.objects.count() + 1,
        file_name="a.csv",
        sha256=f"{Load.objects.count() + 1:064x}",
        size=1,
        state=LoadState.IN_EFFECT,
        turn=1,
        cutoff=APRIL.date(),
        uploaded_by=by,
        uploaded_at=APRIL,
        switched_by=by,
        switched_at=APRIL,
    )


@pytest.fixture
def run(month: Month) -> RiskRun:
    """Scores on tasks and complaints of which each unit has more than the one before it."""
    endorse(month, propose(month))
    tasks, letters = load(SourceKind.TASK, month.lan), load(SourceKind.COMPLAINT, month.lan)
    for number, unit in enumerate(month.units):
        for code in range(number):
            Task.objects.create(
                load=tasks,
                row=1,
                unit=unit,
                code=f"{number}-{code}",
                state=FactState.OPEN,
                assigner=Assigner.COMMITTEE,
                due=date(2026, 3, 2) + timedelta(days=code),
            )
            Complaint.objects.create(
                load=letters,
                row=1,
                unit=unit,
                code=f"{number}-{code}",
                state=FactState.OPEN,
                received=date(2026, 3, 2),
            )
    return compute(month)


def test_every_unit_has_a_score_that_is_the_sum_of_its_parts(month: Month, run: RiskRun) -> None:
    scores = list(UnitScore.objects.filter(run=run))
    assert len(scores) == len(month.units)
    for row in scores:
        points = [part["points"] for part in row.parts["parts"]]
        total = row.parts["base"]
        for value in points:
            total += value
        assert total * row.parts["cooldown"] == row.score
        assert points == [part["value"] * part["weight"] for part in row.parts["parts"]]
        assert all(0 <= part["value"] <= 1 for part in row.parts["parts"])
        assert row.parts["base"] == DEFAULT.base
        assert sum(points) > 0


def test_more_backlog_and_more_letters_make_a_higher_score(month: Month, run: RiskRun) -> None:
    scores = dict(run.scores.values_list("unit__code", "score"))
    ranked = [scores[unit.code] for unit in month.units]
    assert ranked == sorted(ranked)
    assert ranked[0] < ranked[-1]


def test_parts_without_data_are_flagged(month: Month, run: RiskRun) -> None:
    row = UnitScore.objects.filter(run=run)[0]
    without = {part["part"] for part in row.parts["parts"] if part["no_data"]}
    assert not row.has_all_data
    assert "dossier_rate" in without
    assert "task_count" not in without


def test_a_run_keeps_what_it_rests_on(month: Month, run: RiskRun) -> None:
    assert (run.as_of, run.computed_at, run.computed_by) == (APRIL.date(), APRIL, month.lan)
    rests_on = {(fact["source"], fact["cutoff"], fact["sha256"]) for fact in run.inputs["loads"]}
    assert rests_on == {
        (row.source.code, "2026-04-06", row.sha256) for row in Load.objects.select_related("source")
    }
    event = AuditEvent.objects.get(action="risk.compute")
    assert event.details == {"policy": 1, "as_of": "2026-04-06"}
    assert list(audit.verify_chain()) == []


def test_scoring_again_on_the_same_data_gives_the_same_scores(month: Month, run: RiskRun) -> None:
    again = compute(month)
    assert again.pk != run.pk
    assert list(again.scores.order_by("unit_id").values_list("unit_id", "score", "parts")) == list(
        run.scores.order_by("unit_id").values_list("unit_id", "score", "parts")
    )


def test_without_any_data_every_unit_of_a_kind_scores_alike(month: Month) -> None:
    endorse(month, propose(month))
    run = compute(month)
    assert run.inputs == {"loads": []}
    assert len(set(run.scores.values_list("score", flat=True))) == 1
    assert not run.scores.filter(has_all_data=True).exists()


def test_a_unit_made_later_is_in_the_next_run_alone(month: Month, run: RiskRun) -> None:
    late = make_unit("99999")
    before = contents()["inspections_unitscore"]
    again = compute(month)
    assert again.scores.filter(unit=late).exists()
    assert not run.scores.filter(unit=late).exists()
    after = contents()["inspections_unitscore"]
    assert [row for row in after if row in before] == before


def test_a_unit_is_scored_once_a_run_and_above_zero(month: Month, run: RiskRun) -> None:
    row = UnitScore.objects.filter(run=run)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitScore.objects.create(run=run, unit=row.unit, score=1, parts={}, has_all_data=True)
    for score in (0, -1):
        with pytest.raises(IntegrityError, match="unit_score_positive"), transaction.atomic():
            UnitScore.objects.filter(pk=row.pk).update(score=score)
