"""Records of random draws: odd codes, several strata, calendars, compounds, certain units."""

import random
from itertools import count
from typing import Any

from draw_cases import RULE, VALUE, WEEK, WEEK_AND_SATURDAY, calendar, record

from planner.errors import Infeasible
from planner.freeze import Candidate, Frozen, freeze

CODES = (
    "1", "01", "001", "|", "||", "1|", '"\\/', "Đ", "đ", "é", "Ủy ban nhân dân xã Mỹ Hòa", " ", "__proto__",
    "\ue000", "\U0001f600", "x" * 300, "Sở Nội vụ", "H26.01.02",
)  # fmt: skip
STRATA = ("all", "xã", "sở", "Đ", "|", "1", "01", "\ue000", "\U0001f600", "constructor")
POLICIES: tuple[dict[str, object] | None, ...] = (
    None,
    {},
    {"tên": "Bộ tiêu chí", "\U0001f600": [1, -2, {}], "\ue000": {"": None}, "": [True, False, '\n\x1f\x7f"\\/']},
)  # fmt: skip


def random_frame(chance: random.Random) -> Frozen:
    """A frame of one to four strata; what cannot be drawn is wished for again."""
    for _ in count():
        try:
            return _frame(chance)
        except Infeasible:
            continue
    raise AssertionError


def _frame(chance: random.Random) -> Frozen:
    dated = chance.random() < 0.5
    names = chance.sample(STRATA, chance.randint(1, 4))
    codes = [*CODES, *(f"đơn vị {number}" for number in range(chance.randint(0, 40)))]
    chance.shuffle(codes)
    spread = chance.choice([0.0, 1.0, 3.0, 200.0])
    units = [
        Candidate(
            code,
            score=10 ** chance.uniform(-spread, spread),
            stratum=names[number] if number < len(names) else chance.choice(names),
            kinds=chance.choice([WEEK, WEEK_AND_SATURDAY]),
            compound=chance.choice([None, "số 1 đường 30/4", "|"]) if dated else None,
        )
        for number, code in enumerate(codes)
    ]
    sizes = {name: sum(unit.stratum == name for unit in units) for name in names}
    given = {name: chance.randint(1, min(most, 12)) for name, most in sizes.items()}
    size = sum(given.values())
    return freeze(
        units,
        plan_id=chance.choice(["KH-2026-12", "kế hoạch |"]),
        code_version="0.1.0",
        size=size,
        sizes=given if chance.random() < 0.5 else None,
        floor=chance.choice(["0.5", "1", "0.01", "0.250"]),
        cap=chance.choice(["0.5", "0.9", "1", "1.0"]),
        policy=chance.choice(POLICIES),
        inputs=chance.choice(POLICIES),
        sessions=calendar(chance.randint(2, 10), chance.randint(1, size)) if dated else None,
        reveal_on=chance.choice([None, "2028-02-29"]),
    )


def random_record(number: int) -> dict[str, Any]:
    """The record of that number, always the same."""
    chance = random.Random(number)
    frame = random_frame(chance)
    secrets = tuple(chance.randbytes(32) for _ in range(chance.randint(1, 2)))
    return record(
        frame,
        secrets=secrets,
        rule=chance.choice([None, RULE]),
        value=chance.choice([None, VALUE, '"7"\\ Đ']),
    )
