"""Doubts about a file: what they are called, how they are told, what to do about them."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inspections.errors import DomainError

Severity = Literal["error", "warning"]

#: So many problems of one code are kept with their rows; beyond that they are only counted.
KEPT_PER_CODE: Final = 500
#: So many distinct names of unknown units are kept.
KEPT_NAMES: Final = 1000
SHOWN_CHARACTERS: Final = 120

_LONG_NUMBER = re.compile(r"\+?\d{9,}|\b0\d{2,3}[ .-]\d{3}[ .-]\d{3,4}\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MAIL = re.compile(r"\S+@\S+")


@dataclass(frozen=True)
class Problem:
    """One doubt. ``row`` counts as the spreadsheet does, from 1; None means the whole file."""

    code: str
    severity: Severity = "error"
    row: int | None = None
    column: str = ""
    value: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What is wrong, in the reader's language."""
        return str(SENTENCES[self.code][0]) % _readable(self.params)

    @property
    def remedy(self) -> str:
        """What to do about it, in the reader's language."""
        return str(SENTENCES[self.code][1]) % _readable(self.params)


def _readable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the params with timeliness told in the reader's language."""
    return {
        name: TIMELINESS.get(value, value) if name in {"label", "ours"} else value
        for name, value in params.items()
    }


class Doubt(Exception):
    """A cell that cannot be read without guessing."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class FileRefused(DomainError):
    """Nothing of the file can be read; ``problems`` say why."""

    code = "file_refused"

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def refuse(code: str, **params: Any) -> FileRefused:
    """Return the refusal of a whole file for one reason."""
    return FileRefused(Problem(code, params=params))


def shown(value: object) -> str:
    """Return a cell as a problem may show it: cut short, long numbers and addresses blotted out."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = _MAIL.sub("•@•", _LONG_NUMBER.sub("•••", str(value)))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def shown_figure(value: object) -> str:
    """Return a cell of dates or numbers as a problem may show it: words there are out of place, maybe a name."""
    return _WORD.sub("•", shown(value))


class ProblemLog:
    """Problems in the order found, with totals; bounded, however bad the file is."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.counts: Counter[tuple[str, Severity]] = Counter()
        self.unmatched: Counter[str] = Counter()

    def add(self, problem: Problem) -> None:
        """Take a problem."""
        self.counts[problem.code, problem.severity] += 1
        if self.counts[problem.code, problem.severity] <= KEPT_PER_CODE:
            self.kept.append(problem)

    def add_unmatched(self, name: str) -> None:
        """Count a row whose unit is not known."""
        if name in self.unmatched or len(self.unmatched) < KEPT_NAMES:
            self.unmatched[name] += 1

    def total(self, severity: Severity) -> int:
        """Return how many problems of a severity there are."""
        return sum(number for (_code, kind), number in self.counts.items() if kind == severity)


TIMELINESS: Final[Mapping[str, str | Promise]] = {
    "early": _("early"),
    "on_time": _("on time"),
    "late": _("late"),
    "not_due": _("not due"),
    "overdue": _("overdue"),
}

#: For each code what is wrong and what to do about it.
SENTENCES: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    # The file
    "file_empty": (_("The file is empty."), _("Export it again.")),
    "format_not_read": (
        _("The file is %(format)s, which is not read."),
        _("Open it in a spreadsheet and save it as XLSX or as CSV UTF-8."),
    ),
    "password_protected": (
        _("The file is protected by a password."),
        _("Save it without the password and upload it again."),
    ),
    "encoding_unknown": (
        _("The text is not in UTF-8 or UTF-16; row %(row)s is the first that cannot be read."),
        _("Save the file as CSV UTF-8 or as XLSX; text in TCVN3 or VNI must be converted first."),
    ),
    "text_binary": (
        _("The file is neither a spreadsheet nor text."),
        _("Export it again as XLSX or CSV."),
    ),
    "csv_quotes": (
        _("A quotation mark near row %(row)s is not closed, or stands within a value."),
        _("Correct the quotation marks there, or save the file as XLSX."),
    ),
    "xlsx_damaged": (
        _("The spreadsheet is damaged and cannot be opened."),
        _("Open it in a spreadsheet program, save it under another name and upload that."),
    ),
    "zip_bomb": (
        _("The spreadsheet unpacks to far more than a real one would."),
        _("Open it in a spreadsheet program, copy the table to a new file and upload that."),
    ),
    "cell_out_of_bounds": (
        _("The cell %(cell)s lies far outside any real table."),
        _("Delete the empty columns and rows beyond the table, or save it as CSV UTF-8."),
    ),
    "sheet_too_large": (
        _("The sheet spans too many cells to be read."),
        _("Delete what lies beyond the table, or save it as CSV UTF-8."),
    ),
    "sheets_several": (
        _("Several sheets hold such a table: %(sheets)s."),
        _("Keep the one that is meant and upload the file again."),
    ),
    "header_not_found": (
        _("No row of headers was recognised."),
        _("Expected are headers such as: %(expected)s. Other names are added to the source."),
    ),
    "header_missing": (
        _("The column for “%(field)s” is missing."),
        _("Its header may read: %(expected)s. Other names are added to the source."),
    ),
    "header_double": (
        _("Two columns say the same: %(headers)s."),
        _("Rename or delete the one that is not meant."),
    ),
    "header_alternative": (
        _("Both “%(read)s” and “%(left)s” could be meant; the first was read."),
        _("If the other is meant, rename or delete the first."),
    ),
    "no_rows": (_("There is no row below the headers."), _("Export the file again.")),
    "cutoff_unknown": (
        _("The file does not say on which day its data stand."),
        _("State the cut-off date when uploading it."),
    ),
    "cutoff_future": (
        _("The cut-off date %(cutoff)s lies in the future."),
        _("State the day on which the file was exported."),
    ),
    "rows_below_total": (
        _("Below the row of totals stand %(count)s more rows of data."),
        _("Put separate tables in separate files, or delete the totals in between."),
    ),
    "sum_differs": (
        _("The total says %(stated)s, the rows add up to %(computed)s."),
        _("Ask the source which is right; correct the file and upload it again."),
    ),
    "count_differs": (
        _("The total says %(stated)s, the file has %(computed)s rows."),
        _("Ask the source whether rows are missing."),
    ),
    # A cell
    "value_missing": (_("Nothing stands here."), _("Fill it in, or leave the row out.")),
    "date_unreadable": (_("This is no date."), _("Write it as dd/mm/yyyy.")),
    "date_impossible": (_("There is no such day."), _("Correct the date.")),
    "date_year": (
        _("The year lies outside %(first)s to %(last)s."),
        _("Correct the year."),
    ),
    "date_short_year": (
        _("The year has two digits, which can be read in more than one way."),
        _("Write the year with four digits."),
    ),
    "date_month_first": (
        _("Read as dd/mm there is no such month; the column may be written mm/dd."),
        _("State the order of day and month in the source, or correct the date."),
    ),
    "number_unreadable": (_("This is no number."), _("Write digits only.")),
    "number_doubtful": (
        _("The comma or dot can be read in more than one way."),
        _("Write the number without separators."),
    ),
    "number_not_whole": (_("This must be a whole number."), _("Correct the number.")),
    "number_negative": (_("This cannot be negative."), _("Correct the number.")),
    "number_too_large": (_("This number is too large."), _("Correct the number.")),
    "code_damaged": (
        _("The code was turned into a rounded number; digits are lost."),
        _("Export it again with the column as text."),
    ),
    "code_number": (
        _("Codes are stored as numbers; leading zeros may be lost."),
        _("Export the column as text."),
    ),
    "text_too_long": (
        _("This has more than %(most)s characters."),
        _("Shorten it, or check whether columns have shifted."),
    ),
    "text_damaged": (
        _("Letters were lost in this text."),
        _("Export the file again as XLSX or CSV UTF-8."),
    ),
    "status_unknown": (
        _("This status is not known."),
        _("Say in the source what it stands for."),
    ),
    "choice_unknown": (_("This value is not known."), _("Use one of: %(expected)s.")),
    "pause_unreadable": (
        _("The pauses cannot be read."),
        _("Write each as dd/mm/yyyy - dd/mm/yyyy, separated by semicolons."),
    ),
    "unit_unknown": (
        _("No unit has this name."),
        _("Choose the unit once; the name is then remembered."),
    ),
    "unit_ambiguous": (
        _("It is not certain which unit this is; it may be: %(candidates)s."),
        _("Choose the unit once; the name is then remembered."),
    ),
    # A row
    "duplicate_code": (
        _("The code stands in the file already; the first row is kept."),
        _("Delete the row that is not valid."),
    ),
    "done_before_received": (
        _("It was done before it was received."),
        _("Correct one of the dates."),
    ),
    "due_before_received": (
        _("Its deadline lies before the day of receipt."),
        _("Correct one of the dates."),
    ),
    "identity_differs": (
        _("%(whole)s is %(stated)s, but %(parts)s add up to %(computed)s."),
        _("Ask the source which figure is right; correct the file and upload it again."),
    ),
    "rate_differs": (
        _("The rate follows from none of the figures: expected %(expected)s."),
        _("Ask the source how it counts."),
    ),
    "after_cutoff": (
        _("The date lies after the cut-off date."),
        _("Check the date and the cut-off date."),
    ),
    "label_differs": (
        _("The source says “%(label)s”; by its dates and the working calendar it is “%(ours)s”."),
        _("Ours is used. Check the deadline and the calendar."),
    ),
    "done_without_date": (
        _("It is done, but the day is missing."),
        _("Fill in the day; without it nothing can be said of its timeliness."),
    ),
    "open_with_date": (
        _("It has a day of completion, but its status is open."),
        _("The status is used. Check the row."),
    ),
    "deadline_computed": (
        _("%(count)s rows have no deadline; %(days)s working days from receipt were taken."),
        _("Check the number of days in the department's settings."),
    ),
    "complainant_key_missing": (
        _("%(count)s rows are of a year whose key for complainants does not exist."),
        _("Their complainants cannot be told apart; each row counts as one."),
    ),
    "calendar_incomplete": (
        _("The holiday table knows nothing of %(years)s; there only weekends are days off."),
        _("Complete the holiday table and load the file again."),
    ),
    "kind_missing": (
        _("This unit is new, but of what kind it is is not stated."),
        _("Fill in the kind of unit, or correct the code."),
    ),
}
