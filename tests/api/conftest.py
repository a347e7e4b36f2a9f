"""Clients that speak for people, and a clock that stands still."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from api import clock
from inspections.models import User
from tests.api.contract import ContractClient
from tests.builders import NOW, People, make_people

#: Queries that tell who asks: the session, the account, the roles.
WHO = 3


class Clock:
    """The time of the tests: it moves only when it is told to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock of the API at the builders' morning."""
    stopped = Clock()
    monkeypatch.setattr(clock, "now", stopped.now)
    return stopped


@pytest.fixture(autouse=True)
def _find_static_files_when_asked(settings: Settings) -> None:
    """Spare each client the look at every packaged file, which takes longer than most tests."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def people(db: None) -> People:
    """One person for each role."""
    return make_people()


def signed_in(user: User | None = None) -> APIClient:
    """Return a client of somebody who signed in, or of nobody; errors of the server are answers too."""
    client = ContractClient(raise_request_exception=False, headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user, backend="api.accounts.Accounts")
    return client


def browsing(user: User) -> Client:
    """Return the browser of somebody who signed in: it sends forms."""
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = "en"
    client.force_login(user, backend="api.accounts.Accounts")
    return client


def machine(text: str) -> APIClient:
    """Return the client of a machine with a token."""
    return ContractClient(
        raise_request_exception=False,
        headers={"accept-language": "en", "authorization": f"Bearer {text}"},
    )
