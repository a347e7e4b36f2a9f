"""A keyring that is missing, damaged, another's or old: each path says which, and changes nothing."""

from collections.abc import Callable

import pytest
from django.conf import settings

from inspections import sealing
from inspections.errors import KeyUnavailable
from inspections.models import (
    AuditEvent,
    Document,
    DocumentKind,
    JobState,
    KeyringMark,
    Plan,
    SourceKind,
    Visit,
)
from inspections.sealing import keyring
from inspections.services import audit, commitment, keys, papers, plans, release, rosters, schedule
from planner import canonical
from planner.verify import verify
from tests.builders import NOW
from tests.inspections.database import refused
from tests.inspections.faults.keyrings import LOSSES, an_old_copy, missing, of_another, put_in_use
from tests.inspections.importers.files import csv_bytes
from tests.inspections.services import months
from tests.inspections.services.loading import Loading
from tests.inspections.services.months import AFTER_THE_MONTH, DRAW_DAY, Month, press

pytestmark = pytest.mark.django_db
Lose = Callable[[], None]


# --- Every path that needs a key -------------------------------------------------------------


def release_all(month: Month, plan: Plan) -> None:
    release.release_due(now=AFTER_THE_MONTH)


def name_team(month: Month, plan: Plan) -> None:
    visit = plan.visits.all()[0]
    an, _, cuc, _ = (person.pk for person in month.inspectors)
    schedule.name_team(
        actor=month.lan,
        visit=visit,
        version=visit.version,
        members=[an, cuc],
        leader=an,
        now=DRAW_DAY,
    )


def read_roster(month: Month, plan: Plan) -> None:
    rosters.read_roster(actor=month.minh, plan=plan, now=DRAW_DAY)


def read_duties(month: Month, plan: Plan) -> None:
    rosters.duties(actor=month.people.an, now=DRAW_DAY)


def list_visits(month: Month, plan: Plan) -> None:
    list(Visit.objects.visible_to(month.people.an, AFTER_THE_MONTH))


def print_appendix(month: Month, plan: Plan) -> Document:
    kind = DocumentKind.RESTRICTED_APPENDIX
    return papers.print_paper(actor=month.lan, plan=plan, kind=kind, now=DRAW_DAY)


def printed(month: Month) -> Plan:
    plan = months.approved(month)
    print_appendix(month, plan)
    return plan


def read_appendix(month: Month, plan: Plan) -> None:
    papers.read_document(actor=month.lan, document=plan.documents.get(), now=DRAW_DAY)


def rotate(month: Month, plan: Plan) -> None:
    keys.rotate(now=NOW)


def renew(month: Month, plan: Plan) -> None:
    keys.renew_complainant_keys(now=NOW.replace(year=2029))


def asked_to_cancel(month: Month) -> Plan:
    plan = months.drawn(month)
    return plans.request_cancel(
        actor=month.lan, plan=plan, version=plan.version, reason="Bão số 3", now=DRAW_DAY
    )


Make = Callable[[Month], Plan]
Act = Callable[[Month, Plan], object]


def step(name: str, person: str) -> Act:
    return lambda month, plan: press(name, actor=getattr(month, person), plan=plan)


PATHS: dict[str, tuple[Make, Act]] = {
    "freeze": (months.drafted, step("freeze", "lan")),
    "endorse": (months.frozen, step("endorse", "minh")),
    "draw": (months.endorsed, step("draw", "lan")),
    "name a team": (months.drawn, name_team),
    "hand over": (months.with_teams, step("schedule", "lan")),
    "send back": (months.scheduled, step("return", "minh")),
    "approve": (months.scheduled, step("approve", "minh")),
    "release": (months.active, release_all),
    "close": (months.active, step("close", "lan")),
    "reveal": (months.closed, step("reveal", "lan")),
    "cancel": (asked_to_cancel, step("cancel", "minh")),
    "read the roster": (months.drawn, read_roster),
    "read one's duties": (months.approved, read_duties),
    "list one's visits": (months.approved, list_visits),
    "print the appendix": (months.approved, print_appendix),
    "read the appendix": (printed, read_appendix),
    "rotate": (months.drawn, rotate),
    "renew": (months.drawn, renew),
}


@pytest.mark.parametrize("lose", [missing, of_another, an_old_copy])
@pytest.mark.parametrize(("make", "act"), PATHS.values(), ids=PATHS)
def test_every_path_that_needs_a_key_says_what_is_wrong_and_changes_nothing(
    month: Month, make: Make, act: Act, lose: Lose
) -> None:
    plan = make(month)
    put_in_use()
    lose()
    codes = dict(LOSSES.values())
    assert refused(lambda: act(month, plan)).code == codes[lose]


@pytest.mark.parametrize(("lose", "code"), LOSSES.values(), ids=LOSSES)
def test_every_way_of_being_without_the_keyring_has_its_code(
    month: Month, lose: Lose, code: str
) -> None:
    plan = months.drafted(month)
    put_in_use()
    lose()
    assert refused(lambda: press("freeze", actor=month.lan, plan=plan)).code == code


def test_complaints_are_not_loaded_under_the_keys_of_another(db: None) -> None:
    loading = Loading()
    put_in_use()
    of_another()
    headers = ["Mã số", "Đơn vị", "Ngày tiếp nhận", "Hạn trả lời", "Ngày trả lời", "Họ tên"]
    row = ["PA1", "Sở Y tế", "01/10/2026", "10/10/2026", "", "Nguyễn Thị Tư"]
    loading.upload(loading.source(SourceKind.COMPLAINT), csv_bytes([headers, row]))
    (job,) = loading.work()
    assert (job.state, job.error_code) == (JobState.FAILED, "keyring_foreign")


def test_a_process_that_starts_says_what_is_wrong(
    month: Month, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys.connection, "close", lambda: None)
    put_in_use()
    keys.say_at_start()
    assert caplog.text == ""
    of_another()
    keys.say_at_start()
    assert "[keyring_foreign]" in caplog.text


# --- What the database knows -----------------------------------------------------------------


def test_what_the_database_knows_tells_nothing_of_a_key(month: Month) -> None:
    ring = keyring()
    checks = KeyringMark.objects.get().checks
    assert checks.keys() == {
        "tagging", "sealing 1", *(f"complainants {year}" for year in range(2024, 2030))
    }  # fmt: skip
    stored = str(checks)
    for key in (ring.tagging, *ring.sealing.values(), *ring.complainants.values()):
        assert key.hex() not in stored
    # A tag is made under the same key: none can be the check value.
    assert not any(check.startswith(ring.tag("kycuong/1/keyring")) for check in checks.values())


def test_a_keyring_that_comes_back_opens_all_again(month: Month) -> None:
    plan = months.endorsed(month)
    ring = sealing.read_keyring(settings.KEY_FILE)
    missing()
    with pytest.raises(KeyUnavailable):
        press("draw", actor=month.lan, plan=plan)
    sealing.write_keyring(ring, settings.KEY_FILE)
    plan = press("draw", actor=month.lan, plan=plan)
    assert verify(canonical.loads(commitment.full_record(plan).encode())) == []


def test_an_older_database_works_with_the_newer_keyring(month: Month) -> None:
    plan = months.drawn(month)
    before = KeyringMark.objects.get().checks
    keys.rotate(now=NOW)
    keys.renew_complainant_keys(now=NOW.replace(year=2029))
    KeyringMark.objects.update(checks=before)
    # The key that it does not know yet is left alone: the values sealed by it are not there either.
    assert list(keyring().sealing) == [1]
    assert keys.rotate(now=NOW) == 0
    assert rosters.open_roster(plan)


def test_keys_of_complainants_that_were_destroyed_do_not_come_back_with_an_old_copy(
    month: Month,
) -> None:
    old = keyring()
    keys.renew_complainant_keys(now=NOW.replace(year=2029))
    newest = sealing.read_keyring(settings.KEY_FILE)
    sealing.write_keyring(old, settings.KEY_FILE)
    assert 2026 not in keyring().complainants
    with pytest.raises(KeyUnavailable) as caught:
        keys.renew_complainant_keys(now=NOW.replace(year=2029))
    assert caught.value.code == "keyring_outdated"
    sealing.write_keyring(newest, settings.KEY_FILE)
    assert keys.renew_complainant_keys(now=NOW.replace(year=2029)) == ([], [])


# --- Lost for ever ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [months.frozen, months.endorsed, months.drawn, months.approved, months.closed]
)
def test_a_plan_whose_keys_are_lost_for_ever_is_cancelled_and_its_record_says_so(
    month: Month, make: Make
) -> None:
    plan = make(month)
    missing()

    assert keys.replace_lost(now=NOW) == 2

    plan = plans.request_cancel(
        actor=month.lan, plan=plan, version=plan.version, reason="Mất khóa", now=DRAW_DAY
    )
    plan = press("cancel", actor=month.minh, plan=plan)
    record = canonical.loads((plan.record or "").encode())
    assert record["proof"] == "none: a secret does not open"
    assert set(record["secrets"]) == {None}
    assert verify(record) != []
    assert not plan.visits.filter(state="sealed").exists()
    assert list(audit.verify_chain()) == []
    again = months.scheduled(month)
    assert press("approve", actor=month.minh, plan=again).approved_at


def test_a_keyring_that_is_there_is_not_replaced(month: Month) -> None:
    put_in_use()
    of_another()
    ring = sealing.read_keyring(settings.KEY_FILE)
    assert refused(lambda: keys.replace_lost(now=NOW)).code == "keyring_exists"
    assert sealing.read_keyring(settings.KEY_FILE) == ring


def test_the_replacement_is_on_record_and_its_numbers_go_on(month: Month) -> None:
    put_in_use()
    keys.rotate(now=NOW)
    missing()
    keys.replace_lost(now=NOW)
    assert list(keyring().sealing) == [3]
    (event,) = AuditEvent.objects.filter(action="keys.replace")
    assert event.details == {"key": 3}
