"""A paper of three pages beside weasyprint, with the same text.

python -m bench.paper
"""

import html
import logging
import re
import tempfile
from pathlib import Path

from bench.figures import Figure, duration, medians, show
from inspections.documents import fonts, layout
from inspections.documents.content import (
    Column,
    Document,
    Letterhead,
    Signature,
    Table,
    Text,
    Title,
)

PARAGRAPH = (
    "Đoàn kiểm tra làm việc theo giờ hành chính, không báo trước, đối chiếu hồ sơ đã tiếp nhận với hạn "
    "trả kết quả, nghe đơn vị giải trình và lập biên bản tại chỗ; kết quả được báo cáo trong ngày làm "
    "việc tiếp theo để Giám đốc Sở xem xét, quyết định theo thẩm quyền."
)
HEADS = ("STT", "Đơn vị", "Ngày", "Buổi", "Trưởng đoàn")
REPEATS = 11


def paper() -> Document:
    """Twelve paragraphs and a table of forty rows."""
    rows = tuple(
        (str(number), f"Ủy ban nhân dân xã Thử Nghiệm {number}", f"{1 + number % 28:02}/12/2026",
         "Sáng" if number % 2 else "Chiều", "Nguyễn Văn An")
        for number in range(1, 41)
    )  # fmt: skip
    shares = (12, 70, 28, 20, 34)
    return Document(
        title=Title("Báo cáo", "Kết quả kiểm tra công vụ đột xuất tháng 12 năm 2026"),
        body=(
            *(Text(PARAGRAPH) for _ in range(12)),
            Table(tuple(Column(*pair) for pair in zip(HEADS, shares, strict=True)), rows),
        ),
        letterhead=Letterhead("UBND tỉnh Đồng Tháp", "Sở Nội vụ", "BC-SNV", 2026, "Đồng Tháp"),
        signatures=(Signature(("Giám đốc",), "Nguyễn Thị Ngọc Ánh"),),
        recipients=("UBND tỉnh", "Lưu: VT, TTCCVC (3)"),
    )


def page_of(document: Document) -> str:
    """The same text as HTML, with the least of style."""
    table = next(block for block in document.body if isinstance(block, Table))
    prose = [block.text for block in document.body if isinstance(block, Text)]
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in (HEADS, *table.rows)
    )
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in prose)
    assert isinstance(document.title, Title)
    return (
        "<style>@page{size:A4;margin:20mm 15mm 20mm 30mm}body{font:14pt serif}"
        "table{border-collapse:collapse}td{border:1px solid}</style>"
        f"<p>UBND tỉnh Đồng Tháp<br>Sở Nội vụ</p><h1>{html.escape(document.title.kind)}</h1>"
        f"<h2>{html.escape(document.title.subject)}</h2>{paragraphs}<table>{cells}</table>"
        "<p>Giám đốc<br>Nguyễn Thị Ngọc Ánh</p><p>Nơi nhận: UBND tỉnh; Lưu: VT, TTCCVC (3)</p>"
    )


def measure() -> list[Figure]:
    """Render both in turns. Fonts are found before: a process does that once."""
    from weasyprint import HTML  # noqa: PLC0415  it takes a second to import

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    document = paper()
    with tempfile.TemporaryDirectory() as folder:
        faces = fonts.load(None, Path(folder))
        pages = len(re.findall(rb"/Type /Page\b", layout.render([document], faces)))
        there = len(HTML(string=page_of(document)).render().pages)
        taken = medians(
            REPEATS,
            ours=lambda: layout.render([document], faces),
            peer=lambda: HTML(string=page_of(document)).write_pdf(),
        )
    times = taken["peer"] / taken["ours"]
    return [
        Figure(
            f"A paper of {pages} pages",
            duration(taken["ours"]),
            f"weasyprint, {there} pages {duration(taken['peer'])}",
            times,
            "20 times as fast",
            times >= 20,
        )
    ]


if __name__ == "__main__":
    show(measure())
