"""Rows with a deadline: tasks, dossiers, complaints."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from inspections import text
from inspections.importers.columns import (
    NO_COUNT,
    Cell,
    Column,
    Counts,
    Days,
    clean,
    is_blank,
    iso_days,
    read_date,
    stated,
)
from inspections.importers.headers import Header
from inspections.importers.problems import Doubt, Problem, ProblemLog
from inspections.importers.rows import Context, Mask, RowReader
from inspections.importers.tables import Chunk

_STATES: Final = ("open", "done", "returned", "cancelled", "")
_LABELS: Final = (
    "",
    "early",
    "on_time",
    "late",
    "not_due",
    "overdue",
    "waiting",
    "no_deadline",
)
_OPEN, _DONE, _BY_DATES = 0, 1, 4
_NO_LABEL, _EARLY, _ON_TIME, _LATE, _NOT_DUE, _OVERDUE, _WAITING = range(7)
_NO_STATUS: Final = (_BY_DATES, _NO_LABEL)

_PAUSE = re.compile(r"([\d/.-]+)\s*(?:-|–|→|đến|tới)\s*([\d/.-]+)")
_SYMBOL = re.compile(r"\d+\s*(?:/\s*\d{4}\s*)?/\s*[A-ZĐ][\w&.,/-]*")
_DIGITS: Final = re.compile(r"\D")

Small = npt.NDArray[np.int8]


class MatterReader(RowReader):
    """What tasks, dossiers and complaints have in common: a state, a deadline, and whether it was met."""

    dates: ClassVar[tuple[str, ...]] = ("received", "due", "done")

    def __init__(self, header: Header, context: Context, log: ProblemLog) -> None:
        super().__init__(header, context, log)
        self._cutoff = np.datetime64(context.cutoff, "D")
        self._unknown_years: set[int] = set()

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of status and timeliness."""
        yield "status", Column(self._read_status, _NO_STATUS)
        yield "timeliness", Column(self._read_status, _NO_STATUS)

    def derive(self, values: dict[str, Any], chunk: Chunk, keep: Mask) -> dict[str, list[Any]]:
        """Settle state and deadline, then work out whether it was met and what the source makes of it."""
        received = self.days(values, "received", chunk)
        done = self.days(values, "done", chunk)
        due, original = self.deadlines(values, chunk)
        state, label = self._state_and_label(values, chunk, done)
        wrong = done < received
        self.flag_rows(wrong, chunk, "done_before_received", "done")
        early = due < received
        self.flag_rows(early, chunk, "due_before_received", "due")
        keep &= ~(wrong | early)
        self._warn_of_dates(chunk, state, received, done, keep)
        late = self._late_days(state, due, done, keep)
        self._compare(chunk, (state, label), due, late, keep)
        columns: dict[str, list[Any]] = {
            "unit": self.words(values, "unit", chunk),
            "state": [_STATES[number] for number in state.tolist()],
            "label": [_LABELS[number] for number in label.tolist()],
            "received": iso_days(received),
            "due": iso_days(due),
            "done": iso_days(done),
            "late_days": stated(late),
        }
        return columns | self.further(values, chunk, columns, original=original, label=label)

    def deadlines(self, values: Mapping[str, Any], chunk: Chunk) -> tuple[Days, Days]:
        """Return the deadline in force and the first one, NaT where there is none."""
        due = self.days(values, "due", chunk)
        extended = self.days(values, "extended_due", chunk)
        original = self.days(values, "original_due", chunk)
        was_moved = ~np.isnat(extended)
        original = np.where(np.isnat(original) & was_moved, due, original)
        return np.where(was_moved, extended, due), original

    def further(
        self,
        values: Mapping[str, Any],
        chunk: Chunk,
        columns: Mapping[str, list[Any]],
        *,
        original: Days,
        label: Small,
    ) -> dict[str, list[Any]]:
        """Return the code and the columns that only this kind stores."""
        raise NotImplementedError

    def finish(self) -> None:
        """Say for which years the working days were counted without a holiday table."""
        if self._unknown_years:
            years = ", ".join(map(str, sorted(self._unknown_years)))
            self.log.add(Problem("calendar_incomplete", "warning", params={"years": years}))

    def _read_status(self, cell: Cell) -> tuple[int, int]:
        if is_blank(cell):
            return _NO_STATUS
        status = self.context.profile.status_of(clean(cell))
        if status is None:
            raise Doubt("status_unknown")
        return _STATES.index(status.state), _LABELS.index(status.label)

    def _state_and_label(
        self, values: Mapping[str, Any], chunk: Chunk, done: Days
    ) -> tuple[Small, Small]:
        """Return states and labels as numbers; a label of its own column goes before the status's."""
        nothing = [_NO_STATUS] * len(chunk)
        status = np.array(values.get("status", nothing), dtype=np.int8).reshape(-1, 2)
        second = np.array(values.get("timeliness", nothing), dtype=np.int8).reshape(-1, 2)
        state = np.where(status[:, 0] == _BY_DATES, second[:, 0], status[:, 0])
        label = np.where(second[:, 1] == _NO_LABEL, status[:, 1], second[:, 1])
        state = np.where(state == _BY_DATES, np.where(np.isnat(done), _OPEN, _DONE), state)
        # One word serves for both: what was late when done, and what is overdue while open.
        is_done = state == _DONE
        label = np.where(is_done & (label == _OVERDUE), _LATE, label)
        label = np.where(is_done & (label == _NOT_DUE), _ON_TIME, label)
        label = np.where(~is_done & (label == _LATE), _OVERDUE, label)
        return state.astype(np.int8), label.astype(np.int8)

    def _warn_of_dates(
        self, chunk: Chunk, state: Small, received: Days, done: Days, keep: Mask
    ) -> None:
        is_done = state == _DONE
        undated = np.isnat(done)
        if "done" in self.headers:
            where = keep & is_done & undated
            self.flag_rows(where, chunk, "done_without_date", "done", severity="warning")
        where = keep & (state == _OPEN) & ~undated
        self.flag_rows(where, chunk, "open_with_date", "done", severity="warning")
        for field, days in (("received", received), ("done", done)):
            where = keep & (days > self._cutoff)
            self.flag_rows(where, chunk, "after_cutoff", field, severity="warning")

    def _late_days(self, state: Small, due: Days, done: Days, keep: Mask) -> Counts:
        """Return working days after the deadline, for rows that are done and had one.

        What was done on a day off right after its deadline is late by one day.
        """
        late = np.full(len(due), NO_COUNT, dtype=np.int64)
        where = np.flatnonzero(keep & (state == _DONE) & ~np.isnat(due) & ~np.isnat(done))
        calendar = self.context.calendar
        for days in (due[where], done[where]):
            self._note_years(days)
        deadline = calendar.next_working_day_on_or_after_array(due[where])
        after = calendar.working_days_between_array(deadline, done[where])
        late[where] = np.where(done[where] > deadline, np.maximum(after, 1), 0)
        return late

    def _note_years(self, days: Days) -> None:
        if len(days):
            unknown = days[~self.context.calendar.covers_array(days)]
            years = np.unique(unknown.astype("datetime64[Y]").astype(np.int64)) + 1970
            self._unknown_years.update(years.tolist())

    def _compare(
        self, chunk: Chunk, status: tuple[Small, Small], due: Days, late: Counts, keep: Mask
    ) -> None:
        """List the rows whose label in the source differs from what dates and calendar say."""
        state, label = status
        ours = np.where(late > 0, _LATE, np.where(late == 0, _ON_TIME, _NO_LABEL))
        open_and_due = np.flatnonzero(keep & (state == _OPEN) & ~np.isnat(due))
        deadline = self.context.calendar.next_working_day_on_or_after_array(due[open_and_due])
        ours[open_and_due] = np.where(deadline < self._cutoff, _OVERDUE, _NOT_DUE)
        theirs = np.where(label == _EARLY, _ON_TIME, label)
        comparable = np.isin(theirs, (_ON_TIME, _LATE, _OVERDUE, _NOT_DUE)) & (ours != _NO_LABEL)
        differs = keep & comparable & (theirs != ours)
        field = "timeliness" if "timeliness" in self.headers else "status"
        self.flag_rows(
            differs,
            chunk,
            "label_differs",
            field,
            severity="warning",
            params=lambda place: {"label": _LABELS[label[place]], "ours": _LABELS[ours[place]]},
        )


class TaskReader(MatterReader):
    """Assigned tasks. Their wording only serves to tell tasks without a code apart; it is not stored."""

    dates = (*MatterReader.dates, "extended_due")
    counts = ("extensions",)
    texts: ClassVar[Mapping[str, int]] = {"document": 400, "content": 4000}

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of status and of who assigned."""
        yield from super().own_columns()
        yield "assigner", Column(self._read_assigner, "other")

    def further(
        self,
        values: Mapping[str, Any],
        chunk: Chunk,
        columns: Mapping[str, list[Any]],
        *,
        original: Days,
        label: Small,  # noqa: ARG002  the same for all kinds
    ) -> dict[str, list[Any]]:
        """Return the columns that only tasks have."""
        return {
            "code": self._codes(values, chunk, columns),
            "assigner": values.get("assigner", ["other"] * len(chunk)),
            "document": [_symbol(document) for document in self.words(values, "document", chunk)],
            "original_due": iso_days(original),
            "extensions": stated(self.numbers(values, "extensions", chunk)),
        }

    def _codes(
        self, values: Mapping[str, Any], chunk: Chunk, columns: Mapping[str, list[Any]]
    ) -> list[str]:
        """Return the codes; a task without one goes by a digest of document, wording, unit and day."""
        codes = self.words(values, "code", chunk)
        if all(codes):
            return codes
        parts = zip(
            codes,
            self.words(values, "document", chunk),
            self.words(values, "content", chunk),
            columns["unit"],
            columns["received"],
            strict=True,
        )
        return [
            code or "~" + _digest(document, text.match_key(content), unit, received or "")
            for code, document, content, unit, received in parts
        ]

    def _read_assigner(self, cell: Cell) -> str:
        words = f" {text.match_key(clean(cell))} "
        for assigner, names in self.context.profile.choices["assigner"].items():
            if any(f" {text.match_key(name)} " in words for name in names):
                return assigner
        return "other"


class DossierReader(MatterReader):
    """Dossiers of citizens and businesses, whoever handed them in."""

    dates = (*MatterReader.dates, "extended_due", "original_due")
    counts = ("redates", "pause_days")
    texts: ClassVar[Mapping[str, int]] = {"field": 120, "procedure": 200}

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of status and pauses."""
        yield from super().own_columns()
        order = self.context.profile.date_order
        yield "pauses", Column(partial(_read_pauses, order=order), NO_COUNT)

    def further(
        self,
        values: Mapping[str, Any],
        chunk: Chunk,
        columns: Mapping[str, list[Any]],
        *,
        original: Days,
        label: Small,
    ) -> dict[str, list[Any]]:
        """Return the columns that only dossiers have."""
        pauses = np.array(values.get("pauses", [NO_COUNT] * len(chunk)), dtype=np.int64)
        stated_days = self.numbers(values, "pause_days", chunk)
        return {
            "code": self.words(values, "code", chunk),
            "first_received": columns["received"],
            "original_due": iso_days(original),
            "is_waiting": (label == _WAITING).tolist(),
            "pause_days": stated(np.where(stated_days == NO_COUNT, pauses, stated_days)),
            "redates": stated(self.numbers(values, "redates", chunk)),
            "field": self.words(values, "field", chunk),
            "procedure": self.words(values, "procedure", chunk),
        }


class ComplaintReader(MatterReader):
    """Complaints and proposals; who sent them becomes a keyed hash and is forgotten."""

    dates = (*MatterReader.dates, "forwarded")
    texts: ClassVar[Mapping[str, int]] = {"channel": 80, "subject": 80, "field": 120}

    def __init__(self, header: Header, context: Context, log: ProblemLog) -> None:
        super().__init__(header, context, log)
        self._without_deadline = 0
        self._without_key = 0

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of status and satisfaction."""
        yield from super().own_columns()
        yield "satisfied", Column(partial(self.choice, "satisfied"), "")

    def deadlines(self, values: Mapping[str, Any], chunk: Chunk) -> tuple[Days, Days]:
        """Return the deadline of the source, else the department's own number of working days."""
        due, original = super().deadlines(values, chunk)
        received = self.days(values, "received", chunk)
        forwarded = self.days(values, "forwarded", chunk)
        start = np.where(np.isnat(forwarded), received, forwarded)
        where = np.flatnonzero(np.isnat(due) & ~np.isnat(start))
        self._without_deadline += len(where)
        due = due.copy()
        due[where] = self.context.calendar.add_working_days_array(
            start[where], self.context.answer_days
        )
        return due, original

    def further(
        self,
        values: Mapping[str, Any],
        chunk: Chunk,
        columns: Mapping[str, list[Any]],
        *,
        original: Days,  # noqa: ARG002  the same for all kinds
        label: Small,  # noqa: ARG002
    ) -> dict[str, list[Any]]:
        """Return the columns that only complaints have."""
        truth = {"yes": True, "no": False, "": None}
        return {
            "code": self.words(values, "code", chunk),
            "forwarded": iso_days(self.days(values, "forwarded", chunk)),
            "channel": self.words(values, "channel", chunk),
            "subject": self.words(values, "subject", chunk),
            "field": self.words(values, "field", chunk),
            "complainant": self._complainants(chunk, columns["received"]),
            "satisfied": [truth[word] for word in self.words(values, "satisfied", chunk)],
        }

    def finish(self) -> None:
        """Say how many deadlines were computed, and how many complainants could not be told apart."""
        super().finish()
        if self._without_deadline:
            params = {"count": self._without_deadline, "days": self.context.answer_days}
            self.log.add(Problem("deadline_computed", "warning", params=params))
        if self._without_key:
            params = {"count": self._without_key}
            self.log.add(Problem("complainant_key_missing", "warning", params=params))

    def _complainants(self, chunk: Chunk, received: Sequence[str | None]) -> list[str]:
        kinds = ("person_number", "person_phone", "person_mail", "person_name", "person_address")
        nothing: list[Cell] = [""] * len(chunk)
        columns = [chunk.cells.get(kind, nothing) for kind in kinds]
        return [
            self._complainant(identity(*cells), day)
            for day, *cells in zip(received, *columns, strict=True)
        ]

    def _complainant(self, person: str, day: str | None) -> str:
        if not person or day is None:
            return ""
        key = self.context.complainant_key(int(day[:4]))
        if key is None:
            self._without_key += 1
            return ""
        return hmac.digest(key, person.encode(), "sha256")[:16].hex()


def identity(number: Cell, phone: Cell, mail: Cell, name: Cell, address: Cell) -> str:
    """Return what a person is known by, the surest first; empty when nothing is given.

    A name alone is shared by many, so the address goes with it.
    """
    # Spreadsheets take leading zeros away, so they count for nothing.
    digits = _DIGITS.sub("", _plain(number)).lstrip("0")
    if len(digits) >= 9:
        return f"number:{digits}"
    digits = _DIGITS.sub("", _plain(phone)).lstrip("0")
    if len(digits) >= 9:
        return f"phone:{digits[2:] if len(digits) > 10 and digits.startswith('84') else digits}"
    if "@" in (address_of_mail := _plain(mail)):
        return f"mail:{address_of_mail.casefold()}"
    key = text.match_key(_plain(name))
    return f"name:{key}|{text.match_key(_plain(address))}" if key else ""


def _plain(cell: Cell) -> str:
    """Return a cell about a person as text. Nothing about it is ever reported, so nothing raises."""
    try:
        return "" if is_blank(cell) else clean(cell)
    except Doubt:
        return ""


def _read_pauses(cell: Cell, order: str) -> int:
    """Return the calendar days of all pauses, both ends included; NO_COUNT where nothing stands."""
    if is_blank(cell):
        return NO_COUNT
    pauses = _PAUSE.findall(clean(cell))
    if not pauses:
        raise Doubt("pause_unreadable")
    days = 0
    for first, last in pauses:
        length = read_date(last, order) - read_date(first, order) + 1
        if length < 1:
            raise Doubt("pause_unreadable")
        days += length
    return days


def _symbol(document: str) -> str:
    """Return a document's number and symbol alone: its title may name a citizen."""
    found = _SYMBOL.search(document)
    return found[0][:80] if found else ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]
