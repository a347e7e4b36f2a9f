"""Freezing, endorsing, drawing and revealing: what is committed to is what is drawn, and nothing else."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from inspections.calendar import DayKind
from inspections.errors import InvalidInput, WrongState
from inspections.models import (
    AbsentMeans,
    CalendarDay,
    Compound,
    Department,
    Load,
    LoadState,
    Plan,
    Session,
    Source,
    SourceKind,
    StratifyBy,
    TagKind,
    Unit,
    UnitKind,
    Visit,
    VisitTag,
)
from inspections.sealing import keyring
from inspections.services import audit, commitment, frames, rosters
from inspections.services.keys import plan_context
from planner import canonical
from planner.frame import read_frame
from planner.record import NOT_PROVEN, PROVEN, draw_frame
from planner.verify import verify
from tests.builders import HANOI, NOW, make_load, make_run, make_unit
from tests.inspections.database import contents, refused
from tests.inspections.services import months
from tests.inspections.services.months import (
    DRAW_DAY,
    PERIOD,
    PUBLIC_VALUE,
    REVEAL_DAY,
    RULE,
    Month,
    press,
)

pytestmark = pytest.mark.django_db

SECRET = "5e" * 32
CUTOFF = date(2026, 2, 28)


def frame_of(plan: Plan) -> dict[str, Any]:
    document = json.loads(plan.frame or "")
    assert isinstance(document, dict)
    return document


def units_of(plan: Plan) -> dict[str, dict[str, Any]]:
    return {unit["code"]: unit for one in frame_of(plan)["strata"] for unit in one["units"]}


# --- Freezing --------------------------------------------------------------------------------


def test_without_data_every_unit_has_the_same_chance(month: Month) -> None:
    units = units_of(months.frozen(month))
    assert units.keys() == {unit.code for unit in month.units}
    assert {(unit["score"], unit["threshold"]) for unit in units.values()} == {
        ("1.0", units["00001"]["threshold"])
    }
    assert frame_of(Plan.objects.get())["policy"] is None


def test_with_a_computation_its_scores_policy_and_loads_are_in_the_frame(month: Month) -> None:
    scores = {unit: 1 + number / 7 for number, unit in enumerate(month.units)}
    load = make_load(SourceKind.TASK, month.lan, cutoff=CUTOFF)
    run = make_run(month.lan, scores, as_of=CUTOFF)

    plan = months.frozen(month, risk_run=run)

    frame = frame_of(plan)
    assert {code: float(unit["score"]) for code, unit in units_of(plan).items()} == {
        unit.code: score for unit, score in scores.items()
    }
    assert plan.policy == run.policy
    assert frame["policy"] == run.policy.parameters
    assert frame["inputs"] == {
        "as_of": "2026-02-28",
        "loads": [
            {
                "absent_means": "zero",
                "cutoff": "2026-02-28",
                "left_out": 0,
                "load": str(load.pk),
                "sha256": load.sha256,
                "source": "task",
            }
        ],
        "period": "2026-04-01",
        "policy_number": 1,
        "serial": 1,
    }


def test_a_unit_added_after_the_computation_has_no_score_and_stops_the_freeze(
    month: Month,
) -> None:
    run = make_run(month.lan, dict.fromkeys(month.units, 1.0), as_of=CUTOFF)
    plan = months.drafted(month, risk_run=run)
    make_unit("99999")

    error = refused(lambda: press("freeze", actor=month.lan, plan=plan))

    assert error.code == "scores_incomplete"
    assert "99999" in str(error)


def test_a_unit_that_can_no_longer_be_inspected_is_left_out(month: Month) -> None:
    run = make_run(month.lan, dict.fromkeys(month.units, 1.0), as_of=CUTOFF)
    Unit.objects.filter(code="00003").update(is_active=False)
    assert "00003" not in units_of(months.frozen(month, risk_run=run))


@pytest.mark.parametrize("day", [PERIOD, PERIOD + timedelta(days=9)], ids=str)
def test_the_first_day_lies_ahead(month: Month, day: date) -> None:
    plan = months.drafted(month, first_day=PERIOD)
    late = datetime(day.year, day.month, day.day, 0, 5, tzinfo=HANOI)
    error = refused(
        lambda: commitment.freeze(actor=month.lan, plan=plan, version=plan.version, now=late)
    )
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "first_day"


def test_the_evening_before_the_first_day_is_early_enough(month: Month) -> None:
    plan = months.drafted(month)
    evening = datetime(2026, 3, 31, 23, 55, tzinfo=HANOI)
    plan = commitment.freeze(actor=month.lan, plan=plan, version=plan.version, now=evening)
    assert plan.frozen_at == evening


@pytest.mark.parametrize("left", ["00007", "00000"], ids=["too few are left", "none is left"])
def test_units_that_were_closed_after_the_draft_may_stop_the_freeze(
    month: Month, left: str
) -> None:
    plan = months.drafted(month)
    Unit.objects.filter(code__gt=left).update(is_active=False)
    assert refused(lambda: press("freeze", actor=month.lan, plan=plan)).code == "infeasible"


def loads_come(month: Month) -> None:
    make_load(SourceKind.TASK, month.lan, cutoff=CUTOFF)


def a_load_is_undone(month: Month) -> None:
    Load.objects.update(state=LoadState.UNDONE, undone_by=month.lan, undone_at=NOW)


def silence_is_read_in_another_way(month: Month) -> None:
    Source.objects.update(absent_means=AbsentMeans.NO_DATA)


def a_policy_comes_into_force(month: Month) -> None:
    make_run(month.lan, {}, as_of=CUTOFF, in_force_from=NOW.date())


@pytest.mark.parametrize(
    "change",
    [loads_come, a_load_is_undone, silence_is_read_in_another_way, a_policy_comes_into_force],
)
def test_scores_of_other_data_or_another_policy_than_todays_are_not_frozen(
    month: Month, change: Callable[[Month], None]
) -> None:
    make_load(SourceKind.COMPLAINT, month.lan, cutoff=CUTOFF)
    run = make_run(month.lan, dict.fromkeys(month.units, 1.0), as_of=CUTOFF)
    plan = months.drafted(month, risk_run=run)
    change(month)
    error = refused(lambda: press("freeze", actor=month.lan, plan=plan))
    assert error.code == "scores_stale"


def test_scores_as_of_a_day_before_the_newest_data_are_not_frozen(month: Month) -> None:
    make_load(SourceKind.TASK, month.lan, cutoff=CUTOFF)
    run = make_run(month.lan, dict.fromkeys(month.units, 1.0), as_of=CUTOFF)
    run.inputs = {"loads": []}  # as compute_risk leaves it for an earlier day
    run.save()
    plan = months.drafted(month, risk_run=run)
    error = refused(lambda: press("freeze", actor=month.lan, plan=plan))
    assert error.code == "scores_stale"


def test_a_list_of_units_or_inspectors_makes_no_scores_stale(month: Month) -> None:
    run = make_run(month.lan, dict.fromkeys(month.units, 1.0), as_of=CUTOFF)
    make_load(SourceKind.INSPECTOR, month.lan, cutoff=CUTOFF)
    assert months.frozen(month, risk_run=run).frame_sha256


@pytest.fixture
def wards(month: Month) -> list[Unit]:
    """Six wards beside the twelve communes."""
    return [make_unit(f"2{number:04}", f"Phường {number}", UnitKind.WARD) for number in range(6)]


def sizes(plan: Plan) -> dict[str, tuple[int, int]]:
    return {one["name"]: (one["n"], len(one["units"])) for one in frame_of(plan)["strata"]}


def test_kinds_of_unit_are_strata_with_the_sizes_given(month: Month, wards: list[Unit]) -> None:
    plan = months.frozen(
        month, 5, stratify_by=StratifyBy.KIND, strata_sizes={"commune": 2, "ward": 3}
    )
    assert sizes(plan) == {"commune": (2, 12), "ward": (3, 6)}
    assert frame_of(plan)["allocation"] == "given"


def test_without_sizes_the_strata_share_the_visits_by_their_units(
    month: Month, wards: list[Unit]
) -> None:
    plan = months.frozen(month, 6, stratify_by=StratifyBy.KIND)
    assert sizes(plan) == {"commune": (4, 12), "ward": (2, 6)}
    assert frame_of(plan)["allocation"] == "largest remainder"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"commune": 3, "wards": 2}, "invalid_input"),
        ({"commune": 5}, "invalid_input"),
        ({"commune": 1, "ward": 4}, "infeasible"),
    ],
    ids=["unknown stratum", "stratum left out", "above the cap in one stratum"],
)
def test_sizes_that_do_not_fit_the_strata_are_refused(
    month: Month, wards: list[Unit], wish: dict[str, int], code: str
) -> None:
    error = refused(
        lambda: months.drafted(month, 5, stratify_by=StratifyBy.KIND, strata_sizes=wish)
    )
    assert error.code == code


def test_visits_are_dated_on_working_days_alone(month: Month) -> None:
    for day, kind in (
        (date(2026, 4, 27), DayKind.HOLIDAY),
        (date(2026, 4, 28), DayKind.PROVISIONAL),
        (date(2026, 4, 25), DayKind.MAKEUP_WORKING_DAY),
    ):
        CalendarDay.objects.create(date=day, kind=kind, name="Giỗ Tổ")

    sessions = frame_of(months.frozen(month, first_day=date(2026, 4, 20)))["calendar"]["sessions"]

    days = [*range(20, 26), 29, 30]
    assert [(one["date"], one["session"]) for one in sessions] == [
        (f"2026-04-{day}", session) for day in days for session in ("morning", "afternoon")
    ]
    assert {(one["kind"], one["capacity"]) for one in sessions} == {("weekday", 1)}


def test_saturday_mornings_are_for_units_that_work_then(month: Month) -> None:
    market = make_unit("30000", "Trung tâm một cửa", works_saturday_morning=True)
    # This Saturday is a day off by swap: nobody works.
    CalendarDay.objects.create(date=date(2026, 4, 18), kind=DayKind.SWAPPED_OFF, name="Nghỉ bù")

    plan = months.frozen(month)

    sessions = frame_of(plan)["calendar"]["sessions"]
    assert [(one["date"], one["session"]) for one in sessions if one["kind"] == "saturday"] == [
        (f"2026-04-{day:02}", "morning") for day in (4, 11, 25)
    ]
    units = units_of(plan)
    assert units.pop(market.code)["sessions"] == ["saturday", "weekday"]
    assert {tuple(unit["sessions"]) for unit in units.values()} == {("weekday",)}


@pytest.mark.parametrize(
    ("given", "written"),
    [("0.5", "0.5"), ("0.500", "0.5"), ("1", "1"), ("1.000", "1"), ("0.875", "0.875")],
)
def test_decimals_are_written_one_way(month: Month, given: str, written: str) -> None:
    plan = months.drafted(month, floor=Decimal("0.5"), cap=Decimal(given))
    for row in (plan, Plan.objects.get(pk=plan.pk)):
        frame = frames.build_frame(row, NOW).frame.document
        assert (frame["floor"], frame["cap"]) == ("0.5", written)


def test_what_a_preview_shows_is_what_is_frozen(month: Month) -> None:
    plan = months.drafted(month)
    preview = frames.build_frame(plan, NOW)
    assert press("freeze", actor=month.lan, plan=plan).frame_sha256 == preview.frame.sha256

    outlook = frames.plan_forecast(preview)
    assert (outlook.units, outlook.visits) == (12, 4)
    assert outlook.largest == pytest.approx(1 / 3)


def test_freezing_commits_to_the_frame_and_to_a_secret_that_is_sealed(month: Month) -> None:
    plan = months.frozen(month)

    content = (plan.frame or "").encode()
    secret = keyring().open(plan.secret_one or b"", context=plan_context(plan, "secret_one"))

    assert canonical.dumps(canonical.loads(content)) == content
    assert hashlib.sha256(content).hexdigest() == plan.frame_sha256
    assert len(secret) == 32
    assert hashlib.sha256(secret).hexdigest() == plan.commitment_one
    stored = repr(contents())
    assert secret.hex() not in stored
    assert repr(secret)[2:-1] not in stored


def test_every_freeze_has_a_secret_of_its_own(month: Month) -> None:
    first = months.cancelled(month, months.frozen(month))
    assert months.frozen(month).commitment_one != first.commitment_one


# --- Endorsing -------------------------------------------------------------------------------


def test_the_second_person_binds_frame_commitments_and_rule_under_one_hash(month: Month) -> None:
    plan = months.frozen(month)
    head = audit.chain_head()

    plan = commitment.endorse(
        actor=month.minh,
        plan=plan,
        version=plan.version,
        now=NOW,
        rule=RULE,
        witnesses=["Trần Thị Thu", " ", "Lê Văn Tám"],
        secret=SECRET,
    )

    bound = {
        "commitments": {
            "s1": plan.commitment_one,
            "s2": hashlib.sha256(bytes.fromhex(SECRET)).hexdigest(),
        },
        "frame_sha256": plan.frame_sha256,
        "plan_id": str(plan.pk),
        "policy_sha256": None,
        "public_value_rule": RULE,
    }
    assert plan.endorsement_sha256 == canonical.sha256_hex(canonical.dumps(bound))
    assert plan.witnesses == ["Trần Thị Thu", "Lê Văn Tám"]
    assert plan.audit_head == head
    assert SECRET not in repr(contents())


def endorse(month: Month, plan: Plan, **more: Any) -> Plan:
    facts = {"actor": month.minh, "plan": plan, "version": plan.version, "now": NOW, "rule": RULE}
    return commitment.endorse(**(facts | more))


BAD_RULES = {
    "empty": ({}, "rule"),
    "a field missing": ({name: RULE[name] for name in ("source", "date", "encoding")}, "rule"),
    "an unknown field": (RULE | {"more": "x"}, "rule"),
    "a number": (RULE | {"source": 7}, "rule"),
    "null": (RULE | {"fallback": None}, "rule"),
    "an empty text": (RULE | {"source": ""}, "rule"),
    "an invisible text": (RULE | {"encoding": " \u200b"}, "rule"),
    "several lines": (RULE | {"source": "Xổ số\nmiền Bắc"}, "rule"),
    "a book": (RULE | {"source": "x" * 70_000}, "rule"),
    "no date": (RULE | {"date": ""}, "rule"),
    "a Vietnamese date": (RULE | {"date": "10/03/2026"}, "rule.date"),
    "30 February": (RULE | {"date": "2026-02-30"}, "rule.date"),
    "today": (RULE | {"date": "2026-03-02"}, "rule.date"),
    "yesterday": (RULE | {"date": "2026-03-01"}, "rule.date"),
    "the first day of visits": (RULE | {"date": "2026-04-01"}, "rule.date"),
}


@pytest.mark.parametrize(("rule", "field"), BAD_RULES.values(), ids=BAD_RULES)
def test_a_rule_of_the_wrong_shape_or_date_is_refused(
    month: Month, rule: dict[str, Any], field: str
) -> None:
    plan = months.frozen(month)
    error = refused(lambda: endorse(month, plan, rule=rule))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == field


def test_a_rules_date_is_kept_as_the_record_needs_it(month: Month) -> None:
    plan = endorse(month, months.frozen(month), rule=RULE | {"date": " 20260310"})
    assert plan.public_rule == RULE


def test_the_public_value_may_come_from_the_very_next_day_until_the_visits_begin(
    month: Month,
) -> None:
    for day in ("2026-03-03", "2026-03-31"):
        plan = months.frozen(month)
        plan = endorse(month, plan, rule=RULE | {"date": day})
        assert plan.public_rule == RULE | {"date": day}
        months.cancelled(month, plan)


@pytest.mark.parametrize(
    "secret", ["", "5e" * 31, "5e" * 33, "5E" * 32, "zz" * 32, "5e" * 32 + "\n"], ids=repr
)
def test_a_secret_is_64_hexadecimal_digits(month: Month, secret: str) -> None:
    plan = months.frozen(month)
    error = refused(lambda: endorse(month, plan, secret=secret))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "secret"


def test_without_a_secret_of_his_own_the_second_person_is_given_one(month: Month) -> None:
    plan = months.endorsed(month)
    secret = keyring().open(plan.secret_two or b"", context=plan_context(plan, "secret_two"))
    assert hashlib.sha256(secret).hexdigest() == plan.commitment_two != plan.commitment_one


def test_ten_witnesses_are_enough(month: Month) -> None:
    plan = months.frozen(month)
    names = [f"Người chứng kiến {number}" for number in range(11)]
    error = refused(lambda: endorse(month, plan, witnesses=names))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "witnesses"
    assert endorse(month, plan, witnesses=names[:10]).witnesses == names[:10]


def test_a_frame_changed_before_the_endorsement_is_not_endorsed(month: Month) -> None:
    plan = months.frozen(month)
    tamper(plan, frame=(plan.frame or "").replace('"n":4', '"n":5'))
    assert refused(lambda: endorse(month, plan)).code == "frame_changed"


# --- Drawing ---------------------------------------------------------------------------------


def tamper(plan: Plan, **values: Any) -> None:
    """Change columns as somebody with the database in hand would."""
    assert Plan.objects.filter(pk=plan.pk).update(**values) == 1
    plan.refresh_from_db()


def draw(
    month: Month, plan: Plan, value: str | None = PUBLIC_VALUE, now: datetime = DRAW_DAY
) -> Plan:
    return commitment.draw(
        actor=month.lan, plan=plan, version=plan.version, now=now, public_value=value
    )


def drawn_by_planner(plan: Plan) -> dict[str, tuple[str, str]]:
    """Draw from the stored bytes with nothing but the planner: when each drawn unit is visited."""
    ring = keyring()
    secrets = [
        ring.open(plan.secret_one or b"", context=plan_context(plan, "secret_one")),
        ring.open(plan.secret_two or b"", context=plan_context(plan, "secret_two")),
    ]
    drawn = draw_frame(read_frame((plan.frame or "").encode()), secrets, plan.public_value)
    assert drawn.sessions is not None
    assert set(drawn.sample) == drawn.sessions.keys()
    return {code: (slot.date, slot.part) for code, slot in drawn.sessions.items()}


def test_what_is_drawn_follows_from_the_frame_the_secrets_and_the_public_value(
    month: Month,
) -> None:
    plan = months.drawn(month)
    roster = {
        entry.unit.code: (entry.date.isoformat(), entry.session.value)
        for entry in rosters.open_roster(plan)
    }
    assert roster == drawn_by_planner(plan)
    assert plan.visits.count() == len(roster) == plan.size == 4


def test_strata_are_drawn_each_by_its_size(month: Month, wards: list[Unit]) -> None:
    plan = months.frozen(
        month, 5, stratify_by=StratifyBy.KIND, strata_sizes={"commune": 2, "ward": 3}
    )
    plan = draw(month, endorse(month, plan))
    kinds = [entry.unit.kind for entry in rosters.open_roster(plan)]
    assert sorted(kinds) == ["commune"] * 2 + ["ward"] * 3


def test_units_of_one_compound_that_are_drawn_go_together(month: Month) -> None:
    sites = [Compound.objects.create(code=f"khu-{number}", name=f"Khu {number}") for number in "ab"]
    for number, unit in enumerate(month.units):
        Unit.objects.filter(pk=unit.pk).update(compound=sites[number % 2])
    plan = draw(month, endorse(month, months.frozen(month, 6)))

    together = defaultdict(list)
    for entry in rosters.open_roster(plan):
        together[entry.unit.compound_id].append((entry.date, entry.session))

    assert sum(map(len, together.values())) == 6
    assert all(len(set(times)) == 1 for times in together.values())
    assert len(together) < 6


def test_no_session_takes_more_visits_than_it_may(month: Month) -> None:
    plan = months.frozen(month, 6, first_day=date(2026, 4, 28))
    plan = draw(month, endorse(month, plan))
    times = [(entry.date, entry.session) for entry in rosters.open_roster(plan)]
    assert times == [(date(2026, 4, day), session) for day in (28, 29, 30) for session in Session]


def test_a_visit_opens_an_hour_before_its_session(month: Month) -> None:
    Department.objects.update(release_minutes=60)
    for entry in rosters.open_roster(months.drawn(month)):
        hour = {"morning": (6, 30), "afternoon": (12, 30)}[entry.session]
        assert entry.release_at == datetime(
            entry.date.year, entry.date.month, entry.date.day, *hour, tzinfo=HANOI
        )


def test_the_rows_of_drawn_visits_tell_nothing(month: Month) -> None:
    plan = months.drawn(month)
    rows = contents()[Visit._meta.db_table]
    told = {
        tuple(value for name, value in row.items() if name not in {"id", "payload", "plan_id"})
        for row in rows
    }
    assert len(told) == 1
    (values,) = told
    # In lists what was not opened yet stands at the end of time.
    assert set(values) == {"drawn", "sealed", 1, None, date.max}
    assert len({len(bytes(visit.payload or b"")) for visit in plan.visits.all()}) == 1
    assert not VisitTag.objects.filter(kind=TagKind.DUTY).exists()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "0123456789" * 3,
        "0" * (commitment.MAX_PUBLIC_VALUE + 1),
        " " * 40,
        "\u200b" * 40,
        "12345 67890\n" * 4,
    ],
    ids=["missing", "empty", "too short", "too long", "blank", "invisible", "of several lines"],
)
def test_a_public_value_that_is_none_is_refused(month: Month, value: str | None) -> None:
    plan = months.endorsed(month)
    error = refused(lambda: draw(month, plan, value))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "public_value"


def test_a_public_value_is_not_taken_before_its_day(month: Month) -> None:
    plan = months.endorsed(month)
    late_on_the_day_before = datetime(2026, 3, 9, 23, 59, tzinfo=HANOI)
    error = refused(lambda: draw(month, plan, now=late_on_the_day_before))
    assert isinstance(error, WrongState)


def test_a_public_value_is_not_taken_where_no_rule_asked_for_one(month: Month) -> None:
    plan = months.endorsed(month, rule=None)
    error = refused(lambda: draw(month, plan))
    assert isinstance(error, InvalidInput)
    assert error.params["field"] == "public_value"


def test_without_a_rule_the_draw_stands_and_the_record_says_what_it_does_not_prove(
    month: Month,
) -> None:
    plan = draw(month, months.endorsed(month, rule=None), value=None)
    record = canonical.loads(commitment.full_record(plan).encode())
    assert isinstance(record, dict)
    assert record["proof"] == NOT_PROVEN
    assert verify(record) == []


def test_a_frame_changed_after_the_commitment_is_not_drawn(month: Month) -> None:
    plan = months.endorsed(month)
    tamper(plan, frame=(plan.frame or "").replace('"score":"1.0"', '"score":"9.0"', 1))
    assert refused(lambda: draw(month, plan)).code == "frame_changed"


def changed_frame(plan: Plan) -> dict[str, Any]:
    frame = (plan.frame or "").replace('"score":"1.0"', '"score":"9.0"', 1)
    return {"frame": frame, "frame_sha256": hashlib.sha256(frame.encode()).hexdigest()}


def other_secret(plan: Plan, field: str) -> dict[str, Any]:
    return {field: keyring().seal(b"s" * 32, context=plan_context(plan, field))}


CHANGES: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "frame and its hash": changed_frame,
    "frame that is none": lambda _: {
        "frame": "{}",
        "frame_sha256": hashlib.sha256(b"{}").hexdigest(),
    },
    "rule": lambda _: {"public_rule": RULE | {"source": "do Lan chọn"}},
    "rule dropped": lambda _: {"public_rule": None},
    "first commitment": lambda _: {"commitment_one": "ab" * 32},
    "second commitment": lambda _: {"commitment_two": "ab" * 32},
    "endorsement": lambda _: {"endorsement_sha256": "ab" * 32},
    "first secret": lambda plan: other_secret(plan, "secret_one"),
    "second secret": lambda plan: other_secret(plan, "secret_two"),
    "second secret and its commitment": lambda plan: {
        **other_secret(plan, "secret_two"),
        "commitment_two": hashlib.sha256(b"s" * 32).hexdigest(),
    },
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_is_drawn_from_what_was_not_endorsed(
    month: Month, change: Callable[[Plan], dict[str, Any]]
) -> None:
    plan = months.endorsed(month)
    values = change(plan)
    tamper(plan, **values)
    value = None if values.get("public_rule", plan) is None else PUBLIC_VALUE
    error = refused(lambda: draw(month, plan, value))
    assert error.code in {"frame_changed", "endorsement_changed"}


@pytest.mark.parametrize(
    "when",
    [months.FIRST_DAY, months.FIRST_DAY + timedelta(days=9)],
    ids=["at midnight of the first day", "in the month"],
)
def test_nothing_is_drawn_once_the_visits_should_have_begun(month: Month, when: datetime) -> None:
    plan = months.endorsed(month)
    assert refused(lambda: draw(month, plan, now=when)).code == "first_day_passed"
    assert draw(month, plan, now=months.FIRST_DAY - timedelta(minutes=1)).drawn_at


def test_nothing_is_endorsed_that_can_no_longer_be_drawn(month: Month) -> None:
    plan = months.frozen(month)
    error = refused(lambda: endorse(month, plan, rule=None, now=months.FIRST_DAY))
    assert error.code == "first_day_passed"


# --- Revealing -------------------------------------------------------------------------------


def test_a_plan_is_not_revealed_before_the_day_that_was_frozen(month: Month) -> None:
    plan = months.closed(month)
    evening_before = REVEAL_DAY.replace(hour=23, minute=59) - timedelta(days=1)
    error = refused(
        lambda: commitment.reveal(
            actor=month.lan, plan=plan, version=plan.version, now=evening_before
        )
    )
    assert isinstance(error, WrongState)


@pytest.mark.parametrize("name", ["lan", "minh"])
def test_a_revealed_record_verifies_and_tells_what_was_visited(month: Month, name: str) -> None:
    plan = months.closed(month)
    plan = press("reveal", actor=getattr(month, name), plan=plan)

    record = canonical.loads((plan.record or "").encode())

    assert isinstance(record, dict)
    assert verify(record) == []
    assert record["proof"] == PROVEN
    assert record["endorsement_sha256"] == plan.endorsement_sha256
    assert [(row["code"], row["date"], row["session"]) for row in record["dates"]] == sorted(
        (visit.unit.code, str(visit.date), visit.session)
        for visit in plan.visits.select_related("unit")
        if visit.unit
    )


def test_until_the_reveal_no_record_is_stored(month: Month) -> None:
    assert months.closed(month).record is None
