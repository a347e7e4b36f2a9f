"""All files of the demo, from one seed and one cut-off date: equal seeds give equal bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from inspections.demo import complaints, dossiers, records, summaries, tasks
from inspections.demo.frame import World, make_world
from inspections.demo.spelling import by_hand

SEED = 82


@dataclass(frozen=True)
class DemoSource:
    """A system whose exports are made up; ``kind`` and ``absent_means`` are those of a source."""

    code: str
    name: str
    kind: str
    absent_means: str = "no_data"


UNITS = DemoSource("don-vi", "Danh mục đơn vị (mô phỏng)", "unit")
INSPECTORS = DemoSource("kiem-tra-vien", "Danh sách đoàn kiểm tra (mô phỏng)", "inspector")
TASKS = DemoSource("nhiem-vu", "Hệ thống theo dõi nhiệm vụ (mô phỏng)", "task", "zero")
DOSSIERS = DemoSource("mot-cua", "Một cửa điện tử cấp xã (mô phỏng)", "dossier")
SUMMARIES = DemoSource("tthc-so-nganh", "Báo cáo TTHC của sở, ngành (mô phỏng)", "dossier_summary")
COMPLAINTS = DemoSource("pakn", "Cổng phản ánh, kiến nghị (mô phỏng)", "complaint", "zero")
RESULTS = DemoSource("ket-qua", "Kết quả các lần kiểm tra trước (mô phỏng)", "result", "zero")
#: What the department keeps itself, and begins with.
REGISTERS = (UNITS, INSPECTORS)


@dataclass(frozen=True)
class Export:
    """One file as its system would have written it; ``first`` is None where it holds everything so far."""

    source: DemoSource
    name: str
    content: bytes
    first: date | None
    last: date


def generate(*, last: date, seed: int = SEED) -> list[Export]:
    """Return the exports of the twelve months that end on ``last``, in the order in which they are loaded."""
    world = make_world(seed, last)
    first = world.year.first
    return [
        Export(UNITS, "DonVi.csv", records.units(world), None, last),
        Export(INSPECTORS, "DoanKiemTra.xlsx", records.inspectors(world), None, last),
        Export(RESULTS, "KetQuaKiemTra.xlsx", records.visits(world), records.FIRST_VISIT, last),
        Export(TASKS, _name("NhiemVu", first, last, "xlsx"), tasks.export(world), first, last),
        *_dossiers(world),
        *_summaries(world),
        Export(
            COMPLAINTS, _name("PAKN", first, last, "csv"), complaints.export(world), first, last
        ),
    ]


def _name(stem: str, first: date, last: date, ending: str) -> str:
    return f"{stem}_{first:%Y%m%d}-{last:%Y%m%d}.{ending}"


def _dossiers(world: World) -> Iterator[Export]:
    lives = dossiers.lives(world)
    # A system spells each unit as somebody once typed it, and the same ever since.
    rng = world.stream("spelling of dossiers")
    names = {unit.code: by_hand(unit, rng) for unit in world.units}
    for first, last in world.year.quarters:
        rows = dossiers.quarter(world.calendar, lives, names, first, last)
        if last == world.year.last:
            dossiers.spoil(rows)
        name = _name("HoSo", first, last, "csv")
        yield Export(DOSSIERS, name, dossiers.export(rows), first, last)


def _summaries(world: World) -> Iterator[Export]:
    told = zip(summaries.months(world), world.year.months, strict=True)
    for place, (month, (first, last)) in enumerate(told):
        content = summaries.export(month, place, first, last)
        yield Export(SUMMARIES, f"TongHop_{first:%Y%m}.xlsx", content, first, last)
