"""Who asks: every role, accounts that open nothing, machines, nobody; each with the worlds that are one to him."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rest_framework.test import APIClient

from api import clock
from inspections.models import Role, TokenScope, User
from tests.api.conftest import signed_in
from tests.api.two_worlds.answers import Difference, untagged
from tests.api.two_worlds.past import Past
from tests.api.two_worlds.routes import Route
from tests.api.two_worlds.worlds import World
from tests.builders import make_token

#: For each role the world that must look to it like the first: it differs in all that the role may not see.
WORLDS = {
    Role.PLANNER: World.OTHER_ROSTERS,
    Role.APPROVER: World.OTHER_ROSTERS,
    Role.LEADER: World.OTHER_ROSTERS,
    Role.CLERK: World.OTHER_ROSTERS,
    Role.INSPECTOR: World.OTHER_UNITS,
    Role.PUBLISHER: World.OTHER_VISITS,
    Role.AUDITOR: World.OTHER_VISITS,
    Role.TECHNICAL_ADMIN: World.OTHER_VISITS,
}


class Door(StrEnum):
    """What may differ where a role learns something: the rest of the answer may not."""

    #: What is shown, how long it is, and whose names are fetched for it.
    SHOWN = "shown"
    #: The keyed tags that are written for a team, which are of its sessions; not which of them are equal.
    TAGS = "tags"

    def lets_through(self, found: Difference) -> bool:
        """Tell whether a difference is the one that the door is for."""
        if self is Door.SHOWN:
            return found.part in {"body", "headers", "queries"}
        return found.part == "written" and untagged(found.here) == untagged(found.there)


_RISK = {"risk-run-scores": Door.SHOWN}
_ROSTERS = _RISK | {"plan-roster": Door.SHOWN, "document-content": Door.SHOWN}
#: The routes by which a role learns what it may: there, and nowhere else, its two worlds may differ.
DOORS: Mapping[Role, Mapping[str, Door]] = {
    Role.LEADER: _RISK,
    # He names teams, and hands in the roster, by which its rows are written anew.
    Role.PLANNER: _ROSTERS | {"visit-name-team": Door.TAGS, "plan-schedule": Door.TAGS},
    Role.APPROVER: _ROSTERS,
}


#: Everybody who asks, the fewest rights first.
NAMES = (
    "nobody",
    "no role",
    "closed account",
    "lent password",
    "inspector Sơn, at home",
    "a machine of Lan to read",
    "a machine of Lan to load",
    "a machine of Hà to read",
    "publisher Phương",
    "clerk Chi",
    "inspector An",
    "auditor Giang",
    "leader Dũng",
    "technical_admin Hà",
    "approver Minh",
    "planner Lan",
)


@dataclass(frozen=True)
class Asker:
    """Somebody who asks."""

    name: str
    client: APIClient
    world: World
    roles: frozenset[Role] = frozenset()
    scope: TokenScope | None = None
    doors: Mapping[str, Door] = field(default_factory=dict)

    @property
    def reads_rosters(self) -> bool:
        """Whether he is one of those whom a roster is for."""
        return "plan-roster" in self.doors

    def may_see(self, found: Difference) -> bool:
        """Tell whether a difference is of what he learns at one of his doors."""
        door = self.doors.get(str(found.case.route))
        return door is not None and door.lets_through(found)

    def passes(self, route: Route, method: str) -> bool:
        """Tell whether the role table lets him in; for a method that a route has not, by any of its others."""
        return any(
            allowed is None
            or (bool(self.roles & allowed[0]) and (self.scope is None or self.scope in allowed[1]))
            for allowed in route.allowed(method)
        )


def make_askers(past: Past) -> list[Asker]:
    """Sign everybody in at the moment of the questions, before the worlds part; the fewest rights come first."""
    return [*_strangers(past), *_machines(past), *_people(past)]


def _people(past: Past) -> Iterator[Asker]:
    people = past.month.people
    each = (
        people.phuong,
        people.chi,
        people.an,
        people.giang,
        people.dung,
        people.ha,
        people.minh,
        people.lan,
    )
    for user in each:
        (role,) = user.held_roles
        yield Asker(
            f"{role} {user}",
            _session(user),
            WORLDS[role],
            frozenset({role}),
            doors=DOORS.get(role, {}),
        )


def _strangers(past: Past) -> Iterator[Asker]:
    """Nobody, those whose account opens nothing, and an inspector who is not on duty."""
    others, inspector = past.others, frozenset({Role.INSPECTOR})
    yield Asker("nobody", _stateless({}), World.OTHER_VISITS)
    yield Asker("no role", _session(others["khach"]), World.OTHER_VISITS)
    yield Asker("closed account", _session(others["quy"]), World.OTHER_VISITS)
    yield Asker("lent password", _session(others["moi"]), World.OTHER_VISITS)
    yield Asker("inspector Sơn, at home", _session(others["son"]), World.OTHER_VISITS, inspector)


def _machines(past: Past) -> Iterator[Asker]:
    lan, ha = past.month.lan, past.month.people.ha
    for user, scope in ((lan, TokenScope.READ), (lan, TokenScope.LOAD), (ha, TokenScope.READ)):
        _token, text = make_token(user, scope, now=clock.now())
        yield Asker(
            f"a machine of {user} to {scope}",
            _stateless({"authorization": f"Bearer {text}"}),
            World.OTHER_VISITS,
            user.held_roles,
            scope,
        )


def _session(user: User) -> APIClient:
    cookies = signed_in(user).cookies
    return _stateless({"cookie": "; ".join(f"{c.key}={c.value}" for c in cookies.values())})


def _stateless(headers: dict[str, str]) -> APIClient:
    """Return a client that forgets the cookies that it is given: no question touches the next one."""
    given = {"accept-language": "en", "cookie": ""} | headers
    return APIClient(raise_request_exception=False, headers=given)
