"""The measurement of ``bench.submissions``: tablets that all send at once, and nothing of it lost."""

import hashlib
import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from bench import web
from bench.figures import Figure
from bench.filed import closing, make_visits
from inspections import evidence, sealing
from inspections.models import Attachment, Checklist, Submission, User, Visit

SUBMISSIONS, PHOTOS, PHOTO_BYTES, FINDINGS = 1000, 5, 300_000, 5
PEER_SUBMISSIONS, WARMING = 200, 20
PROCESSES, CLIENTS = 2, 4
ATTEMPTS = 20  # of one request, as a tablet sends again what was not taken
CSRF = "a" * 32  # a client chooses it, and sends it twice


@dataclass
class Sent:
    """What the clients of a round saw."""

    records: list[float] = field(default_factory=list)
    photos: list[float] = field(default_factory=list)
    again: list[int] = field(default_factory=list)  # the status of each answer that took nothing


def main() -> list[dict[str, Any]]:
    """Measure on the database that the process has."""
    sealing.create_keyring(settings.KEY_FILE, years=range(2024, 2030))
    visits = make_visits(SUBMISSIONS, CLIENTS)
    checklist = Checklist.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_taken")
        cursor.execute("CREATE TABLE bench_taken (sha256 varchar(64))")
    cookies = [web.cookie(User.objects.get(username=f"inspector{n}")) for n in range(CLIENTS)]
    with web.running(PROCESSES) as port:
        _all_send(port, cookies, visits[:WARMING], checklist, Sent(), to="/take/")
        peer, taken = Sent(), Sent()
        of_peer = _all_send(port, cookies, visits[:PEER_SUBMISSIONS], checklist, peer, to="/take/")
        span = _all_send(port, cookies, visits, checklist, taken)
    assert not peer.again, peer.again
    _check_that_all_is_there()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_taken")
    return [asdict(figure) for figure in _figures(taken, span, peer, of_peer)]


def _figures(taken: Sent, span: float, peer: Sent, of_peer: float) -> Iterator[Figure]:
    times, bare = taken.records + taken.photos, peer.records + peer.photos
    name = "a view that inserts one row"
    kilobytes = PHOTO_BYTES // 1000
    yield Figure(
        f"{SUBMISSIONS:,} submissions with {PHOTOS} photographs of {kilobytes} KB each, {PROCESSES} web processes,"
        f" {CLIENTS} clients, all requests",
        f"{web.answered(times, span)}, {len(taken.again)} sent again, none lost",
        f"{name} {web.answered(bare, of_peer)}",
        (len(times) / span) / (len(bare) / of_peer),
        "none lost",
        met=True,
    )
    for what, ours, theirs in (
        ("The submissions among them", taken.records, peer.records),
        ("The photographs among them", taken.photos, peer.photos),
    ):
        yield Figure(what, web.answered(ours, span), f"{name} {web.answered(theirs, of_peer)}")


def _all_send(
    port: int,
    cookies: Sequence[str],
    visits: Sequence[Visit],
    checklist: Checklist,
    sent: Sent,
    *,
    to: str = "",
) -> float:
    """Let every leader send what he has of his visits; return the seconds of all.

    Bodies are made before. A photograph has the size of one and is nothing else: receiving looks at its hash alone.
    """
    works = [
        [_record(visit, checklist) for visit in visits[number :: len(cookies)]]
        for number in range(len(cookies))
    ]
    failed: list[BaseException] = []

    def send(work: Iterable[tuple[bytes, list[int]]], cookie: str) -> None:
        try:
            _send(port, cookie, work, sent, to)
        except BaseException as failure:  # noqa: BLE001  told to the thread that waits
            failed.append(failure)

    threads = [
        threading.Thread(target=send, args=pair) for pair in zip(works, cookies, strict=True)
    ]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return time.perf_counter() - start


def _record(visit: Visit, checklist: Checklist) -> tuple[bytes, list[int]]:
    seeds = [visit.pk.int + number for number in range(PHOTOS)]
    said = closing(visit, checklist, FINDINGS, [_photo(seed) for seed in seeds])
    return json.dumps(said).encode(), seeds


def _photo(seed: int) -> bytes:
    return seed.to_bytes(17) + bytes(PHOTO_BYTES - 17)


def _send(
    port: int, cookie: str, work: Iterable[tuple[bytes, list[int]]], sent: Sent, to: str
) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Cookie": f"{cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF, "Host": "localhost",
    }  # fmt: skip

    def put(path: str, body: bytes, media_type: str, times: list[float]) -> None:
        for _ in range(ATTEMPTS):
            start = time.perf_counter()
            link.request("PUT", to or path, body, headers | {"Content-Type": media_type})
            answer = link.getresponse()
            said = answer.read()
            times.append(time.perf_counter() - start)
            if answer.status in {http.client.OK, http.client.CREATED}:
                return
            assert answer.status >= http.client.INTERNAL_SERVER_ERROR, said
            sent.again.append(answer.status)
        raise TimeoutError(path)

    for body, seeds in work:
        path = f"/api/v1/submissions/{uuid4()}/"
        put(path, body, "application/json", sent.records)
        for photo in map(_photo, seeds):
            name = hashlib.sha256(photo).hexdigest()
            put(f"{path}attachments/{name}/", photo, "image/jpeg", sent.photos)
    link.close()


def _check_that_all_is_there() -> None:
    """Count what was taken, and compare every file with its hash."""
    counting = Submission.objects.filter(set_aside=None, completed_at__isnull=False, closes=True)
    assert counting.count() == Visit.objects.filter(state="filed").count() == SUBMISSIONS
    names = Attachment.objects.exclude(received_at=None).values_list("sha256", flat=True)
    assert len(set(names)) == SUBMISSIONS * PHOTOS
    for name in names:
        assert hashlib.sha256(evidence.path_of(name).read_bytes()).hexdigest() == name
