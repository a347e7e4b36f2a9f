"""What was changed in Word, as changes that a person accepts one by one; and the content with those accepted."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from inspections.documents.content import Block, Document, Role, Text
from inspections.documents.word.reading import Grid, Item, Paragraph, clean, read
from inspections.documents.word.refusal import DocxRefused
from inspections.documents.word.writing import write

_OPEN: Final = frozenset({Role.BODY, Role.GROUND})
#: Two paragraphs this alike (0 to 100) are one that was changed, also when its mark was lost.
_ALIKE: Final = 60
_MOST_COMPARED: Final = 10_000
_SHOWN: Final = 80
_WORDS: Final = re.compile(r"\s+|\S+")


class Kind(StrEnum):
    """What happened to a paragraph."""

    CHANGED = "changed"
    INSERTED = "inserted"
    REMOVED = "removed"


class Stay(StrEnum):
    """What happened to a piece of a paragraph."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Segment:
    """A piece of a changed paragraph; the pieces in a row read as the old and the new text."""

    stay: Stay
    text: str


@dataclass(frozen=True)
class Change:
    """One change. ``block`` is the paragraph's place in the body, or that before which a new one comes."""

    document: int
    block: int
    kind: Kind
    old: str
    new: str
    segments: tuple[Segment, ...]


def differences(papers: Sequence[Document], token: str, data: bytes) -> list[Change]:
    """Return what ``data``, written from ``papers`` under ``token`` and edited since, says otherwise.

    Paragraphs are known by their marks and by what they say; one that was moved goes in one place and comes in another.

    Raises `DocxRefused`: as `read` does; ``docx_not_ours`` and ``docx_other_version`` without a mark of this content;
    ``docx_structure`` when a head, heading, table or signature is missing, changed or new.
    """
    given = _own(read(data), token)
    written = read(write(papers, token))
    return [change for gap in _gaps(papers, written, given) for change in gap.changes()]


def apply(papers: Sequence[Document], accepted: Collection[Change]) -> list[Document]:
    """Return the papers with the changes that a person accepted."""
    return [
        replace(paper, body=tuple(_body(paper, [one for one in accepted if one.document == index])))
        for index, paper in enumerate(papers)
    ]


def _body(paper: Document, changes: list[Change]) -> Iterator[Block]:
    replaced = {one.block: one for one in changes if one.kind is not Kind.INSERTED}
    for place in range(len(paper.body) + 1):
        for one in changes:
            if one.kind is Kind.INSERTED and one.block == place:
                yield Text(one.new, _role(paper, place))
        if place == len(paper.body):
            return
        block = paper.body[place]
        change = replaced.get(place)
        if change is None:
            yield block
        elif change.kind is Kind.CHANGED and isinstance(block, Text):
            yield replace(block, text=change.new)


def _role(paper: Document, place: int) -> Role:
    """Return the role of a new paragraph: a ground among grounds, else text."""
    beside = paper.body[max(0, place - 1) : place + 1]
    grounds = [isinstance(one, Text) and one.role is Role.GROUND for one in beside]
    return Role.GROUND if grounds and all(grounds) else Role.BODY


def _own(given: list[Item], token: str) -> list[Item]:
    """Return what was read with the marks of this content alone: text may be pasted from another paper."""
    tokens = {mark.token for item in given for mark in item.marks}
    if token not in tokens:
        raise DocxRefused("docx_other_version" if tokens else "docx_not_ours")
    return [
        replace(item, marks=frozenset(mark for mark in item.marks if mark.token == token))
        for item in given
    ]


@dataclass(frozen=True)
class _Old:
    """An open paragraph as it was written."""

    block: int
    text: str


@dataclass(frozen=True)
class _Gap:
    """What may be edited between two things that stay: what stood there, and what stands there now."""

    document: int
    old: list[_Old]
    new: list[Paragraph]
    end: (
        int | None
    )  # the block before which a paragraph behind all others comes; None: there is no place for one

    def changes(self) -> Iterator[Change]:
        """Yield the changes, in their order."""
        row = column = 0
        for next_row, next_column in [*self._pairs(), (len(self.old), len(self.new))]:
            for old in self.old[row:next_row]:
                yield Change(self.document, old.block, Kind.REMOVED, old.text, "", ())
            for new in self.new[column:next_column]:
                yield self._inserted(next_row, new)
            row, column = next_row + 1, next_column + 1
            if next_row < len(self.old):
                old, new = self.old[next_row], self.new[next_column]
                if old.text != new.text:
                    segments = tuple(_segments(old.text, new.text))
                    yield Change(
                        self.document, old.block, Kind.CHANGED, old.text, new.text, segments
                    )

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Yield which old paragraph is which new one: by what it says, by its mark, by likeness, in this order."""
        before, after = [one.text for one in self.old], [one.text for one in self.new]
        row = column = 0
        ends = (len(before), len(after))
        same = [
            (step.src_start + index, step.dest_start + index)
            for step in Indel.opcodes(before, after)
            if step.tag == "equal"
            for index in range(step.src_end - step.src_start)
        ]
        for pair in [*same, ends]:
            yield from self._marked(row, pair[0], column, pair[1])
            if pair != ends:
                yield pair
            row, column = pair[0] + 1, pair[1] + 1

    def _marked(self, row: int, rows: int, column: int, columns: int) -> Iterator[tuple[int, int]]:
        by_block = {self.old[index].block: index for index in range(row, rows)}
        for index in range(column, columns):
            blocks = [mark.block for mark in self.new[index].marks]
            known = sorted(by_block[block] for block in blocks if by_block.get(block, -1) >= row)
            if known:
                yield from self._alike(row, known[0], column, index)
                yield known[0], index
                row, column = known[0] + 1, index + 1
        yield from self._alike(row, rows, column, columns)

    def _alike(self, row: int, rows: int, column: int, columns: int) -> Iterator[tuple[int, int]]:
        if (rows - row) * (columns - column) > _MOST_COMPARED:
            return
        for index in range(column, columns):
            for one in range(row, rows):
                if fuzz.ratio(self.old[one].text, self.new[index].text) >= _ALIKE:
                    yield one, index
                    row = one + 1
                    break

    def _inserted(self, row: int, new: Paragraph) -> Change:
        place = self.old[row].block if row < len(self.old) else self.end
        if place is None:
            raise DocxRefused("docx_structure", place=new.text[:_SHOWN])
        return Change(self.document, place, Kind.INSERTED, "", new.text, ())


def _gaps(papers: Sequence[Document], written: list[Item], given: list[Item]) -> Iterator[_Gap]:
    """Yield what lies between the things that stay, which must all be there, in their order."""
    document, end, cursor = 0, None, 0
    old: list[_Old] = []
    for item in written:
        place = _place(item)
        before = end
        if place is not None:
            document, before, end = place[0], place[1], place[1] + 1
            block = papers[document].body[place[1]]
            if isinstance(block, Text) and block.role in _OPEN:
                old.append(_Old(place[1], item.text))
                continue
        found = _find(item, given, cursor)
        yield _Gap(document, old, _paragraphs(given[cursor:found]), before)
        cursor, old = found + 1, []
        if place is None and end == len(papers[document].body):
            end = None  # that was the foot, or the head of an appendix
    yield _Gap(document, old, _paragraphs(given[cursor:]), end)


def _place(item: Item) -> tuple[int, int] | None:
    return next(((mark.document, mark.block) for mark in item.marks), None)


def _find(wanted: Item, given: list[Item], cursor: int) -> int:
    for index in range(cursor, len(given)):
        item = given[index]
        same_kind = isinstance(item, Grid) == isinstance(wanted, Grid)
        if same_kind and item.said == wanted.said:
            return index
    raise DocxRefused("docx_structure", place=wanted.text[:_SHOWN])


def _paragraphs(items: list[Item]) -> list[Paragraph]:
    for item in items:
        if isinstance(item, Grid):
            raise DocxRefused("docx_structure", place=item.text[:_SHOWN])
    return [item for item in items if isinstance(item, Paragraph)]


def _segments(old: str, new: str) -> Iterator[Segment]:
    """Yield the words that stay, and in between those that go and those that come in their place."""
    before, after = _WORDS.findall(clean(old)), _WORDS.findall(clean(new))
    gone = come = ""
    for step in Indel.opcodes(before, after):
        said = "".join(before[step.src_start : step.src_end])
        if step.tag == "insert":
            come += "".join(after[step.dest_start : step.dest_end])
        elif step.tag == "delete":
            gone += said
        elif said.isspace() and (gone or come):
            gone, come = gone + said, come + said  # a space between two changed words parts nothing
        else:
            yield from _replaced(gone, come)
            yield Segment(Stay.SAME, said)
            gone = come = ""
    yield from _replaced(gone, come)


def _replaced(gone: str, come: str) -> Iterator[Segment]:
    if gone:
        yield Segment(Stay.REMOVED, gone)
    if come:
        yield Segment(Stay.ADDED, come)
