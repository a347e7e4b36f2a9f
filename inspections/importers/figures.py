"""Rows of figures: monthly summaries of dossiers, results of earlier visits."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np

from inspections import text
from inspections.importers.columns import (
    NO_COUNT,
    Column,
    Counts,
    iso_days,
    read_rate,
    stated,
)
from inspections.importers.problems import Problem
from inspections.importers.rows import Mask, RowReader
from inspections.importers.tables import Chunk

# Whole and parts. A part that the file does not have counts as zero, unless it has none of them.
IDENTITIES: Final = (
    ("total", ("received", "brought_forward")),
    ("total", ("resolved", "in_progress", "withdrawn", "returned")),
    ("resolved", ("early", "on_time", "late")),
    ("in_progress", ("not_due", "overdue")),
)
# Without these an identity says nothing: a total is not the dossiers received alone.
_NEEDED: Final = {"brought_forward", "in_progress", "late", "overdue"}
_ROUNDING: Final = 6  # hundredths of a percent: rates are printed with one or two decimals


class SummaryReader(RowReader):
    """Monthly summaries. What a row states is checked against itself before it is believed."""

    codes = ()
    counts = (
        "total",
        "received",
        "received_online",
        "received_direct",
        "brought_forward",
        "resolved",
        "early",
        "on_time",
        "late",
        "in_progress",
        "not_due",
        "overdue",
        "withdrawn",
        "returned",
    )
    texts: ClassVar[Mapping[str, int]] = {"field": 120}

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of rates, which are checked and not stored."""
        yield "on_time_rate", Column(read_rate, NO_COUNT)
        yield "late_rate", Column(read_rate, NO_COUNT)

    def derive(self, values: dict[str, Any], chunk: Chunk, keep: Mask) -> dict[str, list[Any]]:
        """Check the figures of each row and return them."""
        figures = {field: self.numbers(values, field, chunk) for field in self.counts}
        if "received" not in self.headers:
            figures["received"] = _sum(figures, ("received_online", "received_direct"))
        for whole, parts in IDENTITIES:
            self._check_identity(whole, parts, figures, chunk, keep)
        self._check_rates(values, figures, chunk, keep)
        period = self.context.period
        last = (period.last if period else self.context.cutoff).isoformat()
        first = period.first.isoformat() if period and period.first else None
        units = self.words(values, "unit", chunk)
        fields = self.words(values, "field", chunk)
        stored = [field for field in self.counts if not field.startswith("received_")]
        return {
            "code": [
                f"{last}/{unit}/{text.match_key(field)}"[:80]
                for unit, field in zip(units, fields, strict=True)
            ],
            "unit": units,
            "period_from": [first] * len(chunk),
            "period_to": [last] * len(chunk),
            "field": fields,
            **{field: stated(figures[field]) for field in stored},
        }

    def _check_identity(
        self,
        whole: str,
        parts: tuple[str, ...],
        figures: Mapping[str, Counts],
        chunk: Chunk,
        keep: Mask,
    ) -> None:
        present = [part for part in parts if (figures[part] != NO_COUNT).any()]
        if not _NEEDED & set(present):
            return
        computed = _sum(figures, parts)
        whole_stated = figures[whole] != NO_COUNT
        differs = keep & whole_stated & (computed != NO_COUNT) & (computed != figures[whole])
        names = " + ".join(f"“{self.headers.get(part, part)}”" for part in present)
        self.flag_rows(
            differs,
            chunk,
            "identity_differs",
            whole,
            params=lambda place: {
                "whole": f"“{self.headers.get(whole, whole)}”",
                "stated": int(figures[whole][place]),
                "parts": names,
                "computed": int(computed[place]),
            },
        )
        keep &= ~differs

    def _check_rates(
        self, values: Mapping[str, Any], figures: Mapping[str, Counts], chunk: Chunk, keep: Mask
    ) -> None:
        """Warn of a rate that neither formula in use yields."""
        on_time = _sum(figures, ("early", "on_time"))
        in_time = _sum(figures, ("early", "on_time", "not_due"))
        for field, formulas in (
            ("on_time_rate", ((on_time, "resolved"), (in_time, "total"))),
            ("late_rate", ((figures["late"], "resolved"),)),
        ):
            if field not in values:
                continue
            rate = np.array(values[field], dtype=np.int64)
            expected = [_rate(part, figures[whole]) for part, whole in formulas]
            fits = np.zeros(len(chunk), dtype=np.bool_)
            for candidate in expected:
                fits |= (candidate == NO_COUNT) | (abs(candidate - rate) <= _ROUNDING)
            differs = keep & (rate != NO_COUNT) & ~fits
            self.flag_rows(
                differs,
                chunk,
                "rate_differs",
                field,
                severity="warning",
                params=partial(_expected_rates, expected),
            )


class ResultReader(RowReader):
    """Results of visits made before the product was in use."""

    codes = ()
    dates = ("visited_on",)
    counts = ("minor", "moderate", "major", "critical")

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of yes and no."""
        for field in ("drawn", "complete"):
            yield field, Column(partial(self.choice, field), "")

    def derive(self, values: dict[str, Any], chunk: Chunk, keep: Mask) -> dict[str, list[Any]]:
        """Return the results; a severity without a figure has no finding."""
        visited = self.days(values, "visited_on", chunk)
        future = keep & (visited > np.datetime64(self.context.cutoff, "D"))
        self.flag_rows(future, chunk, "after_cutoff", "visited_on")
        keep &= ~future
        days = iso_days(visited)
        units = self.words(values, "unit", chunk)
        findings = {
            field: np.maximum(self.numbers(values, field, chunk), 0).tolist()
            for field in self.counts
        }
        return {
            "code": [f"{day}/{unit}" for day, unit in zip(days, units, strict=True)],
            "unit": units,
            "visited_on": days,
            **findings,
            "drawn": [word == "yes" for word in self.words(values, "drawn", chunk)],
            "complete": [word == "yes" for word in self.words(values, "complete", chunk)],
        }


def _sum(figures: Mapping[str, Counts], parts: Iterable[str]) -> Counts:
    """Add up what is stated; NO_COUNT where nothing is."""
    columns = np.array([figures[part] for part in parts])
    stated_somewhere = (columns != NO_COUNT).any(axis=0)
    total: Counts = np.where(columns == NO_COUNT, 0, columns).sum(axis=0)
    return np.where(stated_somewhere, total, NO_COUNT)


def _rate(part: Counts, whole: Counts) -> Counts:
    """Return hundredths of a percent, NO_COUNT where a figure is not stated or the whole is zero."""
    usable = (part != NO_COUNT) & (whole > 0)
    rate = np.rint(10_000 * part / np.where(usable, whole, 1)).astype(np.int64)
    return np.where(usable, rate, NO_COUNT)


def _expected_rates(expected: list[Counts], place: int) -> dict[str, str]:
    shown = {f"{rates[place] / 100:.2f}".replace(".", ",") + " %" for rates in expected}
    return {"expected": ", ".join(sorted(shown))}


def check_totals(
    stated_total: Mapping[str, int], sums: Mapping[str, int], headers: Mapping[str, str], row: int
) -> Iterable[Problem]:
    """Yield each figure of a row of totals that the rows do not add up to."""
    for field, total in stated_total.items():
        if total not in (NO_COUNT, sums[field]):
            yield Problem(
                "sum_differs",
                row=row,
                column=headers[field],
                value=str(total),
                params={"stated": total, "computed": sums[field]},
            )
