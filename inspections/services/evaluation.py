"""Handing out what evaluators need, on record."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from django.utils import timezone

from inspections import policies
from inspections.exports.sheets import Cell, Sheet, delimited, xlsx
from inspections.models import Department, FindingSeverity, Role, User
from inspections.queries import evaluation
from inspections.queries.evaluation import Figures, Span
from inspections.services import audit
from inspections.states import FindingState

# Papers are Vietnamese, whatever language the screen shows.
_SEVERITIES: Final = {
    FindingSeverity.MINOR: "nhẹ",
    FindingSeverity.MODERATE: "trung bình",
    FindingSeverity.MAJOR: "lớn",
    FindingSeverity.CRITICAL: "rất lớn",
}
_STATES: Final = {
    FindingState.OPEN: "Chưa khắc phục",
    FindingState.REPORTED: "Đã báo cáo khắc phục",
    FindingState.CLOSED: "Đã khắc phục",
}
_COUNTED: Final = (
    *(f"Tồn tại, hạn chế mức {name}" for name in _SEVERITIES.values()),
    *_STATES.values(),
    "Quá hạn",
    "Lặp lại",
    "Khắc phục đúng hạn",
    "Khắc phục chậm",
    "Quyết định xử lý",
    "Quyết định khen thưởng",
)
_UNIT: Final = ("Mã đơn vị", "Tên đơn vị")


class Form(StrEnum):
    """What an extract is written as."""

    XLSX = "xlsx"
    CSV = "csv"


class By(StrEnum):
    """Whom the rows of an extract are about."""

    UNIT = "unit"
    PERSON = "person"


def extract(*, actor: User, period: str, by: By, form: Form, now: datetime) -> bytes:
    """Return the figures of a period by unit or by person. Each extract is on record.

    Raises:
        NotAllowed: the actor neither plans nor approves.
        InvalidInput: the text names no period.
    """
    policies.require(actor, Role.PLANNER, Role.APPROVER)
    department, today = Department.objects.get(), timezone.localdate(now)
    span = evaluation.span_of(period, department.month_starts_on)
    rows = _units(span, today) if by is By.UNIT else _persons(span, today)
    audit.record(
        actor=actor,
        action="evaluation.extract",
        obj=department,
        now=now,
        details={"period": span.name, "by": by, "form": form, "rows": len(rows) - 1},
    )
    title = "Theo đơn vị" if by is By.UNIT else "Theo cá nhân"
    sheets = [Sheet(title, rows), _about(span, now, synthetic=department.is_synthetic)]
    return xlsx(sheets) if form is Form.XLSX else delimited(sheets)


def _counted(figures: Figures) -> tuple[int, ...]:
    return (
        *(figures.severities[severity] for severity in _SEVERITIES),
        *(figures.states[state] for state in _STATES),
        figures.overdue,
        figures.repeated,
        figures.remedied_on_time,
        figures.remedied_late,
        figures.handled,
        figures.commended,
    )


def _units(span: Span, today: date) -> list[Sequence[Cell]]:
    found = evaluation.by_unit(span, today)
    units = evaluation.units_of(found)
    head = (*_UNIT, "Cuộc kiểm tra", "Phải có mặt", "Vắng không lý do", *_COUNTED)
    rows: Iterator[Sequence[Cell]] = (
        (units[pk].code, units[pk].name, one.visits, one.required, one.unexcused, *_counted(one))
        for pk, one in sorted(found.items(), key=lambda row: units[row[0]].sort_key)
    )
    return [head, *rows]


def _persons(span: Span, today: date) -> list[Sequence[Cell]]:
    found = evaluation.by_person(span, today)
    units = evaluation.units_of(who.unit for who in found)
    rows: Iterator[Sequence[Cell]] = (
        (units[who.unit].code, units[who.unit].name, who.name, who.post, *_counted(one))
        for who, one in sorted(
            found.items(), key=lambda row: (units[row[0].unit].sort_key, row[0].name, row[0].post)
        )
    )
    return [(*_UNIT, "Họ và tên", "Chức vụ", *_COUNTED), *rows]


def _about(span: Span, now: datetime, *, synthetic: bool) -> Sheet:
    """Return the sheet that says what the figures are of."""

    def said() -> Iterator[tuple[str, str]]:
        yield "Kỳ", span.name
        yield "Từ ngày", f"{span.first:%d/%m/%Y}"
        yield "Đến ngày", f"{span.last:%d/%m/%Y}"
        yield "Chốt số liệu", f"{timezone.localtime(now):%d/%m/%Y %H:%M}"
        yield (
            "Nguồn",
            "Biên bản kiểm tra đã nộp, theo dõi khắc phục, quyết định xử lý và khen thưởng đã ghi nhận",
        )
        yield "Quyết định", "Theo đơn vị: đối với tập thể; theo cá nhân: đối với từng người"
        yield (
            "Không xếp loại",
            "Số liệu phục vụ đánh giá; việc xếp loại do cấp có thẩm quyền thực hiện",
        )
        if synthetic:
            yield "Lưu ý", "DỮ LIỆU MÔ PHỎNG"

    return Sheet("Thông tin", list(said()))


def file_name(period: str, by: By, form: Form) -> str:
    """Return the name under which an extract is saved."""
    return f"danh-gia-{period}-{by}.{form}"
