"""Asking two worlds the same, and naming what tells them apart."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction

from inspections.models import Document, Plan
from inspections.states import WITH_ROSTER
from tests.api.conftest import Clock
from tests.api.two_worlds.answers import Answer, Difference, ask, differences, observed
from tests.api.two_worlds.askers import Asker, make_askers
from tests.api.two_worlds.cases import Case, Generator
from tests.api.two_worlds.disk import Disk
from tests.api.two_worlds.past import Past, Stage, make_past
from tests.api.two_worlds.routes import ADMIN, Route, all_routes
from tests.api.two_worlds.stillness import Stillness, be_still
from tests.api.two_worlds.values import Values
from tests.api.two_worlds.worlds import World, grow, moment

Answers = dict[tuple[str, Case], Answer]


@dataclass(frozen=True)
class Universe:
    """One past, out of which each world can be let grow and be taken back."""

    still: Stillness
    past: Past
    askers: list[Asker]
    disk: Disk

    @classmethod
    def begin(
        cls, patch: pytest.MonkeyPatch, clock: Clock, *stages: Stage, ideal_cipher: bool = True
    ) -> "Universe":
        """Stop chance and time, and make a past with plans for these stages."""
        still = be_still(patch, clock, ideal_cipher=ideal_cipher)
        past = make_past(*stages)
        still.at(moment(past))
        # Django remembers these in the process, whatever happens to the database.
        ContentType.objects.get_for_models(*apps.get_models())
        return cls(still, past, make_askers(past), Disk())

    @contextmanager
    def world(self, world: World) -> Iterator[list[str]]:
        """Be in a world, with what its growth wrote to the log; afterwards nothing of it is left."""
        cache.clear()
        with transaction.atomic():
            _, observer = observed(lambda: grow(self.past, world, self.still))
            yield observer.logged
            transaction.set_rollback(True)
        self.disk.take_back()

    def questions(
        self, routes: Collection[str] | None, askers: Collection[str] | None
    ) -> list[tuple[Asker, Case]]:
        """Return what is asked and by whom; to be called in the first world.

        Narrow, of those who have the same worlds one asks each thing: whoever gets past the door with the fewest
        rights. Wide, each of ``askers`` asks what is behind his doors in every way, and before closed ones once.
        """
        chosen = [route for route in all_routes() if routes is None or str(route) in routes]
        narrow, full = (Generator(Values.of(self.past), wide) for wide in (False, True))
        if askers is None:
            return [
                (asker, case)
                for route in chosen
                # Pages of single reference rows are many and alike: they are left to the wide questions.
                if not (route.path.startswith(ADMIN) and route.parameters)
                for case in narrow.cases(route)
                for asker in self._fewest(route, case.method)
            ]
        return [
            (asker, case)
            for asker in self.askers
            if asker.name in askers
            for route in chosen
            for case in (full if asker.passes(route, "GET") else narrow).cases(route)
        ]

    def _fewest(self, route: Route, method: str) -> Iterator[Asker]:
        for world in World:
            mine = (asker for asker in self.askers if asker.world is world)
            who = (one for one in mine if one.passes(route, method) and not one.reads_rosters)
            yield from islice(who, 1)

    def answers(self, questions: Iterable[tuple[Asker, Case]]) -> Answers:
        """Put the questions to the world as it stands, after those who may have read everything."""
        self._read_all()
        disk = Disk()
        return {
            (asker.name, case): ask(asker.client, asker.name, case, self.still, disk)
            for asker, case in questions
        }

    def _read_all(self) -> None:
        """Let the planner read every roster and restricted paper, so that whatever is kept of it is kept."""
        planner = self.askers[-1].client
        with transaction.atomic():
            for plan in Plan.objects.filter(state__in=WITH_ROSTER):
                assert planner.get(f"/api/v1/plans/{plan.pk}/roster/").status_code == 200
            for paper in Document.objects.filter(is_restricted=True):
                assert planner.get(f"/api/v1/documents/{paper.pk}/content/").status_code == 200
            transaction.set_rollback(True)

    def compare(
        self,
        *,
        routes: Collection[str] | None = None,
        askers: Collection[str] | None = None,
    ) -> "Comparison":
        """Ask the first world and each asker's other one, and return what differs.

        Args:
            routes: what is asked about; everything unless told otherwise.
            askers: who asks, as fully as can be; unless told otherwise as few ask as will do.
        """
        with self.world(World.FIRST) as first_log:
            questions = self.questions(routes, askers)
            first = self.answers(questions)
        found: list[Difference] = []
        for world in World:
            mine = [(asker, case) for asker, case in questions if asker.world is world]
            if mine:
                with self.world(world) as log:
                    assert log == first_log, "the log tells the worlds apart while they grow"
                    there = self.answers(mine)
                for asker, case in mine:
                    key = asker.name, case
                    found += differences(asker.name, case, first[key], there[key])
        return Comparison({asker.name: asker for asker, _ in questions}, first, found)


@dataclass(frozen=True)
class Comparison:
    """What the first world answered, and every difference."""

    askers: dict[str, Asker]
    first: Answers
    differences: list[Difference]

    @property
    def leaks(self) -> list[Difference]:
        """Differences that somebody saw who may not: anywhere but at his doors, or there in something else."""
        return [found for found in self.differences if not self.askers[found.asker].may_see(found)]

    @property
    def opened(self) -> set[tuple[str, str]]:
        """Each asker's doors behind which he saw a difference, as he may."""
        return {
            (found.asker, str(found.case.route))
            for found in self.differences
            if self.askers[found.asker].may_see(found)
        }

    def told(self) -> str:
        """Return the leaks as text, one of each asker and route."""
        each = {(leak.asker, str(leak.case.route), leak.part): leak for leak in self.leaks}
        return "\n".join(map(str, each.values()))
