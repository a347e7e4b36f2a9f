"""How real exports spell a unit: typed by many hands, abbreviated, in capitals, with Ủy or Uỷ, in NFC or NFD."""

import unicodedata
from collections.abc import Callable
from random import Random

from inspections.demo.frame import DemoUnit

SHORTER = (
    ("Nông nghiệp và Môi trường", "NN&MT"),
    ("Giáo dục và Đào tạo", "GD&ĐT"),
    ("Khoa học và Công nghệ", "KH&CN"),
    ("Văn hóa, Thể thao và Du lịch", "VH,TT&DL"),
    ("Dân tộc và Tôn giáo", "DT&TG"),
    ("Ủy ban nhân dân", "UBND"),
    ("Trung tâm Phục vụ hành chính công", "TT PVHCC"),
    ("Ban Quản lý", "BQL"),
)
INITIALS = {"Phường ": "P. ", "Xã ": "X. "}


def plain(unit: DemoUnit) -> str:
    """Return the name as the list of units has it."""
    return unit.name


def _committee(unit: DemoUnit, word: str) -> str:
    return f"{word} {unit.name[0].lower()}{unit.name[1:]}" if unit.is_commune else unit.name


def abbreviated(unit: DemoUnit) -> str:
    """Return the name with its longest parts shortened."""
    for long, short in SHORTER:
        if long in unit.name:
            return unit.name.replace(long, short)
    for word, initial in INITIALS.items():
        if unit.name.startswith(word):
            return initial + unit.name.removeprefix(word)
    return unit.name


def by_hand(unit: DemoUnit, rng: Random) -> str:
    """Return the name as one of many clerks types it."""
    return rng.choices(HABITS, weights=WEIGHTS)[0](unit)


HABITS: tuple[Callable[[DemoUnit], str], ...] = (
    plain,
    lambda unit: _committee(unit, "UBND"),
    lambda unit: _committee(unit, "Ủy ban nhân dân"),
    lambda unit: _committee(unit, "Uỷ ban nhân dân"),
    lambda unit: unit.name.upper(),
    abbreviated,
    lambda unit: unicodedata.normalize("NFD", unit.name),
    lambda unit: unit.name.replace(" ", "  ", 1) + " ",
)
WEIGHTS = (30, 30, 8, 6, 8, 12, 3, 3)
