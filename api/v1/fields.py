"""Fields that take exactly what the schema says: no number for a text, no "1" for true."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from inspections import text

# What `text.nfc` turns into the end of a line, and what it drops: beside spaces, that is all that nobody sees.
_LINE_ENDS: Final = r"\n\r\u000b\u000c\u0085\u2028\u2029"
_VISIBLE: Final = (
    r"[^\s\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
#: Dates that people mean: others are typing mistakes, and the arithmetic of days ends at 9999.
DAY: Final = r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DAY_SCHEMA: Final = {"type": "string", "format": "date", "pattern": f"^{DAY}$"}
_MOMENT: Final = (
    r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}"
    r"(\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
)
_HOUR: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_DIGEST: Final = "^[0-9a-f]{64}$"
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Strict(serializers.Serializer[Any]):
    """The members of a request; one that is not named here is an error, so nothing is assigned by surprise."""

    #: Members of which it names exactly one.
    one_of: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(
                str(name) for name in data if name not in self.fields or self.fields[name].read_only
            )
            if unknown:
                detail = str(_("This request does not know this field."))
                raise ValidationError(
                    {name: [ErrorDetail(detail, "unknown_field")] for name in unknown}
                )
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text as people type it, stored as NFC without what cannot be seen; it may hold several lines."""

    @property
    def pattern(self) -> str | None:
        """Return what the description says of its characters."""
        return None if self.allow_blank else _VISIBLE

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value = super().to_internal_value(text.nfc(data))
        if not value and not self.allow_blank:
            self.fail("blank")
        return value


class Line(Text):
    """One line of text: a name, a code."""

    default_error_messages = {"line_break": _("This text must stand on one line.")}

    @property
    def pattern(self) -> str:
        """Return what the description says of its characters."""
        others = f"[^\\t{_LINE_ENDS}]*"
        return f"^{others}$" if self.allow_blank else f"^{others}{_VISIBLE}{others}$"

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if "\n" in value or "\t" in value:
            self.fail("line_break")
        return value


@extend_schema_field({"type": "string", "pattern": _DIGEST})
class Digest(serializers.CharField):
    """The SHA-256 of a file, in 64 hexadecimal digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not re.fullmatch(_DIGEST.strip("^$"), data):
            self.fail("invalid")
        return data


class Code(serializers.RegexField):
    """A text that follows a pattern, taken as it is."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Secret(serializers.CharField):
    """A password: taken as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, write_only=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number, as a JSON number."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Truth(serializers.BooleanField):
    """``true`` or ``false``."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Id(serializers.UUIDField):
    """A UUID with its hyphens."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _ID.fullmatch(data):
            self.fail("invalid", value=data)
        return UUID(data)


@extend_schema_field(DAY_SCHEMA)
class Day(serializers.DateField):
    """A date as 2026-03-31, of the 20th century or later."""

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not re.fullmatch(DAY, data):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return date.fromisoformat(data)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")


@extend_schema_field({"type": "string", "format": "date-time", "pattern": f"^{_MOMENT}$"})
class Moment(serializers.DateTimeField):
    """A moment with its offset, as 2026-03-31T08:30:00+07:00, of this century."""

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not re.fullmatch(_MOMENT, data):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        try:
            return datetime.fromisoformat(data)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")


@extend_schema_field({"type": "string", "pattern": _HOUR, "examples": ["07:30"]})
class Hour(serializers.Field[time, str, str, Any]):
    """A time of day as 07:30."""

    default_error_messages = {"invalid": _("A time of day as 07:30.")}

    def to_internal_value(self, data: Any) -> time:
        if not isinstance(data, str) or not re.fullmatch(_HOUR.strip("^$"), data):
            self.fail("invalid")
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        return value.isoformat("minutes")


class Choice(serializers.ChoiceField):
    """One of the words of an enumeration."""

    def __init__(self, words: type[TextChoices] | type[StrEnum], **kwargs: Any) -> None:
        self.words = words
        super().__init__(choices=[(word.value, word.value) for word in words], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return self.words(super().to_internal_value(data))

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Codes(serializers.Field[Any, Any, list[str], Any]):
    """The codes of the rows that an object refers to."""

    def to_representation(self, value: Any) -> list[str]:
        return [row.code for row in value.all()]


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
class Ids(serializers.Field[Any, Any, list[str], Any]):
    """The ids of the rows that an object refers to."""

    def to_representation(self, value: Any) -> list[str]:
        return [str(row.pk) for row in value.all()]


_SHARE: Final = r"^(0(\.[0-9]{1,3})?|1(\.0{1,3})?)$"


@extend_schema_field({"type": "string", "pattern": _SHARE})
class Share(serializers.DecimalField):
    """A share from 0 to 1, written as a string with at most three decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=4, decimal_places=3, min_value=0, max_value=1, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(_SHARE.strip("^$"), data):
            self.fail("invalid")
        return super().to_internal_value(data)
