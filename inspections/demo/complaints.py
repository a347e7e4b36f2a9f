"""The complaint portal's export: one file of the year, with citizens' names and numbers in it."""

from datetime import date
from random import Random

from inspections.demo.frame import SYNTHETIC, DemoUnit, World
from inspections.demo.names import person, telephone
from inspections.demo.sheets import Cell, day, delimited, spread
from inspections.demo.spelling import by_hand
from inspections.demo.work import Pace, finish

COUNT = 1200
PACE = Pace(usual=0.12, leaning=0.8, delay=6)
ANSWER_DAYS = 10
# How much bad work draws complaints, and how often one citizen writes again.
LEANING = 0.7
AGAIN = 0.12
HEADS = (
    "Mã PAKN",
    "Ngày gửi",
    "Kênh",
    "Loại",
    "Lĩnh vực",
    "Nội dung",
    "Họ và tên",
    "Số điện thoại",
    "Cơ quan xử lý",
    "Ngày chuyển",
    "Hạn xử lý",
    "Ngày trả lời",
    "Trạng thái",
    "Mức độ hài lòng",
    "Ghi chú",
)
CHANNELS = ("Cổng Dịch vụ công quốc gia", "Tổng đài 1022", "Trực tiếp", "Thư điện tử")
KINDS = ("Hành vi hành chính", "Quy định hành chính")
CONTENTS = (
    ("Đất đai", "Hồ sơ cấp giấy chứng nhận đã quá ngày hẹn nhưng chưa nhận được kết quả"),
    ("Đất đai", "Nhiều lần yêu cầu bổ sung giấy tờ ngoài quy định"),
    ("Xây dựng", "Công trình xây dựng không phép gần nhà, đã báo nhưng chưa được xử lý"),
    ("Hộ tịch", "Đến bộ phận một cửa trong giờ làm việc nhưng không có người tiếp"),
    ("Môi trường", "Cơ sở sản xuất gây ô nhiễm, mùi hôi kéo dài"),
    ("Giao thông", "Đường hư hỏng, đã kiến nghị nhưng chưa được sửa"),
    ("Bảo trợ xã hội", "Chậm chi trả trợ cấp so với thông báo"),
    ("Hộ kinh doanh", "Cán bộ hướng dẫn không thống nhất giữa các lần nộp hồ sơ"),
)
CONTENT_WEIGHTS = (22, 14, 12, 14, 10, 12, 9, 7)


def export(world: World) -> bytes:
    """Return the complaints of the year as they stand at the cut-off."""
    rng, year = world.stream("complaints"), world.year
    burdens = [unit.burden(LEANING) for unit in world.units]
    sent = sorted(world.working_day(rng, year.first, year.last) for _ in range(COUNT))
    citizens: dict[str, tuple[str, str]] = {}
    rows: list[list[Cell]] = []
    for place, (received, unit) in enumerate(
        zip(sent, rng.choices(world.units, weights=burdens, k=COUNT), strict=True), start=1
    ):
        if unit.code not in citizens or rng.random() > AGAIN:
            citizens[unit.code] = person(rng), telephone(rng)
        code = f"PAKN.{received:%Y%m%d}.{place:04d}"
        rows.append([code, *_row(rng, world, unit, citizens[unit.code], received)])
    _spoil(rows)
    return delimited(HEADS, rows, separator=",")


def _row(
    rng: Random, world: World, unit: DemoUnit, citizen: tuple[str, str], received: date
) -> list[Cell]:
    calendar, cutoff = world.calendar, world.year.last
    forwarded = calendar.add_working_days(received, rng.choice((1, 1, 2, 3)))
    due = calendar.add_working_days(forwarded, ANSWER_DAYS)
    answered = finish(rng, calendar, unit, PACE, start=forwarded, term=ANSWER_DAYS)
    done = answered if answered <= cutoff else None
    field, content = rng.choices(CONTENTS, weights=CONTENT_WEIGHTS)[0]
    is_forwarded = forwarded <= cutoff
    return [
        day(received),
        rng.choices(CHANNELS, weights=(55, 25, 12, 8))[0],
        rng.choices(KINDS, weights=(9, 1))[0],
        field,
        content,
        *citizen,
        by_hand(unit, rng),
        day(forwarded) if is_forwarded else "",
        day(due) if is_forwarded else "",
        day(done),
        _status(due, done, cutoff) if is_forwarded else "Đã tiếp nhận",
        _satisfaction(rng, unit) if done else "",
        SYNTHETIC,
    ]


def _status(due: date, done: date | None, cutoff: date) -> str:
    if done:
        return "Đã xử lý quá hạn" if done > due else "Đã xử lý đúng hạn"
    return "Đang xử lý – quá hạn" if cutoff > due else "Đang xử lý – trong hạn"


def _satisfaction(rng: Random, unit: DemoUnit) -> str:
    if rng.random() < 0.5:
        return "Chưa đánh giá"
    return "Không hài lòng" if rng.random() < unit.chance_of_delay(0.25, 0.6) else "Hài lòng"


def _spoil(rows: list[list[Cell]]) -> None:
    """Put in what the portal contains: wards that are gone, a name without accents, an answer before its question."""
    received, unit, answered = 1, 8, 11
    former, gone, bare = spread(rows, 3)
    former[unit] = "UBND phường 2 (Sa Đéc)"
    gone[unit] = "Phường 4, thành phố Mỹ Tho"
    bare[unit] = "UBND xa Tan Thanh"
    # Early in the year everything has an answer.
    rows[0][received], rows[0][answered] = rows[0][answered], rows[0][received]
