"""A frozen plan on the command line, as its second person should see it."""

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from inspections.management.tables import day, decimal, table
from inspections.models import Plan
from inspections.queries.endorsement import EndorsementView, endorsement_view, unit_chances

#: So many units are shown: those whose chance moved most.
MOST_UNITS = 20


def endorsement(plan: Plan) -> str:
    """Return what a frozen plan means, the units whose chance moved most, and what could have bent it."""
    view = endorsement_view(plan)
    units = sorted(unit_chances(plan), key=lambda unit: (-abs(unit.change), unit.code))
    rows = [
        [
            unit.code,
            unit.name,
            _percent(unit.probability),
            _percent(unit.before) if unit.before is not None else "–",
            _percent(unit.equal),
            _("capped") if unit.is_capped else "",
        ]
        for unit in units[:MOST_UNITS]
    ]
    heads = [_("code"), _("unit"), _("chance"), _("before"), _("equal"), _("complaints")]
    return "\n".join([*_outlook(view), table(heads, rows), *_doubts(view)])


def _outlook(view: EndorsementView) -> list[str]:
    seen = view.forecast
    return [
        _("Units: %(units)s, visits: %(visits)s, largest chance: %(largest)s.")
        % {"units": seen.units, "visits": seen.visits, "largest": _percent(seen.largest)},
        _("The best guesser hits about %(hits)s of %(visits)s.")
        % {"hits": decimal(seen.best_guess), "visits": seen.visits},
        _("Not visited after 12 months: %(year)s of units; after 24 months: %(two)s.")
        % {"year": _percent(seen.unvisited_12), "two": _percent(seen.unvisited_24)},
        _("Entropy: %(bits)s bits.") % {"bits": decimal(seen.entropy)},
    ]


def _doubts(view: EndorsementView) -> list[str]:
    left_out = sum(load.counts.get("left_out", 0) for load in view.loads)
    unmatched = sum(
        name["rows"] for load in view.loads for name in load.counts.get("unmatched", [])
    )
    lines = [
        _("Compared with plan %(plan)s.") % {"plan": view.before}
        if view.before
        else _("There is no earlier plan to compare with."),
        _("New units: %(added)s; units left out: %(gone)s.")
        % {"added": ", ".join(view.added) or "–", "gone": ", ".join(view.gone) or "–"},
        _("Rows left out: %(rows)s, of which without a known unit: %(unmatched)s.")
        % {"rows": left_out, "unmatched": unmatched},
        _("Units with capped complaints: %(count)s.") % {"count": view.capped},
        _("Loads changed since the freeze: %(files)s.")
        % {"files": ", ".join(load.file_name for load in view.late) or "–"},
        _("Cancelled plans of this month: %(count)s; directed visits: %(directed)s.")
        % {"count": len(view.cancelled), "directed": view.directed},
        _("Changes by hand since then: %(count)s.") % {"count": view.edit_count},
    ]
    lines += [
        f"  {day(timezone.localdate(edit.at))} {edit.by.full_name if edit.by else '–'}: {edit.action} {edit.name}"
        for edit in view.edits
    ]
    return lines


def _percent(share: float) -> str:
    # Django cuts what it formats, so it is rounded before.
    return f"{number_format(round(100 * share, 1), 1)} %"
