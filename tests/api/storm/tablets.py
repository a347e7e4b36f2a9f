"""Tablets as the page on filing demands them, and the networks that they send through."""

import hashlib
import io
import json
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.test import Client

from inspections.models import User
from inspections.services import devices
from tests.api.storm.model import Sent

SUBMISSIONS: Final = "/api/v1/submissions/"
#: Seconds after which a thread that waits gives the test up.
PATIENCE: Final = 60


@dataclass
class Photo:
    """A file, and the size of the pieces in which it is sent; None is whole."""

    data: bytes
    piece: int | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def announced(self) -> dict[str, Any]:
        return {"sha256": self.sha256, "size": len(self.data), "media_type": "image/jpeg"}


@dataclass
class Record:
    """What a tablet keeps of a submission until the server has all of it."""

    id: str
    body: bytes
    photos: list[Photo]
    receipts: list[dict[str, Any]] = field(default_factory=list)
    here: dict[str, int] = field(default_factory=dict)
    refused: int | None = None

    @property
    def left(self) -> list[Photo]:
        """The files whose receipt has not come."""
        return [one for one in self.photos if self.here.get(one.sha256, 0) < len(one.data)]


@dataclass(frozen=True)
class Request:
    """One request, frozen: it can be sent again, at once or later."""

    record: Record
    path: str
    content_type: str
    body: bytes
    headers: dict[str, str]
    photo: Photo | None = None
    start: int = 0


class Broken(io.BytesIO):
    """What the server reads of a request whose connection goes: some bytes, then an error or nothing more."""

    def __init__(self, data: bytes, *, silent: bool) -> None:
        super().__init__(data)
        self.silent = silent

    def read(self, size: int | None = -1) -> bytes:
        given = super().read(size)
        if not given and not self.silent:
            raise ConnectionResetError
        return given


class Tablet:
    """A tablet of a person: its queue, its key, its clock."""

    def __init__(self, owner: User, device: str | None, key: bytes, skew: int) -> None:
        self.owner, self.device, self.key, self.skew = owner, device, key, skew
        self.queue: list[Record] = []
        self.done: list[Record] = []
        self.client = Client(raise_request_exception=False)
        self.sign_in()

    def sign_in(self) -> None:
        self.client.force_login(self.owner, backend="api.accounts.Accounts")

    def claims(self, now: int) -> dict[str, Any] | None:
        """Return what a body says of the device; its clock is years off."""
        if self.device is None:
            return None
        time = f"{2026 + self.skew}-03-02T09:00:00+07:00"
        return {"id": self.device, "app": "1.0.0", "time": time, "monotonic_ms": now}

    def next(self, chance: random.Random) -> Request:
        """Return what it sends next: any record of its queue, first the body, then any file."""
        record = chance.choice(self.queue)
        if not record.receipts:
            return self.of_body(record)
        return self.of_file(record, chance.choice(record.left))

    def of_body(self, record: Record, *, wrong_proof: bool = False) -> Request:
        headers = {}
        if self.device is not None:
            sha256 = hashlib.sha256(record.body).hexdigest()
            key = b"another's" if wrong_proof else self.key
            headers["device-proof"] = devices.proof(key, sha256)
        path = f"{SUBMISSIONS}{record.id}/"
        return Request(record, path, "application/json", record.body, headers)

    def of_file(self, record: Record, photo: Photo) -> Request:
        path = f"{SUBMISSIONS}{record.id}/attachments/{photo.sha256}/"
        if photo.piece is None:
            return Request(record, path, "image/jpeg", photo.data, {}, photo)
        start = record.here.get(photo.sha256, 0)
        data = photo.data[start : start + photo.piece]
        where = f"bytes {start}-{start + len(data) - 1}/{len(photo.data)}"
        return Request(record, path, "image/jpeg", data, {"content-range": where}, photo, start)

    def sent(self, request: Request) -> Sent:
        """Return what the model is told of a body."""
        sha256 = hashlib.sha256(request.body).hexdigest()
        proof = request.headers.get("device-proof")
        proven = proof == devices.proof(self.key, sha256)
        said = json.loads(request.body)
        device = None if said["device"] is None else said["device"]["id"]
        return Sent(request.record.id, request.body, str(self.owner.pk), device, proven)

    def hear(self, request: Request, answer: Any) -> None:
        """Take an answer that came back, as `docs/filing.md` says."""
        record, told = request.record, json.loads(answer.content)
        if answer.status_code == 401:
            return  # the queue waits; nothing of it goes
        if request.photo is None:
            if answer.status_code in {200, 201}:
                record.receipts.append(told)
                for one in told["attachments"]:
                    record.here[one["sha256"]] = one["received_bytes"]
            else:
                record.refused = answer.status_code
        elif answer.status_code == 200:
            record.here[told["sha256"]] = told["received_bytes"]
        elif answer.status_code == 409:
            record.here[request.photo.sha256] = told["params"]["received"]
        if record.refused or (record.receipts and not record.left):
            self.queue.remove(record)
            self.done.append(record)


# --- Networks --------------------------------------------------------------------------------


def deliver(client: Client, request: Request) -> Any:
    """Carry a request to the server and the answer back."""
    return client.put(
        request.path, request.body, content_type=request.content_type, headers=request.headers
    )


def cut(client: Client, request: Request, chance: random.Random) -> Any:
    """Carry a part of a request; nobody reads the answer."""
    part = request.body[: chance.randrange(len(request.body))]
    stream = Broken(part, silent=chance.random() < 0.5)
    return client.put(
        request.path,
        request.body,
        content_type=request.content_type,
        headers=request.headers,
        **{"wsgi.input": stream},
    )


def at_once(clients: Iterable[Client], requests: Iterable[Request]) -> list[Any]:
    """Carry requests at the same time, each through a connection of its own."""

    def carry(client: Client, request: Request) -> Any:
        try:
            own = Client(raise_request_exception=False)
            own.cookies = client.cookies
            return deliver(own, request)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        return list(pool.map(carry, clients, requests, timeout=PATIENCE))
