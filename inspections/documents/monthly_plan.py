"""Kế hoạch kiểm tra công vụ: the month's plan, which names no unit."""

from dataclasses import dataclass
from datetime import date

from inspections.documents import layout
from inspections.documents.content import (
    Block,
    Commitments,
    Content,
    Document,
    Hash,
    Letterhead,
    Line,
    Prose,
    Role,
    Signature,
    Stratum,
    Text,
    Title,
)
from inspections.documents.fonts import Fonts
from inspections.documents.wording import count, ended, listed, long_date


@dataclass(frozen=True)
class PlanTexts(Content):
    """The standing texts of the plan, which are the department's own."""

    purposes: tuple[Prose, ...]
    requirements: tuple[Prose, ...]
    topics: tuple[Prose, ...]
    duties: tuple[Prose, ...]
    closing: Prose


@dataclass(frozen=True)
class MonthlyPlan(Content):
    """What the plan prints.

    ``period`` reads as in a sentence (``tháng 12 năm 2026``). ``cut_off`` is the day up to which the
    figures were taken that weighed the draw, and ``weighted_by`` what they count, heaviest first;
    both are empty when every unit had an equal chance.
    """

    letterhead: Letterhead
    period: Line
    first_day: date
    last_day: date
    grounds: tuple[Prose, ...]
    strata: tuple[Stratum, ...]
    commitments: Commitments
    reveal_on: date
    signature: Signature
    recipients: tuple[Line, ...]
    texts: PlanTexts
    cut_off: date | None = None
    weighted_by: tuple[Line, ...] = ()
    synthetic: bool = False


def render(plan: MonthlyPlan, fonts: Fonts) -> bytes:
    """Return the plan as PDF; raises as `layout.render` does."""
    return layout.render([compose(plan)], fonts)


def compose(plan: MonthlyPlan) -> Document:
    """Return the plan as it is read."""
    subject = f"Kiểm tra công vụ đột xuất {plan.period}"
    body = [
        *(Text(ground, Role.GROUND) for ground in listed(plan.grounds)),
        Text(
            f"{plan.letterhead.agency} ban hành Kế hoạch kiểm tra công vụ đột xuất {plan.period}"
            " như sau:"
        ),
        _heading("I. MỤC ĐÍCH, YÊU CẦU"),
        _heading("1. Mục đích"),
        *_dashes(plan.texts.purposes),
        _heading("2. Yêu cầu"),
        *_dashes(plan.texts.requirements),
        _heading("II. NỘI DUNG"),
        *_numbered(plan.texts.topics),
        _heading("III. ĐỐI TƯỢNG, THỜI KỲ, PHƯƠNG PHÁP"),
        *_scope(plan),
        *_period(plan),
        *_method(plan),
        _heading("IV. TỔ CHỨC THỰC HIỆN"),
        *_numbered(plan.texts.duties),
        Text(ended(plan.texts.closing)),
    ]
    return Document(
        letterhead=plan.letterhead,
        title=Title("Kế hoạch", subject),
        body=tuple(body),
        signatures=(plan.signature,),
        recipients=plan.recipients,
        synthetic=plan.synthetic,
    )


def _heading(text: str) -> Text:
    return Text(text, Role.HEADING)


def _dashes(texts: tuple[str, ...]) -> list[Text]:
    return [Text(f"- {text}") for text in texts]


def _numbered(texts: tuple[str, ...]) -> list[Text]:
    return [Text(f"{number}. {text}") for number, text in enumerate(texts, start=1)]


def _scope(plan: MonthlyPlan) -> list[Block]:
    drawn = sum(stratum.drawn for stratum in plan.strata)
    units = sum(stratum.units for stratum in plan.strata)
    total = f"{count(drawn)} đơn vị trong tổng số {count(units)} đơn vị thuộc diện kiểm tra"
    groups = tuple(
        f"- {stratum.name}: {count(stratum.drawn)} đơn vị trong số {count(stratum.units)} đơn vị"
        for stratum in plan.strata
    )
    several = len(groups) > 1
    return [
        _heading("1. Đối tượng"),
        Text(f"{total}, gồm:" if several else f"{total}."),
        *(Text(line) for line in listed(groups if several else ())),
        Text(
            "Kế hoạch này không nêu tên đơn vị. Danh sách đơn vị, lịch kiểm tra và thành phần Đoàn"
            " kiểm tra được lập thành phụ lục riêng, lưu hành nội bộ."
        ),
    ]


def _period(plan: MonthlyPlan) -> list[Block]:
    figures = []
    if plan.cut_off is not None:
        figures.append(
            Text(f"Số liệu dùng để lựa chọn đơn vị được chốt đến hết {long_date(plan.cut_off)}.")
        )
    return [
        _heading("2. Thời kỳ"),
        Text(
            f"Thời gian tiến hành kiểm tra: từ {long_date(plan.first_day)} đến"
            f" {long_date(plan.last_day)}."
        ),
        *figures,
    ]


def _method(plan: MonthlyPlan) -> list[Block]:
    if plan.weighted_by:
        weights = (
            "Đơn vị được lựa chọn ngẫu nhiên có trọng số theo "
            f"{', '.join(plan.weighted_by)}: mức tồn đọng càng cao thì khả năng được chọn càng cao;"
            " mọi đơn vị thuộc diện kiểm tra đều có khả năng được chọn."
        )
    else:
        weights = (
            "Đơn vị được lựa chọn ngẫu nhiên; mọi đơn vị trong cùng một nhóm có khả năng được chọn"
            " như nhau."
        )
    return [
        _heading("3. Phương pháp"),
        Text("Kiểm tra đột xuất, không báo trước."),
        Text(weights),
        Text(
            "Trước khi lựa chọn, danh sách đơn vị và hai chuỗi bí mật của người lập, người phê"
            " duyệt được niêm phong bằng các mã dưới đây. Không ai được thêm, bớt hoặc thay đổi đơn"
            " vị sau khi lựa chọn. Việc mở niêm phong để đối chiếu thực hiện"
            f" {long_date(plan.reveal_on)}."
        ),
        Hash("a) Mã của danh sách đơn vị (SHA-256)", plan.commitments.frame),
        Hash("b) Mã niêm phong của người lập (SHA-256)", plan.commitments.first),
        Hash("c) Mã niêm phong của người phê duyệt (SHA-256)", plan.commitments.second),
    ]
