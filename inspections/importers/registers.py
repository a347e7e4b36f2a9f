"""Rows of reference data: units and inspectors. They are few, and are held until all are known."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from inspections import text
from inspections.importers.columns import Cell, Column, read_text, stated
from inspections.importers.headers import Header
from inspections.importers.problems import Doubt, Problem, ProblemLog, shown
from inspections.importers.rows import UNMATCHED, Batch, Context, Mask, RowReader
from inspections.importers.tables import Chunk


class RegisterReader(RowReader):
    """What units and inspectors have in common: each row becomes one record of plain values.

    A record holds only what its row states: an empty cell leaves a field as it is.
    """

    anchor = "name"
    lists: ClassVar[tuple[str, ...]] = ()
    flags: ClassVar[tuple[str, ...]] = ()
    #: Fields that name a unit, one or several.
    unit_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, header: Header, context: Context, log: ProblemLog) -> None:
        super().__init__(header, context, log)
        self._rows: list[int] = []
        self._records: list[dict[str, Any]] = []

    def own_columns(self) -> Iterable[tuple[str, Column[Any]]]:
        """Return the columns of lists, flags and names of units."""
        for field in self.lists:
            yield field, Column(_read_list, ())
        for field in self.flags:
            yield field, Column(partial(self.choice, field), "")
        for field in set(self.unit_names) - set(self.lists):
            yield field, Column(partial(read_text, most=200), "")

    def derive(self, values: dict[str, Any], chunk: Chunk, keep: Mask) -> dict[str, list[Any]]:  # noqa: ARG002
        """Return one record a row."""
        columns = {field: self._plain(field, column) for field, column in values.items()}
        names = [field for field in columns if field != "code"]
        records = [
            {name: value for name, value in zip(names, row, strict=True) if value not in (None, [])}
            for row in zip(*(columns[field] for field in names), strict=True)
        ]
        return {"code": columns["code"], "data": records}

    def read(self, chunk: Chunk) -> Batch:
        """Hold the rows of a chunk back; ``finish`` returns them."""
        batch = super().read(chunk)
        self._rows += batch.rows
        self._records += [
            {"code": code, **data}
            for code, data in zip(batch.columns["code"], batch.columns["data"], strict=True)
        ]
        return Batch([], {})

    def finish(self) -> Batch:
        """Return all records, with names of units resolved; a unit may be named by this very file."""
        own = {record["code"] for record in self._records}
        own_names = {
            text.match_key(record["name"]): record["code"]
            for record in self._records
            if "name" in record
        }
        rows, codes, data = [], [], []
        for row, record in zip(self._rows, self._records, strict=True):
            if self._resolve(row, record, own, own_names):
                rows.append(row)
                codes.append(record.pop("code"))
                data.append(record)
        return Batch(rows, {"code": codes, "data": data})

    def _resolve(
        self, row: int, record: dict[str, Any], own: set[str], own_names: Mapping[str, str]
    ) -> bool:
        resolved = True
        for field in self.unit_names:
            if field not in record:
                continue
            value = record[field]
            names = value if field in self.lists else [value]
            found = []
            for name in names:
                if name in own:
                    found.append(name)
                elif text.match_key(name) in own_names:
                    found.append(own_names[text.match_key(name)])
                elif code := self._matched(row, field, name):
                    found.append(code)
                else:
                    resolved = False
            record[field] = found if field in self.lists else next(iter(found), "")
        return resolved

    def _matched(self, row: int, field: str, name: str) -> str:
        try:
            return self.context.match_unit(name)
        except Doubt as doubt:
            if doubt.code in UNMATCHED:
                self.log.add_unmatched(shown(name))
            column = self.headers[field]
            self.log.add(
                Problem(doubt.code, row=row, column=column, value=shown(name), params=doubt.params)
            )
            return ""

    def _plain(self, field: str, values: Any) -> list[Any]:
        """Return plain values, None where nothing stands."""
        if field in self.counts:
            return stated(values)
        if field in self.flags:
            return [{"yes": True, "no": False, "": None}.get(value, value) for value in values]
        return [list(value) if field in self.lists else value or None for value in values]


class UnitReader(RegisterReader):
    """The list of units. A name that several units share is told apart by the code."""

    counts = ("staff_count",)
    texts: ClassVar[Mapping[str, int]] = {"name": 200}
    lists = ("aliases",)
    flags = ("kind", "works_saturday_morning")
    unit_names = ("parent",)


class InspectorReader(RegisterReader):
    """The list of inspectors."""

    anchor = "full_name"
    texts: ClassVar[Mapping[str, int]] = {"full_name": 120, "title": 120}
    lists = ("former_units", "skills")
    flags = ("may_lead", "is_guest")
    unit_names = ("home_unit", "former_units")


def _read_list(cell: Cell) -> tuple[str, ...]:
    """Return the parts of a list written with semicolons or line breaks."""
    parts = str(cell).replace("\r", "\n").replace("\n", ";").split(";")
    read = (read_text(part, most=200) for part in parts)
    return tuple(dict.fromkeys(part for part in read if part))
