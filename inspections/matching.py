"""Which unit of one province does a name in a file mean? A code, or candidates for a person.

A name decides only when it is written as the unit's own, or as an alias that a person recorded.
Everything else (accents missing, another type word, a short form with two meanings, a name out of
use, a similar name) yields candidates, never a choice. Names repeat between provinces, so a matcher
knows the units of one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from rapidfuzz import fuzz, process

from inspections.reference import COMMUNE_KINDS
from inspections.text import nfc, search_key
from inspections.unit_names import (
    name_key,
    readings,
    split_folded_type,
    split_type,
    without_office,
)

#: Names at least this similar (normalised indel similarity, accents aside) are shown to a person.
SIMILAR = 0.9

_COMMUNE_KINDS = frozenset(COMMUNE_KINDS.values())
_LONGEST_NAME = 20  # words


class KnownUnit(NamedTuple):
    """A unit that names are matched to; ``kind`` is a unit kind."""

    code: str
    name: str
    kind: str


class KnownAlias(NamedTuple):
    """Another name of the unit ``code``, in use between two dates (both included, None: open)."""

    name: str
    code: str
    valid_from: date | None = None
    valid_to: date | None = None

    def is_valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Basis(StrEnum):
    """What a match rests on."""

    CODE = "code"
    ALIAS = "alias"
    NAME = "name"
    BARE_NAME = "bare_name"  # the name without its type word
    FORMER_NAME = "former_name"  # an alias without its type word


class Doubt(StrEnum):
    """Why a person has to choose."""

    SEVERAL = "several"  # several units bear the name, or took over from the one that did
    ACCENTS = "accents"  # agrees when accents are left aside
    KIND = "kind"  # agrees but for the type word
    ABBREVIATION = "abbreviation"  # a short form with two meanings
    FORMER = "former"  # an alias that was not in use on the day
    SIMILAR = "similar"
    CONTAINS = "contains"  # begins or ends with the name of the unit


@dataclass(frozen=True, slots=True)
class Match:
    """The name means the unit ``code``."""

    code: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may be meant, the name of it that comes near, and how near accents aside (0-1)."""

    code: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """A person chooses among these, the nearest first; there is at least one."""

    candidates: tuple[Candidate, ...]
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nothing comes near."""


Outcome = Match | Candidates | NoMatch

# Units by code, each with the name of it that was found.
_Found = dict[str, str]


class _Index:
    """Names by keys of one sort: of the whole name, and of the name without its type word."""

    def __init__(self) -> None:
        self.full: dict[str, _Found] = {}
        self.bare: dict[str, _Found] = {}

    def add(self, full: str, bare: str | None, code: str, name: str) -> None:
        self.full.setdefault(full, {}).setdefault(code, name)
        if bare is not None:
            self.bare.setdefault(bare, {}).setdefault(code, name)

    def similar(self, key: str) -> _Found:
        """Names whose keys resemble `key`: as they stand, or where it has no type word, bare."""
        typed = bool(split_folded_type(key)[0])
        found: _Found = {}
        for names in (self.full,) if typed else (self.full, self.bare):
            nearest = process.extract(
                key, names.keys(), scorer=fuzz.ratio, score_cutoff=100 * SIMILAR, limit=None
            )
            found |= _gather(names, [near for near, _score, _place in nearest])
        return found


class _Lookup(NamedTuple):
    """What a text means before the day is considered: by aliases, as written or bare; by units."""

    query: str
    aliases: Sequence[KnownAlias]
    bare_aliases: Sequence[KnownAlias]
    current: Outcome


class UnitMatcher:
    """Matches names to the units of one province.

    ``province_names`` (present and past, with the type word) are dropped from the end of names:
    ``Xã Tân Hồng, tỉnh Đồng Tháp``. What was looked up is remembered, so that one matcher serves
    a whole load, and not longer.
    """

    def __init__(
        self,
        units: Iterable[KnownUnit],
        aliases: Iterable[KnownAlias] = (),
        *,
        province_names: Iterable[str] = (),
    ) -> None:
        self._codes: set[str] = set()
        self._names = _Index()  # of units
        self._folded = _Index()  # of units and aliases, without accents
        self._aliases: dict[str, list[KnownAlias]] = {}
        self._bare_aliases: dict[str, list[KnownAlias]] = {}
        provinces = [name_key(name) for name in province_names]
        self._provinces = [
            *map(split_type, provinces),
            *map(split_folded_type, map(search_key, provinces)),
        ]
        self._lookups: dict[str, _Lookup] = {}
        for unit in units:
            self._add_unit(unit)
        for alias in aliases:
            self._add_alias(alias)

    def match(self, text: str, on: date) -> Outcome:
        """Return what `text` means in data of the day `on`.

        The first of these decides: the code; an alias in use on the day; a unit's name; a unit's
        name without its type word, where the text has none either; likewise an alias in use. A
        step that leads to several units yields them as candidates. Where no step leads
        anywhere, what comes near is a candidate.

        Raises `inspections.text.UnreadableText` for text that cannot be stored.
        """
        lookup = self._lookups.get(text)
        if lookup is None:
            lookup = self._lookups[text] = self._look_up(text)
        if valid := [alias for alias in lookup.aliases if alias.is_valid_on(on)]:
            return _by_alias(lookup.query, valid, Basis.ALIAS)
        if isinstance(lookup.current, Match):
            return lookup.current
        if valid := [alias for alias in lookup.bare_aliases if alias.is_valid_on(on)]:
            return _by_alias(lookup.query, valid, Basis.FORMER_NAME)
        if lookup.aliases or lookup.bare_aliases:
            return _by_alias_out_of_use(lookup)
        return lookup.current

    def _add_unit(self, unit: KnownUnit) -> None:
        self._codes.add(unit.code)
        for key in _keys(unit.name):
            bare = _bare(key) if unit.kind in _COMMUNE_KINDS else None
            self._names.add(key, bare, unit.code, unit.name)
            self._add_folded(key, bare, unit.code, unit.name)

    def _add_alias(self, alias: KnownAlias) -> None:
        for key in _keys(alias.name):
            bare = _bare(key)
            self._aliases.setdefault(key, []).append(alias)
            if bare is not None:
                self._bare_aliases.setdefault(bare, []).append(alias)
            self._add_folded(key, bare, alias.code, alias.name)

    def _add_folded(self, key: str, bare: str | None, code: str, name: str) -> None:
        self._folded.add(search_key(key), bare and search_key(bare), code, name)

    def _look_up(self, text: str) -> _Lookup:
        code = nfc(text).strip()
        if code in self._codes:
            return _Lookup(code, (), (), Match(code, Basis.CODE))
        written = name_key(text)
        if not written:
            return _Lookup("", (), (), NoMatch())
        meanings = readings(written)
        forms = [form for meaning in meanings for form in self._forms(meaning)]
        if len(meanings) > 1:
            # As it stands it may be a unit's very name; written out, it is a guess.
            current = self._exact(written, [written]) or self._near(forms, Doubt.ABBREVIATION)
            return _Lookup(forms[-1], self._aliases.get(written, ()), (), current)
        return _Lookup(
            query=forms[-1],
            aliases=_first(self._aliases, [written, *forms]),
            bare_aliases=_first(self._bare_aliases, forms),
            current=self._exact(written, forms) or self._near(forms),
        )

    def _forms(self, reading: str) -> list[str]:
        """The reading, and what is left without the province behind and the office in front."""
        forms = [reading]
        for type_word, rest in self._provinces:
            if reading.endswith(f" {type_word} {rest}"):
                # "Thanh tra tỉnh Đồng Tháp" may be listed as "Thanh tra tỉnh".
                without_name = reading.removesuffix(f" {rest}")
                forms += [without_name, without_name.removesuffix(f" {type_word}")]
        return list(dict.fromkeys([*forms, *map(without_office, forms)]))

    def _exact(self, written: str, forms: Sequence[str]) -> Match | Candidates | None:
        """What the first form says that is the name of a unit, with its type word or without."""
        by_name = ((self._names.full, Basis.NAME), (self._names.bare, Basis.BARE_NAME))
        for form, (names, basis) in product(forms, by_name):
            found = names.get(form)
            if found is None:
                continue
            if len(found) > 1:
                return _ranked(form, found, Doubt.SEVERAL)
            # Typed without accents, "Thanh An" may as well mean "Thạnh An".
            alike = self._alike_without_accents([form])
            if len(alike) > 1 and search_key(written) == written:
                return _ranked(form, alike, Doubt.ACCENTS)
            return Match(next(iter(found)), basis)
        return None

    def _near(self, forms: Sequence[str], doubt: Doubt | None = None) -> Outcome:
        """What agrees but for accents or the type word, or else resembles; `doubt` if given."""
        query = forms[-1]
        other_kind = _gather(self._names.bare, [split_type(form)[1] for form in forms])
        alike = other_kind | self._alike_without_accents(forms)
        if alike:
            return _ranked(query, alike, doubt or (Doubt.KIND if other_kind else Doubt.ACCENTS))
        similar = self._folded.similar(search_key(query))
        near = similar | self._contained(query)
        if near:
            return _ranked(query, near, doubt or (Doubt.SIMILAR if similar else Doubt.CONTAINS))
        return NoMatch()

    def _alike_without_accents(self, forms: Iterable[str]) -> _Found:
        folded = [search_key(form) for form in forms]
        bare = [*folded, *(split_folded_type(form)[1] for form in folded)]
        return _gather(self._folded.full, folded) | _gather(self._folded.bare, bare)

    def _contained(self, query: str) -> _Found:
        """Units whose names the text begins or ends with: ``Công an xã Tân Hồng``."""
        words = query.split()
        longest = min(len(words) - 1, _LONGEST_NAME)
        parts = [part for n in range(1, longest + 1) for part in (words[:n], words[-n:])]
        return _gather(self._names.full, [" ".join(part) for part in parts])


def _keys(name: str) -> set[str]:
    """The keys under which a name is known: as it stands, and written out if that is certain."""
    written = name_key(name)
    meanings = readings(written)
    return {written} if len(meanings) > 1 else {written, without_office(meanings[0])}


def _bare(key: str) -> str | None:
    """The name without its type word; None if it has none, or if only a number is left."""
    type_word, rest = split_type(key)
    return rest if type_word and any(map(str.isalpha, rest)) else None


def _first(
    aliases: Mapping[str, Sequence[KnownAlias]], keys: Iterable[str]
) -> Sequence[KnownAlias]:
    return next((aliases[key] for key in keys if key in aliases), ())


def _gather(names: Mapping[str, _Found], keys: Iterable[str]) -> _Found:
    found: _Found = {}
    for key in keys:
        found |= names.get(key, {})
    return found


def _by_alias(query: str, aliases: Sequence[KnownAlias], basis: Basis) -> Outcome:
    found = {alias.code: alias.name for alias in aliases}
    if len(found) > 1:
        return _ranked(query, found, Doubt.SEVERAL)
    return Match(aliases[0].code, basis)


def _by_alias_out_of_use(lookup: _Lookup) -> Candidates:
    found = {alias.code: alias.name for alias in (*lookup.aliases, *lookup.bare_aliases)}
    if isinstance(lookup.current, Candidates):
        found = {near.code: near.name for near in lookup.current.candidates} | found
    return _ranked(lookup.query, found, Doubt.FORMER)


def _ranked(query: str, found: _Found, doubt: Doubt) -> Candidates:
    """Candidates, the nearest first: accents aside, then with them, then by code."""
    typed = bool(split_folded_type(search_key(query))[0])
    ranked = []
    for code, name in found.items():
        key = without_office(readings(name_key(name))[0])
        near = key if typed else split_type(key)[1]
        score = fuzz.ratio(search_key(query), search_key(near)) / 100
        ranked.append((-score, -fuzz.ratio(query, near), Candidate(code, name, score)))
    ranked.sort(key=lambda entry: (*entry[:2], entry[2].code))
    return Candidates(tuple(candidate for *_, candidate in ranked), doubt)
