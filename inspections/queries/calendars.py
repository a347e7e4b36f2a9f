"""The province's working calendar as it stands in the database."""

from inspections.calendar import WorkCalendar
from inspections.models import CalendarDay, Department


def work_calendar() -> WorkCalendar:
    """Return the working calendar made of all entries, counting terms as the department does."""
    from_next_day = Department.objects.values_list("count_from_next_day", flat=True).first()
    return WorkCalendar(
        CalendarDay.objects.values_list("date", "kind"),
        count_from_next_day=from_next_day is not False,
    )
