"""``manage.py risk``."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inspections.models import Load, LoadState, RiskRun, Role, Source, SourceKind, User
from inspections.services import scoring
from planner.policy import Part
from tests.builders import NOW, make_department, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _department(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    make_department()
    make_unit("00001", "Xã Tân Hồng")
    lan, minh = make_user("Lan", Role.PLANNER), make_user("Minh", Role.APPROVER)
    policy = scoring.propose_policy(actor=lan, name="Bộ tiêu chí", reason="mẫu", now=NOW)
    january = NOW.replace(month=1)
    scoring.endorse_policy(actor=minh, policy=policy, version=policy.version, now=january)


def risk(*arguments: str) -> str:
    out = io.StringIO()
    call_command("risk", *arguments, stdout=out)
    return out.getvalue()


def test_a_planner_computes_the_scores_and_sees_their_parts() -> None:
    printed = risk("--user", "lan", "--as-of", "28/02/2026")
    run = RiskRun.objects.get()
    assert (run.as_of, run.computed_by.username) == (date(2026, 2, 28), "lan")
    assert "Xã Tân Hồng" in printed
    assert "28/02/2026" in printed
    assert all(f"({place})" in printed for place in range(1, len(Part) + 1))


def test_the_scores_are_as_of_the_newest_data() -> None:
    lan = User.objects.get(username="lan")
    source = Source.objects.create(code="nhiem-vu", name="Nhiệm vụ", kind=SourceKind.TASK)
    for number, cutoff in enumerate([date(2026, 2, 15), date(2026, 2, 20)], start=1):
        Load.objects.create(
            number=number,
            source=source,
            file_name="nhiem-vu.csv",
            sha256=f"{number:064x}",
            size=1,
            state=LoadState.IN_EFFECT,
            turn=number,
            cutoff=cutoff,
            uploaded_by=lan,
            uploaded_at=NOW,
            switched_by=lan,
            switched_at=NOW,
        )
    risk("--user", "lan")
    assert RiskRun.objects.get().as_of == date(2026, 2, 20)


def test_without_any_data_the_scores_are_as_of_today() -> None:
    risk("--user", "lan")
    assert RiskRun.objects.get().as_of == date(2026, 3, 2)


def test_without_a_user_the_newest_scores_are_shown_and_nothing_is_computed() -> None:
    risk("--user", "lan", "--as-of", "27/02/2026")
    risk("--user", "lan", "--as-of", "28/02/2026")
    assert "28/02/2026" in risk()
    assert "27/02/2026" in risk("--as-of", "27/02/2026")
    assert RiskRun.objects.count() == 2


def test_numbers_are_written_as_in_vietnam_and_rounded() -> None:
    risk("--user", "lan")
    score = RiskRun.objects.get().scores.get()
    score.score = 12.36
    score.save()
    assert "12,4" in risk()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "invalid_input"),  # nothing was computed yet
        (("--user", "minh"), "not_allowed"),
        (("--user", "nobody"), "invalid_input"),
        (("--user", "lan", "--as-of", "2026-02-28"), "invalid_input"),
        (("--user", "lan", "--as-of", "28/02/2027"), "invalid_input"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments: tuple[str, ...], code: str) -> None:
    with pytest.raises(CommandError) as refusal:
        risk(*arguments)
    assert refusal.value.__cause__.code == code
    assert str(refusal.value)
    assert not RiskRun.objects.exists()
