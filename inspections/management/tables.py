"""Tables and dates on the command line."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from inspections.errors import InvalidInput

_NUMBER = re.compile(r"[\d.,·\s]*")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under their heads in columns; a column of numbers stands at its right edge."""
    cells = [[unicodedata.normalize("NFC", str(cell)) for cell in row] for row in [heads, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [all(map(_NUMBER.fullmatch, column)) for column in zip(*cells[1:], strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numeric or widths, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def day(value: date) -> str:
    """Return a date as it is written in Vietnam."""
    return f"{value:%d/%m/%Y}"


def decimal(value: float) -> str:
    """Return a number with one decimal, as it is written in the reader's language."""
    # Django cuts what it formats, so it is rounded before.
    return number_format(round(value, 1), 1)


def parse_day(value: str) -> date:
    """Read a date written dd/mm/yyyy.

    Raises ``InvalidInput``.
    """
    return _parse(value, "%d/%m/%Y", _("“%(value)s” is no date; write it as dd/mm/yyyy."))


def parse_month(value: str) -> date:
    """Read a month written mm/yyyy as its first day.

    Raises ``InvalidInput``.
    """
    return _parse(value, "%m/%Y", _("“%(value)s” is no month; write it as mm/yyyy."))


def _parse(value: str, layout: str, message: str) -> date:
    try:
        return datetime.strptime(value, layout).date()  # noqa: DTZ007  a date has no time zone
    except ValueError:
        raise InvalidInput(message % {"value": value}) from None
