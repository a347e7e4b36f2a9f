"""Invented people: the commonest family and given names, put together by chance."""

from random import Random

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
# Middle names with the given names that go with them.
GIVEN = (
    (
        ("Văn", "Hữu", "Minh", "Quốc", "Hoàng", "Thanh"),
        (
            "An",
            "Bình",
            "Hiếu",
            "Khánh",
            "Long",
            "Nam",
            "Phúc",
            "Quân",
            "Sơn",
            "Tâm",
            "Toàn",
            "Tuấn",
        ),
    ),
    (
        ("Thị", "Thị Ngọc", "Thị Kim", "Thị Thu", "Thị Mỹ"),
        (
            "Châu",
            "Dung",
            "Giang",
            "Hạnh",
            "Lan",
            "Linh",
            "Mai",
            "Nga",
            "Phượng",
            "Thảo",
            "Thủy",
            "Yến",
        ),
    ),
)


def person(rng: Random) -> str:
    """Return a full name."""
    middles, given = rng.choice(GIVEN)
    return f"{rng.choice(FAMILIES)} {rng.choice(middles)} {rng.choice(given)}"


def people(rng: Random, count: int) -> list[str]:
    """Return so many different full names."""
    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault(person(rng))
    return list(found)


def telephone(rng: Random) -> str:
    """Return a number that belongs to nobody: no telephone number begins with 0000."""
    return f"0000 {rng.randrange(1000):03d} {rng.randrange(1000):03d}"
