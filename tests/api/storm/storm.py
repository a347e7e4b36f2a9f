"""The storm: who does what when, all of it from one seed."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client

from inspections.models import (
    Inspector,
    Origin,
    Role,
    Session,
    Unit,
    UnitKind,
    User,
    Visit,
    VisitMember,
)
from inspections.services import checklists, devices
from inspections.states import VisitState
from tests.api.conftest import Clock, browsing
from tests.api.storm import model
from tests.api.storm.tablets import (
    SUBMISSIONS,
    Request,
    Tablet,
    at_once,
    cut,
    deliver,
)
from tests.api.storm.writing import Writer
from tests.builders import NOW, make_user

INSPECTORS = 8
TEAM = 3
#: Submissions to a visit, about.
CROWD = 25


@dataclass
class Town:
    """Everybody who takes part, and the visits."""

    lan: Client
    ha: Client
    tablets: list[Tablet]
    model: model.Model
    core: list[str]


def make_town(chance: random.Random, submissions: int) -> Town:
    """Make inspectors with two tablets each, one of which is now and then no enrolled device, and their visits."""
    people = [make_user(f"Người {n}", Role.INSPECTOR) for n in range(INSPECTORS)]
    staff = [
        Inspector.objects.create(full_name=user.full_name, code=f"n{n}", user=user)
        for n, user in enumerate(people)
    ]
    core_items = checklists.publish_packaged(now=NOW).items.filter(is_core=True)
    core = [item.code for item in core_items if item.is_for(UnitKind.COMMUNE)]
    visits = {}
    for number in range(max(8, submissions // CROWD)):
        team = chance.sample(staff, TEAM)
        visit = _visit(number, team)
        members = {str(member.user_id) for member in team}
        visits[str(visit.pk)] = model.Visit(members, str(team[0].user_id))
    ha = make_user("Hà", Role.TECHNICAL_ADMIN)
    tablets = [_tablet(chance, user, ha, number) for user in people for number in range(2)]
    lan = browsing(make_user("Lan", Role.PLANNER))
    return Town(lan, browsing(ha), tablets, model.Model(visits, set(core)), core)


def _visit(number: int, team: list[Inspector]) -> Visit:
    unit = Unit.objects.create(code=f"X{number:04}", name=f"Xã {number}", kind=UnitKind.COMMUNE)
    visit = Visit.objects.create(
        id=UUID(int=number << 64 | 0x4000800000000000 << 16, version=4),
        origin=Origin.DIRECTED,
        state=VisitState.RELEASED,
        unit=unit,
        date=NOW.date(),
        session=Session.MORNING,
        release_at=NOW,
        released_at=NOW,
    )
    VisitMember.objects.bulk_create(
        VisitMember(visit=visit, inspector=one, is_leader=one == team[0]) for one in team
    )
    return visit


def _tablet(chance: random.Random, owner: User, ha: User, number: int) -> Tablet:
    skew = chance.randint(-56, 73)
    if number and chance.random() < 0.3:
        return Tablet(owner, None, b"", skew)
    device, key = devices.enrol(actor=ha, name=f"Máy {owner.full_name} {number}", now=NOW)
    return Tablet(owner, str(device.pk), key, skew)


class Storm:
    """Lets things happen until as many submissions were written as told and every queue is empty."""

    def __init__(self, seed: int, submissions: int, clock: Clock) -> None:
        self.chance = random.Random(seed)
        self.town = make_town(self.chance, submissions)
        self.model, self.tablets = self.town.model, self.town.tablets
        self.writer = Writer(self.chance, self.model, self.town.core)
        self.submissions, self.clock = submissions, clock
        self.happened: Counter[str] = Counter()

    def blow(self) -> None:
        """Let everything happen; in the end all networks are good."""
        while self.writer.made < self.submissions:
            self.clock.pass_by(seconds=1)
            self._something()
        for tablet in self.tablets:
            while tablet.queue:
                self.clock.pass_by(seconds=1)
                self._send(tablet, tablet.next(self.chance))

    def _something(self) -> None:
        tablet = self.chance.choice(self.tablets)
        if not tablet.queue or self.chance.random() < 0.35:
            self.writer.write(tablet, self.writer.made)
        elif self.chance.random() < 0.02:
            self.chance.choice(OFFICE)(self)
        else:
            fates, weights = zip(*FATES, strict=True)
            fate = self.chance.choices(fates, weights)[0]
            self.happened[fate.__name__.strip("_")] += 1
            fate(self, tablet, tablet.next(self.chance))

    # --- What becomes of a request -----------------------------------------------------------

    def _send(self, tablet: Tablet, request: Request) -> None:
        """It arrives and so does its answer."""
        answer = deliver(tablet.client, request)
        self._arrived(tablet, request, answer)
        tablet.hear(request, answer)

    def _lost(self, tablet: Tablet, request: Request) -> None:
        """It arrives, its answer does not."""
        self._arrived(tablet, request, deliver(tablet.client, request))

    def _cut(self, tablet: Tablet, request: Request) -> None:
        """It breaks off in the middle: nothing arrives, and the server finds nothing strange about it."""
        answer = cut(tablet.client, request, self.chance)
        known = request.photo and (request.record.id, request.photo.sha256) in self.model.received
        assert answer.status_code < 500, answer.content
        assert known or answer.status_code != 201, answer.content

    def _twice(self, tablet: Tablet, request: Request) -> None:
        """It comes twice, as when a client gave up waiting; the second answer is heard."""
        self._lost(tablet, request)
        self._send(tablet, request)

    def _thrice_at_once(self, tablet: Tablet, request: Request) -> None:
        """It comes three times at the same time, each with an answer that is heard or not."""
        answers = at_once([tablet.client] * 3, [request] * 3)
        answers.sort(key=lambda answer: -answer.status_code)  # whoever made it answers 201
        for answer in answers:
            self._arrived(tablet, request, answer)
        tablet.hear(request, self.chance.choice(answers))

    def _signed_out(self, tablet: Tablet, request: Request) -> None:
        """The session ended: the queue waits until the inspector has signed in again."""
        cookies = tablet.client.cookies
        tablet.client.logout()
        tablet.client.cookies = cookies
        answer = deliver(tablet.client, request)
        assert answer.status_code == 401
        tablet.hear(request, answer)
        tablet.sign_in()

    def _wrong_proof(self, tablet: Tablet, request: Request) -> None:
        """The proof was made with another key."""
        if request.photo is None and tablet.device is not None:
            request = tablet.of_body(request.record, wrong_proof=True)
        self._send(tablet, request)

    def _by_another(self, tablet: Tablet, request: Request) -> None:
        """Another person sends what lies on a tablet that two share; he does not get its receipt."""
        other = self.chance.choice([one for one in self.tablets if one.owner != tablet.owner])
        if request.record.receipts:
            request = self.chance.choice([request, tablet.of_body(request.record)])
            self._arrived(other, request, deliver(other.client, request), device=tablet)

    def _arrived(
        self, sender: Tablet, request: Request, answer: Any, *, device: Tablet | None = None
    ) -> None:
        """Hold an answer against the model's."""
        if request.photo is None:
            sent = (device or sender).sent(request)
            sent = model.Sent(sent.id, sent.body, str(sender.owner.pk), sent.device, sent.is_proven)
            expected = self.model.receive(sent)
        elif request.photo.piece is None:
            expected = self.model.receive_file(
                request.record.id, str(sender.owner.pk), request.photo.sha256
            )
        else:
            self._piece_arrived(sender, request, answer)
            return
        told = answer.json()
        found = model.Answer(answer.status_code, told.get("set_aside"))
        assert found == expected, (told, request.body)

    def _piece_arrived(self, sender: Tablet, request: Request, answer: Any) -> None:
        """A piece of a file: it is whole when the answer says so, and who was cut off begins where he is told."""
        assert request.photo is not None
        told = answer.json()
        if answer.status_code == 200 and told["received_at"] is not None:
            assert told["received_bytes"] == len(request.photo.data)
            self.model.receive_file(request.record.id, str(sender.owner.pk), request.photo.sha256)
        elif str(sender.owner.pk) != self.model.filed[request.record.id].sender:
            assert answer.status_code == 404
        else:
            assert answer.status_code in {200, 409}, told

    # --- What the office does meanwhile ------------------------------------------------------

    def _reassign(self) -> None:
        """A visit gets another team."""
        name = self.chance.choice(list(self.model.visits))
        VisitMember.objects.filter(visit_id=name).delete()
        team = self.chance.sample(list(Inspector.objects.order_by("code")), TEAM)
        VisitMember.objects.bulk_create(
            VisitMember(visit_id=name, inspector=one, is_leader=one == team[0]) for one in team
        )
        self.model.visits[name].members = {str(one.user_id) for one in team}
        self.model.visits[name].leader = str(team[0].user_id)

    def _withdraw(self) -> None:
        """A visit is not made."""
        name = self.chance.choice(list(self.model.visits))
        Visit.objects.filter(pk=name).update(state=VisitState.NOT_MADE)
        self.model.visits[name].state = "not_made"

    def _revoke(self) -> None:
        """A tablet is revoked; as many go on as before, because another is enrolled in its place."""
        tablet = self.chance.choice(self.tablets)
        if (
            tablet.device is None
            or tablet.device in self.model.revoked
            or self.chance.random() < 0.7
        ):
            return
        path = f"/api/v1/devices/{tablet.device}/revoke/"
        answer = self.town.ha.post(
            path, {}, content_type="application/json", headers={"if-match": '"1"'}
        )
        assert answer.status_code == 200, answer.content
        self.model.revoked.add(tablet.device)

    def _settle(self) -> None:
        """A person decides on what was set aside, and now and then names the visit that it was about."""
        waiting = [
            one for one in self.model.filed.values() if one.set_aside and one.accepted is None
        ]
        for filed in self.chance.sample(waiting, min(5, len(waiting))):
            accept = self.chance.random() < 0.7
            given: dict[str, Any] = {"accept": accept, "reason": "Đã hỏi lại"}
            if accept and filed.visit is None:
                given["visit"] = self.chance.choice(list(self.model.visits))
            expected = self.model.settle(filed, accept=accept, visit=given.get("visit"))
            version = self.town.lan.get(f"{SUBMISSIONS}{filed.id}/").headers["ETag"]
            answer = self.town.lan.post(
                f"{SUBMISSIONS}{filed.id}/settle/",
                given,
                content_type="application/json",
                headers={"if-match": version},
            )
            assert answer.status_code == expected.status, (answer.content, expected)


Fate = Callable[[Storm, Tablet, Request], None]
FATES: list[tuple[Fate, float]] = [
    (Storm._send, 60),
    (Storm._lost, 10),
    (Storm._cut, 12),
    (Storm._twice, 6),
    (Storm._thrice_at_once, 2),
    (Storm._signed_out, 2),
    (Storm._wrong_proof, 1),
    (Storm._by_another, 2),
]
OFFICE: list[Callable[[Storm], None]] = [
    Storm._reassign,
    Storm._withdraw,
    Storm._revoke,
    Storm._settle,
]
