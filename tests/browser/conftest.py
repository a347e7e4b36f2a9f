"""Debian's Chromium, against a server of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start what the machine has; nothing is downloaded."""
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium on this machine")
    return {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def base_url() -> str:
    """Take the place of the plugin's own, which a newer pytest warns about."""
    return ""


@pytest.fixture(scope="session", autouse=True)
def _let_the_browsers_loop_be() -> Iterator[None]:
    """The browser's driver runs an event loop in this thread, beside which Django's tests are plain code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about: blocked scripts and styles, errors, requests that failed."""
    found: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            found.append(message.text)

    def fail(request: Request) -> None:
        # Leaving a page aborts what it was still loading: that is the visitor's doing.
        if request.failure != "net::ERR_ABORTED":
            found.append(f"{request.url} {request.failure}")

    page.on("console", listen)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", fail)
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " event => console.error('CSP', event.violatedDirective, event.blockedURI, event.sample))"
    )
    return found
