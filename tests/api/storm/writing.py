"""What inspectors write into their tablets: parts, closings, corrections, and mistakes."""

import json
import random
from typing import Any
from uuid import UUID

from tests.api.storm.model import Model, Said
from tests.api.storm.tablets import Photo, Record, Tablet
from tests.inspections.services.filings import roll_call

#: NFD on purpose: it is stored in NFC.
FACTS = ("Hồ sơ quá hạn chưa có phiếu xin lỗi", "Bảng niêm yết cu\u031b\u0303", "Không đeo thẻ")
NOWHERE = "00000000-0000-4000-8000-000000000000"


class Writer:
    """Writes records as a chance of its own has it, so that a seed makes the same ones every time."""

    def __init__(self, chance: random.Random, model: Model, core: list[str]) -> None:
        self.chance, self.model, self.core = chance, model, core
        self.photos: list[Photo] = []
        self.made = 0

    def write(self, tablet: Tablet, now: int) -> Record:
        """Write one record and put it into the tablet's queue; some tablets send under an id twice."""
        self.made += 1
        if tablet.done and self.happens(0.02):  # a fault of the tablet's
            return self._queue(tablet, self._said(tablet, now), self.chance.choice(tablet.done).id)
        return self._queue(tablet, self._said(tablet, now), str(self.uuid()))

    def uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def happens(self, probability: float) -> bool:
        return self.chance.random() < probability

    def _queue(self, tablet: Tablet, said: Said, under: str) -> Record:
        photos = self._photos()
        said["attachments"] = [one.announced() for one in photos]
        pieces = [{"sha256": one.sha256, "caption": "Ảnh"} for one in photos]
        for place in (*said["findings"], *said["answers"]):
            place["evidence"] = pieces  # the same photograph in several places
        record = Record(under, json.dumps(said, ensure_ascii=False).encode(), photos)
        tablet.queue.append(record)
        return record

    def _photos(self) -> list[Photo]:
        if not self.happens(0.3):
            return []
        found = {}
        for _ in range(self.chance.randint(1, 2)):
            if self.photos and self.happens(0.1):
                photo = self.chance.choice(self.photos)  # sent with another record already
            else:
                data = self.chance.randbytes(self.chance.randint(50, 2000))
                photo = Photo(data, len(data) // 3 + 1 if self.happens(0.3) else None)
                self.photos.append(photo)
            found[photo.sha256] = photo
        return list(found.values())

    def _said(self, tablet: Tablet, now: int) -> Said:
        person = str(tablet.owner.pk)
        visit = self._visit(person)
        leads = visit in self.model.visits and self.model.visits[visit].leader == person
        said = self._part(visit) | {"device": tablet.claims(now)}
        if self.happens(0.12 if leads else 0.02):
            said |= self._closing()
        if tablet.done and self.happens(0.2):
            said |= self._correction(tablet)
        if self.happens(0.01):
            said["checklist"] = 7
        if said["roll_calls"] and self.happens(0.03):
            said["roll_calls"][0]["required"] += 1  # does not add up
        return said

    def _visit(self, person: str) -> str:
        if self.happens(0.01):
            return NOWHERE
        names = list(self.model.visits)
        own = [name for name in names if person in self.model.visits[name].members]
        return self.chance.choice(own if own and not self.happens(0.02) else names)

    def _part(self, visit: str) -> Said:
        findings = [self._finding(visit) for _ in range(self.chance.choice((0, 0, 1, 2)))]
        return {
            "format": "kycuong/submission/1",
            "visit": visit,
            "checklist": 1,
            "closes": False,
            "outcome": "made",
            "replaces": None,
            "from_paper": False,
            "signed_on": None,
            "arrival": None,
            "roll_calls": [self._roll_call()] if self.happens(0.3) else [],
            "answers": self._answers(self.chance.sample(self.core, self.chance.randint(0, 2))),
            "findings": list({one["id"]: one for one in findings}.values()),
            "praise": [],
            "suggestions": [],
            "measures": [],
            "opinion": None,
            "explanations": [],
            "signatures": [],
        }

    def _closing(self) -> Said:
        asked = self.core[1:] if self.happens(0.05) else self.core
        calls = [] if self.happens(0.05) else [self._roll_call()]
        return {"closes": True, "roll_calls": calls, "answers": self._answers(asked)}

    def _correction(self, tablet: Tablet) -> Said:
        before = self.chance.choice(tablet.done)
        said = json.loads(before.body)
        if self.happens(0.05):
            return {"replaces": str(self.uuid())}
        if self.happens(0.05):
            return {"replaces": before.id}  # perhaps of another visit, or of another kind
        kept = {name: said[name] for name in ("visit", "closes", "roll_calls", "answers")}
        findings = [one | {"facts": self.chance.choice(FACTS)} for one in said["findings"]]
        return kept | {"replaces": before.id, "findings": findings[: self.chance.randint(0, 2)]}

    def _finding(self, visit: str) -> Said:
        # Of a few names a visit, so that several inspectors and corrections state the same one.
        ref = UUID(int=UUID(visit).int ^ self.chance.randrange(6))
        return {
            "id": str(ref),
            "item": self.chance.choice(self.core),
            "facts": f"{self.chance.choice(FACTS)} {self.made}",
            "severity": "minor",
            "legal_basis": "",
            "responsible": None,
            "remedy": None,
            "evidence": [],
        }

    def _answers(self, items: list[str]) -> list[dict[str, Any]]:
        values = ("no_issue", "issue", "not_applicable")
        return [
            {"item": item, "answer": self.chance.choice(values), "note": "", "evidence": []}
            for item in items
        ]

    def _roll_call(self) -> Said:
        present = self.chance.randrange(100)
        return roll_call(present=present, required=present + 4)
