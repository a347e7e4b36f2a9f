"""``manage.py audit``."""

import io

import pytest
from django.core.management import CommandError, call_command

from inspections.models import AuditEvent
from tests.builders import make_user
from tests.inspections.services import tampering

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> list[AuditEvent]:
    return tampering.write(make_user("Lan"), 7)


def verify(*arguments: str) -> tuple[str, int]:
    """Return what was printed and how the command ended."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("audit", "verify", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue() + str(error), error.returncode
    return out.getvalue(), 0


def test_a_whole_log_ends_with_zero_and_its_head(log: list[AuditEvent]) -> None:
    printed, code = verify()
    assert code == 0
    assert printed.splitlines() == [f"Sự kiện: 7, chỗ đứt: 0, mã cuối: {log[-1].hash}"]


def test_each_break_is_printed_with_its_place_and_the_command_ends_with_one(
    log: list[AuditEvent],
) -> None:
    tampering.alter("action", 2, "x")
    tampering.truncate(5, 7)
    printed, code = verify()
    assert code == 1
    assert printed.splitlines()[:2] == [
        "2: bị sửa: nội dung không khớp mã băm của nó",
        "6–7: bị cắt cuối: mã cuối của chuỗi cho biết còn sự kiện nữa",
    ]


def test_a_printed_head_is_found(log: list[AuditEvent]) -> None:
    printed, code = verify("--head", log[2].hash.upper())
    assert code == 0
    assert f"Mã cuối đã in {log[2].hash} có trong chuỗi, sau sự kiện 3." in printed


def test_a_printed_head_that_is_gone_ends_the_command_with_one(log: list[AuditEvent]) -> None:
    head = log[-1].hash
    tampering.rewrite(6, 7)
    assert verify()[1] == 0
    printed, code = verify("--head", head)
    assert code == 1
    assert f"Mã cuối đã in {head} không có trong chuỗi." in printed


def test_what_is_no_head_is_refused() -> None:
    assert verify("--head", "123") == ("Mã cuối gồm 64 chữ số thập lục phân.", 1)
