"""Versions as ETags: reads that change nothing are short, writes on what has changed are refused."""

import re
from typing import Final

from rest_framework.request import Request

from api.v1.problems import PreconditionRequired
from inspections.errors import VersionConflict

_QUOTED: Final = re.compile(r'"([^"]*)"')
_OURS: Final = re.compile(r'(W/)?"([1-9][0-9]{0,8})"')


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def is_current(request: Request, version: int) -> bool:
    """Tell whether the client holds this version already (If-None-Match)."""
    named = request.headers.get("If-None-Match", "")
    return named.strip() == "*" or any(
        int(number) == version for _weak, number in _OURS.findall(named)
    )


def named(request: Request) -> frozenset[str]:
    """Return the ETags that the client holds (If-None-Match), without quotes."""
    return frozenset(_QUOTED.findall(request.headers.get("If-None-Match", "")))


def required_version(request: Request) -> int:
    """Return the version that the client means to change (If-Match).

    Raises:
        PreconditionRequired: none was named; ``*`` names none.
        VersionConflict: what was named is no version of ours, so it cannot be the current one.
    """
    named = request.headers.get("If-Match", "").strip()
    if named in {"", "*"}:
        raise PreconditionRequired
    ours = _OURS.fullmatch(named)
    if ours is None or ours[1]:
        raise VersionConflict
    return int(ours[2])
