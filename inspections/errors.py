"""Errors of the domain: a stable code, a sentence for the person, nothing lost."""

import errno
import sqlite3
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from planner import errors as planner


class DomainError(Exception):
    """A rule of the domain says no.

    ``code`` is stable and meant for programs; ``message`` is a sentence in the user's language;
    ``params`` carries the facts that belong to it (limits, fields, the problems of a file).
    """

    code = "domain_error"

    def __init__(self, message: str | Promise, *, code: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.params: Mapping[str, Any] = params

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """What was given cannot be used."""

    code = "invalid_input"


class NotAllowed(DomainError):
    """The actor's role does not include this action."""

    code = "not_allowed"

    def __init__(
        self, message: str | Promise = _("Your role does not allow this action."), **params: Any
    ) -> None:
        super().__init__(message, **params)


class SamePerson(NotAllowed):
    """The step needs a second person, and the actor already made the first."""

    code = "same_person"

    def __init__(
        self,
        message: str | Promise = _("Another person must do this: you made the step before it."),
        **params: Any,
    ) -> None:
        super().__init__(message, **params)


class WrongState(DomainError):
    """The object is not in a state from which this step is possible."""

    code = "wrong_state"


class VersionConflict(DomainError):
    """The object changed since the actor read it."""

    code = "version_conflict"

    def __init__(
        self,
        message: str | Promise = _(
            "Somebody changed this in the meantime. Load it again and repeat your step."
        ),
        **params: Any,
    ) -> None:
        super().__init__(message, **params)


class NotFound(DomainError):
    """Nothing that the actor may see answers to this; hidden and missing are one answer."""

    code = "not_found"

    def __init__(self, message: str | Promise = _("Not found."), **params: Any) -> None:
        super().__init__(message, **params)


class KeyUnavailable(DomainError):
    """The keyring is missing, damaged, another's, or lacks a key. Its codes begin with ``keyring_``."""

    code = "key_unavailable"


class SealBroken(KeyUnavailable):
    """One sealed value does not open with the installation's own keys; ``params`` name it."""

    code = "seal_broken"

    def __init__(
        self,
        message: str | Promise = _(
            "A sealed value does not open: it was altered or moved, or its key is lost. "
            "Restore its row from a backup."
        ),
        **params: Any,
    ) -> None:
        super().__init__(message, **params)


class PaperAltered(DomainError):
    """The stored bytes of an official paper are not those that were issued; ``params`` name it."""

    code = "paper_altered"

    def __init__(
        self,
        message: str | Promise = _(
            "The stored paper is not the one that was issued: its bytes were altered. "
            "Restore its row from a backup."
        ),
        **params: Any,
    ) -> None:
        super().__init__(message, **params)


def disk_is_full(error: BaseException) -> bool:
    """Tell whether an error says that there was no room, in a folder or in the database."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    cause = error.__cause__  # what Django's own error stands for
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == "53100"
    )


_PLANNER_SENTENCES: Mapping[str, Promise] = {
    planner.InvalidInput.code: _("a value is missing, out of range or contradicts another."),
    planner.Infeasible.code: _(
        "number of visits, floor, cap, strata and calendar do not fit together; "
        "plan fewer visits or raise the cap."
    ),
    planner.FitNotReached.code: _(
        "the wanted probabilities were not reached; the plan is unchanged."
    ),
    planner.AttemptsExhausted.code: _("no attempt took exactly the number of visits."),
    planner.TooFewVisits.code: _("there are too few visits, findings or days to learn from."),
    planner.CalendarFull.code: _("the sessions do not suffice for the visits that were drawn."),
}


def planner_says(error: planner.PlannerError) -> str:
    """Return the planner's refusal in the reader's language, then its own words, which name figures and units."""
    return f"{_PLANNER_SENTENCES[error.code]} ({error})"
