"""``manage.py plan``: the steps of a month's plan, one sub-command each.

Whoever can run commands here is trusted to name the person who acts; the rules about persons, roles and order
are the services' own.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections.errors import DomainError, InvalidInput
from inspections.management import endorsements, rosters
from inspections.management.people import account
from inspections.management.tables import day, parse_day, parse_month, table
from inspections.models import DocumentKind, Plan, RiskRun, StratifyBy
from inspections.services import commitment, papers, plans, schedule
from inspections.services.release import release_due
from inspections.services.rosters import read_roster
from inspections.states import LIVE, PlanState

Options = dict[str, Any]


class Command(BaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.description = _("Take a month's plan from step to step.")
        steps = parser.add_subparsers(dest="step", required=True)
        shown = _("list the plans, or show one")
        show = steps.add_parser("show", help=shown, description=shown)
        show.add_argument("--plan", type=int, metavar="SERIAL", help=_("the plan's serial number"))
        opened = _("open every visit whose hour has come")
        steps.add_parser("release", help=opened, description=opened)
        _add_create(_step(steps, "create", _("open the draft of a month"), needs_plan=False))
        _step(steps, "freeze", _("fix and commit to everything that defines the draw"))
        _add_endorse(_step(steps, "endorse", _("endorse a frozen plan as the second person")))
        draw = _step(steps, "draw", _("draw the roster and its dates"))
        draw.add_argument("--public-value", metavar="TEXT", help=_("as the endorsed rule demands"))
        _step(steps, "roster", _("open the roster; the reading is on record"))
        _add_team(_step(steps, "team", _("name the team of one row of the roster")))
        _step(steps, "schedule", _("hand the staffed roster over for approval"))
        _step(steps, "approve", _("approve dates and teams as the second person"))
        papers_step = _step(steps, "papers", _("print the plan's papers into a folder"))
        papers_step.add_argument(
            "--into", required=True, type=Path, metavar="FOLDER", help=_("made if it is not there")
        )
        back = _step(steps, "send-back", _("return the roster for its teams"))
        back.add_argument("--reason", required=True, help=_("goes on record"))
        asked = _step(steps, "request-cancel", _("ask for the plan to be cancelled"))
        asked.add_argument("--reason", required=True, help=_("goes on record"))
        _step(steps, "cancel", _("cancel the plan as the second person"))
        _step(steps, "close", _("close a month that is over"))
        _step(steps, "reveal", _("open the seal of a closed plan and print its record"))

    def handle(self, *_args: Any, step: str, **options: Any) -> None:
        try:
            self.stdout.write(ACTIONS[step](options, timezone.now()))
        except DomainError as error:
            raise CommandError(str(error)) from error


def _step(
    steps: "argparse._SubParsersAction[Any]", name: str, help_text: str, *, needs_plan: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = steps.add_parser(name, help=help_text, description=help_text)
    parser.add_argument("--user", required=True, metavar="NAME", help=_("who acts"))
    if needs_plan:
        parser.add_argument(
            "--plan", type=int, metavar="SERIAL", help=_("may be left out while one plan is live")
        )
    return parser


def _add_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", required=True, metavar="mm/yyyy", help=_("the month"))
    parser.add_argument("--size", required=True, type=int, help=_("how many visits"))
    parser.add_argument(
        "--equal", action="store_true", help=_("the same chance for every unit, without scores")
    )
    parser.add_argument(
        "--stratify-by",
        choices=StratifyBy.values,
        default=StratifyBy.NONE,
        help=_("what makes the groups that are drawn from (%(default)s)"),
    )
    parser.add_argument(
        "--floor", default="0.5", help=_("no chance below this times that of equal chances")
    )
    parser.add_argument("--cap", default="0.5", help=_("no chance above this (%(default)s)"))
    parser.add_argument(
        "--session-capacity", type=int, default=3, help=_("visits a half-day (%(default)s)")
    )
    parser.add_argument("--first-day", metavar="dd/mm/yyyy", help=_("of the visits"))
    parser.add_argument(
        "--reveal-on", metavar="dd/mm/yyyy", help=_("the day on which the seal is opened")
    )


def _add_endorse(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rule", metavar="JSON", help=_("source, date, encoding, fallback"))
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="NAME",
        help=_("who saw it; may be given several times"),
    )
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help=_("read the endorser's own secret, 64 hexadecimal digits (default: made)"),
    )


def _add_team(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--row", required=True, type=int, help=_("as the roster numbers it"))
    parser.add_argument("--leader", required=True, metavar="CODE", help=_("an inspector's code"))
    parser.add_argument(
        "--member",
        action="append",
        default=[],
        metavar="CODE",
        help=_("an inspector's code; may be given several times"),
    )


def _show(options: Options, _now: datetime) -> str:
    serial = options["plan"]
    shown = Plan.objects.all() if serial is None else Plan.objects.filter(serial=serial)
    if not shown:
        raise InvalidInput(_("There is no such plan."))
    rows = [
        [
            plan.serial,
            f"{plan.period:%m/%Y}",
            plan.get_state_display(),
            plan.size,
            day(plan.reveal_on),
        ]
        for plan in shown.order_by("serial")
    ]
    heads = [_("plan"), _("month"), _("state"), _("visits"), _("revealed on")]
    lines = [table(heads, rows)]
    if serial is not None:
        plan = shown.get()
        facts = {
            _("frame"): plan.frame_sha256,
            _("first commitment"): plan.commitment_one,
            _("second commitment"): plan.commitment_two,
            _("endorsement"): plan.endorsement_sha256,
        }
        lines += [f"{name}: {value}" for name, value in facts.items() if value]
        if plan.state in (PlanState.FROZEN, PlanState.ENDORSED):
            lines.append(endorsements.endorsement(plan))
    return "\n".join(lines)


def _create(options: Options, now: datetime) -> str:
    run = None if options["equal"] else RiskRun.objects.order_by("-computed_at").first()
    if run is None and not options["equal"]:
        raise InvalidInput(
            _(
                "No scores were computed yet: compute them, or give every unit the same chance (--equal)."
            )
        )
    plan = plans.create_plan(
        actor=account(options["user"]),
        period=parse_month(options["period"]),
        size=options["size"],
        now=now,
        stratify_by=StratifyBy(options["stratify_by"]),
        floor=_decimal(options["floor"]),
        cap=_decimal(options["cap"]),
        session_capacity=options["session_capacity"],
        first_day=parse_day(options["first_day"]) if options["first_day"] else None,
        reveal_on=parse_day(options["reveal_on"]) if options["reveal_on"] else None,
        risk_run=run,
    )
    return _state(plan)


def _decimal(value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation:
        raise InvalidInput(_("“%(value)s” is no number.") % {"value": value}) from None


def _endorse(options: Options, now: datetime) -> str:
    plan = _plan(options)
    plan = commitment.endorse(
        actor=account(options["user"]),
        plan=plan,
        version=plan.version,
        now=now,
        rule=_rule(options["rule"]),
        witnesses=options["witness"],
        secret=sys.stdin.readline().strip() if options["secret_stdin"] else None,
    )
    return _state(plan)


def _rule(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        rule = json.loads(text)
    except ValueError:
        rule = None
    if not isinstance(rule, dict):
        raise InvalidInput(_("The rule is a JSON object."))
    return rule


def _draw(options: Options, now: datetime) -> str:
    plan = _plan(options)
    plan = commitment.draw(
        actor=account(options["user"]),
        plan=plan,
        version=plan.version,
        now=now,
        public_value=options["public_value"],
    )
    return _state(plan)


def _reveal(options: Options, now: datetime) -> str:
    plan = _plan(options)
    plan = commitment.reveal(
        actor=account(options["user"]), plan=plan, version=plan.version, now=now
    )
    return plan.record or ""


def _roster(options: Options, now: datetime) -> str:
    opened = read_roster(actor=account(options["user"]), plan=_plan(options), now=now)
    return rosters.roster(opened)


def _team(options: Options, now: datetime) -> str:
    plan = _plan(options)
    rosters.name_team(
        actor=account(options["user"]),
        plan=plan,
        row=options["row"],
        leader=options["leader"],
        members=options["member"],
        now=now,
    )
    return _state(plan)


def _papers(options: Options, now: datetime) -> str:
    plan, actor, folder = _plan(options), account(options["user"]), options["into"]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for kind in DocumentKind:
        if plan.state not in papers.PRINTABLE[kind]:
            continue
        document = papers.print_paper(actor=actor, plan=plan, kind=kind, now=now)
        path = folder / f"{kind.value}.pdf"
        path.write_bytes(papers.read_document(actor=actor, document=document, now=now))
        written.append(f"{kind.label}: {path}")
    return "\n".join(written) or _state(plan)


def _with_reason(service: Callable[..., Plan]) -> Callable[[Options, datetime], str]:
    """Return the action of a step that needs a reason too."""

    def act(options: Options, now: datetime) -> str:
        plan = _plan(options)
        actor, reason = account(options["user"]), options["reason"]
        return _state(service(actor=actor, plan=plan, version=plan.version, reason=reason, now=now))

    return act


def _simple(service: Callable[..., Plan]) -> Callable[[Options, datetime], str]:
    """Return the action of a step that needs nothing but its actor."""

    def act(options: Options, now: datetime) -> str:
        plan = _plan(options)
        return _state(
            service(actor=account(options["user"]), plan=plan, version=plan.version, now=now)
        )

    return act


def _release(_options: Options, now: datetime) -> str:
    return _("Visits opened: %(count)s.") % {"count": release_due(now=now)}


def _plan(options: Options) -> Plan:
    """Return the plan that was named, else the only live one."""
    serial = options["plan"]
    if serial is not None:
        plan = Plan.objects.filter(serial=serial).first()
        if plan is None:
            raise InvalidInput(_("There is no such plan."))
        return plan
    live = list(Plan.objects.filter(state__in=LIVE))
    if len(live) != 1:
        raise InvalidInput(
            _("%(count)s plans are live: say which with --plan.") % {"count": len(live)}
        )
    return live[0]


def _state(plan: Plan) -> str:
    return _("Plan %(plan)s: %(state)s.") % {"plan": plan, "state": plan.get_state_display()}


ACTIONS: dict[str, Callable[[Options, datetime], str]] = {
    "show": _show,
    "create": _create,
    "freeze": _simple(commitment.freeze),
    "endorse": _endorse,
    "draw": _draw,
    "papers": _papers,
    "roster": _roster,
    "team": _team,
    "send-back": _with_reason(schedule.send_back),
    "request-cancel": _with_reason(plans.request_cancel),
    "cancel": _simple(plans.cancel),
    "schedule": _simple(schedule.schedule),
    "approve": _simple(schedule.approve),
    "close": _simple(plans.close),
    "reveal": _reveal,
    "release": _release,
}
