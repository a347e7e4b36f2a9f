"""Lists of units and inspectors: what a file would change, changing it, and taking it back."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.text import slugify

from inspections import text
from inspections.models import (
    FormerUnit,
    Inspector,
    Load,
    Skill,
    SourceKind,
    StagedRecord,
    Unit,
    UnitAlias,
)

ADDED: Final = "added"
_PLAIN: Final[Mapping[str, tuple[str, ...]]] = {
    SourceKind.UNIT: ("name", "kind", "staff_count", "works_saturday_morning"),
    SourceKind.INSPECTOR: ("full_name", "title", "may_lead", "is_guest"),
}
_UNIT_REFERENCE: Final[Mapping[str, str]] = {
    SourceKind.UNIT: "parent",
    SourceKind.INSPECTOR: "home_unit",
}
_MODELS: Final[Mapping[str, type[Unit] | type[Inspector]]] = {
    SourceKind.UNIT: Unit,
    SourceKind.INSPECTOR: Inspector,
}
KINDS: Final = frozenset(_MODELS)

Changes = dict[str, Any]


def preview(kind: str, codes: Iterable[str], records: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Count what the records would add, change and leave."""
    register = _Register(kind)
    counts: Counter[str] = Counter(added=0, changed=0, left=0)
    for code, record in zip(codes, records, strict=True):
        row = register.rows.get(code)
        if row is None:
            counts["added"] += 1
        else:
            counts["changed" if register.differences(row, record) else "left"] += 1
    return counts


def lacks_kind(kind: str, codes: Iterable[str], records: Iterable[Mapping[str, Any]]) -> list[bool]:
    """Tell which records would add a unit without saying of what kind it is."""
    if kind != SourceKind.UNIT:
        return [False for _code in codes]
    known = set(Unit.objects.values_list("code", flat=True))
    return [
        code not in known and "kind" not in record
        for code, record in zip(codes, records, strict=True)
    ]


def switch_in(load: Load) -> None:
    """Write a load's records to their table, and remember what stood there; inside the switch."""
    register = _Register(load.source.kind)
    records = list(load.records.all())
    added = [record for record in records if record.code not in register.rows]
    for record in added:
        register.add(record)
    for record in records:
        row = register.rows[record.code]
        differences = register.differences(row, record.data)
        register.write(row, {field: after for field, (_before, after) in differences.items()})
        if record.changes is None:
            record.changes = differences
    StagedRecord.objects.bulk_update(records, ["changes"], batch_size=500)


def switch_out(load: Load) -> None:
    """Take a load's records back, where nobody has changed the values since; inside the undo."""
    register = _Register(load.source.kind)
    added = []
    for record in load.records.all():
        row = register.rows.get(record.code)
        if row is None or record.changes is None:
            continue
        if ADDED in record.changes:
            added.append(row)
            continue
        now = register.values(row)
        register.write(
            row,
            {
                field: before
                for field, (before, after) in record.changes.items()
                if now[field] == after
            },
        )
    register.remove(added)


class _Register:
    """The units or the inspectors of the database, by code, with their values as a file writes them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.model = _MODELS[kind]
        related = ("aliases",) if kind == SourceKind.UNIT else ("former_postings", "skills")
        self.rows: dict[str, Any] = {
            row.code: row for row in self.model.objects.prefetch_related(*related)
        }
        units = self.rows.values() if kind == SourceKind.UNIT else Unit.objects.all()
        self._units: dict[str, Unit] = {unit.code: unit for unit in units}
        self._codes = {unit.pk: code for code, unit in self._units.items()}

    def values(self, row: Any) -> dict[str, Any]:
        """Return a row's values as a record has them: units by code, lists sorted."""
        values = {field: getattr(row, field) for field in _PLAIN[self.kind]}
        reference = _UNIT_REFERENCE[self.kind]
        values[reference] = self._codes.get(getattr(row, f"{reference}_id"), "")
        if self.kind == SourceKind.UNIT:
            values["aliases"] = sorted(alias.name for alias in row.aliases.all())
        else:
            values["former_units"] = sorted(
                self._codes[posting.unit_id] for posting in row.former_postings.all()
            )
            values["skills"] = sorted(skill.name for skill in row.skills.all())
        return values

    def differences(self, row: Any, record: Mapping[str, Any]) -> Changes:
        """Return what a record would change: field → [before, after]. Lists only grow."""
        now = self.values(row)
        differences = {}
        for field, stated in record.items():
            before = now[field]
            after = _grown(before, stated) if isinstance(stated, list) else stated
            if after != before:
                differences[field] = [before, after]
        return differences

    def add(self, record: StagedRecord) -> None:
        """Create the row of a record with its plain values; the rest follows as a change."""
        plain = {field: value for field, value in record.data.items() if field in _PLAIN[self.kind]}
        row = self.model.objects.create(code=record.code, **plain)
        self.rows[record.code] = row
        record.changes = {ADDED: True}
        if isinstance(row, Unit):
            self._units[record.code] = row
            self._codes[row.pk] = record.code

    def write(self, row: Any, values: Mapping[str, Any]) -> None:
        """Write values to a row; lists become exactly what is given."""
        if not values:
            return
        for field in _PLAIN[self.kind]:
            if field in values:
                setattr(row, field, values[field])
        reference = _UNIT_REFERENCE[self.kind]
        if reference in values:
            setattr(row, reference, self._units.get(values[reference]))
        row.version += 1
        row.save()
        if "aliases" in values:
            _set_aliases(row, values["aliases"])
        if "former_units" in values:
            _set_former_units(row, [self._units[code] for code in values["former_units"]])
        if "skills" in values:
            row.skills.set([_skill(name) for name in values["skills"]])

    def remove(self, rows: Collection[Any]) -> None:
        """Delete rows that nothing else refers to, and close the others: they have a history."""
        ids = {row.pk for row in rows}
        used: set[UUID] = set()
        for relation in self.model._meta.related_objects:
            if relation.on_delete is models.PROTECT:
                field = relation.field.attname
                model: Any = relation.related_model
                referring = model.objects.filter(**{f"{field}__in": ids})
                if model is self.model:
                    referring = referring.exclude(pk__in=ids)
                used |= set(referring.values_list(field, flat=True).distinct())
        self.model.objects.filter(pk__in=used).update(is_active=False)
        gone = self.model.objects.filter(pk__in=ids - used)
        gone.update(**{_UNIT_REFERENCE[self.kind]: None})
        gone.delete()


def _grown(before: list[str], stated: list[str]) -> list[str]:
    known = {text.match_key(name) for name in before}
    return sorted([*before, *(name for name in stated if text.match_key(name) not in known)])


def _set_aliases(unit: Unit, names: Collection[str]) -> None:
    unit.aliases.exclude(name__in=names).delete()
    known = set(unit.aliases.values_list("name", flat=True))
    aliases = [UnitAlias(unit=unit, name=name).fill_keys() for name in names if name not in known]
    UnitAlias.objects.bulk_create(aliases)


def _set_former_units(inspector: Inspector, units: Collection[Unit]) -> None:
    inspector.former_postings.exclude(unit__in=units).delete()
    known = set(inspector.former_postings.values_list("unit_id", flat=True))
    FormerUnit.objects.bulk_create(
        FormerUnit(inspector=inspector, unit=unit) for unit in units if unit.pk not in known
    )


def _skill(name: str) -> Skill:
    code = slugify(text.search_key(name))[:40]
    return Skill.objects.get_or_create(code=code, defaults={"name": name})[0]
