"""The packaged reference data: administrative units, typical agencies, holidays, abbreviations, checklist.

Each function reads its file once and returns it whole, in the file's order. Where the data come
from and which of them are unverified is told in ``inspections/data/README.md``.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from inspections.calendar import DayKind

_CITY = "Thành phố "

#: The word that a commune's name begins with, and the kind that it tells.
COMMUNE_KINDS = {"Phường ": "ward", "Xã ": "commune", "Đặc khu ": "special_zone"}


@dataclass(frozen=True, slots=True)
class Province:
    """A province or a city under the central government; ``name`` includes the type word."""

    code: str
    name: str
    commune_count: int
    former_name: str
    former_until: date | None

    @property
    def is_city(self) -> bool:
        return self.name.startswith(_CITY)

    def name_on(self, day: date) -> str:
        """Return the name borne on `day`, since a past paper prints the past name."""
        if self.former_until is not None and day <= self.former_until:
            return self.former_name
        return self.name


@dataclass(frozen=True, slots=True)
class Commune:
    """A phường, xã or đặc khu; ``name`` includes the type word, ``kind`` is a unit kind."""

    code: str
    province: str
    name: str
    kind: str


class Where(StrEnum):
    """Where a typical agency is found."""

    PROVINCE = "province"  # one in each province
    SEVERAL = "several"  # several in a province, each with a name of its own to be added
    COMMUNE = "commune"  # one in each phường, xã and đặc khu
    URBAN = "urban"  # one in each phường
    RURAL = "rural"  # one in each xã and đặc khu


@dataclass(frozen=True, slots=True)
class TypicalUnit:
    """An agency under the name that is usual; a guess until the province confirms it.

    ``code`` is unique among those of one place (a province, or a commune); ``fields`` are codes
    of fields of work.
    """

    code: str
    name: str
    abbreviation: str
    kind: str
    where: Where
    fields: tuple[str, ...]

    def name_in(self, province: Province) -> str:
        """Return the name with the word for the province that `province` uses."""
        if province.is_city and self.name.endswith(" tỉnh"):
            return self.name.removesuffix("tỉnh") + "thành phố"
        return self.name


@dataclass(frozen=True, slots=True)
class FieldOfWork:
    """One of the nine fields named in the circular."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """A row of the holiday table."""

    date: date
    kind: DayKind
    name: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class FormerUnit:
    """A name out of use and one of the units that it may mean; one name can have several rows."""

    province: str
    former_name: str
    code: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form and what it stands for; ``leads`` if it is one only in front of a name."""

    abbreviation: str
    expansion: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A usual sentence for a finding about an item of the checklist."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class PackagedItem:
    """An item of the packaged checklist; ``kinds`` are unit kinds, none at all means every kind."""

    code: str
    section: str
    text: str
    text_en: str
    legal_basis: str
    basis_verified: bool
    severity: str
    evidence: str
    kinds: tuple[str, ...]
    is_core: bool


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How many calendar days a kind of record is kept: ``days``, or what the department's ``setting`` says.

    ``is_own_choice`` is False where a rule of law or of archives may ask for another period and nobody has read it.
    """

    kind: str
    days: int | None
    setting: str
    is_own_choice: bool


@dataclass(frozen=True, slots=True)
class PackagedForm:
    """A form of commendation; a department adds its own and retires those that it does not use."""

    name: str
    for_collective: bool
    for_individual: bool
    authority: str
    legal_basis: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class FormRule:
    """A form of discipline that a decree has for a category, both ends of its time in force included."""

    category: str
    form: str
    decree: str
    first_day: date
    last_day: date | None
    is_verified: bool

    def covers(self, day: date) -> bool:
        """Tell whether the form exists on a day."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@cache
def provinces() -> tuple[Province, ...]:
    """Return the 34 provinces and cities, by code."""
    return tuple(
        Province(
            code=row["code"],
            name=row["name"],
            commune_count=int(row["communes"]),
            former_name=row["former_name"],
            former_until=_day(row["former_until"]),
        )
        for row in _rows("provinces.csv")
    )


def province(code: str) -> Province:
    """Return the province with `code`. Raises ``KeyError`` if there is none."""
    for candidate in provinces():
        if candidate.code == code:
            return candidate
    raise KeyError(code)


@cache
def communes() -> tuple[Commune, ...]:
    """Return the 3,321 communes, by code."""
    return tuple(
        Commune(
            code=row["code"],
            province=row["province"],
            name=row["name"],
            kind=_commune_kind(row["name"]),
        )
        for row in _rows("communes.csv")
    )


def communes_of(province_code: str) -> tuple[Commune, ...]:
    """Return the communes of one province, by code. Raises ``KeyError`` if there is none."""
    wanted = province(province_code).code
    return tuple(commune for commune in communes() if commune.province == wanted)


@cache
def typical_units() -> tuple[TypicalUnit, ...]:
    """Return the typical agencies of provinces and communes."""
    return tuple(
        TypicalUnit(
            code=row["code"],
            name=row["name"],
            abbreviation=row["abbreviation"],
            kind=row["kind"],
            where=Where(row["where"]),
            fields=tuple(row["fields"].split()),
        )
        for row in _rows("typical_units.csv")
    )


@cache
def fields_of_work() -> tuple[FieldOfWork, ...]:
    """Return the nine fields named in the circular, in its order."""
    return tuple(
        FieldOfWork(code=row["code"], name=row["name"]) for row in _rows("fields_of_work.csv")
    )


@cache
def holidays() -> tuple[Holiday, ...]:
    """Return the holiday table of 2026 and 2027, by date."""
    return tuple(
        Holiday(
            date=date.fromisoformat(row["date"]),
            kind=DayKind(row["kind"]),
            name=row["name"],
            source=row["source"],
            note=row["note"],
        )
        for row in _rows("holidays.csv")
    )


@cache
def former_units() -> tuple[FormerUnit, ...]:
    """Return the names of abolished communes that are known to the product."""
    return tuple(
        FormerUnit(
            province=row["province"],
            former_name=row["former_name"],
            code=row["code"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
        )
        for row in _rows("former_units.csv")
    )


@cache
def checklist() -> tuple[PackagedItem, ...]:
    """Return the packaged checklist, in its order."""
    return tuple(
        PackagedItem(
            code=row["code"],
            section=row["section"],
            text=row["item"],
            text_en=row["item_en"],
            legal_basis=row["legal_basis"],
            basis_verified=row["basis_verified"] == "yes",
            severity=row["severity"],
            evidence=row["evidence"],
            kinds=tuple(row["kinds"].split()),
            is_core=row["core"] == "yes",
        )
        for row in _rows("checklist.csv")
    )


@cache
def wordings() -> tuple[Wording, ...]:
    """Return usual sentences for findings, by item of the checklist; dots stand for what is filled in."""
    return tuple(Wording(item=row["item"], text=row["text"]) for row in _rows("wordings.csv"))


@cache
def retention() -> tuple[RetentionRule, ...]:
    """Return how long each kind of record is kept, in the order in which the rules are told."""
    return tuple(
        RetentionRule(
            kind=row["kind"],
            days=int(row["days"]) if row["days"] else None,
            setting=row["setting"],
            is_own_choice=row["basis"] == "own",
        )
        for row in _rows("retention.csv")
    )


@cache
def standing_texts() -> Mapping[str, Mapping[str, Any]]:
    """Return the packaged standing texts of each kind of paper, as ``inspections.standing`` reads them."""
    text = (files("inspections") / "data" / "standing_texts.json").read_text(encoding="utf-8")
    return {kind: packaged["texts"] for kind, packaged in json.loads(text).items()}


@cache
def commendation_forms() -> tuple[PackagedForm, ...]:
    """Return the forms of commendation that a department begins with."""
    return tuple(
        PackagedForm(
            name=row["name"],
            for_collective=row["for_collective"] == "yes",
            for_individual=row["for_individual"] == "yes",
            authority=row["authority"],
            legal_basis=row["legal_basis"],
            is_verified=row["verified"] == "yes",
        )
        for row in _rows("commendation_forms.csv")
    )


@cache
def discipline_forms() -> tuple[FormRule, ...]:
    """Return the forms of discipline, each with the category that it exists for and since when."""
    return tuple(
        FormRule(
            category=row["category"],
            form=row["form"],
            decree=row["decree"],
            first_day=date.fromisoformat(row["in_force_from"]),
            last_day=_day(row["in_force_to"]),
            is_verified=row["verified"] == "yes",
        )
        for row in _rows("discipline_forms.csv")
    )


def forms_for(category: str, day: date) -> tuple[FormRule, ...]:
    """Return the forms that exist for a category on a day; none where the product does not know that day's law."""
    return tuple(
        rule for rule in discipline_forms() if rule.category == category and rule.covers(day)
    )


@cache
def abbreviations() -> tuple[Abbreviation, ...]:
    """Return the abbreviations of agencies; two rows with one short form make it ambiguous."""
    return tuple(
        Abbreviation(
            abbreviation=row["abbreviation"],
            expansion=row["expansion"],
            leads=row["leads"] == "yes",
        )
        for row in _rows("abbreviations.csv")
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("inspections") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _commune_kind(name: str) -> str:
    for word, kind in COMMUNE_KINDS.items():
        if name.startswith(word):
            return kind
    raise ValueError(name)
