"""The task system's export: one list of the year, typed by many hands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from inspections.demo.frame import SYNTHETIC, DemoUnit, World
from inspections.demo.sheets import Cell, Head, Report, day, span, spread, xlsx
from inspections.demo.spelling import abbreviated, by_hand
from inspections.demo.work import Pace, days_late, finish

COUNT = 1500
PACE = Pace(usual=0.16, leaning=0.9, delay=11)
TERMS = (5, 7, 10, 15, 20, 30, 45)
ASSIGNERS = ("UBND tỉnh", "Chủ tịch UBND tỉnh", "Thủ tướng Chính phủ", "Tỉnh ủy", "HĐND tỉnh")
ASSIGNED = (55, 25, 10, 7, 3)
OFFICES = ("NC", "KSTTHC", "KGVX", "ĐTXD", "KTN")
SUBJECTS = (
    "Báo cáo kết quả rà soát, đơn giản hóa thủ tục hành chính",
    "Xử lý dứt điểm hồ sơ quá hạn, công khai xin lỗi người dân theo quy định",
    "Báo cáo tiến độ giải ngân vốn đầu tư công",
    "Tham mưu văn bản trả lời kiến nghị của cử tri",
    "Hoàn thành số hóa kết quả giải quyết thủ tục hành chính còn hiệu lực",
    "Rà soát, bố trí công chức trực tại Trung tâm Phục vụ hành chính công",
    "Góp ý dự thảo quy định phân cấp, phân quyền",
    "Báo cáo việc chấp hành thời giờ làm việc, quy chế văn hóa công sở",
    "Kiểm tra, xử lý phản ánh về trật tự xây dựng",
    "Báo cáo kết quả tiếp công dân, giải quyết đơn thư",
    "Triển khai kế hoạch chuyển đổi số năm tại đơn vị",
    "Rà soát trụ sở, tài sản công dôi dư sau sắp xếp",
    "Tổng hợp vướng mắc của doanh nghiệp và đề xuất hướng giải quyết",
    "Xây dựng quy trình nội bộ giải quyết thủ tục hành chính",
)
HEADS = (
    Head("STT", width=6),
    Head("Mã nhiệm vụ"),
    Head("Văn bản giao nhiệm vụ", (Head("Số ký hiệu văn bản"), Head("Cơ quan giao", width=22))),
    Head("Nội dung nhiệm vụ", width=60),
    Head("Đơn vị chủ trì", width=34),
    Head("Đơn vị phối hợp", width=30),
    Head("Thời gian", (Head("Ngày giao"), Head("Hạn xử lý"), Head("Hạn gia hạn"), Head("Số lần gia hạn"))),
    Head("Kết quả", (Head("Ngày hoàn thành"), Head("Trạng thái", width=24), Head("Số ngày quá hạn"))),
    Head("Ghi chú", width=24),
)  # fmt: skip


@dataclass(frozen=True)
class _Task:
    unit: DemoUnit
    assigned: date
    due: date
    extended: date | None
    done: date

    @property
    def last_due(self) -> date:
        return self.extended or self.due


def _lives(rng: Random, world: World) -> Iterator[_Task]:
    year, calendar = world.year, world.calendar
    # A department is assigned far more than a commune.
    weights = [unit.size * (1 if unit.is_commune else 4) for unit in world.units]
    for unit in rng.choices(world.units, weights=weights, k=COUNT):
        assigned = world.working_day(rng, year.first, year.last)
        term = rng.choice(TERMS)
        due = calendar.add_working_days(assigned, term)
        extended = calendar.add_working_days(due, 10) if rng.random() < 0.1 else None
        term += 10 if extended else 0
        yield _Task(
            unit,
            assigned,
            due,
            extended,
            finish(rng, calendar, unit, PACE, start=assigned, term=term),
        )


def _row(rng: Random, world: World, task: _Task) -> list[Cell]:
    cutoff = world.year.last
    done = task.done if task.done <= cutoff else None
    late = days_late(world.calendar, task.last_due, done or cutoff)
    status = "Hoàn thành" if done else "Chưa hoàn thành"
    number = f"{rng.randrange(100, 9000)}/UBND-{rng.choice(OFFICES)}"
    partner = abbreviated(rng.choice(world.units)) if rng.random() < 0.5 else ""
    return [
        number,
        rng.choices(ASSIGNERS, weights=ASSIGNED)[0],
        rng.choice(SUBJECTS),
        by_hand(task.unit, rng),
        partner,
        day(task.assigned),
        day(task.due),
        day(task.extended),
        1 if task.extended else 0,
        day(done),
        f"{status} trễ hạn" if late else status,
        late or "",
        SYNTHETIC,
    ]


def export(world: World) -> bytes:
    """Return the list of tasks assigned in the year, as it stands at the cut-off."""
    rng = world.stream("tasks")
    lives = sorted(_lives(rng, world), key=lambda task: task.assigned)
    rows: list[list[Cell]] = [
        [place, f"NV-{task.assigned:%y%m}-{place:04d}", *_row(rng, world, task)]
        for place, task in enumerate(lives, start=1)
    ]
    _spoil(rows)
    late = sum(1 for row in rows if row[13])
    return xlsx(
        Report(
            agency=("ỦY BAN NHÂN DÂN TỈNH ĐỒNG THÁP", "VĂN PHÒNG"),
            title="BẢNG THEO DÕI NHIỆM VỤ UBND TỈNH, CHỦ TỊCH UBND TỈNH GIAO",
            lines=(span(world.year.first, world.year.last),),
            heads=HEADS,
            rows=rows,
            totals=("Tổng cộng", *[""] * 12, late),
        )
    )


def _spoil(rows: list[list[Cell]]) -> None:
    """Put in what real lists contain: a unit that is gone, one without accents, two impossible dates, a label
    that contradicts its dates."""
    unit, assigned, due, status = 5, 7, 8, 12
    contradicted, gone, unknown, bare, no_day, no_year = spread(rows, 6)
    gone[unit] = "UBND huyện Cái Bè"
    unknown[unit] = "Ban Chỉ đạo chuyển đổi số"
    bare[unit] = "UBND xa Tan Thanh"
    no_day[due] = "31/02/2026"
    no_year[assigned] = "05/03/20226"
    is_late = str(contradicted[status]).endswith("trễ hạn")
    contradicted[status] = "Hoàn thành đúng hạn" if is_late else "Hoàn thành trễ hạn"
