"""The frozen frame of a plan, as it is stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from inspections.errors import InvalidInput
from inspections.models import Plan
from planner import draw, poisson
from planner.errors import PlannerError
from planner.frame import Frame, Stratum, read_frame
from planner.poisson import FloatArray


def stored_frame(plan: Plan) -> Frame:
    """Read the frozen frame back.

    Raises:
        InvalidInput: the stored text is no frame, or no longer has the hash that was committed
            (``frame_changed``).
    """
    content = (plan.frame or "").encode()
    try:
        if hashlib.sha256(content).hexdigest() == plan.frame_sha256:
            return read_frame(content)
    except PlannerError:
        pass  # a text with its hash changed too
    raise InvalidInput(
        _("The stored frame is not the one that was committed to."), code="frame_changed"
    )


@dataclass(frozen=True, eq=False)
class Design:
    """What the thresholds of a stratum mean: π and odds, of shape (N,) in the order of its units."""

    stratum: Stratum
    probabilities: FloatArray
    odds: FloatArray


def designs(frame: Frame) -> Sequence[Design]:
    """Return the design of each stratum: that which is drawn by, and not the one that was wished."""
    found = []
    for stratum in frame.strata:
        odds = draw.odds_of(stratum.thresholds)
        probabilities = poisson.inclusion_probabilities(odds, stratum.size)
        found.append(Design(stratum, probabilities, odds))
    return found
