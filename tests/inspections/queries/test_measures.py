"""What the loaded rows become for the score, on cases small enough to count by hand."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inspections.models import (
    AbsentMeans,
    Assigner,
    CalendarDay,
    Complaint,
    DayKind,
    Dossier,
    DossierSummary,
    FactState,
    Load,
    LoadState,
    Origin,
    PastResult,
    Role,
    Source,
    SourceKind,
    Task,
    Unit,
    User,
    Visit,
)
from inspections.queries.measures import Measured, measure
from inspections.services import plans
from inspections.states import VisitState
from planner.policy import DEFAULT
from tests.builders import HANOI, make_department, make_unit, make_user

pytestmark = pytest.mark.django_db

# A Monday; the window of tasks and complaints begins in June 2025, that of dossiers in November.
CUTOFF = date(2026, 6, 1)
SWITCHED = datetime(2026, 6, 1, 8, tzinfo=HANOI)


@pytest.fixture
def lan() -> User:
    make_department(complaint_answer_days=10)
    return make_user("Lan")


def make_load(
    kind: SourceKind,
    by: User,
    *,
    absent_means: AbsentMeans = AbsentMeans.ZERO,
    turn: int = 1,
    **fields: Any,
) -> Load:
    """Make a load in effect of the one source of its kind."""
    source = fields.pop("source", None)
    source = (
        source
        or Source.objects.get_or_create(
            code=kind.value.replace("_", "-"),
            defaults={"name": kind.label, "kind": kind, "absent_means": absent_means},
        )[0]
    )
    number = Load.objects.count() + 1
    defaults = {
        "number": number,
        "file_name": f"{kind}.csv",
        "sha256": f"{number:064x}",
        "size": 1,
        "state": LoadState.IN_EFFECT,
        "turn": turn,
        "cutoff": CUTOFF,
        "uploaded_by": by,
        "uploaded_at": SWITCHED,
        "switched_by": by,
        "switched_at": SWITCHED,
    }
    return Load.objects.create(source=source, **(defaults | fields))


def make_task(load: Load, unit: Unit, code: str, **fields: Any) -> Task:
    defaults = {"row": 1, "state": FactState.OPEN, "assigner": Assigner.COMMITTEE}
    return Task.objects.create(load=load, unit=unit, code=code, **(defaults | fields))


def make_dossier(load: Load, unit: Unit, code: str, **fields: Any) -> Dossier:
    defaults = {"row": 1, "state": FactState.DONE}
    return Dossier.objects.create(load=load, unit=unit, code=code, **(defaults | fields))


def make_complaint(load: Load, unit: Unit, code: str, **fields: Any) -> Complaint:
    defaults = {"row": 1, "state": FactState.OPEN}
    return Complaint.objects.create(load=load, unit=unit, code=code, **(defaults | fields))


def measured(as_of: date = CUTOFF) -> Measured:
    return measure(as_of=as_of, policy=DEFAULT)


def of(unit: Unit, result: Measured, name: str) -> float:
    """Return one unit's number."""
    return float(getattr(result.inputs, name)[[u.pk for u in result.units].index(unit.pk)])


def test_an_open_task_past_its_deadline_is_overdue_by_its_working_days(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.TASK, lan)
    make_task(load, unit, "late", due=CUTOFF - timedelta(days=7))
    make_task(load, unit, "due later", due=CUTOFF + timedelta(days=7))

    result = measured()

    assert of(unit, result, "tasks") == 1
    assert of(unit, result, "tasks_overdue") == 1
    assert of(unit, result, "task_days") == 5


def test_a_deadline_on_a_day_off_moves_to_the_next_working_day(lan: User) -> None:
    unit = make_unit("X1")
    CalendarDay.objects.create(date=date(2026, 5, 1), kind=DayKind.HOLIDAY, name="1/5")
    load = make_load(SourceKind.TASK, lan)
    for code, done in (("met", date(2026, 5, 4)), ("missed", date(2026, 5, 5))):
        make_task(load, unit, code, due=date(2026, 5, 1), done=done, state=FactState.DONE)

    result = measured()

    assert (of(unit, result, "tasks"), of(unit, result, "tasks_overdue")) == (2, 1)
    assert of(unit, result, "task_days") == 1


def test_a_task_finished_without_a_date_counts_as_its_source_labels_it(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.TASK, lan)
    for code, label in (("a", "late"), ("b", "on_time")):
        make_task(load, unit, code, due=date(2026, 5, 4), state=FactState.DONE, label=label)

    result = measured()

    assert (of(unit, result, "tasks"), of(unit, result, "tasks_overdue")) == (2, 1)
    assert of(unit, result, "task_days") == 0


def test_days_of_one_task_stop_at_the_cap(lan: User) -> None:
    unit = make_unit("X1")
    make_task(make_load(SourceKind.TASK, lan), unit, "old", due=date(2020, 1, 6))

    assert of(unit, measured(), "task_days") == DEFAULT.days_cap


def test_a_row_counts_as_of_the_cutoff_of_its_own_load(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.TASK, lan, cutoff=date(2026, 5, 4))
    make_task(load, unit, "due after the cut-off", due=date(2026, 5, 11))

    assert of(unit, measured(), "tasks") == 0


def test_the_later_load_of_a_source_replaces_a_row_with_the_same_code(lan: User) -> None:
    unit = make_unit("X1")
    make_task(make_load(SourceKind.TASK, lan), unit, "T1", due=date(2026, 5, 4))
    again = make_load(SourceKind.TASK, lan, turn=2)
    make_task(again, unit, "T1", due=date(2026, 5, 4), done=date(2026, 5, 4), state=FactState.DONE)

    result = measured()

    assert (of(unit, result, "tasks"), of(unit, result, "tasks_overdue")) == (1, 0)


def test_a_dossier_is_late_by_its_first_appointment_whatever_was_appointed_later(
    lan: User,
) -> None:
    unit = make_unit("X1")
    make_dossier(
        make_load(SourceKind.DOSSIER, lan),
        unit,
        "H1",
        received=date(2026, 4, 1),
        original_due=date(2026, 5, 4),
        due=date(2026, 5, 29),
        done=date(2026, 5, 11),
    )

    result = measured()

    assert (of(unit, result, "dossiers_overdue"), of(unit, result, "dossier_days")) == (1, 5)


def test_a_deadline_that_was_moved_on_for_pauses_is_moved_back(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.DOSSIER, lan)
    # Due on Monday 4 May, paused for a week, done on the new day.
    moved = {"received": date(2026, 4, 1), "due": date(2026, 5, 11), "done": date(2026, 5, 11)}
    make_dossier(load, unit, "paused", pause_days=7, **moved)
    make_dossier(load, unit, "not paused", pause_days=0, **moved)
    make_dossier(load, unit, "stated", pause_days=7, original_due=date(2026, 5, 8), **moved)

    result = measured()

    assert of(unit, result, "dossiers_overdue") == 2
    assert of(unit, result, "dossier_days") == 5 + 1


def test_paused_and_reopened_dossiers_are_counted_once_each(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.DOSSIER, lan)
    day = {"received": date(2026, 5, 4), "done": date(2026, 5, 5)}
    make_dossier(load, unit, "both", reopened=True, pause_days=3, **day)
    make_dossier(load, unit, "paused", pause_days=1, **day)
    make_dossier(load, unit, "neither", **day)

    assert of(unit, measured(), "dossiers_paused") == 2


def test_dossiers_brought_forward_count_once_over_several_summaries(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.DOSSIER_SUMMARY, lan)
    for month, received, late, overdue in ((3, 100, 4, 7), (4, 110, 5, 3)):
        DossierSummary.objects.create(
            load=load,
            unit=unit,
            code=f"X1/{month}",
            row=month,
            period_from=date(2026, month, 1),
            period_to=date(2026, month, 28),
            received=received,
            brought_forward=20,
            late=late,
            overdue=overdue,
        )

    result = measured()

    # 20 forward + 100 + 110; late 4 + 5, and 3 still overdue at the end of April.
    assert (of(unit, result, "dossiers"), of(unit, result, "dossiers_overdue")) == (230, 12)
    assert of(unit, result, "dossiers_detailed") == 0


def test_one_complainant_with_many_letters_is_one_and_unnamed_letters_are_one_each(
    lan: User,
) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.COMPLAINT, lan)
    for number, who in enumerate(("a" * 32, "a" * 32, "b" * 32, "", "")):
        make_complaint(load, unit, str(number), received=date(2026, 5, 4), complainant=who)

    assert of(unit, measured(), "complainants") == 4


def test_a_complaint_without_a_deadline_is_due_after_the_departments_working_days(
    lan: User,
) -> None:
    unit = make_unit("X1")
    load = make_load(SourceKind.COMPLAINT, lan)
    # Ten working days after Monday 4 May end on Monday 18 May.
    for code, done in (("met", date(2026, 5, 18)), ("missed", date(2026, 5, 19))):
        make_complaint(load, unit, code, received=date(2026, 5, 4), done=done, state="done")
    make_complaint(load, unit, "not due yet", received=date(2026, 5, 29))

    result = measured()

    assert (of(unit, result, "answers_due"), of(unit, result, "answers_late")) == (2, 1)


def test_findings_fade_and_only_a_drawn_full_visit_starts_the_cool_down(lan: User) -> None:
    drawn, directed = make_unit("X1"), make_unit("X2")
    load = make_load(SourceKind.RESULT, lan)
    day = CUTOFF - timedelta(days=round(DEFAULT.finding_half_life * 30.4375))
    for unit, is_drawn in ((drawn, True), (directed, False)):
        PastResult.objects.create(
            load=load,
            unit=unit,
            code=unit.code,
            row=1,
            visited_on=day,
            major=1,
            minor=2,
            drawn=is_drawn,
            complete=True,
        )

    result = measured()

    assert of(drawn, result, "finding_points") == pytest.approx(3, rel=1e-3)
    assert of(drawn, result, "months_since_draw") == pytest.approx(18, abs=0.02)
    assert of(directed, result, "months_since_draw") == float("inf")
    assert of(directed, result, "months_since_visit") == pytest.approx(18, abs=0.02)


def test_a_critical_finding_of_a_full_visit_is_weighed_at_both_half_lives(lan: User) -> None:
    full, partial = make_unit("X1"), make_unit("X2")
    load = make_load(SourceKind.RESULT, lan)
    day = CUTOFF - timedelta(days=round(DEFAULT.finding_half_life * 30.4375))
    for unit, complete in ((full, True), (partial, False)):
        PastResult.objects.create(
            load=load,
            unit=unit,
            code=unit.code,
            row=1,
            visited_on=day,
            critical=2,
            drawn=True,
            complete=complete,
        )

    result = measured()

    assert of(full, result, "critical_weight") == of(full, result, "visit_weight")
    assert of(full, result, "critical_weight") == pytest.approx(1 / 2, rel=1e-3)
    assert of(full, result, "recent_critical_weight") == pytest.approx(1 / 8, rel=1e-3)
    assert of(full, result, "recent_visit_weight") == pytest.approx(1 / 8, rel=1e-3)
    assert of(partial, result, "critical_weight") == of(partial, result, "visit_weight") == 0
    assert of(partial, result, "finding_points") > 0


def test_a_unit_and_those_directly_under_it_are_one_cluster(lan: User) -> None:
    head, other = make_unit("X1"), make_unit("X2")
    first, second = make_unit("X3", parent=head), make_unit("X4", parent=head)

    result = measured()

    clusters = [of(unit, result, "cluster") for unit in (head, first, second, other)]
    assert clusters[0] == clusters[1] == clusters[2] != clusters[3]


def test_a_source_says_whether_an_absent_unit_has_none_or_no_data(lan: User) -> None:
    named, absent = make_unit("X1"), make_unit("X2")
    tasks = make_load(SourceKind.TASK, lan)
    make_task(tasks, named, "T1", due=date(2026, 5, 4))
    letters = make_load(SourceKind.COMPLAINT, lan, absent_means=AbsentMeans.NO_DATA)
    make_complaint(letters, named, "P1", received=date(2026, 5, 4))

    result = measured()

    assert (of(absent, result, "task_cover"), of(absent, result, "complaint_cover")) == (1, 0)
    assert of(named, result, "complaint_cover") == 1


def test_a_load_of_one_month_covers_its_share_of_the_window(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(
        SourceKind.TASK, lan, period_from=date(2026, 5, 1), period_to=date(2026, 5, 31)
    )
    make_task(load, unit, "T1", due=date(2026, 5, 4))

    assert of(unit, measured(), "task_cover") == pytest.approx(31 / 366, rel=1e-2)


def test_two_sources_cover_the_months_of_both(lan: User) -> None:
    unit = make_unit("X1")
    for code, month in (("a", 4), ("b", 5)):
        other = Source.objects.create(
            code=code, name=code, kind=SourceKind.TASK, absent_means=AbsentMeans.ZERO
        )
        load = make_load(
            SourceKind.TASK,
            lan,
            source=other,
            period_from=date(2026, month, 1),
            period_to=date(2026, month, 28),
        )
        make_task(load, unit, code, due=date(2026, month, 4))

    assert of(unit, measured(), "task_cover") == pytest.approx(56 / 366, rel=1e-2)


def test_a_source_that_speaks_of_other_months_alone_is_silent(lan: User) -> None:
    unit = make_unit("X1")
    load = make_load(
        SourceKind.TASK,
        lan,
        cutoff=date(2024, 1, 31),
        period_from=date(2024, 1, 1),
        period_to=date(2024, 1, 31),
    )
    make_task(load, unit, "left over", due=date(2024, 1, 4))

    result = measured()

    assert (of(unit, result, "task_cover"), of(unit, result, "tasks")) == (0, 0)


def test_a_directed_visit_does_not_lower_the_units_score(lan: User) -> None:
    drawn, directed = make_unit("X1"), make_unit("X2")
    plan = plans.create_plan(
        actor=make_user("Hoa", Role.PLANNER),
        period=date(2026, 5, 1),
        size=1,
        now=SWITCHED.replace(month=4),
    )
    for unit, origin in ((drawn, Origin.DRAWN), (directed, Origin.DIRECTED)):
        Visit.objects.create(
            plan=plan,
            origin=origin,
            state=VisitState.ARRIVED,
            unit=unit,
            date=date(2026, 5, 4),
            session="morning",
        )

    result = measured()

    assert of(drawn, result, "months_since_visit") < 1
    assert of(directed, result, "months_since_visit") == float("inf")


def test_units_that_cannot_be_inspected_are_left_out(lan: User) -> None:
    make_unit("X1", is_active=False)
    kept = make_unit("X2")

    assert [unit.pk for unit in measured().units] == [kept.pk]


def test_the_number_of_queries_does_not_grow_with_the_units(
    lan: User, django_assert_max_num_queries: Any
) -> None:
    load = make_load(SourceKind.TASK, lan)
    for number in range(30):
        make_task(load, make_unit(f"X{number}"), str(number), due=date(2026, 5, 4))

    with django_assert_max_num_queries(24):
        measured()
