"""Routes asked one after the other by schemathesis: what one answers is what the next one is asked about.

The links are those that follow from the description: a list gives the ids that its detail and its steps take, a
creation gives the object that is changed. Each chain begins in the same world, and each step is taken by somebody who
may, so that one person makes what another endorses.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis import Case, Response

from tests.api.fuzzing.asking import unheld
from tests.api.fuzzing.world import SEED, World, load, names_version

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHAINS, STEPS = 40, 8


def test_chains_of_requests_are_answered_as_described(world: World) -> None:
    class Chain(load().as_state_machine()):  # type: ignore[misc]  # made at run time
        """One chain, in a world of its own; it knows the versions of what it was shown."""

        def setup(self) -> None:
            self.undoing = ExitStack()
            self.undoing.enter_context(transaction.atomic())
            self.versions: dict[str, int] = {}

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undoing.close()

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            more = world.prepare(case, linked=True)
            version = self.versions.get((case.path_parameters or {}).get("id", ""))
            if version is not None and names_version(case):
                more["headers"]["If-Match"] = f'"{version}"'
            return more

        def after_call(self, response: Response, case: Case) -> None:  # noqa: ARG002  its signature
            if "json" in response.headers.get("content-type", [""])[0]:
                self.versions |= dict(versions(response.json()))

        def validate_response(self, response: Response, case: Case, **_: Any) -> None:
            case.validate_response(response, excluded_checks=unheld(case))

    once = settings(
        max_examples=CHAINS,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    seed(SEED)(Chain)
    Chain.run(settings=once)


def versions(value: object) -> Iterator[tuple[str, int]]:
    """Yield id and version of every object in an answer."""
    match value:
        case {"id": str(key), "version": int(version)}:
            yield key, version
        case {"results": list(rows)}:
            for row in rows:
                yield from versions(row)
