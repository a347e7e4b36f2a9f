"""Breaking lines."""

from inspections.documents.fonts import Fonts
from inspections.documents.measure import balanced, width, wrap

NAME = "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân phường Sa Đéc"


def test_lines_fit_and_lose_nothing(fonts: Fonts) -> None:
    lines = wrap(NAME, fonts.bold, 12, 150)
    assert len(lines) > 1
    assert " ".join(lines) == NAME
    assert all(width(line, fonts.bold, 12) <= 150 for line in lines)


def test_a_word_wider_than_the_line_is_cut(fonts: Fonts) -> None:
    lines = wrap("a " + "đ" * 100, fonts.regular, 12, 100)
    assert "".join(lines) == "a" + "đ" * 100
    assert all(width(line, fonts.regular, 12) <= 100 for line in lines)


def test_a_letter_wider_than_the_line_stands_alone(fonts: Fonts) -> None:
    assert wrap("đã", fonts.regular, 12, 1) == ["đ", "ã"]


def test_nothing_takes_no_line(fonts: Fonts) -> None:
    assert wrap("", fonts.regular, 12, 100) == []
    assert balanced("", fonts.regular, 12, 100) == []


def test_balanced_lines_are_as_few_and_about_equal(fonts: Fonts) -> None:
    greedy = wrap(NAME, fonts.bold, 12, 250)
    even = balanced(NAME, fonts.bold, 12, 250)
    assert len(even) == len(greedy) == 2
    assert " ".join(even) == NAME
    widths = [width(line, fonts.bold, 12) for line in even]
    assert max(widths) - min(widths) < 40
    assert max(widths) < max(width(line, fonts.bold, 12) for line in greedy)
