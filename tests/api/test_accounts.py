"""The demo's accounts, whose password is printed in the open, work in demo mode alone."""

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from pytest_django import Settings

from tests.builders import PASSWORD, make_department, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("is_synthetic", "demo", "opens"),
    [(True, True, True), (True, False, False), (False, False, True)],
    ids=["a demo in demo mode", "a demo outside it", "a real department"],
)
def test_an_account_signs_in(
    settings: Settings, *, is_synthetic: bool, demo: bool, opens: bool
) -> None:
    settings.DEMO = demo
    make_department(is_synthetic=is_synthetic)
    lan = make_user("Lan", password=PASSWORD)

    found = authenticate(RequestFactory().post("/"), username="lan", password=PASSWORD)

    assert found == (lan if opens else None)
