"""What the planner raises: one family, each member with a code that never changes.

The messages are English sentences for people who read logs or the command line. Whoever shows an
error to anybody else translates by `code`.
"""


class PlannerError(ValueError):
    """The base of everything the planner raises on purpose."""

    code = "planner_error"


class InvalidInput(PlannerError):
    """Input that no reading makes valid: a NaN score, a code given twice, malformed text."""

    code = "invalid_input"


class Infeasible(PlannerError):
    """The wish is well formed but cannot be granted: n > N, cap·N < n, floor > cap, no units."""

    code = "infeasible"


class FitNotReached(PlannerError):
    """The working probabilities did not reach the wanted inclusion probabilities."""

    code = "fit_not_reached"


class AttemptsExhausted(PlannerError):
    """No attempt within the bound took exactly n units; by chance this is 1 in 2^128."""

    code = "attempts_exhausted"


class CalendarFull(PlannerError):
    """A drawn unit found every session that it admits taken."""

    code = "calendar_full"


class TooFewVisits(PlannerError):
    """There are not enough visits, findings or days to learn weights from."""

    code = "too_few_visits"
