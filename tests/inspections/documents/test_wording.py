"""Dates, numbers and names as papers write them."""

from datetime import UTC, date, datetime

import pytest

from inspections.documents import wording
from inspections.documents.content import DocumentError


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Phường Sa Đéc", "phường Sa Đéc"),
        ("Xã Tân Hồng", "xã Tân Hồng"),
        ("Đặc khu Phú Quốc", "đặc khu Phú Quốc"),
        ("Xã Đất Mũi", "xã Đất Mũi"),
        ("Xã Ô Lâm", "xã Ô Lâm"),
        ("Tỉnh Đồng Tháp", "tỉnh Đồng Tháp"),
        ("Thành phố Huế", "thành phố Huế"),
        ("Phường Sa Đéc, Tỉnh Đồng Tháp", "phường Sa Đéc, tỉnh Đồng Tháp"),
        ("Ủy ban nhân dân Phường Sa Đéc", "Ủy ban nhân dân phường Sa Đéc"),
        ("Phường 2", "Phường 2"),
        ("Phường 1 Bảo Lộc", "Phường 1 Bảo Lộc"),
        ("Phường Điện Biên Phủ", "Phường Điện Biên Phủ"),
        ("Xã Nguyễn Huệ", "Xã Nguyễn Huệ"),
        ("Xã Trần Phú (Hà Nội)", "Xã Trần Phú (Hà Nội)"),
        ("Xã Lê Lợi Đông", "xã Lê Lợi Đông"),
        ("Thành phố Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("Thủ đô Hà Nội", "Thủ đô Hà Nội"),
        ("Sở Nội vụ", "Sở Nội vụ"),
        ("Phòng Văn hóa - Xã hội", "Phòng Văn hóa - Xã hội"),
        (
            "Trung tâm Phục vụ hành chính công tỉnh",
            "Trung tâm Phục vụ hành chính công tỉnh",
        ),
    ],
)
def test_the_type_of_a_unit_is_lower_case_but_for_the_exceptions(name: str, printed: str) -> None:
    assert wording.unit_name(name) == printed


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        (date(2026, 1, 5), "ngày 05 tháng 01 năm 2026"),
        (date(2026, 2, 10), "ngày 10 tháng 02 năm 2026"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_have_a_leading_zero(
    day: date, printed: str
) -> None:
    assert wording.long_date(day) == printed


def test_a_table_shows_weekday_and_digits() -> None:
    assert wording.weekday_date(date(2026, 12, 6)) == "Chủ nhật, 06/12/2026"
    assert wording.weekday_date(date(2026, 12, 7)) == "Thứ Hai, 07/12/2026"


def test_a_moment_is_told_in_vietnamese_time() -> None:
    at = datetime(2026, 11, 19, 18, 5, tzinfo=UTC)
    assert wording.moment(at) == "01 giờ 05 phút, ngày 20 tháng 11 năm 2026"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        wording.moment(datetime(2026, 11, 19))  # noqa: DTZ001 - the naive time is what is refused
    assert caught.value.code == "time_without_zone"


@pytest.mark.parametrize(("number", "printed"), [(0, "00"), (6, "06"), (24, "24"), (3321, "3.321")])
def test_counts_below_ten_have_a_leading_zero(number: int, printed: str) -> None:
    assert wording.count(number) == printed


def test_a_number_not_yet_given_leaves_room_for_it() -> None:
    assert wording.number_line(5, "KH-SNV") == "Số: 05/KH-SNV"
    assert wording.number_line(123, "KH-SNV") == "Số: 123/KH-SNV"
    assert wording.number_line(None, "KH-SNV") == "Số:        /KH-SNV"


def test_a_date_not_yet_given_leaves_room_for_it() -> None:
    assert wording.date_or_blank(None, 2026) == "ngày      tháng      năm 2026"


def test_a_list_is_closed_by_semicolons_and_a_full_stop() -> None:
    assert wording.listed(("một", "hai;", "ba.")) == ["một;", "hai;", "ba."]
    assert wording.listed(()) == []


@pytest.mark.parametrize("text", ["giải quyết", "giải quyết.", "giải quyết./."])
def test_a_paper_ends_with_its_sign(text: str) -> None:
    assert wording.ended(text) == "giải quyết./."
