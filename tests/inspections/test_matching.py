"""Names in files against the units of one province: sure, doubtful, unknown."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections import reference
from inspections.matching import (
    Basis,
    Candidates,
    Doubt,
    KnownAlias,
    KnownUnit,
    Match,
    NoMatch,
    UnitMatcher,
)
from inspections.text import search_key

TODAY = date(2026, 11, 1)
BEFORE = date(2025, 3, 1)

MY_THO, MY_THO_COMMUNE, SA_DEC, TAN_HONG = "28261", "30076", "29905", "29926"


def matcher_of(code: str, *aliases: KnownAlias) -> UnitMatcher:
    """The communes, typical agencies and former names of a province, and further aliases."""
    province = reference.province(code)
    communes = [KnownUnit(c.code, c.name, c.kind) for c in reference.communes_of(code)]
    agencies = [
        KnownUnit(f"{code}-{unit.code}", unit.name_in(province), unit.kind)
        for unit in reference.typical_units()
        if unit.where is reference.Where.PROVINCE
    ]
    former = [
        KnownAlias(f.former_name, f.code, f.valid_from, f.valid_to)
        for f in reference.former_units()
        if f.province == code
    ]
    return UnitMatcher([*communes, *agencies], [*former, *aliases], province_names=[province.name])


@pytest.fixture(scope="module")
def dong_thap() -> UnitMatcher:
    return matcher_of("82", KnownAlias("SNV", "82-SNV"))


@pytest.fixture(scope="module")
def ha_noi() -> UnitMatcher:
    return matcher_of("01")


def codes(outcome: object) -> list[str]:
    assert isinstance(outcome, Candidates)
    return [candidate.code for candidate in outcome.candidates]


def doubt(outcome: object) -> Doubt:
    assert isinstance(outcome, Candidates)
    return outcome.doubt


def accent_twins() -> list[tuple[str, str, str]]:
    """The pairs of one province whose bare names differ in accents only."""
    seen: dict[tuple[str, str], str] = {}
    pairs = []
    for commune in reference.communes():
        bare = commune.name.removeprefix("Phường ").removeprefix("Xã ")
        twin = seen.setdefault((commune.province, search_key(bare)), commune.code)
        if twin != commune.code:
            pairs.append((commune.province, twin, commune.code))
    return pairs


class TestSure:
    @pytest.mark.parametrize(
        ("text", "code", "basis"),
        [
            ("29905", SA_DEC, Basis.CODE),
            (" 29905\u200b ", SA_DEC, Basis.CODE),
            ("Phường Sa Đéc", SA_DEC, Basis.NAME),
            ("PHƯỜNG SA ÐÉC", SA_DEC, Basis.NAME),
            ("UBND P. Sa Đéc", SA_DEC, Basis.NAME),
            ("Uỷ ban nhân dân phường  Sa Đéc.", SA_DEC, Basis.NAME),
            ("HĐND và UBND phường Sa Đéc", SA_DEC, Basis.NAME),
            ("F.Sa Đéc", SA_DEC, Basis.NAME),
            ("X.Tân Hồng", TAN_HONG, Basis.NAME),
            ("Xã Tân Hồng, tỉnh Đồng Tháp", TAN_HONG, Basis.NAME),
            ("UBND xã Tân Hồng - Tỉnh Đồng Tháp", TAN_HONG, Basis.NAME),
            ("Tân Hồng", TAN_HONG, Basis.BARE_NAME),
            ("Mỹ Tho", MY_THO, Basis.BARE_NAME),
            ("Mỹ Thọ", MY_THO_COMMUNE, Basis.BARE_NAME),
            ("Xã Mỹ Thọ", MY_THO_COMMUNE, Basis.NAME),
            ("Sở Nội vụ", "82-SNV", Basis.NAME),
            ("Sở Nội vụ tỉnh Đồng Tháp", "82-SNV", Basis.NAME),
            ("SNV", "82-SNV", Basis.ALIAS),
            ("Sở NN&MT", "82-SNNMT", Basis.NAME),
            ("VP UBND tỉnh", "82-VPUB", Basis.NAME),
            ("Thanh tra tỉnh Đồng Tháp", "82-TTT", Basis.NAME),
            ("TTPVHCC tỉnh", "82-TTPVHCC", Basis.NAME),
            ("TT PVHCC tỉnh Đồng Tháp", "82-TTPVHCC", Basis.NAME),
            ("TT Phục vụ HCC tỉnh", "82-TTPVHCC", Basis.NAME),
        ],
    )
    def test_the_name_as_written_decides(
        self, dong_thap: UnitMatcher, text: str, code: str, basis: Basis
    ) -> None:
        assert dong_thap.match(text, TODAY) == Match(code, basis)

    def test_the_code_is_never_read_as_a_number(self) -> None:
        assert matcher_of("01").match("00004", TODAY) == Match("00004", Basis.CODE)
        assert matcher_of("01").match("4", TODAY) == NoMatch()


class TestEveryCommune:
    @pytest.mark.parametrize("province", reference.provinces(), ids=lambda p: p.code)
    def test_matches_itself_in_every_ordinary_spelling(self, province: reference.Province) -> None:
        matcher = matcher_of(province.code)
        for commune in reference.communes_of(province.code):
            name = commune.name
            spellings = [
                name,
                unicodedata.normalize("NFD", name),
                name.upper(),
                unicodedata.normalize("NFD", name.upper()),
                name.replace(" ", "\u00a0 "),
                name.replace("oà", "òa").replace("uỷ", "ủy").replace("oá", "óa"),
                name.replace("òa", "oà").replace("ủy", "uỷ").replace("óa", "oá"),
                name.replace("'", "’").replace("-", "–"),
                f"UBND {name}",
                f"Uỷ ban nhân dân {name}, {province.name}",
            ]
            for spelling in spellings:
                assert matcher.match(spelling, TODAY) == Match(commune.code, Basis.NAME), spelling

    @pytest.mark.parametrize("province", reference.provinces(), ids=lambda p: p.code)
    def test_matches_itself_with_the_type_word_shortened(
        self, province: reference.Province
    ) -> None:
        matcher = matcher_of(province.code)
        short_forms = {"Phường": ("P.", "F. "), "Xã": ("X.", "U.B.N.D X. "), "Đặc khu": ("ĐK ",)}
        twins = {code for pair in accent_twins() for code in pair[1:]}
        for commune in reference.communes_of(province.code):
            word = next(word for word in short_forms if commune.name.startswith(word))
            bare = commune.name.removeprefix(f"{word} ")
            for short in short_forms[word]:
                outcome = matcher.match(short + bare, TODAY)
                if commune.code in twins and search_key(bare) == bare.lower():
                    assert doubt(outcome) is Doubt.ACCENTS
                else:
                    assert outcome == Match(commune.code, Basis.NAME), short + bare

    @pytest.mark.parametrize("province", reference.provinces(), ids=lambda p: p.code)
    def test_typed_without_accents_goes_to_a_person_with_the_unit_among_the_candidates(
        self, province: reference.Province
    ) -> None:
        matcher = matcher_of(province.code)
        for commune in reference.communes_of(province.code):
            folded = search_key(commune.name)
            outcome = matcher.match(folded, TODAY)
            assert commune.code in codes(outcome)
            assert codes(matcher.match(f"ubnd {folded}".upper(), TODAY)) == codes(outcome)


class TestAccents:
    def test_there_are_ten_pairs(self) -> None:
        assert len(accent_twins()) == 10

    @pytest.mark.parametrize(("province", "left", "right"), accent_twins())
    def test_twins_are_told_apart_by_accents_and_never_without(
        self, province: str, left: str, right: str
    ) -> None:
        matcher = matcher_of(province)
        for commune in reference.communes_of(province):
            if commune.code not in {left, right}:
                continue
            bare = commune.name.removeprefix("Phường ").removeprefix("Xã ")
            assert matcher.match(commune.name, TODAY) == Match(commune.code, Basis.NAME)
            for text in (bare, commune.name, f"UBND {commune.name}", f"X. {bare}"):
                outcome = matcher.match(search_key(text), TODAY)
                assert {left, right} <= set(codes(outcome)), text

    def test_the_type_word_ranks_twins_and_does_not_choose(self, dong_thap: UnitMatcher) -> None:
        assert codes(dong_thap.match("phuong my tho", TODAY)) == [MY_THO, MY_THO_COMMUNE]
        assert codes(dong_thap.match("xa my tho", TODAY)) == [MY_THO_COMMUNE, MY_THO]
        assert doubt(dong_thap.match("xa my tho", TODAY)) is Doubt.ACCENTS

    def test_some_accents_missing_is_a_doubt_too(self, dong_thap: UnitMatcher) -> None:
        assert set(codes(dong_thap.match("Xã My Thọ", TODAY))) == {MY_THO, MY_THO_COMMUNE}

    def test_a_name_without_accents_of_its_own_matches_unless_it_has_a_twin(self) -> None:
        units = [KnownUnit("1", "Xã Thanh An", "commune"), KnownUnit("2", "Xã Ia Grai", "commune")]
        twin = KnownUnit("3", "Xã Thạnh An", "commune")
        assert UnitMatcher(units).match("Thanh An", TODAY) == Match("1", Basis.BARE_NAME)
        assert codes(UnitMatcher([*units, twin]).match("Thanh An", TODAY)) == ["1", "3"]
        assert codes(UnitMatcher([*units, twin]).match("X. Thanh An", TODAY)) == ["1", "3"]
        assert UnitMatcher([*units, twin]).match("Xã Thanh An", TODAY) == Match("1", Basis.NAME)
        assert UnitMatcher([*units, twin]).match("X. Ia Grai", TODAY) == Match("2", Basis.NAME)


class TestDoubts:
    def test_another_type_word_never_decides(self, dong_thap: UnitMatcher) -> None:
        outcome = dong_thap.match("Xã Mỹ Tho", TODAY)
        assert doubt(outcome) is Doubt.KIND
        assert set(codes(outcome)) == {MY_THO, MY_THO_COMMUNE}
        assert codes(dong_thap.match("Huyện Tân Hồng", TODAY)) == [TAN_HONG]

    @pytest.mark.parametrize("text", ["TT. Mỹ Thọ", "TT Mỹ Thọ", "UBND TT. Mỹ Thọ"])
    def test_an_ambiguous_short_form_never_decides(self, dong_thap: UnitMatcher, text: str) -> None:
        outcome = dong_thap.match(text, TODAY)
        assert doubt(outcome) is Doubt.ABBREVIATION
        assert codes(outcome)[0] == MY_THO_COMMUNE

    def test_even_one_meaning_that_fits_is_a_doubt(self) -> None:
        centre = KnownUnit("TTYT", "Trung tâm Lưu trữ", "public_service_unit")
        outcome = UnitMatcher([centre]).match("TT. Lưu trữ", TODAY)
        assert (doubt(outcome), codes(outcome)) == (Doubt.ABBREVIATION, ["TTYT"])

    def test_an_ambiguous_name_as_the_unit_itself_writes_it_decides(self) -> None:
        matcher = UnitMatcher([KnownUnit("LT", "TT Lưu trữ", "public_service_unit")])
        assert matcher.match("TT. Lưu trữ", TODAY) == Match("LT", Basis.NAME)
        assert matcher.match("Thị trấn Lưu trữ", TODAY) == NoMatch()

    @pytest.mark.parametrize("text", ["Phường Sa Đécc", "Phường Xa Đéc", "Phưòng Sa Đéc"])
    def test_a_slip_of_the_pen_is_shown_as_similar(self, dong_thap: UnitMatcher, text: str) -> None:
        outcome = dong_thap.match(text, TODAY)
        assert codes(outcome)[0] == SA_DEC
        assert isinstance(outcome, Candidates)
        assert 0.9 <= outcome.candidates[0].score <= 1

    @pytest.mark.parametrize(
        "text", ["TTPVHCC xã Tân Hồng", "Công an xã Tân Hồng", "Xã Tân Hồng, huyện Tân Hồng"]
    )
    def test_a_name_that_contains_a_units_name_points_to_it(
        self, dong_thap: UnitMatcher, text: str
    ) -> None:
        outcome = dong_thap.match(text, TODAY)
        assert (doubt(outcome), codes(outcome)) == (Doubt.CONTAINS, [TAN_HONG])

    def test_a_unit_contained_is_shown_beside_similar_ones(self) -> None:
        units = [
            KnownUnit("1", "Phường Hoài Nhơn", "ward"),
            KnownUnit("2", "Phường Hoài Nhơn Nam", "ward"),
        ]
        assert set(codes(UnitMatcher(units).match("Phường Hoài Nhơn mới", TODAY))) == {"1", "2"}

    def test_a_name_borne_by_several_units_shows_them_all(self) -> None:
        units = [
            KnownUnit(f"{n}", "Trung tâm Phục vụ hành chính công", "commune_service_centre")
            for n in range(3)
        ]
        outcome = UnitMatcher(units).match("TTPVHCC", TODAY)
        assert (doubt(outcome), codes(outcome)) == (Doubt.SEVERAL, ["0", "1", "2"])

    @pytest.mark.parametrize(
        "text", ["", " ", "—", "2", "(1)", "Tổng cộng", "zzz", "P2", "x" * 50_000]
    )
    def test_what_resembles_nothing_matches_nothing(
        self, dong_thap: UnitMatcher, text: str
    ) -> None:
        assert dong_thap.match(text, TODAY) == NoMatch()


class TestAliases:
    def test_an_old_ward_shared_by_three_is_shown_with_all_three(self, ha_noi: UnitMatcher) -> None:
        for text in ("Phường Trung Liệt", "UBND P. Trung Liệt", "Trung Liệt"):
            outcome = ha_noi.match(text, BEFORE)
            assert (doubt(outcome), codes(outcome)) == (Doubt.SEVERAL, ["00190", "00229", "00235"])

    def test_a_former_name_decides_in_its_time_only(self, dong_thap: UnitMatcher) -> None:
        for text in ("Phường 2 (Sa Đéc)", "P.2, TP. Sa Đéc", "UBND phường 2 - Sa Đéc"):
            assert dong_thap.match(text, date(2025, 6, 30)) == Match(SA_DEC, Basis.ALIAS)
            outcome = dong_thap.match(text, date(2025, 7, 1))
            assert (doubt(outcome), codes(outcome)) == (Doubt.FORMER, [SA_DEC])

    def test_the_same_former_name_means_another_ward_in_another_province(self) -> None:
        assert matcher_of("33").match("Nhân Hòa", BEFORE) == Match("12103", Basis.FORMER_NAME)
        assert matcher_of("33").match("P. Nhân Hoà", BEFORE) == Match("12103", Basis.ALIAS)
        assert matcher_of("24").match("Phường Nhân Hòa", BEFORE) == Match("09253", Basis.NAME)
        assert matcher_of("24").match("Xã Nhân Hòa", BEFORE) == Match("09253", Basis.ALIAS)

    def test_a_persons_choice_remembered_as_an_alias_decides(self) -> None:
        chosen = KnownAlias("xa my tho", MY_THO_COMMUNE, valid_from=date(2026, 10, 1))
        matcher = matcher_of("82", chosen)
        assert matcher.match("XA MY THO", TODAY) == Match(MY_THO_COMMUNE, Basis.ALIAS)
        before = matcher.match("XA MY THO", date(2026, 9, 30))
        assert doubt(before) is Doubt.FORMER
        assert set(codes(before)) == {MY_THO, MY_THO_COMMUNE}

    def test_an_ambiguous_short_form_can_be_an_alias(self) -> None:
        matcher = matcher_of("82", KnownAlias("TT. Mỹ Thọ", MY_THO_COMMUNE))
        assert matcher.match("TT Mỹ Thọ", TODAY) == Match(MY_THO_COMMUNE, Basis.ALIAS)
        assert doubt(matcher.match("Thị trấn Mỹ Thọ", TODAY)) is Doubt.KIND

    def test_an_alias_in_use_goes_before_the_name_of_another_unit(self) -> None:
        taken_over = KnownAlias("Xã Tân Hồng", SA_DEC, valid_to=date(2025, 6, 30))
        matcher = matcher_of("82", taken_over)
        assert matcher.match("Xã Tân Hồng", BEFORE) == Match(SA_DEC, Basis.ALIAS)
        assert matcher.match("Xã Tân Hồng", TODAY) == Match(TAN_HONG, Basis.NAME)

    def test_a_former_name_without_accents_goes_to_a_person(self, ha_noi: UnitMatcher) -> None:
        outcome = ha_noi.match("phuong trung liet", BEFORE)
        assert {"00190", "00229", "00235"} <= set(codes(outcome))

    def test_a_running_number_is_no_ward(self) -> None:
        matcher = matcher_of("82", KnownAlias("Phường 2", SA_DEC))
        assert matcher.match("2", TODAY) == NoMatch()
        assert matcher.match("P2", TODAY) == Match(SA_DEC, Basis.ALIAS)


class TestAnyText:
    @settings(derandomize=True, deadline=None)
    @given(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)
        | st.text(alphabet="PXTUBNDpxt. ạọơôáưđ,-&mythoãê0129", max_size=40),
        st.dates(min_value=BEFORE, max_value=TODAY),
    )
    def test_every_text_gets_an_answer_that_is_the_same_the_second_time(
        self, dong_thap: UnitMatcher, text: str, on: date
    ) -> None:
        outcome = dong_thap.match(text, on)
        assert dong_thap.match(text, on) == outcome
        if isinstance(outcome, Candidates):
            assert len(codes(outcome)) == len(set(codes(outcome))) > 0
            scores = [candidate.score for candidate in outcome.candidates]
            assert scores == sorted(scores, reverse=True)
