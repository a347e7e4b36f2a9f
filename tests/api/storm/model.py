"""What must be there after each thing that tablets and office did: the rules of filing once more, in plain Python.

The model reads no table. It is told of every request that reached its end, whether its answer came back or not,
and says how it must have been answered; `comparing` holds what it holds against the database.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

Said = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """How a request must be answered: the status, and why it was set aside if it was."""

    status: int
    set_aside: str | None = None


@dataclass
class Visit:
    """A visit as its team's members and state make it open or not."""

    members: set[str]
    leader: str
    state: str = "released"


@dataclass(eq=False)
class Filed:
    """A submission as it must be stored."""

    id: str
    body: bytes
    sender: str
    visit: str | None
    set_aside: str | None
    replaces: str | None
    is_annex: bool
    device: str | None
    missing: set[str]
    accepted: bool | None = None
    said: Said = field(default_factory=dict)

    @property
    def applies(self) -> bool:
        """Whether it counts, replaced or not."""
        return self.set_aside is None or bool(self.accepted)


@dataclass(frozen=True)
class Sent:
    """A body as it came: by whom, from which device, with a good proof or not."""

    id: str
    body: bytes
    sender: str
    device: str | None
    is_proven: bool


class Model:
    """The server as it must be."""

    def __init__(self, visits: dict[str, Visit], core: set[str]) -> None:
        self.visits = visits
        self.core = core
        self.revoked: set[str] = set()
        self.filed: dict[str, Filed] = {}
        self.conflicts: set[tuple[str, str]] = set()
        self.applied: list[Filed] = []
        self.applied_at: dict[str, list[Filed]] = {name: [] for name in visits}
        self.received: set[tuple[str, str]] = set()

    # --- What tablets do ---------------------------------------------------------------------

    def receive(self, sent: Sent) -> Answer:
        """Tell how a body must be answered, and keep what must be kept."""
        before = self.filed.get(sent.id)
        if before is not None:
            if (before.body, before.sender) == (sent.body, sent.sender):
                return Answer(200, before.set_aside)
            self.conflicts.add((sent.id, hashlib.sha256(sent.body).hexdigest()))
            return Answer(409)
        said = in_nfc(json.loads(sent.body))
        if not _adds_up(said):
            return Answer(422)
        visit = self.visits.get(said["visit"])
        if visit is not None and sent.sender not in visit.members:
            visit = None
        replaced = None if visit is None else self.replaced(said, said["visit"])
        doubt = self._doubt(sent, said, visit, replaced)
        if doubt is None and said["closes"] and not self._can_close(said):
            return Answer(422)
        closed = visit is not None and self.closing(said["visit"]) is not None
        filed = Filed(
            id=sent.id,
            body=sent.body,
            sender=sent.sender,
            visit=None if visit is None else said["visit"],
            set_aside=doubt,
            replaces=replaced and replaced.id,
            is_annex=not said["closes"] and closed,
            device=sent.device,
            missing={one["sha256"] for one in said["attachments"]},
            said=said,
        )
        self.filed[sent.id] = filed
        if doubt is None:
            self._apply(filed)
        return Answer(201, doubt)

    def receive_file(self, under: str, sender: str, sha256: str) -> Answer:
        """Tell how a whole file must be answered."""
        filed = self.filed.get(under)
        if filed is None or filed.sender != sender:
            return Answer(404)
        filed.missing.discard(sha256)
        self.received.add((under, sha256))
        return Answer(200)

    # --- What the office does ----------------------------------------------------------------

    def settle(self, filed: Filed, *, accept: bool, visit: str | None) -> Answer:
        """Tell how a decision about what was set aside must be answered."""
        visit = visit or filed.visit
        if accept:
            if visit is None:
                return Answer(422)
            replaced = self.replaced(filed.said, visit)
            if filed.said["closes"] and self.closing(visit) not in {None, replaced}:
                return Answer(409)
            filed.visit, filed.replaces = visit, replaced and replaced.id
            filed.is_annex = not filed.said["closes"] and self.closing(visit) is not None
        filed.accepted = accept
        if accept:
            self._apply(filed)
        return Answer(200, filed.set_aside)

    # --- What follows ------------------------------------------------------------------------

    def counting(self) -> list[Filed]:
        """Return what counts and was not replaced by something that counts, in the order in which it came to."""
        replaced = {filed.replaces for filed in self.applied}
        return [filed for filed in self.applied if filed.id not in replaced]

    def closing(self, visit: str) -> Filed | None:
        """Return what closed a visit, in its latest correction."""
        found = [one for one in self.applied_at[visit] if one.said["closes"]]
        return found[-1] if found else None

    def replaced(self, said: Said, visit: str) -> Filed | None:
        """Return what a correction takes the place of, if that counts and is of its kind."""
        named = self.filed.get(said["replaces"]) if said["replaces"] else None
        if named is None or not named.applies or named.visit != visit:
            return None
        if named.said["closes"] != said["closes"]:
            return None
        return None if any(one.replaces == named.id for one in self.applied_at[visit]) else named

    def findings(self) -> dict[tuple[str, str], tuple[str, str, bool]]:
        """Return each finding: visit and name → which submission states it, its facts, whether it was taken back."""
        return {
            (visit, ref): row
            for visit in self.applied_at
            for ref, row in self._findings_at(visit).items()
        }

    def _findings_at(self, visit: str) -> dict[str, tuple[str, str, bool]]:
        rows: dict[str, tuple[str, str, bool]] = {}
        for filed in self.applied_at[visit]:
            others = self._stated_elsewhere(filed.said, filed.replaces, rows)
            for one in filed.said["findings"]:
                if one["id"] not in others:
                    rows[one["id"]] = (filed.id, one["facts"], False)
            for ref, (stated_by, facts, _gone) in rows.items():
                if filed.replaces == stated_by:
                    rows[ref] = (stated_by, facts, True)
        return rows

    def _stated_elsewhere(
        self, said: Said, replaces: str | None, rows: dict[str, tuple[str, str, bool]]
    ) -> set[str]:
        """Return what is stated by others: a closing takes everything up, a part only what it corrects."""
        corrected = set()
        while replaces is not None:
            corrected.add(replaces)
            replaces = self.filed[replaces].replaces
        named = {one["id"] for one in said["findings"]} & rows.keys()
        return set() if said["closes"] else {ref for ref in named if rows[ref][0] not in corrected}

    def _apply(self, filed: Filed) -> None:
        assert filed.visit is not None
        visit = self.visits[filed.visit]
        if visit.state != "filed":
            visit.state = "filed" if filed.said["closes"] else "arrived"
        self.applied.append(filed)
        self.applied_at[filed.visit].append(filed)

    def _doubt(
        self, sent: Sent, said: Said, visit: Visit | None, replaced: Filed | None
    ) -> str | None:
        is_open = visit is not None and visit.state in {"released", "arrived", "filed"}
        closes, closing = said["closes"], is_open and self.closing(said["visit"])
        has_device = sent.device is not None
        doubts = {
            "visit_not_open": not is_open,
            "not_the_leader": closes and visit is not None and sent.sender != visit.leader,
            "cannot_replace": bool(said["replaces"]) and replaced is None,
            "closed_already": closes and closing not in {None, replaced},
            "unknown_checklist": said["checklist"] != 1,
            "stated_elsewhere": is_open
            and bool(
                self._stated_elsewhere(
                    said, replaced and replaced.id, self._findings_at(said["visit"])
                )
            ),
            "device_not_proven": has_device and not sent.is_proven,
            "device_revoked": has_device and sent.device in self.revoked,
        }
        return next((why for why, doubtful in doubts.items() if doubtful), None)

    def _can_close(self, said: Said) -> bool:
        answered = {one["item"] for one in said["answers"] if one["answer"] != "not_checked"}
        return bool(said["roll_calls"]) and self.core <= answered


def _adds_up(said: Said) -> bool:
    return all(
        one["required"] == one["present"] + sum(one["excused"].values()) + one["unexcused"]
        for one in said["roll_calls"]
    )


def in_nfc(value: Any) -> Any:
    """Return a body with its texts in NFC."""
    match value:
        case str():
            return normalize("NFC", value)
        case list():
            return [in_nfc(inner) for inner in value]
        case dict():
            return {name: in_nfc(inner) for name, inner in value.items()}
    return value
