"""The measurements of ``bench.minutes``, each in a process of its own."""

import html
import json
import logging
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from bench.figures import medians, peak_memory
from bench.filed import NOW, closing, make_visits
from inspections.documents import layout
from inspections.documents.content import AppendixTitle, Document, Table, Text, Title
from inspections.models import Checklist, PaperKind, User, Visit
from inspections.services import attachments, filing, minutes, standing_texts
from inspections.services.faces import fonts

FINDINGS = 20
REPEATS = 5


def with_photographs(folder: str) -> dict[str, float]:
    """Print the minutes, first with copies to be made and then with those that are there."""
    visit = _filed([path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))])
    actor = User.objects.get(username="inspector0")
    fonts()
    found: dict[str, float] = {}
    papers = []
    for name in ("first", "again"):
        _forget_the_peak()
        before, start, worked = peak_memory(), time.perf_counter(), time.process_time()
        papers.append(minutes.print_minutes(actor=actor, visit=visit, now=NOW))
        found[name] = time.perf_counter() - start
        found[f"{name}_processor"] = time.process_time() - worked
        found[f"{name}_memory"] = peak_memory() - before
    assert papers[0] == papers[1]
    return found | {"pages": _pages(papers[0])}


def without_photographs() -> dict[str, float]:
    """Set the text of the minutes beside weasyprint. Fonts are found before: a process does that once."""
    from weasyprint import HTML  # noqa: PLC0415  it takes a second to import

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    papers = minutes.compose_minutes(_filed([]), standing_texts.of(PaperKind.VISIT_MINUTES), NOW)
    faces, page = fonts(), page_of(papers)
    taken = medians(
        REPEATS,
        ours=lambda: layout.render(papers, faces),
        peer=lambda: HTML(string=page).write_pdf(),
    )
    there = len(HTML(string=page).render().pages)
    return taken | {"pages": _pages(layout.render(papers, faces)), "there": there}


def page_of(papers: Sequence[Document]) -> str:
    """The same text as HTML, with the least of style."""
    style = (
        "<style>@page{size:A4;margin:20mm 20mm 20mm 30mm}body{font:14pt serif}"
        "table{border-collapse:collapse}td{border:1px solid}h1{break-before:page}</style>"
    )
    return style + "".join(_tags(papers))


def _tags(papers: Sequence[Document]) -> Iterator[str]:
    for paper in papers:
        if isinstance(paper.title, Title):
            yield f"<h1>{html.escape(paper.title.kind)}</h1><h2>{html.escape(paper.title.subject)}</h2>"
        elif isinstance(paper.title, AppendixTitle):
            yield f"<h1>{html.escape(paper.title.label)}</h1><h2>{html.escape(paper.title.subject)}</h2>"
        for block in paper.body:
            if isinstance(block, Text):
                yield f"<p>{html.escape(block.text)}</p>"
            elif isinstance(block, Table):
                rows = (tuple(column.head for column in block.columns), *block.rows)
                yield "<table>"
                for row in rows:
                    cells = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row)
                    yield f"<tr>{cells}</tr>"
                yield "</table>"
        for signature in paper.signatures:
            yield f"<p>{html.escape(' '.join(signature.post))}<br>{html.escape(signature.name)}</p>"


def _filed(photos: Sequence[bytes]) -> Visit:
    (visit,) = make_visits(1, leaders=1)
    actor = User.objects.get(username="inspector0")
    said = closing(visit, Checklist.objects.get(), FINDINGS, photos)
    body = json.dumps(said).encode()
    submission, _new = filing.receive(
        actor=actor, submission_id=uuid4(), body=body, content=said, proof=None, now=NOW
    )
    assert submission.set_aside is None
    for announced, photo in zip(said["attachments"], photos, strict=True):
        attachments.receive(
            actor=actor, submission=submission, sha256=announced["sha256"], pieces=[photo], now=NOW
        )
    visit.refresh_from_db()
    return visit


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def _forget_the_peak() -> None:
    """Let the peak of memory begin anew at what the process has now. Linux only."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
