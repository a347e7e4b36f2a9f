"""How dates, numbers and names are written on official papers (Nghị định 30/2020/NĐ-CP)."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from inspections.documents.content import DocumentError

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")

_TYPE = re.compile(
    r"\b(Tỉnh|Thành phố|Quận|Huyện|Thị xã|Thị trấn|Phường|Xã|Đặc khu) (?=(?P<name>.*))"
)
# Persons and events that communes of 2025 are named after, picked by hand from the list of all
# communes; only these keep the capital of their type. Places of the same kind of name do not.
_COMMEMORATED = re.compile(
    "(Âu Cơ|Bế Văn Đàn|Chu Văn An|Dương Minh Châu|Duy Tân|Đào Duy Từ|Đặng Thùy Trâm|Điện Biên Phủ"
    "|Đồng Khởi|Hà Huy Tập|Hoàng Hoa Thám|Hoàng Văn Thụ|Hồ Đắc Kiện|Hồ Thị Kỷ|Khúc Thừa Dụ"
    "|Kim Đồng|Lê Chân|Lê Đại Hành|Lê Ích Mộc|Lê Lợi|Lê Quý Đôn|Lê Thanh Nghị|Lưu Nghiệp Anh"
    "|Lương Thế Trân|Lương Văn Tri|Lý Bôn|Lý Thường Kiệt|Lý Văn Lâm|Minh Khai|Ngô Mây|Ngô Quyền"
    "|Nguyễn Bỉnh Khiêm|Nguyễn Du|Nguyễn Đại Năng|Nguyễn Huệ|Nguyễn Lương Bằng|Nguyễn Nghiêm"
    "|Nguyễn Phích|Nguyễn Trãi|Nguyễn Úy|Nguyễn Văn Linh|Nguyễn Việt Khái|Nùng Trí Cao"
    "|Phạm Ngũ Lão|Phạm Sư Mạnh|Phan Đình Phùng|Phan Ngọc Hiển|Quang Trung|Tạ An Khương"
    "|Thục Phán|Tô Hiệu|Tống Trân|Trần Hưng Đạo|Trần Lãm|Trần Liễu|Trần Nhân Tông|Trần Phán"
    "|Trần Phú|Trần Văn Thời|Triệu Việt Vương|Trương Quang Trọng|Yết Kiêu"
    r")(?! ?\w)"
)


def unit_name(name: str) -> str:
    """Return ``name`` with the type of a territorial unit in lower case: ``phường Sa Đéc``.

    The type keeps its capital before a number (``Phường 2``), before the name of a person or event
    (``Phường Điện Biên Phủ``), and in ``Thành phố Hồ Chí Minh``. Names of agencies (``Sở Nội vụ``)
    stay as they are; a territorial unit within one is treated as any other.
    """
    return _TYPE.sub(_type_in_its_case, name)


def unit_first(name: str) -> str:
    """Return `unit_name` as it begins a line or a sentence: ``Phường Sa Đéc``."""
    inner = unit_name(name)
    return inner[:1].upper() + inner[1:]


def _type_in_its_case(found: re.Match[str]) -> str:
    name = found["name"]
    if name.startswith("Hồ Chí Minh") or _COMMEMORATED.match(name) or not name[:1].isupper():
        return found[0]
    return found[0].lower()


#: The "5 rõ" of what is demanded, as a submission names them and as papers do.
_CLEAR: Final = {
    "who": "rõ người",
    "what": "rõ việc",
    "responsibility": "rõ trách nhiệm",
    "procedure": "rõ quy trình",
    "result": "rõ hiệu quả",
}


def demanded(remedy: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a remedy says of each of the "5 rõ", under its name; what it leaves open is left out."""
    return tuple(f"{name}: {said}" for key, name in _CLEAR.items() if (said := remedy[key].strip()))


def count(number: int) -> str:
    """Return a count as papers write it: ``06``, ``24``, ``3.321``."""
    return f"{number:02,}".replace(",", ".")


def month(year: int, number: int) -> str:
    """Return ``tháng 01 năm 2026``; only months 1 and 2 get a leading zero."""
    return f"tháng {number:02} năm {year}" if number < 3 else f"tháng {number} năm {year}"


def long_date(day: date) -> str:
    """Return ``ngày 05 tháng 01 năm 2026``."""
    return f"ngày {day.day:02} {month(day.year, day.month)}"


def short_date(day: date) -> str:
    """Return ``05/01/2026``."""
    return f"{day.day:02}/{day.month:02}/{day.year}"


def weekday_date(day: date) -> str:
    """Return ``Thứ Hai, 05/01/2026``."""
    return f"{_WEEKDAYS[day.weekday()]}, {short_date(day)}"


def moment(at: datetime) -> str:
    """Return ``08 giờ 30 phút, ngày 05 tháng 01 năm 2026`` in Vietnamese time.

    Raises `DocumentError` (``time_without_zone``) for a naive time.
    """
    local = _local(at)
    return f"{local.hour:02} giờ {local.minute:02} phút, {long_date(local.date())}"


def hour(at: datetime) -> str:
    """Return ``08 giờ 30 phút`` in Vietnamese time; raises as `moment` does."""
    return moment(at).partition(",")[0]


def moment_left_blank(year_of: datetime) -> str:
    """Return the blanks in which somebody writes a `moment` of the same year; raises as that does."""
    return f"…… giờ …… phút, ngày …… tháng …… năm {_local(year_of).year}"


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise DocumentError(_("The time has no time zone."), code="time_without_zone")
    return at.astimezone(_ZONE)


def number_line(number: int | None, code: str) -> str:
    """Return ``Số: 05/KH-SNV``, or the blank that the clerk fills in."""
    return f"Số: {number:02}/{code}" if number is not None else f"Số:        /{code}"


def date_or_blank(day: date | None, year: int) -> str:
    """Return `long_date`, or the blank that the clerk fills in."""
    return long_date(day) if day is not None else f"ngày      tháng      năm {year}"


def listed(items: tuple[str, ...], *, last: str = ".") -> list[str]:
    """Return ``items`` closed by semicolons, the last one by ``last``; stops of their own go."""
    bare = [item.rstrip(" .;,") for item in items]
    return [item + ";" for item in bare[:-1]] + [item + last for item in bare[-1:]]


def attendance(when: str, *, required: int, present: int, excused: int) -> str:
    """Return the usual sentence of a roll call, ``when`` being its beginning."""
    absent = required - present
    return _attendance(when, *map(count, (present, required, absent, excused, absent - excused)))


def attendance_left_blank() -> str:
    """Return the usual sentence of a roll call with blanks in which its time and counts are written."""
    return _attendance("Tại thời điểm kiểm tra (…… giờ …… phút)", *["……"] * 5)


def _attendance(when: str, *counts: str) -> str:
    present, required, absent, excused, unexcused = counts
    return (
        f"{when}, có mặt {present}/{required} người; vắng {absent} người, trong đó {excused} có lý do,"
        f" {unexcused} không có lý do."
    )


def stopped(text: str) -> str:
    """Return a sentence with its full stop, which people leave out of what they type."""
    return text if text.endswith((".", "!", "?", "…", ";", ":")) else text + "."


def ended(text: str) -> str:
    """Return the last sentence of a paper with the ``./.`` that ends it."""
    return text.rstrip(" ./") + "./."


def grouped(code: str) -> str:
    """Return a code in groups of four, as people read it aloud and type it."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
