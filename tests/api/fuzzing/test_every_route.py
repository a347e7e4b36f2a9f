"""Every route of the description, asked by schemathesis what its schema allows, what it forbids, and what lies between.

Whatever is asked, the answer is one that the description names, in the shape that it describes; nothing is a fault of
the server; what is described as invalid is refused, and what is described as valid is never malformed.
"""

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.overrides import Override
from schemathesis.schemas import APIOperation

from tests.api.fuzzing.asking import Wrong, unheld
from tests.api.fuzzing.world import SEED, World, load, undone

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: The routes are asked in so many tests, for as many processes.
PARTS = 4
#: Cases of one route: at the edges of its schema, and at random.
EDGES, RANDOM = 25, 10


@pytest.mark.parametrize("part", range(PARTS))
def test_each_route_answers_as_it_is_described(world: World, part: int) -> None:
    wrong = Wrong()
    for operation in list(load().get_all_operations())[part::PARTS]:
        ask(operation.ok(), world, wrong)
    assert not wrong.found, wrong.told()


def ask(operation: APIOperation, world: World, wrong: Wrong) -> None:
    """Ask a route what lies at the edges of its schema, then at random."""

    def one(case: Case) -> None:
        more = world.prepare(case)
        with wrong.noted(case), undone():
            case.call_and_validate(**more, excluded_checks=unheld(case))

    edges = list(at_the_edges(operation))
    for case in random.Random(SEED).sample(edges, min(EDGES, len(edges))):
        one(case)
    at_random = st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode))
    once = settings(
        max_examples=RANDOM,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    seed(SEED)(once(given(at_random)(one)))()


def at_the_edges(operation: APIOperation) -> Iterator[Case]:
    yield from CoverageGenerator(
        operation=operation,
        generation_modes=list(GenerationMode),
        generation_config=operation.schema.config.generation,
        auth_storage=None,
        override=Override(),
        feedback=FeedbackSources(),
    )
