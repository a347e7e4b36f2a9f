"""Freezing, endorsing, drawing and revealing a plan.

Who does what when is what makes the draw provable: the frame and the first secret are committed before the
second person adds his, both before the public value exists, and nothing can be changed after.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import text
from inspections.calendar import Session
from inspections.errors import InvalidInput, SealBroken, WrongState, planner_says
from inspections.models import Department, Plan, Unit, User, Visit
from inspections.queries.frames import stored_frame
from inspections.sealing import keyring
from inspections.services import audit
from inspections.services.frames import build_frame
from inspections.services.keys import plan_context
from inspections.services.steps import check_step, take_step
from planner import canonical
from planner.errors import PlannerError
from planner.frame import Frame
from planner.record import Drawn, Endorsement, build_record, draw_frame
from planner.record import endorse as bind
from planner.seed import commitment

RULE_FIELDS = ("source", "date", "encoding", "fallback")
MIN_PUBLIC_VALUE = 32  # characters; 128 bits even when written in hexadecimal digits
MAX_PUBLIC_VALUE = 4000
MAX_WITNESSES = 10


def freeze(*, actor: User, plan: Plan, version: int, now: datetime) -> Plan:
    """Fix everything that defines the draw, and commit to it and to a fresh secret.

    Raises:
        InvalidInput: with the planner's code, when what was wished cannot be granted.
    """
    check_step("freeze", actor=actor, plan=plan)
    frozen = build_frame(plan, now)
    secret = secrets.token_bytes(32)
    with transaction.atomic():
        return take_step(
            "freeze",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            details={"frame": frozen.frame.sha256, "commitment": commitment(secret)},
            frame=frozen.content.decode(),
            frame_sha256=frozen.frame.sha256,
            secret_one=_seal_secret(plan, "secret_one", secret),
            commitment_one=commitment(secret),
            frozen_by=actor,
            frozen_at=now,
        )


def endorse(
    *,
    actor: User,
    plan: Plan,
    version: int,
    now: datetime,
    rule: Mapping[str, Any] | None = None,
    witnesses: Sequence[str] = (),
    secret: str | None = None,
) -> Plan:
    """Endorse frame, policy and the rule for the public value as the second person, adding a second secret.

    ``secret`` is 64 hexadecimal digits of the endorser's own; without it the system makes one.
    """
    check_step("endorse", actor=actor, plan=plan)
    _require_ahead(plan, now)
    checked_rule = _checked_rule(rule, plan, now)
    own = _own_secret(secret)
    names = [name for witness in witnesses if (name := text.nfc(witness).strip())]
    if len(names) > MAX_WITNESSES:
        raise InvalidInput(_("That is too many witnesses."), field="witnesses")
    plan.commitment_two, plan.public_rule = commitment(own), checked_rule
    bound = endorsement(plan)
    with transaction.atomic():
        return take_step(
            "endorse",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            details={"commitment": commitment(own), "endorsement": bound.sha256},
            endorsement_sha256=bound.sha256,
            secret_two=_seal_secret(plan, "secret_two", own),
            commitment_two=commitment(own),
            public_rule=checked_rule,
            witnesses=names,
            audit_head=audit.chain_head(),
            endorsed_by=actor,
            endorsed_at=now,
        )


def _require_ahead(plan: Plan, now: datetime) -> None:
    """Raise once the first day of visits has come: dates would be drawn that are over already."""
    if timezone.localdate(now) >= plan.first_day:
        raise WrongState(
            _(
                "The visits of this plan begin on %(day)s: its dates can no longer be drawn ahead. "
                "Ask for it to be cancelled and open a plan that begins later."
            )
            % {"day": f"{plan.first_day:%d/%m/%Y}"},
            code="first_day_passed",
            state=plan.state,
        )


def _checked_rule(
    rule: Mapping[str, Any] | None, plan: Plan, now: datetime
) -> dict[str, str] | None:
    if rule is None:
        return None
    checked = {
        name: text.nfc(value).strip() for name, value in rule.items() if isinstance(value, str)
    }
    if rule.keys() != set(RULE_FIELDS) or sum(map(bool, checked.values())) != len(RULE_FIELDS):
        raise InvalidInput(
            _("The rule for the public value names its source, date, encoding and fallback."),
            field="rule",
        )
    try:
        day = date.fromisoformat(checked["date"])
    except ValueError:
        raise InvalidInput(_("This is not a date."), field="rule.date") from None
    if not timezone.localdate(now) < day < plan.first_day:
        raise InvalidInput(
            _(
                "The public value must come from a day after the endorsement and before the first visits."
            ),
            field="rule.date",
        )
    return checked | {"date": day.isoformat()}


def _own_secret(secret: str | None) -> bytes:
    if secret is None:
        return secrets.token_bytes(32)
    if not re.fullmatch(r"[0-9a-f]{64}", secret):
        raise InvalidInput(_("A secret is 64 hexadecimal digits."), field="secret")
    return bytes.fromhex(secret)


def draw(
    *, actor: User, plan: Plan, version: int, now: datetime, public_value: str | None = None
) -> Plan:
    """Draw the sample and its dates, and seal them visit by visit. Of two who press at once one draws.

    Raises:
        InvalidInput: the public value is missing, too short, or given without a rule for it; what is stored
            is not what was endorsed (``frame_changed``, ``endorsement_changed``).
        WrongState: the day of the public value has not come, or the first day of visits has.
    """
    check_step("draw", actor=actor, plan=plan)
    _require_ahead(plan, now)
    value = _checked_value(plan, public_value, now)
    _require_endorsed(plan)
    drawn = _draw(plan, stored_frame(plan), value)
    with transaction.atomic():
        plan = take_step(
            "draw",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            public_value=value,
            drawn_by=actor,
            drawn_at=now,
        )
        _seal_visits(plan, drawn)
    return plan


def _require_endorsed(plan: Plan) -> None:
    """Raise unless frame, policy, commitments, rule and secrets are those of the hash that was endorsed."""
    commitments = [commitment(secret) for secret in _secrets(plan)]
    if (
        commitments != [plan.commitment_one, plan.commitment_two]
        or endorsement(plan).sha256 != plan.endorsement_sha256
    ):
        raise InvalidInput(
            _("What is stored is not what was endorsed."), code="endorsement_changed"
        )


def _draw(plan: Plan, frame: Frame, value: str | None) -> Drawn:
    try:
        return draw_frame(frame, _secrets(plan), value)
    except PlannerError as error:
        raise InvalidInput(
            _("The draw did not come about: %(why)s") % {"why": planner_says(error)},
            code=error.code,
        ) from error


def _checked_value(plan: Plan, public_value: str | None, now: datetime) -> str | None:
    value = text.nfc(public_value).strip() if public_value is not None else None
    if plan.public_rule is None:
        if value is not None:
            raise InvalidInput(
                _("This plan was endorsed without a public value."), field="public_value"
            )
        return None
    if timezone.localdate(now) < date.fromisoformat(plan.public_rule["date"]):
        raise WrongState(_("The day of the public value has not come."), state=plan.state)
    if (
        value is None
        or not MIN_PUBLIC_VALUE <= len(value) <= MAX_PUBLIC_VALUE
        or not value.isprintable()
    ):
        raise InvalidInput(
            _("The public value is one line of %(least)s to %(most)s characters.")
            % {"least": MIN_PUBLIC_VALUE, "most": MAX_PUBLIC_VALUE},
            field="public_value",
        )
    return value


def _seal_visits(plan: Plan, drawn: Drawn) -> None:
    """Store one sealed row a visit, in an order that tells nothing: that of random ids."""
    department = Department.objects.get()
    starts = {
        Session.MORNING: department.morning_start,
        Session.AFTERNOON: department.afternoon_start,
    }
    lead = timedelta(minutes=department.release_minutes)
    units = dict(Unit.objects.filter(code__in=drawn.sample).values_list("code", "pk"))
    ring, visits = keyring(), []
    for code, slot in (drawn.sessions or {}).items():
        visit = Visit(id=uuid4(), plan=plan)
        begins = timezone.make_aware(
            datetime.combine(date.fromisoformat(slot.date), starts[Session(slot.part)])
        )
        payload: dict[str, Any] = {
            "date": slot.date,
            "leader": None,
            "release_at": (begins - lead).isoformat(),
            "session": slot.part,
            "team": [],
            "unit": str(units[code]),
        }
        visit.payload = ring.seal_json(payload, context=visit.sealing_context())
        visits.append(visit)
    Visit.objects.bulk_create(sorted(visits, key=lambda visit: visit.pk))


def _seal_secret(plan: Plan, field: str, secret: bytes) -> bytes:
    return keyring().seal(secret, context=plan_context(plan, field))


def _secrets(plan: Plan) -> list[bytes]:
    """Open both secrets, or the one that there is.

    Raises:
        SealBroken: one does not open; the error names it.
    """
    opened = _opened_secrets(plan)
    for field, secret in opened.items():
        if secret is None:
            raise SealBroken(
                _(
                    "A secret of plan %(serial)s does not open. Restore the plan's row from a backup, or cancel "
                    "the plan: its record will say so."
                )
                % {"serial": plan.serial},
                secret=field,
            )
    return [secret for secret in opened.values() if secret is not None]


def _opened_secrets(plan: Plan) -> dict[str, bytes | None]:
    """Return each secret by its column, None for one that does not open any more."""
    ring, opened = keyring(), dict[str, bytes | None]()
    for field in ("secret_one", "secret_two"):
        if (sealed := getattr(plan, field)) is not None:
            try:
                opened[field] = ring.open(sealed, context=plan_context(plan, field))
            except SealBroken:
                opened[field] = None
    return opened


def endorsement(plan: Plan) -> Endorsement:
    """Return what the second person endorsed: frame, policy, both commitments and the rule, under one hash."""
    frame = stored_frame(plan)
    commitments = [value for value in (plan.commitment_one, plan.commitment_two) if value]
    try:
        return bind(frame, commitments, plan.public_rule)
    except PlannerError as error:
        raise InvalidInput(
            _("The rule for the public value cannot be used: %(why)s")
            % {"why": planner_says(error)},
            field="rule",
        ) from error


def full_record(plan: Plan) -> str:
    """Return the record of a drawn plan with its secrets: sealed business until the reveal."""
    frame = stored_frame(plan)
    drawn = _draw(plan, frame, plan.public_value)
    record = build_record(frame, endorsement(plan), _secrets(plan), plan.public_value, drawn)
    return canonical.dumps(record).decode()


def revelation(plan: Plan) -> str | None:
    """Return what a cancelled plan reveals: its record once drawn; before, the frame and the opened secrets, so
    that anybody can work out what it would have drawn and from what it was turned away. A secret that does not
    open any more is null: nobody can check that draw, and the record says so."""
    if plan.frame is None:
        return None
    opened = _opened_secrets(plan)
    lost = None in opened.values()
    if plan.drawn_at is not None and not lost:
        return full_record(plan)
    remains: dict[str, Any] = {
        "commitments": [plan.commitment_one, plan.commitment_two],
        "frame": json.loads(plan.frame),
        "frame_sha256": plan.frame_sha256,
        "proof": "none: a secret does not open" if lost else "cancelled before the draw",
        "public_value_rule": plan.public_rule,
        "secrets": [secret and secret.hex() for secret in opened.values()],
    }
    if plan.drawn_at is not None:
        remains["public_value"] = plan.public_value
    return canonical.dumps(remains).decode()


def reveal(*, actor: User, plan: Plan, version: int, now: datetime) -> Plan:
    """Open the seal of a closed plan on the day fixed in its frame, or later."""
    check_step("reveal", actor=actor, plan=plan)
    if timezone.localdate(now) < plan.reveal_on:
        raise WrongState(
            _("The day of the reveal, fixed when the plan was frozen, has not come."),
            state=plan.state,
        )
    record = full_record(plan)
    with transaction.atomic():
        return take_step(
            "reveal",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            revealed_by=actor,
            revealed_at=now,
            record=record,
        )
