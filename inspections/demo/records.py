"""What the department itself keeps: its list of units, earlier visits, and its inspectors."""

from datetime import date, timedelta
from random import Random

from inspections.demo.frame import OWN_UNIT, SYNTHETIC, World
from inspections.demo.names import people
from inspections.demo.sheets import Cell, Head, Report, day, delimited, span, xlsx

VISITS = 90
# Communes began in July 2025; there are no earlier visits to them.
FIRST_VISIT = date(2025, 8, 1)
SEVERITIES = ("Nhẹ", "Trung bình", "Lớn", "Đặc biệt")
MEAN_FINDINGS = (2.2, 1.1, 0.35, 0.06)
WAYS = ("Đột xuất, chọn ngẫu nhiên", "Theo chỉ đạo", "Theo kế hoạch")
AGENCY = ("UBND TỈNH ĐỒNG THÁP", "SỞ NỘI VỤ")
FURTHER_NAMES = {"VPUB": "Văn phòng tỉnh", "TTPVHCC": "Trung tâm Hành chính công tỉnh"}
UNIT_HEADS = ("Mã đơn vị", "Tên đơn vị", "Biên chế", "Tên khác", "Sáng thứ bảy", "Ghi chú")
VISIT_HEADS = (
    Head("STT", width=6),
    Head("Đơn vị được kiểm tra", width=36),
    Head("Ngày kiểm tra"),
    Head("Hình thức", width=26),
    Head("Số tồn tại, hạn chế", tuple(Head(severity) for severity in SEVERITIES)),
    Head("Chọn ngẫu nhiên"),
    Head("Kiểm tra đầy đủ"),
)
STAFF_HEADS = (
    Head("STT", width=6),
    Head("Mã cán bộ"),
    Head("Họ và tên", width=26),
    Head("Chức vụ", width=26),
    Head("Cơ quan công tác", width=36),
    Head("Đơn vị công tác trước đây", width=36),
    Head("Có thể làm trưởng đoàn"),
    Head("Thành viên mời"),
)
STAFF = 18
GUESTS_FROM = ("TTT", "STP", "VPUB", "SKHCN")


def units(world: World) -> bytes:
    """Return the list of units with their staff."""
    rng = world.stream("staff")
    rows: list[list[Cell]] = [
        [
            unit.code,
            unit.name,
            round(rng.uniform(32, 48) * (1 if unit.is_commune else 1.8)),
            FURTHER_NAMES.get(unit.code, ""),
            "Có" if unit.code == "TTPVHCC" else "Không",
            SYNTHETIC,
        ]
        for unit in world.units
    ]
    return delimited(UNIT_HEADS, rows)


def visits(world: World) -> bytes:
    """Return the visits made since the communes began, with their findings."""
    rng, year = world.stream("visits"), world.year
    last = year.last - timedelta(days=20)
    days = sorted(world.working_day(rng, FIRST_VISIT, last) for _ in range(VISITS))
    rows: list[list[Cell]] = []
    for place, (visited, unit) in enumerate(
        zip(days, rng.sample(world.units, k=VISITS), strict=True), start=1
    ):
        way = rng.choices(WAYS, weights=(5, 2, 3))[0]
        found = [_poisson(rng, mean * unit.burden(0.5) / unit.size) for mean in MEAN_FINDINGS]
        drawn = "Có" if way == WAYS[0] else "Không"
        complete = "Có" if rng.random() < 0.85 else "Không"
        rows.append([place, unit.name, day(visited), way, *found, drawn, complete])
    sums = [sum(int(str(row[column])) for row in rows) for column in range(4, 8)]
    return xlsx(
        Report(
            agency=AGENCY,
            title="TỔNG HỢP KẾT QUẢ CÁC CUỘC KIỂM TRA CÔNG VỤ",
            lines=(span(FIRST_VISIT, year.last),),
            heads=VISIT_HEADS,
            rows=rows,
            totals=["Tổng cộng", "", "", "", *sums],
        )
    )


def _poisson(rng: Random, mean: float) -> int:
    """Return a Poisson count: how many exponential waits fit into the mean."""
    count, waited = -1, 0.0
    while waited < mean:
        waited += rng.expovariate(1)
        count += 1
    return max(0, count)


def inspectors(world: World) -> bytes:
    """Return the list of inspectors: staff of the department and guests of other bodies."""
    rng = world.stream("inspectors")
    named = {unit.code: unit.name for unit in world.units} | {OWN_UNIT: "Sở Nội vụ"}
    communes = [unit.name for unit in world.units if unit.is_commune]
    names = people(rng, STAFF + 2 * len(GUESTS_FROM))
    rows: list[list[Cell]] = []
    for place, name in enumerate(names, start=1):
        guest = place > STAFF
        leads = place % 2 == 1 if guest else place <= STAFF // 2
        home = GUESTS_FROM[(place - STAFF - 1) // 2] if guest else OWN_UNIT
        title = "Phó Trưởng phòng" if leads else "Chuyên viên"
        former = "; ".join(rng.sample(communes, k=rng.choice((0, 1, 1, 2))))
        rows.append(
            [
                place,
                f"KT{place:03d}",
                name,
                title,
                named[home],
                former,
                "Có" if leads else "Không",
                "Có" if guest else "Không",
            ]
        )
    return xlsx(
        Report(
            agency=AGENCY,
            title="DANH SÁCH THÀNH VIÊN ĐOÀN KIỂM TRA CÔNG VỤ",
            lines=(f"(Tính đến ngày {day(world.year.last)})",),
            heads=STAFF_HEADS,
            rows=rows,
        )
    )
