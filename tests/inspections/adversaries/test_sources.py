"""Edit a source before freezing: a planner who bends the data for one run of the scores, and bends them back."""

from collections.abc import Callable

import pytest

from inspections.models import (
    AbsentMeans,
    AuditEvent,
    Load,
    LoadState,
    Plan,
    RiskRun,
    Source,
    SourceKind,
)
from inspections.services import commitment, plans, scoring, sources
from planner.policy import DEFAULT
from tests.inspections.adversaries.data import DATA_OF, Province, task
from tests.inspections.database import refused
from tests.inspections.services.loading import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def province(db: None) -> Province:
    return Province()


def frozen(province: Province, run: RiskRun) -> Plan:
    plan = province.draft(run)
    return commitment.freeze(actor=province.lan, plan=plan, version=plan.version, now=province.now)


def source(province: Province) -> Source:
    return Source.objects.filter(kind=SourceKind.TASK).first() or province.source(SourceKind.TASK)


def overdue(province: Province) -> Load:
    """Forty overdue tasks of the friend, as the honest export has them."""
    rows = [task(f"NV{number}", province.friend.name, due="09/02/2026") for number in range(40)]
    rows += [
        task(f"KH{number}", unit.name, due="09/02/2026", done="09/02/2026")
        for number, unit in enumerate(province.others)
    ]
    return province.loaded(source(province), tasks(*rows), cutoff=DATA_OF)


def undo(province: Province, load: Load) -> None:
    province.undo(load)


def read_silence_in_another_way(province: Province, load: Load) -> None:
    sources.update_source(
        actor=province.lan,
        source=load.source,
        version=load.source.version,
        changes={"absent_means": AbsentMeans.NO_DATA},
        now=province.now,
    )


@pytest.mark.parametrize("bend", [undo, read_silence_in_another_way])
def test_scores_computed_while_the_data_were_bent_are_not_frozen_once_they_are_bent_back(
    province: Province, bend: Callable[[Province, Load], None]
) -> None:
    load = overdue(province)
    honest = province.compute()
    bend(province, load)
    bent = province.compute()
    if load.source.loads.in_effect().exists():
        load.source.refresh_from_db()
        sources.update_source(
            actor=province.lan,
            source=load.source,
            version=load.source.version,
            changes={"absent_means": AbsentMeans.ZERO},
            now=province.now,
        )
    else:
        overdue(province)
    plan = province.draft(bent)
    error = refused(
        lambda: commitment.freeze(
            actor=province.lan, plan=plan, version=plan.version, now=province.now
        )
    )
    assert error.code == "scores_stale"
    assert honest.inputs != bent.inputs


def test_scores_frozen_while_the_data_are_bent_say_so_in_the_frame(province: Province) -> None:
    load = overdue(province)
    honest = province.compute()
    province.undo(load)
    plan = frozen(province, province.compute())

    assert load.sha256 in str(honest.inputs)
    assert load.sha256 not in (plan.frame or "")
    event = AuditEvent.objects.get(action="load.undo")
    assert (event.actor_id, event.object_id) == (province.lan.pk, str(load.pk))
    assert event.details["sha256"] == load.sha256


def test_scores_as_of_a_day_before_the_bad_news_are_not_frozen(province: Province) -> None:
    overdue(province)
    plan = province.draft(province.compute(days_earlier=1))
    error = refused(
        lambda: commitment.freeze(
            actor=province.lan, plan=plan, version=plan.version, now=province.now
        )
    )
    assert error.code == "scores_stale"


def test_a_file_read_in_a_friendlier_way_is_another_load_and_its_reading_is_on_record(
    province: Province,
) -> None:
    load = overdue(province)
    before = frozen(province, province.compute())
    read = load.source
    province.undo(load)
    sources.update_source(
        actor=province.lan,
        source=read,
        version=read.version,
        changes={"overrides": {"statuses": {"Đang thực hiện": {"state": "done"}}}},
        now=province.now,
    )
    rows = [task(f"NV{number}", province.friend.name, due="09/02/2026") for number in range(40)]
    again = province.loaded(read, tasks(*rows), cutoff=DATA_OF, accept_problems=True)
    assert again.state == LoadState.IN_EFFECT

    # The plan that was frozen keeps the loads that it was frozen on.
    before.refresh_from_db()
    assert str(load.pk) in (before.frame or "")
    assert str(again.pk) not in (before.frame or "")
    events = AuditEvent.objects.filter(action="source.update", object_id=str(read.pk))
    assert [event.details for event in events] == [{"changed": ["overrides"]}]


def test_weights_that_spare_the_friend_count_next_month_and_not_now(province: Province) -> None:
    overdue(province)
    rules = dict(DEFAULT.to_document()["rules"])  # type: ignore[call-overload]
    rules["task_rate"] = {"weight": "0", "half": "0.2"}
    policy = scoring.propose_policy(
        actor=province.lan,
        name="Nhẹ tay",
        reason="Cho tháng này",
        parameters=DEFAULT.to_document() | {"rules": rules},
        now=province.now,
    )
    scoring.endorse_policy(
        actor=province.minh, policy=policy, version=policy.version, now=province.now
    )
    run = province.compute()
    assert run.policy != policy
    assert frozen(province, run).policy == run.policy


def test_a_source_is_edited_by_planners_alone(province: Province) -> None:
    load = overdue(province)
    error = refused(
        lambda: sources.update_source(
            actor=province.minh,
            source=load.source,
            version=load.source.version,
            changes={"name": "Khác"},
            now=province.now,
        )
    )
    assert error.code == "not_allowed"
    assert plans.EDITABLE.isdisjoint({"frame", "policy", "period"})
