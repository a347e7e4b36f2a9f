"""``manage.py risk``: the highest scores and the parts that they are the sum of."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inspections.errors import DomainError, InvalidInput
from inspections.management.people import account
from inspections.management.tables import day, decimal, parse_day, table
from inspections.models import Load, RiskRun, UnitScore
from inspections.services.scoring import compute_risk
from planner.policy import Part

NAMES: dict[Part, str | Promise] = {
    Part.TASK_RATE: gettext_lazy("overdue tasks, share"),
    Part.TASK_COUNT: gettext_lazy("overdue tasks, number"),
    Part.TASK_DAYS: gettext_lazy("days of delay per task"),
    Part.DOSSIER_RATE: gettext_lazy("overdue dossiers, share"),
    Part.DOSSIER_DAYS: gettext_lazy("days of delay per dossier"),
    Part.DOSSIER_VOLUME: gettext_lazy("dossiers handled"),
    Part.COMPLAINTS: gettext_lazy("complainants"),
    Part.LATE_ANSWERS: gettext_lazy("late answers to complaints, share"),
    Part.FINDINGS: gettext_lazy("findings of earlier visits"),
    Part.KIND_FINDINGS: gettext_lazy("critical findings in units of its kind, share of visits"),
    Part.CLUSTER_FINDINGS: gettext_lazy("critical findings in its cluster, share of visits"),
    Part.SINCE_VISIT: gettext_lazy("time since the last visit"),
    Part.PAUSES: gettext_lazy("paused or re-opened dossiers, share"),
}


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Print the highest scores with their parts; with --user they are computed anew."
        )
        parser.add_argument(
            "--as-of", metavar="dd/mm/yyyy", help=_("default: the newest cut-off date")
        )
        parser.add_argument("--user", metavar="NAME", help=_("the planner who computes"))
        parser.add_argument("--top", type=int, default=20, help=_("so many units (%(default)s)"))

    def handle(
        self, *_args: Any, as_of: str | None, user: str | None, top: int, **_options: Any
    ) -> None:
        try:
            wanted = parse_day(as_of) if as_of else None
            run = _newest(wanted) if user is None else _compute(user, wanted)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(show(run, top))


def _newest(as_of: date | None) -> RiskRun:
    runs = RiskRun.objects.filter(as_of=as_of) if as_of else RiskRun.objects.all()
    run = runs.order_by("-computed_at").first()
    if run is None:
        raise InvalidInput(_("No scores were computed yet: name the planner with --user."))
    return run


def _compute(username: str, as_of: date | None) -> RiskRun:
    now = timezone.now()
    if as_of is None:
        as_of = Load.objects.in_effect().aggregate(newest=Max("cutoff"))["newest"]
    return compute_risk(actor=account(username), as_of=as_of or timezone.localdate(now), now=now)


def show(run: RiskRun, top: int) -> str:
    """Return a table of the highest scores of a run, with a legend of the parts."""
    scores = list(run.scores.select_related("unit").order_by("-score", "unit__code")[:top])
    heads = ["", _("unit"), _("score"), *(f"({n})" for n in range(1, len(Part) + 1))]
    rows = [
        [place, score.unit.name, decimal(score.score), *_parts(score)]
        for place, score in enumerate(scores, start=1)
    ]
    legend = [f"({place}) {NAMES[part]}" for place, part in enumerate(Part, start=1)]
    title = _("Scores as of %(day)s, policy %(policy)s") % {
        "day": day(run.as_of),
        "policy": run.policy,
    }
    base = _("A score is a base that all have plus these points; · means no data.")
    return "\n".join([title, "", table(heads, rows), "", base, "; ".join(legend) + "."])


def _parts(score: UnitScore) -> list[str]:
    return [
        decimal(part["points"]) + ("·" if part["no_data"] else " ") for part in score.parts["parts"]
    ]
