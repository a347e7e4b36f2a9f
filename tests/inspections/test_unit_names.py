"""Reading names of units as files write them."""

import pytest

from inspections.reference import abbreviations
from inspections.unit_names import (
    name_key,
    readings,
    split_folded_type,
    split_type,
    without_office,
)


class TestReadings:
    @pytest.mark.parametrize(
        ("text", "written_out"),
        [
            ("UBND xã Tân Hồng", "Ủy ban nhân dân xã Tân Hồng"),
            ("U.B.N.D. Xã Tân Hồng", "Ủy ban nhân dân xã Tân Hồng"),
            ("P. Sa Đéc", "Phường Sa Đéc"),
            ("P.Sa Đéc", "Phường Sa Đéc"),
            ("F2", "Phường 2"),
            ("Ph. 2", "Phường 2"),
            ("X.Tân Hồng", "Xã Tân Hồng"),
            ("UBND X. Tân Hồng", "Ủy ban nhân dân xã Tân Hồng"),
            ("Uỷ ban nhân dân P.Sa Đéc", "Ủy ban nhân dân phường Sa Đéc"),
            ("ĐK Phú Quốc", "Đặc khu Phú Quốc"),
            ("P.2, TP. Sa Đéc", "Phường 2, thành phố Sa Đéc"),
            ("P2, T.P Sa Đéc", "Phường 2, thành phố Sa Đéc"),
            ("TTPVHCC P. Sa Đéc", "Trung tâm Phục vụ hành chính công phường Sa Đéc"),
            ("TT PVHCC tỉnh", "Trung tâm Phục vụ hành chính công tỉnh"),
            ("TTHCC tỉnh", "Trung tâm Phục vụ hành chính công tỉnh"),
            ("Trung tâm PVHCC tỉnh", "Trung tâm Phục vụ hành chính công tỉnh"),
            ("VP HĐND&UBND", "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân"),
            ("Sở NN&MT", "Sở Nông nghiệp và Môi trường"),
            ("Sở VH,TT&DL", "Sở Văn hóa, Thể thao và Du lịch"),
        ],
    )
    def test_short_forms_are_written_out(self, text: str, written_out: str) -> None:
        assert readings(name_key(text)) == (name_key(written_out),)

    def test_tt_has_two_meanings(self) -> None:
        assert set(readings(name_key("TT. Mỹ Thọ"))) == {
            name_key("Thị trấn Mỹ Thọ"),
            name_key("Trung tâm Mỹ Thọ"),
        }

    @pytest.mark.parametrize("text", ["Ea H", "Xã Đắk P", "Sở X", "Tổ Q bốn", "P", "xã 2"])
    def test_a_letter_within_a_name_is_a_name(self, text: str) -> None:
        assert readings(name_key(text)) == (name_key(text),)

    def test_meanings_do_not_multiply(self) -> None:
        assert len(readings(name_key("UBND TT. " * 2_000 + "Mỹ Thọ"))) == 2

    def test_what_is_ambiguous_is_read_in_front_of_names_only(self) -> None:
        meanings: dict[str, set[str]] = {}
        for row in abbreviations():
            meanings.setdefault(name_key(row.abbreviation), set()).add(row.expansion)
        ambiguous = {short for short, expansions in meanings.items() if len(expansions) > 1}
        assert ambiguous == {
            name_key(row.abbreviation)
            for row in abbreviations()
            if row.leads and name_key(row.abbreviation) in ambiguous
        }


class TestParts:
    @pytest.mark.parametrize(
        ("name", "parts"),
        [
            ("Xã Tân Hồng", ("xã", "tân hồng")),
            ("Đặc khu Phú Quốc", ("đặc khu", "phú quốc")),
            ("Thị trấn Sa Rài", ("thị trấn", "sa rài")),
            ("Tân Hồng", ("", "tân hồng")),
            ("Xã", ("", "xã")),
            ("Xa Dung", ("", "xa dung")),
            ("Xãnh Tân", ("", "xãnh tân")),
        ],
    )
    def test_the_type_word_is_split_off(self, name: str, parts: tuple[str, str]) -> None:
        assert split_type(name_key(name)) == parts

    def test_without_accents_the_type_word_is_split_off_too(self) -> None:
        assert split_folded_type("xa tan hong") == ("xa", "tan hong")

    @pytest.mark.parametrize(
        ("key", "place"),
        [
            ("uỷ ban nhân dân xã tân hồng", "xã tân hồng"),
            ("uy ban nhan dan xa tan hong", "xa tan hong"),
            ("hội đồng nhân dân và uỷ ban nhân dân xã tân hồng", "xã tân hồng"),
            ("văn phòng uỷ ban nhân dân tỉnh", "văn phòng uỷ ban nhân dân tỉnh"),
            ("uỷ ban nhân dân", "uỷ ban nhân dân"),
        ],
    )
    def test_the_committee_in_front_is_the_place_itself(self, key: str, place: str) -> None:
        assert without_office(key) == place
