"""What is held of an answer, and how what is wrong is told."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import format_exception

from django.core.signals import got_request_exception
from schemathesis import Case, CheckFunction
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from inspections import text


class Wrong:
    """What was found to be wrong, each kind once with the request that showed it."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], str] = {}

    @contextmanager
    def noted(self, case: Case) -> Iterator[None]:
        """Note what an answer does wrong, so that all routes are asked before all that failed are told."""
        faults: list[BaseException] = []

        def hear(**_: object) -> None:
            faults.append(sys.exc_info()[1])

        got_request_exception.connect(hear)
        try:
            yield
        except FailureGroup as group:
            for failure in group.exceptions:
                said = str(failure) + "".join(format_exception(faults[-1])[-3:] if faults else [])
                self.found.setdefault((case.operation.label, said), case.as_curl_command())
        finally:
            got_request_exception.disconnect(hear)

    def told(self) -> str:
        return "\n\n".join(f"{label}: {said}\n{curl}" for (label, said), curl in self.found.items())


def unheld(case: Case) -> list[CheckFunction]:
    """Return the checks that say nothing about a case.

    What no schema can say: a cursor is one that a page gave; a range does not end before it begins; texts are
    cleaned before they are held to anything; and so is what a form sends, all of it texts.
    """
    unclean = any(text.nfc(one).strip() != one for one in texts(case.body))
    is_form = (case.media_type or "").startswith("multipart/")
    found = [negative_data_rejection] if unclean or is_form else []
    if "cursor" in (case.query or {}) or "Content-Range" in (case.headers or {}):
        found.append(positive_data_acceptance)
    return found


def texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for inner in value:
                yield from texts(inner)
        case dict():
            yield from texts(list(value.values()))
