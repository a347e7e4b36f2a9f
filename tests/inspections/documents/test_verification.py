"""The verification code at the foot of a paper: there, whole, and in nobody's way."""

from itertools import pairwise
from typing import Any

import pytest

from inspections.documents import layout
from inspections.documents.content import Document, Text, Verification
from inspections.documents.fonts import Fonts
from tests.inspections.documents.papers import paper
from tests.inspections.documents.reading import MM, lines, pages

CODE = "4b2457567ae6ac8cb9c4d469dcf4d7b3"


def verified(address: str = "", **changes: Any) -> Document:
    long = [Text(f"Đoạn {number}. " + "Nội dung. " * 40) for number in range(12)]
    return paper(*long, verification=Verification(CODE, address), **changes)


def test_the_code_stands_small_at_the_foot_of_the_first_page_alone(fonts: Fonts) -> None:
    first, *others = pages(layout.render([verified()], fonts))
    assert others
    (line,) = [line for line in lines(first) if line.text.startswith("Mã xác thực:")]
    assert line.text == "Mã xác thực: 4b24 5756 7ae6 ac8c b9c4 d469 dcf4 d7b3"
    assert line.size == 9
    assert 297 - 20 < line.y < 297 - 4
    assert not any("xác thực" in page.extract_text() for page in others)


@pytest.mark.parametrize("address", ["", f"https://kycuong.example/v/{CODE}"])
def test_nothing_at_the_foot_stands_on_something_else(fonts: Fonts, address: str) -> None:
    page = pages(layout.render([verified(address, synthetic=True)], fonts))[0]
    foot = sorted(
        (line.y - line.size / MM, line.y, line.text) for line in lines(page) if line.y > 277
    )
    assert len(foot) == 2 + bool(address)
    for (_, bottom, _), (top, _, _) in pairwise(foot):
        assert bottom <= top


def test_the_square_holds_the_address_or_else_the_code(
    fonts: Fonts, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    real = layout.QrCodeWidget

    def widget(value: str, **given: Any) -> Any:
        held.append(value)
        return real(value, **given)

    monkeypatch.setattr(layout, "QrCodeWidget", widget)
    layout.render([verified(), verified("https://kycuong.example/v/1")], fonts)
    assert held == [CODE, "https://kycuong.example/v/1"]


def test_equal_codes_give_equal_bytes(fonts: Fonts) -> None:
    assert layout.render([verified()], fonts) == layout.render([verified()], fonts)
