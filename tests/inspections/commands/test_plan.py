"""``manage.py plan``: each step is the service's, whoever may take it."""

import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inspections.management.commands import plan as command
from inspections.models import DocumentKind, Plan
from inspections.states import PlanState
from planner.seed import commitment
from tests.builders import NOW
from tests.inspections.services.months import (
    AFTER_THE_MONTH,
    DRAW_DAY,
    PUBLIC_VALUE,
    REVEAL_DAY,
    RULE,
    Month,
    closed,
    drafted,
    drawn,
    endorsed,
    frozen,
    make_month,
    name_teams,
    scheduled,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def month() -> Month:
    return make_month()


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(NOW, monkeypatch)


def at(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("plan", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert str(refusal.value)
    return str(refusal.value.__cause__.code)


def test_a_month_goes_from_draft_to_reveal(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    run("create", "--user", "lan", "--period", "04/2026", "--size", "4", "--equal",
        "--session-capacity", "1")  # fmt: skip
    run("freeze", "--user", "lan")
    run("endorse", "--user", "minh", "--rule", json.dumps(RULE), "--witness", "Trần Thị Thu")
    at(DRAW_DAY, monkeypatch)
    run("draw", "--user", "lan", "--public-value", PUBLIC_VALUE)
    name_teams(month, Plan.objects.get())
    run("schedule", "--user", "lan")
    run("approve", "--user", "minh")
    assert "0" in run("release")
    at(AFTER_THE_MONTH, monkeypatch)
    assert "4" in run("release")
    run("close", "--user", "lan")
    at(REVEAL_DAY, monkeypatch)
    record = json.loads(run("reveal", "--user", "lan"))

    plan = Plan.objects.get()
    assert plan.state == PlanState.REVEALED
    assert plan.witnesses == ["Trần Thị Thu"]
    assert record["public_value"] == PUBLIC_VALUE
    assert plan.created_by == month.lan
    assert plan.approved_by == month.minh


def test_a_draft_takes_what_it_is_told(month: Month) -> None:
    run("create", "--user", "lan", "--period", "04/2026", "--size", "5", "--equal",
        "--stratify-by", "kind", "--floor", "0.25", "--cap", "0.75", "--session-capacity", "2",
        "--first-day", "06/04/2026", "--reveal-on", "20/05/2026")  # fmt: skip
    plan = Plan.objects.get()
    assert (plan.size, plan.stratify_by, plan.session_capacity) == (5, "kind", 2)
    assert (plan.floor, plan.cap) == (Decimal("0.25"), Decimal("0.75"))
    assert (plan.first_day, plan.reveal_on) == (date(2026, 4, 6), date(2026, 5, 20))


def test_the_endorsers_own_secret_is_read_from_standard_input(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen(month)
    secret = "5e" * 32
    monkeypatch.setattr(command, "sys", SimpleNamespace(stdin=io.StringIO(secret + "\n")))
    run("endorse", "--user", "minh", "--secret-stdin")
    assert Plan.objects.get().commitment_two == commitment(bytes.fromhex(secret))


def test_plans_are_shown_without_their_rosters(month: Month) -> None:
    plan = closed(month)
    shown = run("show", "--plan", str(plan.serial))
    assert "04/2026" in run("show")
    assert str(plan.frame_sha256) in shown
    assert str(plan.commitment_one) in shown
    assert not any(unit.name in shown for unit in month.units)


def test_before_its_draw_a_plan_is_shown_as_its_second_person_should_see_it(month: Month) -> None:
    plan = frozen(month)
    shown = run("show", "--plan", str(plan.serial))
    assert "Số đơn vị: 12, số cuộc: 4, khả năng được chọn lớn nhất: 33,3 %." in shown
    assert "Người đoán giỏi nhất trúng khoảng 1,3/4." in shown
    assert "Chưa có kế hoạch trước để so sánh." in shown
    assert all(unit.name in shown for unit in month.units)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("freeze", "--user", "minh"), "not_allowed"),
        (("freeze", "--user", "nobody"), "invalid_input"),
        (("freeze", "--user", "lan", "--plan", "7"), "invalid_input"),
        (("approve", "--user", "minh"), "wrong_state"),
        (("show", "--plan", "7"), "invalid_input"),
        (("create", "--user", "lan", "--period", "2026-05", "--size", "4"), "invalid_input"),
        (("create", "--user", "lan", "--period", "05/2026", "--size", "4"), "invalid_input"),
        (
            ("create", "--user", "lan", "--period", "05/2026", "--size", "4", "--equal",
             "--cap", "half"),
            "invalid_input",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(
    month: Month, arguments: tuple[str, ...], code: str
) -> None:
    plan = drafted(month)
    assert refused(*arguments) == code
    assert list(Plan.objects.values_list("pk", "state")) == [(plan.pk, PlanState.DRAFT)]


@pytest.mark.parametrize("rule", ["no json", "[]", "{}"])
def test_a_rule_is_complete_or_refused(month: Month, rule: str) -> None:
    frozen(month)
    assert refused("endorse", "--user", "minh", "--rule", rule) == "invalid_input"


def test_of_several_live_plans_one_must_be_named(month: Month) -> None:
    endorsed(month)
    run("create", "--user", "lan", "--period", "05/2026", "--size", "2", "--equal")
    assert refused("freeze", "--user", "lan") == "invalid_input"
    run("freeze", "--user", "lan", "--plan", "2")
    assert Plan.objects.get(serial=2).state == PlanState.FROZEN


def test_teams_are_named_by_the_rows_of_the_roster(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(month)
    at(DRAW_DAY, monkeypatch)

    for row in range(1, 5):
        run("team", "--user=lan", f"--row={row}", "--leader=an", "--member=cuc")
    run("schedule", "--user=lan")

    assert run("roster", "--user=minh").count("Cúc") == 4
    assert Plan.objects.get().state == PlanState.SCHEDULED


@pytest.mark.parametrize(
    ("row", "leader", "code"),
    [("5", "an", "invalid_input"), ("0", "an", "invalid_input"), ("1", "zz", "invalid_input"),
     ("1", "cuc", "team_without_leader")],
)  # fmt: skip
def test_a_team_that_cannot_be_is_refused(
    month: Month, monkeypatch: pytest.MonkeyPatch, row: str, leader: str, code: str
) -> None:
    drawn(month)
    at(DRAW_DAY, monkeypatch)
    assert refused("team", "--user=lan", f"--row={row}", f"--leader={leader}") == code


def test_a_roster_is_not_shown_to_others(month: Month) -> None:
    drawn(month)
    assert refused("roster", "--user=ha") == "not_found"


def test_a_cancellation_takes_two_people(month: Month) -> None:
    frozen(month)
    run("request-cancel", "--user=lan", "--reason=nhập sai số liệu")
    run("cancel", "--user=minh")
    assert Plan.objects.get().state == PlanState.CANCELLED


def test_a_roster_is_sent_back_with_a_reason(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled(month)
    at(DRAW_DAY, monkeypatch)
    run("send-back", "--user=minh", "--reason=trùng lịch")
    assert Plan.objects.get().state == PlanState.DRAWN


def test_the_papers_that_a_plan_has_come_to_are_written(
    month: Month, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scheduled(month)
    at(DRAW_DAY, monkeypatch)
    run("papers", "--user=lan", f"--into={tmp_path / 'giay'}")
    written = {path.stem for path in (tmp_path / "giay").iterdir()}
    assert written == set(DocumentKind.values)
    assert all(path.read_bytes().startswith(b"%PDF") for path in (tmp_path / "giay").iterdir())
