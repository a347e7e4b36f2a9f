"""The packaged data hold together, and the facts that papers and matching rest on are in them."""

import unicodedata
from collections import Counter, defaultdict
from datetime import date
from importlib.resources import files

import pytest

from inspections import reference
from inspections.calendar import DayKind, WorkCalendar
from inspections.reference import Where
from inspections.text import match_key, nfc, search_key

FILES = [path.name for path in (files("inspections") / "data").iterdir() if path.is_file()]


def bare(name: str) -> str:
    return next(name.removeprefix(w) for w in reference.COMMUNE_KINDS if name.startswith(w))


class TestFiles:
    @pytest.mark.parametrize("name", FILES)
    def test_every_file_is_clean_nfc(self, name: str) -> None:
        content = (files("inspections") / "data" / name).read_bytes().decode("utf-8")
        assert unicodedata.is_normalized("NFC", content)
        assert nfc(content) == content

    def test_every_table_has_its_provenance(self) -> None:
        readme = (files("inspections") / "data" / "README.md").read_text(encoding="utf-8")
        assert [name for name in FILES if name.endswith(".csv") and f"`{name}`" not in readme] == []


class TestProvincesAndCommunes:
    def test_there_are_34_provinces_of_which_seven_are_cities(self) -> None:
        assert len({province.code for province in reference.provinces()}) == 34
        cities = {province.code for province in reference.provinces() if province.is_city}
        assert cities == {"01", "31", "46", "48", "75", "79", "92"}

    def test_there_are_3321_communes_with_unique_codes(self) -> None:
        assert len(reference.communes()) == 3321
        assert len({commune.code for commune in reference.communes()}) == 3321
        assert {len(commune.code) for commune in reference.communes()} == {5}

    def test_each_province_has_as_many_communes_as_it_says(self) -> None:
        counted = Counter(commune.province for commune in reference.communes())
        assert counted == {p.code: p.commune_count for p in reference.provinces()}

    def test_kinds_follow_the_names(self) -> None:
        kinds = Counter(commune.kind for commune in reference.communes())
        assert kinds == {"ward": 687, "commune": 2621, "special_zone": 13}

    def test_names_are_unique_in_a_province_even_without_the_type_word(self) -> None:
        seen = Counter((c.province, match_key(bare(c.name))) for c in reference.communes())
        assert [key for key, count in seen.items() if count > 1] == []

    def test_ten_pairs_collide_without_accents(self) -> None:
        names = defaultdict(set)
        for commune in reference.communes():
            names[commune.province, search_key(bare(commune.name))].add(commune.name)
        pairs = [pair for pair in names.values() if len(pair) > 1]
        assert len(pairs) == 10
        assert {"Phường Mỹ Tho", "Xã Mỹ Thọ"} in pairs

    def test_dong_nai_is_a_city_from_30_april_2026(self) -> None:
        dong_nai = reference.province("75")
        assert dong_nai.name == "Thành phố Đồng Nai"
        assert dong_nai.name_on(date(2026, 4, 29)) == "Tỉnh Đồng Nai"
        assert dong_nai.name_on(date(2026, 4, 30)) == "Thành phố Đồng Nai"
        assert reference.province("82").name_on(date(2025, 7, 1)) == "Tỉnh Đồng Tháp"

    def test_the_communes_of_one_province_are_its_own(self) -> None:
        communes = reference.communes_of("82")
        assert len(communes) == 102
        assert ("28261", "Phường Mỹ Tho") in {(c.code, c.name) for c in communes}

    def test_an_unknown_province_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            reference.province("99")
        with pytest.raises(KeyError):
            reference.communes_of("99")


class TestTypicalUnits:
    def test_codes_are_unique_within_a_province_and_within_a_commune(self) -> None:
        codes: dict[bool, list[str]] = {True: [], False: []}
        for unit in reference.typical_units():
            codes[unit.where in {Where.PROVINCE, Where.SEVERAL}].append(unit.code)
        assert all(code.isascii() and code.isalnum() for group in codes.values() for code in group)
        assert [len(group) - len(set(group)) for group in codes.values()] == [0, 0]

    def test_a_city_is_not_called_a_province(self) -> None:
        office = next(unit for unit in reference.typical_units() if unit.code == "VPUB")
        assert office.name_in(reference.province("82")) == "Văn phòng Ủy ban nhân dân tỉnh"
        assert office.name_in(reference.province("01")) == "Văn phòng Ủy ban nhân dân thành phố"

    def test_fields_of_typical_units_are_known(self) -> None:
        known = {field.code for field in reference.fields_of_work()}
        assert len(known) == len(reference.fields_of_work()) == 9
        assert {field for unit in reference.typical_units() for field in unit.fields} == known


class TestHolidays:
    def test_dates_are_unique_and_in_order(self) -> None:
        days = [holiday.date for holiday in reference.holidays()]
        assert days == sorted(set(days))
        assert {day.year for day in days} == {2026, 2027}

    def test_the_make_up_saturday_is_worked_and_the_new_holiday_is_not(self) -> None:
        calendar = WorkCalendar((h.date, h.kind) for h in reference.holidays())
        assert calendar.is_working_day(date(2026, 8, 22))
        assert not calendar.is_working_day(date(2026, 8, 31))
        assert not calendar.is_working_day(date(2026, 11, 24))
        assert len(calendar.working_days_of_month(2026, 2)) == 15

    def test_what_is_not_yet_decided_is_provisional(self) -> None:
        provisional = {h.date for h in reference.holidays() if h.kind is DayKind.PROVISIONAL}
        assert date(2027, 2, 8) in provisional
        assert min(provisional).year == 2027
        assert all(h.note for h in reference.holidays() if h.kind is DayKind.PROVISIONAL)


class TestFormerUnits:
    def test_every_successor_lies_in_the_province_named(self) -> None:
        province_of = {commune.code: commune.province for commune in reference.communes()}
        for former in reference.former_units():
            assert province_of[former.code] == former.province

    def test_trung_liet_went_to_three_wards(self) -> None:
        name_of = {commune.code: commune.name for commune in reference.communes()}
        assert {
            name_of[former.code]
            for former in reference.former_units()
            if former.former_name == "Phường Trung Liệt"
        } == {"Phường Đống Đa", "Phường Kim Liên", "Phường Ô Chợ Dừa"}

    def test_nhan_hoa_means_another_ward_in_each_of_two_provinces(self) -> None:
        name_of = {commune.code: commune.name for commune in reference.communes()}
        assert {
            (former.province, name_of[former.code])
            for former in reference.former_units()
            if "Nhân Hòa" in former.former_name
        } == {("24", "Phường Nhân Hòa"), ("33", "Phường Mỹ Hào")}

    def test_they_end_with_the_reorganisation(self) -> None:
        assert {former.valid_to for former in reference.former_units()} == {date(2025, 6, 30)}


class TestAbbreviations:
    def test_only_tt_is_ambiguous(self) -> None:
        counts = Counter(a.abbreviation.casefold() for a in reference.abbreviations())
        assert [key for key, count in counts.items() if count > 1] == ["tt"]
